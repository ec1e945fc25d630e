/*
 * For tests that print or compare what CPython prints: what the status codes are called there.
 *
 * A program with errors of its own defines PYTHON_ERRORS before the include: rows of code, type and
 * argument, as in `{ LOST, "ValueError", "lost" },`.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef PYTHON_H
#define PYTHON_H

#include "agen.h"

#include <stdio.h>
#include <string.h>

#ifndef PYTHON_ERRORS
#define PYTHON_ERRORS
#endif

/* Which operation was refused is in the text of Python's error; here there is one code. */
enum python_operation { PYTHON_ANEXT, PYTHON_ASEND, PYTHON_ATHROW, PYTHON_ACLOSE };

struct python_error {
    int code;
    const char *type, *argument;
};

static inline const struct python_error *python_find(int code)
{
    static const struct python_error errors[] = {
        { AGEN_DONE, "StopAsyncIteration", "" },
        { AGEN_E_EXIT, "GeneratorExit", "" },
        { AGEN_E_CANCELLED, "CancelledError", "" },
        { AGEN_E_STOP_LEAKED, "RuntimeError", "async generator raised StopAsyncIteration" },
        { AGEN_E_RUNNING, "RuntimeError", "(): asynchronous generator is already running" },
        { AGEN_E_IGNORED_EXIT, "RuntimeError", "async generator ignored GeneratorExit" },
        { AGEN_E_JUST_STARTED, "TypeError",
          "can't send non-None value to a just-started async generator" },
        PYTHON_ERRORS
    };
    static const struct python_error unknown = { 0, "(a code without a name)", "" };
    size_t i;

    for (i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code)
            return &errors[i];
    return &unknown;
}

/* Python: type(e).__name__ */
static inline const char *python_type(int code)
{
    return python_find(code)->type;
}

static inline void python_quote(char *to, size_t size, const char *text)
{
    char quote = strchr(text, '\'') ? '"' : '\'';

    snprintf(to, size, "%c%s%c", quote, text, quote);
}

/* Python: str(e). The string lives until the next call. */
static inline const char *python_str(int code, enum python_operation operation)
{
    static const char *const names[] = { "anext", "anext", "athrow", "aclose" };
    static char text[100];
    const struct python_error *error = python_find(code);

    if (strcmp(error->type, "KeyError") == 0) /* which shows its key, not a message */
        python_quote(text, sizeof text, error->argument);
    else
        snprintf(text, sizeof text, "%s%s", code == AGEN_E_RUNNING ? names[operation] : "",
                 error->argument);
    return text;
}

/* Python: repr(e). The string lives until the next call. */
static inline const char *python_repr(int code)
{
    static char text[140];
    const struct python_error *error = python_find(code);
    char argument[100] = "";

    if (error->argument[0] != '\0')
        python_quote(argument, sizeof argument, error->argument);
    snprintf(text, sizeof text, "%s(%s)", error->type, argument);
    return text;
}

/* Python: str(b) */
static inline const char *python_bool(bool b)
{
    return b ? "True" : "False";
}

#endif
