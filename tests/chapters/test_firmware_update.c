/* SPDX-License-Identifier: 0BSD */
/*
 * Tests examples/firmware_update: the receiver against scripts that misbehave in every known way,
 * and whole updates over a line with noise, with a sender that is killed or stalls, with a user
 * that cancels, with a flash whose power fails. In each of them either the exact file is bootable
 * in the end, or there is an error that has a name, and the old image is bootable, byte for byte.
 */
#include "crc16.h"
#include "crc32.h"
#include "firmware_slots.h"
#include "flash_writer.h"
#include "line.h"
#include "update_error.h"
#include "ymodem_receiver.h"
#include "ymodem_sender.h"

#include "loop.h"

#include <string.h>

enum {
    MIB = 1024 * 1024,
    PAGES_MAX = 2 * (1 + MIB / FLASH_PAGE_SIZE),
    PAGES = 2 * (1 + 8), /* of the flash in all tests but the longest */
    OLD_SIZE = 3 * FLASH_PAGE_SIZE + 7,
    OLDER_SIZE = FLASH_PAGE_SIZE,
    OLD_SEQUENCE = 7,
    LAST_PASS = 100000
};

static uint8_t file[MIB], old_image[OLD_SIZE], older_image[OLDER_SIZE];
static uint8_t memory[PAGES_MAX * FLASH_PAGE_SIZE], memory_before[sizeof memory];

static void fill(uint8_t *to, size_t size, uint32_t seed)
{
    for (; size > 0; size--, to++) {
        seed = seed * 1664525 + 1013904223;
        *to = (uint8_t)(seed >> 24);
    }
}

/*
 * --- A board ---------------------------------------------------------------------------------
 */

/* Runs a sender to its end, and cuts its line in the middle: it has been killed. */
struct upload {
    AGEN_COROUTINE;
    struct ymodem_sender sender;
    struct line *line;
    uint32_t blocks, killed_after; /* 0: never */
};

AGEN(upload, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &self->sender)
        if (++self->blocks == self->killed_after)
            line_cut(self->line);
    AGEN_END_FOR(self);
    AGEN_END(self);
}

/* Both ends of a line, and the flash of one of them. */
static struct board {
    serial_pipe sent, arriving;      /* from sender to receiver */
    serial_pipe answered, returning; /* and back */
    struct line to_receiver, to_sender;
    struct flash flash;
    struct ymodem_receiver receiver;
    struct flash_writer writer;
    struct upload upload;
    agen_task to_receiver_task, to_sender_task, update, peer;
} board;

static void install(unsigned slot, uint32_t sequence, const uint8_t *image, uint32_t size)
{
    struct firmware_header header = firmware_header(sequence, size, crc32(0, image, size));

    memcpy(memory + firmware_slot_page(&board.flash, slot) * FLASH_PAGE_SIZE, &header,
           sizeof header);
    memcpy(memory + firmware_image_address(&board.flash, slot), image, size);
}

/* The booted image is in slot 0, an older one is in slot 1. */
static void begin_flash(uint32_t pages)
{
    flash_init(&board.flash, memory, pages, 20, 3);
    memset(memory, 0xFF, pages * FLASH_PAGE_SIZE);
    fill(old_image, OLD_SIZE, 1);
    fill(older_image, OLDER_SIZE, 2);
    install(0, OLD_SEQUENCE, old_image, OLD_SIZE);
    install(1, OLD_SEQUENCE - 1, older_image, OLDER_SIZE);
    memcpy(memory_before, memory, pages * FLASH_PAGE_SIZE);
}

static struct serial receiver_end(void)
{
    struct serial serial = { &board.arriving, &board.answered };

    return serial;
}

static struct serial sender_end(void)
{
    struct serial serial = { &board.returning, &board.sent };

    return serial;
}

static bool invites_for_ever;

/* Begins an update, but without a sender. The clock wraps in the middle of it. */
static void begin_update(void)
{
    begin_at((agen_ticks)0 - 100);
    agen_pipe_init(&board.sent);
    agen_pipe_init(&board.arriving);
    agen_pipe_init(&board.answered);
    agen_pipe_init(&board.returning);
    line_init(&board.to_receiver, &board.sent, &board.arriving);
    line_init(&board.to_sender, &board.answered, &board.returning);
    ymodem_receiver_init(&board.receiver, receiver_end());
    board.receiver.invites_for_ever = invites_for_ever;
    flash_writer_init(&board.writer, YMODEM_SOURCE(&board.receiver), &board.flash);
    agen_spawn(&loop, &board.to_receiver_task, &board.to_receiver);
    agen_spawn(&loop, &board.to_sender_task, &board.to_sender);
    agen_spawn(&loop, &board.update, &board.writer);
}

static void begin_upload(uint32_t size)
{
    begin_update();
    memset(&board.upload, 0, sizeof board.upload);
    agen_init(&board.upload, upload);
    ymodem_sender_init(&board.upload.sender, sender_end(), "image.bin", file, size);
    board.upload.line = &board.to_receiver;
    agen_spawn(&loop, &board.peer, &board.upload);
}

/* Until a task has ended. */
static void run_to_end_of(const agen_task *task)
{
    while (agen_task_status(task) == AGEN_PENDING) {
        agen_ticks ahead;

        settle();
        if (agen_task_status(task) != AGEN_PENDING)
            break;
        ahead = agen_loop_idle_ticks(&loop);
        CHECK(ahead != AGEN_FOREVER); /* nothing would ever end it */
        if (ahead == AGEN_FOREVER)
            return;
        ticks = (agen_ticks)(ticks + ahead);
    }
}

/* One pass of the loop, whenever the next one is due. */
static void pass(void)
{
    agen_ticks ahead = agen_loop_idle_ticks(&loop);

    if (ahead != AGEN_FOREVER)
        ticks = (agen_ticks)(ticks + ahead);
    (void)agen_loop_poll(&loop);
}

/* Answers what became of the update. Both ends and the line come to their end. */
static int end_update(void)
{
    int passes;

    run_to_end_of(&board.update);
    run_to_end_of(&board.peer);
    agen_pipe_close(&board.sent);
    agen_pipe_close(&board.answered);
    for (passes = 0; loop.tasks_ != NULL && passes < MOST_PASSES; passes++) {
        (void)agen_pipe_consume(&board.arriving, SIZE_MAX);
        (void)agen_pipe_consume(&board.returning, SIZE_MAX);
        pass();
    }
    end();
    return agen_task_status(&board.update);
}

