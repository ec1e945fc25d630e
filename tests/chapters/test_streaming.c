/* SPDX-License-Identifier: 0BSD */
/*
 * Tests the stages of examples/streaming: alone, chained, fed with garbage, and stopped in the
 * middle.
 *
 * usage: test_streaming [folder of the heatshrink reference data]
 */
#include "compressor.h"
#include "crc32.h"
#include "decompressor.h"
#include "file_reader.h"
#include "file_writer.h"
#include "packet_receiver.h"
#include "packet_sender.h"
#include "slip.h"
#include "slip_decoder.h"
#include "slip_encoder.h"
#include "wire.h"

#include <stdio.h>
#include <string.h>

enum { E_FAULT = -100, BUFFER_SIZE = 200000 };
#ifdef QUICK /* as in make test */
enum { NOISE_SEEDS = 6, WINDOW_STEP = 4 };
#else
enum { NOISE_SEEDS = 60, WINDOW_STEP = 1 };
#endif

static const char *data_folder = "tests/chapters/heatshrink";
static const char output_path[] = "test_streaming.tmp";
static unsigned checks, failures;
static char context[128]; /* what is being tested, where a loop tests many things */

static void check_at(bool ok, int line, const char *what)
{
    checks++;
    if (ok)
        return;
    failures++;
    printf("%s:%d: %s [%s]\n", __FILE__, line, what, context);
}

#define CHECK(condition) check_at((condition), __LINE__, #condition)

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13 & 0xFFFFFFFF;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5 & 0xFFFFFFFF;
    return (random_state >> 3) % limit;
}

static void seed(uint32_t number)
{
    random_state = number * 2654435761u + 1;
    if (random_state == 0)
        random_state = 1;
}

/*
 * --- Sources for tests
 * -------------------------------------------------------------------------------
 */

/*
 * Yields a block of memory in spans, some of them empty if they are of random size; then may fail.
 */
struct memory {
    AGEN_YIELDS(struct agen_chunk);
    struct agen_chunk rest;
    size_t chunk; /* 0: random */
    int error;    /* 0: none */
    unsigned cleaned_up;
};

static struct agen_chunk next_chunk(struct memory *self)
{
    struct agen_chunk chunk = { self->rest.data, self->chunk };

    if (self->chunk == 0)
        chunk.size = random_below(40);
    if (chunk.size > self->rest.size)
        chunk.size = self->rest.size;
    self->rest.data += chunk.size;
    self->rest.size -= chunk.size;
    return chunk;
}

