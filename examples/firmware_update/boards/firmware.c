/* SPDX-License-Identifier: 0BSD */
/*
 * The firmware of a board that is updated by YMODEM, again and again:
 *
 *     interrupt of the UART ... pipe ... receiver -> watch -> unpacker -> flash writer
 *
 * The flash writer is a task. Beside it run: a task that waits for the button, which cancels the
 * update; a heartbeat, which is a LED; and one that kicks the watchdog while all goes on. What
 * comes of it is told on the console. Receiver and flash writer are those of the host.
 */
#include "device.h"
#include "flash_writer.h"
#include "unpacker.h"
#include "update_error.h"
#include "ymodem_receiver.h"

enum {
    PATIENCE = 300, /* the sender is near, and answers at once */
    GAP = 50,
    BEAT = 250,
    KICK = 500,
    LONGEST_SILENCE = 8000, /* of an update that goes on: the receiver gives up long before */
    BAR_WIDTH = 40
};

/* Hands blocks on, draws a bar, and tells the watchdog that there is progress. */
struct watch {
    AGEN_YIELDS(struct ymodem_block);
    struct ymodem_source source;
    uint16_t blocks;
    uint8_t width; /* of the bar */
};

struct button {
    AGEN_COROUTINE;
};

struct updates {
    AGEN_COROUTINE;
    agen_group race;
    agen_task writer_task, button_task;
    struct ymodem_receiver receiver;
    struct watch watch;
    struct unpacker unpacker;
    struct flash_writer writer;
    struct button button;
    bool spawned;
    int status; /* how the last update ended */
};

struct heartbeat {
    AGEN_COROUTINE;
    uint16_t beats;
};

struct watchdog {
    AGEN_COROUTINE;
    uint16_t kicks;
};

static struct {
    agen_loop loop;
    struct updates updates;
    struct heartbeat heartbeat;
    struct watchdog watchdog;
    agen_task updates_task, heartbeat_task, watchdog_task;
    bool updating; /* if not, it waits for a sender, for ever, and need not report anything */
    agen_ticks reported;
} firmware;

/*
 * --- The console ---------------------------------------------------------------------------------
 */
static void say(const char *text) /* a DEVICE_TEXT */
{
    for (; DEVICE_TEXT_AT(text) != '\0'; text++)
        device_put(DEVICE_TEXT_AT(text));
}

static void say_number(uint32_t number)
{
    char digits[10];
    unsigned count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        device_put(digits[--count]);
}

