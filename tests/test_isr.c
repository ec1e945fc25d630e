/*
 * agen_event_set_isr and agen_queue_put_isr: from other threads, and from a signal handler that
 * interrupts the loop itself. Nothing is lost, nothing comes twice, and each producer's items come in
 * order. The runs are bounded by numbers of items, never by time.
 */
#if defined __unix__ || defined __APPLE__
#define _XOPEN_SOURCE 700
#endif

#include "agen.h"

#include "check.h"

#if (defined __unix__ || defined __APPLE__) && defined agen_queue_put_isr

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

enum { PRODUCERS = 3, ITEMS = 20000, WAKES = 5000, SIGNALS = 1000, END = PRODUCERS };

static agen_ticks now(void)
{
    return 0;
}

/* Takes all that the producers put, whose number is in the upper bits. */
struct consumer {
    AGEN_COROUTINE;
    AGEN_QUEUE(unsigned, 5) queue;
    unsigned item, next[PRODUCERS], total, expected, wrong;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    while (self->total < self->expected) {
        AGEN_GET(self, &self->queue, self->item);
        if ((self->item & 0xFFFFFF) != self->next[self->item >> 24])
            self->wrong++;
        self->next[self->item >> 24]++;
        self->total++;
    }
    AGEN_END(self);
}

/* Counts how often its event came. */
struct listener {
    AGEN_COROUTINE;
    agen_event event;
    unsigned wakes, seen;
};

AGEN(listener, self)
{
    AGEN_BEGIN(self);
    while (self->wakes < WAKES) {
        AGEN_WAIT(self, &self->event);
        agen_event_clear(&self->event);
        self->wakes++;
        __atomic_store_n(&self->seen, self->wakes, __ATOMIC_SEQ_CST);
    }
    AGEN_END(self);
}

static struct consumer consumer;
static struct listener listener;
static unsigned numbers[PRODUCERS] = { 0, 1, 2 };

static void *produce(void *number)
{
    unsigned id = *(unsigned *)number, i = 0;

    while (i < ITEMS)
        if (agen_queue_put_isr(&consumer.queue, id << 24 | i))
            i++;
        else
            sched_yield();
    return NULL;
}

/* Sets the event again when the last time was seen: a wake-up that is lost would hang here. */
static void *ring(void *unused)
{
    unsigned i;

    for (i = 0; i < WAKES; i++) {
        agen_event_set_isr(&listener.event);
        while (__atomic_load_n(&listener.seen, __ATOMIC_SEQ_CST) <= i)
            sched_yield();
    }
    return unused;
}

static void begin_consumer(unsigned expected)
{
    memset(&consumer, 0, sizeof consumer);
    agen_init(&consumer, consumer);
    agen_queue_init(&consumer.queue);
    consumer.expected = expected;
}

static void test_threads(void)
{
    agen_loop loop;
    agen_task first, second;
    pthread_t threads[PRODUCERS + 1];
    int i;

    begin_consumer(PRODUCERS * ITEMS);
    memset(&listener, 0, sizeof listener);
    agen_init(&listener, listener);
    agen_loop_init(&loop, now);
    agen_spawn(&loop, &first, &consumer);
    agen_spawn(&loop, &second, &listener);
    for (i = 0; i < PRODUCERS; i++)
        CHECK(pthread_create(&threads[i], NULL, produce, &numbers[i]) == 0);
    CHECK(pthread_create(&threads[END], NULL, ring, NULL) == 0);
    while (agen_task_status(&first) == AGEN_PENDING || agen_task_status(&second) == AGEN_PENDING)
        if (!agen_loop_poll(&loop))
            sched_yield();
    for (i = 0; i <= END; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_INT((int)consumer.total, PRODUCERS * ITEMS);
    CHECK_INT((int)consumer.wrong, 0);
    CHECK_INT((int)agen_queue_count(&consumer.queue), 0);
    CHECK_INT((int)listener.wakes, WAKES);
}

/* A signal handler puts numbers; one that found no room comes again with the next signal. */
static volatile sig_atomic_t put;

static void handle(int signal)
{
    (void)signal;
    if (put < SIGNALS && agen_queue_put_isr(&consumer.queue, (unsigned)put))
        put++;
}

static void test_signals(void)
{
    struct itimerval often = { { 0, 20 }, { 0, 20 } }, never = { { 0, 0 }, { 0, 0 } };
    struct sigaction action;
    agen_loop loop;
    agen_task task;

    put = 0;
    begin_consumer(SIGNALS);
    agen_loop_init(&loop, now);
    agen_spawn(&loop, &task, &consumer);
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    while (agen_task_status(&task) == AGEN_PENDING)
        (void)agen_loop_poll(&loop);
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    CHECK_INT((int)consumer.total, SIGNALS);
    CHECK_INT((int)consumer.wrong, 0);
}

/* Before anybody waits, no loop is known: the event is set and the items are there all the same. */
static void test_before_the_loop(void)
{
    static agen_event event;
    unsigned item = 0;

    agen_event_set_isr(&event);
    CHECK(agen_event_is_set(&event));
    agen_event_clear(&event);
    CHECK(!agen_event_is_set(&event));
    begin_consumer(1);
    CHECK(agen_queue_put_isr(&consumer.queue, 7u));
    CHECK_INT((int)agen_queue_count(&consumer.queue), 1);
    CHECK(agen_try_get(&consumer.queue, item));
    CHECK_INT((int)item, 7);
}

/* Full: it says so and changes nothing. Closed: likewise. */
static void test_full_and_closed(void)
{
    unsigned i, item = 0;

    begin_consumer(1);
    for (i = 0; i < 5; i++)
        CHECK(agen_queue_put_isr(&consumer.queue, i));
    CHECK(!agen_queue_put_isr(&consumer.queue, 99u));
    CHECK(!agen_try_put(&consumer.queue, 99u));
    for (i = 0; i < 5; i++) {
        CHECK(agen_try_get(&consumer.queue, item));
        CHECK(item == i);
    }
    CHECK(!agen_try_get(&consumer.queue, item));
    agen_queue_close(&consumer.queue);
    CHECK(!agen_queue_put_isr(&consumer.queue, 99u));
}

/* A loop that is about to sleep sees what came before. */
static void test_idle(void)
{
    agen_loop loop;
    agen_task task;

    agen_init(&listener, listener);
    listener.wakes = WAKES - 1;
    memset(&listener.event, 0, sizeof listener.event);
    agen_loop_init(&loop, now);
    agen_spawn(&loop, &task, &listener);
    CHECK(!agen_loop_poll(&loop));
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
    agen_event_set_isr(&listener.event);
    CHECK(agen_loop_idle_ticks(&loop) == 0);
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
}

int main(void)
{
    test_before_the_loop();
    test_full_and_closed();
    test_idle();
    test_threads();
    test_signals();
    return check_result();
}

#else

int main(void)
{
    CHECK(sizeof(agen_event) > 0);
    printf("no threads, or no atomic operations: nothing to test\n");
    return check_result();
}

#endif
