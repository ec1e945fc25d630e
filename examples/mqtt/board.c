/* SPDX-License-Identifier: 0BSD */
/*
 * The MQTT client as a firmware: on the MPS2 board with a Cortex-M3 (AN385, as QEMU has it), over UART 0, on which
 * something like a modem answers: tests/peers/mqtt/board.py has one. The console is UART 1.
 *
 * The board publishes board/tick each 200 ms, answers what comes on board/set by board/state, and stops when it is
 * told so on board/stop. `make mqtt` says how much flash and RAM that takes.
 */
#include "board.h"

/* There is a tick each millisecond: so a sleep need not be told how long it may last. */
#define AGEN_IDLE(loop, ticks) \
    do { \
        board_disable_interrupts(); \
        uart_before_sleep(); \
        if (ticks) \
            board_wait_for_interrupt(); \
        board_enable_interrupts(); \
    } while (0)
static void uart_before_sleep(void);

#define AGEN_IMPLEMENTATION
#include "client.h"

#include <string.h>

#define SYSTICK_CONTROL BOARD_REGISTER(0xE000E010u)
#define SYSTICK_RELOAD  BOARD_REGISTER(0xE000E014u)
#define SYSTICK_VALUE   BOARD_REGISTER(0xE000E018u)
#define NVIC_ENABLE     BOARD_REGISTER(0xE000E100u)
#define NVIC_DISABLE    BOARD_REGISTER(0xE000E180u)

#define UART0_DATA      BOARD_REGISTER(0x40004000u)
#define UART0_CONTROL   BOARD_REGISTER(0x40004008u)
#define UART0_INTERRUPT BOARD_REGISTER(0x4000400Cu)
#define UART0_DIVIDER   BOARD_REGISTER(0x40004010u)
#define UART1_DATA      BOARD_REGISTER(0x40005000u)
#define UART1_STATE     BOARD_REGISTER(0x40005004u)
#define UART1_CONTROL   BOARD_REGISTER(0x40005008u)
#define UART1_DIVIDER   BOARD_REGISTER(0x40005010u)

enum { CLOCK = 25000000, RECEIVES = 1u << 0, SENDS = 1u << 1 };

/* start.c names the vectors as those of another chip. */
#define uart_receives POWER_CLOCK_IRQHandler
#define uart_sends    RADIO_IRQHandler
void uart_receives(void);
void uart_sends(void);
void SysTick_Handler(void);

static volatile agen_ticks milliseconds;
static AGEN_PIPE(64) received, to_send;
static bool sending;

void SysTick_Handler(void)
{
    milliseconds++;
}

static agen_ticks now(void)
{
    return milliseconds;
}

static void print(const char *text)
{
    for (; *text; text++) {
        while (UART1_STATE & 1u)
            ;
        UART1_DATA = (uint8_t)*text;
    }
}

static char *decimal(char text[11], uint32_t number)
{
    char *at = text + 10;

    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return at;
}

/* ---- The UART: two pipes, whose other sides are its interrupts ---- */

void uart_receives(void)
{
    uint8_t byte;

    if (agen_pipe_room(&received) == 0) {
        NVIC_DISABLE = RECEIVES; /* the UART holds the sender back, by RTS */
        return;
    }
    UART0_INTERRUPT = 2;
    byte = (uint8_t)UART0_DATA;
    (void)agen_pipe_write_isr(&received, &byte, 1);
}

void uart_sends(void)
{
    uint8_t byte;

    UART0_INTERRUPT = 1;
    sending = agen_pipe_read_isr(&to_send, &byte, 1) == 1;
    if (sending)
        UART0_DATA = byte;
}

/* The first byte goes from here, the others from the interrupt of the one before. */
static void uart_before_sleep(void)
{
    if (!sending)
        uart_sends();
    NVIC_ENABLE = RECEIVES;
}

/*
 * The link: a pause, +++ and a pause make the modem hang up, if it is connected. It dials at the next byte. That the
 * other side has hung up, the client finds by its keep-alive.
 */
enum { PAUSE = 100 };

struct uart_link {
    AGEN_COROUTINE;
    struct mqtt_link link;
    size_t count;
};