static bool boots(unsigned slot, const uint8_t *image, uint32_t size)
{
    struct firmware_header header;

    return firmware_boot(&board.flash, &header) == slot && header.size == size
        && memcmp(memory + firmware_image_address(&board.flash, slot), image, size) == 0;
}

static bool old_slot_is_untouched(void)
{
    return memcmp(memory, memory_before, firmware_slot_pages(&board.flash) * FLASH_PAGE_SIZE) == 0;
}

static bool has_name(int error)
{
    return error == AGEN_E_CANCELLED || (error <= SERIAL_E_HUNG_UP && error >= FLASH_E_POWER);
}

/* What must hold in the end, whatever happened. */
static void check_outcome(int status, uint32_t size)
{
    CHECK(old_slot_is_untouched());
    if (status == AGEN_DONE) {
        CHECK(boots(1, file, size));
        return;
    }
    CHECK(has_name(status));
    if (status != FLASH_E_POWER)
        CHECK(boots(0, old_image, OLD_SIZE));
    else /* between the last bit of the header and the next instruction it may fail, too */
        CHECK(boots(0, old_image, OLD_SIZE) || boots(1, file, size));
}

/*
 * Nothing of the new image is left. Of the older one in its slot something may be, but not its
 * header.
 */
static bool new_slot_is_clean(void)
{
    uint32_t size = firmware_slot_pages(&board.flash) * FLASH_PAGE_SIZE, i;
    const uint8_t *slot = memory + size, *before = memory_before + size;

    if (memcmp(slot, before, size) == 0)
        return true;
    for (i = 0; i < size; i++)
        if (slot[i] != 0xFF && (i < FLASH_PAGE_SIZE || slot[i] != before[i]))
            return false;
    return true;
}

/*
 * --- The parts -------------------------------------------------------------------------------
 */
static void test_checksums(void)
{
    static const uint8_t digits[] = { '1', '2', '3', '4', '5', '6', '7', '8', '9' };

    CHECK(crc16(0, digits, 9) == 0x31C3);
    CHECK(crc16(crc16(0, digits, 4), digits + 4, 5) == 0x31C3);
    CHECK(crc32(0, digits, 9) == 0xCBF43926);
    CHECK(crc32(crc32(0, digits, 4), digits + 4, 5) == 0xCBF43926);
}

static void test_error_names(void)
{
    int code;

    CHECK_STR(update_error_name(SERIAL_E_HUNG_UP), "SERIAL_E_HUNG_UP");
    CHECK_STR(update_error_name(YMODEM_E_LONG), "YMODEM_E_LONG");
    CHECK_STR(update_error_name(FLASH_E_POWER), "FLASH_E_POWER");
    CHECK_STR(update_error_text(FLASH_E_POWER), "power failed");
    CHECK_STR(update_error_name(AGEN_E_CANCELLED), "AGEN_E_CANCELLED");
    CHECK_STR(update_error_text(AGEN_E_CANCELLED), "cancelled by the user");
    for (code = SERIAL_E_HUNG_UP; code >= FLASH_E_POWER; code--)
        CHECK(strlen(update_error_text(code)) > 10);
    CHECK_STR(update_error_name(FLASH_E_POWER - 1), "unexpected");
    CHECK_STR(update_error_name(AGEN_E_NO_LOOP), "unexpected");
    CHECK_STR(update_error_text(AGEN_E_NO_LOOP), "no event loop");
}

/* One operation as a task of its own. Answers its status. */
static int operate(struct flash_operation *operation)
{
    agen_task task = { 0 };

    begin();
    agen_spawn(&loop, &task, operation);
    run_to_end_of(&task);
    end();
    return agen_task_status(&task);
}

static void test_flash(void)
{
    static const uint8_t data[4] = { 0x12, 0x34, 0x56, 0x78 }, over[4] = { 0x21, 0x34, 0, 0xFF };
    static struct flash_operation operation;
    agen_task task = { 0 };

    begin_flash(PAGES);
    flash_erase(&operation, &board.flash, 1);
    CHECK_INT(operate(&operation), AGEN_DONE);
    CHECK_INT(ticks, 20);
    CHECK(memory[FLASH_PAGE_SIZE - 1] == memory_before[FLASH_PAGE_SIZE - 1]);
    CHECK(memory[FLASH_PAGE_SIZE] == 0xFF && memory[2 * FLASH_PAGE_SIZE - 1] == 0xFF);
    CHECK(memory[2 * FLASH_PAGE_SIZE] == memory_before[2 * FLASH_PAGE_SIZE]);
    flash_program(&operation, &board.flash, FLASH_PAGE_SIZE, data, 4);
    CHECK_INT(operate(&operation), AGEN_DONE);
    CHECK(memcmp(memory + FLASH_PAGE_SIZE, data, 4) == 0);
    flash_program(&operation, &board.flash, FLASH_PAGE_SIZE, over, 4); /* bits are only cleared */
    CHECK_INT(operate(&operation), AGEN_DONE);
    CHECK(memory[FLASH_PAGE_SIZE] == 0 && memory[FLASH_PAGE_SIZE + 1] == 0x34);
    CHECK(memory[FLASH_PAGE_SIZE + 2] == 0 && memory[FLASH_PAGE_SIZE + 3] == 0x78);

    flash_erase(&operation, &board.flash, PAGES);
    CHECK_INT(operate(&operation), FLASH_E_RANGE);
    flash_program(&operation, &board.flash, PAGES * FLASH_PAGE_SIZE - 1, data, 2);
    CHECK_INT(operate(&operation), FLASH_E_RANGE);
    flash_program(&operation, &board.flash, UINT32_MAX, data, 2);
    CHECK_INT(operate(&operation), FLASH_E_RANGE);

    /* An operation that is cancelled has been begun, and is waited for. */
    begin();
    flash_erase(&operation, &board.flash, 1);
    agen_spawn(&loop, &task, &operation);
    settle();
    CHECK(agen_cancel(&task));
    settle();
    CHECK_INT(agen_task_status(&task), AGEN_PENDING);
    end();
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    CHECK(ticks >= 20);
    CHECK(memory[FLASH_PAGE_SIZE] == 0xFF && memory[2 * FLASH_PAGE_SIZE - 1] == 0xFF);
}

