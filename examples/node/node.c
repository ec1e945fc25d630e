/* SPDX-License-Identifier: 0BSD */
/*
 * A sensor node. It takes a sample each second and reports the mean of each ten; it has a console
 * and a button; a watchdog resets it if a task hangs; and it sleeps whenever nothing is to be done,
 * until the next deadline or interrupt: there is no periodic tick.
 *
 * This file knows no board. What it asks of one is in board.h.
 */
#include "agen.h"
#include "board.h"
#include "sensor.h"

enum { SECOND = BOARD_HZ, BOUNCE = BOARD_HZ / 50, LONG_PRESS = BOARD_HZ };

static agen_loop loop;

/* --- The console's output: some bytes now and then, so it waits for them --------------------- */

#define print(text) print_text(BOARD_TEXT(text))

static void print_text(const char *text)
{
    char byte;

    while ((byte = board_text_at(text++)) != '\0')
        board_put(byte);
}

static void print_number(uint16_t n)
{
    char digits[5];
    uint8_t i = 0;

    do
        digits[i++] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    while (i > 0)
        board_put(digits[--i]);
}

/* --- The watchdog ---------------------------------------------------------------------------- */

/*
 * Each task says within how many seconds it will say so again, and is then to keep its word. One
 * that waits for what may never come, a key or a button, says ANY_TIME.
 */
enum task { SAMPLER, CONSOLE, BUTTON, TASKS };
enum { ANY_TIME = UINT8_MAX };

static uint8_t seconds_left[TASKS];

static void back_within(enum task task, uint8_t seconds)
{
    seconds_left[task] = seconds;
}

static bool all_are_alive(void)
{
    uint8_t i;

    for (i = 0; i < TASKS; i++) {
        if (seconds_left[i] == 0)
            return false;
        if (seconds_left[i] != ANY_TIME)
            seconds_left[i]--;
    }
    return true;
}

/* Kicks the hardware each second, as long as all tasks are alive. */
struct watchdog {
    AGEN_COROUTINE;
    agen_ticks due;
};

AGEN(watchdog, self)
{
    AGEN_BEGIN(self);
    while (all_are_alive()) {
        board_kick_watchdog();
        self->due += SECOND;
        AGEN_SLEEP_UNTIL(self, self->due); /* in one wake-up with the sampler */
    }
    AGEN_END(self);
}

/* --- The sampler ----------------------------------------------------------------------------- */

struct sampler {
    AGEN_COROUTINE;
    agen_ticks due;
    uint16_t sum;
    uint8_t samples;
};

static void report(const struct sampler *sampler)
{
    print_number(sampler->samples);
    print(" samples");
    if (sampler->samples != 0) {
        print(", mean ");
        print_number(sampler->sum / sampler->samples);
    }
    print("\n");
}

static void begin_anew(struct sampler *sampler)
{
    sampler->sum = 0;
    sampler->samples = 0;
}

AGEN(sampler, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        sensor_on();
        for (;;) {
            back_within(SAMPLER, 2);
            self->due += SECOND; /* no drift, however late a wake-up was */
            AGEN_SLEEP_UNTIL(self, self->due);
            self->sum = (uint16_t)(self->sum + sensor_read());
            if (++self->samples == 10) {
                report(self);
                begin_anew(self);
            }
        }
    } AGEN_FINALLY(self) { /* however it ends: nothing is lost, and nothing left on */
        report(self);
        sensor_off();
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct sampler sampler = { AGEN_INIT(sampler) };

/* --- The console's input --------------------------------------------------------------------- */

/* A line of it: the interrupt fills it, and then waits until the console has read it. */
static struct {
    agen_event came;
    volatile bool complete;
    volatile uint8_t length;
    char text[8];
} line;

void node_received(char byte)
{
    if (line.complete)
        return; /* nobody types so fast */
    if (byte != '\r' && byte != '\n') {
        if (line.length < sizeof line.text)
            line.text[line.length++] = byte;
    } else if (line.length != 0) {
        line.complete = true;
        agen_event_set_isr(&line.came);
    }
}

#define line_is(command) line_is_text(BOARD_TEXT(command))

static bool line_is_text(const char *command)
{
    uint8_t i;

    for (i = 0; i < line.length; i++)
        if (line.text[i] != board_text_at(command + i))
            return false;
    return board_text_at(command + i) == '\0';
}

/* In this order: as soon as it is not complete any more, the interrupt may begin with the next. */
static void next_line(void)
{
    agen_event_clear(&line.came);
    line.length = 0;
    line.complete = false;
}

struct console {
    AGEN_COROUTINE;
};

AGEN(console, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        back_within(CONSOLE, ANY_TIME);
        AGEN_WAIT(self, &line.came);
        if (line_is("status"))
            report(&sampler);
        else if (line_is("stop"))
            agen_loop_cancel_all(&loop); /* this task, too */
        else
            print("status or stop?\n");
        next_line();
    }
    AGEN_END(self);
}

/* --- The button ------------------------------------------------------------------------------ */

static agen_event button_moved;

void node_button_moved(void)
{
    agen_event_set_isr(&button_moved);
}

/* Pressed shortly, it reports at once; for long, it begins a new mean. */
struct button {
    AGEN_COROUTINE;
    agen_alternative released;
};

AGEN(button, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        back_within(BUTTON, ANY_TIME);
        AGEN_WAIT(self, &button_moved);
        AGEN_SLEEP(self, BOUNCE);
        agen_event_clear(&button_moved);
        if (!board_button_is_down())
            continue;
        back_within(BUTTON, 3);
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->released, &button_moved) {
                print("now: ");
                report(&sampler);
            }
            AGEN_ON_TIMEOUT(self, LONG_PRESS) {
                print("anew\n");
                begin_anew(&sampler);
            }
        AGEN_END_SELECT(self);
    }
    AGEN_END(self);
}

/* --- All together ---------------------------------------------------------------------------- */

static void failed(agen_loop *in, agen_task *task, int error)
{
    (void)in;
    (void)task;
    print("failed: ");
    print_number((uint16_t)-error); /* and if it was watched, the watchdog makes an end of it */
    print("\n");
}

int main(void)
{
    static struct watchdog watchdog = { AGEN_INIT(watchdog) };
    static struct console console = { AGEN_INIT(console) };
    static struct button button = { AGEN_INIT(button) };
    static agen_task tasks[4];

    board_init();
    agen_loop_init(&loop, board_now);
    loop.error = failed;
    sampler.due = watchdog.due = board_now();
    agen_spawn(&loop, &tasks[0], &sampler);
    agen_spawn(&loop, &tasks[1], &console);
    agen_spawn(&loop, &tasks[2], &button);
    agen_spawn(&loop, &tasks[3], &watchdog); /* the last: the others have said something by then */
    agen_loop_run(&loop); /* ends when `stop` has cancelled all, and all have cleaned up */
    print("stopped\n");
    board_off();
    return 0;
}
