/* SPDX-License-Identifier: 0BSD */
/* The decoder by hand, fed in chunks. */
#include "contender.h"
#include "hand_decoder.h"
#include "stream_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chunks {
    struct hand_source base;
    const uint8_t *of;
    size_t of_size, size, next;
};

static int chunks_step(struct hand_source *base)
{
    struct chunks *self = (struct chunks *)base;
    size_t left = self->of_size - self->next;

    if (left == 0)
        return 0;
    self->base.value.data = self->of + self->next;
    self->base.value.size = self->size < left ? self->size : left;
    self->next += self->base.value.size;
    return 1;
}

static struct hand_decoder decoder;

static unsigned decode(size_t chunk, int check)
{
    struct chunks chunks = { .base = { .step = chunks_step }, .of = stream_packed, .of_size = stream_packed_size,
                             .size = chunk };
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

static unsigned code_points(size_t chunk)
{
    struct chunks chunks = { .base = { .step = chunks_step }, .of = stream_utf8, .of_size = stream_utf8_size,
                             .size = chunk };
    struct hand_points x = { .step = hand_points_step, .source = &chunks.base };
    unsigned sum = 0;

    while (x.step(&x))
        sum ^= x.value;
    return sum;
}

static void make_points(unsigned n) { make_utf8(n); }
static unsigned run_utf8_32(unsigned n) { return n ? code_points(32) : 0; }
static unsigned run_utf8_4096(unsigned n) { return n ? code_points(4096) : 0; }

const struct row rows[] = {
    { "utf8-32", make_points, run_utf8_32, 1 },
    { "utf8-4096", make_points, run_utf8_4096, 1 },
    { "decode-32", make, run_32, 1 },
    { "decode-4096", make, run_4096, 1 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
    printf("decoder %u\n", (unsigned)(sizeof decoder - sizeof decoder.ring));
}
