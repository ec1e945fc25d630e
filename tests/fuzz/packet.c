/* SPDX-License-Identifier: 0BSD */
/*
 * The receiving side of examples/streaming: SLIP decoder, packet receiver and decompressor. Packets
 * are made of the input, right ones and damaged ones, since no arbitrary bytes have a right CRC; or
 * the input is the stream. A plain function over each frame says what the receiver must say of it,
 * a plain loop over the packets what the decompressor must make of them.
 */
#include "crc32.h"
#include "decompressor.h"
#include "pieces.h"
#include "plain_lzss.h"
#include "slip.h"

enum { STREAM_MAX = 8192, WINDOW = 8, LOOKAHEAD = 4, END = -1 };

/* Of 13 bits a copy makes 16 bytes; and each byte might be an end. */
enum { PLAIN_MAX = STREAM_MAX * 11 };

/* --- A stream of packets ---------------------------------------------------------------------- */

static uint8_t stream[STREAM_MAX];
static size_t stream_size;
static uint32_t sequence, origin;

static void put(uint8_t byte)
{
    if (stream_size < STREAM_MAX)
        stream[stream_size++] = byte;
}

static void put_frame(const uint8_t *frame, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        bool special = frame[i] == SLIP_END || frame[i] == SLIP_ESC;

        if (special)
            put(SLIP_ESC);
        put(special ? (frame[i] == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC) : frame[i]);
    }
    put(SLIP_END);
}

/* One in a few has something wrong; a mistake may also be harmless. */
static void make_packet(void)
{
    uint8_t packet[PACKET_SIZE_MAX + 1];
    unsigned mistake = draw(12), length = draw(64), i;
    size_t size = PACKET_SIZE_MIN + length;
    bool first = draw(3) == 0;

    if (first)
        origin += draw(200);
    sequence += mistake == 1 ? draw(4) : 1;
    packet_put32(packet + PACKET_SEQUENCE, mistake == 2 ? sequence - draw(5) : sequence);
    packet_put32(packet + PACKET_ORIGIN, origin);
    packet_put16(packet + PACKET_LENGTH, (mistake == 3 ? draw(256) : length)
                                             | (first ? PACKET_FIRST : 0u));
    for (i = 0; i < length; i++)
        packet[PACKET_HEADER_SIZE + i] = (uint8_t)draw(256);
    packet_put32(packet + size - PACKET_CRC_SIZE, crc32(0, packet, size - PACKET_CRC_SIZE));
    if (mistake == 4)
        packet[draw(256) % size] ^= (uint8_t)(1u << draw(8));
    if (mistake == 5)
        size = draw(256) % size;
    put_frame(packet, size);
    if (mistake == 6)
        put(SLIP_ESC);
}

static void make_stream(void)
{
    stream_size = 0;
    sequence = (uint32_t)0 - 1 - draw(2);
    origin = 0;
    if (draw(4) == 1)
        while (input_size > 0)
            put((uint8_t)draw(256));
    while (input_size > 0)
        make_packet();
}

/* --- What to say of a frame ------------------------------------------------------------------- */