static void test_power_failure_of_the_flash(void)
{
    static const uint8_t data[4] = { 0, 0, 0, 0 };
    static struct flash_operation operation;

    begin_flash(PAGES);
    memset(memory, 0xFF, FLASH_PAGE_SIZE);
    board.flash.power_fails_at = 2;
    board.flash.done_by_then = 2;
    flash_program(&operation, &board.flash, 0, data, 1);
    CHECK_INT(operate(&operation), AGEN_DONE);
    flash_program(&operation, &board.flash, 4, data, 4);
    CHECK_INT(operate(&operation), FLASH_E_POWER);
    CHECK(memory[4] == 0 && memory[5] == 0 && memory[6] == 0xA5 && memory[7] == 0xFF);
    flash_erase(&operation, &board.flash, 0); /* without power, nothing happens */
    CHECK_INT(operate(&operation), FLASH_E_POWER);
    CHECK(memory[4] == 0);
    flash_power_on(&board.flash);
    CHECK_INT((agen_init(&operation, flash_operation), operate(&operation)), AGEN_DONE);
    CHECK(memory[4] == 0xFF);
}

static void test_boot(void)
{
    struct firmware_header header;
    uint32_t i;

    begin_flash(PAGES);
    CHECK(boots(0, old_image, OLD_SIZE));
    for (i = 0; i < 8 * sizeof header; i++) { /* no bit of the header may be wrong */
        memory[i / 8] = (uint8_t)(memory[i / 8] ^ 1u << i % 8);
        CHECK(boots(1, older_image, OLDER_SIZE));
        memory[i / 8] = (uint8_t)(memory[i / 8] ^ 1u << i % 8);
    }
    for (i = 0; i < OLD_SIZE; i += 97) { /* and none of the image */
        memory[FLASH_PAGE_SIZE + i] ^= 1;
        CHECK(boots(1, older_image, OLDER_SIZE));
        memory[FLASH_PAGE_SIZE + i] ^= 1;
    }
    header = firmware_header(99, UINT32_MAX, 0); /* in a whole header an impossible size */
    memcpy(memory, &header, sizeof header);
    CHECK(boots(1, older_image, OLDER_SIZE));
    memset(memory, 0xFF, sizeof memory);
    CHECK(firmware_boot(&board.flash, &header) == FIRMWARE_NO_SLOT);
    memset(memory, 0, sizeof memory);
    CHECK(firmware_boot(&board.flash, &header) == FIRMWARE_NO_SLOT);
}

/*
 * --- The receiver against scripts ----------------------------------------------------------------
 */
enum { SCRIPT_BLOCK = YMODEM_SMALL, SCRIPT_SIZE = 3 * YMODEM_SMALL - 50 };

/* What a scripted sender does. The data of block n are those of the file. */
enum step_kind {
    END_OF_SCRIPT, HEAR, SEND, HEADER, RAW_HEADER, BLOCK, SLOW_BLOCK, BAD_CRC, BAD_NUMBER, PAUSE,
    BABBLE, JUNK, HANG_UP
};

struct step {
    enum step_kind kind;
    const char *text; /* to hear, to send, for a header the name; in a raw one | is a NUL */
    uint32_t number;  /* of a block; the size in a header; the padding of a raw one; milliseconds;
                       bytes of junk */
};

#define UNSIZED UINT32_MAX
#define ACK "\x06"
#define NAK "\x15"
#define EOT "\x04"
#define CAN "\x18"
#define CANCEL CAN CAN CAN CAN CAN

#define START(size) { HEAR, "C", 0 }, { HEADER, "image", size }, { HEAR, ACK "C", 0 }
#define GOOD_BLOCK(number) { BLOCK, "", number }, { HEAR, ACK, 0 }
#define FINISH { SEND, EOT, 0 }, { HEAR, ACK "C", 0 }, { HEADER, "", UNSIZED }, { HEAR, ACK, 0 }

struct peer {
    AGEN_COROUTINE;
    const struct step *step;
    uint8_t heard[32];
    uint8_t packet[YMODEM_PACKET_MAX];
    size_t size, sent, count;
};

static void pack(struct peer *self)
{
    const struct step *step = self->step;

    if (step->kind == HEADER) {
        self->size = ymodem_pack_header(self->packet, step->text, step->number != UNSIZED,
                                        step->number);
    } else if (step->kind == RAW_HEADER) {
        uint8_t header[YMODEM_SMALL];
        size_t i, length = strlen(step->text);

        for (i = 0; i < length; i++)
            header[i] = (uint8_t)(step->text[i] == '|' ? '\0' : step->text[i]);
        self->size = ymodem_pack(self->packet, 0, header, length, (uint8_t)step->number);
    } else if (step->kind == SEND) {
        self->size = strlen(step->text);
        memcpy(self->packet, step->text, self->size);
    } else {
        self->size = ymodem_pack(self->packet, (uint8_t)step->number,
                                 file + (step->number - 1) * SCRIPT_BLOCK, SCRIPT_BLOCK, 0);
        if (step->kind == BAD_CRC)
            self->packet[70] ^= 4;
        if (step->kind == BAD_NUMBER)
            self->packet[2] ^= 4;
    }
}

AGEN(peer, self)
{
    AGEN_BEGIN(self);
    for (; self->step->kind != END_OF_SCRIPT; self->step++) {
        if (self->step->kind == HEAR) {
            AGEN_READ_EXACTLY(self, sender_end().in, self->heard, strlen(self->step->text),
                              &self->count);
            CHECK(memcmp(self->heard, self->step->text, self->count) == 0);
        } else if (self->step->kind == PAUSE) {
            AGEN_SLEEP(self, self->step->number);
        } else if (self->step->kind == BABBLE) {
            while (agen_task_status(&board.update) == AGEN_PENDING) {
                AGEN_WRITE(self, sender_end().out, "b", 1, &self->count);
                AGEN_SLEEP(self, YMODEM_GAP / 2);
            }
        } else if (self->step->kind == JUNK) {
            for (self->size = self->step->number; self->size > 0; self->size--)
                AGEN_WRITE(self, sender_end().out, "j", 1, &self->count);
        } else if (self->step->kind == SLOW_BLOCK) {
            pack(self);
            for (self->sent = 0; self->sent < self->size; self->sent++) {
                AGEN_SLEEP(self, YMODEM_GAP / 2);
                AGEN_WRITE(self, sender_end().out, self->packet + self->sent, 1, &self->count);
            }
        } else if (self->step->kind == HANG_UP) {
            agen_pipe_close(&board.sent);
            agen_pipe_close(&board.arriving);
        } else {
            pack(self);
            AGEN_WRITE(self, sender_end().out, self->packet, self->size, &self->count);
        }
    }
    AGEN_END(self);
}

