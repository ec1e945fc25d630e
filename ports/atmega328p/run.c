/* SPDX-License-Identifier: 0BSD */
/*
 * Runs one ELF program on a simulated ATmega328P (libsimavr), as fast as the host can; or on another chip.
 *
 *     run [-e EVENTS] [-i] [CHIP] PROGRAM
 *
 * With -i, what comes by the standard input goes to UART0, a sleep of the program takes the time that it says, and
 * SIGUSR1 presses a button at PD2, which pulls it low, for ten milliseconds.
 *
 * What the program sends through UART0, or where there is none what it writes into GPIOR1, goes to the standard output,
 * what it writes into GPIOR2 to the standard error. It ends by sleeping with the interrupts off, and GPIOR0 is then
 * the exit status; a crash or a stack overflow ends it with 98.
 *
 * EVENTS is a file of lines `{ MICROSECOND, WHAT },` in the order of time: WHAT is 0 for the end, 1 and 2 for the button
 * that is pressed and released, and otherwise a byte that UART0 receives. With it, the standard error also says how
 * often the program was woken up and how many bytes of stack it used.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <gelf.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Data addresses of an ATmega, and of an ATtiny where they differ. */
enum { GPIOR0 = 0x3E, GPIOR2 = 0x4B, SPL = 0x5D, SPH = 0x5E, RAM_START = 0x100 };
enum { TINY_GPIOR0 = 0x31, TINY_GPIOR1 = 0x32, TINY_GPIOR2 = 0x33, TINY_RAM_START = 0x60 };

static const char *chip = "atmega328p";

enum { FREQUENCY = 16000000, CYCLES_A_MILLISECOND = FREQUENCY / 1000 };
enum { CYCLES_A_MICROSECOND = FREQUENCY / 1000000 };
enum { BUTTON = 2 /* of port D */, PRESS = 10 * CYCLES_A_MILLISECOND };

enum { STATUS_USAGE = 2, STATUS_CRASHED = 98 };

/*
 * The two halves of the stack pointer are written one after the other, with an instruction in
 * between at the most: it is only to be believed when it has been low for longer than that.
 */
enum { STACK_PATIENCE = 8 };

static void print_byte(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq;
    (void)unused;
    putchar((int)value);
}

static void print_written_byte(struct avr_t *avr, avr_io_addr_t address, uint8_t value, void *unused)
{
    (void)unused;
    avr->data[address] = value;
    putchar(value);
}

/* What waits for UART0. simavr takes bytes until it says stop, and delivers them in their time. */
static struct {
    unsigned char bytes[256];
    size_t next, count;
    int takes, ended;
} input = { .takes = 1 };

static volatile sig_atomic_t pressed;

static void press(int signal)
{
    (void)signal;
    pressed = 1;
}

static void on_xon(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq;
    (void)value;
    (void)unused;
    input.takes = 1;
}

static void on_xoff(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq;
    (void)value;
    (void)unused;
    input.takes = 0;
}

static void await_input(int milliseconds)
{
    struct pollfd ready = { 0, POLLIN, 0 };
    ssize_t count;

    if (input.next < input.count)
        return;
    if (poll(&ready, input.ended ? 0 : 1, milliseconds) <= 0)
        return;
    count = read(0, input.bytes, sizeof input.bytes);
    input.ended = count <= 0;
    input.next = 0;
    input.count = count > 0 ? (size_t)count : 0;
}

static void give_input(avr_t *avr)
{
    avr_irq_t *uart = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);

    await_input(0);
    while (input.takes && input.next < input.count)
        avr_raise_irq(uart, input.bytes[input.next++]);
}

static void move_button(avr_t *avr)
{
    static avr_cycle_count_t released_at;
    avr_irq_t *pin = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), BUTTON);

    if (pressed) {
        pressed = 0;
        released_at = avr->cycle + PRESS;
        avr_raise_irq(pin, 0);
    } else if (released_at && avr->cycle >= released_at) {
        released_at = 0;
        avr_raise_irq(pin, 1);
    }
}

/* Whole milliseconds, of which the rest is due next time; less if input comes. */
static void sleep_and_listen(avr_t *avr, avr_cycle_count_t cycles)
{
    static avr_cycle_count_t due;

    (void)avr;
    due += cycles;
    if (due >= CYCLES_A_MILLISECOND) {
        fflush(stdout);
        await_input((int)(due / CYCLES_A_MILLISECOND));
        due %= CYCLES_A_MILLISECOND;
    }
}

static void listen_to_input(avr_t *avr)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = press;
    (void)sigaction(SIGUSR1, &action, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), on_xon, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), on_xoff, NULL);
}

static void print_error_byte(struct avr_t *avr, avr_io_addr_t address, uint8_t value, void *unused)
{
    (void)unused;
    avr->data[address] = value;
    fflush(stdout);
    fputc(value, stderr);
}

/* The default would sleep in real time. */
static void do_not_sleep(avr_t *avr, avr_cycle_count_t cycles)
{
    (void)avr;
    (void)cycles;
}

/* simavr logs every section it loads. */
static void log_errors_only(avr_t *avr, const int level, const char *format, va_list arguments)
{
    (void)avr;
    if (level <= LOG_ERROR)
        vfprintf(stderr, format, arguments);
}

