/* SPDX-License-Identifier: 0BSD */
/* How the demo tells the user that something is wrong: one line on stderr. */
#ifndef COMPLAIN_H
#define COMPLAIN_H

#include <stdbool.h>

#ifdef __GNUC__
__attribute__((format(printf, 1, 2)))
#endif
bool complain(const char *format, ...); /* always false */

/* What errno meant. It may be 0: C does not promise that a failure sets it. */
const char *reason(int cause);

#endif
