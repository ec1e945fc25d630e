/* SPDX-License-Identifier: 0BSD */
/*
 * Updates the firmware of a simulated board with a file, by YMODEM, over one event loop:
 *
 *     sender ... line ... pipe ... receiver -> watch -> flash writer
 *
 * The sender is `sb` of lrzsz at a pseudo-terminal, in real time. Where there is none, it is
 * our own at the other end of a simulated line, and time is simulated, too: it jumps whenever
 * everybody waits. The receiver and the flash writer do not know the difference: the one reads from
 * a pipe, as it would where an interrupt of a UART fills that, and the other gets blocks.
 *
 * usage: firmware_update [options] [FILE]; -h tells more
 * exit status: 0 the exact file is bootable, 1 it is not, 2 bad use or an I/O error
 */
#define _XOPEN_SOURCE 700
#include "crc32.h"
#include "flash_writer.h"
#include "line.h"
#include "pty_line.h"
#include "update_error.h"
#include "ymodem_receiver.h"
#include "ymodem_sender.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RESULT_BOOTABLE, RESULT_NOT_BOOTABLE, RESULT_FAILED };
enum {
    IMAGE_MAX = 1024 * 1024,
    FLASH_PAGES = 2 * (1 + IMAGE_MAX / FLASH_PAGE_SIZE),
    FACTORY_SIZE = 10000,
    BAR_WIDTH = 60,
    /* sb is near, and answers at once: damage need not cost seconds. */
    NEAR_PATIENCE = 300,
    NEAR_GAP = 30
};

struct options {
    const char *input, *output;
    uint32_t noise, seed, killed_after, cancelled_after, power_fails_at;
    bool own_sender, small_blocks, once;
};

/* Hands blocks on, draws a bar, and lets happen what is to happen after a number of blocks. */
struct watch {
    AGEN_YIELDS(struct ymodem_block);
    struct ymodem_source source;
    uint32_t blocks, killed_after, cancelled_after;
    uint32_t width; /* of the bar */
};

/* Our own sender as a task. */
struct upload {
    AGEN_COROUTINE;
    struct ymodem_sender sender;
};

static struct {
    struct options options;
    uint8_t image[IMAGE_MAX + 1]; /* a byte more shows that a file is too big */
    uint32_t size;
    uint8_t memory[FLASH_PAGES * FLASH_PAGE_SIZE], before[FLASH_PAGES * FLASH_PAGE_SIZE];
    struct flash flash;
    agen_loop loop;
    serial_pipe arriving, answered; /* at our end of the line */
    struct ymodem_receiver receiver;
    struct watch watch;
    struct flash_writer writer;
    agen_task update;
    int status; /* how the last update ended */
    struct pty_line pty; /* to sb */
    serial_pipe sent, returning; /* at the end of our own sender */
    struct line to_receiver, to_sender;
    struct upload upload;
    agen_task to_receiver_task, to_sender_task, upload_task;
} demo;

static agen_ticks simulated_time;
static volatile sig_atomic_t interrupted;

