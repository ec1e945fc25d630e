/* SPDX-License-Identifier: 0BSD */
/*
 * A record is a byte with the event and the number of the task, the ticks since the record before
 * it, and what belongs to the event:
 *
 *     event (3 bits) + 8 * task (5 bits: 31 says that a byte with the task follows)
 *     ticks, 7 bits in a byte, the lowest first; a set bit 7 says that there are more
 *     SPAWN: a byte, 1 if the number belonged to another task before; SUSPEND: a byte, the place;
 *     END: the status without its sign, written like the ticks
 *
 * The ring holds whole records only: before one is written, as many of the oldest are taken out as
 * it needs room for.
 */
#include "agen_trace.h"

#include "agen.h"

enum {
    LONGEST_RECORD = 10, /* two bytes, five of ticks and three of a status */
    MANY = 31,
    NONE = 255,
    BYTES_IN_A_LINE = 32,
    /* Flags of an entry. */
    USED = 1,
    ALIVE = 2,
    NAMED = 4
};

struct entry {
    const struct agen_task *task;
    const char *name;
    uint32_t began;         /* its step */
    uint8_t place, flags; /* where it was suspended last */
};

static struct {
    uint32_t (*clock)(void);
    uint32_t ticks_per_second;
    uint8_t *ring;
    size_t size, end, used; /* `end` is where the next record begins */
    uint32_t before, last;  /* when the record before the oldest was, and the newest */
    uint32_t overwritten, tasks_lost, places_lost;
    uint32_t slow;
    void (*report)(const struct agen_trace_step *step);
    uint8_t found, recycled; /* where the last search ended */
    struct entry tasks[AGEN_TRACE_TASKS];
    struct agen_place places[AGEN_TRACE_PLACES];
} trace;

/*
 * --- The ring ------------------------------------------------------------------------------------
 */
static uint8_t byte_at(size_t *at)
{
    uint8_t byte = trace.ring[*at];

    *at = *at + 1 == trace.size ? 0 : *at + 1;
    return byte;
}

static uint32_t number_at(size_t *at)
{
    uint32_t number = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = byte_at(at);
        number |= (uint32_t)(byte & 0x7F) << shift;
        shift += 7;
    } while (byte & 0x80);
    return number;
}

static size_t oldest(void)
{
    return trace.end >= trace.used ? trace.end - trace.used : trace.end + trace.size - trace.used;
}

static void drop_oldest(void)
{
    size_t at = oldest(), begin = at;
    uint8_t head = byte_at(&at), event = head & 7;

    if (head >> 3 == MANY)
        (void)byte_at(&at);
    trace.before += number_at(&at);
    if (event == AGEN_TRACE_SPAWN || event == AGEN_TRACE_SUSPEND)
        (void)byte_at(&at);
    else if (event == AGEN_TRACE_END)
        (void)number_at(&at);
    trace.used -= at >= begin ? at - begin : at + trace.size - begin;
    trace.overwritten++;
}

static uint8_t *add_number(uint8_t *to, uint32_t number)
{
    for (; number > 0x7F; number >>= 7)
        *to++ = (uint8_t)(number | 0x80);
    *to++ = (uint8_t)number;
    return to;
}

static void add(unsigned task, int event, uint32_t time, unsigned detail)
{
    uint8_t record[LONGEST_RECORD], *to = record;
    size_t i, length;

    if (trace.size <= LONGEST_RECORD)
        return;
    *to++ = (uint8_t)((unsigned)event | (task < MANY ? task : (unsigned)MANY) << 3);
    if (task >= MANY)
        *to++ = (uint8_t)task;
    to = add_number(to, time - trace.last);
    if (event == AGEN_TRACE_SPAWN || event == AGEN_TRACE_SUSPEND)
        *to++ = (uint8_t)detail;
    else if (event == AGEN_TRACE_END)
        to = add_number(to, detail);
    length = (size_t)(to - record);
    while (trace.size - trace.used < length)
        drop_oldest();
    for (i = 0; i < length; i++) {
        trace.ring[trace.end] = record[i];
        trace.end = trace.end + 1 == trace.size ? 0 : trace.end + 1;
    }
    trace.used += length;
    trace.last = time;
}

/*
 * --- The tables ----------------------------------------------------------------------------------
 */
