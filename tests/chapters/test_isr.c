/* SPDX-License-Identifier: 0BSD */
/*
 * agen_event_set_isr and agen_queue_put_isr: from other threads, and from a signal handler that
 * interrupts the loop itself; against a loop that never sleeps, and against one that sleeps
 * whenever there is nothing to do. No wake-up is lost, none comes twice, and each producer's items
 * come in order. The runs are bounded by numbers of wake-ups, never by time: a watchdog reports
 * what hangs.
 *
 * usage: test_isr [WAKE_UPS]      so many altogether
 */
#if defined __unix__ || defined __APPLE__
#define _XOPEN_SOURCE 700
#endif

/*
 * How agen_loop_run() sleeps: between the two others, `ticks` looks at the loop. What they do is up
 * to the test that runs it.
 */
static void (*mask)(void), (*sleep_masked)(void), (*unmask)(void);
#define AGEN_IDLE(loop, ticks) \
    do { \
        (void)(loop); \
        mask(); \
        if ((ticks) != 0) \
            sleep_masked(); \
        unmask(); \
    } while (0)

#include "agen.h"

#include "check.h"

#if (defined __unix__ || defined __APPLE__) && defined AGEN_HAVE_ISR_

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A ringer has a listener of its own, and all of them share one more. */
enum { PRODUCERS = 3, RINGERS = 2, THREADS = PRODUCERS + RINGERS, SHARED = RINGERS };
enum { ROOM = 5, PATIENCE = 30 };

static unsigned each = CHECK_ROUNDS(5000, 1000); /* items or rings of each thread, and signals */

static unsigned load(unsigned *place)
{
    return __atomic_load_n(place, __ATOMIC_SEQ_CST);
}

static void increment(unsigned *place)
{
    __atomic_fetch_add(place, 1, __ATOMIC_SEQ_CST);
}

/*
 * Nothing to do right now. Looks a few times at once, then sleeps for a moment: on a busy machine a
 * sched_yield() would wait for a whole turn of each other process, for minutes in all.
 */
static void rest(void)
{
    static const struct timespec moment = { 0, 1000 };
    static __thread unsigned turns;

    if (++turns % 64 == 0)
        (void)nanosleep(&moment, NULL);
}

/* --- The accounts: what each thread has sent, and what of that has come ----------------------- */

static unsigned sent[THREADS], came[THREADS], finished;

/*
 * All of a kind go on together. So what one has lost is not made good by the next of another, who
 * waits here.
 */
static unsigned arrived[2];

static void meet(unsigned *arrivals, unsigned threads, unsigned round)
{
    increment(arrivals);
    while (load(arrivals) < threads * (round + 1))
        rest();
}

/* Nothing comes any more: says what was lost. */
static void *watch(void *unused)
{
    unsigned last = 0, now, seconds = 0;
    int i;

    for (; seconds < PATIENCE; seconds++) {
        sleep(1);
        for (now = 0, i = 0; i < THREADS; i++)
            now += load(&came[i]);
        if (now != last)
            seconds = 0;
        last = now;
    }
    for (i = 0; i < THREADS; i++)
        printf("%s %d: sent %u of %u, came %u\n", i < PRODUCERS ? "producer" : "ringer", i,
               load(&sent[i]), each, load(&came[i]));
    printf("test_isr: hangs, FAILED\n");
    fflush(stdout);
    _exit(1);
    return unused;
}

/* --- Tasks ------------------------------------------------------------------------------------ */

struct item {
    unsigned producer, number;
};

/* Takes all items until the queue is closed. */
struct consumer {
    AGEN_COROUTINE;
    AGEN_QUEUE(struct item, ROOM) queue;
    struct item item;
    unsigned wrong;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_GET(self, &self->queue, self->item);
        if (agen_status(self) == AGEN_DONE)
            AGEN_RETURN(self);
        self->wrong += self->item.number != came[self->item.producer];
        increment(&came[self->item.producer]);
    }
    AGEN_END(self);
}

/* Counts how often its event came. */
struct listener {
    AGEN_COROUTINE;
    agen_event event;
    unsigned wakes;
};

