/* SPDX-License-Identifier: 0BSD */
/* Generators that several files use, of C and of C++. */
#ifndef GEN_H
#define GEN_H

#include "agen.h"

/* Yields n, n - 1, .. 1; a value sent is the next n. Waits for gen_ready where it is told to. */
struct gen {
    AGEN_YIELDS_RECEIVES(int, int);
    int n;
    bool waits;
};

/* One with a finalizer, which counts. */
struct gen_counted {
    AGEN_YIELDS(int);
    struct gen gen;
    int released;
};

/* A coroutine: sums what its gen yields. */
struct gen_sum {
    AGEN_COROUTINE;
    struct gen gen;
    int sum;
};

AGEN_DECLARE(gen);
AGEN_DECLARE(gen_counted);
AGEN_DECLARE(gen_sum);

#ifdef __cplusplus
extern "C" {
#endif

extern bool gen_ready;

/*
 * The private generators of gen.c, use.c and use.cpp are all called `local`; each file sums up its
 * own.
 */
int gen_sum_of_locals(void);
int use_from_cpp(void);

/* What every file must agree on: the size of a struct, and the address of the shared body. */
typedef int (*gen_body)(struct agen_frame_ *, int, struct agen_base_ *);
int gen_size(void);
/* Drops it as a file without the loop does. */
int gen_drop(struct gen *x);
gen_body gen_address(void);

#ifdef __cplusplus
}
#endif

#endif
