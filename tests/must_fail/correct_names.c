/* Finalizers may have any name: the step's own end in an underscore. */
#include "agen.h"

static int released;

#define GENERATOR(g, release) \
    struct g { \
        AGEN_YIELDS(int); \
    }; \
    static void release(struct g *self) \
    { \
        (void)self; \
        released++; \
    } \
    AGEN(g, self, release) \
    { \
        AGEN_BEGIN(self); \
        AGEN_YIELD(self, 1); \
        AGEN_END(self); \
    }

GENERATOR(a, core)
GENERATOR(b, signal)
GENERATOR(c, driver)
GENERATOR(d, state)
GENERATOR(e, ended)
GENERATOR(f, status)
GENERATOR(g, self)
GENERATOR(h, release)

int main(void)
{
    static struct a a_state;
    static struct b b_state;
    static struct c c_state;
    static struct d d_state;
    static struct e e_state;
    static struct f f_state;
    static struct g g_state;
    static struct h h_state;

    agen_init(&a_state, a);
    agen_init(&b_state, b);
    agen_init(&c_state, c);
    agen_init(&d_state, d);
    agen_init(&e_state, e);
    agen_init(&f_state, f);
    agen_init(&g_state, g);
    agen_init(&h_state, h);
    return agen_next(&a_state) + agen_next(&b_state) + agen_next(&c_state) + agen_next(&d_state)
           + agen_next(&e_state) + agen_next(&f_state) + agen_next(&g_state) + agen_next(&h_state);
}

/* SPDX-License-Identifier: 0BSD */