/* Nothing more is said than the script wants to hear, and the update ends with this status. */
static void play(const struct step *script, int expected, uint32_t size)
{
    static struct peer peer;
    int status;

    begin_flash(PAGES);
    begin_update();
    memset(&peer, 0, sizeof peer);
    agen_init(&peer, peer);
    peer.step = script;
    agen_spawn(&loop, &board.peer, &peer);
    run_to_end_of(&board.update);
    run_to_end_of(&board.peer);
    settle();
    CHECK_INT(agen_task_status(&board.peer), AGEN_DONE); /* it has heard all */
    CHECK_INT(agen_pipe_count(&board.returning), 0);
    status = end_update();
    CHECK_INT(status, expected);
    check_outcome(status, size);
    if (status != AGEN_DONE)
        CHECK(new_slot_is_clean());
}

static void test_plain_transfer(void)
{
    static const struct step sized[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), FINISH, { 0 },
    };
    static const struct step unsized[] = { /* an end is believed when it comes twice */
        START(UNSIZED), GOOD_BLOCK(1), GOOD_BLOCK(2), { SEND, EOT, 0 }, { HEAR, NAK, 0 }, FINISH,
        { 0 },
    };

    play(sized, AGEN_DONE, SCRIPT_SIZE);
    CHECK_STR(board.receiver.file.name, "image");
    CHECK_INT(board.receiver.duplicates, 0);
    CHECK_INT(board.receiver.request.repeated, 0);
    play(unsized, AGEN_DONE, 2 * SCRIPT_BLOCK); /* with the padding: nobody can know */
}

static void test_damaged_blocks(void)
{
    static const struct step once[] = {
        { HEAR, "C", 0 }, { HEADER, "image", SCRIPT_SIZE }, { HEAR, ACK "C", 0 },
        { BAD_CRC, "", 1 }, { HEAR, "C", 0 }, GOOD_BLOCK(1),
        { BAD_CRC, "", 2 }, { HEAR, NAK, 0 }, { BAD_NUMBER, "", 2 }, { HEAR, NAK, 0 },
        GOOD_BLOCK(2),
        { SEND, "noise", 0 }, { HEAR, NAK, 0 }, { SEND, CAN "noise", 0 }, { HEAR, NAK, 0 },
        { SEND, EOT "noise", 0 }, { HEAR, NAK, 0 }, { SEND, "\x01\x03", 0 }, { HEAR, NAK, 0 },
        GOOD_BLOCK(3), FINISH, { 0 },
    };
    static const struct step always[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1),
        { BAD_CRC, "", 2 }, { HEAR, NAK, 0 }, { BAD_CRC, "", 2 }, { HEAR, NAK, 0 },
        { BAD_CRC, "", 2 }, { HEAR, NAK, 0 }, { BAD_CRC, "", 2 }, { HEAR, NAK, 0 },
        { BAD_CRC, "", 2 }, { HEAR, NAK, 0 }, { BAD_CRC, "", 2 }, { HEAR, NAK, 0 },
        { BAD_CRC, "", 2 }, { HEAR, NAK, 0 }, { BAD_CRC, "", 2 }, { HEAR, NAK, 0 },
        { BAD_CRC, "", 2 }, { HEAR, NAK, 0 }, { BAD_CRC, "", 2 }, { HEAR, CANCEL, 0 }, { 0 },
    };

    play(once, AGEN_DONE, SCRIPT_SIZE);
    CHECK_INT(board.receiver.request.repeated, 7);
    play(always, YMODEM_E_NOISE, 0);
}

static void test_duplicates(void)
{
    static const struct step some[] = {
        START(SCRIPT_SIZE), { HEADER, "image", SCRIPT_SIZE }, { HEAR, ACK "C", 0 }, GOOD_BLOCK(1),
        GOOD_BLOCK(1), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), GOOD_BLOCK(3), FINISH, { 0 },
    };
    static const struct step end_twice[] = { /* our ACK was lost */
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3),
        { SEND, EOT, 0 }, { HEAR, ACK "C", 0 }, FINISH, { 0 },
    };
    static const struct step for_ever[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(1), GOOD_BLOCK(1), GOOD_BLOCK(1),
        GOOD_BLOCK(1), GOOD_BLOCK(1), GOOD_BLOCK(1), GOOD_BLOCK(1), GOOD_BLOCK(1), GOOD_BLOCK(1),
        { BLOCK, "", 1 }, { HEAR, CANCEL, 0 }, { 0 },
    };
    static const struct step ahead[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), { BLOCK, "", 3 }, { HEAR, CANCEL, 0 }, { 0 },
    };
    static const struct step after[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), { BLOCK, "", 1 },
        { HEAR, CANCEL, 0 }, { 0 },
    };

    play(some, AGEN_DONE, SCRIPT_SIZE);
    CHECK_INT(board.receiver.duplicates, 4);
    play(end_twice, AGEN_DONE, SCRIPT_SIZE);
    play(for_ever, YMODEM_E_NOISE, 0);
    play(ahead, YMODEM_E_ORDER, 0);
    play(after, YMODEM_E_ORDER, 0);
}

