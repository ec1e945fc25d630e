/* SPDX-License-Identifier: 0BSD */
/*
 * The YMODEM receiver of examples/firmware_update in virtual time. A script, drawn from the input,
 * plays the sender: it does what is due, or something else: damaged blocks, wrong ones, twice the
 * same, noise, silence, and so on. The consumer must get the bytes of the file, each once and in
 * order; what is said must be of the protocol; and it must end, with a success or with an error
 * that has a reason.
 */
#include "fuzz.h"
#include "update_error.h"
#include "ymodem_receiver.h"

enum { PASSES = 100000, SIZE_UNIT = 50, WIRE_MAX = YMODEM_PACKET_MAX };

/* How often it may ask again: for the header, for each block, and at the end. */
#define TRIES(blocks) (YMODEM_TRIES * ((blocks) + 3))

static agen_ticks ticks;
static agen_loop loop;
static serial_pipe to_receiver, from_receiver;
static struct ymodem_receiver receiver;
static unsigned blocks;   /* that were received */
static uint32_t offset;   /* and their bytes */
static bool header_sent;  /* a good one */
static bool out_of_order; /* some other block than the one that is due, or the one before */

static agen_ticks read_clock(void)
{
    return ticks;
}

/* Byte `at` of the block number `block`, which is counted on after 255. */
static uint8_t content(unsigned block, unsigned at)
{
    return (uint8_t)(block * 7 + at * 13 + at / 251);
}

/* --- The consumer ----------------------------------------------------------------------------- */

static struct taker {
    AGEN_COROUTINE;
    unsigned time;
} taker;

static void take_block(void)
{
    const struct ymodem_block *block = &receiver.value;
    unsigned i;

    blocks++;
    MUST(header_sent && block->file == &receiver.file && block->offset == offset);
    MUST(block->size > 0 && block->size <= YMODEM_LARGE);
    for (i = 0; i < block->size; i++)
        MUST(block->data[i] == content(blocks, i));
    offset += block->size;
    MUST(!block->file->sized || offset <= block->file->size);
}

AGEN(taker, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &receiver) {
        take_block();
        self->time = draw(4);
        if (self->time > 0)
            AGEN_SLEEP(self, self->time * 100);
    } AGEN_END_FOR(self);
    AGEN_END(self);
}

/* --- The sender ------------------------------------------------------------------------------- */

enum act {
    SILENCE, /* until somebody loses patience */
    BLOCK, LARGE_BLOCK, HEADER, NO_HEADER, END, DUPLICATE, WRONG_NUMBER, WRONG_COMPLEMENT, DAMAGED,
    CUT_SHORT, END_TWICE, NOISE, CANCEL, HANG_UP, STOP, ACTS
};

static bool did[ACTS];
static uint8_t wire[WIRE_MAX];
static size_t wire_size, wire_sent;

static void put(unsigned byte)
{
    MUST(wire_size < WIRE_MAX);
    wire[wire_size++] = (uint8_t)byte;
}

static unsigned plain_crc(const uint8_t *at, size_t size)
{
    unsigned crc = 0, bit;

    for (; size > 0; size--)
        for (crc ^= (unsigned)*at++ << 8, bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021u : 0)) & 0xFFFF;
    return crc;
}

/* The data are in wire + 3. */
static void put_block(unsigned number, unsigned size)
{
    unsigned crc = plain_crc(wire + YMODEM_HEAD_SIZE, size);

    put(size == YMODEM_SMALL ? YMODEM_SOH : YMODEM_STX);
    put(number & 0xFF);
    put(~number & 0xFF);
    wire_size += size;
    put(crc >> 8);
    put(crc & 0xFF);
}

static void put_data(unsigned block, unsigned size)
{
    unsigned i;

    for (i = 0; i < size; i++)
        wire[YMODEM_HEAD_SIZE + i] = content(block, i);
    put_block(block, size);
}

static void put_header(bool named)
{
    static const char name[] = "image";
    char *text = (char *)wire + YMODEM_HEAD_SIZE;
    unsigned units = draw(256);

    memset(text, 0, YMODEM_SMALL);
    if (named) {
        memcpy(text, name, sizeof name);
        if (units < 128)
            sprintf(text + sizeof name, "%u 0 0", units * SIZE_UNIT);
        header_sent = true;
    }
    put_block(0, YMODEM_SMALL);
}

