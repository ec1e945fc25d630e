/* What both decoders decode: the same text, compressed by examples/streaming/lzss_encoder. */
#ifndef STREAM_INPUT_H
#define STREAM_INPUT_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_WINDOW = 11, STREAM_LOOKAHEAD = 4, STREAM_MOST = 1 << 20 };

extern uint8_t stream_text[STREAM_MOST], stream_packed[STREAM_MOST * 9 / 8 + 8];
extern size_t stream_packed_size;

void make_stream(size_t n); /* n bytes of text */

#endif
