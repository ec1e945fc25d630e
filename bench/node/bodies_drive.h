/* SPDX-License-Identifier: 0BSD */
/* On the host: all three sets of bodies do the same. Included at the end of each, which defines STEP and CLOSE. */
#include <stdio.h>

volatile uint8_t uart_status, uart_byte, uart_power;
volatile uint16_t clock_ticks;

static void read_line(const char *bytes)
{
    int status;

    do {
        status = STEP(reader, &state_reader);
        if (status != WAITING)
            break;
        clock_ticks = (uint16_t)(clock_ticks + PATIENCE - 1);
        status = STEP(reader, &state_reader);
        if (status == WAITING && *bytes) {
            uart_byte = (uint8_t)*bytes++;
            uart_status |= BYTE_CAME;
        }
    } while (uart_status & BYTE_CAME);
    printf("status %d, length %d: %.*s\n", status, state_reader.length, state_reader.length, state_reader.line);
}

static void end_reader(int status)
{
    printf("status %d, power %d\n", status, uart_power);
    uart_status = ALL_IS_SENT;
    status = STEP(reader, &state_reader);
    printf("status %d, power %d\n", status, uart_power);
    uart_status = 0;
}

int main(void)
{
    int status;

    INIT_PIPELINE;
    while ((status = STEP(scale, &state_scale)) == YIELDED)
        printf("%d ", (int)state_scale.value);
    printf("status %d\n", status);

    uart_power = 1;
    INIT_READER;
    read_line("hello\n");
    read_line("a line of more than thirty-two bytes, and so on");
    read_line("wor");
    clock_ticks = (uint16_t)(clock_ticks + PATIENCE);
    end_reader(STEP(reader, &state_reader));

    uart_power = 1;
    INIT_READER;
    read_line("ld\n");
    read_line("no");
    CLOSE_READER;
    end_reader(STEP(reader, &state_reader));
    return 0;
}
