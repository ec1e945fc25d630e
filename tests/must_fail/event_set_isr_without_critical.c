/* FAIL: this_machine_needs_AGEN_CRITICAL_ENTER_and_AGEN_CRITICAL_EXIT_defined_for_this */
/* FLAGS: -U__GCC_ATOMIC_POINTER_LOCK_FREE */
/* An event set from an interrupt on a machine without atomics: it is not the call without _isr that is meant. */
#ifndef FAIL
#define AGEN_CRITICAL_ENTER ((void)0)
#define AGEN_CRITICAL_EXIT ((void)0)
#endif
#include "agen.h"

static agen_event event;

int main(void)
{
    agen_event_set_isr(&event);
    return !agen_event_is_set(&event);
}

/* SPDX-License-Identifier: 0BSD */
