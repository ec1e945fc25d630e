/*
 * Runs one ELF program on a simulated ATmega328P (libsimavr), as fast as the host can; or on another chip.
 *
 *     run [CHIP] PROGRAM
 *
 * What the program sends through UART0, or where there is none what it writes into GPIOR1, goes to the standard output,
 * what it writes into GPIOR2 to the standard error. It ends by sleeping with the interrupts off, and GPIOR0 is then
 * the exit status; a crash or a stack overflow ends it with 98.
 */
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Data addresses of an ATmega, and of an ATtiny where they differ. */
enum { GPIOR0 = 0x3E, GPIOR2 = 0x4B, SPL = 0x5D, SPH = 0x5E, RAM_START = 0x100 };
enum { TINY_GPIOR0 = 0x31, TINY_GPIOR1 = 0x32, TINY_GPIOR2 = 0x33, TINY_RAM_START = 0x60 };

static const char *chip = "atmega328p";

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
    unsigned stack_limit, low_for = 0;
    int state, tiny;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s [CHIP] PROGRAM\n", argv[0]);
        return STATUS_USAGE;
    }
    if (argc == 3)
        chip = argv[1];
    tiny = strncmp(chip, "attiny", 6) == 0;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* what was printed before a time limit is seen */
    avr_global_logger_set(log_errors_only);
    if (elf_read_firmware(argv[argc - 1], &firmware)) {
        fprintf(stderr, "%s: cannot read %s\n", chip, argv[argc - 1]);
        return STATUS_USAGE;
    }
    strncpy(firmware.mmcu, chip, sizeof firmware.mmcu - 1);
    firmware.frequency = 16000000;
    avr = avr_make_mcu_by_name(firmware.mmcu);
    if (!avr || avr_init(avr)) {
        fprintf(stderr, "%s: this libsimavr does not know the chip\n", chip);
        return STATUS_USAGE;
    }
    avr_load_firmware(avr, &firmware);
    avr->sleep = do_not_sleep;

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

    stack_limit = (tiny ? TINY_RAM_START : RAM_START) + firmware.datasize + firmware.bsssize;
    do {
        unsigned stack;

        state = avr_run(avr);
        if (avr->pc == 0)
            return crashed("restarted: a null function called, or an interrupt nobody handles");
        stack = avr->data[SPL] | (unsigned)avr->data[SPH] << 8;
        low_for = stack && stack < stack_limit ? low_for + 1 : 0;
        if (low_for > STACK_PATIENCE)
            return crashed("stack overflow into the variables");
    } while (state != cpu_Done && state != cpu_Crashed);

    if (state == cpu_Crashed)
        return crashed("an invalid instruction");
    fflush(stdout);
    return avr->data[tiny ? TINY_GPIOR0 : GPIOR0];
}
