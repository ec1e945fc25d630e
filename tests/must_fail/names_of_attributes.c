/* FAIL: error: .*an error code must be negative and fit int16_t */
/* OLDEST: clang 14 clang++ 14 */
/* FLAGS: -O1 */
/* The checks hold where macros of the application bear the names of attributes. */
#define error(...) (-)
#define warning(...) (-)
#define unused __attribute__((unused))
#define noinline __attribute__((noinline))
#define always_inline inline __attribute__((always_inline))
#define noreturn __attribute__((noreturn))
#define diagnose_if(...) (-)
#include "agen.h"

struct silent {
    AGEN_COROUTINE;
};

AGEN(silent, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_RAISE(self, 1);
#else
    AGEN_RAISE(self, -1);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct silent x;

    agen_init(&x, silent);
    return agen_next(&x) != -1;
}

/* SPDX-License-Identifier: 0BSD */
