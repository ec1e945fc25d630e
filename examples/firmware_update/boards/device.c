/* SPDX-License-Identifier: 0BSD */
/* What all boards have in common: the pipes of the UART, and who starts its transmitter. */
#include "device.h"

serial_pipe device_received, device_to_send;
agen_event device_button;

static bool sending;

void device_sent(void)
{
    uint8_t byte;

    sending = agen_pipe_read_isr(&device_to_send, &byte, 1) == 1;
    if (sending)
        device_send(byte);
}

/* The first byte of an answer goes from here, the others from the interrupt of the one before. */
void device_before_sleep(void)
{
    if (!sending)
        device_sent();
    device_receive_again();
}
