/* SPDX-License-Identifier: 0BSD */
/*
 * AGEN_TRACE: the events of each task, in their order, with the place of each suspension.
 */
struct agen_loop;
struct agen_task;
struct agen_place;
static void note(const struct agen_loop *loop, const struct agen_task *task, int event, int status,
                 const struct agen_place *place);
#define AGEN_TRACE(loop, task, event, status, place) note(loop, task, event, status, place)
#include "loop.h"

#include <stdio.h>
#include <string.h>

static agen_task a, b, parent;

/* As in "a run b wake a suspend sleeper:104:AGEN_SLEEP". */
static void note(const struct agen_loop *of, const struct agen_task *task, int event, int status,
                 const struct agen_place *place)
{
    static const char *const words[] = {
        "spawn", "ready", "run", "suspend", "wake", "deadline", "cancel", "end"
    };
    char text[80];

    CHECK(of == &loop);
    CHECK(status == 0 || event == AGEN_TRACE_END);
    CHECK((place != NULL) == (event == AGEN_TRACE_SPAWN || event == AGEN_TRACE_SUSPEND));
    trace(task == &a ? "a" : task == &b ? "b" : task == &parent ? "parent" : "?");
    trace(words[event]);
    if (event == AGEN_TRACE_END)
        trace_int(status);
    if (place && event == AGEN_TRACE_SPAWN && !place->statement) {
        CHECK_INT(place->line, 0);
        trace(place->body);
    } else if (place) {
        CHECK_STR(place->file, __FILE__);
        (void)sprintf(text, "%s:%d:%s", place->body, place->line, place->statement);
        trace(text);
    }
}

struct sleeper {
    AGEN_COROUTINE;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
#line 101
    AGEN_SLEEP(self, 10);
    AGEN_END(self);
}

static struct sleeper sleeper;

static void spawn(agen_task *task, agen_t *x)
{
    CHECK_INT(agen_spawn(&loop, task, x), AGEN_DONE);
}

static void test_sleep(void)
{
    begin();
    agen_init(&sleeper, sleeper);
    spawn(&a, (agen_t *)&sleeper);
    CHECK_TRACE("a spawn sleeper");
    settle();
    CHECK_TRACE("a run a suspend sleeper:101:AGEN_SLEEP");
    ticks = 9;
    settle();
    CHECK_TRACE("");
    ticks = 10;
    settle();
    CHECK_TRACE("a deadline a wake a run a end 0");
}

static void test_cancel(void)
{
    begin();
    agen_init(&sleeper, sleeper);
    spawn(&a, (agen_t *)&sleeper);
    settle();
    (void)agen_cancel(&a);
    (void)agen_cancel(&a); /* it is ready already */
    settle();
    CHECK_TRACE("a spawn sleeper a run a suspend sleeper:101:AGEN_SLEEP "
                "a cancel a wake a cancel a run a end -32766");
    CHECK(!agen_cancel(&a));
    CHECK_TRACE("");
    agen_init(&sleeper, sleeper);
    spawn(&a, (agen_t *)&sleeper);
    (void)agen_cancel(&a); /* before its first turn */
    settle();
    CHECK_TRACE("a spawn sleeper a cancel a run a end -32766");
}

static agen_event event;

/* Its timeout ends the wait in a coroutine that it awaits. */
struct inner {
    AGEN_COROUTINE;
};

AGEN(inner, self)
{
    AGEN_BEGIN(self);
#line 201
    AGEN_WAIT(self, &event);
    AGEN_END(self);
}

struct impatient {
    AGEN_COROUTINE;
    agen_timeout limit;
    struct inner inner;
};

AGEN(impatient, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, 5) {
        AGEN_AWAIT(self, &self->inner);
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

static void test_timeout(void)
{
    static struct impatient impatient;

    begin();
    agen_init(&impatient, impatient);
    agen_init(&impatient.inner, inner);
    spawn(&a, (agen_t *)&impatient);
    settle();
    CHECK_TRACE("a spawn impatient a run a suspend inner:201:AGEN_WAIT");
    ticks = 5;
    settle();
    CHECK_TRACE("a deadline a cancel a wake a run a end -32760");
}

static struct {
    AGEN_QUEUE(int, 1) queue;
} q;

struct producer {
    AGEN_COROUTINE;
    int i;
};

AGEN(producer, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++)
#line 301
        AGEN_PUT(self, &q.queue, self->i);
    agen_queue_close(&q.queue);
    AGEN_END(self);
}

struct consumer {
    AGEN_COROUTINE;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
#line 401
    AGEN_GET(self, &q.queue, q.queue.value);
    AGEN_PAUSE(self);
    AGEN_FOR(self, &q.queue)
        ticks++;
    AGEN_END(self);
}

/* Who wakes whom; the body at whose loop a task waits for a queue; and a pause. */
static void test_queue(void)
{
    static struct producer producer;
    static struct consumer consumer;

    begin();
    agen_queue_init(&q.queue);
    agen_init(&consumer, consumer);
    agen_init(&producer, producer);
    spawn(&a, (agen_t *)&consumer);
    spawn(&b, (agen_t *)&producer);
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("a spawn consumer b spawn producer "
                "a run a suspend consumer:401:AGEN_GET "
                "b run a wake b suspend producer:301:AGEN_PUT");
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("a run b wake a suspend consumer:402:AGEN_PAUSE a ready");
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("b run b suspend producer:301:AGEN_PUT a run b wake a suspend consumer:403:AGEN_FOR");
    settle();
    CHECK_TRACE("b run a wake b end 0 a run a end 0");
}

