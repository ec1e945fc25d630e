/* The decoder by hand, fed in chunks. */
#include "contender.h"
#include "hand_decoder.h"
#include "stream_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chunks {
    struct hand_source base;
    size_t size, next;
};

static int chunks_step(struct hand_source *base)
{
    struct chunks *self = (struct chunks *)base;
    size_t left = stream_packed_size - self->next;

    if (left == 0)
        return 0;
    self->base.value.data = stream_packed + self->next;
    self->base.value.size = self->size < left ? self->size : left;
    self->next += self->base.value.size;
    return 1;
}

static struct hand_decoder decoder;

static unsigned decode(size_t chunk, int check)
{
    struct chunks chunks = { .base = { .step = chunks_step }, .size = chunk };
    unsigned n = 0;

    decoder = (struct hand_decoder){ .step = hand_decoder_step, .source = &chunks.base, .window = STREAM_WINDOW,
                                     .lookahead = STREAM_LOOKAHEAD };
    while (decoder.step(&decoder)) {
        if (check && memcmp(stream_text + n, decoder.value.data, decoder.value.size))
            abort();
        n += (unsigned)decoder.value.size;
    }
    return n;
}

static void make(unsigned n)
{
    make_stream(n);
    if (decode(32, 1) != n || decode(4096, 1) != n)
        abort();
}

static unsigned run_32(unsigned n)
{
    (void)n;
    return decode(32, 0);
}

static unsigned run_4096(unsigned n)
{
    (void)n;
    return decode(4096, 0);
}

const struct row rows[] = {
    { "decode-32", make, run_32, 1 },
    { "decode-4096", make, run_4096, 1 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
    printf("decoder %u\n", (unsigned)(sizeof decoder - sizeof decoder.ring));
}