AGEN(uart_link, self)
{
    AGEN_BEGIN(self);
    while (agen_pipe_count(&to_send) > 0) /* of the connection before */
        AGEN_SLEEP(self, 1);
    AGEN_SLEEP(self, PAUSE);
    AGEN_WRITE(self, &to_send, "+++", 3, &self->count);
    AGEN_SLEEP(self, PAUSE);
    (void)agen_pipe_consume(&received, sizeof received.bytes_);
    agen_event_set(&self->link.up);
    while (!agen_pipe_ended(&to_send) || sending)
        AGEN_SLEEP(self, PAUSE);
    AGEN_END(self);
}

static agen_t *start(struct mqtt_link *link)
{
    struct uart_link *uart = (struct uart_link *)(void *)((char *)link - offsetof(struct uart_link, link));

    agen_init(uart, uart_link);
    return (agen_t *)(void *)uart;
}

/* ---- What the board does ---- */

static struct uart_link uart = {
    .link = { .in = (agen_pipe *)&received, .out = (agen_pipe *)&to_send, .start = start },
};
static void report(struct mqtt_client *about, int status);
static struct mqtt_client client = {
    AGEN_INIT(mqtt_client),
    .link = &uart.link,
    .about = { .client_id = "board", .persistent = true, .keep_alive = 2,
               .will = { .topic = "board/gone", .payload = "!", .size = 1, .flags = MQTT_AT_LEAST_ONCE } },
    .patience = 1000, .wait_min = 100, .wait_max = 1000,
    .report = report,
};

static void report(struct mqtt_client *about, int status)
{
    (void)about;
    print(status == 0 ? "connected" : mqtt_strerror(status) ? mqtt_strerror(status) : agen_strerror(status));
    print("\n");
}

struct ticker {
    AGEN_COROUTINE;
    uint32_t n;
    char text[11];
};

AGEN(ticker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;; self->n++) {
            MQTT_PUBLISH(self, &client, "board/tick", decimal(self->text, self->n),
                         strlen(decimal(self->text, self->n)), MQTT_AT_LEAST_ONCE);
            AGEN_SLEEP(self, 200);
        }
    } AGEN_EXCEPT(self) { /* the client is stopping */
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct commands {
    AGEN_COROUTINE;
    struct mqtt_messages messages;
};

AGEN(commands, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->messages) {
        if (mqtt_matches("board/stop", self->messages.value.topic))
            mqtt_stop(&client);
        else
            (void)mqtt_publish(&client, "board/state", self->messages.value.payload, self->messages.value.size,
                               MQTT_AT_LEAST_ONCE);
    }
    AGEN_END(self);
}

static void failed(agen_loop *loop, agen_task *task, int error)
{
    (void)loop;
    (void)task;
    print("a task failed: ");
    report(&client, error);
}

int main(void)
{
    static struct ticker ticker = { AGEN_INIT(ticker), .n = 0 };
    static struct commands commands = { AGEN_INIT(commands),
                                        .messages = { AGEN_INIT(mqtt_messages), .client = &client } };
    static agen_task serving, ticking, commanding;
    static agen_loop loop;
    char number[11];

    UART0_DIVIDER = UART1_DIVIDER = CLOCK / 115200;
    UART0_CONTROL = 1u | 2u | 4u | 8u; /* sends, receives, both with interrupts */
    UART1_CONTROL = 1u;
    SYSTICK_RELOAD = CLOCK / 1000 - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7u;
    agen_pipe_init(&received);
    agen_pipe_init(&to_send);
    agen_loop_init(&loop, now);
    loop.error = failed;
    NVIC_ENABLE = RECEIVES | SENDS;
    board_enable_interrupts();

    print("bytes of a client: ");
    print(decimal(number, sizeof client));
    print(", without its buffers: ");
    print(decimal(number, sizeof client - 2 * MQTT_PACKET_MAX - MQTT_OUTBOX_SIZE));
    print("\n");
    if (mqtt_subscribe(&client, "board/set", 1) < 0 || mqtt_subscribe(&client, "board/stop", 1) < 0
        || agen_spawn(&loop, &serving, &client) < 0 || agen_spawn(&loop, &ticking, &ticker) < 0
        || agen_spawn(&loop, &commanding, &commands) < 0)
        return 1;
    return agen_loop_run(&loop) != AGEN_DONE || agen_task_status(&serving) != AGEN_DONE;
}
