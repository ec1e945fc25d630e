/* SPDX-License-Identifier: 0BSD */
/*
 * Writes an image into the slot that is not booted: a coroutine that consumes blocks, and with the
 * last one makes the slot bootable. However it is abandoned, by an error of the sender, a
 * cancellation, or a power failure, the old image stays bootable, and unless the power is off it
 * erases what it has written.
 */
#ifndef FLASH_WRITER_H
#define FLASH_WRITER_H

#include "firmware_slots.h"
#include "ymodem.h"

struct flash_writer {
    AGEN_COROUTINE;
    struct ymodem_source source;
    struct flash *flash;
    unsigned slot;
    struct firmware_header header;
    uint32_t erased; /* pages of the slot */
    uint32_t size, crc; /* of what was written */
    bool bootable;
    uint32_t page;
    struct flash_operation operation;
    agen_slot reason;
};

AGEN_DECLARE(flash_writer);
void flash_writer_init(struct flash_writer *self, struct ymodem_source source,
                       struct flash *flash);

#endif
