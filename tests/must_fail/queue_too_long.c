/* FAIL: a_queue_has_room_for_1_to_32767_items */
/* Permits are counted in 16 bits. */
#include "agen.h"

#ifdef FAIL
static AGEN_QUEUE(char, 32768) queue;
#else
static AGEN_QUEUE(char, 32767) queue;
#endif

int main(void)
{
    agen_queue_init(&queue);
    return agen_queue_count(&queue) != 0;
}

/* SPDX-License-Identifier: 0BSD */