AGEN(memory, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        while (self->rest.size > 0)
            AGEN_YIELD(self, next_chunk(self));
        if (self->error != 0)
            AGEN_RAISE(self, self->error);
    } AGEN_FINALLY(self) {
        self->cleaned_up++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void memory_init(struct memory *self, const void *data, size_t size, size_t chunk)
{
    static const uint8_t nothing;

    memset(self, 0, sizeof *self);
    agen_init(self, memory);
    self->rest.data = size > 0 ? data : &nothing;
    self->rest.size = size;
    self->chunk = chunk;
}

/* Random frames: noise, damaged packets, and packets with a good CRC and nonsense in them. */
struct frame_noise {
    AGEN_YIELDS(struct frame);
    unsigned count;
    uint8_t bytes[SLIP_FRAME_MAX];
};

static struct frame random_frame(struct frame_noise *self)
{
    size_t i, length = random_below(SLIP_FRAME_MAX + 1), crc_at;
    struct frame frame = { { self->bytes, length }, SLIP_NO_FAULT };

    for (i = 0; i < length; i++)
        self->bytes[i] = (uint8_t)random_below(256);
    if (random_below(8) == 0)
        frame.fault = SLIP_BAD_ESCAPE;
    if (random_below(4) == 0 || length < PACKET_SIZE_MIN)
        return frame;
    crc_at = length - PACKET_CRC_SIZE;
    packet_put16(self->bytes + PACKET_LENGTH,
                 (unsigned)(length - PACKET_SIZE_MIN) | (random_below(3) == 0 ? PACKET_FIRST : 0u));
    if (random_below(2) == 0)
        packet_put32(self->bytes + PACKET_SEQUENCE, self->count);
    packet_put32(self->bytes + crc_at, crc32(0, self->bytes, crc_at) + (random_below(8) == 0));
    return frame;
}

AGEN(frame_noise, self)
{
    AGEN_BEGIN(self);
    for (self->count = 0; self->count < 300; self->count++)
        AGEN_YIELD(self, random_frame(self));
    AGEN_END(self);
}

/* Random extents, as no decompressor makes them. */
struct extent_noise {
    AGEN_YIELDS(struct extent);
    unsigned count;
    uint8_t bytes[64];
};

static struct extent random_extent(struct extent_noise *self)
{
    struct extent extent = { 0, { self->bytes, 0 } };

    extent.position = random_below(2000);
    extent.bytes.size = random_below(sizeof self->bytes + 1);
    return extent;
}

AGEN(extent_noise, self)
{
    AGEN_BEGIN(self);
    for (self->count = 0; self->count < 20; self->count++)
        AGEN_YIELD(self, random_extent(self));
    AGEN_END(self);
}

/*
 * --- Helpers
 * -----------------------------------------------------------------------------------------
 */

/* Runs a source of bytes to its end. What it yielded is in `to`, its last status in `status`. */
static size_t collect(struct byte_source source, uint8_t *to, size_t capacity, int *status)
{
    size_t size = 0;

    while ((*status = agen_next(source.generator)) == AGEN_YIELDED) {
        CHECK(source.value->size <= capacity - size);
        if (source.value->size > capacity - size)
            break;
        memcpy(to + size, source.value->data, source.value->size);
        size += source.value->size;
    }
    return size;
}

static size_t read_file(const char *name, uint8_t *to, size_t capacity)
{
    static struct file_reader reader;
    char path[256];
    size_t size;
    int status;

    snprintf(path, sizeof path, "%s/%s", data_folder, name);
    file_reader_init(&reader, path);
    size = collect(BYTE_SOURCE(&reader), to, capacity, &status);
    if (status != AGEN_DONE)
        printf("cannot read %s\n", path);
    CHECK(status == AGEN_DONE);
    CHECK(reader.file == NULL);
    return size;
}

static size_t encode(const uint8_t *from, size_t size, size_t chunk, unsigned window,
                     unsigned lookahead, uint8_t *to)
{
    static struct lzss_encoder encoder;
    struct memory source;
    size_t encoded;
    int status;

    memory_init(&source, from, size, chunk);
    lzss_encoder_init(&encoder, BYTE_SOURCE(&source), window, lookahead);
    encoded = collect(BYTE_SOURCE(&encoder), to, BUFFER_SIZE, &status);
    CHECK(status == AGEN_DONE);
    CHECK(source.cleaned_up == 1);
    return encoded;
}

static size_t decode(const uint8_t *from, size_t size, size_t chunk, unsigned window,
                     unsigned lookahead, uint8_t *to)
{
    static struct lzss_decoder decoder;
    struct memory source;
    size_t decoded;
    int status;

    memory_init(&source, from, size, chunk);
    lzss_decoder_init(&decoder, BYTE_SOURCE(&source), window, lookahead);
    decoded = collect(BYTE_SOURCE(&decoder), to, BUFFER_SIZE, &status);
    CHECK(status == AGEN_DONE);
    CHECK(source.cleaned_up == 1);
    return decoded;
}

/*
 * A second decoder, bit by bit from the description of the format, to check the first and the
 * encoder.
 */
struct bits {
    const uint8_t *data;
    size_t next, end;
};

static unsigned get_bits(struct bits *bits, unsigned count)
{
    unsigned value = 0;

    for (; count > 0; count--, bits->next++)
        value = value << 1 | (bits->data[bits->next / 8] >> (7 - bits->next % 8) & 1);
    return value;
}

static size_t decode_plainly(const uint8_t *from, size_t size, unsigned window, unsigned lookahead,
                             uint8_t *to)
{
    struct bits bits = { from, 0, 8 * size };
    size_t decoded = 0, distance, length;

    while (bits.next < bits.end) {
        bool literal = get_bits(&bits, 1);

        if (bits.end - bits.next < (literal ? 8 : window + lookahead)) {
            CHECK(!literal && bits.end - bits.next < 7); /* no more than padding */
            break;
        }
        if (literal) {
            to[decoded++] = (uint8_t)get_bits(&bits, 8);
            continue;
        }
        distance = get_bits(&bits, window) + 1u;
        for (length = get_bits(&bits, lookahead) + 1u; length > 0; length--, decoded++)
            to[decoded] = distance <= decoded ? to[decoded - distance] : 0;
    }
    return decoded;
}

static bool same(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    return a_size == b_size && memcmp(a, b, a_size) == 0;
}

/* The patterns that round trips are made with. */
enum pattern { ZEROS, RANDOM, FEW_LETTERS, PERIODIC, RAMP, TEXT, RUNS, PATTERNS };

static void fill(uint8_t *to, size_t size, unsigned pattern)
{
    static const char *const words[] = { "packet ", "window ", "the ", "of ", "a ", "\n", "bit " };
    const char *word = "";
    size_t i;
    uint8_t run = 0;

    for (i = 0; i < size; i++) {
        if (pattern == TEXT && *word == '\0')
            word = words[random_below(7)];
        if (random_below(20) == 0)
            run = (uint8_t)random_below(256);
        to[i] = pattern == ZEROS         ? 0
              : pattern == RANDOM        ? (uint8_t)random_below(256)
              : pattern == FEW_LETTERS   ? (uint8_t)('a' + random_below(3))
              : pattern == PERIODIC      ? (uint8_t)(i % 37)
              : pattern == RAMP          ? (uint8_t)(i / 3)
              : pattern == TEXT          ? (uint8_t)*word++
                                         : run;
    }
}

static uint8_t plain[BUFFER_SIZE], packed[BUFFER_SIZE], result[BUFFER_SIZE];

/*
 * --- LZSS
 * --------------------------------------------------------------------------------------------
 */
static void test_reference_data(void)
{
    static const char *const names[] = { "telemetry.csv", "noise.bin", "zeros.bin", "one.bin" };
    static const struct { const char *suffix; unsigned window, lookahead; } ways[] = {
        { "w8l4", 8, 4 }, { "w11l4", 11, 4 }, { "w4l3", 4, 3 },
    };
    size_t name, way, chunk, plain_size, packed_size, size;
    char file[64];

    for (name = 0; name < 4; name++) {
        plain_size = read_file(names[name], plain, sizeof plain);
        for (way = 0; way < 3; way++) {
            unsigned window = ways[way].window, lookahead = ways[way].lookahead;

            snprintf(file, sizeof file, "%s.%s.hs", names[name], ways[way].suffix);
            snprintf(context, sizeof context, "%s", file);
            packed_size = read_file(file, packed, sizeof packed);
            CHECK(packed_size > 0);
            for (chunk = 0; chunk < 600; chunk = chunk * 3 + 1) {
                size = decode(packed, packed_size, chunk, window, lookahead, result);
                CHECK(same(plain, plain_size, result, size));
            }
            size = decode_plainly(packed, packed_size, window, lookahead, result);
            CHECK(same(plain, plain_size, result, size));

            /* Ours need not be the same bytes, but about as few. */
            size = encode(plain, plain_size, 512, window, lookahead, result);
            CHECK(size <= packed_size + packed_size / 20);
            memcpy(packed, result, size);
            size = decode_plainly(packed, size, window, lookahead, result);
            CHECK(same(plain, plain_size, result, size));
        }
    }
    context[0] = '\0';
}

/* A size for spans: now and then 0, which makes each of another size. */
static size_t random_chunk(void)
{
    return random_below(2) == 0 ? 0 : random_below(700);
}

static void round_trip(unsigned window, unsigned lookahead, unsigned pattern, size_t size)
{
    size_t packed_size, result_size;

    snprintf(context, sizeof context, "window %u lookahead %u pattern %u size %u", window,
             lookahead, pattern, (unsigned)size);
    fill(plain, size, pattern);
    packed_size = encode(plain, size, random_chunk(), window, lookahead, packed);
    CHECK(packed_size <= (size * 9 + 7) / 8);
    result_size = decode(packed, packed_size, random_chunk(), window, lookahead, result);
    CHECK(same(plain, size, result, result_size));
    result_size = decode_plainly(packed, packed_size, window, lookahead, result);
    CHECK(same(plain, size, result, result_size));
}

static void test_round_trips(void)
{
    static const size_t sizes[] = { 0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 100, 255, 256, 257 };
    unsigned window, lookahead, pattern;
    size_t i;

    seed(1);
    for (window = LZSS_WINDOW_MIN; window <= LZSS_WINDOW_MAX; window += WINDOW_STEP) {
        for (lookahead = LZSS_LOOKAHEAD_MIN; lookahead < window; lookahead++) {
            for (pattern = 0; pattern < PATTERNS; pattern++) {
                for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
                    round_trip(window, lookahead, pattern, sizes[i]);
                round_trip(window, lookahead, pattern, (1u << window) - 1 + random_below(3));
                round_trip(window, lookahead, pattern, (2u << window) - 1 + random_below(3));
                round_trip(window, lookahead, pattern, random_below(5000));
            }
        }
        /* Longer than 64 Ki: positions in the encoder's index start again. */
        round_trip(window, window / 2 + 1, TEXT, 70000 + random_below(70000));
        round_trip(window, window / 2 + 1, RUNS, 66000 + random_below(70000));
    }
    context[0] = '\0';
}

static void test_copies_from_before_the_start(void)
{
    static const uint8_t stream[] = { 0x3F }; /* 0 0111 111: copy 8 bytes from 8 back */
    static const uint8_t zeros[8];
    size_t size = decode(stream, sizeof stream, 1, 4, 3, result);

    CHECK(same(zeros, sizeof zeros, result, size));
}

static void test_bad_parameters(void)
{
    static const unsigned bad[][2] = {
        { 3, 3 }, { LZSS_WINDOW_MAX + 1, 4 }, { 8, 2 }, { 8, 8 }, { 4, 4 }, { 0, 0 }, { 255, 255 },
    };
    static struct lzss_encoder encoder;
    static struct lzss_decoder decoder;
    struct memory source;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        memory_init(&source, "abc", 3, 1);
        lzss_encoder_init(&encoder, BYTE_SOURCE(&source), bad[i][0], bad[i][1]);
        CHECK(agen_next(&encoder) == STREAM_E_PARAMETERS);
        CHECK(agen_done(&encoder) && agen_done(&source));
        memory_init(&source, "abc", 3, 1);
        lzss_decoder_init(&decoder, BYTE_SOURCE(&source), bad[i][0], bad[i][1]);
        CHECK(agen_next(&decoder) == STREAM_E_PARAMETERS);
        CHECK(agen_done(&decoder) && agen_done(&source));
    }
}