static void test_end_of_file(void)
{
    static const struct step too_early[] = { /* noise that looks like an end */
        START(SCRIPT_SIZE), GOOD_BLOCK(1), { SEND, EOT, 0 }, { HEAR, NAK, 0 }, GOOD_BLOCK(2),
        GOOD_BLOCK(3), FINISH, { 0 },
    };
    static const struct step insisted[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1),
        { SEND, EOT, 0 }, { HEAR, NAK, 0 }, { SEND, EOT, 0 }, { HEAR, NAK, 0 },
        { SEND, EOT, 0 }, { HEAR, NAK, 0 }, { SEND, EOT, 0 }, { HEAR, NAK, 0 },
        { SEND, EOT, 0 }, { HEAR, NAK, 0 }, { SEND, EOT, 0 }, { HEAR, NAK, 0 },
        { SEND, EOT, 0 }, { HEAR, NAK, 0 }, { SEND, EOT, 0 }, { HEAR, NAK, 0 },
        { SEND, EOT, 0 }, { HEAR, NAK, 0 }, { SEND, EOT, 0 }, { HEAR, CANCEL, 0 }, { 0 },
    };
    static const struct step unsized[] = { /* two ends that are not in a row */
        START(UNSIZED), GOOD_BLOCK(1), { SEND, EOT, 0 }, { HEAR, NAK, 0 }, GOOD_BLOCK(2),
        { SEND, EOT, 0 }, { HEAR, NAK, 0 }, FINISH, { 0 },
    };
    static const struct step too_long[] = {
        START(SCRIPT_BLOCK), GOOD_BLOCK(1), { BLOCK, "", 2 }, { HEAR, CANCEL, 0 }, { 0 },
    };
    static const struct step no_good_bye[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), { SEND, EOT, 0 },
        { HEAR, ACK "C", 0 }, { HEAR, "CC", 0 }, { HEAR, ACK, 0 }, { 0 },
    };
    static const struct step hung_up_at_the_end[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), { SEND, EOT, 0 },
        { HEAR, ACK "C", 0 }, { HANG_UP, "", 0 }, { HEAR, ACK, 0 }, { 0 },
    };
    static const struct step second_file[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), { SEND, EOT, 0 },
        { HEAR, ACK "C", 0 }, { HEADER, "another", 5 }, { HEAR, CANCEL, 0 }, { 0 },
    };

    play(too_early, AGEN_DONE, SCRIPT_SIZE);
    play(insisted, YMODEM_E_SHORT, 0);
    play(unsized, AGEN_DONE, 2 * SCRIPT_BLOCK);
    play(too_long, YMODEM_E_LONG, 0);
    play(no_good_bye, AGEN_DONE, SCRIPT_SIZE);
    play(hung_up_at_the_end, AGEN_DONE, SCRIPT_SIZE);
    play(second_file, YMODEM_E_MORE_FILES, 0);
}

static void test_cancelled_by_sender(void)
{
    static const struct step at_once[] = { { HEAR, "C", 0 }, { SEND, CAN CAN, 0 }, { 0 } };
    static const struct step after_header[] = { START(SCRIPT_SIZE), { SEND, CAN CAN, 0 }, { 0 } };
    static const struct step in_the_middle[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), { SEND, CANCEL, 0 }, { 0 },
    };
    static const struct step at_the_end[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), { SEND, EOT, 0 },
        { HEAR, ACK "C", 0 }, { SEND, CAN CAN, 0 }, { 0 },
    };

    play(at_once, YMODEM_E_CANCELLED, 0);
    play(after_header, YMODEM_E_CANCELLED, 0);
    play(in_the_middle, YMODEM_E_CANCELLED, 0);
    play(at_the_end, YMODEM_E_CANCELLED, 0);
}

static void test_silence(void)
{
    static const struct step nobody[] = { { HEAR, "CCCCCCCCCC" CANCEL, 0 }, { 0 } };
    static const struct step late[] = {
        { PAUSE, "", 3 * YMODEM_PATIENCE + 100 }, { HEAR, "CCCC", 0 },
        { HEADER, "image", SCRIPT_SIZE }, { HEAR, ACK "C", 0 },
        { PAUSE, "", 2 * YMODEM_PATIENCE + 100 }, { HEAR, "CC", 0 }, GOOD_BLOCK(1),
        { PAUSE, "", 2 * YMODEM_PATIENCE + 100 }, { HEAR, NAK NAK, 0 }, GOOD_BLOCK(2),
        GOOD_BLOCK(3), FINISH, { 0 },
    };
    static const struct step gone[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1),
        { HEAR, NAK NAK NAK NAK NAK NAK NAK NAK NAK CANCEL, 0 }, { 0 },
    };
    static const struct step hung_up[] = {
        START(SCRIPT_SIZE), GOOD_BLOCK(1), { HANG_UP, "", 0 }, { HEAR, CANCEL, 0 }, { 0 },
    };
    static const struct step slow[] = { /* but never silent */
        START(SCRIPT_SIZE), GOOD_BLOCK(1), { SLOW_BLOCK, "", 2 }, { HEAR, ACK, 0 }, GOOD_BLOCK(3),
        FINISH, { 0 },
    };
    static const struct step babbling[] = {
        { BABBLE, "", 0 }, { HEAR, "CCCCCCCCCC" CANCEL, 0 }, { 0 },
    };
    static const struct step junk[] = { /* more than the pipe holds, so that it waits on the line */
        START(SCRIPT_SIZE), GOOD_BLOCK(1), { JUNK, "", 9000 }, { HEAR, NAK, 0 }, GOOD_BLOCK(2),
        GOOD_BLOCK(3), FINISH, { 0 },
    };

    play(nobody, YMODEM_E_SILENT, 0);
    CHECK_INT(board.flash.operations, 0); /* nothing came: nothing was touched */
    play(late, AGEN_DONE, SCRIPT_SIZE);
    play(gone, YMODEM_E_SILENT, 0);
    play(hung_up, SERIAL_E_HUNG_UP, 0);
    play(slow, AGEN_DONE, SCRIPT_SIZE);
    CHECK_INT(board.receiver.request.repeated, 0);
    play(babbling, YMODEM_E_NOISE, 0);
    play(junk, AGEN_DONE, SCRIPT_SIZE);
}

/* A receiver that has nothing else to do invites for ever; once there is a file, it is as any other. */
static void test_invites_for_ever(void)
{
#define C30 "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
#define C270 HEAR_30, HEAR_30, HEAR_30, HEAR_30, HEAR_30, HEAR_30, HEAR_30, HEAR_30, HEAR_30
#define HEAR_30 { HEAR, C30, 0 }
    static const struct step very_late[] = {
        C270, { HEADER, "image", SCRIPT_SIZE }, { HEAR, ACK "C", 0 }, GOOD_BLOCK(1), GOOD_BLOCK(2),
        GOOD_BLOCK(3), FINISH, { 0 },
    };
    static const struct step gone[] = {
        C270, { HEADER, "image", SCRIPT_SIZE }, { HEAR, ACK "C", 0 }, { HEAR, "CCCCCCCCC" CANCEL, 0 },
        { 0 },
    };

    invites_for_ever = true;
    play(very_late, AGEN_DONE, SCRIPT_SIZE);
    play(gone, YMODEM_E_SILENT, 0);
    invites_for_ever = false;
}

