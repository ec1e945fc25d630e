/* SPDX-License-Identifier: 0BSD */
/*
 * Start-up of an MSP430 in mspdebug's simulator; what programs here use of the C library; and what clang calls where
 * the processor has no instruction. Debian has neither library for an MSP430. All of it is short, and none is fast.
 *
 * A byte written to CONSOLE is printed. The program ends where the simulator has a breakpoint, at board_ended, after it
 * has printed its exit status: ports/msp430/run tells that from the output by the separators around it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSOLE (*(volatile uint8_t *)0x00FFu)

enum { SEPARATOR = 0x1E, EXIT_UNEXPECTED_INTERRUPT = 97, EXIT_FAULT = 98, EXIT_ABORTED = 134 };
enum { RESERVE = 128, UNTOUCHED = 0x5AA5 };

extern uint16_t stack_bottom[];
extern uint8_t bss_start[], bss_end[];

int main(void);
void board_ended(void);
void board_on_timer(void);
void start(void);
void started(void);
void on_timer(void);

/* --- Start, end and interrupts ------------------------------------------------------------------------------------ */

__attribute__((naked, section(".start"))) void start(void)
{
    __asm__ volatile("mov #stack_top, r1\n\t"
                     "br #started");
}

__attribute__((noinline)) void board_ended(void)
{
    for (;;)
        __asm__ volatile("");
}

/* Nobody notices an overflow of the stack when it happens; but at the end its lowest words must be as they were. */
static bool overflowed(void)
{
    uint8_t i;

    for (i = 0; i < RESERVE; i++)
        if (stack_bottom[i] != UNTOUCHED)
            return true;
    return false;
}

void exit(int code)
{
    __asm__ volatile("dint\n\tnop");
    if (overflowed()) {
        puts("\nboard: the stack overflowed");
        code = EXIT_FAULT;
    }
    printf("%c%d\n", SEPARATOR, code & 0xFF);
    board_ended();
    abort(); /* not reached */
}

__attribute__((used)) void started(void)
{
    uint8_t *byte, i;

    for (byte = bss_start; byte != bss_end; byte++)
        *byte = 0;
    for (i = 0; i < RESERVE; i++)
        stack_bottom[i] = UNTOUCHED;
    (void)putchar(SEPARATOR);
    exit(main());
}

void abort(void)
{
    puts("\nboard: aborted");
    exit(EXIT_ABORTED);
}

__attribute__((weak)) void board_on_timer(void)
{
    puts("\nboard: an interrupt nobody handles");
    exit(EXIT_UNEXPECTED_INTERRUPT);
}

