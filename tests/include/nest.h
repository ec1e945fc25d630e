/* SPDX-License-Identifier: 0BSD */
/*
 * Trials of nested tries, for test_finally.c and test_slots.c: a body in which each part of each
 * try does what a table says, under a consumer that tries everything at each suspension. What
 * happens, event by event, is compared with a model: the same nest as plain recursive C, where
 * nothing suspends.
 */
#ifndef NEST_H
#define NEST_H

#include "check.h"

/* What a part, a handler or a finally does, once the try within it is through. */
enum act { FALL_OFF, RETURN, RAISE, YIELD, WAIT, ACTS };
enum { MOST_PARTS = 18, AFTER = 99 }; /* AFTER: the end of the body */

static enum act acts[MOST_PARTS];

enum { E_RAISED = -100, E_THROWN = -200, E_ABORTED = -300 };

/* What happened: the numbers of the parts, errors seen, answers of the operations. */
enum { MOST_EVENTS = 250, WENT_IN = 1000, WENT_ON = 2000 };

static struct record {
    int count;
    int event[MOST_EVENTS];
} real, modelled, *record;

static inline void note(int event)
{
    if (record->count < MOST_EVENTS)
        record->event[record->count++] = event;
}

/*
 * The consumer's choices: every sequence of them is tried, by counting it up from one run to the
 * next.
 */
enum { MOST_CHOICES = 40, CHOICES_YIELDED = 5, CHOICES_PENDING = 4 };
static unsigned char choices[MOST_CHOICES], alternatives[MOST_CHOICES];
static int choice, choices_made;

static inline int choose_from(int count)
{
    if (choice == choices_made)
        choices[choices_made++] = 0;
    alternatives[choice] = (unsigned char)count;
    return choices[choice++];
}

static inline bool next_choices(void)
{
    while (choices_made > 0) {
        if (++choices[choices_made - 1] < alternatives[choices_made - 1])
            return true;
        choices_made--;
    }
    return false;
}

/* --- The body: the macros that its parts are made of ------------------------------------------ */

struct pause {
    AGEN_COROUTINE;
    int turns;
};

AGEN(pause, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, self->turns++ > 0);
    AGEN_END(self);
}

static inline void pause_again(struct pause *pause)
{
    agen_init(pause, pause);
    pause->turns = 0;
}

/* After it follow the yield and the wait, which need lines of their own. */
#define ACT(self, part) \
    note(WENT_IN + (part)); \
    pause_again(&(self)->pause); \
    if (acts[part] == RETURN) \
        AGEN_RETURN(self); \
    if (acts[part] == RAISE) \
        AGEN_RAISE(self, E_RAISED - (part))

#define SEE_ERROR(self) note(agen_error(self))
#define END_OF(part) note(WENT_ON + (part))

static inline int drive(agen_t *x, const int *value)
{
    int status = agen_next(x), made;

    for (;;) {
        note(status);
        if (status == AGEN_PENDING) {
            made = choose_from(CHOICES_PENDING);
            status = made == 0 ? agen_poll(x)
                   : made == 1 ? agen_abort(x, E_ABORTED)
                   : made == 2 ? agen_abort(x, AGEN_E_EXIT)
                               : agen_abort(x, AGEN_E_CANCELLED);
        } else if (status == AGEN_YIELDED || status == AGEN_E_IGNORED_EXIT) {
            note(*value);
            made = choose_from(CHOICES_YIELDED);
            status = made == 0 ? agen_next(x)
                   : made == 1 ? agen_throw(x, E_THROWN)
                   : made == 2 ? agen_throw(x, AGEN_E_EXIT)
                   : made == 3 ? agen_throw(x, AGEN_E_CANCELLED)
                               : agen_close(x);
        } else {
            return status;
        }
    }
}

/* --- The model -------------------------------------------------------------------------------- */

enum handles { NOTHING, ERRORS, ANYTHING };

struct model {
    int part; /* the first of its three numbers: part, handler, finally */
    enum handles handles;
    bool finally;
    bool in_handler; /* then an outer error is to be seen in the part, too */
    const struct model *within[3];
};

enum { RETURNED = 1 }; /* how a part ended, if not by an error or 0, its end */

static bool model_closes, model_exited;

static inline int model_suspend(int status, int part)
{
    static const int thrown[] = { 0, E_THROWN, AGEN_E_EXIT, AGEN_E_CANCELLED, AGEN_E_EXIT };
    static const int aborted[] = { 0, E_ABORTED, AGEN_E_EXIT, AGEN_E_CANCELLED };
    int made;

    if (status == AGEN_PENDING) {
        note(status);
        made = choose_from(CHOICES_PENDING);
        model_exited = model_exited || aborted[made] == AGEN_E_EXIT;
        return aborted[made];
    }
    note(model_closes || model_exited ? (int)AGEN_E_IGNORED_EXIT : status);
    note(part);
    made = choose_from(CHOICES_YIELDED);
    model_closes = made == 4;
    model_exited = false;
    return thrown[made];
}

