/*
 * Modbus RTU: only silence separates frames. 3.5 character times of silence end a frame, and a
 * longer gap than 1.5 inside of a frame makes it invalid. A frame is also invalid if its CRC is wrong
 * or if it is too long or too short. An invalid frame is dropped and counted, and the next one is
 * received as usual.
 *
 * The receive interrupt puts each byte into a queue with the time at which it came, so the gaps are
 * measured by the interrupt and not by the task. Below, the processor is busy for 30 ms, and then
 * the task finds the bytes of two frames in the queue. It separates them by their times.
 *
 * modbus/ is a whole slave and master, to be copied. It has no times with its bytes, and cuts apart what ran together.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define AGEN_IDLE(loop, ticks) idle(ticks)
static void idle(unsigned long ticks);
#include "agen.h"

#include <stdio.h>

/* In microseconds, at 9600 baud and 11 bits a character. Above 19,200 they are 750 and 1750. */
enum { CHARACTER = 1146, GAP_1_5 = 1719, GAP_3_5 = 4011, LONGEST = 256 };

struct received {
    uint8_t byte;
    agen_ticks at; /* when its last bit came */
};

typedef AGEN_QUEUE(struct received, 32) receive_queue;

/* Yields each valid frame, without its CRC. The bytes are valid until the next step. */
struct frames {
    AGEN_YIELDS(const uint8_t *);
    receive_queue *line;
    unsigned length;
    unsigned good, gaps, crcs, lengths; /* valid frames; invalid ones, by their reason */
    struct received last, next;
    bool gap, early; /* early: .next is the first byte of the next frame */
    agen_alternative on_byte;
    uint8_t bytes[LONGEST];
};

static void frames_begin(struct frames *self)
{
    self->bytes[0] = self->next.byte;
    self->length = 1;
    self->last = self->next;
    self->gap = self->early = false;
}

/* Adds a byte. Returns false if it came after the end of this frame. */
static bool frames_add(struct frames *self)
{
    agen_ticks silence = (agen_ticks)(self->next.at - self->last.at - CHARACTER);

    self->early = silence >= GAP_3_5;
    if (self->early)
        return false;
    if (silence > GAP_1_5)
        self->gap = true;
    if (self->length < LONGEST)
        self->bytes[self->length] = self->next.byte;
    self->length++;
    self->last = self->next;
    return true;
}

static uint16_t crc_of(const uint8_t *bytes, unsigned length)
{
    uint16_t crc = 0xFFFF;
    unsigned bit;

    for (; length != 0; length--)
        for (crc = (uint16_t)(crc ^ *bytes++), bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xA001 : 0));
    return crc;
}

static bool frames_check(struct frames *self)
{
    unsigned n = self->length - 2;

    if (self->gap)
        self->gaps++;
    else if (self->length < 4 || self->length > LONGEST)
        self->lengths++;
    else if (crc_of(self->bytes, n) != (self->bytes[n] | (unsigned)self->bytes[n + 1] << 8))
        self->crcs++;
    else {
        self->length = n;
        self->good++;
        return true;
    }
    return false;
}

AGEN(frames, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        if (!self->early) {
            AGEN_GET(self, self->line, self->next);
            if (agen_status(self) == AGEN_DONE)
                AGEN_RETURN(self);
        }
        frames_begin(self);
        for (;;) {
            AGEN_SELECT(self)
                AGEN_ON_GET(self, &self->on_byte, self->line, self->next) {
                    if (agen_status(self) == AGEN_DONE || !frames_add(self))
                        break;
                }
                AGEN_ON_DEADLINE(self, self->last.at + CHARACTER + GAP_3_5) {
                    break;
                }
            AGEN_END_SELECT(self);
        }
        if (frames_check(self))
            AGEN_YIELD(self, self->bytes);
    }
    AGEN_END(self);
}