/* Starts two in a race: when the first has ended, the second is cancelled. */
struct racing {
    AGEN_COROUTINE;
    agen_group group;
    struct inner inner;
};

AGEN(racing, self)
{
    AGEN_BEGIN(self);
#line 501
    AGEN_RACE(self, &self->group) {
        if (agen_group_spawn(&self->group, &a, &self->inner) != AGEN_DONE
            || agen_group_spawn(&self->group, &b, &sleeper) != AGEN_DONE)
            AGEN_RAISE(self, -1);
    } AGEN_END_RACE(self);
    AGEN_END(self);
}

static void test_race(void)
{
    static struct racing racing;

    begin();
    agen_event_clear(&event);
    agen_init(&racing, racing);
    agen_init(&racing.inner, inner);
    agen_init(&sleeper, sleeper);
    spawn(&parent, (agen_t *)&racing);
    settle();
    trace("|");
    agen_event_set(&event);
    settle();
    CHECK_TRACE("parent spawn racing parent run a spawn inner b spawn sleeper "
                "parent suspend racing:501:end of AGEN_RACE "
                "a run a suspend inner:201:AGEN_WAIT b run b suspend sleeper:101:AGEN_SLEEP "
                "| a wake a run a end 0 b cancel b wake b run b end -32766 "
                "parent wake parent run parent end 0");
    agen_event_clear(&event);
}

/* Cancels itself: the wait after it is over at once. */
struct suicidal {
    AGEN_COROUTINE;
};

AGEN(suicidal, self)
{
    AGEN_BEGIN(self);
    (void)agen_cancel(agen_current_task(self));
#line 601
    AGEN_WAIT(self, &event);
    AGEN_END(self);
}

/* Waits for the first of two, and for a condition. */
struct chooser {
    AGEN_COROUTINE;
    agen_alternative alternative;
};

static agen_condition condition;

AGEN(chooser, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
    AGEN_ON_EVENT(self, &self->alternative, &event) {
    } AGEN_ON_TIMEOUT(self, 7) {
#line 701
    } AGEN_END_SELECT(self);
    AGEN_CONDITION_WAIT(self, &condition);
    AGEN_END(self);
}

static void test_itself(void)
{
    static struct suicidal suicidal;

    begin();
    agen_init(&suicidal, suicidal);
    spawn(&a, (agen_t *)&suicidal);
    settle();
    CHECK_TRACE("a spawn suicidal a run a cancel a suspend suicidal:601:AGEN_WAIT a wake "
                "a run a end -32766");
}

static void test_select(void)
{
    static struct chooser chooser;

    begin();
    agen_init(&chooser, chooser);
    spawn(&a, (agen_t *)&chooser);
    settle();
    CHECK_TRACE("a spawn chooser a run a suspend chooser:701:AGEN_SELECT");
    agen_event_set(&event);
    CHECK_TRACE("a wake");
#ifdef AGEN_HAVE_ISR_
    agen_notify_isr(&condition, 1); /* before the wait, whose loop it does not know: no event */
    CHECK_TRACE("");
    settle(); /* the wait wakes the task before that has suspended */
    CHECK_TRACE("a run a wake a suspend chooser:702:AGEN_CONDITION_WAIT a ready a run a end 0");
#else
    settle();
    agen_notify(&condition, 1);
    settle();
    CHECK_TRACE("a run a suspend chooser:702:AGEN_CONDITION_WAIT a wake a run a end 0");
#endif
    agen_event_clear(&event);
    agen_init(&chooser, chooser);
    spawn(&a, (agen_t *)&chooser);
    settle();
    ticks = 7;
    settle();
    CHECK_TRACE("a spawn chooser a run a suspend chooser:701:AGEN_SELECT "
                "a deadline a wake a run a suspend chooser:702:AGEN_CONDITION_WAIT");
    (void)agen_loop_shutdown(&loop);
    CHECK_TRACE("a cancel a wake a run a end -32766");
}

struct stepper {
    AGEN_YIELDS(int);
};

AGEN(stepper, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
#line 801
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        AGEN_SLEEP(self, 3);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A task that closes a generator; a joiner; and a task that is given up before its first turn. */
static void test_close(void)
{
    static struct stepper stepper;

    begin();
    agen_init(&stepper, stepper);
    CHECK_INT(agen_next(&stepper), AGEN_YIELDED);
    CHECK_INT(agen_spawn_close(&loop, &a, &stepper), AGEN_DONE);
    settle();
    ticks += 3;
    settle();
    CHECK_TRACE("a spawn stepper:801:AGEN_YIELD a run a suspend stepper:803:AGEN_SLEEP "
                "a deadline a wake a run a end 0");
    agen_init(&stepper, stepper);
    CHECK_INT(agen_next(&stepper), AGEN_YIELDED);
    CHECK_INT(agen_spawn_close(&loop, &a, &stepper), AGEN_DONE);
    CHECK(agen_untrack(&a));
    CHECK_TRACE("a spawn stepper:801:AGEN_YIELD a end 0");
}

int main(void)
{
    test_sleep();
    test_cancel();
    test_timeout();
    test_queue();
    test_race();
    test_itself();
    test_select();
    test_close();
    return check_result();
}
