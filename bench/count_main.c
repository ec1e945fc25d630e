/* SPDX-License-Identifier: 0BSD */
/* Consumes N items from the counter that argv[1] names. N is argv[2], so that nothing is folded. */
#include "count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seen {
    AGEN_YIELDS(int);
    int i, n;
};

AGEN(seen, self)
{
    AGEN_BEGIN(self);
    for (; self->i < self->n; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

struct seen_reset {
    AGEN_YIELDS(int);
    int i, n;
};

AGEN(seen_reset, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

/* A chain of awaits: only the innermost waits. */
struct link {
    AGEN_COROUTINE;
    struct link *inner;
    int *turns;
};

AGEN(link, self)
{
    AGEN_BEGIN(self);
    if (self->inner)
        AGEN_AWAIT(self, self->inner);
    else
        AGEN_WAIT_UNTIL(self, --*self->turns <= 0);
    AGEN_END(self);
}

static unsigned chain(int depth, int n)
{
    static struct link links[1000];
    unsigned polls = 0;
    int i;

    for (i = 0; i < depth; i++) {
        agen_init(&links[i], link);
        links[i].inner = i + 1 < depth ? &links[i + 1] : NULL;
        links[i].turns = &n;
    }
    while (agen_poll(&links[0]) == AGEN_PENDING)
        polls++;
    return polls;
}

/* One instruction an item goes to the sum: an exclusive or, since a plain sum has a closed form. */
#define CONSUMER(name, declaration, more) \
    static unsigned consume_##name(int n) \
    { \
        declaration; \
        unsigned sum = 0; \
\
        while (more) \
            sum ^= (unsigned)x.value; \
        return sum; \
    }
#define OF(g) struct g x = { AGEN_INIT(g), .n = n }

CONSUMER(generator, OF(counter), agen_next(&x) == AGEN_YIELDED)
CONSUMER(generator_reset, OF(reset_counter), agen_next(&x) == AGEN_YIELDED)
CONSUMER(named, OF(seen), agen_next_as(seen, &x) == AGEN_YIELDED)
CONSUMER(named_reset, OF(seen_reset), agen_next_as(seen_reset, &x) == AGEN_YIELDED)
CONSUMER(by_hand, struct machine x = { .step = machine_step }; x.n = n, x.step(&x))
CONSUMER(protothread, struct protothread x = { .step = protothread_step }; x.n = n, x.step(&x))

static unsigned consume_loop(int n)
{
    unsigned sum = 0;
    int i;

    for (i = 0; i < n; i++)
        sum ^= (unsigned)i;
    return sum;
}

static const struct {
    const char *name;
    unsigned (*consume)(int n);
} consumers[] = {
    { "generator", consume_generator }, { "generator-reset", consume_generator_reset },
    { "named", consume_named },         { "named-reset", consume_named_reset },
    { "by-hand", consume_by_hand },     { "protothread", consume_protothread },
    { "loop", consume_loop },
};

int main(int argc, char **argv)
{
    size_t i;

    if (argc == 3 && !strncmp(argv[1], "poll-", 5)) {
        printf("%u\n", chain(atoi(argv[1] + 5), atoi(argv[2])));
        return 0;
    }
    for (i = 0; argc == 3 && i < sizeof consumers / sizeof *consumers; i++)
        if (!strcmp(argv[1], consumers[i].name)) {
            printf("%u\n", consumers[i].consume(atoi(argv[2])));
            return 0;
        }
    fprintf(stderr, "usage: count WHICH N\n");
    return 2;
}
