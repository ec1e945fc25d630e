/* examples/streaming/lzss_decoder, fed in chunks by another generator. */
#include "contender.h"
#include "lzss_decoder.h"
#include "stream_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chunks {
    AGEN_YIELDS(struct agen_chunk);
    size_t size, next;
};

AGEN(chunks, self)
{
    AGEN_BEGIN(self);
    for (; self->next < stream_packed_size; self->next += self->size) {
        self->value.data = stream_packed + self->next;
        self->value.size = self->size;
        if (self->size > stream_packed_size - self->next)
            self->value.size = stream_packed_size - self->next;
        AGEN_YIELD(self, self->value);
    }
    AGEN_END(self);
}

static struct lzss_decoder decoder;

static unsigned decode(size_t chunk, int check)
{
    struct chunks chunks = { AGEN_INIT(chunks), .size = chunk };
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

const struct row rows[] = {
    { "decode-32", make, run_32, 1 },
    { "decode-4096", make, run_4096, 1 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
    printf("decoder %u\n", (unsigned)(sizeof decoder - sizeof decoder.ring));
}
