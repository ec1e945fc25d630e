/* SPDX-License-Identifier: 0BSD */
/*
 * A flash: pages that are erased as a whole, and programmed by clearing bits. FLASH_DEVICE names
 * the header of the device, which has `struct flash`, with the members that simulated_flash.h
 * documents as `pages`, `erase_time`, `program_time` and `operations`, and FLASH_PAGE_SIZE. By
 * default that is the simulated one.
 */
#ifndef FLASH_H
#define FLASH_H

#ifdef FLASH_DEVICE
#include FLASH_DEVICE
#else
#include "simulated_flash.h"
#endif

#include <stddef.h>
#include <stdint.h>

/* What the device has to do. False: the power failed meanwhile, or is off. */
bool flash_change(struct flash *flash, uint32_t address, const uint8_t *data, uint32_t size);
void flash_read(const struct flash *flash, uint32_t address, void *to, uint32_t size);

/* The CRC-32 of what is there. */
uint32_t flash_crc(const struct flash *flash, uint32_t address, uint32_t size);

/*
 * One operation. It cannot be stopped once it has begun: whoever is cancelled meanwhile waits until
 * the flash is ready again.
 */
struct flash_operation {
    AGEN_COROUTINE;
    struct flash *flash;
    uint32_t address;
    const uint8_t *data; /* NULL: erase */
    uint32_t size;
    agen_ticks time;
};

AGEN_DECLARE(flash_operation);
/* To be awaited. They raise FLASH_E_RANGE, FLASH_E_POWER. */
void flash_erase(struct flash_operation *operation, struct flash *flash, uint32_t page);
void flash_program(struct flash_operation *operation, struct flash *flash, uint32_t address,
                   const uint8_t *data, uint32_t size);

#endif