static void say_hexadecimal(uint32_t number)
{
    unsigned i, digit;

    for (i = 0; i < 8; i++, number <<= 4) {
        digit = (unsigned)(number >> 28);
        device_put((char)(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
}

/*
 * --- The trace, see docs/TRACING.md --------------------------------------------------------------
 */
#ifdef FIRMWARE_TRACE
static uint8_t trace_ring[FIRMWARE_TRACE];

static void write_trace(void *context, const char *text, size_t length)
{
    (void)context;
    while (length-- > 0)
        device_put(*text++);
}

static void start_trace(void)
{
    agen_trace_start(trace_ring, sizeof trace_ring, device_cycles, DEVICE_CLOCK);
}

static void dump_trace(void)
{
    agen_trace_dump(write_trace, NULL);
}
#else
static void start_trace(void)
{
}

static void dump_trace(void)
{
}
#endif

/*
 * --- The tasks -----------------------------------------------------------------------------------
 */
static void report_progress(void)
{
    firmware.updating = true;
    firmware.reported = device_now();
}

static bool hangs(void)
{
    return firmware.updating
        && (agen_ticks)(device_now() - firmware.reported) > LONGEST_SILENCE;
}

static void draw(struct watch *self)
{
    const struct ymodem_block *block = self->source.value;
    uint32_t done = block->offset + block->size, step = block->file->size / BAR_WIDTH + 1;

    for (; self->width < done / step; self->width++)
        say(DEVICE_TEXT("#"));
}

AGEN(watch, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR_CLOSING(self, self->source.generator) {
            report_progress();
            if (self->blocks++ == 0)
                say(DEVICE_TEXT("  ["));
            AGEN_YIELD(self, *self->source.value);
            draw(self);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        if (self->blocks > 0)
            say(DEVICE_TEXT("]\n"));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A press of the button ends its race, which cancels the update. A press from before the update does not count. */
AGEN(button, self)
{
    AGEN_BEGIN(self);
    agen_event_clear(&device_button);
    AGEN_WAIT(self, &device_button);
    AGEN_RAISE(self, AGEN_E_CANCELLED);
    AGEN_END(self);
}

AGEN(heartbeat, self)
{
    AGEN_BEGIN(self);
    for (;; self->beats++) {
        device_led((self->beats & 1) != 0);
        AGEN_SLEEP(self, BEAT);
    }
    AGEN_END(self);
}

AGEN(watchdog, self)
{
    AGEN_BEGIN(self);
    for (; !hangs(); self->kicks++) {
        device_watchdog_kick();
        AGEN_SLEEP(self, KICK);
    }
    AGEN_END(self); /* and in two seconds the board starts anew */
}

static void prepare(struct updates *self)
{
    struct serial serial = { &device_received, &device_to_send };

    ymodem_receiver_init(&self->receiver, serial);
    ymodem_receiver_set_times(&self->receiver, PATIENCE, GAP);
    self->receiver.invites_for_ever = true;
    agen_init(&self->watch, watch);
    self->watch.source = YMODEM_SOURCE(&self->receiver);
    self->watch.blocks = self->watch.width = 0;
    unpacker_init(&self->unpacker, YMODEM_SOURCE(&self->watch));
    flash_writer_init(&self->writer, YMODEM_SOURCE(&self->unpacker), &device_flash);
    agen_init(&self->button, button);
}

static void say_what_boots(void)
{
    struct firmware_header header;

    if (firmware_boot(&device_flash, &header) == FIRMWARE_NO_SLOT) {
        say(DEVICE_TEXT("  boots nothing\n"));
        return;
    }
    say(DEVICE_TEXT("  boots image "));
    say_number(header.sequence);
    say(DEVICE_TEXT(": "));
    say_number(header.size);
    say(DEVICE_TEXT(" bytes, CRC-32 "));
    say_hexadecimal(header.crc);
    say(DEVICE_TEXT("\n"));
}

static void say_ram(void)
{
    say(DEVICE_TEXT("  RAM "));
    say_number(device_ram_of_variables() + device_stack_used());
    say(DEVICE_TEXT(" of "));
    say_number(device_ram());
    say(DEVICE_TEXT(" bytes: variables "));
    say_number(device_ram_of_variables());
    say(DEVICE_TEXT(", stack "));
    say_number(device_stack_used());
    say(DEVICE_TEXT("\n"));
}

static void report(const struct updates *self)
{
    if (self->status == AGEN_DONE) {
        say(DEVICE_TEXT("  updated"));
    } else {
        say(DEVICE_TEXT("  FAILED: error -"));
        say_number((uint32_t)-(int32_t)self->status);
    }
    say(DEVICE_TEXT("\n  blocks "));
    say_number(self->watch.blocks);
    say(DEVICE_TEXT(", asked again "));
    say_number(self->receiver.request.repeated);
    say(DEVICE_TEXT(", bytes lost "));
    say_number(agen_pipe_lost(&device_received));
    say(DEVICE_TEXT("; flash operations "));
    say_number(device_flash.operations);
    say(DEVICE_TEXT("; heartbeats "));
    say_number(firmware.heartbeat.beats);
    say(DEVICE_TEXT(", kicks "));
    say_number(firmware.watchdog.kicks);
    say(DEVICE_TEXT("\n"));
    say_ram();
    say_what_boots();
}

/* The first of the two that ends cancels the other, and the race waits for its cleanup. */
AGEN(updates, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        prepare(self);
        AGEN_TRY(self) {
            AGEN_RACE(self, &self->race) {
                self->spawned =
                    agen_group_spawn(&self->race, &self->writer_task, &self->writer) == AGEN_DONE
                    && agen_group_spawn(&self->race, &self->button_task, &self->button)
                           == AGEN_DONE;
                if (!self->spawned)
                    AGEN_RAISE(self, AGEN_E_RUNNING);
            } AGEN_END_RACE(self);
            self->status = AGEN_DONE;
        } AGEN_EXCEPT_ANY(self) {
            self->status = agen_error(self);
        } AGEN_END_TRY(self);
        firmware.updating = false;
        report(self);
        dump_trace();
        do
            AGEN_SLEEP(self, GAP); /* the rest of what the sender says is for nobody */
        while (agen_pipe_consume(&device_received, SIZE_MAX) > 0);
    }
    AGEN_END(self);
}

static void spawn(agen_task *task, agen_t *coroutine)
{
    if (agen_spawn(&firmware.loop, task, coroutine) != AGEN_DONE)
        say(DEVICE_TEXT("  a task is not to be had\n")); /* cannot be: they are new */
}

/*
 * --- The program ---------------------------------------------------------------------------------
 */
int main(void)
{
    device_stack_mark();
    agen_pipe_init(&device_received);
    agen_pipe_init(&device_to_send);
    device_start();
    say(DEVICE_TEXT("  waits for an image; blocks of at most "));
    say_number(YMODEM_BLOCK_MAX);
    say(DEVICE_TEXT(" bytes, images of at most "));
    say_number(firmware_capacity(&device_flash));
    say(DEVICE_TEXT("\n"));
    say_what_boots();
    agen_loop_init(&firmware.loop, device_now);
    start_trace();
    AGEN_NEW(&firmware.updates, updates);
    AGEN_NEW(&firmware.heartbeat, heartbeat);
    AGEN_NEW(&firmware.watchdog, watchdog);
    spawn(&firmware.updates_task, (agen_t *)&firmware.updates);
    spawn(&firmware.heartbeat_task, (agen_t *)&firmware.heartbeat);
    spawn(&firmware.watchdog_task, (agen_t *)&firmware.watchdog);
    device_watchdog_start();
    (void)agen_loop_run(&firmware.loop);
    return 1; /* cannot be: none of the tasks ends by itself */
}
