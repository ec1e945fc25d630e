/* SPDX-License-Identifier: 0BSD */
#include "flash.h"

#include <string.h>

void flash_init(struct flash *flash, uint8_t *memory, uint32_t pages, agen_ticks erase_time,
                agen_ticks program_time)
{
    memset(flash, 0, sizeof *flash);
    flash->memory = memory;
    flash->pages = pages;
    flash->erase_time = erase_time;
    flash->program_time = program_time;
    flash->bad_byte = FLASH_NO_BAD_BYTE;
    flash_power_on(flash);
}

void flash_power_on(struct flash *flash)
{
    flash->operations = flash->power_fails_at = 0;
    flash->powered = true;
}

const uint8_t *flash_at(const struct flash *flash, uint32_t address)
{
    return flash->memory + address;
}

void flash_read(const struct flash *flash, uint32_t address, void *to, uint32_t size)
{
    memcpy(to, flash_at(flash, address), size);
}

/* The bits in `mask` of one byte; without a value it is erased. */
static void change(struct flash *flash, uint32_t address, const uint8_t *value, uint8_t mask)
{
    uint8_t *byte = flash->memory + address;

    if (value == NULL)
        *byte |= mask;
    else if (address == flash->bad_byte)
        *byte &= (uint8_t)(*value | ~mask | 1);
    else
        *byte &= (uint8_t)(*value | ~mask);
}

bool flash_change(struct flash *flash, uint32_t address, const uint8_t *data, uint32_t size)
{
    uint32_t i, done = size;

    if (!flash->powered)
        return false;
    flash->powered = ++flash->operations != flash->power_fails_at;
    if (!flash->powered && flash->done_by_then < size) {
        done = flash->done_by_then;
        change(flash, address + done, data == NULL ? NULL : data + done, 0x5A);
    }
    for (i = 0; i < done; i++)
        change(flash, address + i, data == NULL ? NULL : data + i, 0xFF);
    return flash->powered;
}