/* The section .bootloader, if there is one: simavr loads only .text and what is initialised. */
static void load_boot_section(avr_t *avr, const char *path)
{
    int file = open(path, O_RDONLY);
    size_t names;
    Elf *elf;
    Elf_Scn *section = NULL;
    Elf_Data *data;
    GElf_Shdr header;

    (void)elf_version(EV_CURRENT);
    elf = elf_begin(file, ELF_C_READ, NULL);
    if (elf && elf_getshdrstrndx(elf, &names) == 0)
        while ((section = elf_nextscn(elf, section)) != NULL) {
            data = elf_getdata(section, NULL);
            if (gelf_getshdr(section, &header) && data
                && strcmp(elf_strptr(elf, names, header.sh_name), ".bootloader") == 0
                && header.sh_addr + data->d_size <= avr->flashend + 1)
                memcpy(avr->flash + header.sh_addr, data->d_buf, data->d_size);
        }
    (void)elf_end(elf);
    (void)close(file);
}

/* --- Events ----------------------------------------------------------------------------------------------------- */

enum { END_COMES, BUTTON_PRESSED, BUTTON_RELEASED };

static FILE *events;
static unsigned long next_at;
static unsigned next_what;

static void read_event(void)
{
    if (fscanf(events, " { %lu , %u } ,", &next_at, &next_what) != 2)
        next_what = END_COMES;
}

/* A timer of the simulator, which ends a sleep in time. It answers when it is to be called next. */
static avr_cycle_count_t play_event(avr_t *avr, avr_cycle_count_t when, void *unused)
{
    avr_irq_t *pin = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), BUTTON);

    (void)when;
    (void)unused;
    if (next_what == END_COMES) {
        avr->state = cpu_Done;
        return 0;
    }
    if (next_what == BUTTON_PRESSED || next_what == BUTTON_RELEASED)
        avr_raise_irq(pin, next_what == BUTTON_RELEASED);
    else
        avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), next_what);
    read_event();
    return (avr_cycle_count_t)next_at * CYCLES_A_MICROSECOND;
}

static bool open_events(avr_t *avr, const char *path)
{
    if ((events = fopen(path, "r")) == NULL)
        return false;
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), BUTTON), 1);
    read_event();
    avr_cycle_timer_register(avr, (avr_cycle_count_t)next_at * CYCLES_A_MICROSECOND, play_event, NULL);
    return true;
}

static int crashed(const char *why)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", chip, why);
    return STATUS_CRASHED;
}

int main(int argc, char **argv)
{
    static elf_firmware_t firmware;
    avr_t *avr;
    uint32_t flags = 0;
    unsigned stack_limit, low_for = 0, lowest, wake_ups = 0;
    int state = cpu_Running, before, tiny, interactive;
    const char *events_path = NULL;
    avr_cycle_count_t look_at = 0;

    if (argc > 3 && strcmp(argv[1], "-e") == 0) {
        events_path = argv[2];
        argc -= 2;
        argv += 2;
    }
    interactive = argc > 2 && strcmp(argv[1], "-i") == 0;
    if (argc < 2 + interactive || argc > 3 + interactive) {
        fprintf(stderr, "usage: run [-e EVENTS] [-i] [CHIP] PROGRAM\n");
        return STATUS_USAGE;
    }
    if (argc == 3 + interactive)
        chip = argv[1 + interactive];
    tiny = strncmp(chip, "attiny", 6) == 0;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* what was printed before a time limit is seen */
    avr_global_logger_set(log_errors_only);
    if (elf_read_firmware(argv[argc - 1], &firmware)) {
        fprintf(stderr, "%s: cannot read %s\n", chip, argv[argc - 1]);
        return STATUS_USAGE;
    }
    strncpy(firmware.mmcu, chip, sizeof firmware.mmcu - 1);
    firmware.frequency = FREQUENCY;
    avr = avr_make_mcu_by_name(firmware.mmcu);
    if (!avr || avr_init(avr)) {
        fprintf(stderr, "%s: this libsimavr does not know the chip\n", chip);
        return STATUS_USAGE;
    }
    avr_load_firmware(avr, &firmware);
    load_boot_section(avr, argv[argc - 1]);
    avr->sleep = interactive ? sleep_and_listen : do_not_sleep;

    /* simavr's own console colours the text; its poll sleep waits in real time. */
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    if (tiny)
        avr_register_io_write(avr, TINY_GPIOR1, print_written_byte, NULL);
    else
        avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT),
                                print_byte, NULL);
    avr_register_io_write(avr, tiny ? TINY_GPIOR2 : GPIOR2, print_error_byte, NULL);
    if (interactive)
        listen_to_input(avr);
    if (events_path && !open_events(avr, events_path)) {
        fprintf(stderr, "%s: cannot read %s\n", chip, events_path);
        return STATUS_USAGE;
    }

    stack_limit = (tiny ? TINY_RAM_START : RAM_START) + firmware.datasize + firmware.bsssize;
    lowest = avr->ramend;
    do {
        unsigned stack;

        if (interactive && avr->cycle >= look_at) {
            look_at = avr->cycle + CYCLES_A_MILLISECOND / 10;
            give_input(avr);
            move_button(avr);
        }
        before = state;
        state = avr_run(avr);
        if (before == cpu_Sleeping && state == cpu_Running)
            wake_ups++;
        if (avr->pc == 0)
            return crashed("restarted: a null function called, or an interrupt nobody handles");
        stack = avr->data[SPL] | (unsigned)avr->data[SPH] << 8;
        low_for = stack && stack < stack_limit ? low_for + 1 : 0;
        if (low_for > STACK_PATIENCE)
            return crashed("stack overflow into the variables");
        if (stack > stack_limit && stack < lowest)
            lowest = stack; /* to be believed as long as SPH does not change, in the upper 255 bytes */
    } while (state != cpu_Done && state != cpu_Crashed);

    if (state == cpu_Crashed)
        return crashed("an invalid instruction");
    fflush(stdout);
    if (events)
        fprintf(stderr, "wake-ups %u\nstack %u\n", wake_ups, avr->ramend - lowest);
    return avr->data[tiny ? TINY_GPIOR0 : GPIOR0];
}
