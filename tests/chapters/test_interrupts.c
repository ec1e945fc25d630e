/* SPDX-License-Identifier: 0BSD */
/*
 * AGEN_CHECK_INTERRUPTS: an interrupt handler that steps the generator which the code it
 * interrupted is just stepping gets AGEN_E_RUNNING; between two steps it gets a proper answer. Here
 * the interrupts are signals: of a timer, until a number of them or of items is reached,
 * and on an x86 of the trap flag: one at each single instruction of an operation.
 */
#if !defined __GNUC__
#define NO_SIGNALS /* the knob needs gcc or clang */
#elif defined __linux__
#define _GNU_SOURCE /* the flags of the processor in a signal handler */
#elif defined __unix__ || defined __APPLE__
#define _XOPEN_SOURCE 700
#else
#define NO_SIGNALS
#endif

#if !defined AGEN_CHECK_INTERRUPTS && !defined NO_SIGNALS
#define AGEN_CHECK_INTERRUPTS
#endif
#include "agen.h"
#include "check.h"

#ifndef NO_SIGNALS

#include <signal.h>
#include <sys/time.h>

enum { ENOUGH_INTERRUPTS = CHECK_ROUNDS(400, 100) };

#define ENOUGH_ITEMS 4000000L

/*
 * Counts. Each step of the body is a value of it, wherever that was asked for: none may be lost or
 * doubled.
 */
struct counter {
    AGEN_YIELDS_RECEIVES(long, long);
    long n;
    bool waits;   /* at each third value */
    int turns;
    int overlaps; /* somebody was in the body already */
    volatile bool inside;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        if (self->inside)
            self->overlaps++;
        self->inside = true;
        self->n++;
        self->inside = false;
        if (self->waits && self->n % 3 == 0)
            AGEN_WAIT_UNTIL(self, ++self->turns % 4 == 0);
        AGEN_YIELD(self, self->n);
    }
    AGEN_END(self);
}

static struct counter counter;
static volatile bool by_poll;

/* What the handler got. It is not interrupted itself. */
static volatile long interrupts, refused, given, pending, wrong;

static void count(int status)
{
    if (status == AGEN_YIELDED) {
        given++;
        if (counter.value != counter.n)
            wrong++;
    } else if (status == AGEN_E_RUNNING) {
        refused++;
    } else if (status == AGEN_PENDING) {
        pending++;
    } else {
        wrong++;
    }
}

static void on_signal(int signal)
{
    (void)signal;
    interrupts++;
    count(by_poll ? agen_poll(&counter) : agen_next(&counter));
    if (interrupts % 3 == 0)
        count(agen_next(&counter));
}