static void test_lzss_garbage(void)
{
    static struct lzss_decoder decoder;
    unsigned window, lookahead, turn;
    struct memory source;
    int status;

    seed(2);
    for (window = LZSS_WINDOW_MIN; window <= LZSS_WINDOW_MAX; window++) {
        for (lookahead = LZSS_LOOKAHEAD_MIN; lookahead < window; lookahead++) {
            for (turn = 0; turn < 10; turn++) {
                size_t size = random_below(400), plainly;
                bool dense = turn < 3; /* mostly copies */

                fill(packed, size, dense ? ZEROS : RANDOM);
                if (dense && size > 0)
                    packed[random_below((uint32_t)size)] = (uint8_t)random_below(256);
                memory_init(&source, packed, size, random_below(50));
                lzss_decoder_init(&decoder, BYTE_SOURCE(&source), window, lookahead);
                plainly = 0;
                while ((status = agen_next(&decoder)) == AGEN_YIELDED) {
                    CHECK(decoder.value.size > 0 && decoder.value.size <= 1u << window);
                    plainly += decoder.value.size;
                }
                CHECK(status == AGEN_DONE);
                CHECK(plainly <= size * 8 * 2048);
            }
        }
    }
}

/*
 * --- CRC, SLIP
 * ---------------------------------------------------------------------------------------
 */
static void test_crc32(void)
{
    const uint8_t *digits = (const uint8_t *)"123456789";

    CHECK(crc32(0, digits, 9) == 0xCBF43926);
    CHECK(crc32(crc32(0, digits, 4), digits + 4, 5) == 0xCBF43926);
    CHECK(crc32(0, digits, 0) == 0);
}

static bool framed_as(const char *from, size_t size, const char *wanted, size_t wanted_size)
{
    struct slip_encoder encoder;
    struct memory source;
    int status;

    memory_init(&source, from, size, size);
    slip_encoder_init(&encoder, BYTE_SOURCE(&source));
    size = collect(BYTE_SOURCE(&encoder), result, sizeof result, &status);
    return status == AGEN_DONE && same(result, size, (const uint8_t *)wanted, wanted_size);
}

static void test_slip_encoder(void)
{
    CHECK(framed_as("ab", 2, "\300ab\300", 4));
    CHECK(framed_as("", 0, "", 0)); /* no span, no frame */
    CHECK(framed_as("\300", 1, "\300\333\334\300", 4));
    CHECK(framed_as("\333", 1, "\300\333\335\300", 4));
    CHECK(framed_as("a\300\333b\333", 5, "\300a\333\334\333\335b\333\335\300", 10));
    CHECK(framed_as("\334\335", 2, "\300\334\335\300", 4)); /* alone they are ordinary */
}

/*
 * What a stream of up to 8 frames looks like to the decoder, written as "text/fault,text/fault,".
 */
static bool deframed_as(const char *from, size_t size, const char *wanted)
{
    static struct slip_decoder decoder;
    struct memory source;
    char text[8 * (SLIP_FRAME_MAX + 4)];
    size_t chunk, used;

    for (chunk = 1; chunk < 4; chunk++) {
        memory_init(&source, from, size, chunk);
        slip_decoder_init(&decoder, BYTE_SOURCE(&source));
        used = 0;
        while (agen_next(&decoder) == AGEN_YIELDED && used < sizeof text - SLIP_FRAME_MAX - 4) {
            memcpy(text + used, decoder.value.bytes.data, decoder.value.bytes.size);
            used += decoder.value.bytes.size;
            used += (size_t)snprintf(text + used, 4, "/%d,", (int)decoder.value.fault);
        }
        if (!agen_done(&decoder) || !agen_done(&source))
            return false;
        if (used != strlen(wanted) || memcmp(text, wanted, used) != 0)
            return false;
    }
    return true;
}

static void test_slip_decoder(void)
{
    char stream[SLIP_FRAME_MAX + 8], wanted[SLIP_FRAME_MAX + 8];

    CHECK(deframed_as("\300ab\300", 4, "ab/0,"));
    CHECK(deframed_as("ab\300", 3, "ab/0,"));              /* the END in front is a suggestion */
    CHECK(deframed_as("\300\300\300a\300\300", 6, "a/0,")); /* empty frames are nothing */
    CHECK(deframed_as("a\300b\300", 4, "a/0,b/0,"));
    CHECK(deframed_as("", 0, ""));
    CHECK(deframed_as("\300", 1, ""));
    CHECK(deframed_as("a\333\334\333\335b\300", 7, "a\300\333b/0,"));
    CHECK(deframed_as("a\333b\300c\300", 6, "a/1,c/0,"));         /* bad escape, then all is well */
    CHECK(deframed_as("a\333\333\334b\300c\300", 8, "a\334b/1,c/0,")); /* ESC ESC is bad */
    CHECK(deframed_as("a\333\300c\300", 5, "a/1,c/0,"));          /* END in place of a substitute */
    CHECK(deframed_as("\333\300", 2, "/1,"));
    CHECK(deframed_as("\334\335\300", 3, "\334\335/0,"));
    CHECK(deframed_as("a\300bc", 4, "a/0,bc/3,"));                 /* the stream ends in a frame */
    CHECK(deframed_as("a\300\333", 3, "a/0,/3,"));

    memset(stream, 'x', sizeof stream);
    memset(wanted, 'x', sizeof wanted);
    stream[SLIP_FRAME_MAX] = (char)SLIP_END;
    strcpy(wanted + SLIP_FRAME_MAX, "/0,");
    CHECK(deframed_as(stream, SLIP_FRAME_MAX + 1, wanted)); /* as long as can be */
    stream[SLIP_FRAME_MAX] = 'x';
    stream[SLIP_FRAME_MAX + 1] = (char)SLIP_END;
    stream[SLIP_FRAME_MAX + 2] = 'y';
    stream[SLIP_FRAME_MAX + 3] = (char)SLIP_END;
    strcpy(wanted + SLIP_FRAME_MAX, "/2,y/0,");
    CHECK(deframed_as(stream, SLIP_FRAME_MAX + 4, wanted)); /* one byte too many */
}

