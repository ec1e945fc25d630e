/* SPDX-License-Identifier: 0BSD */
#include "modem.h"

#include <stdlib.h>
#include <string.h>

enum { QUIET, WAITS, OWES }; /* no command; one waits; one was given up, and its answer may still come */
enum { CONTROL_Z = 0x1A, ESCAPE = 0x1B };

static const char *const usual_codes[] = { "RING", "NO CARRIER", "+CMTI:", "+CMT:", "+CREG:", "+CGREG:", "+CEREG:",
                                           "+CLIP:", "+CRING:", "+CUSD:", NULL };
static const char *const no_carrier[] = { "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", NULL };

void modem_init(struct modem *modem, agen_pipe *in, agen_pipe *out, agen_ticks (*now)(void), agen_ticks settle)
{
    memset(modem, 0, sizeof *modem); /* which makes the lock a free one */
    modem->in = in;
    modem->out = out;
    modem->now = now;
    modem->settle = settle;
    modem->codes = usual_codes;
    agen_queue_init(&modem->unasked);
    agen_queue_init(&modem->answers);
    agen_init(&modem->reader, modem_reader);
    modem->reader.modem = modem;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool begins_with_one(const char *text, const char *const *with)
{
    while (with != NULL && *with != NULL)
        if (begins(text, *with++))
            return true;
    return false;
}

/* Of a line that ends a command: 0, or the error. A line that does not is MODEM_E_COMMAND. */
static int result_of(const char *text, bool dials)
{
    const bool cme = begins(text, "+CME ERROR:"), cms = begins(text, "+CMS ERROR:");
    char *end;
    long number;

    if (strcmp(text, "OK") == 0 || (dials && begins(text, "CONNECT")))
        return 0;
    if (strcmp(text, "ERROR") == 0)
        return MODEM_E_ERROR;
    if (dials && begins_with_one(text, no_carrier))
        return MODEM_E_CARRIER;
    if (!cme && !cms)
        return MODEM_E_COMMAND;
    number = strtol(text + 11, &end, 10);
    if (end == text + 11 || *end != '\0' || number < 0 || number > 999)
        return MODEM_E_ERROR;
    return (cme ? MODEM_E_CME : MODEM_E_CMS) - (int)number;
}

/* A modem may repeat what it is sent, data too. The texts of a command that was given up may be gone. */
static bool is_echo(const struct modem *modem, const char *line)
{
    if (modem->state == OWES)
        return begins(line, "AT");
    return strcmp(line, modem->text) == 0 || (modem->data != NULL && !modem->prompts && strstr(modem->data, line));
}

static enum modem_kind kind_of(const struct modem *modem, const char *text)
{
    if (modem->state == QUIET)
        return MODEM_UNASKED;
    if (result_of(text, modem->dials) != MODEM_E_COMMAND)
        return MODEM_FINAL;
    if (!modem->answers_are_lines || !begins(text, modem->prefix)
        || (modem->prefix[0] == '\0' && begins_with_one(text, modem->codes)))
        return MODEM_UNASKED;
    return MODEM_ANSWER;
}

/* A line has ended. True if it is for the command that waits. */
static bool take_line(struct modem *modem)
{
    struct modem_line *line = &modem->line;
    unsigned length = modem->length;
    uint8_t was = modem->state;

    modem->length = 0;
    if (length != 0 && line->text[length - 1] == CONTROL_Z)
        length--;
    line->text[length] = '\0';
    if (modem->bad || strpbrk(line->text, "\1\2\3\4\5\6\7\b\t\v\f\16\17\20\21\22\23\24\25\26\27\30\31\32\33\34\35\36"
                              "\37\177") != NULL || strlen(line->text) != length) {
        modem->bad = false;
        modem->damaged++;
        modem->spoilt = true; /* it may have been a line of the answer */
        return false;
    }
    if (length == 0)
        return false;
    line->kind = (uint8_t)kind_of(modem, line->text);
    if (was != QUIET && line->kind != MODEM_FINAL && !begins_with_one(line->text, modem->codes)
        && is_echo(modem, line->text))
        return false;
    line->number = modem->number;
    if (line->kind == MODEM_UNASKED) {
        if (!agen_try_put(&modem->unasked, *line))
            modem->lost++;
        modem->has_put = true;
        return false;
    }
    if (line->kind == MODEM_FINAL) {
        modem->state = QUIET;
        agen_event_set(&modem->settled);
    }
    return was == WAITS;
}

/* A byte has come. True if there is a line, or a prompt, for the command that waits. */
static bool take_byte(struct modem *modem, char byte)
{
    const bool space = modem->after_prompt && byte == ' ';

    modem->after_prompt = false;
    if (byte == '\r' || byte == '\n')
        return (modem->length != 0 || modem->bad) && take_line(modem);
    if (byte == '>' && modem->length == 0 && modem->prompts && modem->state == WAITS) {
        modem->prompts = false;
        modem->after_prompt = true;
        modem->line.kind = MODEM_PROMPT;
        modem->line.number = modem->number;
        return true;
    }
    if (space)
        return false;
    if (modem->length < MODEM_LONGEST)
        modem->line.text[modem->length++] = byte;
    else
        modem->bad = true;
    return false;
}

AGEN_EXTERN(modem_reader, self)
{
    struct modem *modem = self->modem;

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;;) {
            AGEN_READ(self, modem->in, self->bytes, sizeof self->bytes, &self->count);
            if (self->count == 0)
                AGEN_RETURN(self);
            for (self->i = 0; self->i < self->count; self->i++) {
                modem->has_put = false;
                if (take_byte(modem, (char)self->bytes[self->i]))
                    AGEN_PUT(self, &modem->answers, modem->line);
                else if (modem->has_put)
                    AGEN_PAUSE(self); /* so that a burst is no more than `unasked` holds */
            }
        }
    } AGEN_FINALLY(self) {
        modem->gone = true;
        agen_event_set(&modem->settled);
        agen_queue_close(&modem->answers);
        agen_queue_close(&modem->unasked);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static bool is_command(const struct modem_command *self)
{
    const char *at;

    for (at = self->text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            return false;
    if (self->data != NULL && (strchr(self->data, CONTROL_Z) || strchr(self->data, ESCAPE)))
        return false;
    return at - self->text <= MODEM_LONGEST && (self->prefix == NULL || strlen(self->prefix) <= MODEM_PREFIX);
}

AGEN_EXTERN(modem_command, self)
{
    struct modem *modem = self->modem;
    int result;

    AGEN_BEGIN(self);
    if (!is_command(self))
        AGEN_RAISE(self, MODEM_E_COMMAND);
    AGEN_ACQUIRE(self, &modem->turn);
    AGEN_TRY(self) {
        while (modem->state == OWES && !modem->gone) {
            agen_event_clear(&modem->settled);
            AGEN_SELECT(self)
                AGEN_ON_EVENT(self, &self->on_settled, &modem->settled) {
                }
                AGEN_ON_DEADLINE(self, modem->forgotten) {
                    modem->state = QUIET;
                    modem->length = 0; /* the modem has stopped in the middle of a line */
                    modem->bad = false;
                }
            AGEN_END_SELECT(self);
        }
        if (modem->gone)
            AGEN_RAISE(self, AGEN_E_CLOSED);
        modem->state = WAITS;
        modem->number++;
        modem->text = self->text;
        modem->dials = begins(self->text, "ATD") || begins(self->text, "ATA");
        modem->answers_are_lines = self->prefix != NULL;
        strcpy(modem->prefix, self->prefix != NULL ? self->prefix : "");
        modem->data = self->data;
        modem->prompts = self->data != NULL;
        modem->spoilt = false;
        self->deadline = modem->now() + self->patience;
        AGEN_TIMEOUT(self, &self->limit, self->patience) {
            AGEN_WRITE(self, modem->out, self->text, strlen(self->text), &self->count);
            AGEN_WRITE(self, modem->out, "\r", 1, &self->count, modem->start != NULL ? modem->start() : (void)0);
        } AGEN_END_TIMEOUT(self);
        for (;;) {
            AGEN_SELECT(self)
                AGEN_ON_GET(self, &self->on_line, &modem->answers, self->line) {
                    if (agen_status(self) == AGEN_DONE)
                        AGEN_RAISE(self, AGEN_E_CLOSED);
                }
                AGEN_ON_DEADLINE(self, self->deadline) {
                    AGEN_RAISE(self, AGEN_E_TIMEOUT);
                }
            AGEN_END_SELECT(self);
            if (self->line.number != modem->number)
                continue; /* it belongs to a command that was given up while it was on its way */
            if (self->line.kind == MODEM_FINAL)
                break;
            if (self->line.kind == MODEM_ANSWER) {
                AGEN_YIELD(self, self->line.text);
                continue;
            }
            AGEN_TIMEOUT(self, &self->limit, self->patience) {
                AGEN_WRITE(self, modem->out, self->data, strlen(self->data), &self->count);
                AGEN_WRITE(self, modem->out, "\x1A", 1, &self->count, modem->start != NULL ? modem->start() : (void)0);
            } AGEN_END_TIMEOUT(self);
        }
        result = result_of(self->line.text, modem->dials);
        if (result == 0 && modem->spoilt)
            result = MODEM_E_DAMAGED;
        if (result == 0 && modem->prompts)
            result = MODEM_E_PROMPT;
        if (result != 0)
            AGEN_RAISE(self, result);
    } AGEN_FINALLY(self) {
        if (modem->state == WAITS) {
            modem->state = OWES;
            modem->forgotten = modem->now() + modem->settle;
            while (agen_try_get(&modem->answers, self->line)) /* the reader may wait for room */
                ;
            if (self->data != NULL) { /* the modem may be waiting for the rest of the data */
                (void)agen_pipe_write(modem->out, "\x1B", 1);
                if (modem->start != NULL)
                    modem->start();
            }
        }
        AGEN_RELEASE(self, &modem->turn);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

const char *modem_strerror(int error)
{
    switch (error) {
    case MODEM_E_COMMAND: return "no such command";
    case MODEM_E_ERROR: return "the modem answers an error";
    case MODEM_E_CARRIER: return "no connection";
    case MODEM_E_DAMAGED: return "a line of the answer is damaged or too long";
    case MODEM_E_PROMPT: return "the modem has not asked for the data";
    case AGEN_E_TIMEOUT: return "no answer in time";
    case AGEN_E_CLOSED: return "the line has gone";
    default: break;
    }
    if (error <= MODEM_E_CMS && error > MODEM_E_CMS - 1000)
        return "the modem answers a +CMS ERROR";
    if (error <= MODEM_E_CME && error > MODEM_E_CME - 1000)
        return "the modem answers a +CME ERROR";
    return agen_strerror(error);
}
