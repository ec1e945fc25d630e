/*
 * For the tests that compare agen.h with CPython cell by cell. The data are in tests/python/data:
 * rows of a state or an operation, what is done there, and what CPython 3.13.0 then did. Each row
 * must agree, or be named by a rule that says why it does not and what comes instead.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CELLS_H
#define CELLS_H

enum { E = -1, E2 = -2, X = -3 };

#define PYTHON_ERRORS { E, "E", "" }, { E2, "E2", "" }, { X, "X", "" },
#include "check.h"
#include "programs/python.h"

/* The differences are numbered as in docs/DESIGN.md. What begins with NO_ has no meaning in C. */
enum why {
    AGREES,
    ERROR_RETURNS,
    CLOSE_TRIES_AGAIN,
    ABORT_ALWAYS,
    ONE_CODE,
    NOTHING_PENDING,
    EXIT_IGNORED,
    DROP_REFUSED,
    NO_FRESH_OBJECT,
    NO_SPENT_OBJECT,
    NO_STOP_ITERATION,
    REASONS
};

static const char *const reasons[REASONS] = {
    "as in CPython",
    "difference 1: an error thrown into a finished generator comes back",
    "difference 2: what has ignored an exit is closed, thrown into and dropped like any other",
    "difference 3: a wait in answer to an abort is one more wait, which can be aborted",
    "difference 4: one code for every re-entry",
    "difference 5: no operation objects: an abort with nothing pending does nothing",
    "difference 6: a yield in answer to an aborted exit is an ignored exit",
    "difference, fine print: dropping a generator that is pending is refused",
    "does not apply: an operation object that was not stepped yet",
    "does not apply: an operation object that has answered already is stepped again",
    "does not apply: StopIteration, for which there is no code",
};

/* A * at the end of a pattern stands for any rest. What is NULL is as in the cell. */
struct rule {
    const char *row, *column;
    enum why why;
    const char *expected[3];
};

enum { STEPPED_AGAIN = 5, MOST_FIELDS = 6 };

static const char *cell[MOST_FIELDS]; /* the row at hand */
static const struct rule *rule;       /* the one for it, or NULL */

static inline bool matches(const char *pattern, const char *text)
{
    size_t length = strcspn(pattern, "*");

    return pattern[length] == '*' ? strncmp(pattern, text, length) == 0
                                  : strcmp(pattern, text) == 0;
}

static inline const struct rule *rule_for(const struct rule *rules, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (matches(rules[i].row, cell[0]) && matches(rules[i].column, cell[1]))
            return &rules[i];
    return NULL;
}

/* Compares what happened with the cell's fields from the third on, or with what the rule says. */
static inline void judge(const char *const happened[3])
{
    bool differs = false;
    char line[400];
    int i;

    for (i = 0; i < 3; i++) {
        const char *expected = cell[2 + i];

        if (rule != NULL && rule->expected[i] != NULL)
            expected = rule->expected[i];
        differs = differs || strcmp(expected, cell[2 + i]) != 0;
        snprintf(line, sizeof line, "%s, %s: field %d", cell[0], cell[1], 3 + i);
        (void)check_str_(happened[i], expected, line, __FILE__, __LINE__);
    }
    if (rule != NULL && rule->why != AGREES && !differs) {
        snprintf(line, sizeof line, "%s, %s: the rule names a difference", cell[0], cell[1]);
        (void)check_true_(0, line, __FILE__, __LINE__);
    }
}

/* Splits the line at its tabs. */
static inline int split(char *line)
{
    int n = 0;

    line[strcspn(line, "\n")] = '\0';
    for (; line != NULL && n < MOST_FIELDS; n++) {
        cell[n] = line;
        line = strchr(line, '\t');
        if (line != NULL)
            *line++ = '\0';
    }
    return line == NULL ? n : MOST_FIELDS + 1;
}

