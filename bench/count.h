/* SPDX-License-Identifier: 0BSD */
/* The same counter four times: as a generator, by hand, as a protothread, and as a plain loop. */
#ifndef COUNT_H
#define COUNT_H

#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i, n;
};
AGEN_DECLARE(counter);

struct reset_counter {
    AGEN_YIELDS(int);
    int i, n;
};
AGEN_DECLARE(reset_counter);

/* By hand: a state, a switch, a function pointer, since a consumer wants to drive any machine. */
struct machine {
    int (*step)(struct machine *);
    unsigned char state;
    int value, i, n;
};
int machine_step(struct machine *self);

/* As protothreads do it: the line number is the state. No errors, no cleanup, no busy check. */
struct protothread {
    int (*step)(struct protothread *);
    unsigned short line;
    int value, i, n;
};
int protothread_step(struct protothread *self);

#endif
