/* SPDX-License-Identifier: 0BSD */
/* How the demo tells the user that something is wrong: one line on stderr. */
#ifndef PRINT_ERROR_H
#define PRINT_ERROR_H

#include <stdbool.h>

#ifdef __GNUC__
__attribute__((format(printf, 1, 2)))
#endif
bool print_error(const char *format, ...); /* always false */

/* What errno meant. It may be 0: C does not promise that a failure sets it. */
const char *reason(int cause);

#endif