AGEN(listener, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &self->event);
        agen_event_clear(&self->event);
        increment(&self->wakes);
    }
    AGEN_END(self);
}

static agen_loop loop;
static struct consumer consumer;
static struct listener listeners[RINGERS + 1];
static agen_task consumes, listens[RINGERS + 1];

static agen_ticks now(void)
{
    return 0;
}

static void begin(void)
{
    int i;

    for (i = 0; i < THREADS; i++) { /* while the watchdog looks */
        __atomic_store_n(&sent[i], 0, __ATOMIC_SEQ_CST);
        __atomic_store_n(&came[i], 0, __ATOMIC_SEQ_CST);
    }
    finished = arrived[0] = arrived[1] = 0;
    memset(&consumer, 0, sizeof consumer);
    agen_init(&consumer, consumer);
    agen_queue_init(&consumer.queue);
    agen_loop_init(&loop, now);
    memset(&consumes, 0, sizeof consumes);
    memset(listens, 0, sizeof listens);
    agen_spawn(&loop, &consumes, &consumer);
    for (i = 0; i <= RINGERS; i++) {
        memset(&listeners[i], 0, sizeof listeners[i]);
        agen_init(&listeners[i], listener);
        agen_spawn(&loop, &listens[i], &listeners[i]);
    }
}

/* All tasks are to end. */
static void stop(void)
{
    int i;

    agen_queue_close(&consumer.queue);
    for (i = 0; i <= RINGERS; i++)
        agen_cancel(&listens[i]);
}

static void run(unsigned threads, void (*idle)(void))
{
    while (load(&finished) < threads)
        if (!agen_loop_poll(&loop))
            idle();
    stop();
    while (agen_loop_poll(&loop))
        ;
    CHECK(loop.tasks_ == NULL);
    CHECK_INT(agen_task_status(&consumes), AGEN_DONE);
    CHECK_INT((int)consumer.wrong, 0);
}

/* What comes between the look at the loop and the sleep, in a test that wants it there. */
static void (*last_moment)(void);

static bool nothing_to_do(void)
{
    bool idle = agen_loop_idle_ticks(&loop) == AGEN_FOREVER;

    if (idle && last_moment)
        last_moment();
    return idle;
}

/* --- Other threads ---------------------------------------------------------------------------- */

static int wake_pipe[2];
static bool sleeps;

/* After each call: the loop may sleep. A full pipe will wake it as well. */
static void wake_loop(void)
{
    if (sleeps && write(wake_pipe[1], "", 1) < 0)
        rest();
}