static inline int model_act(int part)
{
    note(WENT_IN + part);
    if (acts[part] == RETURN)
        return RETURNED;
    if (acts[part] == RAISE)
        return E_RAISED - part;
    if (acts[part] == YIELD)
        return model_suspend(AGEN_YIELDED, part);
    if (acts[part] == WAIT)
        return model_suspend(AGEN_PENDING, part);
    return 0;
}

static inline int model_try(const struct model *m, int outer_error);

static inline int model_part(const struct model *m, int index, int error)
{
    bool sees_error = index > 0 || m->in_handler;
    int outcome;

    if (m->within[index]) {
        outcome = model_try(m->within[index], error);
        if (outcome != 0)
            return outcome;
    }
    if (sees_error)
        note(error);
    outcome = model_act(m->part + index);
    if (outcome != 0)
        return outcome;
    if (sees_error)
        note(error);
    note(WENT_ON + m->part + index);
    return 0;
}

static inline int model_try(const struct model *m, int outer_error)
{
    int outcome = model_part(m, 0, outer_error);

    if (outcome < 0
        && (m->handles == ANYTHING || (m->handles == ERRORS && outcome > AGEN_E_CANCELLED)))
        outcome = model_part(m, 1, outcome);
    if (m->finally) {
        int last = model_part(m, 2, outcome < 0 ? outcome : 0);

        if (last != 0) /* a raise or a return in a finally replaces what was on its way */
            outcome = last;
    }
    return outcome;
}

static inline int model_run(const struct model *m)
{
    int outcome;

    model_closes = model_exited = false;
    outcome = model_try(m, 0);
    if (outcome == 0)
        note(WENT_ON + AFTER);
    if (outcome > 0 || (outcome == AGEN_E_EXIT && model_closes))
        outcome = AGEN_DONE;
    note(outcome);
    return outcome;
}

/* --- Trials ----------------------------------------------------------------------------------- */

struct trial {
    const char *name;
    int (*run)(void); /* makes an instance and drives it */
    const struct model *model;
    int parts;                /* all of them are numbered, also those that this form has not */
    bool has_part[MOST_PARTS];
    int finallys[MOST_PARTS]; /* in the order in which they must run, if the order is fixed */
    int finally_count;
};

static inline bool show_trial(const struct trial *t)
{
    int i;

    if (check_failed_ >= CHECK_SHOWN_)
        return false;
    printf("%s:", t->name);
    for (i = 0; i < t->parts; i++)
        printf(" %d", (int)acts[i]);
    printf(", choices");
    for (i = 0; i < choices_made; i++)
        printf(" %d", (int)choices[i]);
    printf("\n  real    ");
    for (i = 0; i < real.count; i++)
        printf(" %d", real.event[i]);
    printf("\n  modelled");
    for (i = 0; i < modelled.count; i++)
        printf(" %d", modelled.event[i]);
    printf("\n");
    return false;
}

/* Whether the finallys, and nothing else of the kind, were entered once each and in order. */
static inline bool finallys_in_order(const struct trial *t)
{
    int i, e, found = 0;

    for (i = 0; i < real.count; i++) {
        for (e = 0; e < t->finally_count; e++) {
            if (real.event[i] != WENT_IN + t->finallys[e])
                continue;
            if (e != found++)
                return false;
        }
    }
    return found == t->finally_count;
}

/* All choices of the consumer for the acts as they are. */
static inline void try_all_choices(const struct trial *t)
{
    choices_made = 0;
    do {
        int answer, expected;
        bool same;

        record = &real;
        real.count = choice = 0;
        answer = t->run();
        record = &modelled;
        modelled.count = choice = 0;
        expected = model_run(t->model);
        same = answer == expected && real.count == modelled.count
            && memcmp(real.event, modelled.event, sizeof(int) * (size_t)real.count) == 0;
        CHECK(same || show_trial(t));
        CHECK(finallys_in_order(t) || show_trial(t));
    } while (next_choices());
}

/* All acts where at most `active` parts do anything but fall off. */
static inline void try_all_acts(const struct trial *t, int from, int active)
{
    int part, act;

    try_all_choices(t);
    if (active == 0)
        return;
    for (part = from; part < t->parts; part++) {
        if (!t->has_part[part])
            continue;
        for (act = FALL_OFF + 1; act < ACTS; act++) {
            acts[part] = (enum act)act;
            try_all_acts(t, part + 1, active - 1);
        }
        acts[part] = FALL_OFF;
    }
}

#endif
