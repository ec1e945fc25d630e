/* SPDX-License-Identifier: 0BSD */
/*
 * Assertions for the tests: each failure prints one line, and check_result() is what main returns.
 *
 *   CHECK(condition)                  a condition that must hold
 *   CHECK_INT(actual, expected)       two integers, status codes for instance
 *   CHECK_STR(actual, expected)       two strings
 *   trace(word), trace_int(number)    append a word to a record of what happened, in order
 *   CHECK_TRACE("one two three")      compares that record, and begins a new one
 *   CHECK_ROUNDS(all, few)            how often to repeat what is random: few with -DQUICK, as in make test
 *
 * With -DCHECK_TRACE_SIZE=n the record holds n bytes; with -DCHECK_BRIEF a failure prints its line without the
 * condition: for targets where texts are copied into a memory of two kilobytes.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

#ifdef QUICK
#define CHECK_ROUNDS(all, few) (few)
#else
#define CHECK_ROUNDS(all, few) (all)
#endif

#ifdef __SDCC /* which cannot inline everywhere */
#define CHECK_FUNCTION_ static
#else
#define CHECK_FUNCTION_ static inline
#endif
#ifdef __SDCC_mcs51 /* where a function that agen.h calls must say so */
#define CHECK_REENTRANT __reentrant
#else
#define CHECK_REENTRANT
#endif

enum { CHECK_SHOWN_ = 20 }; /* more failures than that are counted only */

static unsigned long check_passed_, check_failed_;
#ifndef CHECK_TRACE_SIZE
#define CHECK_TRACE_SIZE 1024
#endif
static char check_trace_[CHECK_TRACE_SIZE];

CHECK_FUNCTION_ int check_shows_(const char *file, int line, const char *expression)
{
    if (check_failed_++ >= CHECK_SHOWN_)
        return 0;
    printf("%s:%d: %s", file, line, expression);
    return 1;
}

CHECK_FUNCTION_ int check_true_(int holds, const char *expression, const char *file, int line)
{
    if (holds)
        check_passed_++;
    else if (check_shows_(file, line, expression))
        printf(": does not hold\n");
    return holds;
}

CHECK_FUNCTION_ int check_int_(long actual, long expected, const char *expression, const char *file, int line)
{
    if (actual == expected)
        check_passed_++;
    else if (check_shows_(file, line, expression))
        printf(": is %ld, should be %ld\n", actual, expected);
    return actual == expected;
}

CHECK_FUNCTION_ int check_str_(const char *actual, const char *expected, const char *expression, const char *file,
                               int line)
{
    int same = strcmp(actual, expected) == 0;

    if (same)
        check_passed_++;
    else if (check_shows_(file, line, expression))
        printf(":\n    is        \"%s\"\n    should be \"%s\"\n", actual, expected);
    return same;
}

CHECK_FUNCTION_ void trace(const char *word)
{
    size_t length = strlen(check_trace_), more = strlen(word);

    if (length + more + 2 > sizeof check_trace_)
        return; /* the comparison will tell */
    if (length > 0)
        check_trace_[length++] = ' ';
    memcpy(check_trace_ + length, word, more + 1);
}

CHECK_FUNCTION_ void trace_int(int number)
{
    char word[16];

    sprintf(word, "%d", number);
    trace(word);
}

CHECK_FUNCTION_ void check_trace_is_(const char *expected, const char *file, int line)
{
    (void)check_str_(check_trace_, expected, "trace", file, line);
    check_trace_[0] = '\0';
}

CHECK_FUNCTION_ int check_result_(const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;

    for (; *name && *name != '.'; name++) /* SDCC's printf has no %.*s */
        (void)putchar(*name);
    if (check_failed_ == 0)
        printf(": %lu checks passed\n", check_passed_);
    else
        printf(": %lu of %lu checks FAILED\n", check_failed_, check_passed_ + check_failed_);
    return check_failed_ != 0;
}

#ifdef CHECK_BRIEF
#define CHECK_TEXT_(text) ""
#else
#define CHECK_TEXT_(text) text
#endif
#define CHECK(condition) ((void)check_true_((condition) ? 1 : 0, CHECK_TEXT_(#condition), __FILE__, __LINE__))
#define CHECK_INT(actual, expected) \
    ((void)check_int_((long)(actual), (long)(expected), CHECK_TEXT_(#actual), __FILE__, __LINE__))
#define CHECK_STR(actual, expected) \
    ((void)check_str_(actual, expected, CHECK_TEXT_(#actual), __FILE__, __LINE__))
#define CHECK_TRACE(expected) check_trace_is_(expected, __FILE__, __LINE__)
#define check_result() check_result_(__FILE__)

#endif
