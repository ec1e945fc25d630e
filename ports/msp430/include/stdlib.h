/* SPDX-License-Identifier: 0BSD */
/* What programs here use of <stdlib.h>. */
#ifndef BOARD_STDLIB_H
#define BOARD_STDLIB_H

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void exit(int code) __attribute__((noreturn));
void abort(void) __attribute__((noreturn));
void *malloc(size_t size);
void free(void *block);
int abs(int n);
unsigned long strtoul(const char *text, char **end, int base);

#endif