/* It ends a sleep: in the status register that it has pushed the bits for that are cleared. */
__attribute__((naked)) void on_timer(void)
{
    __asm__ volatile("push r11\n\tpush r12\n\tpush r13\n\tpush r14\n\tpush r15\n\t"
                     "call #board_on_timer\n\t"
                     "pop r15\n\tpop r14\n\tpop r13\n\tpop r12\n\tpop r11\n\t"
                     "bic #0x00F0, 0(r1)\n\t"
                     "reti");
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = { [9] = on_timer, [15] = start };

/* --- Arithmetic, under the names of the MSP430 EABI --------------------------------------------------------------- */

#define MULTIPLY(type, name) \
    type name(type a, type b); \
    type name(type a, type b) \
    { \
        type product = 0; \
        for (; b; b >>= 1, a = (type)(a << 1)) \
            if (b & 1u) \
                product = (type)(product + a); \
        return product; \
    }

/* The bits of the quotient come in from the right as those of the dividend go out to the left. */
#define DIVIDE(type, signed_type, bits, name, quotient_u, remainder_u, quotient_i, remainder_i) \
    static type name(type a, type b, type *remainder) \
    { \
        type rest = 0; \
        uint8_t i; \
        for (i = 0; i < (bits); i++) { \
            bool carry = rest >> ((bits) - 1) != 0; \
            rest = (type)(rest << 1 | a >> ((bits) - 1)); \
            a = (type)(a << 1); \
            if (carry || rest >= b) { \
                rest = (type)(rest - b); \
                a++; \
            } \
        } \
        *remainder = rest; \
        return a; \
    } \
    type quotient_u(type a, type b); \
    type quotient_u(type a, type b) \
    { \
        type rest; \
        return name(a, b, &rest); \
    } \
    type remainder_u(type a, type b); \
    type remainder_u(type a, type b) \
    { \
        type rest; \
        (void)name(a, b, &rest); \
        return rest; \
    } \
    signed_type quotient_i(signed_type a, signed_type b); \
    signed_type quotient_i(signed_type a, signed_type b) \
    { \
        type rest, n = name(a < 0 ? (type)(0u - (type)a) : (type)a, b < 0 ? (type)(0u - (type)b) : (type)b, &rest); \
        return (signed_type)((a < 0) != (b < 0) ? (type)(0u - n) : n); \
    } \
    signed_type remainder_i(signed_type a, signed_type b); \
    signed_type remainder_i(signed_type a, signed_type b) \
    { \
        type rest; \
        (void)name(a < 0 ? (type)(0u - (type)a) : (type)a, b < 0 ? (type)(0u - (type)b) : (type)b, &rest); \
        return (signed_type)(a < 0 ? (type)(0u - rest) : rest); \
    }

MULTIPLY(uint16_t, __mspabi_mpyi)
MULTIPLY(uint32_t, __mspabi_mpyl)
MULTIPLY(uint64_t, multiply_64)
DIVIDE(uint16_t, int16_t, 16, divide_16, __mspabi_divu, __mspabi_remu, __mspabi_divi, __mspabi_remi)
DIVIDE(uint32_t, int32_t, 32, divide_32, __mspabi_divul, __mspabi_remul, __mspabi_divli, __mspabi_remli)
DIVIDE(uint64_t, int64_t, 64, divide_64, quotient_u64, remainder_u64, quotient_i64, remainder_i64)

/* Of 64 bits: the first operand comes in R8 to R11, the second in R12 to R15; in C the latter is on the stack. */
#define OF_64_BITS(name, function) \
    void name(void); \
    __attribute__((naked)) void name(void) \
    { \
        __asm__ volatile("push r15\n\tpush r14\n\tpush r13\n\tpush r12\n\t" \
                         "mov r8, r12\n\tmov r9, r13\n\tmov r10, r14\n\tmov r11, r15\n\t" \
                         "call #" #function "\n\t" \
                         "add #8, r1\n\tret"); \
    }

OF_64_BITS(__mspabi_mpyll, multiply_64)
OF_64_BITS(__mspabi_divull, quotient_u64)
OF_64_BITS(__mspabi_remull, remainder_u64)
OF_64_BITS(__mspabi_divlli, quotient_i64)
OF_64_BITS(__mspabi_remlli, remainder_i64)

#define SHIFT(type, name, one_more) \
    type name(type a, int n); \
    type name(type a, int n) \
    { \
        for (; n > 0; n--) \
            a = (type)(one_more); \
        return a; \
    }

SHIFT(uint32_t, __mspabi_slll, a << 1)
SHIFT(uint32_t, __mspabi_srll, a >> 1)
SHIFT(int32_t, __mspabi_sral, a >> 1)
SHIFT(uint64_t, __ashldi3, a << 1)
SHIFT(uint64_t, __lshrdi3, a >> 1)
SHIFT(int64_t, __ashrdi3, a >> 1)

/* --- Floating point: what tests here use of it, neither infinity nor what is no number; nothing is rounded -------- */

enum { BIAS = 1023, DIGITS = 52 };

typedef union {
    double value;
    uint64_t bits;
} any_double;

static double as_double(uint64_t bits)
{
    any_double any;

    any.bits = bits;
    return any.value;
}

static uint64_t bits_of(double value)
{
    any_double any;

    any.value = value;
    return any.bits;
}

static uint64_t sign_of(double value)
{
    return bits_of(value) >> 63 << 63;
}

/* The exponent of a whole number that is the mantissa. */
static int exponent_of(double value)
{
    return (int)(bits_of(value) >> DIGITS & 2047u) - BIAS - DIGITS;
}

static uint64_t mantissa_of(double value)
{
    return bits_of(value) << 1 ? (bits_of(value) & (((uint64_t)1 << DIGITS) - 1)) | (uint64_t)1 << DIGITS : 0;
}

static double assembled(uint64_t sign, int exponent, uint64_t mantissa)
{
    if (mantissa == 0)
        return 0;
    for (; mantissa >> (DIGITS + 1); mantissa >>= 1)
        exponent++;
    for (; !(mantissa >> DIGITS); mantissa <<= 1)
        exponent--;
    return as_double(sign | (uint64_t)(exponent + BIAS + DIGITS) << DIGITS | (mantissa ^ (uint64_t)1 << DIGITS));
}

double __mspabi_fltlid(int32_t n)
{
    return assembled(n < 0 ? (uint64_t)1 << 63 : 0, 0, n < 0 ? 0u - (uint32_t)n : (uint32_t)n);
}
int32_t __mspabi_fixdli(double value)
{
    int exponent = exponent_of(value);
    uint64_t mantissa = mantissa_of(value);
    int32_t n = (int32_t)(exponent < -DIGITS ? 0 : mantissa >> -exponent);

    return sign_of(value) ? -n : n;
}

static double add(double a, double b)
{
    int e = exponent_of(a), f = exponent_of(b);
    uint64_t m = mantissa_of(a), n = mantissa_of(b);

    if (m == 0)
        return b;
    if (n != 0 && e < f)
        return add(b, a);
    n = e - f < 64 ? n >> (e - f) : 0;
    if (sign_of(a) == sign_of(b))
        return assembled(sign_of(a), e, m + n);
    return m >= n ? assembled(sign_of(a), e, m - n) : assembled(sign_of(b), e, n - m);
}

static double subtract(double a, double b)
{
    return add(a, as_double(bits_of(b) ^ (uint64_t)1 << 63));
}

__attribute__((used)) static int compare(double a, double b)
{
    uint64_t difference = bits_of(subtract(a, b));

    return difference << 1 == 0 ? 0 : difference >> 63 ? -1 : 1;
}

__attribute__((used)) static double multiply(double a, double b)
{
    int exponent = exponent_of(a) + exponent_of(b);
    uint64_t m = mantissa_of(a), n = mantissa_of(b);

    for (; m && (m >> 32 || !(m & 1u)); m >>= 1)
        exponent++;
    for (; n && (n >> 32 || !(n & 1u)); n >>= 1)
        exponent++;
    return assembled(sign_of(a) ^ sign_of(b), exponent, m * n);
}

OF_64_BITS(__mspabi_mpyd, multiply)
OF_64_BITS(__mspabi_cmpd, compare)

/* --- <string.h> --------------------------------------------------------------------------------------------------- */

void *memcpy(void *to, const void *from, size_t n)
{
    return memmove(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;

    if (t < f)
        for (; n > 0; n--)
            *t++ = *f++;
    else
        while (n-- > 0)
            t[n] = f[n];
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    char *t = to;

    for (; n > 0; n--)
        *t++ = (char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a, *q = b;

    for (; n > 0; n--, p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    return (size_t)(end - text);
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0 && *a && *a == *b; n--)
        a++, b++;
    return n > 0 ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strcpy(char *to, const char *from)
{
    return memcpy(to, from, strlen(from) + 1);
}

char *strcat(char *to, const char *from)
{
    (void)strcpy(to + strlen(to), from);
    return to;
}

char *strncat(char *to, const char *from, size_t n)
{
    char *end = to + strlen(to);

    for (; n > 0 && *from; n--)
        *end++ = *from++;
    *end = '\0';
    return to;
}

char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++)
        if (!*text)
            return NULL;
    return (char *)(uintptr_t)text;
}

char *strrchr(const char *text, int c)
{
    const char *at;

    for (at = text + strlen(text); *at != (char)c; at--)
        if (at == text)
            return NULL;
    return (char *)(uintptr_t)at;
}

size_t strspn(const char *text, const char *of)
{
    size_t n = 0;

    while (text[n] && strchr(of, text[n]))
        n++;
    return n;
}

size_t strcspn(const char *text, const char *without)
{
    size_t n = 0;

    while (text[n] && !strchr(without, text[n]))
        n++;
    return n;
}

char *strstr(const char *text, const char *part)
{
    for (; strncmp(text, part, strlen(part)) != 0; text++)
        if (!*text)
            return NULL;
    return (char *)(uintptr_t)text;
}

/* --- <stdlib.h> and <setjmp.h> ------------------------------------------------------------------------------------ */

/* A few blocks of one size. */
enum { BLOCKS = 8 };

static struct {
    bool taken;
    uint16_t memory[48];
} blocks[BLOCKS];

void *malloc(size_t size)
{
    uint8_t i;

    for (i = 0; i < BLOCKS && size <= sizeof blocks[i].memory; i++)
        if (!blocks[i].taken) {
            blocks[i].taken = true;
            return blocks[i].memory;
        }
    return NULL;
}

void free(void *memory)
{
    uint8_t i;

    for (i = 0; i < BLOCKS; i++)
        if (memory == blocks[i].memory)
            blocks[i].taken = false;
}

int abs(int n)
{
    return n < 0 ? -n : n;
}

unsigned long strtoul(const char *text, char **end, int base)
{
    static const char digits[] = "0123456789abcdef";
    unsigned long n = 0;
    const char *digit;

    while (*text && (digit = strchr(digits, *text)) != NULL && digit - digits < base) {
        n = n * (unsigned)base + (unsigned)(digit - digits);
        text++;
    }
    if (end)
        *end = (char *)(uintptr_t)text;
    return n;
}

__attribute__((naked)) int setjmp(jmp_buf at)
{
    __asm__ volatile("mov 0(r1), 0(r12)\n\tmov r1, 2(r12)\n\tmov r4, 4(r12)\n\tmov r5, 6(r12)\n\tmov r6, 8(r12)\n\t"
                     "mov r7, 10(r12)\n\tmov r8, 12(r12)\n\tmov r9, 14(r12)\n\tmov r10, 16(r12)\n\t"
                     "clr r12\n\tret");
}

__attribute__((naked)) void longjmp(jmp_buf to, int answer)
{
    __asm__ volatile("mov 2(r12), r1\n\tmov 4(r12), r4\n\tmov 6(r12), r5\n\tmov 8(r12), r6\n\t"
                     "mov 10(r12), r7\n\tmov 12(r12), r8\n\tmov 14(r12), r9\n\tmov 16(r12), r10\n\t"
                     "mov 0(r12), 0(r1)\n\tmov r13, r12\n\tret");
}

/* --- <stdio.h> ---------------------------------------------------------------------------------------------------- */

static FILE output = 1, errors = 2;
FILE *const stdout = &output, *const stderr = &errors;

/* Where formatted text goes: into a buffer, or to a file. */
struct writer {
    FILE *file;
    char *to;
    size_t size, count;
};

/* The standard error is left out: the simulator has one console. */
static void put(struct writer *writer, char c)
{
    if (writer->file == stdout)
        CONSOLE = (uint8_t)c;
    else if (writer->count + 1 < writer->size)
        writer->to[writer->count] = c;
    writer->count++;
}

static void put_field(struct writer *writer, const char *text, size_t length, size_t width, bool left, char fill)
{
    size_t i;

    for (i = length; !left && i < width; i++)
        put(writer, fill);
    for (i = 0; i < length; i++)
        put(writer, text[i]);
    for (; left && i < width; i++)
        put(writer, ' ');
}

/* Of each conversion no more than that programs here use. */
static void format_to(struct writer *writer, const char *format, va_list arguments)
{
    char number[16];

    for (; *format; format++) {
        bool left = false, is_long = false, negative = false;
        char fill = ' ', *at = number + sizeof number;
        const char *text;
        size_t width = 0, precision = SIZE_MAX;
        unsigned long n;
        unsigned base = 10;

        if (*format != '%' || *++format == '%') {
            put(writer, *format);
            continue;
        }
        for (; *format == '-' || *format == '0'; format++)
            *(*format == '-' ? (char *)&left : &fill) = *format == '-' ? 1 : '0';
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + (size_t)(*format - '0');
        if (*format == '.' && *++format == '*') {
            precision = (size_t)va_arg(arguments, int);
            format++;
        }
        for (; *format == 'l'; format++)
            is_long = true;
        switch (*format) {
        case 'c':
            number[0] = (char)va_arg(arguments, int);
            put_field(writer, number, 1, width, left, fill);
            continue;
        case 's':
            text = va_arg(arguments, const char *);
            for (n = 0; n < precision && text[n]; n++)
                continue;
            put_field(writer, text, (size_t)n, width, left, fill);
            continue;
        case 'd':
            n = (unsigned long)(is_long ? va_arg(arguments, long) : va_arg(arguments, int));
            negative = (long)n < 0;
            n = negative ? 0u - n : n;
            break;
        case 'x':
            base = 16; /* fall through */
        case 'u': n = is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned); break;
        case 'p':
            base = 16;
            n = (uintptr_t)va_arg(arguments, void *);
            put(writer, '0');
            put(writer, 'x');
            break;
        default:
            puts("\nboard: a conversion that this printf does not know");
            abort();
        }
        do
            *--at = "0123456789abcdef"[n % base];
        while ((n /= base) != 0);
        if (negative)
            *--at = '-';
        put_field(writer, at, (size_t)(number + sizeof number - at), width, left, fill);
    }
    if (writer->size > 0)
        writer->to[writer->count < writer->size ? writer->count : writer->size - 1] = '\0';
}

#define FORMATTED(...) \
    do { \
        struct writer writer = { __VA_ARGS__, 0 }; \
        va_list arguments; \
        va_start(arguments, format); \
        format_to(&writer, format, arguments); \
        va_end(arguments); \
        return (int)writer.count; \
    } while (0)

int printf(const char *format, ...)
{
    FORMATTED(stdout, NULL, 0);
}

int fprintf(FILE *to, const char *format, ...)
{
    FORMATTED(to, NULL, 0);
}

int sprintf(char *to, const char *format, ...)
{
    FORMATTED(NULL, to, SIZE_MAX);
}

int snprintf(char *to, size_t size, const char *format, ...)
{
    FORMATTED(NULL, to, size);
}

int vsnprintf(char *to, size_t size, const char *format, va_list arguments)
{
    struct writer writer = { NULL, to, size, 0 };

    format_to(&writer, format, arguments);
    return (int)writer.count;
}

int fputc(int c, FILE *to)
{
    return fprintf(to, "%c", c);
}

int putchar(int c)
{
    return fputc(c, stdout);
}

int fputs(const char *text, FILE *to)
{
    return fprintf(to, "%s", text);
}

int puts(const char *text)
{
    return printf("%s\n", text);
}

size_t fwrite(const void *from, size_t size, size_t count, FILE *to)
{
    const char *bytes = from;
    size_t i;

    for (i = 0; i < size * count; i++)
        (void)fputc(bytes[i], to);
    return count;
}

int fflush(FILE *of)
{
    (void)of;
    return 0;
}
