/* SPDX-License-Identifier: 0BSD */
/*
 * What all stages of the streaming example share: where spans of bytes come from, error codes.
 *
 * Stages hand on spans (a pointer and a length), not single bytes: a step of a generator costs a
 * few nanoseconds, which a span shares among all its bytes, and most stages need no buffer, because
 * the span that they yield points into the one that they were given. A span is valid until the
 * generator that yielded it runs again. It may be empty, and where it is cut means nothing unless a
 * stage says so. Its type is that of a pipe's chunks: so a pipe feeds a stage, too.
 */
#ifndef STREAM_H
#define STREAM_H

#include "agen.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A stage does not know what feeds it, only what that yields. So it holds its source as a pair: the
 * head of the generator, whatever its type, and the place where that generator leaves its value.
 * BYTE_SOURCE makes the pair, and compiles only for a generator that yields `struct agen_chunk`. (A
 * pointer to a struct that merely begins alike would be shorter, but C does not allow to read
 * through it.) A stage that is fed with something else has a pair of its own, made in the same way.
 *
 *     lzss_encoder_init(&encoder, BYTE_SOURCE(&reader), 8, 4);
 *
 * On a board the wire ends in a pipe, which an interrupt fills. With `agen_chunks received` of that,
 * the same stages wait in a task for what comes:
 *
 *     slip_decoder_init(&decoder, BYTE_SOURCE(&received));
 *
 * Every stage consumes its source to the end and closes it when it ends early, so that closing the
 * last stage of a chain cleans up all of them. What a stage raises reaches the consumer through all
 * the others.
 */
struct byte_source {
    agen_t *generator;
    const struct agen_chunk *value;
};

#define BYTE_SOURCE(g) ((struct byte_source){ (agen_t *)(g), &(g)->value })

enum stream_error {
    STREAM_E_INPUT = -1,      /* the input cannot be opened */
    STREAM_E_READ = -2,       /* the input cannot be read */
    STREAM_E_OUTPUT = -3,     /* the output cannot be opened */
    STREAM_E_WRITE = -4,      /* the output cannot be written */
    STREAM_E_PARAMETERS = -5, /* no such window or lookahead */
    STREAM_E_TOO_LONG = -6,   /* positions are 32 bits: 4 GiB at most */
    STREAM_E_ORDER = -7       /* the sender went back: it is broken, or it is another one */
};

#endif
