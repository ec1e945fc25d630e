/*
 * Every order of a few events around one task: cancelled by hand, by a group, by a timeout, by itself, at a
 * shutdown; what it waits for granted; blocks entered and left in its own step. What the task sees then, against
 * what CPython did. tests/python/data/README.md describes the data, which tests/python/orders.py prints; this file
 * has its programs, its children and its events once more, pass by pass.
 *
 * usage: test_orders [FILE]
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "loop.h"

enum { EVENTS_AT = 10, SET_AT = 20, EXPIRES_AT = 30, CANCELLED_AT = 40 };
enum { QUARTERS = 4 }; /* of a tick, by the clock of the loop: two timeouts may expire within one pass */
enum { MOST_LEVELS = 10, MOST_GROUPS = 4, MOST_EVENTS = 4 };
enum { E_CHILD = -'E', E_OUTER = -'O', E_FIRST_STEP = -'H', E_BODY = -'B' }; /* their letters in a trace */

static const char *program, *events; /* of the case at hand */
static agen_ticks expiry[2];         /* when the outermost and the innermost timeout are to expire, or 0 */
static char out[400];
static agen_ticks logged_at;

/* --- What is shared --------------------------------------------------------------------------- */

static agen_event event, go;
static agen_lock lock;
static agen_semaphore semaphore;
static AGEN_QUEUE(int, 2) queue;
static int subject_pauses;

static bool program_has(char c)
{
    return strchr(program, c) != NULL;
}

static void put(const char *text)
{
    size_t length = strlen(out);

    snprintf(out + length, sizeof out - length, "%s%s", length > 0 ? " " : "", text);
}

static void say(const char *text)
{
    char time[16];

    if (ticks / QUARTERS != logged_at) {
        logged_at = ticks / QUARTERS;
        sprintf(time, "@%d", (int)logged_at);
        put(time);
    }
    put(text);
}

static char letter_of(int status)
{
    return status == AGEN_DONE           ? '+'
           : status == AGEN_PENDING      ? '?'
           : status == AGEN_E_CANCELLED  ? 'C'
           : status == AGEN_E_TIMEOUT    ? 'T'
           : status < 0 && status > -128 ? (char)-status
                                         : '*';
}

/* How many of these letters stand before a place of the program. */
static int count_before(const char *letters, int at)
{
    int i, count = 0;

    for (i = 0; i < at; i++)
        count += strchr(letters, program[i]) && program[i + 1] == '[';
    return count;
}

static int count_in_program(const char *letters)
{
    return count_before(letters, (int)strlen(program));
}

/* --- Children of groups ----------------------------------------------------------------------- */

/* Waits until it is told to end. */
struct child_a {
    AGEN_COROUTINE;
    agen_event told;
    int pauses, error, i;
    agen_task task;
};

