/* SPDX-License-Identifier: 0BSD */
/*
 * The SLIP decoder of examples/streaming: arbitrary bytes in arbitrary pieces make the frames that
 * a plain loop over the bytes finds, and what is a frame comes back from the encoder's output.
 */
#include "pieces.h"
#include "slip.h"
#include "slip_decoder.h"
#include "slip_encoder.h"

/* --- The plain loop --------------------------------------------------------------------------- */

static struct plain {
    const uint8_t *at, *end;
    uint8_t bytes[SLIP_FRAME_MAX];
    size_t size;
    enum slip_fault fault;
} plain;

static void plain_blame(enum slip_fault fault)
{
    if (plain.fault == SLIP_NO_FAULT)
        plain.fault = fault;
}

static void plain_put(uint8_t byte)
{
    if (plain.size == SLIP_FRAME_MAX)
        plain_blame(SLIP_TOO_LONG);
    else
        plain.bytes[plain.size++] = byte;
}

/* False: there is no further frame. */
static bool plain_next(void)
{
    uint8_t byte;

    plain.size = 0;
    plain.fault = SLIP_NO_FAULT;
    while (plain.at < plain.end) {
        byte = *plain.at++;
        if (byte == SLIP_ESC) {
            if (plain.at == plain.end) {
                plain_blame(SLIP_UNFINISHED);
                break;
            }
            byte = *plain.at++;
            if (byte == SLIP_ESC_END)
                plain_put(SLIP_END);
            else if (byte == SLIP_ESC_ESC)
                plain_put(SLIP_ESC);
            else
                plain_blame(SLIP_BAD_ESCAPE);
        } else if (byte != SLIP_END) {
            plain_put(byte);
        }
        if (byte == SLIP_END && (plain.size > 0 || plain.fault != SLIP_NO_FAULT))
            return true;
    }
    if (plain.size == 0 && plain.fault == SLIP_NO_FAULT)
        return false;
    plain_blame(SLIP_UNFINISHED);
    return true;
}

/* --- The comparison --------------------------------------------------------------------------- */

static void check_round_trip(const struct agen_chunk *frame)
{
    static struct pieces whole;
    static struct slip_encoder encoder;
    static struct slip_decoder decoder;

    pieces_init(&whole);
    whole.sizes[0] = SLIP_FRAME_MAX;
    pieces_set(&whole, frame->data, frame->size);
    slip_encoder_init(&encoder, BYTE_SOURCE(&whole));
    slip_decoder_init(&decoder, BYTE_SOURCE(&encoder));
    MUST(agen_next(&decoder) == AGEN_YIELDED);
    MUST(decoder.value.fault == SLIP_NO_FAULT && decoder.value.bytes.size == frame->size);
    MUST(memcmp(decoder.value.bytes.data, frame->data, frame->size) == 0);
    MUST(agen_next(&decoder) == AGEN_DONE);
    pieces_check(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pieces pieces;
    static struct slip_decoder decoder;
    unsigned most;

    input = data;
    input_size = size;
    pieces_init(&pieces);
    most = draw(256); /* so many frames, then it is closed */
    pieces_set(&pieces, input, input_size);
    plain.at = input;
    plain.end = input + input_size;
    slip_decoder_init(&decoder, BYTE_SOURCE(&pieces));
    input_size = 0;
    for (; most > 0; most--) {
        int status = agen_next(&decoder);
        const struct agen_chunk *bytes = &decoder.value.bytes;

        if (!plain_next()) {
            MUST(status == AGEN_DONE);
            break;
        }
        MUST(status == AGEN_YIELDED);
        MUST(decoder.value.fault == plain.fault && bytes->size == plain.size);
        MUST(plain.size == 0 || memcmp(bytes->data, plain.bytes, plain.size) == 0);
        if (plain.fault == SLIP_NO_FAULT)
            check_round_trip(bytes);
    }
    MUST(agen_close(&decoder) == AGEN_DONE);
    pieces_check(&pieces);
    return 0;
}