static void set_timer(long microseconds)
{
    struct itimerval timer;

    memset(&timer, 0, sizeof timer);
    timer.it_interval.tv_usec = (suseconds_t)microseconds;
    timer.it_value = timer.it_interval;
    CHECK_INT(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/*
 * What the main program got. A value that it reads may be followed by the handler's, so it looks
 * twice.
 */
static long got, main_refused, main_wrong;

static void count_main(int status, long before)
{
    if (status == AGEN_YIELDED) {
        long value = *(volatile long *)&counter.value, so_far = ++got + given;

        if (interrupts == before && value != so_far)
            main_wrong++;
    } else if (status == AGEN_E_RUNNING) {
        main_refused++; /* the handler left an operation pending: only poll carries it on */
    } else if (status != AGEN_PENDING) {
        main_wrong++;
    }
}

/* "Always AGEN_E_RUNNING or a proper value, values stay consecutive and none is lost." */
static void run(bool poll, bool waits)
{
    long before;
    int status;

    memset(&counter, 0, sizeof counter);
    agen_init(&counter, counter);
    counter.waits = waits;
    by_poll = poll;
    interrupts = refused = given = pending = wrong = 0;
    got = main_refused = main_wrong = 0;
    set_timer(100);
    while (interrupts < ENOUGH_INTERRUPTS && got < ENOUGH_ITEMS
           && main_refused < ENOUGH_INTERRUPTS * 10L) {
        before = interrupts;
        status = poll ? agen_poll(&counter) : agen_next(&counter);
        count_main(status, before);
        if (status == AGEN_YIELDED || poll)
            continue;
        before = interrupts;
        count_main(agen_poll(&counter), before);
    }
    set_timer(0);
    do {
        before = interrupts;
        status = agen_poll(&counter);
        count_main(status, before);
    } while (status == AGEN_PENDING);
    CHECK_INT(status, AGEN_YIELDED); /* neither stuck nor ended */
    CHECK_INT(wrong, 0);
    CHECK_INT(main_wrong, 0);
    CHECK_INT(counter.overlaps, 0);
    CHECK_INT(got + given, counter.n);
    CHECK(waits || main_refused == 0);
    CHECK_INT(agen_close(&counter), AGEN_DONE);
}

/* --- An interrupt at each instruction ----------------------------------------------------------- */

#if defined __linux__ && defined __x86_64__ && defined __GNUC__ && !defined __ILP32__

#include <ucontext.h>

/*
 * The trap flag of an x86 raises SIGTRAP after each instruction. The handler counts them, does its
 * operation after the one whose turn it is, and clears the flag. (128: what a leaf function keeps
 * below the stack pointer.)
 */
#define SET_TRAP_FLAG(instruction) \
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\t" instruction \
                     "\n\tpopfq\n\tlea 128(%%rsp), %%rsp" ::: "memory", "cc")
#define TRAPS_ON() SET_TRAP_FLAG("orq $0x100, (%%rsp)")
#define TRAPS_OFF() SET_TRAP_FLAG("andq $-257, (%%rsp)")

enum { E_ABORTED = -5, MOST_INSTRUCTIONS = 600, EACH = CHECK_ROUNDS(1, 7) };

static struct stepped {
    AGEN_YIELDS(int);
} stepped;

static volatile int ready; /* how many of the waits are over */
static volatile bool handler_polls;
static volatile int traps, trap_at, trapped_status;

AGEN(stepped, self)
{
#line 10000 /* far apart: by line, a part of the first resume point is in the flags */
    AGEN_BEGIN(self);
#line 10040
    AGEN_YIELD(self, 1);
    AGEN_WAIT_UNTIL(self, ready >= 1);
    AGEN_YIELD(self, 2);
    AGEN_WAIT_UNTIL(self, ready >= 2);
    AGEN_YIELD(self, 3);
    AGEN_END(self);
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    if (++traps != trap_at)
        return;
    trapped_status = handler_polls ? agen_poll(&stepped) : agen_next(&stepped);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100;
}

static void begin_stepped(int at)
{
    agen_init(&stepped, stepped);
    ready = 0;
    CHECK_INT(agen_next(&stepped), AGEN_YIELDED);
    traps = 0;
    trap_at = at;
    trapped_status = AGEN_E_RUNNING;
}

/* A next interrupted by a next, which waits: one of them is refused, and poll carries on the other. */
static bool interrupted_next(int at)
{
    int status;

    begin_stepped(at);
    handler_polls = false;
    TRAPS_ON();
    status = agen_next(&stepped);
    TRAPS_OFF();
    CHECK(status == AGEN_PENDING ? trapped_status == AGEN_E_RUNNING
                                 : status == AGEN_E_RUNNING && trapped_status == AGEN_PENDING);
    CHECK_INT(agen_next(&stepped), AGEN_E_RUNNING);
    ready = 2;
    CHECK_INT(agen_poll(&stepped), AGEN_YIELDED);
    CHECK_INT(stepped.value, 2);
    CHECK_INT(agen_next(&stepped), AGEN_YIELDED);
    CHECK_INT(stepped.value, 3);
    CHECK_INT(agen_close(&stepped), AGEN_DONE);
    return traps >= at;
}

/* An abort interrupted by a poll that answers: it is too late, and must not become a throw. */
static bool interrupted_abort(int at)
{
    int status;

    begin_stepped(at);
    handler_polls = true;
    CHECK_INT(agen_next(&stepped), AGEN_PENDING);
    ready = 2;
    TRAPS_ON();
    status = agen_abort(&stepped, E_ABORTED);
    TRAPS_OFF();
    if (trapped_status == AGEN_YIELDED) {
        CHECK(status == AGEN_DONE || status == AGEN_E_RUNNING);
        CHECK(!agen_done(&stepped));
        CHECK_INT(stepped.value, 2);
        CHECK_INT(agen_next(&stepped), AGEN_YIELDED);
        CHECK_INT(stepped.value, 3);
    } else {
        CHECK_INT(status, E_ABORTED);
        CHECK(trapped_status == AGEN_E_RUNNING || trapped_status == AGEN_DONE);
        CHECK(agen_done(&stepped));
    }
    return traps >= at;
}

/* A first next interrupted by a next: whichever is the first, the second waits, and poll carries it on. */
static bool interrupted_start(int at)
{
    int status;

    agen_init(&stepped, stepped);
    ready = 0;
    handler_polls = false;
    traps = 0;
    trap_at = at;
    trapped_status = AGEN_E_RUNNING;
    TRAPS_ON();
    status = agen_next(&stepped);
    TRAPS_OFF();
    if (trapped_status == AGEN_YIELDED) {
        CHECK_INT(status, AGEN_PENDING);
    } else {
        CHECK_INT(status, AGEN_YIELDED);
        if (trapped_status == AGEN_E_RUNNING)
            CHECK_INT(agen_next(&stepped), AGEN_PENDING);
        else
            CHECK_INT(trapped_status, AGEN_PENDING);
    }
    CHECK_INT(agen_next(&stepped), AGEN_E_RUNNING);
    ready = 2;
    CHECK_INT(agen_poll(&stepped), AGEN_YIELDED);
    CHECK_INT(stepped.value, 2);
    CHECK_INT(agen_close(&stepped), AGEN_DONE);
    return traps >= at;
}

/* A poll that answers, interrupted by a next that waits: that wait is the one to go on with. */
static bool interrupted_poll(int at)
{
    int status;

    begin_stepped(at);
    handler_polls = false;
    CHECK_INT(agen_next(&stepped), AGEN_PENDING);
    ready = 1;
    TRAPS_ON();
    status = agen_poll(&stepped);
    TRAPS_OFF();
    CHECK_INT(status, AGEN_YIELDED);
    CHECK_INT(stepped.value, 2);
    CHECK(trapped_status == AGEN_E_RUNNING || trapped_status == AGEN_PENDING);
    ready = 2;
    status = trapped_status == AGEN_PENDING ? agen_poll(&stepped) : agen_next(&stepped);
    CHECK_INT(status, AGEN_YIELDED);
    CHECK_INT(stepped.value, 3);
    CHECK_INT(agen_close(&stepped), AGEN_DONE);
    return traps >= at;
}

static void test_each_instruction(void)
{
    struct sigaction action;
    int at;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_trap;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    CHECK_INT(sigaction(SIGTRAP, &action, NULL), 0);
    for (at = 1; at <= MOST_INSTRUCTIONS && interrupted_next(at); at += EACH)
        continue;
    if (traps == 0) {
        printf("test_interrupts: no single steps here, the timer alone\n");
        return;
    }
    for (at = 1; at <= MOST_INSTRUCTIONS && interrupted_abort(at); at += EACH)
        continue;
    for (at = 1; at <= MOST_INSTRUCTIONS && interrupted_start(at); at += EACH)
        continue;
    for (at = 1; at <= MOST_INSTRUCTIONS && interrupted_poll(at); at += EACH)
        continue;
}

#else

static void test_each_instruction(void)
{
    printf("test_interrupts: no single steps here, the timer alone\n");
}

#endif

/* A task makes the first operation: its loop is told first, whatever starts the body. */
static struct takes {
    AGEN_COROUTINE;
    agen_task task;
} takes;

AGEN(takes, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &counter);
    AGEN_END(self);
}

static int told;

static void note_first(agen_t *x)
{
    CHECK(agen_is(x, counter));
    CHECK_INT(agen_next(x), AGEN_E_RUNNING);
    told++;
}

static agen_ticks stopped_clock(void)
{
    return 0;
}

static void test_started_by_a_task(void)
{
    static agen_loop loop;

    memset(&counter, 0, sizeof counter);
    agen_init(&counter, counter);
    agen_init(&takes, takes);
    agen_loop_init(&loop, stopped_clock);
    loop.first_iteration = note_first;
    CHECK_INT(agen_spawn(&loop, &takes.task, &takes), AGEN_DONE);
    CHECK(!agen_loop_poll(&loop));
    CHECK_INT(agen_task_status(&takes.task), AGEN_DONE);
    CHECK_INT(counter.value, 1);
    CHECK_INT(told, 1);
    CHECK_INT(agen_close(&counter), AGEN_DONE);
}

int main(void)
{
    struct sigaction action;
    int kind;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
    for (kind = 0; kind < 4; kind++)
        run(kind % 2 != 0, kind >= 2);
    test_each_instruction();
    test_started_by_a_task();
    return check_result();
}

#else

int main(void)
{
    printf("test_interrupts: skipped: no signals here\n");
    return 0;
}

#endif