static void test_headers(void)
{
#define RAW(text, padding, answer) \
    { HEAR, "C", 0 }, { RAW_HEADER, text, padding }, { HEAR, answer, 0 }
    static const struct step letters[] = { RAW("image|12x4", 0, CANCEL), { 0 } };
    static const struct step negative[] = { RAW("image|-1", 0, CANCEL), { 0 } };
    static const struct step huge[] = { RAW("image|4294967296", 0, CANCEL), { 0 } };
    static const struct step huger[] = { RAW("image|99999999999999999999", 0, CANCEL), { 0 } };
    static const struct step endless[] = { RAW("image", 'x', CANCEL), { 0 } };
    static const struct step all_digits[] = { RAW("image|", '1', CANCEL), { 0 } };
    static const struct step nameless[] = { RAW("|5", 0, CANCEL), { 0 } };
    static const struct step empty[] = { RAW("", 0, CANCEL), { 0 } };
    static const struct step with_more[] = { /* as sb sends it */
        RAW("a/b|334 15300176123 100644 0 1 300", 0, ACK "C"), GOOD_BLOCK(1), GOOD_BLOCK(2),
        GOOD_BLOCK(3), FINISH, { 0 },
    };
    static const struct step no_size[] = {
        RAW("image| 15300176123", 0, ACK "C"), GOOD_BLOCK(1), { SEND, EOT, 0 }, { HEAR, NAK, 0 },
        FINISH, { 0 },
    };
    static const struct step long_name[] = {
        RAW("0123456789012345678901234567890123456789012345678901234567890123456789"
            "012345678901234567890123456789|334", 0, ACK "C"),
        GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), FINISH, { 0 },
    };
    static const struct step control_characters[] = {
        RAW("\x1b[2J\x7f\xff|334", 0, ACK "C"), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3),
        FINISH, { 0 },
    };
    static const struct step left_over[] = { /* by an earlier transfer */
        { HEAR, "C", 0 }, { BLOCK, "", 3 }, { HEAR, "C", 0 }, { SEND, EOT, 0 },
        START(SCRIPT_SIZE), GOOD_BLOCK(1), GOOD_BLOCK(2), GOOD_BLOCK(3), FINISH, { 0 },
    };

    play(letters, YMODEM_E_HEADER, 0);
    play(negative, YMODEM_E_HEADER, 0);
    play(huge, YMODEM_E_HEADER, 0);
    play(huger, YMODEM_E_HEADER, 0);
    play(endless, YMODEM_E_HEADER, 0);
    play(all_digits, YMODEM_E_HEADER, 0);
    play(nameless, YMODEM_E_NO_FILE, 0);
    play(empty, YMODEM_E_NO_FILE, 0);
    play(with_more, AGEN_DONE, SCRIPT_SIZE);
    CHECK_STR(board.receiver.file.name, "a/b");
    play(no_size, AGEN_DONE, SCRIPT_BLOCK);
    play(long_name, AGEN_DONE, SCRIPT_SIZE);
    CHECK_INT(strlen(board.receiver.file.name), YMODEM_NAME_SIZE - 1);
    play(control_characters, AGEN_DONE, SCRIPT_SIZE);
    CHECK_STR(board.receiver.file.name, "?[2J??");
    play(left_over, AGEN_DONE, SCRIPT_SIZE);
}

static void test_image_sizes(void)
{
    static const struct step too_big[] = {
        START(8 * FLASH_PAGE_SIZE + 1), { BLOCK, "", 1 }, { HEAR, CANCEL, 0 }, { 0 },
    };
    static const struct step enormous[] = {
        START(UINT32_MAX - 1), { BLOCK, "", 1 }, { HEAR, CANCEL, 0 }, { 0 },
    };
    static const struct step empty[] = { START(0), FINISH, { 0 } };
    static struct step endless[3 + 2 * 65 + 1] = { START(UNSIZED) };
    uint32_t i;

    play(too_big, FIRMWARE_E_TOO_BIG, 0);
    CHECK_INT(board.flash.operations, 0); /* it is known before anything is erased */
    play(enormous, FIRMWARE_E_TOO_BIG, 0);
    CHECK_INT(board.flash.operations, 0);
    play(empty, FIRMWARE_E_EMPTY, 0);
    CHECK_INT(board.flash.operations, 0);
    for (i = 0; i < 65; i++) { /* 64 blocks of 128 bytes fill the slot */
        endless[3 + 2 * i].kind = BLOCK;
        endless[3 + 2 * i].number = i + 1;
        endless[4 + 2 * i].kind = HEAR;
        endless[4 + 2 * i].text = i < 64 ? ACK : CANCEL;
    }
    play(endless, FIRMWARE_E_TOO_BIG, 0);
    CHECK(board.writer.size == 8 * FLASH_PAGE_SIZE);
}

/*
 * --- Whole updates ---------------------------------------------------------------------------
 */
static void test_clean_updates(void)
{
    static const uint32_t sizes[] = {
        1, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 1151, 1152, 1153, 2047, 2048, 2049,
        8191, 8192, 32640, 32768, 33000, 262143, 262144, 262145, 300000, MIB - 1, MIB,
    };
    size_t i, variant;

    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (variant = 0; variant < 3; variant++) { /* large blocks, small ones, size not told */
            uint32_t padded = sizes[i], block = variant == 1 ? YMODEM_SMALL : YMODEM_LARGE;

            if (sizes[i] > 40000 && variant > 0)
                continue;
            begin_flash(PAGES_MAX);
            begin_upload(sizes[i]);
            board.upload.sender.block_size = (uint16_t)block;
            board.upload.sender.sized = variant < 2;
            CHECK_INT(end_update(), AGEN_DONE);
            CHECK_INT(agen_task_status(&board.peer), AGEN_DONE);
            CHECK_INT(board.upload.blocks, (sizes[i] + block - 1) / block);
            CHECK(old_slot_is_untouched());
            if (variant < 2) {
                CHECK(boots(1, file, sizes[i]));
                continue;
            }
            padded = board.writer.size;
            CHECK(padded >= sizes[i] && padded - sizes[i] < YMODEM_LARGE);
            CHECK(padded % YMODEM_SMALL == 0);
            CHECK(memcmp(memory + firmware_image_address(&board.flash, 1), file, sizes[i]) == 0);
        }
    }
}

/* One after the other: the slots take turns. */
static void test_updates_in_a_row(void)
{
    uint32_t i, size;
    struct firmware_header header;

    begin_flash(PAGES);
    for (i = 1; i <= 5; i++) {
        size = 1500 * i;
        begin_upload(size);
        CHECK_INT(end_update(), AGEN_DONE);
        CHECK(boots(i % 2, file, size));
        CHECK(firmware_read(&board.flash, i % 2, &header) && header.sequence == OLD_SEQUENCE + i);
    }
    memset(memory, 0xFF, sizeof memory); /* and a new board, without any image */
    begin_upload(1234);
    CHECK_INT(end_update(), AGEN_DONE);
    CHECK(boots(0, file, 1234));
}

