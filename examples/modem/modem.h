/*
 * A modem that takes AT commands, over two byte pipes. A command is a generator of the lines of its answer. What the
 * modem says unasked is a generator, too: a queue of lines. Both may be consumed at the same time.
 *
 * Copy modem.h and modem.c. What fills and drains the pipes is a UART interrupt on a board, and
 * ports/posix/agen_serial.h on a POSIX host. console.c is a program that uses them.
 *
 *     modem_init(&modem, (agen_pipe *)&in, (agen_pipe *)&out, now, 3000);    then spawn modem.reader
 *
 *     AGEN_NEW(&self->command, modem_command, .modem = &modem, .text = "AT+CSQ", .prefix = "+CSQ:", .patience = 1000);
 *     AGEN_FOR_CLOSING(self, &self->command)
 *         use(self->command.value);
 *     AGEN_END_FOR(self);
 *
 *     AGEN_FOR(self, &modem.unasked)
 *         use(modem.unasked.value.text);
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MODEM_H
#define MODEM_H

#include "agen.h"

enum {
    MODEM_LONGEST = 128, /* characters of a line, and of a command */
    MODEM_PREFIX = 23    /* of a prefix */
};

/* Errors that a command raises, beside AGEN_E_TIMEOUT and AGEN_E_CLOSED (the line has gone). */
enum {
    MODEM_E_COMMAND = -2000, /* there is no such command: something is too long, or has control
                              * characters. Nothing was sent */
    MODEM_E_ERROR = -2001,   /* ERROR, or a +CME ERROR or +CMS ERROR in words */
    MODEM_E_CARRIER = -2002, /* NO CARRIER, BUSY, NO ANSWER or NO DIALTONE */
    MODEM_E_DAMAGED = -2003, /* OK, but a line before it was too long, or has control characters */
    MODEM_E_PROMPT = -2004,  /* OK, but the modem has not asked for the data */
    MODEM_E_CME = -3000,     /* MODEM_E_CME - n: +CME ERROR: n, from 0 to 999 */
    MODEM_E_CMS = -4000      /* MODEM_E_CMS - n: +CMS ERROR: n, from 0 to 999 */
};

/* The meaning of such an error, or of one of agen.h. Never NULL. */
const char *modem_strerror(int error);

enum modem_kind { MODEM_UNASKED, MODEM_ANSWER, MODEM_PROMPT, MODEM_FINAL };

struct modem_line {
    uint8_t kind;
    uint16_t number; /* of the command to which it belongs */
    char text[MODEM_LONGEST + 1];
};

struct modem;

/* A task of each modem: reads what comes, and says to whom it goes. */
struct modem_reader {
    AGEN_COROUTINE;
    struct modem *modem;
    size_t count, i;
    uint8_t bytes[32];
};
AGEN_DECLARE(modem_reader);

struct modem {
    struct modem_reader reader; /* spawn it */
    AGEN_QUEUE(struct modem_line, 8) unasked; /* ends when the line has gone */
    unsigned long lost;         /* lines for which there was no room in `unasked`: it was not read for long */
    unsigned long damaged;      /* lines that were too long, or had control characters */
    /*
     * NULL, or beginnings of lines that are never answers to a command with the prefix "", the last one NULL. Set at
     * first: RING, NO CARRIER, +CMTI:, +CMT:, +CREG:, +CGREG:, +CEREG:, +CLIP:, +CRING:, +CUSD:
     */
    const char *const *codes;
    void (*start)(void);        /* NULL, or what starts the transmit interrupt after bytes have been put into `out` */

    agen_pipe *in, *out;
    agen_ticks (*now)(void);
    agen_ticks settle, forgotten;
    agen_lock turn;             /* one command at a time */
    AGEN_QUEUE(struct modem_line, 4) answers;
    agen_event settled;
    const char *text, *data;    /* of the command that waits */
    char prefix[MODEM_PREFIX + 1]; /* of the command that waits, or that was given up */
    uint16_t number;
    uint8_t state;
    bool gone, dials, answers_are_lines, prompts, spoilt, after_prompt, has_put;
    unsigned length;
    bool bad; /* the line that is being received */
    struct modem_line line;
};

/*
 * `now` is the clock of the loop. A command that is given up (no answer in time, or the task is cancelled) may still
 * be answered: the next one is sent when that has come, and has been thrown away, or after `settle` ticks.
 */
void modem_init(struct modem *modem, agen_pipe *in, agen_pipe *out, agen_ticks (*now)(void), agen_ticks settle);

/*
 * A command. Yields each line that begins with .prefix, ends at OK and raises an error otherwise. .text is sent, and a
 * CR. Lines that do not begin with .prefix are unasked for. With the prefix "", the lines of the answer are all but
 * those in `codes`; with NULL there are none. If .data is not NULL, it is sent when the modem asks for it with a `>`,
 * and Ctrl-Z. `patience` is for the whole command. An echo is skipped; but turn it off (ATE0)
 * before you send data in which a line is OK or ERROR. Afterwards .line.text is the last line. What is not consumed to
 * its end is to be closed.
 */
struct modem_command {
    AGEN_YIELDS(const char *);
    struct modem *modem;
    const char *text, *prefix, *data;
    agen_ticks patience;

    agen_ticks deadline;
    size_t count;
    agen_alternative on_settled, on_line;
    agen_timeout limit;
    struct modem_line line;
};
AGEN_DECLARE(modem_command);

#endif