static bool same(const char *a, const char *b)
{
    if (a == b)
        return true;
    if (!a || !b)
        return false;
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* NONE if the task has no entry. Most events are of the task of the event before. */
static unsigned find(const struct agen_task *task)
{
    unsigned i = trace.found;

    do {
        if ((trace.tasks[i].flags & USED) && trace.tasks[i].task == task) {
            trace.found = (uint8_t)i;
            return i;
        }
        i = i + 1 == AGEN_TRACE_TASKS ? 0 : i + 1;
    } while (i != trace.found);
    return NONE;
}

/* A free entry, or that of a task that has ended. NONE if all tasks live. */
static unsigned take(const struct agen_task *task, const char *name, bool *again)
{
    unsigned i, at = NONE;

    *again = false;
    for (i = 0; i < AGEN_TRACE_TASKS && (trace.tasks[i].flags & USED); i++)
        continue;
    if (i < AGEN_TRACE_TASKS) {
        at = i;
    } else {
        for (i = 0; i < AGEN_TRACE_TASKS && at == NONE; i++) {
            trace.recycled = (uint8_t)(trace.recycled + 1 == AGEN_TRACE_TASKS ? 0 : trace.recycled + 1);
            if (!(trace.tasks[trace.recycled].flags & ALIVE))
                at = trace.recycled;
        }
        *again = true;
    }
    if (at == NONE) {
        trace.tasks_lost++;
        return NONE;
    }
    trace.tasks[at].task = task;
    trace.tasks[at].name = name;
    trace.tasks[at].flags = USED | ALIVE;
    trace.tasks[at].place = NONE;
    trace.tasks[at].began = trace.last;
    return at;
}

/* A task that is spawned again is the same as before if it has the same name. */
static unsigned spawned(const struct agen_task *task, const char *name, bool *again)
{
    unsigned at = find(task);
    struct entry *entry;

    *again = false;
    if (at == NONE)
        return take(task, name, again);
    entry = &trace.tasks[at];
    if (!(entry->flags & NAMED) && !same(entry->name, name)) {
        entry->task = NULL;
        entry->flags = USED;
        return take(task, name, again);
    }
    entry->flags |= ALIVE;
    entry->place = NONE;
    return at;
}

static uint8_t number_of(const struct agen_place *place)
{
    unsigned first = (unsigned)place->line % AGEN_TRACE_PLACES, i = first;

    if (!place->statement)
        return NONE;
    do {
        struct agen_place *known = &trace.places[i];

        if (!known->statement)
            *known = *place;
        if (known->line == place->line && same(known->file, place->file)
            && same(known->statement, place->statement))
            return (uint8_t)i;
        i = i + 1 == AGEN_TRACE_PLACES ? 0 : i + 1;
    } while (i != first);
    trace.places_lost++;
    return NONE;
}

static const struct agen_place *place_of(unsigned number)
{
    return number == NONE ? NULL : &trace.places[number];
}

/*
 * --- Recording -----------------------------------------------------------------------------------
 */
void agen_trace_start(void *ring, size_t size, uint32_t (*clock)(void), uint32_t ticks_per_second)
{
    unsigned i;

    trace.ring = (uint8_t *)ring;
    trace.size = ring ? size : 0;
    trace.end = trace.used = 0;
    trace.overwritten = trace.tasks_lost = trace.places_lost = 0;
    trace.found = trace.recycled = 0;
    for (i = 0; i < AGEN_TRACE_TASKS; i++)
        trace.tasks[i].flags = 0;
    for (i = 0; i < AGEN_TRACE_PLACES; i++)
        trace.places[i].statement = NULL;
    trace.ticks_per_second = ticks_per_second;
    trace.before = trace.last = (clock)();
    trace.clock = clock;
}

void agen_trace_stop(void)
{
    trace.clock = NULL;
}

void agen_trace_name(const struct agen_task *task, const char *name)
{
    bool again;
    unsigned at = find(task);

    if (at == NONE) {
        at = take(task, name, &again);
        if (at == NONE)
            return;
        if (agen_task_status(task) != AGEN_PENDING)
            trace.tasks[at].flags = USED; /* it is still to be spawned */
    }
    trace.tasks[at].name = name;
    trace.tasks[at].flags |= NAMED;
}

void agen_trace_slow(uint32_t ticks, void (*report)(const struct agen_trace_step *step))
{
    trace.slow = ticks;
    trace.report = report;
}

static void check_step(const struct entry *entry, unsigned to, uint32_t time)
{
    struct agen_trace_step step;

    step.ticks = time - entry->began;
    if (!trace.report || step.ticks <= trace.slow)
        return;
    step.task = entry->name;
    step.from = place_of(entry->place);
    step.to = place_of(to);
    (trace.report)(&step);
}

void agen_trace_record(const struct agen_task *task, int event, int status,
                       const struct agen_place *place)
{
    uint32_t time;
    unsigned at, detail = 0;
    bool again = false;
    struct entry *entry;

    if (!trace.clock)
        return;
    time = (trace.clock)();
    at = event == AGEN_TRACE_SPAWN ? spawned(task, place->body, &again) : find(task);
    if (at == NONE && event != AGEN_TRACE_SPAWN) /* spawned before the start */
        at = take(task, NULL, &again);
    if (at == NONE)
        return;
    entry = &trace.tasks[at];
    if (event == AGEN_TRACE_SPAWN) {
        detail = again;
    } else if (event == AGEN_TRACE_RUN) {
        entry->began = time;
    } else if (event == AGEN_TRACE_SUSPEND) {
        detail = number_of(place);
        check_step(entry, detail, time);
        entry->place = (uint8_t)detail;
    } else if (event == AGEN_TRACE_END) {
        detail = (unsigned)-status;
        check_step(entry, NONE, time);
        entry->flags &= (uint8_t)~ALIVE;
    }
    add(at, event, time, detail);
}

/*
 * --- The dump ------------------------------------------------------------------------------------
 */
struct writer {
    void (*write)(void *context, const char *text, size_t length);
    void *context;
};

static void put(const struct writer *to, const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    (to->write)(to->context, text, length);
}

static void put_number(const struct writer *to, const char *before, uint32_t number)
{
    char digits[11], *first = digits + sizeof digits - 1;

    *first = '\0';
    do
        *--first = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    put(to, before);
    put(to, first);
}

static void put_text(const struct writer *to, const char *text)
{
    put(to, "\t");
    put(to, text ? text : "");
}

void agen_trace_dump(void (*write)(void *context, const char *text, size_t length), void *context)
{
    struct writer writer, *to = &writer;
    size_t at, i;
    unsigned n;

    writer.write = write;
    writer.context = context;
    put_number(to, "agen-trace 1\nclock ", trace.ticks_per_second);
    put_number(to, " ", trace.clock ? (trace.clock)() - trace.before : trace.last - trace.before);
    put_number(to, "\nlost ", trace.overwritten);
    put_number(to, " ", trace.tasks_lost);
    put_number(to, " ", trace.places_lost);
    put(to, "\n");
    for (n = 0; n < AGEN_TRACE_TASKS; n++) {
        if (!(trace.tasks[n].flags & USED))
            continue;
        put_number(to, "task ", n);
        put_number(to, " ", (trace.tasks[n].flags & ALIVE) != 0);
        put_number(to, " ", trace.tasks[n].place);
        put_text(to, trace.tasks[n].name);
        put(to, "\n");
    }
    for (n = 0; n < AGEN_TRACE_PLACES; n++) {
        if (!trace.places[n].statement)
            continue;
        put_number(to, "place ", n);
        put_number(to, " ", (uint32_t)trace.places[n].line);
        put_text(to, trace.places[n].statement);
        put_text(to, trace.places[n].body);
        put_text(to, trace.places[n].file);
        put(to, "\n");
    }
    at = oldest();
    for (i = 0; i < trace.used; i++) {
        uint8_t byte = byte_at(&at);
        char text[3];

        if (i % BYTES_IN_A_LINE == 0)
            put(to, i == 0 ? "ring " : "\nring ");
        text[0] = "0123456789abcdef"[byte >> 4];
        text[1] = "0123456789abcdef"[byte & 15];
        text[2] = '\0';
        put(to, text);
    }
    put_number(to, trace.used ? "\nend " : "end ", (uint32_t)trace.used);
    put(to, "\n");
}
