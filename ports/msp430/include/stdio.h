/* SPDX-License-Identifier: 0BSD */
/* What programs here use of <stdio.h>; there are no files. */
#ifndef BOARD_STDIO_H
#define BOARD_STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef int FILE; /* 1: the output, 2: the errors */

extern FILE *const stdout, *const stderr;

#define EOF (-1)

#define BOARD_FORMAT(at) __attribute__((format(printf, at, (at) + 1)))

int printf(const char *format, ...) BOARD_FORMAT(1);
int fprintf(FILE *to, const char *format, ...) BOARD_FORMAT(2);
int sprintf(char *to, const char *format, ...) BOARD_FORMAT(2);
int snprintf(char *to, size_t size, const char *format, ...) BOARD_FORMAT(3);
int vsnprintf(char *to, size_t size, const char *format, va_list arguments);
int puts(const char *text);
int putchar(int c);
int fputc(int c, FILE *to);
int fputs(const char *text, FILE *to);
size_t fwrite(const void *from, size_t size, size_t count, FILE *to);
int fflush(FILE *of);

#endif
