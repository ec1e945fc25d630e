/* FAIL: this_machine_needs_AGEN_CRITICAL_ENTER_and_AGEN_CRITICAL_EXIT_defined_for_this */
/* FLAGS: -U__GCC_ATOMIC_POINTER_LOCK_FREE */
/* A select of bytes on a machine without atomics: no interrupt could wake it, and it does not ask in each pass. */
#ifndef FAIL
#define AGEN_CRITICAL_ENTER ((void)0)
#define AGEN_CRITICAL_EXIT ((void)0)
#endif
#include "agen.h"

static AGEN_PIPE(8) pipe;

struct chooser {
    AGEN_COROUTINE;
    agen_alternative on_bytes;
};

AGEN(chooser, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
        AGEN_ON_BYTES(self, &self->on_bytes, &pipe, 2) {
            (void)agen_pipe_consume(&pipe, 2);
        }
    AGEN_END_SELECT(self);
    AGEN_END(self);
}

int main(void)
{
    struct chooser chooser;

    agen_pipe_init(&pipe);
    agen_init(&chooser, chooser);
    return agen_next(&chooser) == AGEN_DONE;
}

/* SPDX-License-Identifier: 0BSD */
