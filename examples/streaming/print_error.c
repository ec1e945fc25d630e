/* SPDX-License-Identifier: 0BSD */
#include "print_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool print_error(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "demo: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    return false;
}

const char *reason(int cause)
{
    return cause != 0 ? strerror(cause) : "the system does not say why";
}