/* What the receiver said before a block was sent is no answer to that block. */
static void test_late_answers(void)
{
    begin_flash(PAGES);
    begin_upload(3000);
    while (board.upload.blocks < 1)
        pass();
    CHECK_INT(agen_pipe_write(&board.returning, NAK NAK, 2), 2);
    CHECK_INT(end_update(), AGEN_DONE);
    CHECK(boots(1, file, 3000));
    CHECK_INT(board.receiver.duplicates, 1); /* one block is repeated, once */
}

/* Why a sender gives up whom nobody answers. */
static void test_sender_in_vain(void)
{
    static const uint8_t nonsense[] = { 'x', YMODEM_NAK };
    int hung_up;

    begin_flash(PAGES);
    begin_upload(3000);
    agen_cancel(&board.update);
    line_cut(&board.to_sender);
    run_to_end_of(&board.peer);
    CHECK_INT(agen_task_status(&board.peer), YMODEM_E_SILENT);
    CHECK_INT(end_update(), AGEN_E_CANCELLED);
    begin_upload(3000);
    board.to_sender.cut_at = 1;
    while (agen_task_status(&board.peer) == AGEN_PENDING) {
        (void)agen_pipe_write(&board.returning, nonsense, sizeof nonsense);
        pass();
    }
    CHECK_INT(agen_task_status(&board.peer), YMODEM_E_NOISE);
    CHECK_INT(end_update(), YMODEM_E_CANCELLED); /* it says so */
    for (hung_up = 0; hung_up < 2; hung_up++) { /* where it listens, or where it writes */
        begin_upload(3000);
        while (board.upload.blocks < 1)
            pass();
        if (hung_up == 0)
            agen_pipe_close(&board.returning);
        else
            agen_pipe_close(&board.sent);
        run_to_end_of(&board.peer);
        CHECK_INT(agen_task_status(&board.peer), SERIAL_E_HUNG_UP);
        CHECK_INT(end_update(), hung_up == 0 ? YMODEM_E_CANCELLED : YMODEM_E_SILENT);
    }
}

struct tally {
    unsigned done, failed;
};

static void count(struct tally *tally, int status)
{
    if (status == AGEN_DONE)
        tally->done++;
    else
        tally->failed++;
}

static struct tally try_noise(uint32_t one_of, uint32_t kinds, bool to_receiver, bool to_sender)
{
    struct tally tally = { 0, 0 };
    uint32_t seed, size = 6000;
    int status;

    for (seed = 1; seed <= CHECK_ROUNDS(25, 5); seed++) {
        begin_flash(PAGES);
        begin_upload(size);
        if (seed % 2 == 0)
            board.upload.sender.block_size = YMODEM_SMALL;
        if (to_receiver)
            noise_init(&board.to_receiver.noise, one_of, kinds, seed);
        if (to_sender)
            noise_init(&board.to_sender.noise, one_of, kinds, seed + 1000);
        status = end_update();
        check_outcome(status, size);
        if (status != AGEN_DONE)
            CHECK(new_slot_is_clean());
        count(&tally, status);
    }
    return tally;
}

static void test_noise(void)
{
    uint32_t kinds;

    for (kinds = NOISE_FLIPS; kinds <= NOISE_ALL; kinds++) {
        CHECK_INT(try_noise(4000, kinds, true, false).failed, 0);
        CHECK(try_noise(800, kinds, true, false).done > 0);
        CHECK(try_noise(8, kinds, false, true).done > 0);
        CHECK(try_noise(2000, kinds, true, true).done > 0);
        CHECK_INT(try_noise(40, kinds, true, true).done, 0); /* no block gets through */
        (void)try_noise(3, kinds, false, true);
    }
}

static void test_killed_sender(void)
{
    struct tally tally = { 0, 0 };
    uint32_t at, size = 3000;
    int status;

    for (at = 1; at < 4000; at += at < 200 ? 1 : CHECK_ROUNDS(41, 499)) { /* cut in front of a byte to the receiver */
        begin_flash(PAGES);
        begin_upload(size);
        board.to_receiver.cut_at = at;
        status = end_update();
        check_outcome(status, size);
        CHECK(status == AGEN_DONE || status == YMODEM_E_SILENT || status == YMODEM_E_NOISE);
        CHECK(status == AGEN_DONE || new_slot_is_clean());
        count(&tally, status);
    }
    CHECK(tally.done > 0 && tally.failed > 200);
    tally.done = tally.failed = 0;
    for (at = 1; at < 12; at++) { /* the other direction */
        begin_flash(PAGES);
        begin_upload(size);
        board.to_sender.cut_at = at;
        status = end_update();
        check_outcome(status, size);
        count(&tally, status);
    }
    CHECK(tally.done > 0 && tally.failed > 5);
    begin_flash(PAGES);
    begin_upload(size);
    board.upload.killed_after = 2;
    CHECK_INT(end_update(), YMODEM_E_SILENT);
    CHECK_INT(board.writer.size, 2 * YMODEM_LARGE);
    check_outcome(YMODEM_E_SILENT, size);
    CHECK(new_slot_is_clean());
}

/*
 * A sender whose user cancels it tells the receiver; which hears it, unless in the middle of a
 * block.
 */
static void test_sender_is_cancelled(void)
{
    uint32_t passes, i, heard = 0;
    int status;

    for (passes = 0; passes < LAST_PASS; passes++) {
        begin_flash(PAGES);
        begin_upload(3000);
        for (i = 0; i < passes; i++)
            pass();
        if (!agen_cancel(&board.peer))
            break;
        status = end_update();
        check_outcome(status, 3000);
        CHECK(status == AGEN_DONE || status == YMODEM_E_SILENT || status == YMODEM_E_CANCELLED);
        CHECK(status == AGEN_DONE || new_slot_is_clean());
        heard += status == YMODEM_E_CANCELLED;
    }
    CHECK_INT(end_update(), AGEN_DONE);
    CHECK(passes > 50 && passes < LAST_PASS);
    CHECK(heard > 20);
}

/*
 * The user cancels after each number of passes of the loop, and `again` passes later once more,
 * which hits the cleanup. Answers how many passes an update takes.
 */
