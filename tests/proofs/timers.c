/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: timers: each fires by deadline, equal deadlines first in first out; the tree keeps order,
 *         heap and parent links, and next_timer is its first, wherever the 8-bit clock wraps
 * BOUND: all sequences of inserts and removes, however long, of 6 timers
 * BREAKS: s/left = ahead < (agen_ticks)/left = ahead <= (agen_ticks)/
 * BREAKS: s/middle->place.timer.parent = parent;/(void)middle;/
 * BREAKS: s/right = right->place.timer.left;$/break;/
 *
 * The tree looks at nothing of a deadline but how it compares with others. So they are spaced anew
 * behind each operation, in the same order, and the next one falls on one of them or between two.
 * Ranks are hashes of different addresses, different by construction: as any timer may be inserted
 * at any time, all orders of ranks occur.
 */
#define AGEN_TICKS uint8_t
#include "agen.h"

#include "explore.h"

enum { TIMERS = 6 };

static struct world {
    agen_loop loop;
    struct agen_sleeper_ sleepers[TIMERS];
    unsigned char active, order[TIMERS]; /* who should fire, in this order */
} world;
static agen_loop *const loop = &world.loop;

static uint8_t ahead(unsigned i)
{
    return (uint8_t)(world.sleepers[i].place.timer.deadline - loop->last);
}

/* Deadlines at 1, 3, 5: so that there is room between them. */
static void space(void)
{
    uint8_t was = 0, now = 0;
    unsigned i;

    for (i = 0; i < world.active; i++) {
        struct agen_sleeper_ *sleeper = &world.sleepers[world.order[i]];

        if (i == 0 || ahead(world.order[i]) != was) {
            was = ahead(world.order[i]);
            now = (uint8_t)(i == 0 ? 1 : now + 2);
        }
        sleeper->place.timer.deadline = (uint8_t)(loop->last + now);
    }
}

/* Goes through the tree from left to right, by the parent links. */
static void check(void)
{
    struct agen_sleeper_ *at = loop->timers, *next;
    unsigned i;

    ASSERT(!at || !at->place.timer.parent);
    while (at && at->place.timer.left)
        at = at->place.timer.left;
    ASSERT(loop->next_timer == at);
    for (i = 0; at; i++) {
        ASSERT(i < world.active && at == &world.sleepers[world.order[i]]);
        next = at->place.timer.parent;
        ASSERT(!next || next->place.timer.left == at || next->place.timer.right == at);
        ASSERT(!next || agen_rank_(next) < agen_rank_(at));
        next = at->place.timer.right;
        if (next) {
            while (next->place.timer.left)
                next = next->place.timer.left;
        } else {
            for (next = at->place.timer.parent; next && next->place.timer.right == at;) {
                at = next;
                next = at->place.timer.parent;
            }
        }
        at = next;
    }
    ASSERT(i == world.active);
}

static void start(void)
{
    loop->last = (uint8_t)(0u - any(2 * TIMERS + 2)); /* each side of the wrap */
}

static bool operation(void)
{
    unsigned i, place, chosen = any(TIMERS);

    for (place = 0; place < world.active && world.order[place] != chosen; place++)
        ;
    if (place < world.active) {
        agen_timer_remove_(loop, &world.sleepers[chosen]);
        world.active--;
        for (i = place; i < world.active; i++)
            world.order[i] = world.order[i + 1];
        world.order[world.active] = 0;
        memset(&world.sleepers[chosen], 0, sizeof world.sleepers[chosen]);
    } else {
        uint8_t after = (uint8_t)any(2 * TIMERS + 1);

        if (world.active && after > ahead(world.order[world.active - 1]) + 1)
            return false; /* no other order */
        agen_timer_insert_(loop, &world.sleepers[chosen], (uint8_t)(loop->last + after));
        for (i = world.active++; i > 0 && ahead(world.order[i - 1]) > after; i--)
            world.order[i] = world.order[i - 1];
        world.order[i] = (unsigned char)chosen;
    }
    check();
    space();
    return true;
}

WHOLE_WORLD()

int main(void)
{
    EXPLORE();
    return 0;
}