/* Empties the pipe before the pass, so that what comes from then on keeps it awake. */
static void sleep_in_poll(void)
{
    struct pollfd ready = { wake_pipe[0], POLLIN, 0 };
    char bytes[64];

    (void)poll(&ready, 1, nothing_to_do() ? -1 : 0);
    while (read(wake_pipe[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

static void stay_awake(void)
{
    rest();
}

/* Puts a few items, also more than there is room for, and waits until all have come. */
static void *produce(void *account)
{
    struct item item = { (unsigned)((unsigned *)account - sent), 0 };
    unsigned round = 0, until = 0;

    while (item.number < each) {
        meet(&arrived[0], PRODUCERS, round++);
        until += 1 + round % (ROOM + 2);
        while (item.number < until && item.number < each)
            if (agen_queue_put_isr(&consumer.queue, item)) {
                increment(&sent[item.producer]);
                item.number++;
                wake_loop();
            } else {
                rest();
            }
        while (load(&came[item.producer]) < item.number)
            rest();
    }
    increment(&finished);
    wake_loop();
    return NULL;
}

/* Sets an event and waits until its listener has gone on since: own and shared one in turn. */
static void *ring(void *account)
{
    unsigned i = (unsigned)((unsigned *)account - sent), n, wakes;

    for (n = 0; n < each; n++) {
        struct listener *to = &listeners[n % 2 ? SHARED : i - PRODUCERS];

        if (n % 2)
            meet(&arrived[1], RINGERS, n / 2);
        wakes = load(&to->wakes);
        agen_event_set_isr(&to->event);
        increment(&sent[i]);
        wake_loop();
        while (load(&to->wakes) == wakes)
            rest();
        increment(&came[i]);
    }
    increment(&finished);
    wake_loop();
    return NULL;
}

static void test_threads(void (*idle)(void))
{
    pthread_t threads[THREADS];
    int i;

    begin();
    sleeps = idle == sleep_in_poll;
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, i < PRODUCERS ? produce : ring, &sent[i]) == 0);
    run(THREADS, idle);
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK_INT((int)sent[i], (int)each);
        CHECK_INT((int)came[i], (int)each);
    }
    for (i = 0; i < RINGERS; i++)
        CHECK_INT((int)listeners[i].wakes, (int)(each + 1) / 2); /* each ring one wake-up */
    CHECK(listeners[SHARED].wakes > 0 && listeners[SHARED].wakes <= RINGERS * (each / 2));
}

/* --- Pipes: a thread writes into one, a task moves it on, another thread reads the other --- */

static AGEN_PIPE(7) pipe_in;
static AGEN_PIPE(5) pipe_out;

struct mover {
    AGEN_COROUTINE;
    uint8_t bytes[4];
    size_t count, written;
};

AGEN(mover, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_READ(self, &pipe_in, self->bytes, sizeof self->bytes, &self->count);
        if (agen_status(self) == AGEN_DONE)
            break;
        AGEN_WRITE(self, &pipe_out, self->bytes, self->count, &self->written);
    }
    agen_pipe_close(&pipe_out);
    AGEN_END(self);
}