static void test_slip_round_trip(void)
{
    static struct slip_encoder encoder;
    static struct slip_decoder decoder;
    struct memory source;
    unsigned turn;

    seed(3);
    for (turn = 0; turn < 500; turn++) {
        size_t i, size = 1 + random_below(SLIP_FRAME_MAX);

        for (i = 0; i < size; i++)
            plain[i] = (uint8_t)(random_below(2) ? random_below(256) : SLIP_END + random_below(32));
        memory_init(&source, plain, size, size);
        slip_encoder_init(&encoder, BYTE_SOURCE(&source));
        slip_decoder_init(&decoder, BYTE_SOURCE(&encoder));
        CHECK(agen_next(&decoder) == AGEN_YIELDED && decoder.value.fault == SLIP_NO_FAULT
              && same(plain, size, decoder.value.bytes.data, decoder.value.bytes.size));
        CHECK(agen_next(&decoder) == AGEN_DONE);
        CHECK(source.cleaned_up == 1);
    }
}

static void test_slip_garbage(void)
{
    static struct slip_decoder decoder;
    struct memory source;
    unsigned turn;
    int status;

    seed(4);
    for (turn = 0; turn < 300; turn++) {
        size_t i, size = random_below(3000);

        for (i = 0; i < size; i++)
            packed[i] = (uint8_t)(random_below(turn % 60 + 1) ? random_below(256)
                                                              : SLIP_END + 27 * random_below(2));
        memory_init(&source, packed, size, 0);
        slip_decoder_init(&decoder, BYTE_SOURCE(&source));
        while ((status = agen_next(&decoder)) == AGEN_YIELDED)
            CHECK(decoder.value.bytes.size <= SLIP_FRAME_MAX);
        CHECK(status == AGEN_DONE);
    }
}

/*
 * --- Packets
 * -----------------------------------------------------------------------------------------
 */

/* A list of parts to send. */
struct part_list {
    AGEN_YIELDS(struct part);
    const struct part *next;
    size_t count;
};

AGEN(part_list, self)
{
    AGEN_BEGIN(self);
    for (; self->count > 0; self->count--)
        AGEN_YIELD(self, *self->next++);
    AGEN_END(self);
}

/* A list of frames to check. */
struct frame_list {
    AGEN_YIELDS(struct frame);
    const struct frame *next;
    size_t count;
};

AGEN(frame_list, self)
{
    AGEN_BEGIN(self);
    for (; self->count > 0; self->count--)
        AGEN_YIELD(self, *self->next++);
    AGEN_END(self);
}

enum { SENT = 5 };
static uint8_t sent_bytes[SENT][PACKET_SIZE_MAX];
static struct frame sent[SENT];

/* Fills `sent` with the packets 0 to 4, of which the last ends the stream. */
static void send_some_packets(void)
{
    static const struct part parts[SENT] = {
        { 0, true, { (const uint8_t *)"one", 3 } },    { 0, false, { (const uint8_t *)"two", 3 } },
        { 90, true, { (const uint8_t *)"three", 5 } }, { 90, false, { (const uint8_t *)"4", 1 } },
        { 200, true, { NULL, 0 } },
    };
    struct part_list list = { AGEN_INIT(part_list), .next = parts, .count = SENT };
    struct packet_sender sender;
    size_t i;

    packet_sender_init(&sender, PART_SOURCE(&list));
    for (i = 0; i < SENT; i++) {
        CHECK(agen_next(&sender) == AGEN_YIELDED);
        memcpy(sent_bytes[i], sender.value.data, sender.value.size);
        sent[i].bytes.data = sent_bytes[i];
        sent[i].bytes.size = sender.value.size;
        sent[i].fault = SLIP_NO_FAULT;
    }
    CHECK(agen_next(&sender) == AGEN_DONE);
}

static struct packet_receiver receiver;

/*
 * What the receiver says of these frames: for each a letter, and a digit for how many were missing.
 */
static bool received_as(const struct frame *frames, size_t count, const char *wanted)
{
    struct frame_list list = { AGEN_INIT(frame_list), .next = frames, .count = count };
    char text[64];
    size_t used = 0;

    packet_receiver_init(&receiver, FRAME_SOURCE(&list));
    while (agen_next(&receiver) == AGEN_YIELDED && used < sizeof text - 2) {
        text[used++] = "gflcs"[receiver.value.verdict];
        if (receiver.value.verdict == PACKET_GOOD)
            text[used++] = (char)('0' + receiver.value.missing);
    }
    text[used] = '\0';
    return agen_done(&receiver) && agen_done(&list) && strcmp(text, wanted) == 0;
}

static void test_packet_order(void)
{
    struct frame frames[SENT + 1];

    send_some_packets();
    CHECK(received_as(sent, SENT, "g0g0g0g0g0"));
    CHECK(receiver.complete && receiver.missing == 0 && receiver.count[PACKET_GOOD] == SENT);
    CHECK(received_as(sent, SENT - 1, "g0g0g0g0") && !receiver.complete);
    CHECK(received_as(sent + 1, SENT - 1, "g1g0g0g0"));

    memcpy(frames, sent, sizeof sent);
    frames[1] = sent[3]; /* two are missing */
    frames[2] = sent[4];
    CHECK(received_as(frames, 3, "g0g2g0") && receiver.missing == 2 && receiver.complete);

    frames[1] = sent[1];
    frames[2] = sent[1]; /* a duplicate */
    frames[3] = sent[2];
    CHECK(received_as(frames, 4, "g0g0sg0") && receiver.count[PACKET_STALE] == 1);
    CHECK(receiver.missing == 0);

    frames[1] = sent[2]; /* out of order */
    frames[2] = sent[1];
    frames[3] = sent[3];
    CHECK(received_as(frames, 4, "g0g1sg0") && receiver.missing == 1);
}

