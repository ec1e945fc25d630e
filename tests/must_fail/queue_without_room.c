/* FAIL: a_queue_has_room_for_1_to_32767_items */
/* Python's Queue(0) has no limit; here each put would wait for ever. */
#include "agen.h"

#ifdef FAIL
static AGEN_QUEUE(char, 0) queue;
#else
static AGEN_QUEUE(char, 1) queue;
#endif

int main(void)
{
    agen_queue_init(&queue);
    return agen_queue_count(&queue) != 0;
}

/* SPDX-License-Identifier: 0BSD */