static void *write_bytes(void *unused)
{
    uint8_t bytes[3];
    unsigned n = 0, i;

    while (n < each) {
        for (i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(n + i);
        i = (unsigned)agen_pipe_write_isr(&pipe_in, bytes, 1 + n % sizeof bytes);
        n += i;
        wake_loop();
        if (i == 0)
            rest();
        increment(&sent[0]);
    }
    agen_pipe_close_isr(&pipe_in);
    wake_loop();
    return unused;
}

static unsigned bytes_read, bytes_wrong;

static void *read_bytes(void *unused)
{
    uint8_t bytes[2];
    size_t n, i;

    while (!agen_pipe_ended(&pipe_out)) {
        n = agen_pipe_read_isr(&pipe_out, bytes, sizeof bytes);
        for (i = 0; i < n; i++)
            bytes_wrong += bytes[i] != (uint8_t)bytes_read++;
        if (n == 0)
            rest();
        wake_loop();
        increment(&came[0]);
    }
    return unused;
}

static void test_pipes(void (*idle)(void))
{
    static agen_task task;
    struct mover mover;
    pthread_t threads[2];

    memset(&mover, 0, sizeof mover);
    agen_init(&mover, mover);
    agen_loop_init(&loop, now);
    agen_pipe_init(&pipe_in);
    agen_pipe_init(&pipe_out);
    bytes_read = bytes_wrong = 0;
    sleeps = idle == sleep_in_poll;
    CHECK_INT(agen_spawn(&loop, &task, &mover), AGEN_DONE);
    CHECK(pthread_create(&threads[0], NULL, write_bytes, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, read_bytes, NULL) == 0);
    while (agen_task_status(&task) == AGEN_PENDING)
        if (!agen_loop_poll(&loop) && agen_task_status(&task) == AGEN_PENDING)
            idle(); /* while the threads run, who wake it */
    CHECK(pthread_join(threads[0], NULL) == 0);
    CHECK(pthread_join(threads[1], NULL) == 0);
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    CHECK(bytes_read >= each);
    CHECK_INT((int)bytes_wrong, 0);
    CHECK_INT((int)agen_pipe_count(&pipe_in), 0);
    (void)agen_loop_poll(&loop); /* what was told last */
}

/* --- Signals that interrupt the loop ---------------------------------------------------------- */

static pthread_t main_thread;
static unsigned refused;

static void handle(int signal)
{
    struct item item = { 0, sent[0] };

    (void)signal;
    if (load(&finished))
        return;
    if (agen_queue_put_isr(&consumer.queue, item))
        increment(&sent[0]);
    else
        refused++;
    increment(&sent[PRODUCERS]);
    agen_event_set_isr(&listeners[0].event);
}

/* Sends the next signal when the wake-up of the last one has come. */
static void *interrupt(void *unused)
{
    unsigned n, i;

    for (n = 0; n < each; n++) {
        for (i = 0; i < n % 256; i++) /* in the middle of whatever the loop does then */
            (void)load(&finished);
        (void)pthread_kill(main_thread, SIGUSR1);
        while (load(&listeners[0].wakes) == n)
            rest();
        increment(&came[PRODUCERS]);
    }
    increment(&finished);
    (void)pthread_kill(main_thread, SIGUSR1);
    return unused;
}

/* Between the look at the loop and the sleep no signal is delivered: sigsuspend lets it in. */
static void sleep_in_sigsuspend(void)
{
    sigset_t blocked, before;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    if (nothing_to_do() && !load(&finished))
        sigsuspend(&before);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void test_signals(void (*idle)(void))
{
    pthread_t thread;

    begin();
    refused = 0;
    main_thread = pthread_self();
    CHECK(pthread_create(&thread, NULL, interrupt, NULL) == 0);
    run(1, idle);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_INT((int)(sent[0] + refused), (int)each);
    CHECK_INT((int)came[0], (int)sent[0]);
    CHECK_INT((int)sent[PRODUCERS], (int)each);
    CHECK_INT((int)listeners[0].wakes, (int)each);
}

/* --- At the last moment before the sleep ------------------------------------------------------ */

static void set_and_write(void)
{
    agen_event_set_isr(&listeners[0].event);
    wake_loop();
}

static void signal_itself(void)
{
    CHECK(raise(SIGUSR1) == 0);
}

static void test_last_moment(void (*idle)(void), void (*event)(void))
{
    begin();
    sleeps = true;
    CHECK(!agen_loop_poll(&loop));
    last_moment = event;
    idle();
    last_moment = NULL;
    CHECK(agen_loop_idle_ticks(&loop) == 0);
    (void)agen_loop_poll(&loop);
    CHECK_INT((int)listeners[0].wakes, 1);
}

/*
 * The same by agen_loop_run() and an AGEN_IDLE that masks first, as a firmware's does: in front of
 * the mask, where the look sees what came; and after it, where the sleep ends at once.
 */
static enum moment { NEVER, BEFORE_THE_MASK, BEFORE_THE_LOOK, BEFORE_THE_SLEEP } comes;
static sigset_t unmasked;
static unsigned slept;

static void it_is(enum moment moment)
{
    if (comes != moment)
        return;
    comes = NEVER;
    signal_itself();
}

static void block_signals(void)
{
    sigset_t blocked;

    it_is(BEFORE_THE_MASK);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, &unmasked);
    it_is(BEFORE_THE_LOOK);
}

static void sleep_with_signals(void)
{
    it_is(BEFORE_THE_SLEEP);
    slept++;
    sigsuspend(&unmasked);
}

static void unblock_signals(void)
{
    pthread_sigmask(SIG_SETMASK, &unmasked, NULL);
}

/* Waits as the first listener does, then ends everybody. */
struct stopper {
    AGEN_COROUTINE;
};

AGEN(stopper, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, &listeners[0].event);
    stop();
    AGEN_END(self);
}

static void test_last_moment_of_a_run(enum moment moment, unsigned sleeps_then)
{
    struct stopper stopper = { AGEN_INIT(stopper) };
    agen_task task = { 0 };

    mask = block_signals;
    sleep_masked = sleep_with_signals;
    unmask = unblock_signals;
    begin();
    CHECK_INT(agen_spawn(&loop, &task, &stopper), AGEN_DONE);
    slept = 0;
    comes = moment;
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE);
    CHECK(loop.tasks_ == NULL);
    CHECK_INT((int)comes, (int)NEVER);
    CHECK_INT((int)slept, (int)sleeps_then);
    CHECK_INT((int)listeners[0].wakes, 1);
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    CHECK_INT(agen_task_status(&listens[0]), AGEN_E_CANCELLED);
}