/* Every single bit of a packet matters. */
static void test_packet_bits(void)
{
    size_t bit;

    send_some_packets();
    for (bit = 0; bit < 8 * sent[2].bytes.size; bit++) {
        sent_bytes[2][bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(received_as(sent + 2, 1, bit / 8 == PACKET_LENGTH && bit % 8 == 7 ? "c"
                                       : bit / 8 - PACKET_LENGTH < 2            ? "l"
                                                                                : "c"));
        sent_bytes[2][bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(received_as(sent + 2, 1, "g2"));
}

static void test_packet_lengths(void)
{
    static const uint8_t exact[PACKET_SIZE_MIN - 1];
    struct frame frame;
    size_t size;

    send_some_packets();
    frame = sent[2];
    for (size = 0; size < sent[2].bytes.size; size++) {
        frame.bytes.size = size; /* its end is cut off */
        CHECK(received_as(&frame, 1, "l"));
    }
    frame.bytes.size = sent[2].bytes.size + 1;
    CHECK(received_as(&frame, 1, "l"));
    for (size = 1; size <= sizeof exact; size++) { /* nothing is read beyond the end */
        frame.bytes.data = exact + sizeof exact - size;
        frame.bytes.size = size;
        CHECK(received_as(&frame, 1, "l"));
    }
    frame = sent[2];
    frame.fault = SLIP_TOO_LONG;
    CHECK(received_as(&frame, 1, "f"));
    CHECK(strcmp(packet_verdict_name(PACKET_BAD_CRC), "bad CRC") == 0);
    CHECK(strcmp(packet_verdict_name(PACKET_VERDICTS), "unknown") == 0);
}

/*
 * A part that is too long for a packet travels in several, and only the first begins the block.
 */
static void test_long_part(void)
{
    struct part part = { 77, true, { plain, 2 * PACKET_PAYLOAD_MAX + 1 } };
    struct part_list list = { AGEN_INIT(part_list), .next = &part, .count = 1 };
    struct packet_sender sender;
    unsigned i;

    packet_sender_init(&sender, PART_SOURCE(&list));
    for (i = 0; i < 3; i++) {
        CHECK(agen_next(&sender) == AGEN_YIELDED);
        CHECK(packet_get32(sender.packet + PACKET_SEQUENCE) == i);
        CHECK(packet_get32(sender.packet + PACKET_ORIGIN) == 77);
        CHECK(packet_get16(sender.packet + PACKET_LENGTH)
              == (i == 0 ? PACKET_FIRST + PACKET_PAYLOAD_MAX : i == 1 ? PACKET_PAYLOAD_MAX : 1));
    }
    CHECK(agen_next(&sender) == AGEN_DONE);
}

/* Frames of nonsense through all stages after the deframer: no crash, and it comes to an end. */
static void test_packet_garbage(void)
{
    static struct frame_noise noise;
    static struct decompressor decompressor;
    unsigned turn, window;
    int status;

    seed(5);
    for (turn = 0; turn < 100; turn++) {
        window = LZSS_WINDOW_MIN + turn % (LZSS_WINDOW_MAX - LZSS_WINDOW_MIN + 1);
        agen_init(&noise, frame_noise);
        packet_receiver_init(&receiver, FRAME_SOURCE(&noise));
        decompressor_init(&decompressor, PACKET_SOURCE(&receiver), window, window - 1);
        while ((status = agen_next(&decompressor)) == AGEN_YIELDED)
            CHECK(decompressor.value.bytes.size <= 1u << window);
        CHECK(status == AGEN_DONE && agen_done(&noise));
    }
}

/* A list of extents to write. */
struct extent_list {
    AGEN_YIELDS(struct extent);
    const struct extent *next;
    size_t count;
};

AGEN(extent_list, self)
{
    AGEN_BEGIN(self);
    for (; self->count > 0; self->count--)
        AGEN_YIELD(self, *self->next++);
    AGEN_END(self);
}

static void test_writer_order(void)
{
    static const uint8_t text[] = "0123456789";
    struct extent extents[] = {
        { 0, { text, 3 } }, { 3, { text + 3, 1 } }, { 6, { text + 6, 2 } }, { 10, { NULL, 0 } },
    };
    struct extent_list list = { AGEN_INIT(extent_list), .next = extents, .count = 4 };
    struct file_writer writer;
    FILE *file = tmpfile();
    int status;

    CHECK(file != NULL);
    if (file == NULL)
        return;
    file_writer_init_open(&writer, EXTENT_SOURCE(&list), file);
    while ((status = agen_next(&writer)) == AGEN_YIELDED)
        ;
    CHECK(status == AGEN_DONE && writer.written == 6 && writer.missing == 4);
    rewind(file);
    CHECK(fread(result, 1, 20, file) == 8);
    CHECK(memcmp(result, "0123\0\00067", 8) == 0);

    extents[2].position = 3; /* back by one byte */
    agen_init(&list, extent_list);
    list.next = extents;
    list.count = 4;
    rewind(file);
    file_writer_init_open(&writer, EXTENT_SOURCE(&list), file);
    CHECK(agen_next(&writer) == AGEN_YIELDED && agen_next(&writer) == AGEN_YIELDED);
    CHECK(agen_next(&writer) == STREAM_E_ORDER && agen_done(&list));
    (void)fclose(file);
}

static void test_writer_garbage(void)
{
    static struct extent_noise noise;
    static struct file_writer writer;
    FILE *file = tmpfile();
    unsigned turn, refused = 0;
    int status;

    CHECK(file != NULL);
    seed(6);
    for (turn = 0; turn < 100 && file != NULL; turn++) {
        rewind(file);
        agen_init(&noise, extent_noise);
        file_writer_init_open(&writer, EXTENT_SOURCE(&noise), file);
        while ((status = agen_next(&writer)) == AGEN_YIELDED)
            CHECK(writer.written + writer.missing == writer.position);
        CHECK(status == AGEN_DONE || status == STREAM_E_ORDER);
        CHECK(agen_done(&noise));
        refused += status == STREAM_E_ORDER;
    }
    CHECK(refused > 0);
    if (file != NULL)
        (void)fclose(file);
}

/*
 * --- The wire
 * ----------------------------------------------------------------------------------------
 */
static void test_wire(void)
{
    static const uint32_t noises[] = { 0, 1, 2, 10, 1000, WIRE_NOISE_MAX };
    struct wire wire;
    struct memory source;
    size_t i, k, size, flipped;
    int status;

    seed(7);
    fill(plain, 100000, RANDOM);
    for (i = 0; i < sizeof noises / sizeof *noises; i++) {
        snprintf(context, sizeof context, "noise %u", (unsigned)noises[i]);
        memory_init(&source, plain, 100000, 0);
        wire_init(&wire, BYTE_SOURCE(&source), noises[i], 1);
        size = collect(BYTE_SOURCE(&wire), result, sizeof result, &status);
        CHECK(status == AGEN_DONE && size == 100000 && wire.size == size);
        for (k = 0, flipped = 0; k < size; k++) {
            unsigned change = plain[k] ^ result[k];

            flipped += change != 0;
            CHECK((change & (change - 1)) == 0); /* one bit at most */
        }
        CHECK(wire.flipped == flipped);
        if (noises[i] == 0)
            CHECK(flipped == 0);
        else
            CHECK(flipped >= 100000 / noises[i] * 3 / 4
                  && flipped <= 100000 / noises[i] * 5 / 4 + 1);
    }
    context[0] = '\0';
}

/*
 * --- The whole link
 * ----------------------------------------------------------------------------------
 */
struct link {
    struct compressor compressor;
    struct packet_sender sender;
    struct slip_encoder framer;
    struct wire wire;
    struct slip_decoder deframer;
    struct packet_receiver receiver;
    struct decompressor decompressor;
    struct file_writer writer;
};

struct setting {
    unsigned window, lookahead;
    uint32_t block_size, noise, seed;
};

static void connect(struct link *link, struct byte_source source, const struct setting *setting)
{
    compressor_init(&link->compressor, source, setting->window, setting->lookahead,
                    setting->block_size);
    packet_sender_init(&link->sender, PART_SOURCE(&link->compressor));
    slip_encoder_init(&link->framer, BYTE_SOURCE(&link->sender));
    wire_init(&link->wire, BYTE_SOURCE(&link->framer), setting->noise, setting->seed);
    slip_decoder_init(&link->deframer, BYTE_SOURCE(&link->wire));
    packet_receiver_init(&link->receiver, FRAME_SOURCE(&link->deframer));
    decompressor_init(&link->decompressor, PACKET_SOURCE(&link->receiver), setting->window,
                      setting->lookahead);
}

static struct link whole;

static bool all_done(const struct link *link)
{
    return agen_done(&link->compressor) && agen_done(&link->sender) && agen_done(&link->framer)
        && agen_done(&link->wire) && agen_done(&link->deframer) && agen_done(&link->receiver)
        && agen_done(&link->decompressor);
}

static bool is_right(const struct extent *extent, size_t size)
{
    if (extent->position > size || extent->bytes.size > size - extent->position)
        return false;
    return extent->bytes.size == 0
        || memcmp(plain + extent->position, extent->bytes.data, extent->bytes.size) == 0;
}

/* Sends `size` bytes of `plain`. Whatever arrives must be right. Returns how many arrived. */
static size_t transmit(size_t size, const struct setting *setting)
{
    struct memory source;
    size_t arrived = 0, end = 0, gaps = 0, wrong = 0;
    int status;

    memory_init(&source, plain, size, 0);
    connect(&whole, BYTE_SOURCE(&source), setting);
    while ((status = agen_next(&whole.decompressor)) == AGEN_YIELDED) {
        const struct extent *extent = &whole.decompressor.value;

        wrong += extent->position < end;
        gaps += extent->position - end;
        end = extent->position + extent->bytes.size;
        arrived += extent->bytes.size;
        wrong += !is_right(extent, size);
    }
    CHECK(wrong == 0);
    CHECK(status == AGEN_DONE && all_done(&whole) && source.cleaned_up == 1);
    if (whole.receiver.complete && gaps == 0)
        CHECK(arrived == size); /* the receiver knows by itself that it has everything */
    if (arrived < size)
        CHECK(!whole.receiver.complete || gaps > 0);
    return arrived;
}

static void test_link(void)
{
    static const size_t sizes[] = { 0, 1, 2, 255, 256, 1000, 4095, 4096, 4097, 30000 };
    struct setting setting = { 0, 0, 0, 0, 0 };
    unsigned window;
    size_t i;

    seed(8);
    for (window = LZSS_WINDOW_MIN; window <= LZSS_WINDOW_MAX; window++) {
        for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            setting.window = window;
            setting.lookahead = LZSS_LOOKAHEAD_MIN + random_below(window - LZSS_LOOKAHEAD_MIN);
            setting.block_size = 1 + random_below(5000);
            snprintf(context, sizeof context, "window %u size %u", window, (unsigned)sizes[i]);
            fill(plain, sizes[i], (unsigned)i % PATTERNS);
            CHECK(transmit(sizes[i], &setting) == sizes[i]);
            CHECK(whole.receiver.complete && whole.receiver.missing == 0);
            CHECK(whole.receiver.count[PACKET_GOOD] == whole.sender.sequence);
        }
    }
    context[0] = '\0';
}

static void test_noise(void)
{
    static const uint32_t noises[] = { 3, 30, 300, 3000, 30000 };
    struct setting setting = { LZSS_WINDOW_MAX, 4, 2000, 0, 0 };
    unsigned lossy = 0, identical = 0, i;
    size_t arrived;

    seed(9);
    for (setting.seed = 1; setting.seed <= NOISE_SEEDS; setting.seed++) {
        for (i = 0; i < sizeof noises / sizeof *noises; i++) {
            setting.noise = noises[i];
            snprintf(context, sizeof context, "noise %u seed %u", (unsigned)setting.noise,
                     (unsigned)setting.seed);
            fill(plain, 12000, TEXT);
            arrived = transmit(12000, &setting);
            if (whole.wire.flipped == 0)
                CHECK(arrived == 12000 && whole.receiver.complete);
            if (arrived == 12000 && whole.receiver.complete)
                identical++;
            else
                lossy++;
        }
    }
    CHECK(identical > 0 && lossy > 0);
    context[0] = '\0';
}

/* A damaged packet costs the rest of its block and no more. */
static void test_loss_is_local(void)
{
    struct setting setting = { 8, 4, 1000, 0, 0 };
    size_t whole_size = 10000, arrived;
    unsigned turn, local = 0;

    seed(10);
    fill(plain, whole_size, RANDOM);
    setting.noise = 11000; /* about one hit */
    for (turn = 0; turn < 40; turn++) {
        setting.seed = turn;
        arrived = transmit(whole_size, &setting);
        if (whole.wire.flipped == 1) {
            CHECK(whole_size - arrived <= 2 * 1100);
            local += arrived < whole_size;
        }
    }
    CHECK(local > 0);
}

/* Drops frames, sends them twice, and holds them back until others have passed. */
struct mischief {
    AGEN_YIELDS(struct frame);
    struct frame_source source;
    struct frame late; /* size 0: there is none */
    uint8_t late_bytes[SLIP_FRAME_MAX];
    unsigned dropped, doubled, delayed;
};

static void hold_back(struct mischief *self, const struct frame *frame)
{
    memcpy(self->late_bytes, frame->bytes.data, frame->bytes.size);
    self->late = *frame;
    self->late.bytes.data = self->late_bytes;
    self->delayed++;
}

AGEN(mischief, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, self->source.generator) {
        if (random_below(20) == 0) {
            self->dropped++;
            continue;
        }
        if (self->late.bytes.size == 0 && random_below(20) == 0) {
            hold_back(self, self->source.value);
            continue;
        }
        AGEN_YIELD(self, *self->source.value);
        if (random_below(20) == 0) {
            self->doubled++;
            AGEN_YIELD(self, *self->source.value);
        }
        if (self->late.bytes.size > 0 && random_below(5) == 0) {
            AGEN_YIELD(self, self->late);
            self->late.bytes.size = 0;
        }
    } AGEN_END_FOR(self);
    AGEN_END(self);
}

static void test_duplicates_and_disorder(void)
{
    static struct mischief mischief;
    struct setting setting = { 8, 4, 1000, 0, 0 };
    size_t size = 20000, end, wrong;
    struct memory source;
    unsigned turn;
    int status;

    seed(14);
    for (turn = 0; turn < 50; turn++) {
        fill(plain, size, turn % 2 == 0 ? TEXT : RANDOM);
        memory_init(&source, plain, size, 0);
        connect(&whole, BYTE_SOURCE(&source), &setting);
        memset(&mischief, 0, sizeof mischief);
        agen_init(&mischief, mischief);
        mischief.source = FRAME_SOURCE(&whole.deframer);
        packet_receiver_init(&whole.receiver, FRAME_SOURCE(&mischief));
        end = wrong = 0;
        while ((status = agen_next(&whole.decompressor)) == AGEN_YIELDED) {
            const struct extent *extent = &whole.decompressor.value;

            wrong += extent->position < end;
            end = extent->position + extent->bytes.size;
            wrong += !is_right(extent, size);
        }
        CHECK(status == AGEN_DONE && wrong == 0);
        /* What was sent twice or too late is stale, but for one that was late at the very end. */
        CHECK(whole.receiver.count[PACKET_STALE] <= mischief.doubled + mischief.delayed);
        CHECK(whole.receiver.count[PACKET_STALE] >= mischief.doubled);
        CHECK(whole.receiver.count[PACKET_STALE] + 2 >= mischief.doubled + mischief.delayed);
    }
}

/* Noise in place of a signal, through all of the receiver. */
static void test_receiver_garbage(void)
{
    struct setting setting = { 8, 4, 1000, 0, 0 };
    struct memory source;
    unsigned turn;

    seed(11);
    for (turn = 0; turn < 50; turn++) {
        fill(packed, 5000, RANDOM);
        memory_init(&source, packed, 5000, 0);
        connect(&whole, BYTE_SOURCE(&source), &setting);
        slip_decoder_init(&whole.deframer, BYTE_SOURCE(&source));
        CHECK(agen_next(&whole.decompressor) == AGEN_DONE);
        CHECK(whole.receiver.count[PACKET_GOOD] == 0 && !whole.receiver.complete);
    }
}

/* The receiving half in a task, which waits in all of its stages for what comes through a pipe. */
static struct reception {
    AGEN_COROUTINE;
    size_t size, arrived, wrong;
} reception;

AGEN(reception, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &whole.decompressor) {
        self->wrong += !is_right(&whole.decompressor.value, self->size);
        self->arrived += whole.decompressor.value.bytes.size;
    } AGEN_END_FOR(self);
    AGEN_END(self);
}

