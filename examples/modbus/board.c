/*
 * The Modbus RTU slave as a firmware: on the MPS2 board with a Cortex-M3 (AN385, as QEMU has it), over UART 0, whose
 * interrupts are the other sides of the two pipes. It is slave 17, with ten holding registers.
 *
 * On RS-485, the transmit interrupt of the last byte also turns the driver off.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "board.h"

/* There is a tick each millisecond: so a sleep need not be told how long it may last. */
#define AGEN_IDLE(loop, ticks) \
    do { \
        board_disable_interrupts(); \
        if (ticks) \
            board_wait_for_interrupt(); \
        board_enable_interrupts(); \
    } while (0)
#include "modbus.h"

#define SYSTICK_CONTROL BOARD_REGISTER(0xE000E010u)
#define SYSTICK_RELOAD  BOARD_REGISTER(0xE000E014u)
#define SYSTICK_VALUE   BOARD_REGISTER(0xE000E018u)
#define NVIC_ENABLE     BOARD_REGISTER(0xE000E100u)
#define UART0_DATA      BOARD_REGISTER(0x40004000u)
#define UART0_CONTROL   BOARD_REGISTER(0x40004008u)
#define UART0_INTERRUPT BOARD_REGISTER(0x4000400Cu)
#define UART0_DIVIDER   BOARD_REGISTER(0x40004010u)

enum { CLOCK = 25000000, RECEIVES = 1u << 0, SENDS = 1u << 1, GAP = 20, REGISTERS = 10 };

/* start.c names the vectors as those of another chip. */
#define uart_receives POWER_CLOCK_IRQHandler
#define uart_sends    RADIO_IRQHandler
void uart_receives(void);
void uart_sends(void);
void SysTick_Handler(void);

static volatile agen_ticks milliseconds;
static AGEN_PIPE(256) received;
static AGEN_PIPE(256) to_send;
static volatile bool sending;
static uint16_t registers[REGISTERS];

void SysTick_Handler(void)
{
    milliseconds++;
}

static agen_ticks now(void)
{
    return milliseconds;
}

void uart_receives(void)
{
    uint8_t byte;

    UART0_INTERRUPT = 2; /* first: the next byte may come as soon as this one is read */
    byte = (uint8_t)UART0_DATA;
    (void)agen_pipe_write_isr(&received, &byte, 1); /* what finds no room is missing in its frame, which is dropped */
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
static void start(void)
{
    board_disable_interrupts();
    if (!sending)
        uart_sends();
    board_enable_interrupts();
}

static uint8_t access_registers(void *context, enum modbus_operation operation, enum modbus_table table,
                                uint16_t address, uint16_t *value)
{
    (void)context;
    if (table != MODBUS_HOLDING_REGISTERS || address >= REGISTERS)
        return MODBUS_ILLEGAL_ADDRESS;
    if (operation == MODBUS_READ)
        *value = registers[address];
    else if (operation == MODBUS_WRITE)
        registers[address] = *value;
    return 0;
}

int main(void)
{
    static struct modbus_line line;
    static struct modbus_slave slave = { AGEN_INIT(modbus_slave), .line = &line, .address = 17,
                                         .access = access_registers };
    static agen_task task;
    static agen_loop loop;

    UART0_DIVIDER = CLOCK / 19200;
    UART0_CONTROL = 1u | 2u | 4u | 8u; /* sends, receives, both with interrupts */
    SYSTICK_RELOAD = CLOCK / 1000 - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7u;
    agen_pipe_init(&received);
    agen_pipe_init(&to_send);
    modbus_line_init(&line, (agen_pipe *)&received, (agen_pipe *)&to_send, GAP);
    line.start = start;
    agen_loop_init(&loop, now);
    NVIC_ENABLE = RECEIVES | SENDS;
    board_enable_interrupts();
    if (agen_spawn(&loop, &task, &slave) < 0)
        return 1;
    return agen_loop_run(&loop) != AGEN_DONE;
}