/* Every row of the file, and every rule: one that no row needs any more is wrong, too. */
static inline void check_cells(const char *path, int rows, int fields, const struct rule *rules,
                               size_t count, void (*check_cell)(void))
{
    int tally[REASONS] = { 0 }, used[40] = { 0 }, row = 0, again = 0, why;
    FILE *file = fopen(path, "r");
    char line[300];
    size_t i;

    CHECK(file != NULL);
    if (file == NULL) {
        printf("%s: cannot be read\n", path);
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        row++;
        if (split(line) != fields) {
            printf("%s:%d: should have %d fields\n", path, row, fields);
            CHECK(false);
            continue;
        }
        rule = rule_for(rules, count);
        if (rule != NULL)
            used[rule - rules] = 1;
        tally[rule == NULL ? AGREES : rule->why]++;
        again += fields > STEPPED_AGAIN && strcmp(cell[STEPPED_AGAIN], "-") != 0;
        if (rule == NULL || rule->why < NO_FRESH_OBJECT)
            check_cell();
    }
    CHECK(feof(file));
    fclose(file);
    CHECK_INT(row, rows);
    for (i = 0; i < count; i++)
        CHECK(used[i]);
    printf("%s: %d cells\n", path, row);
    for (why = AGREES; why < REASONS; why++)
        if (tally[why] > 0)
            printf("%5d %s\n", tally[why], reasons[why]);
    if (again > 0)
        printf("%5d of them have a last field that does not apply: the awaitable stepped again\n",
               again);
}

/*
 * What is operated on. Its body is in the test; all that the body needs is here, so that a copy of
 * one that is not pending is another in the same state.
 */
static bool ready; /* what the body waits for, and takes */

struct wait {
    AGEN_COROUTINE;
};

AGEN(wait, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, ready);
    ready = false;
    AGEN_END(self);
}

struct subject {
    AGEN_YIELDS_RECEIVES(const char *, int);
    int shape, answer; /* what the body does */
    int arrived;
    struct wait wait;
    char events[16];
};

static inline void note(struct subject *g, const char *event)
{
    if (strlen(g->events) + strlen(event) + 1 < sizeof g->events)
        sprintf(g->events + strlen(g->events), "%s%s", g->events[0] ? "+" : "", event);
}

/* The name of its state, found out by operations only. It is left as it was. */
static inline const char *state_of(struct subject *g)
{
    struct subject kept = *g; /* not used if g turns out to be pending */
    bool was_ready = ready;
    int status;

    if (agen_done(g))
        return "FIN";
    ready = true;
    status = agen_send(g, 0);
    ready = was_ready;
    if (status == AGEN_E_RUNNING)
        return "AWAIT*";
    *g = kept;
    return status == AGEN_E_JUST_STARTED ? "NEW" : "YIELD";
}

/*
 * How Python shows the answer of an operation. A close, and the close() of an awaitable, which is
 * throw(GeneratorExit) and then silence about that exit, have no value.
 */
static inline const char *outcome(int status, enum python_operation operation, const char *value,
                                  bool is_close_of_awaitable)
{
    static char text[160];

    if (status == AGEN_PENDING)
        return "pending";
    if (is_close_of_awaitable && (status == AGEN_DONE || status == AGEN_E_EXIT))
        return "returns None";
    if (status == AGEN_DONE && operation == PYTHON_ACLOSE)
        return "value None";
    if (status == AGEN_YIELDED)
        snprintf(text, sizeof text, "value %s", value);
    else if (strlen(python_str(status, operation)) > 0)
        snprintf(text, sizeof text, "%s: %s", python_type(status), python_str(status, operation));
    else
        snprintf(text, sizeof text, "%s", python_type(status));
    return text;
}

/* Whatever has happened to it, it can be brought to its end. Not pending, then closed. */
static inline void check_can_end(struct subject *g)
{
    int tries;

    (void)agen_abort(g, AGEN_E_EXIT);
    for (tries = 0; tries < 3 && !agen_done(g); tries++)
        if (agen_close(g) == AGEN_PENDING)
            (void)agen_abort(g, AGEN_E_EXIT);
    CHECK(agen_done(g));
}

#endif