static agen_ticks no_time(void)
{
    return 0;
}

static void test_pipe(void)
{
    static AGEN_PIPE(64) received;
    struct setting setting = { 8, 4, 1000, 0, 0 };
    struct memory source;
    agen_chunks chunks;
    agen_loop loop;
    agen_task task = { 0 };
    enum { PASSES = 100000 };
    unsigned turn, passes;
    size_t size = 20000, at, portion;

    seed(12);
    for (turn = 0; turn < 4; turn++) { /* in the odd ones, the interrupt has more than there is room for */
        fill(plain, size, RANDOM);
        memory_init(&source, plain, size, 0);
        connect(&whole, BYTE_SOURCE(&source), &setting);
        agen_pipe_init(&received);
        agen_chunks_init(&chunks, &received);
        slip_decoder_init(&whole.deframer, BYTE_SOURCE(&chunks));
        AGEN_NEW(&reception, reception, .size = size);
        agen_loop_init(&loop, no_time);
        CHECK(agen_spawn(&loop, &task, &reception) == AGEN_DONE);
        for (passes = 0; agen_next(&whole.wire) == AGEN_YIELDED;) {
            for (at = 0; at < whole.wire.value.size && passes < PASSES; at += portion, passes++) {
                portion = 1 + random_below(90);
                if (portion > whole.wire.value.size - at)
                    portion = whole.wire.value.size - at;
                if (turn % 2 == 0 && portion > agen_pipe_room(&received))
                    portion = agen_pipe_room(&received);
                agen_pipe_write_isr(&received, whole.wire.value.data + at, portion);
                (void)agen_loop_poll(&loop);
            }
        }
        agen_pipe_close_isr(&received);
        while (agen_task_status(&task) == AGEN_PENDING && passes++ < PASSES)
            (void)agen_loop_poll(&loop);
        CHECK(agen_task_status(&task) == AGEN_DONE && all_done(&whole) && agen_done(&chunks));
        CHECK(reception.wrong == 0);
        CHECK((agen_pipe_lost(&received) > 0) == (turn % 2 == 1));
        CHECK((reception.arrived < size) == (turn % 2 == 1) && reception.arrived > 0);
        CHECK(whole.receiver.complete || turn % 2 == 1);
    }
}

