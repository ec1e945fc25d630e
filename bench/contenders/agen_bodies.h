/* SPDX-License-Identifier: 0BSD */
/* The bodies of agen.h, in a file that their consumer does not see. */
#ifndef AGEN_BODIES_H
#define AGEN_BODIES_H

#include "agen.h"

struct numbers {
    AGEN_YIELDS(unsigned);
    unsigned i, n;
};
AGEN_DECLARE(numbers);

struct from {
    AGEN_YIELDS(unsigned);
    struct from *inner; /* or NULL: then it yields the numbers itself */
    unsigned i, n;
};
AGEN_DECLARE(from);

struct odd {
    AGEN_YIELDS(unsigned);
    struct numbers source;
};
AGEN_DECLARE(odd);

struct map {
    AGEN_YIELDS(unsigned);
    struct odd source;
};
AGEN_DECLARE(map);

struct sum {
    AGEN_COROUTINE;
    struct map source;
    unsigned result;
};
AGEN_DECLARE(sum);

struct link {
    AGEN_COROUTINE;
    struct link *inner; /* or NULL */
    unsigned turns;     /* that the innermost waits */
    unsigned result;
};
AGEN_DECLARE(link);

struct handler {
    AGEN_YIELDS(unsigned);
    unsigned caught;
};
AGEN_DECLARE(handler);

struct guarded {
    AGEN_YIELDS(unsigned);
    unsigned *log;
};
AGEN_DECLARE(guarded);

#endif
