#include "stream_input.h"

#include "lzss_encoder.h"

#include <stdlib.h>
#include <string.h>

uint8_t stream_text[STREAM_MOST], stream_packed[STREAM_MOST * 9 / 8 + 8];
size_t stream_packed_size;

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