/* --- Without a thread ------------------------------------------------------------------------- */

/* Before anybody waits, no loop is known: the event is set and the items are there all the same. */
static void test_before_the_loop(void)
{
    static agen_event event;
    static AGEN_QUEUE(int, 1) queue;
    int item = 0;

    agen_event_set_isr(&event);
    CHECK(agen_event_is_set(&event));
    agen_event_clear(&event);
    CHECK(!agen_event_is_set(&event));
    agen_queue_init(&queue);
    CHECK(agen_queue_put_isr(&queue, 7));
    CHECK_INT((int)agen_queue_count(&queue), 1);
    CHECK(agen_try_get(&queue, item));
    CHECK_INT(item, 7);
}

/* Full: it says so and changes nothing. Closed: likewise. */
static void test_full_and_closed(void)
{
    static AGEN_QUEUE(int, ROOM) queue;
    int i, item = 0;

    agen_queue_init(&queue);
    for (i = 0; i < ROOM; i++)
        CHECK(agen_queue_put_isr(&queue, i));
    CHECK(!agen_queue_put_isr(&queue, 99));
    CHECK(!agen_try_put(&queue, 99));
    for (i = 0; i < ROOM; i++) {
        CHECK(agen_try_get(&queue, item));
        CHECK_INT(item, i);
    }
    CHECK(!agen_try_get(&queue, item));
    agen_queue_close(&queue);
    CHECK(!agen_queue_put_isr(&queue, 99));
}

/* What the loop puts comes after what an interrupt has put, even if the loop has not seen that yet. */
static void test_in_order(void)
{
    static AGEN_QUEUE(int, ROOM) queue;
    int i, item = 0;

    agen_queue_init(&queue);
    for (i = 0; i < 3 * ROOM; i += 3) {
        CHECK(agen_queue_put_isr(&queue, i));
        CHECK(agen_try_put(&queue, i + 1));
        CHECK(agen_try_get(&queue, item));
        CHECK_INT(item, i);
        CHECK(agen_queue_put_isr(&queue, i + 2));
        CHECK(agen_try_get(&queue, item));
        CHECK_INT(item, i + 1);
        CHECK(agen_try_get(&queue, item));
        CHECK_INT(item, i + 2);
        CHECK(!agen_try_get(&queue, item));
    }
}

/* A loop that is about to sleep sees what came before. */
static void test_idle(void)
{
    begin();
    CHECK(!agen_loop_poll(&loop));
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
    agen_event_set_isr(&listeners[0].event);
    CHECK(agen_loop_idle_ticks(&loop) == 0);
    (void)agen_loop_poll(&loop);
    CHECK_INT((int)listeners[0].wakes, 1);
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
}

int main(int argc, char **argv)
{
    struct sigaction action;
    pthread_t watchdog;

    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    if (argc > 1)
        each = (unsigned)(strtoul(argv[1], NULL, 0) / (2 * (THREADS + 1)));
    test_before_the_loop();
    test_full_and_closed();
    test_in_order();
    test_idle();
    CHECK(pipe(wake_pipe) == 0);
    CHECK(fcntl(wake_pipe[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK(fcntl(wake_pipe[1], F_SETFL, O_NONBLOCK) == 0);
    CHECK(pthread_create(&watchdog, NULL, watch, NULL) == 0);
    CHECK(pthread_detach(watchdog) == 0);
    test_last_moment(sleep_in_poll, set_and_write);
    test_last_moment(sleep_in_sigsuspend, signal_itself);
    test_last_moment_of_a_run(BEFORE_THE_MASK, 0);
    test_last_moment_of_a_run(BEFORE_THE_LOOK, 1);
    test_last_moment_of_a_run(BEFORE_THE_SLEEP, 1);
    test_threads(stay_awake);
    test_threads(sleep_in_poll);
    test_pipes(stay_awake);
    test_pipes(sleep_in_poll);
    test_signals(stay_awake);
    test_signals(sleep_in_sigsuspend);
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