static void send_something(agen_task *task)
{
    enum act act = (enum act)draw(ACTS);
    unsigned size = draw(4) == 1 ? YMODEM_LARGE : YMODEM_SMALL, due = blocks + 1, count;

    did[act] = true;
    if (act == WRONG_NUMBER || ((act == HEADER || act == NO_HEADER) && blocks > 0)
        || agen_pipe_count(&to_receiver) > 0) /* what was sent before is not read yet */
        out_of_order = true;
    wire_size = wire_sent = 0;
    if (act == BLOCK)
        put_data(due, YMODEM_SMALL);
    else if (act == LARGE_BLOCK)
        put_data(due, YMODEM_LARGE);
    else if (act == HEADER || act == NO_HEADER)
        put_header(act == HEADER);
    else if (act == END)
        put(YMODEM_EOT);
    else if (act == DUPLICATE)
        put_data(blocks, size);
    else if (act == WRONG_NUMBER)
        put_data(due + 1 + draw(4), size);
    else if (act != SILENCE && act < END_TWICE)
        put_data(due, size);
    if (act == WRONG_COMPLEMENT)
        wire[2] ^= 1;
    if (act == DAMAGED) /* one bit: a CRC finds that always */
        wire[YMODEM_HEAD_SIZE + draw(128)] ^= (uint8_t)(1u << draw(8));
    if (act == CUT_SHORT)
        wire_size -= 1 + draw(128);
    if (act == END_TWICE)
        for (count = 2; count > 0; count--)
            put(YMODEM_EOT);
    if (act == NOISE) /* but no beginning of a block, to which what follows might fit */
        for (count = draw(32); count > 0; count--)
            put(3 + draw(253));
    if (act == CANCEL)
        for (count = draw(4); count > 0; count--)
            put(YMODEM_CAN);
    if (act == HANG_UP && draw(4) == 1)
        agen_pipe_close(&to_receiver);
    if (act == STOP && draw(4) == 1)
        (void)agen_cancel(task);
}

/* --- The line --------------------------------------------------------------------------------- */

static void move_bytes(void)
{
    uint8_t said = 0;

    wire_sent += agen_pipe_write(&to_receiver, wire + wire_sent, wire_size - wire_sent);
    while (agen_pipe_read(&from_receiver, &said, 1) == 1)
        MUST(said == YMODEM_INVITE || said == YMODEM_ACK || said == YMODEM_NAK
             || said == YMODEM_CAN);
}

static void wait_for_deadline(void)
{
    agen_ticks ahead = agen_loop_idle_ticks(&loop);

    MUST(ahead != AGEN_FOREVER);
    ticks = (agen_ticks)(ticks + ahead);
}

static void check_end(int status)
{
    MUST(agen_done(&receiver) && agen_done(&taker));
    MUST(loop.tasks_ == NULL && loop.timers_ == NULL && loop.ready_ == NULL);
    MUST(receiver.request.repeated <= TRIES(blocks));
    if (status == AGEN_DONE)
        MUST(header_sent && (!receiver.file.sized || offset == receiver.file.size));
    else if (status == AGEN_E_CANCELLED)
        MUST(did[STOP]);
    else if (status == SERIAL_E_HUNG_UP)
        MUST(did[HANG_UP]);
    else if (status == YMODEM_E_CANCELLED)
        MUST(did[CANCEL] || did[NOISE]);
    else if (status == YMODEM_E_ORDER)
        MUST(out_of_order);
    else
        MUST(status < YMODEM_E_ORDER ? status >= YMODEM_E_LONG : status > YMODEM_E_CANCELLED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    agen_task task = { 0 };
    int passes;

    input = data;
    input_size = size;
    ticks = (agen_ticks)0 - 5000; /* it will wrap */
    wire_size = wire_sent = 0;
    blocks = 0;
    offset = 0;
    header_sent = out_of_order = false;
    memset(did, 0, sizeof did);
    agen_loop_init(&loop, read_clock);
    agen_pipe_init(&to_receiver);
    agen_pipe_init(&from_receiver);
    ymodem_receiver_init(&receiver, (struct serial){ &to_receiver, &from_receiver });
    agen_init(&taker, taker);
    MUST(agen_spawn(&loop, &task, &taker) == AGEN_DONE);
    for (passes = 0; agen_task_status(&task) == AGEN_PENDING; passes++) {
        MUST(passes < PASSES);
        move_bytes();
        if (agen_loop_poll(&loop))
            continue;
        if (wire_sent == wire_size && input_size > 0) {
            send_something(&task);
            if (wire_size > 0)
                continue;
        }
        if (agen_task_status(&task) == AGEN_PENDING)
            wait_for_deadline();
    }
    move_bytes();
    check_end(agen_task_status(&task));
    return 0;
}
