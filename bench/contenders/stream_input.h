/* SPDX-License-Identifier: 0BSD */
/* What both contenders decode: the same text, compressed by examples/streaming/lzss_encoder; and UTF-8. */
#ifndef STREAM_INPUT_H
#define STREAM_INPUT_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_WINDOW = 11, STREAM_LOOKAHEAD = 4, STREAM_MOST = 1 << 20 };

extern uint8_t stream_text[STREAM_MOST], stream_packed[STREAM_MOST * 9 / 8 + 8];
extern size_t stream_packed_size;

extern uint8_t stream_utf8[4 * STREAM_MOST];
extern size_t stream_utf8_size;

void make_stream(size_t n); /* n bytes of text */
void make_utf8(size_t n);   /* n code points */

#endif
