/* SPDX-License-Identifier: 0BSD */
#include "stream_input.h"

#include "lzss_encoder.h"

#include <stdlib.h>
#include <string.h>

uint8_t stream_text[STREAM_MOST], stream_packed[STREAM_MOST * 9 / 8 + 8];
size_t stream_packed_size;
uint8_t stream_utf8[4 * STREAM_MOST];
size_t stream_utf8_size;

struct text {
    AGEN_YIELDS(struct agen_chunk);
    struct agen_chunk all;
};

AGEN(text, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, self->all);
    AGEN_END(self);
}

/* Words, the first ones more often than the last. */
static void write_text(size_t n)
{
    static const char *const words[] = {
        "the ", "a ", "generator ", "yields ", "value, ", "and ", "its ", "consumer ", "waits ", "until\n", "byte ",
        "error ", "is ", "raised. ", "cleanup ", "0123456789 ",
    };
    uint32_t state = 1;
    const char *word = "";
    size_t i;

    for (i = 0; i < n; i++) {
        if (!*word) {
            state = state * 1664525u + 1013904223u;
            word = words[(state >> 28) * (state >> 24 & 15) / 15];
        }
        stream_text[i] = (uint8_t)*word++;
    }
}

void make_stream(size_t n)
{
    static struct lzss_encoder encoder;
    struct text text = { AGEN_INIT(text), .all = { stream_text, n } };
    int status;

    if (n > STREAM_MOST)
        abort();
    write_text(n);
    stream_packed_size = 0;
    lzss_encoder_init(&encoder, BYTE_SOURCE(&text), STREAM_WINDOW, STREAM_LOOKAHEAD);
    while ((status = agen_next(&encoder)) == AGEN_YIELDED) {
        memcpy(stream_packed + stream_packed_size, encoder.value.data, encoder.value.size);
        stream_packed_size += encoder.value.size;
    }
    if (status != AGEN_DONE)
        abort();
}

/* Code points of 1, 2, 3, 1, 4, 1.. bytes, and now and then a byte that is none of UTF-8. */
void make_utf8(size_t n)
{
    static const uint32_t first[] = { 0x20, 0x80, 0x800, 0x61, 0x10000, 0x41, 0x3000, 0x400 };
    uint32_t point;
    uint8_t *to = stream_utf8;
    size_t i;

    if (n > STREAM_MOST)
        abort();
    for (i = 0; i < n; i++) {
        point = first[i % 8] + (uint32_t)(i * 7919 % 26);
        if (i % 100 == 99) {
            *to++ = 0xFF;
        } else if (point < 0x80) {
            *to++ = (uint8_t)point;
        } else if (point < 0x800) {
            *to++ = (uint8_t)(0xC0 | point >> 6);
            *to++ = (uint8_t)(0x80 | (point & 63));
        } else if (point < 0x10000) {
            *to++ = (uint8_t)(0xE0 | point >> 12);
            *to++ = (uint8_t)(0x80 | (point >> 6 & 63));
            *to++ = (uint8_t)(0x80 | (point & 63));
        } else {
            *to++ = (uint8_t)(0xF0 | point >> 18);
            *to++ = (uint8_t)(0x80 | (point >> 12 & 63));
            *to++ = (uint8_t)(0x80 | (point >> 6 & 63));
            *to++ = (uint8_t)(0x80 | (point & 63));
        }
    }
    stream_utf8_size = (size_t)(to - stream_utf8);
}
