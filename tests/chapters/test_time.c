/* SPDX-License-Identifier: 0BSD */
/* Time by a clock of 32 bits: see test_time_body.h. */
#define AGEN_TICKS uint32_t
#include "test_time_body.h"

int main(void)
{
    run_time_tests();
    return check_result();
}