static bool complain(const char *what, const char *name, const char *why)
{
    fflush(stdout);
    fprintf(stderr, "firmware_update: %s '%s': %s\n", what, name, why);
    return false;
}

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static agen_ticks now(void)
{
    struct timespec time;

    if (demo.options.own_sender)
        return simulated_time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (agen_ticks)((uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000);
}

/*
 * --- The tasks -----------------------------------------------------------------------------------
 */
static void kill_sender(void)
{
    if (demo.options.own_sender)
        line_cut(&demo.to_receiver);
    else
        pty_line_kill(&demo.pty);
}

static void draw(struct watch *self)
{
    const struct ymodem_block *block = self->source.value;
    uint64_t done = (uint64_t)block->offset + block->size;

    for (; self->width < done * BAR_WIDTH / (block->file->size + 1) + 1; self->width++)
        putchar('#');
    fflush(stdout);
}

AGEN(watch, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        printf("  [");
        AGEN_FOR_CLOSING(self, self->source.generator) {
            AGEN_YIELD(self, *self->source.value);
            draw(self);
            if (++self->blocks == self->killed_after)
                kill_sender();
            if (self->blocks == self->cancelled_after)
                (void)raise(SIGINT);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        printf("%*s]\n\n", (int)(BAR_WIDTH - self->width), "");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

AGEN(upload, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &self->sender) {
    } AGEN_END_FOR(self);
    AGEN_END(self);
}

/*
 * --- An update -----------------------------------------------------------------------------------
 */
static bool start_sb(struct serial ours)
{
    static char program[] = "sb", large[] = "-k", quiet[] = "-q", file_follows[] = "--";
    char *const arguments[] = {
        program, demo.options.small_blocks ? quiet : large, quiet, file_follows,
        (char *)(uintptr_t)demo.options.input, NULL,
    };

    if (!pty_line_start(&demo.pty, ours, arguments))
        return false;
    noise_init(&demo.pty.to_us, demo.options.noise, NOISE_FLIPS, demo.options.seed);
    noise_init(&demo.pty.to_program, demo.options.noise, NOISE_FLIPS, demo.options.seed + 1);
    ymodem_receiver_set_times(&demo.receiver, NEAR_PATIENCE, NEAR_GAP);
    return true;
}

/* None of them can be in use still: the one before was shut down. */
static void begin_task(agen_task *task, agen_t *coroutine)
{
    if (agen_spawn(&demo.loop, task, coroutine) != AGEN_DONE)
        abort();
}

static void start_own_sender(void)
{
    struct serial theirs = { &demo.returning, &demo.sent };

    agen_pipe_init(&demo.sent);
    agen_pipe_init(&demo.returning);
    line_init(&demo.to_receiver, &demo.sent, &demo.arriving);
    line_init(&demo.to_sender, &demo.answered, &demo.returning);
    noise_init(&demo.to_receiver.noise, demo.options.noise, NOISE_FLIPS, demo.options.seed);
    noise_init(&demo.to_sender.noise, demo.options.noise, NOISE_FLIPS, demo.options.seed + 1);
    AGEN_NEW(&demo.upload, upload);
    ymodem_sender_init(&demo.upload.sender, theirs, demo.options.input, demo.image, demo.size);
    if (demo.options.small_blocks)
        demo.upload.sender.block_size = YMODEM_SMALL;
    begin_task(&demo.to_receiver_task, (agen_t *)&demo.to_receiver);
    begin_task(&demo.to_sender_task, (agen_t *)&demo.to_sender);
    begin_task(&demo.upload_task, (agen_t *)&demo.upload);
}

/* False: no sender can be started. */
static bool start(uint32_t killed_after)
{
    struct serial ours = { &demo.arriving, &demo.answered };

    agen_loop_init(&demo.loop, now);
    agen_pipe_init(&demo.arriving);
    agen_pipe_init(&demo.answered);
    ymodem_receiver_init(&demo.receiver, ours);
    AGEN_NEW(&demo.watch, watch, .source = YMODEM_SOURCE(&demo.receiver),
             .killed_after = killed_after, .cancelled_after = demo.options.cancelled_after);
    flash_writer_init(&demo.writer, YMODEM_SOURCE(&demo.watch), &demo.flash);
    if (!demo.options.own_sender && !start_sb(ours)) {
        if (errno != ENOENT) /* it is there, but no pseudo-terminal, say */
            (void)complain("cannot start", "sb", strerror(errno));
        demo.options.own_sender = true;
        agen_loop_init(&demo.loop, now); /* under the other clock */
    }
    if (demo.options.own_sender)
        start_own_sender();
    begin_task(&demo.update, (agen_t *)&demo.writer);
    return true;
}

static void idle(agen_ticks ticks)
{
    if (demo.options.own_sender)
        simulated_time += ticks;
    else
        pty_line_wait(&demo.pty, ticks);
}

/* Answers how it ended. */
static int run(void)
{
    int status;

    for (;;) {
        if (interrupted) {
            interrupted = 0;
            (void)agen_cancel(&demo.update);
        }
        (void)agen_loop_poll(&demo.loop);
        if (agen_task_status(&demo.update) != AGEN_PENDING)
            break;
        idle(agen_loop_idle_ticks(&demo.loop));
    }
    if (!demo.options.own_sender)
        pty_line_end(&demo.pty);
    status = agen_task_status(&demo.update);
    (void)agen_loop_shutdown(&demo.loop); /* a sender of our own may wait still, and its line does */
    return status;
}

static bool file_is_bootable(void)
{
    struct firmware_header header;
    unsigned slot = firmware_boot(&demo.flash, &header);

    return slot != FIRMWARE_NO_SLOT && header.size == demo.size
        && memcmp(flash_at(&demo.flash, firmware_image_address(&demo.flash, slot)), demo.image,
                  demo.size) == 0;
}

/* Whether the slot that was booted before still is, and is what it was, byte for byte. */
static bool old_image_is_bootable(unsigned booted_before)
{
    struct firmware_header header;
    size_t begin = firmware_slot_page(&demo.flash, booted_before) * (size_t)FLASH_PAGE_SIZE;
    size_t size = firmware_slot_pages(&demo.flash) * (size_t)FLASH_PAGE_SIZE;

    return firmware_boot(&demo.flash, &header) == booted_before
        && memcmp(demo.memory + begin, demo.before + begin, size) == 0;
}

static void report(unsigned booted_before)
{
    int status = demo.status;
    struct firmware_header header;
    unsigned booted = firmware_boot(&demo.flash, &header);

    printf("  received  %" PRIu32 " blocks; %" PRIu32 " times asked again, %" PRIu32
           " duplicates\n", demo.watch.blocks, demo.receiver.request.repeated,
           demo.receiver.duplicates);
    printf("  flash     %" PRIu32 " operations\n", demo.flash.operations);
    if (status != AGEN_DONE)
        printf("  FAILED    %s: %s\n", update_error_name(status), update_error_text(status));
    if (booted == FIRMWARE_NO_SLOT)
        printf("  boots     NOTHING\n\n");
    else
        printf("  boots     slot %u, image %" PRIu32 " of %" PRIu32 " bytes: %s\n\n", booted,
               header.sequence, header.size,
               status == AGEN_DONE                    ? "the new one"
               : old_image_is_bootable(booted_before) ? "the old one, byte for byte"
                                                      : "NOT WHAT IT WAS");
}

static bool update(const char *title, uint32_t killed_after)
{
    struct firmware_header header;
    unsigned booted_before = firmware_boot(&demo.flash, &header);

    memcpy(demo.before, demo.memory, sizeof demo.before);
    flash_power_on(&demo.flash);
    demo.flash.power_fails_at = demo.options.power_fails_at;
    demo.flash.done_by_then = FLASH_PAGE_SIZE / 2;
    if (!start(killed_after))
        return false;
    printf("\n  %s: %s, %" PRIu32 " bytes, from %s", title, demo.options.input, demo.size,
           demo.options.own_sender ? "our own sender" : "sb on a pseudo-terminal");
    if (demo.options.noise > 0)
        printf(", noise in one of %" PRIu32 " bytes", demo.options.noise);
    printf("\n\n");
    demo.status = run();
    report(booted_before);
    return true;
}

/*
 * --- The program ---------------------------------------------------------------------------------
 */
static void help(void)
{
    printf("usage: firmware_update [-n N] [-S SEED] [-k N] [-c N] [-p N] [-o OUTPUT] [-1bsh]"
           " [FILE]\n"
           "Updates a simulated board with FILE (this program), by YMODEM from sb.\n"
           "  -n N       flip a bit in about one of N bytes on the line, in both directions\n"
           "  -S SEED    where: the same SEED does the same damage (1)\n"
           "  -k N       kill the sender after N blocks\n"
           "  -c N       cancel after N blocks, as Ctrl-C does\n"
           "  -p N       the power fails in operation N of the flash\n"
           "  -o OUTPUT  write the image that boots in the end into this file\n"
           "  -1         one update; without it, and without -k, -c and -p, a second one shows\n"
           "             what happens if the sender is killed\n"
           "  -b         small blocks: 128 bytes, not 1024\n"
           "  -s         our own sender, even if sb is there\n"
           "exit status: 0 the exact file is bootable, 1 it is not, 2 bad use or I/O error\n");
}

static bool parse_number(const char *text, uint32_t *number)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > UINT32_MAX)
        return complain("not a number:", text, "-h helps");
    *number = (uint32_t)value;
    return true;
}

