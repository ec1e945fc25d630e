/* SPDX-License-Identifier: 0BSD */
/*
 * Streams a file over a noisy link that is made of generators only:
 *
 *     file reader -> compressor -> packet sender -> SLIP encoder -> wire
 *                                                                     |
 *     file writer <- decompressor <- packet receiver <- SLIP decoder <-
 *
 * Each stage pulls from the one before it: asking the last for its next value moves the whole link.
 * The progress bar and the log are generators too. They look at what passes and hand it on, and no
 * stage knows that they are there.
 *
 * usage: demo [options] FILE; -h tells more
 * exit status: 0 the output is identical, 1 data is missing, 2 bad use or an I/O error, 3 it is wrong
 */
#include "compressor.h"
#include "decompressor.h"
#include "file_reader.h"
#include "file_writer.h"
#include "options.h"
#include "packet_log.h"
#include "packet_receiver.h"
#include "packet_sender.h"
#include "print_error.h"
#include "progress.h"
#include "slip_decoder.h"
#include "slip_encoder.h"
#include "verifier.h"
#include "wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BLOCK_SIZE = 4096 };
enum result { RESULT_IDENTICAL, RESULT_MISSING, RESULT_FAILED, RESULT_WRONG };

/* A packet must fit the receiver's frame: if it does not, this does not compile. */
typedef char packet_fits_frame[(int)PACKET_SIZE_MAX <= SLIP_FRAME_MAX ? 1 : -1];

struct link {
    struct file_reader reader;
    struct compressor compressor;
    struct packet_sender sender;
    struct slip_encoder framer;
    struct wire wire;
    struct slip_decoder deframer;
    struct packet_receiver receiver;
    struct decompressor decompressor;
    struct file_writer writer;
};

struct demo {
    struct options options;
    uint64_t input_size;
    struct link link;
    struct progress progress;
    struct packet_log log;
    struct verifier verifier;
    FILE *notes;     /* what is missing: shown after the progress bar, when that is complete */
    FILE *temporary; /* the output, unless it has a name */
    double seconds;
};

/*
 * --- The link
 * ----------------------------------------------------------------------------------------
 */
static void connect(struct demo *demo)
{
    const struct options *options = &demo->options;
    struct link *link = &demo->link;
    struct byte_source plain;
    struct packet_source packets;
    struct extent_source extents;

    file_reader_init(&link->reader, options->input);
    plain = BYTE_SOURCE(&link->reader);
    if (!options->quiet) {
        progress_init(&demo->progress, plain, demo->input_size, options->terminal);
        plain = BYTE_SOURCE(&demo->progress);
    }
    compressor_init(&link->compressor, plain, options->window, options->lookahead, BLOCK_SIZE);
    packet_sender_init(&link->sender, PART_SOURCE(&link->compressor));
    slip_encoder_init(&link->framer, BYTE_SOURCE(&link->sender));

    wire_init(&link->wire, BYTE_SOURCE(&link->framer), options->noise, options->seed);

    slip_decoder_init(&link->deframer, BYTE_SOURCE(&link->wire));
    packet_receiver_init(&link->receiver, FRAME_SOURCE(&link->deframer));
    packets = PACKET_SOURCE(&link->receiver);
    if (!options->quiet) {
        packet_log_init(&demo->log, packets, demo->notes);
        packets = PACKET_SOURCE(&demo->log);
    }
    decompressor_init(&link->decompressor, packets, options->window, options->lookahead);
    extents = EXTENT_SOURCE(&link->decompressor);
    if (options->output != NULL)
        file_writer_init(&link->writer, extents, options->output);
    else
        file_writer_init_open(&link->writer, extents, demo->temporary);
}

static void note_gap(struct demo *demo, uint32_t begin, uint32_t end)
{
    if (begin >= end || demo->options.quiet)
        return;
    if (end - begin == 1)
        fprintf(demo->notes, "      so byte %" PRIu32 " is missing\n", begin);
    else
        fprintf(demo->notes, "      so bytes %" PRIu32 " to %" PRIu32 " are missing\n", begin,
                end - 1);
}