/*
 * --- Ends in the middle
 * ------------------------------------------------------------------------------
 */
static struct file_reader reader;

/* From one file to another. The input is one of the reference files. */
static void connect_files(const char *input, const char *output)
{
    struct setting setting = { 8, 4, 3000, 0, 0 };

    file_reader_init(&reader, input);
    connect(&whole, BYTE_SOURCE(&reader), &setting);
    file_writer_init(&whole.writer, EXTENT_SOURCE(&whole.decompressor), output);
}

static bool all_closed(void)
{
    return all_done(&whole) && agen_done(&reader) && agen_done(&whole.writer) && reader.file == NULL
        && whole.writer.file == NULL;
}

static void step(unsigned count)
{
    while (count-- > 0)
        CHECK(agen_next(&whole.writer) == AGEN_YIELDED);
}

static void test_close_and_throw(void)
{
    char input[256];
    unsigned steps;

    snprintf(input, sizeof input, "%s/telemetry.csv", data_folder);
    for (steps = 1; steps < 200; steps = steps * 2 + 1) {
        snprintf(context, sizeof context, "after %u steps", steps);
        connect_files(input, output_path);
        step(steps);
        CHECK(reader.file != NULL && whole.writer.file != NULL);
        CHECK(agen_close(&whole.writer) == AGEN_DONE);
        CHECK(all_closed());
        CHECK(agen_next(&whole.writer) == AGEN_DONE);

        connect_files(input, output_path);
        step(steps);
        CHECK(agen_throw(&whole.writer, E_FAULT) == E_FAULT);
        CHECK(all_closed());

        /* From the middle on: the stage after it finds its source ended. */
        connect_files(input, output_path);
        step(steps);
        CHECK(agen_throw(&whole.wire, E_FAULT) == E_FAULT);
        CHECK(reader.file == NULL && agen_done(&whole.compressor));
        while (agen_next(&whole.writer) == AGEN_YIELDED)
            ;
        CHECK(all_closed() && !whole.receiver.complete);
    }
    context[0] = '\0';

    /* Before the first step there is nothing to clean up: no file was opened. */
    connect_files(input, output_path);
    CHECK(agen_close(&whole.writer) == AGEN_DONE);
    CHECK(reader.file == NULL && whole.writer.file == NULL && agen_done(&whole.writer));
    (void)remove(output_path);
}

