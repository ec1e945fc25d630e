/* SPDX-License-Identifier: 0BSD */
/* examples/streaming/lzss_decoder, fed in chunks by another generator. */
#include "contender.h"
#include "lzss_decoder.h"
#include "stream_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chunks {
    AGEN_YIELDS(struct agen_chunk);
    const uint8_t *of;
    size_t of_size, size, next;
};

AGEN(chunks, self)
{
    AGEN_BEGIN(self);
    for (; self->next < self->of_size; self->next += self->size) {
        self->value.data = self->of + self->next;
        self->value.size = self->size;
        if (self->size > self->of_size - self->next)
            self->value.size = self->of_size - self->next;
        AGEN_YIELD(self, self->value);
    }
    AGEN_END(self);
}

static struct lzss_decoder decoder;

static unsigned decode(size_t chunk, int check)
{
    struct chunks chunks = { AGEN_INIT(chunks), .of = stream_packed, .of_size = stream_packed_size, .size = chunk };
    unsigned n = 0;

    lzss_decoder_init(&decoder, BYTE_SOURCE(&chunks), STREAM_WINDOW, STREAM_LOOKAHEAD);
    while (agen_next(&decoder) == AGEN_YIELDED) {
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

/* A byte that does not go on with a code point ends it, as U+FFFD, and is looked at again. */
struct code_points {
    AGEN_YIELDS(uint32_t);
    struct chunks *source;
    const uint8_t *next, *end;
    uint32_t point;
    uint8_t missing; /* so many bytes */
};

AGEN_DECLARE(code_points);
AGEN_EXTERN(code_points, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, self->source) {
        self->next = self->source->value.data;
        self->end = self->next + self->source->value.size;
        while (self->next < self->end) {
            if (self->missing) {
                if (*self->next >> 6 == 2) {
                    self->point = self->point << 6 | (*self->next++ & 63);
                    if (--self->missing)
                        continue;
                } else {
                    self->point = 0xFFFD;
                    self->missing = 0;
                }
            } else {
                self->point = *self->next++;
                if (self->point >= 0xC0 && self->point < 0xF8) {
                    self->missing = self->point < 0xE0 ? 1 : self->point < 0xF0 ? 2 : 3;
                    self->point &= 0x3F >> self->missing;
                    continue;
                }
                if (self->point >= 0x80)
                    self->point = 0xFFFD;
            }
            AGEN_YIELD(self, self->point);
        }
    }
    if (self->missing)
        AGEN_YIELD(self, 0xFFFD);
    AGEN_END(self);
}

static unsigned code_points(size_t chunk)
{
    struct chunks chunks = { AGEN_INIT(chunks), .of = stream_utf8, .of_size = stream_utf8_size, .size = chunk };
    struct code_points x = { AGEN_INIT(code_points), .source = &chunks };
    unsigned sum = 0;

    while (agen_next(&x) == AGEN_YIELDED)
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