AGEN(child_a, self)
{
    AGEN_BEGIN(self);
    if (self->error != E_FIRST_STEP) {
        AGEN_WAIT(self, &self->told);
        for (self->i = 0; self->i < self->pauses; self->i++)
            AGEN_PAUSE(self);
    }
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

/* Waits for what the subject waits for, also in its cleanup. */
struct child_b {
    AGEN_COROUTINE;
    agen_task task;
};

AGEN(child_b, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_WAIT(self, &event);
    } AGEN_EXCEPT_ANY(self) {
        AGEN_WAIT(self, &event);
        AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct children {
    struct child_a a;
    struct child_b b;
} children[MOST_GROUPS];

static int spawned[MOST_GROUPS], count_spawned; /* in which order */

static void spawn_children(agen_group *group, int index, char kind)
{
    struct children *c = &children[index];

    agen_init(&c->a, child_a);
    agen_init(&c->b, child_b);
    c->a.error = kind == 'H' ? E_FIRST_STEP : 0;
    CHECK_INT(agen_group_spawn(group, &c->a.task, &c->a), AGEN_DONE);
    CHECK_INT(agen_group_spawn(group, &c->b.task, &c->b), AGEN_DONE);
    spawned[count_spawned++] = index;
}

/* --- The subject ------------------------------------------------------------------------------ */

static agen_task subject_task;

static void say_raised(char what, int error)
{
    char text[16];

    sprintf(text, "%c%c%d", what, letter_of(error), agen_cancelling(&subject_task));
    say(text);
}

static void say_letter(char what)
{
    char text[2] = { 0, 0 };

    text[0] = what;
    say(text);
}

static void say_count(char what)
{
    char text[16];

    sprintf(text, "%c%d", what, agen_cancelling(&subject_task));
    say(text);
}

/* Its cleanup waits. */
struct generator {
    AGEN_YIELDS(int);
    agen_slot slot;
};

AGEN(generator, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 0);
    } AGEN_FINALLY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_WAIT(self, &event);
            say("y");
        } AGEN_EXCEPT_ANY(self) {
            say_raised('y', agen_error(self));
            AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Runs the program from there, up to the bracket that closes. */
struct level {
    AGEN_COROUTINE;
    int at, depth, i;
    agen_timeout limit;
    agen_group group;
    struct generator generator;
    int item;
};

static struct level levels[MOST_LEVELS];
static bool held;

static char here(const struct level *self)
{
    return program[self->at];
}

static bool is_block(const struct level *self)
{
    return here(self) != '\0' && program[self->at + 1] == '[';
}

static void begin_inside(const struct level *self)
{
    struct level *inner = &levels[self->depth + 1];

    inner->at = self->at + 2;
    inner->depth = self->depth + 1;
}

static int end_of_block(int at)
{
    int depth = 0;

    do {
        at++;
        depth += program[at] == '[' ? 1 : program[at] == ']' ? -1 : 0;
    } while (depth > 0);
    return at;
}

static agen_ticks limit_at(int at)
{
    int index = count_before("T", at), last = count_in_program("T") - 1;
    agen_ticks when = index == last ? expiry[1] : index == 0 ? expiry[0] : 0;

    if (when > ticks)
        return when - ticks;
    return ticks < EXPIRES_AT * QUARTERS ? (agen_ticks)(EXPIRES_AT + index) * QUARTERS - ticks : 20 * QUARTERS;
}

AGEN(level, self)
{
    AGEN_BEGIN(self);
    for (; !strchr("]-", here(self)); self->at++) {
        if (is_block(self)) {
            agen_init(&levels[self->depth + 1], level);
            begin_inside(self);
            AGEN_TRY(self) {
                if (here(self) == 'T') {
                    AGEN_TIMEOUT(self, &self->limit, limit_at(self->at)) {
                        AGEN_AWAIT(self, &levels[self->depth + 1]);
                    } AGEN_END_TIMEOUT(self);
                } else if (here(self) == 'R') {
                    AGEN_RACE(self, &self->group) {
                        spawn_children(&self->group, count_before("GHR", self->at), 'R');
                        AGEN_AWAIT(self, &levels[self->depth + 1]);
                    } AGEN_END_RACE(self);
                } else if (here(self) == 'x') {
                    AGEN_AWAIT(self, &levels[self->depth + 1]);
                } else {
                    AGEN_GROUP(self, &self->group) {
                        spawn_children(&self->group, count_before("GHR", self->at), here(self));
                        AGEN_AWAIT(self, &levels[self->depth + 1]);
                    } AGEN_END_GROUP(self);
                }
            } AGEN_EXCEPT_ANY(self) {
                say_raised(here(self) == 'x' ? 'x' : (char)(here(self) + 'a' - 'A'), agen_error(self));
                if (here(self) != 'x')
                    AGEN_RAISE(self, agen_error(self));
            } AGEN_END_TRY(self);
            if (here(self) == 'T' && agen_expired(&self->limit))
                say("t*");
            else if (here(self) != 'x')
                say_letter((char)(here(self) + 'a' - 'A'));
            self->at = end_of_block(self->at);
        } else if (here(self) == 'c') {
            CHECK(agen_cancel(&subject_task));
        } else if (here(self) == '!') {
            AGEN_RAISE(self, E_BODY);
        } else if (here(self) != 'n') {
            AGEN_TRY(self) {
                if (here(self) == 'p') {
                    AGEN_WAIT(self, &go);
                    for (self->i = 0; self->i < subject_pauses; self->i++)
                        AGEN_PAUSE(self);
                } else if (here(self) == 'w') {
                    AGEN_WAIT(self, &event);
                } else if (here(self) == 'l') {
                    AGEN_ACQUIRE(self, &lock);
                    held = true;
                } else if (here(self) == 'm') {
                    AGEN_ACQUIRE(self, &semaphore);
                    held = true;
                } else if (here(self) == 'q') {
                    AGEN_GET(self, &queue, self->item);
                } else {
                    AGEN_NEW(&self->generator, generator);
                    AGEN_NEXT(self, &self->generator);
                    AGEN_CLOSE(self, &self->generator);
                }
            } AGEN_EXCEPT_ANY(self) {
                say_raised(here(self), agen_error(self));
                AGEN_RAISE(self, agen_error(self));
            } AGEN_END_TRY(self);
            say_letter(here(self));
        }
    }
    AGEN_END(self);
}

static void give(void)
{
    if (program_has('l'))
        CHECK_INT(agen_release(&lock), AGEN_DONE);
    else if (program_has('m'))
        CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    else if (program_has('q'))
        CHECK(agen_try_put(&queue, 1));
    else
        agen_event_set(&event);
}

static struct subject {
    AGEN_COROUTINE;
} subject;

AGEN(subject, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &levels[0]);
        say_count('.');
    } AGEN_EXCEPT_ANY(self) {
        say_raised('.', agen_error(self));
    } AGEN_END_TRY(self);
    if (held)
        give();
    if (program_has('-'))
        AGEN_RETURN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, QUARTERS);
        say_count('z');
    } AGEN_EXCEPT_ANY(self) {
        say_raised('z', agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void spawn_subject(void)
{
    agen_init(&subject, subject);
    agen_init(&levels[0], level);
    CHECK_INT(agen_spawn(&loop, &subject_task, &subject), AGEN_DONE);
}

/* The witness waits for the same as the subject, after it. */
static struct witness {
    AGEN_COROUTINE;
    int when, item;
} witness;

static agen_task witness_task;

AGEN(witness, self)
{
    AGEN_BEGIN(self);
    if (program_has('l'))
        AGEN_ACQUIRE(self, &lock);
    else if (program_has('m'))
        AGEN_ACQUIRE(self, &semaphore);
    else
        AGEN_GET(self, &queue, self->item);
    self->when = (int)ticks / QUARTERS;
    if (!program_has('q'))
        give();
    AGEN_END(self);
}

/* --- What happens to it ----------------------------------------------------------------------- */

/* Does one thing, some passes after it was spawned. That it is cancelled does not matter. */
static struct actor {
    AGEN_COROUTINE;
    int pauses;
    char what;
    agen_task task;
} actors[MOST_EVENTS];

static void act(char what)
{
    if (what == 'c')
        (void)agen_cancel(&subject_task);
    else if (what == 's')
        give();
    else if (what == 'x')
        (void)agen_cancel(&children[count_in_program("GHR") - 1].a.task);
    else if (what == 'a')
        agen_loop_cancel_all(&loop);
    else
        spawn_subject();
}

AGEN(actor, self)
{
    AGEN_BEGIN(self);
    for (; self->pauses > 0; self->pauses--) {
        AGEN_TRY(self) {
            AGEN_PAUSE(self);
        } AGEN_EXCEPT_ANY(self) {
        } AGEN_END_TRY(self);
    }
    act(self->what);
    AGEN_END(self);
}

static void prepare(int at, bool late)
{
    char c = events[at];
    struct child_a *child;

    if (strchr("FOKfk", c)) { /* its group acts a pass later than the child: F, O and K are that */
        child = &children[c == 'O' ? 0 : count_in_program("GHR") - 1].a;
        child->error = c == 'O' ? E_OUTER : strchr("Kk", c) ? 0 : E_CHILD;
        child->pauses = late + (strchr("fk", c) != NULL);
        agen_event_set(&child->told);
    } else if (c == 'S' && program[0] != 'n') {
        subject_pauses = 1 + late;
        agen_event_set(&go);
    } else {
        agen_init(&actors[at], actor);
        actors[at].what = c;
        actors[at].pauses = c == 'S' ? late : 1 + late;
        CHECK_INT(agen_spawn(&loop, &actors[at].task, &actors[at]), AGEN_DONE);
    }
}

/*
 * All act in one pass, in their order, but for those after a timeout that expires: timers act when a pass begins,
 * so that these act in the next one, in front of the subject's step.
 */
static void happen(void)
{
    int count = (int)strlen(events), first = (int)strcspn(events, "eo"), i;
    int after = first < count ? first + (int)strspn(events + first, "eo") : count;

    for (i = after; i < count; i++)
        prepare(i, true);
    for (i = 0; i < first; i++)
        prepare(i, false);
    (void)agen_loop_poll(&loop); /* each gets to its pause */
    (void)agen_loop_poll(&loop); /* and acts */
    ticks += (agen_ticks)(after - first);
    settle();
}

static void set_up(void)
{
    const char *e;
    int n = 0;

    begin();
    out[0] = '\0';
    logged_at = EVENTS_AT;
    held = false;
    memset(&event, 0, sizeof event);
    memset(&go, 0, sizeof go);
    memset(&lock, 0, sizeof lock);
    memset(levels, 0, sizeof levels);
    memset(children, 0, sizeof children);
    memset(actors, 0, sizeof actors);
    memset(&subject_task, 0, sizeof subject_task);
    memset(&witness_task, 0, sizeof witness_task);
    count_spawned = 0;
    agen_semaphore_init(&semaphore, 0);
    agen_queue_init(&queue);
    CHECK(agen_try_acquire(&lock));
    expiry[0] = expiry[1] = 0;
    for (e = events; *e; e++)
        if (*e == 'e' || *e == 'o')
            expiry[*e == 'e'] = (agen_ticks)(EVENTS_AT * QUARTERS + ++n);
}

static void add_results(void)
{
    char text[2 + 2 * MOST_GROUPS + 8];
    int i, n = 0;

    text[n++] = '=';
    text[n++] = letter_of(agen_task_status(&subject_task));
    for (i = 0; i < count_spawned; i++) {
        text[n++] = letter_of(agen_task_status(&children[spawned[i]].a.task));
        text[n++] = letter_of(agen_task_status(&children[spawned[i]].b.task));
    }
    text[n] = '\0';
    put(text);
    if (program_has('l') || program_has('m') || program_has('q')) {
        sprintf(text, witness.when ? "W%d" : "W-", witness.when);
        put(text);
    }
}

static void perform(void)
{
    bool contended = program_has('l') || program_has('m') || program_has('q');

    set_up();
    if (program[0] != 'n')
        spawn_subject();
    settle();
    if (contended) {
        AGEN_NEW(&witness, witness);
        CHECK_INT(agen_spawn(&loop, &witness_task, &witness), AGEN_DONE);
    }
    run_until(EVENTS_AT * QUARTERS);
    happen();
    run_until(SET_AT * QUARTERS);
    agen_event_set(&event);
    if (contended && !strchr(events, 's'))
        give();
    run_until(CANCELLED_AT * QUARTERS);
    while (agen_task_status(&subject_task) == AGEN_PENDING && ticks < 400 * QUARTERS) {
        (void)agen_cancel(&subject_task);
        run_until(ticks + 10 * QUARTERS);
    }
    add_results();
    agen_loop_cancel_all(&loop);
    end();
}

/* --- The cases -------------------------------------------------------------------------------- */

/* The differences are numbered as those of the event loop in docs/PYTHON.md, "What differs"; TG6 is a row there. */
enum why { AGREES, NO_RACES, NOT_SENT_AGAIN, FEWER_PASSES, TAKEN_BACK, REASONS };

static const struct {
    const char *name, *text;
} reasons[REASONS] = {
    { "", "as in CPython" },
    { "", "as the race of tests/python/fuzz/tasks.py, since asyncio has none" },
    { "3", "difference 3: a cancellation that was caught before is not sent again when a group fails" },
    { "4", "difference 4: where no child fails, the end of a group takes fewer passes" },
    { "TG6", "difference, TG6: what a group has sent again is taken back by the timeout that it came from, "
             "also after another one was caught" },
};

enum { PROGRAM, EVENTS, TRACE, WHY, HERE, MOST_FIELDS };

static char *fields[MOST_FIELDS];

/* Splits the line at its tabs. How many fields that gives, or none if it is not 3 or 5. */
static int split(char *line)
{
    int n = 0;

    line[strcspn(line, "\n")] = '\0';
    while (line != NULL && n < MOST_FIELDS) {
        fields[n++] = line;
        line = strchr(line, '\t');
        if (line != NULL)
            *line++ = '\0';
    }
    return line == NULL && (n == WHY || n == MOST_FIELDS) ? n : 0;
}

/* The two traces are the same but for the wait after the program, which is cancelled in CPython only. */
static bool differs_at_the_end(const char *python, const char *c)
{
    const char *end = strstr(python, " zC");

    return end != NULL && strncmp(python, c, (size_t)(end - python)) == 0 && strstr(c, " zC") == NULL;
}

static enum why why_of(int count)
{
    int why = NOT_SENT_AGAIN;

    if (count == WHY)
        return program_has('R') ? NO_RACES : AGREES;
    while (why < REASONS - 1 && strcmp(reasons[why].name, fields[WHY]) != 0)
        why++;
    CHECK_STR(fields[WHY], reasons[why].name);
    CHECK(strcmp(fields[TRACE], fields[HERE]) != 0);
    if (why != FEWER_PASSES)
        CHECK(differs_at_the_end(fields[TRACE], fields[HERE]));
    return (enum why)why;
}

static void check_line(int count, int tally[REASONS])
{
    enum why why;
    char text[400], *order;

    program = fields[PROGRAM];
    why = why_of(count);
    for (order = strtok(fields[EVENTS], " "); order != NULL; order = strtok(NULL, " ")) {
        events = strcmp(order, "-") == 0 ? "" : order;
        if (strlen(events) > MOST_EVENTS || count_in_program("TGHRx") >= MOST_LEVELS
            || count_in_program("GHR") > MOST_GROUPS) {
            CHECK(false);
            return;
        }
        perform();
        snprintf(text, sizeof text, "%s, events %s", program, events);
        (void)check_str_(out, why >= NOT_SENT_AGAIN ? fields[HERE] : fields[TRACE], text, __FILE__, __LINE__);
        tally[why]++;
    }
}

static void check_all(const char *path, int cases)
{
    int tally[REASONS] = { 0 }, all = 0, count, why;
    FILE *file = fopen(path, "r");
    static char line[2000];

    CHECK(file != NULL);
    if (file == NULL) {
        printf("%s: cannot be read\n", path);
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        count = split(line);
        CHECK(count > 0);
        if (count > 0)
            check_line(count, tally);
    }
    CHECK(feof(file));
    fclose(file);
    for (why = AGREES; why < REASONS; why++) {
        CHECK(tally[why] > 0);
        all += tally[why];
    }
    CHECK_INT(all, cases);
    printf("%s: %d cells\n", path, all);
    for (why = AGREES; why < REASONS; why++)
        printf("%5d %s\n", tally[why], reasons[why].text);
}

int main(int argc, char **argv)
{
    check_all(argc > 1 ? argv[1] : "tests/python/data/orders.3.13.0.tsv", 8136);
    return check_result();
}