/* An error of the source reaches the other end unchanged, from wherever it happens. */
static void test_error_from_source(void)
{
    struct setting setting = { 8, 4, 1000, 0, 0 };
    struct memory source;
    size_t size;
    int status;

    seed(12);
    fill(plain, 5000, TEXT);
    for (size = 0; size <= 5000; size += 250) {
        memory_init(&source, plain, size, 0);
        source.error = E_FAULT;
        connect(&whole, BYTE_SOURCE(&source), &setting);
        file_writer_init(&whole.writer, EXTENT_SOURCE(&whole.decompressor), output_path);
        while ((status = agen_next(&whole.writer)) == AGEN_YIELDED)
            ;
        CHECK(status == E_FAULT);
        CHECK(all_done(&whole) && agen_done(&whole.writer));
        CHECK(source.cleaned_up == 1 && whole.writer.file == NULL);
    }
    (void)remove(output_path);
}

/* Positions have 32 bits. */
static void test_too_long(void)
{
    struct setting setting = { 8, 4, 1000, 0, 0 };
    struct memory source;
    size_t size;
    int status;

    fill(plain, 5000, TEXT);
    for (size = 4998; size <= 5000; size++) {
        memory_init(&source, plain, size, 100);
        connect(&whole, BYTE_SOURCE(&source), &setting);
        whole.compressor.origin = UINT32_MAX - 4999;
        while ((status = agen_next(&whole.decompressor)) == AGEN_YIELDED)
            CHECK(whole.decompressor.value.position >= UINT32_MAX - 4999);
        CHECK(status == (size <= 4999 ? (int)AGEN_DONE : (int)STREAM_E_TOO_LONG));
        CHECK(all_done(&whole) && agen_done(&source));
    }
}

static int run_link(void)
{
    int status;

    while ((status = agen_next(&whole.writer)) == AGEN_YIELDED)
        ;
    return status;
}

static void test_file_errors(void)
{
    char path[256];
    FILE *full;
    int status;

    snprintf(path, sizeof path, "%s/no such file", data_folder);
    connect_files(path, output_path);
    CHECK(run_link() == STREAM_E_INPUT && all_closed());

    connect_files(data_folder, output_path); /* a folder: some systems open it, none reads it */
    status = run_link();
    CHECK((status == STREAM_E_READ || status == STREAM_E_INPUT) && all_closed());
    (void)remove(output_path);

    snprintf(path, sizeof path, "%s/zeros.bin", data_folder);
    connect_files(path, data_folder);
    CHECK(run_link() == STREAM_E_OUTPUT);
    CHECK(agen_done(&whole.writer) && reader.file == NULL && whole.writer.file == NULL);

    full = fopen("/dev/full", "wb"); /* where there is one */
    if (full != NULL) {
        (void)fclose(full);
        connect_files(path, "/dev/full");
        CHECK(run_link() == STREAM_E_WRITE && all_closed());
    }
}

/* The writer leaves gaps where data is missing, and puts the rest where it belongs. */
static void test_files_with_gaps(void)
{
    struct setting setting = { 8, 4, 1000, 400, 0 };
    size_t size = 12000, i, read, wrong;
    struct memory source;
    uint32_t turn, lossy = 0;
    FILE *file;

    seed(13);
    for (turn = 0; turn < 50; turn++) {
        setting.seed = turn;
        setting.noise = turn % 2 == 0 ? 2000 : 20000;
        file = tmpfile();
        CHECK(file != NULL);
        if (file == NULL)
            return;
        for (i = 0; i < size; i++)
            plain[i] = (uint8_t)(1 + random_below(4)); /* no zero: those are gaps */
        memory_init(&source, plain, size, 0);
        connect(&whole, BYTE_SOURCE(&source), &setting);
        file_writer_init_open(&whole.writer, EXTENT_SOURCE(&whole.decompressor), file);
        CHECK(run_link() == AGEN_DONE);
        rewind(file);
        read = fread(result, 1, size + 1, file);
        CHECK(read <= size);
        for (i = 0, wrong = 0; i < read; i++)
            wrong += result[i] != plain[i];
        CHECK(wrong + (size - read) == size - whole.writer.written); /* gaps, and nothing else */
        for (i = 0, wrong = 0; i < read; i++)
            wrong += result[i] != plain[i] && result[i] != 0;
        CHECK(wrong == 0);
        if (whole.receiver.complete)
            CHECK(whole.writer.written + whole.writer.missing == size);
        lossy += whole.writer.written < size;
        (void)fclose(file);
    }
    CHECK(lossy > 0 && lossy < 50);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        data_folder = argv[1];
    seed(0);
    test_reference_data();
    test_round_trips();
    test_copies_from_before_the_start();
    test_bad_parameters();
    test_lzss_garbage();
    test_crc32();
    test_slip_encoder();
    test_slip_decoder();
    test_slip_round_trip();
    test_slip_garbage();
    test_packet_order();
    test_packet_bits();
    test_packet_lengths();
    test_long_part();
    test_packet_garbage();
    test_writer_order();
    test_writer_garbage();
    test_wire();
    test_link();
    test_noise();
    test_loss_is_local();
    test_duplicates_and_disorder();
    test_receiver_garbage();
    test_pipe();
    test_close_and_throw();
    test_error_from_source();
    test_too_long();
    test_file_errors();
    test_files_with_gaps();
    if (failures > 0) {
        printf("%u of %u checks failed\n", failures, checks);
        return 1;
    }
    printf("%u checks passed\n", checks);
    return 0;
}