/* False: end with `status`. */
static bool parse_options(int count, char **arguments, int *status)
{
    struct options *options = &demo.options;
    bool ok = true;
    int option;

    options->seed = 1;
    while (ok && (option = getopt(count, arguments, "n:S:k:c:p:o:1bsh")) != -1) {
        uint32_t *number = option == 'n' ? &options->noise
                         : option == 'S' ? &options->seed
                         : option == 'k' ? &options->killed_after
                         : option == 'c' ? &options->cancelled_after
                         : option == 'p' ? &options->power_fails_at
                                         : NULL;

        if (number != NULL) {
            ok = parse_number(optarg, number);
        } else if (option == 'o') {
            options->output = optarg;
        } else if (option == '1') {
            options->once = true;
        } else if (option == 'b') {
            options->small_blocks = true;
        } else if (option == 's') {
            options->own_sender = true;
        } else {
            if (option == 'h')
                help();
            *status = option == 'h' ? RESULT_BOOTABLE : RESULT_FAILED;
            return false;
        }
    }
    *status = RESULT_FAILED;
    if (count - optind > 1)
        return complain("one file at a time, not", arguments[optind + 1], "-h helps");
    options->input = optind < count ? arguments[optind] : arguments[0];
    return ok;
}

static bool read_input(void)
{
    FILE *file = fopen(demo.options.input, "rb");
    bool ok;

    if (file == NULL)
        return complain("cannot open", demo.options.input, strerror(errno));
    demo.size = (uint32_t)fread(demo.image, 1, sizeof demo.image, file);
    ok = !ferror(file) || complain("cannot read", demo.options.input, strerror(errno));
    (void)fclose(file);
    return ok;
}