static uint32_t cancel_everywhere(uint32_t again)
{
    uint32_t passes, i;
    int status = 1;

    for (passes = 0; passes < LAST_PASS; passes++) {
        begin_flash(PAGES);
        begin_upload(3000);
        for (i = 0; i < passes; i++)
            pass();
        if (!agen_cancel(&board.update)) {
            CHECK_INT(end_update(), AGEN_DONE);
            check_outcome(AGEN_DONE, 3000);
            break;
        }
        for (i = 0; i < again; i++)
            pass();
        if (again > 0)
            (void)agen_cancel(&board.update);
        status = end_update();
        CHECK_INT(status, AGEN_E_CANCELLED);
        check_outcome(status, 3000);
        if (again == 0) {
            CHECK(new_slot_is_clean());
            if (passes > 0 && agen_task_status(&board.peer) != AGEN_DONE)
                CHECK_INT(agen_task_status(&board.peer), YMODEM_E_CANCELLED);
        }
    }
    CHECK(passes > 50 && passes < LAST_PASS);
    return passes;
}

static void test_cancelled_by_user(void)
{
    static const uint32_t again[] = { 1, 2, 5 };
    uint32_t passes = cancel_everywhere(0), i;

    for (i = 0; i < CHECK_ROUNDS(3, 1); i++)
        CHECK_INT(cancel_everywhere(again[i]), passes);
}

static void test_stalling_sender(void)
{
    static const agen_ticks pauses[] = { 50, 1000, 2999, 3001, 9000, 20000, 60000 };
    struct tally tally = { 0, 0 };
    uint32_t at;
    size_t i;
    int status;

    for (i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        for (at = 1; at < 3500; at += at < 140 ? CHECK_ROUNDS(11, 23) : CHECK_ROUNDS(257, 1021)) {
            begin_flash(PAGES);
            begin_upload(3000);
            board.to_receiver.pause_at = at;
            board.to_receiver.pause = pauses[i];
            status = end_update();
            check_outcome(status, 3000);
            CHECK(status == AGEN_DONE || new_slot_is_clean());
            if (pauses[i] <= 2999)
                CHECK_INT(status, AGEN_DONE);
            count(&tally, status);
        }
    }
    CHECK(tally.done > tally.failed && tally.failed > 0);
}

/*
 * --- Power failure ---------------------------------------------------------------------------
 */

/* After it the board boots, and the next update works. */
static void check_after_power_failure(int status, uint32_t size)
{
    struct firmware_header header;
    unsigned booted;

    check_outcome(status, size);
    flash_power_on(&board.flash);
    booted = firmware_boot(&board.flash, &header);
    begin_upload(2000);
    CHECK_INT(end_update(), AGEN_DONE);
    CHECK(boots(1 - booted, file, 2000));
}

static void test_power_failure(void)
{
    static const uint32_t bytes[] = { 0, 1, 11, 19, 20, 700, 1023, 1024 };
    uint32_t operation, size = 3000;
    size_t i;
    int status = FLASH_E_POWER;
    struct tally tally = { 0, 0 };

    for (operation = 1; status == FLASH_E_POWER; operation++) {
        for (i = 0; i < sizeof bytes / sizeof *bytes; i++) {
            begin_flash(PAGES);
            begin_upload(size);
            board.flash.power_fails_at = operation;
            board.flash.done_by_then = bytes[i];
            status = end_update();
            CHECK(status == AGEN_DONE || status == FLASH_E_POWER);
            if (boots(1, file, size))
                tally.done++;
            else
                tally.failed++;
            check_after_power_failure(status, size);
        }
    }
    CHECK_INT(operation - 1, 4 + 3 + 1 + 1); /* 4 pages erased, 3 blocks, the header; none failed */
    CHECK_INT(tally.failed, 8 * 7 + 4); /* and the header, as far as it was not complete */
}

/* The sender is killed, and then the power fails in the cleanup. */
static void test_power_failure_in_cleanup(void)
{
    uint32_t operation;

    for (operation = 6; operation <= 9; operation++) {
        begin_flash(PAGES);
        begin_upload(3000);
        board.upload.killed_after = 2;
        board.flash.power_fails_at = operation;
        board.flash.done_by_then = 500;
        CHECK_INT(end_update(), YMODEM_E_SILENT); /* what went wrong first */
        CHECK(board.flash.powered == (operation > 8)); /* 3 pages and 2 blocks, 3 pages again */
        check_after_power_failure(YMODEM_E_SILENT, 3000);
    }
}

/* A bit that is worn out is found before the slot is bootable. */
static void test_bad_flash(void)
{
    uint32_t at;

    for (at = 0; at < FLASH_PAGE_SIZE + 3000; at += at < 24 ? 1 : 61) {
        uint32_t address, in_image = at - FLASH_PAGE_SIZE;
        int status;
        bool matters;

        begin_flash(PAGES);
        begin_upload(3000);
        address = firmware_slot_page(&board.flash, 1) * FLASH_PAGE_SIZE + at;
        board.flash.bad_byte = address;
        status = end_update();
        check_outcome(status, 3000);
        CHECK(status == AGEN_DONE || status == FLASH_E_VERIFY);
        matters = at >= FLASH_PAGE_SIZE && (file[in_image] & 1) == 0;
        if (at >= FLASH_PAGE_SIZE)
            CHECK_INT(status, matters ? (int)FLASH_E_VERIFY : (int)AGEN_DONE);
        if (matters) /* erase 4 pages, program 3 blocks, erase 4 pages again: never the header */
            CHECK_INT(board.flash.operations, 4 + 3 + 4);
        CHECK(status == AGEN_DONE || new_slot_is_clean());
    }
}

int main(void)
{
    fill(file, sizeof file, 3);
    test_checksums();
    test_error_names();
    test_flash();
    test_power_failure_of_the_flash();
    test_boot();
    test_plain_transfer();
    test_damaged_blocks();
    test_duplicates();
    test_end_of_file();
    test_cancelled_by_sender();
    test_silence();
    test_invites_for_ever();
    test_headers();
    test_image_sizes();
    test_clean_updates();
    test_updates_in_a_row();
    test_late_answers();
    test_sender_in_vain();
    test_noise();
    test_killed_sender();
    test_sender_is_cancelled();
    test_cancelled_by_user();
    test_stalling_sender();
    test_power_failure();
    test_power_failure_in_cleanup();
    test_bad_flash();
    return check_result();
}
