/* SPDX-License-Identifier: 0BSD */
/*
 * The LZSS decoder of examples/streaming: arbitrary bytes in arbitrary pieces make what a decoder
 * makes of them that has all its input and all its output in memory. And what the encoder makes of
 * the same bytes is decoded to them.
 */
#include "lzss_decoder.h"
#include "lzss_encoder.h"
#include "pieces.h"
#include "plain_lzss.h"

enum { MOST_INPUT = 2048 };

static struct lzss_decoder decoder;

/* What comes out of the decoder, up to `most` spans. */
static void compare(const uint8_t *expected, size_t size, unsigned most)
{
    size_t at = 0;

    while (most-- > 0 && agen_next(&decoder) == AGEN_YIELDED) {
        MUST(decoder.value.size > 0 && decoder.value.size <= size - at);
        MUST(memcmp(decoder.value.data, expected + at, decoder.value.size) == 0);
        at += decoder.value.size;
    }
    MUST(at == size || !agen_done(&decoder));
    MUST(agen_close(&decoder) == AGEN_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pieces pieces;
    static struct lzss_encoder encoder;
    struct pieces again;
    unsigned window, lookahead, most;
    uint8_t *expected;

    input = data;
    input_size = size < MOST_INPUT ? size : MOST_INPUT;
    window = LZSS_WINDOW_MIN + draw(LZSS_WINDOW_MAX - LZSS_WINDOW_MIN + 1);
    lookahead = LZSS_LOOKAHEAD_MIN + draw(window - LZSS_LOOKAHEAD_MIN);
    most = draw(4) == 1 ? draw(8) : ~0u;
    pieces_init(&pieces);
    pieces_set(&pieces, input, input_size);
    again = pieces;

    size = plain_lzss(input, input_size, window, lookahead, NULL);
    expected = malloc(size + 1);
    MUST(expected != NULL);
    (void)plain_lzss(input, input_size, window, lookahead, expected);
    lzss_decoder_init(&decoder, BYTE_SOURCE(&pieces), window, lookahead);
    compare(expected, size, most);
    pieces_check(&pieces);
    free(expected);

    lzss_encoder_init(&encoder, BYTE_SOURCE(&again), window, lookahead);
    lzss_decoder_init(&decoder, BYTE_SOURCE(&encoder), window, lookahead);
    compare(input, input_size, most);
    pieces_check(&again);
    return 0;
}
