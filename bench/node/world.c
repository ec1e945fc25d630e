/* SPDX-License-Identifier: 0BSD */
/*
 * The world around the node on a board that QEMU emulates: it types and presses the button at the times of events.h,
 * which bench/node/measure makes of world.txt. It is an interrupt of a timer that the node does not use. Each event
 * comes with an interrupt of the node, so the world adds no wake-up of its own.
 *
 * A byte is written into a FIFO of the host, which is the other end of the emulated UART, and then awaited. That takes
 * some time of the board, and not always the same, but less than on the host: far less than from any event of world.txt
 * to the next full second, where the node takes its samples.
 */
#include "world.h"

#include <stdbool.h>


#define REGISTER(address) (*(volatile uint32_t *)(address))

#define NVIC_ENABLE  REGISTER(0xE000E100u)
#define NVIC_PEND    REGISTER(0xE000E200u)

enum { WORLD_IRQ = 1u << 9, BUTTON_IRQ = 1u << 6 };
enum { END, PRESS, RELEASE }; /* anything else is a byte */
enum { OPEN = 0x01, WRITE = 0x05, EXIT = 0x20, APPLICATION_EXIT = 0x20026, TO_WRITE = 4 };

struct event {
    uint32_t at; /* in microseconds */
    uint8_t what;
};

static const struct event events[] = {
#include "events.h"
};

static const struct event *next = events;
static uint32_t fifo;

int node_main(void);
void IRQ9_Handler(void);

static uint32_t semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* --- The two boards: a timer, the button's pin, the UART -------------------------------------------------- */

#ifdef MPS2

volatile uint32_t world_port;

#define TIMER_CONTROL   REGISTER(0x40001000u)
#define TIMER_VALUE     REGISTER(0x40001004u)
#define TIMER_CLEAR     REGISTER(0x4000100Cu)
#define UART_STATE      REGISTER(0x40004004u)
#define COUNTER         REGISTER(0x40028018u)
#define COUNTER_DIVIDER REGISTER(0x4002801Cu)

static void clock_start(void)
{
    COUNTER_DIVIDER = 24; /* as the node does it: microseconds */
}

static uint32_t microseconds(void)
{
    return COUNTER;
}

static void timer_set(uint32_t at)
{
    TIMER_VALUE = (at - microseconds()) * 25u;
    TIMER_CLEAR = 1;
    TIMER_CONTROL = 1u | 8u;
}

static void press(bool down)
{
    world_port = down;
}

static bool byte_is_there(void)
{
    return UART_STATE & 2u;
}

#else /* micro:bit */

#define TIMER_START     REGISTER(0x40009000u)
#define TIMER_CAPTURE   REGISTER(0x40009044u)
#define TIMER_CAME      REGISTER(0x40009140u)
#define TIMER_INTERRUPT REGISTER(0x40009304u)
#define TIMER_WIDTH     REGISTER(0x40009508u)
#define TIMER_DIVIDER   REGISTER(0x40009510u)
#define TIMER_COMPARE   REGISTER(0x40009540u)
#define TIMER_CAPTURED  REGISTER(0x40009544u)
#define UART_RX_READY   REGISTER(0x40002108u)
#define BUTTON_SETUP    REGISTER(0x50000744u)

static void clock_start(void)
{
    TIMER_WIDTH = 3;
    TIMER_DIVIDER = 4; /* 1 MHz */
    TIMER_COMPARE = ~0u;
    TIMER_INTERRUPT = 1u << 16;
    TIMER_START = 1;
}

static uint32_t microseconds(void)
{
    TIMER_CAPTURE = 1;
    return TIMER_CAPTURED;
}

static void timer_set(uint32_t at)
{
    TIMER_COMPARE = at;
    TIMER_CAME = 0; /* the last: in the same tick, QEMU would set it again for the time that has come */
}

/* Pulled down is as good as pressed. */
static void press(bool down)
{
    BUTTON_SETUP = down ? 1u << 2 : 3u << 2;
}

static bool byte_is_there(void)
{
    return UART_RX_READY;
}

#endif

/* --- What happens ------------------------------------------------------------------------------------------------- */

/* The time of an event may have passed while a byte was on its way. */
static void wait_for_next(void)
{
    uint32_t now = microseconds(), at = next->at, nearest = now + 100u;

    timer_set(at > nearest ? at : nearest);
}

static void type(const uint8_t *byte)
{
    const void *block[3] = { 0, byte, (const void *)1 };

    block[0] = (const void *)fifo;
    (void)semihosting(WRITE, block);
    while (!byte_is_there())
        ;
}

static void end(void)
{
    static const uint32_t block[2] = { APPLICATION_EXIT, 0 };

    (void)semihosting(EXIT, block);
}

void IRQ9_Handler(void)
{
    const struct event *event = next++;

    switch (event->what) {
    case END:
        end();
        break;
    case PRESS:
    case RELEASE:
        press(event->what == PRESS);
        NVIC_PEND = BUTTON_IRQ;
        break;
    default:
        type(&event->what);
    }
    wait_for_next();
}

int main(void)
{
    static const char name[] = "uart.in";
    const void *block[3] = { name, (const void *)TO_WRITE, (const void *)(sizeof name - 1) };

    fifo = semihosting(OPEN, block);
    clock_start();
    wait_for_next();
    NVIC_ENABLE = WORLD_IRQ;
    return node_main();
}
