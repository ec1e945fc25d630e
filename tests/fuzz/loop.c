/* SPDX-License-Identifier: 0BSD */
/*
 * The random tasks of tests/chapters/test_fuzz_loop.c in virtual time, with all its books, and with the
 * input in place of a seed: each pass, and each look at the clock within it, draws its choices from
 * the next two bytes. So a change of the input changes what happens from one pass on, and not all
 * before.
 */
#define main test_fuzz_loop_main
#include "../chapters/test_fuzz_loop.c"
#undef main
#include "fuzz.h"

enum { MOST_INPUT = 1024 };

/* Where the input is over, the run of random numbers goes on. */
static void take_choices(void)
{
    if (input_size == 0)
        return;
    random_state = (uint32_t)(draw(256) << 8);
    random_state = (random_state | draw(256)) * 2654435761u + 1;
}

static agen_ticks choosing_clock(void)
{
    take_choices();
    return ticks;
}

static void check_and_stop(void)
{
    check_books();
    MUST(check_failed_ == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int pass = 0, op, i;

    input = data;
    input_size = size < MOST_INPUT ? size : MOST_INPUT;
    make_world(1 + draw(256));
    loop.now_ = choosing_clock;
    while (input_size > 0) {
        take_choices();
        if (one_in(3)) {
            op = OPS + (int)random_below(ALL_OPS - OPS);
            act(NULL, op, (int)random_below(OBJECTS));
        }
        (void)agen_loop_poll(&loop);
        check_and_stop();
        if (!loop.ready_)
            advance();
    }
    draining = true;
    for (i = 0; i < procs_made; i++)
        if (agen_task_status(&procs[i].task) == AGEN_PENDING)
            procs[i].cancelled = true;
    do {
        agen_loop_cancel_all(&loop);
        (void)agen_loop_poll(&loop);
        check_and_stop();
    } while (loop.tasks_ && ++pass < 20 * DEPTH);
    check_end();
    MUST(check_failed_ == 0);
    return 0;
}