static bool explain(const struct demo *demo, int status)
{
    const struct options *options = &demo->options;
    const char *output = options->output != NULL ? options->output : "the temporary output";
    const char *read_reason = reason(demo->link.reader.cause);
    const char *write_reason = reason(demo->link.writer.cause);

    if (status == STREAM_E_INPUT)
        return print_error("cannot open '%s': %s", options->input, read_reason);
    if (status == STREAM_E_READ)
        return print_error("cannot read '%s': %s", options->input, read_reason);
    if (status == STREAM_E_OUTPUT)
        return print_error("cannot open '%s' for writing: %s", output, write_reason);
    if (status == STREAM_E_WRITE)
        return print_error("cannot write '%s': %s", output, write_reason);
    if (status == STREAM_E_TOO_LONG)
        return print_error("'%s' is too long: 4 GiB is the limit", options->input);
    return print_error("the link failed with status %d (%s)", status, agen_strerror(status));
}

/* All the work is in one line: the last stage is asked until it is done. */
static bool run(struct demo *demo)
{
    struct file_writer *writer = &demo->link.writer;
    clock_t start = clock();
    int status;

    while ((status = agen_next(writer)) == AGEN_YIELDED) {
        note_gap(demo, demo->verifier.end, writer->value.position);
        verifier_add(&demo->verifier, &writer->value);
    }
    demo->seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    note_gap(demo, demo->verifier.end, demo->link.compressor.origin);
    return status == AGEN_DONE || explain(demo, status);
}

/*
 * --- The report
 * --------------------------------------------------------------------------------------
 */
static void announce(const struct demo *demo)
{
    const struct options *options = &demo->options;

    printf("\n  %s: %" PRIu64 " bytes, window %" PRIu32 ", lookahead %" PRIu32, options->input,
           demo->input_size, options->window, options->lookahead);
    if (options->noise > 0)
        printf(", noise in one of %" PRIu32 " bytes", options->noise);
    printf("\n\n");
}

static void show_notes(FILE *notes)
{
    int c, last = EOF;

    rewind(notes);
    while ((c = fgetc(notes)) != EOF) {
        putchar(c);
        last = c;
    }
    if (last != EOF)
        printf("\n");
}

static void show_packets(const struct link *link)
{
    const uint32_t *count = link->receiver.count;
    const char *separator = ": ";
    uint32_t rejected = 0;
    unsigned verdict;

    for (verdict = PACKET_GOOD + 1; verdict < PACKET_VERDICTS; verdict++)
        rejected += count[verdict];
    printf("  packets      %10" PRIu32 " sent, %" PRIu32 " good, %" PRIu32 " rejected",
           link->sender.sequence, count[PACKET_GOOD], rejected);
    for (verdict = PACKET_GOOD + 1; verdict < PACKET_VERDICTS; verdict++) {
        if (count[verdict] == 0)
            continue;
        printf("%s%" PRIu32 " %s", separator, count[verdict],
               packet_verdict_name((enum packet_verdict)verdict));
        separator = ", ";
    }
    printf("\n");
}

static void show_traffic(const struct demo *demo)
{
    const struct link *link = &demo->link;
    uint32_t size = link->compressor.origin;

    printf("  read         %10" PRIu32 " bytes\n", size);
    printf("  on the wire  %10" PRIu64 " bytes", link->wire.size);
    if (size > 0)
        printf(", %.1f %% of that", 100.0 * (double)link->wire.size / size);
    if (link->wire.flipped > 0)
        printf(", %" PRIu32 " of them damaged", link->wire.flipped);
    printf("\n  written      %10" PRIu32 " bytes\n", link->writer.written);
    show_packets(link);
    if (demo->seconds > 0)
        printf("  throughput   %10.1f MB/s, both ends together on one processor\n",
               size / demo->seconds / 1e6);
    printf("\n");
}

static void show_memory(const struct link *link)
{
    printf("  RAM in bytes, for windows of up to %d bits\n"
           "    file reader     %6zu    SLIP decoder    %6zu\n"
           "    compressor      %6zu    packet receiver %6zu\n"
           "    packet sender   %6zu    decompressor    %6zu\n"
           "    SLIP encoder    %6zu    file writer     %6zu\n"
           "    wire, the noise %6zu    the whole link  %6zu\n\n",
           LZSS_WINDOW_MAX, sizeof link->reader, sizeof link->deframer, sizeof link->compressor,
           sizeof link->receiver, sizeof link->sender, sizeof link->decompressor,
           sizeof link->framer, sizeof link->writer, sizeof link->wire, sizeof *link);
}