static bool write_output(void)
{
    struct firmware_header header;
    unsigned slot = firmware_boot(&demo.flash, &header);
    FILE *file;
    bool ok;

    if (slot == FIRMWARE_NO_SLOT)
        return complain("cannot write", demo.options.output, "nothing is bootable");
    file = fopen(demo.options.output, "wb");
    if (file == NULL)
        return complain("cannot open", demo.options.output, strerror(errno));
    ok = fwrite(flash_at(&demo.flash, firmware_image_address(&demo.flash, slot)), 1, header.size,
                file) == header.size;
    ok = fclose(file) == 0 && ok;
    return ok || complain("cannot write", demo.options.output, strerror(errno));
}

/* What the board is delivered with, in slot 0. */
static void install_factory_image(void)
{
    struct firmware_header header;
    uint8_t *image = demo.memory + FLASH_PAGE_SIZE;
    uint32_t i;

    flash_init(&demo.flash, demo.memory, FLASH_PAGES, 1, 1);
    memset(demo.memory, 0xFF, sizeof demo.memory);
    for (i = 0; i < FACTORY_SIZE; i++)
        image[i] = (uint8_t)(i * i >> 3);
    header = firmware_header(1, FACTORY_SIZE, crc32(0, image, FACTORY_SIZE));
    memcpy(demo.memory, &header, sizeof header);
}

int main(int argc, char **argv)
{
    const struct options *options = &demo.options;
    struct sigaction action;
    int status;

    if (!parse_options(argc, argv, &status))
        return status;
    if (!read_input())
        return RESULT_FAILED;
    memset(&action, 0, sizeof action);
    action.sa_handler = interrupt;
    (void)sigaction(SIGINT, &action, NULL);
    install_factory_image();
    if (!update("update", options->killed_after))
        return RESULT_FAILED;
    if (!options->once && options->killed_after == 0 && options->cancelled_after == 0
        && options->power_fails_at == 0 && file_is_bootable()
        && !update("the sender is killed", (demo.watch.blocks + 1) / 2))
        return RESULT_FAILED;
    if (options->output != NULL && !write_output())
        return RESULT_FAILED;
    if (fflush(stdout) != 0 || ferror(stdout))
        return RESULT_FAILED;
    if (!file_is_bootable()) {
        (void)complain("the board does not boot", options->input, update_error_text(demo.status));
        return RESULT_NOT_BOOTABLE;
    }
    return RESULT_BOOTABLE;
}
