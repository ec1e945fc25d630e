/* SPDX-License-Identifier: 0BSD */
/* The same with atomic accesses, where there are any, in place of the critical section. */
#define TEST_ATOMIC
#include "test_coverage.c"