static enum result show_result(const struct link *link, uint64_t wrong)
{
    uint32_t missing = link->compressor.origin - link->writer.written;

    if (wrong > 0) {
        printf("  WRONG: %" PRIu64 " bytes of the output are not those of the input\n", wrong);
        return RESULT_WRONG;
    }
    if (missing > 0) {
        printf("  INCOMPLETE: %" PRIu32 " bytes are missing; what was written is right\n", missing);
        return RESULT_MISSING;
    }
    if (!link->receiver.complete) {
        printf("  INCOMPLETE: the packet that ends the stream is missing; all bytes arrived\n");
        return RESULT_MISSING;
    }
    printf("  The output is identical.\n");
    return RESULT_IDENTICAL;
}

/*
 * --- The program
 * -------------------------------------------------------------------------------------
 */

/* Finds out the size, and that the input can be read, before the output is touched. */
static bool look_at_input(const char *path, uint64_t *size)
{
    FILE *file;
    long end = -1;

    errno = 0;
    file = fopen(path, "rb");
    if (file == NULL)
        return print_error("cannot open '%s': %s", path, reason(errno));
    (void)fgetc(file);
    if (!ferror(file) && fseek(file, 0, SEEK_END) == 0)
        end = ftell(file);
    if (end < 0)
        print_error("cannot read '%s': %s", path, reason(errno));
    (void)fclose(file);
    *size = (uint64_t)end;
    if (end >= 0 && *size > UINT32_MAX)
        return print_error("'%s' is too long: 4 GiB is the limit", path);
    return end >= 0;
}

static bool can_be_read_again(FILE *file, uint32_t written)
{
    return file != NULL && fseek(file, 0, SEEK_SET) == 0 && (written == 0 || fgetc(file) != EOF);
}

static bool compare(struct demo *demo, uint64_t *wrong)
{
    const struct options *options = &demo->options;
    FILE *input = fopen(options->input, "rb"), *output = demo->temporary;
    bool ok;

    if (options->output != NULL)
        output = fopen(options->output, "rb");
    ok = verifier_complete(&demo->verifier) && input != NULL
      && can_be_read_again(output, demo->link.writer.written);
    if (ok)
        *wrong = verifier_count_wrong(&demo->verifier, input, output);
    if (input != NULL)
        (void)fclose(input);
    if (options->output != NULL && output != NULL)
        (void)fclose(output);
    return ok || print_error("cannot read input and output again to compare them");
}

static enum result stream(struct demo *demo)
{
    uint64_t wrong = 0;

    announce(demo);
    connect(demo);
    if (!run(demo) || !compare(demo, &wrong))
        return RESULT_FAILED;
    show_notes(demo->notes);
    show_traffic(demo);
    show_memory(&demo->link);
    return show_result(&demo->link, wrong);
}

static bool open_temporaries(struct demo *demo)
{
    errno = 0;
    demo->notes = tmpfile();
    demo->temporary = tmpfile();
    return (verifier_begin(&demo->verifier) && demo->notes != NULL && demo->temporary != NULL)
        || print_error("cannot create temporary files: %s", reason(errno));
}

static void close_temporaries(struct demo *demo)
{
    verifier_end(&demo->verifier);
    if (demo->notes != NULL)
        (void)fclose(demo->notes);
    if (demo->temporary != NULL)
        (void)fclose(demo->temporary);
}

int main(int argc, char **argv)
{
    struct demo demo;
    enum result result = RESULT_FAILED;

    memset(&demo, 0, sizeof demo);
    if (!options_parse(&demo.options, argc, argv))
        return RESULT_FAILED;
    if (demo.options.help) {
        options_help();
        return RESULT_IDENTICAL;
    }
    if (!look_at_input(demo.options.input, &demo.input_size))
        return RESULT_FAILED;
    if (open_temporaries(&demo))
        result = stream(&demo);
    close_temporaries(&demo);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        print_error("cannot write the report");
        return RESULT_FAILED;
    }
    return (int)result;
}
