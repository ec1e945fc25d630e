/* SPDX-License-Identifier: 0BSD */
/*
 * A simulated NOR flash, in memory. Erasing sets all bits of a page, programming can only clear
 * bits, both take time, and either may be the last thing that happens before the power fails: then
 * it is done by half. Included by flash.h.
 */
#ifndef SIMULATED_FLASH_H
#define SIMULATED_FLASH_H

#include "port.h"

enum { FLASH_PAGE_SIZE = 1024 };

struct flash {
    uint8_t *memory;
    uint32_t pages;
    agen_ticks erase_time, program_time; /* of a page; of one operation */
    uint32_t operations;                 /* since the power is on */
    uint32_t power_fails_at;             /* in the operation of that number, from 1 on; 0: never */
    uint32_t done_by_then;               /* so many bytes of that operation; the next one by half */
    uint32_t bad_byte;                   /* at this address, bit 0 cannot be cleared: worn out */
    bool powered;
};

#define FLASH_NO_BAD_BYTE UINT32_MAX

void flash_init(struct flash *flash, uint8_t *memory, uint32_t pages, agen_ticks erase_time,
                agen_ticks program_time);
void flash_power_on(struct flash *flash);
const uint8_t *flash_at(const struct flash *flash, uint32_t address);

#endif