static uint32_t plain_crc(const uint8_t *at, size_t size)
{
    uint32_t crc = 0xFFFFFFFF;
    int bit;

    for (; size > 0; size--)
        for (crc ^= *at++, bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    return ~crc;
}

static enum packet_verdict plain_verdict(const struct frame *frame, uint32_t expected)
{
    const uint8_t *at = frame->bytes.data;
    size_t size = frame->bytes.size;

    if (frame->fault != SLIP_NO_FAULT)
        return PACKET_BAD_FRAME;
    if (size < 14 || size - 14 != ((at[8] & 0x7Fu) << 8 | at[9]))
        return PACKET_BAD_LENGTH;
    if (plain_crc(at, size - 4) != packet_get32(at + size - 4))
        return PACKET_BAD_CRC;
    return packet_get32(at) < expected ? PACKET_STALE : PACKET_GOOD;
}

static void check_packet(const struct packet *packet, const struct frame *frame, uint32_t expected)
{
    const uint8_t *at = frame->bytes.data;

    MUST(packet->verdict == plain_verdict(frame, expected));
    if (packet->verdict != PACKET_GOOD) {
        MUST(packet->part.bytes.size == 0 && !packet->part.first && packet->missing == 0);
        return;
    }
    MUST(packet->sequence == packet_get32(at));
    MUST(packet->missing == packet->sequence - expected);
    MUST(packet->part.origin == packet_get32(at + 4));
    MUST(packet->part.first == (at[8] >> 7 == 1));
    MUST(packet->part.bytes.data == at + 10 && packet->part.bytes.size == frame->bytes.size - 14);
}

/* --- The stages ------------------------------------------------------------------------------- */

static struct pieces pieces;
static struct slip_decoder frames;
static struct packet_receiver receiver;
static struct decompressor decompressor;

static void make_stages(void)
{
    slip_decoder_init(&frames, BYTE_SOURCE(&pieces));
    packet_receiver_init(&receiver, FRAME_SOURCE(&frames));
}

static void run_receiver(unsigned most)
{
    uint32_t expected = 0, count = 0, verdict;

    make_stages();
    for (; most > 0 && agen_next(&receiver) == AGEN_YIELDED; most--) {
        check_packet(&receiver.value, &frames.value, expected);
        if (receiver.value.verdict == PACKET_GOOD)
            expected = receiver.value.sequence + 1;
        MUST(receiver.expected == expected);
        count++;
    }
    MUST(agen_close(&receiver) == AGEN_DONE);
    for (verdict = 0; verdict < PACKET_VERDICTS; verdict++)
        count -= receiver.count[verdict];
    MUST(count == 0);
    pieces_check(&pieces);
}

/* --- What the decompressor must make of the packets ------------------------------------------- */

static struct plain {
    uint32_t position;
    int byte; /* or END */
} plain[PLAIN_MAX];
static size_t plain_size;

static void expect(uint32_t position, int byte)
{
    MUST(plain_size < PLAIN_MAX);
    plain[plain_size].position = position;
    plain[plain_size++].byte = byte;
}

static void expect_block(uint32_t position, const uint8_t *packed, size_t packed_size)
{
    static uint8_t bytes[PLAIN_MAX];
    size_t size = plain_lzss(packed, packed_size, WINDOW, LOOKAHEAD, bytes), i;

    for (i = 0; i < size; i++)
        expect(position + (uint32_t)i, bytes[i]);
}

/* A block is its first packet and those after it, up to the next block or a gap. */
static void expect_all(void)
{
    static uint8_t block[STREAM_MAX];
    const struct part *part = &receiver.value.part;
    uint32_t position = 0;
    size_t size = 0;
    bool inside = false;

    make_stages();
    plain_size = 0;
    while (agen_next(&receiver) == AGEN_YIELDED) {
        if (part->first || receiver.value.missing > 0) {
            expect_block(position, block, size);
            size = 0;
            inside = part->first;
            position = part->origin;
            if (inside && part->bytes.size == 0)
                expect(position, END);
        }
        if (inside && part->bytes.size > 0) {
            memcpy(block + size, part->bytes.data, part->bytes.size);
            size += part->bytes.size;
        }
    }
    expect_block(position, block, size);
}

static void run_decompressor(unsigned most)
{
    const struct agen_chunk *bytes = &decompressor.value.bytes;
    size_t at = 0, i;

    make_stages();
    decompressor_init(&decompressor, PACKET_SOURCE(&receiver), WINDOW, LOOKAHEAD);
    for (; most > 0 && agen_next(&decompressor) == AGEN_YIELDED; most--) {
        MUST(at + bytes->size + (bytes->size == 0) <= plain_size);
        MUST(plain[at].position == decompressor.value.position);
        if (bytes->size == 0)
            MUST(plain[at++].byte == END);
        for (i = 0; i < bytes->size; i++, at++)
            MUST(plain[at].byte == bytes->data[i]);
    }
    MUST(at == plain_size || !agen_done(&decompressor));
    MUST(agen_close(&decompressor) == AGEN_DONE);
    pieces_check(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pieces again;
    unsigned most;

    input = data;
    input_size = size;
    most = draw(4) == 1 ? draw(16) : ~0u;
    pieces_init(&pieces);
    make_stream();
    pieces_set(&pieces, stream, stream_size);
    again = pieces;
    run_receiver(most);
    pieces = again;
    expect_all();
    pieces = again;
    run_decompressor(most);
    return 0;
}
