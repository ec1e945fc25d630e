/* SPDX-License-Identifier: 0BSD */
/*
 * What the start of a chain of awaits takes of the C stack: each level that starts the next one is a
 * frame of its step. (What waits at the end of the chain is woken without them.) Printed by
 *
 *     gcc -std=c99 -O2 -I. -fstack-usage -c bench/chain.c && grep level_agen_ chain.su
 *
 * gcc's figure has the return address in it, clang's has not. At -Os a start goes through
 * agen_leave_coroutine_, which adds its own.
 */
#include "agen.h"

struct level {
    AGEN_COROUTINE;
    agen_t *next; /* or NULL */
};

AGEN_DECLARE(level);
AGEN_EXTERN(level, self)
{
    AGEN_BEGIN(self);
    if (self->next)
        AGEN_AWAIT(self, self->next);
    AGEN_PAUSE(self);
    AGEN_END(self);
}