/* The simulated wire: bytes, and the silence before the first one in tenths of a character. */
#define PART(what, silence, bytes) { what, silence, bytes, sizeof bytes - 1 }
#define READ_3 "\x11\x03\x00\x6B\x00\x03\x76\x87"  /* read three registers of slave 0x11 */
#define WRITE_1 "\x11\x06\x00\x01\x00\x03\x9A\x9B" /* write one */
static const struct part {
    const char *what;
    agen_ticks silence;
    const char *bytes;
    unsigned length;
} wire[] = {
    PART("a frame", 100, READ_3),
    PART("one with a gap of 1 character", 100, "\x11\x03\x00"),
    PART(NULL, 10, "\x6B\x00\x03\x76\x87"),
    PART("one with a gap of 2", 100, "\x11\x03\x00"),
    PART(NULL, 20, "\x6B\x00\x03\x76\x87"),
    PART("and 3.5 after it", 35, READ_3),
    PART("one with a wrong bit", 50, "\x11\x03\x00\x6F\x00\x03\x76\x87"),
    PART("and 3.5 after it", 35, READ_3),
    PART("noise, which looks like a byte", 50, "\xFF"),
    PART("and 3.5 after it", 35, READ_3),
    PART("one for another slave", 50, "\x12\x03\x00\x6B\x00\x03\x76\xB4"),
    PART("a write, which keeps the processor busy", 50, WRITE_1),
    PART("meanwhile one", 40, READ_3),
    PART("and 3.5 after it", 35, READ_3),
};

enum { PARTS = sizeof wire / sizeof *wire };
static agen_ticks clock_ticks, byte_ends;
static unsigned part, byte;
static receive_queue queue;

static agen_ticks now(void)
{
    return clock_ticks;
}

static void say(const char *text)
{
    printf("%4lu ms  %s\n", (unsigned long)(clock_ticks / 1000), text);
}

static void next_byte(void)
{
    byte_ends += CHARACTER + (byte == 0 ? wire[part].silence * CHARACTER / 10 : 0);
}

/* On a board it calls agen_queue_put_isr(&queue, received), and does not close the queue. */
static void receive_interrupt(void)
{
    struct received received;

    if (byte == 0 && wire[part].what != NULL)
        say(wire[part].what);
    received.byte = (uint8_t)wire[part].bytes[byte];
    received.at = clock_ticks;
    if (!agen_try_put(&queue, received))
        say("a byte is lost"); /* its frame will be dropped */
    if (++byte == wire[part].length) {
        byte = 0;
        part++;
    }
    if (part < PARTS)
        next_byte();
    else
        agen_queue_close(&queue);
}

static void idle(unsigned long ticks) /* sleeps that long, or until an interrupt */
{
    if (part < PARTS && byte_ends - clock_ticks <= ticks) {
        clock_ticks = byte_ends;
        receive_interrupt();
    } else {
        clock_ticks += (agen_ticks)ticks;
    }
}

static void compute(agen_ticks ticks) /* lets interrupts run, but no other task */
{
    agen_ticks end = clock_ticks + ticks;

    while (clock_ticks != end)
        idle(end - clock_ticks);
}

struct slave {
    AGEN_COROUTINE;
    uint8_t address;
    struct frames frames;
};

AGEN(slave, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->frames) {
        if (self->frames.value[0] != self->address)
            continue;
        if (self->frames.value[1] == 3)
            say("                        slave: read");
        if (self->frames.value[1] == 6) {
            say("                        slave: write");
            compute(30000);
        }
    }
    printf("frames: good %u, with a gap %u, with a wrong CRC %u, of a wrong length %u\n", self->frames.good,
           self->frames.gaps, self->frames.crcs, self->frames.lengths);
    AGEN_END(self);
}

int main(void)
{
    static struct slave slave = { AGEN_INIT(slave), .address = 0x11, .frames = { AGEN_INIT(frames), .line = &queue } };
    static agen_loop loop;
    static agen_task task;

    agen_loop_init(&loop, now);
    agen_queue_init(&queue);
    next_byte();
    if (agen_spawn(&loop, &task, &slave) != AGEN_DONE)
        return 1;
    return agen_loop_run_until(&loop, &task) != AGEN_DONE;
}
