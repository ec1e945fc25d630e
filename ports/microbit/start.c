/* SPDX-License-Identifier: 0BSD */
/*
 * Start-up of the micro:bit (nRF51822), and the system calls newlib's stdio wants: the standard
 * output is the UART, the standard error and the exit code go to the emulator by semihosting.
 *
 * With -DSTART_SEMIHOSTING it starts any Cortex-M: the standard output goes to the emulator, too,
 * and files of the host can be read. With -DSTART_BARE it has nothing of stdio, nor of what newlib
 * wants to run at the start or the end: for a program that has the RAM of a small part.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define COPROCESSOR_ACCESS REGISTER(0xE000ED88u)

#define UART_STARTTX  REGISTER(0x40002008u)
#define UART_TXDRDY   REGISTER(0x4000211Cu)
#define UART_ENABLE   REGISTER(0x40002500u)
#define UART_PSELTXD  REGISTER(0x4000250Cu)
#define UART_TXD      REGISTER(0x4000251Cu)
#define UART_BAUDRATE REGISTER(0x40002524u)

enum {
    SEMIHOSTING_OPEN = 0x01,
    SEMIHOSTING_CLOSE = 0x02,
    SEMIHOSTING_WRITEC = 0x03,
    SEMIHOSTING_WRITE = 0x05,
    SEMIHOSTING_READ = 0x06,
    SEMIHOSTING_EXIT = 0x20
};
enum { APPLICATION_EXIT = 0x20026 }; /* "the program ended", as semihosting says it */
enum { EXIT_UNEXPECTED_INTERRUPT = 97, EXIT_FAULT = 98, EXIT_ABORTED = 134 };

