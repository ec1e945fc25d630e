/* SPDX-License-Identifier: 0BSD */
/* The same where each body is started by a shared function, as with -Os: by a step within a step. */
#ifndef __OPTIMIZE_SIZE__
#define __OPTIMIZE_SIZE__ 1
#endif
#include "test_interrupts.c"
