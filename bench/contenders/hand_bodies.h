/* SPDX-License-Identifier: 0BSD */
/* State machines by hand: a state, a switch, and a function pointer, since a consumer wants to drive any machine. */
#ifndef HAND_BODIES_H
#define HAND_BODIES_H

enum { HAND_DONE, HAND_VALUE, HAND_WAITS };

struct numbers {
    int (*step)(struct numbers *);
    unsigned value;
    unsigned i, n;
    unsigned char state;
};
int numbers_step(struct numbers *);

/* The same, for a consumer that may inline it. */
static inline int numbers_in_sight(struct numbers *self)
{
    switch (self->state) {
    case 0:
        self->i = 0;
        break;
    case 1:
        self->i++;
        break;
    default:
        return HAND_DONE;
    }
    if (self->i < self->n) {
        self->value = self->i;
        self->state = 1;
        return HAND_VALUE;
    }
    self->state = 2;
    return HAND_DONE;
}

struct from {
    int (*step)(struct from *);
    unsigned value;
    struct from *inner; /* or NULL: then it makes the numbers itself */
    unsigned i, n;
};
int from_step(struct from *);

struct open_numbers {
    int (*step)(struct open_numbers *, int error);
    unsigned value;
    unsigned i, n;
    unsigned char state;
};
int open_numbers_step(struct open_numbers *, int error);

struct odd {
    int (*step)(struct odd *);
    unsigned value;
    struct numbers source;
};
int odd_step(struct odd *);

struct map {
    int (*step)(struct map *);
    unsigned value;
    struct odd source;
};
int map_step(struct map *);
unsigned map_sum(struct map *);

struct link {
    int (*step)(struct link *);
    struct link *inner;
    unsigned turns, result;
    unsigned char state;
};
int link_step(struct link *);

struct handler {
    int (*step)(struct handler *, int error);
    unsigned value, caught;
};
int handler_step(struct handler *, int error);

struct guarded {
    int (*step)(struct guarded *);
    void (*close)(struct guarded *);
    unsigned *log;
    unsigned char state;
};
int guarded_step(struct guarded *);
void guarded_close(struct guarded *);

#endif