extern uint32_t data_image[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
extern char heap_start[], heap_end[];

int main(int argc, char **argv);
void __libc_init_array(void);
void Reset_Handler(void);
void Default_Handler(void);
void HardFault_Handler(void);

/* What newlib calls; it declares none of them. */
void _init(void);
void _fini(void);
int _close(int file);
void _exit(int code);
int _fstat(int file, struct stat *about);
int _getpid(void);
int _isatty(int file);
int _kill(int process, int signal);
int _lseek(int file, int offset, int whence);
int _read(int file, char *to, int size);
void *_sbrk(int size);
int _write(int file, const char *from, int size);

static uint32_t semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void complain(const char *text)
{
    for (; *text; text++)
        (void)semihosting(SEMIHOSTING_WRITEC, text);
}

#ifdef START_SEMIHOSTING

static uint32_t output;

/* Modes are numbered as fopen's: 0 is "r", 4 is "w". */
static uint32_t semihosting_open(const char *name, uint32_t mode)
{
    uintptr_t block[3];

    block[0] = (uintptr_t)name;
    block[1] = mode;
    block[2] = strlen(name);
    return semihosting(SEMIHOSTING_OPEN, block);
}

static void output_open(void)
{
    output = semihosting_open(":tt", 4); /* the terminal */
}

static void output_write(const char *from, int size)
{
    uintptr_t block[3];

    block[0] = output;
    block[1] = (uintptr_t)from;
    block[2] = (uintptr_t)size;
    (void)semihosting(SEMIHOSTING_WRITE, block);
}

#else

__attribute__((unused)) static void output_open(void)
{
    UART_PSELTXD = 24; /* the pin that the interface chip of the board listens to */
    UART_BAUDRATE = 0x01D7E000; /* 115200 */
    UART_ENABLE = 4;
    UART_STARTTX = 1;
}

static void output_write(const char *from, int size)
{
    for (; size > 0; size--) {
        UART_TXDRDY = 0;
        UART_TXD = (uint8_t)*from++;
        while (!UART_TXDRDY)
            ;
    }
}

#endif

void _exit(int code)
{
    uint32_t block[2];

    block[0] = APPLICATION_EXIT;
    block[1] = (uint32_t)code;
    (void)semihosting(SEMIHOSTING_EXIT, block);
    for (;;)
        ;
}

void Default_Handler(void)
{
    complain("board: an interrupt nobody handles\n");
    _exit(EXIT_UNEXPECTED_INTERRUPT);
}

/*
 * In assembly: after a stack overflow there is no stack to call anything with. The processor has
 * pushed where it was, if there was a stack for that.
 */
__attribute__((naked)) void HardFault_Handler(void)
{
    __asm__ volatile("mov r0, sp\n"
                     "ldr r1, =stack_bottom\n"
                     "cmp r0, r1\n"
                     "bhs 1f\n"
                     "movs r0, #0\n"
                     "b 2f\n"
                     "1: ldr r0, [r0, #24]\n"
                     "2: ldr r1, =stack_top\n"
                     "mov sp, r1\n"
                     "bl fault\n"
                     ".ltorg");
}

void fault(uint32_t at);
__attribute__((used)) void fault(uint32_t at)
{
    static const char digits[] = "0123456789abcdef";
    char number[] = "0x00000000\n";
    int i;

    for (i = 9; i >= 2; i--, at >>= 4)
        number[i] = digits[at & 15u];
    complain("board: hard fault (bad address, unaligned access or stack overflow) at ");
    complain(number);
    _exit(EXIT_FAULT);
}

void Reset_Handler(void)
{
    const uint32_t *from = data_image;
    uint32_t *to;

    for (to = data_start; to < data_end; to++)
        *to = *from++;
    for (to = bss_start; to < bss_end; to++)
        *to = 0;

#if defined __ARM_FP && __ARM_FP
    COPROCESSOR_ACCESS |= 0xFu << 20; /* the floating-point unit is off at first */
    __asm__ volatile("dsb\n\tisb" : : : "memory");
#endif
#ifdef START_BARE
    _exit(main(0, NULL));
#else
    output_open();
    __libc_init_array();
    exit(main(0, NULL)); /* exit, not _exit: it flushes stdout */
#endif
}

int _write(int file, const char *from, int size)
{
    int i;

    if (file != 2)
        output_write(from, size);
    else
        for (i = 0; i < size; i++)
            (void)semihosting(SEMIHOSTING_WRITEC, &from[i]);
    return size;
}

#ifdef START_SEMIHOSTING

/* Numbers of files: the emulator's, above those that stdio has for its own. */
enum { FIRST_FILE = 3 };

#define NO_FILE 0xFFFFFFFFu

int _open(const char *name, int flags, int mode);
int _open(const char *name, int flags, int mode)
{
    uint32_t file = flags == O_RDONLY ? semihosting_open(name, 0) : NO_FILE;

    (void)mode;
    return file == NO_FILE ? -1 : (int)file + FIRST_FILE;
}

int _read(int file, char *to, int size)
{
    uintptr_t block[3];

    if (file < FIRST_FILE)
        return 0; /* end of file */
    block[0] = (uintptr_t)(file - FIRST_FILE);
    block[1] = (uintptr_t)to;
    block[2] = (uintptr_t)size;
    return size - (int)semihosting(SEMIHOSTING_READ, block); /* it says how many are missing */
}

int _close(int file)
{
    uintptr_t block[1];

    block[0] = (uintptr_t)(file - FIRST_FILE);
    return file < FIRST_FILE ? -1 : (int)semihosting(SEMIHOSTING_CLOSE, block);
}

#else

int _read(int file, char *to, int size)
{
    (void)file;
    (void)to;
    (void)size;
    return 0; /* end of file */
}

int _close(int file)
{
    (void)file;
    return -1;
}

#endif

void _init(void)
{
}

void _fini(void)
{
}

void *_sbrk(int size)
{
    static char *end = heap_start;
    char *block = end;

    if (size > heap_end - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    end += size;
    return block;
}

/* A terminal: stdio then flushes at each line, and a program that crashes has said where. */
int _isatty(int file)
{
    return file < 3;
}

int _fstat(int file, struct stat *about)
{
    (void)file;
    about->st_mode = S_IFCHR;
    return 0;
}

int _lseek(int file, int offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return 0;
}

int _getpid(void)
{
    return 1;
}

/* Where abort() and a failed assertion end. */
int _kill(int process, int signal)
{
    (void)process;
    (void)signal;
    _exit(EXIT_ABORTED);
    return -1;
}

/* A program defines the handler it wants by its usual name. */
#define HANDLER(name) __attribute__((weak, alias("Default_Handler"))) void name(void)

HANDLER(NMI_Handler);
HANDLER(SVC_Handler);
HANDLER(PendSV_Handler);
HANDLER(SysTick_Handler);
HANDLER(POWER_CLOCK_IRQHandler);
HANDLER(RADIO_IRQHandler);
HANDLER(UART0_IRQHandler);
HANDLER(SPI0_TWI0_IRQHandler);
HANDLER(SPI1_TWI1_IRQHandler);
HANDLER(GPIOTE_IRQHandler);
HANDLER(ADC_IRQHandler);
HANDLER(TIMER0_IRQHandler);
HANDLER(TIMER1_IRQHandler);
HANDLER(TIMER2_IRQHandler);
HANDLER(RTC0_IRQHandler);
HANDLER(TEMP_IRQHandler);
HANDLER(RNG_IRQHandler);
HANDLER(ECB_IRQHandler);
HANDLER(CCM_AAR_IRQHandler);
HANDLER(WDT_IRQHandler);
HANDLER(RTC1_IRQHandler);
HANDLER(QDEC_IRQHandler);
HANDLER(LPCOMP_IRQHandler);
HANDLER(SWI0_IRQHandler);
HANDLER(SWI1_IRQHandler);
HANDLER(SWI2_IRQHandler);
HANDLER(SWI3_IRQHandler);
HANDLER(SWI4_IRQHandler);
HANDLER(SWI5_IRQHandler);

struct vectors {
    const void *stack;
    void (*exceptions[15])(void);
    void (*interrupts[32])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    .stack = stack_top,
    .exceptions = {
        [0] = Reset_Handler,
        [1] = NMI_Handler,
        [2] = HardFault_Handler,
        [10] = SVC_Handler,
        [13] = PendSV_Handler,
        [14] = SysTick_Handler,
    },
    .interrupts = {
        [0] = POWER_CLOCK_IRQHandler,
        [1] = RADIO_IRQHandler,
        [2] = UART0_IRQHandler,
        [3] = SPI0_TWI0_IRQHandler,
        [4] = SPI1_TWI1_IRQHandler,
        [6] = GPIOTE_IRQHandler,
        [7] = ADC_IRQHandler,
        [8] = TIMER0_IRQHandler,
        [9] = TIMER1_IRQHandler,
        [10] = TIMER2_IRQHandler,
        [11] = RTC0_IRQHandler,
        [12] = TEMP_IRQHandler,
        [13] = RNG_IRQHandler,
        [14] = ECB_IRQHandler,
        [15] = CCM_AAR_IRQHandler,
        [16] = WDT_IRQHandler,
        [17] = RTC1_IRQHandler,
        [18] = QDEC_IRQHandler,
        [19] = LPCOMP_IRQHandler,
        [20] = SWI0_IRQHandler,
        [21] = SWI1_IRQHandler,
        [22] = SWI2_IRQHandler,
        [23] = SWI3_IRQHandler,
        [24] = SWI4_IRQHandler,
        [25] = SWI5_IRQHandler,
    },
};
