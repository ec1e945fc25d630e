/* SPDX-License-Identifier: 0BSD */
#include "flash.h"

#include "update_error.h"

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

static void prepare(struct flash_operation *operation, struct flash *flash, uint32_t address,
                    const uint8_t *data, uint32_t size, agen_ticks time)
{
    AGEN_NEW(operation, flash_operation, .flash = flash, .address = address, .data = data,
             .size = size, .time = time);
}

void flash_erase(struct flash_operation *operation, struct flash *flash, uint32_t page)
{
    prepare(operation, flash, page * FLASH_PAGE_SIZE, NULL, FLASH_PAGE_SIZE, flash->erase_time);
}

void flash_program(struct flash_operation *operation, struct flash *flash, uint32_t address,
                   const uint8_t *data, uint32_t size)
{
    prepare(operation, flash, address, data, size, flash->program_time);
}

static bool in_range(const struct flash_operation *operation)
{
    uint32_t end = operation->flash->pages * FLASH_PAGE_SIZE;

    return operation->address <= end && operation->size <= end - operation->address;
}

/* The bits in `mask` of byte i of the operation. */
static void change(const struct flash_operation *operation, uint32_t i, uint8_t mask)
{
    const struct flash *flash = operation->flash;
    uint8_t *byte = flash->memory + operation->address + i;

    if (operation->data == NULL)
        *byte |= mask;
    else if (operation->address + i == flash->bad_byte)
        *byte &= (uint8_t)(operation->data[i] | ~mask | 1);
    else
        *byte &= (uint8_t)(operation->data[i] | ~mask);
}

/* False if the power fails meanwhile, or is off. */
static bool operate(const struct flash_operation *operation)
{
    struct flash *flash = operation->flash;
    uint32_t i, size = operation->size;

    if (!flash->powered)
        return false;
    flash->powered = ++flash->operations != flash->power_fails_at;
    if (!flash->powered && flash->done_by_then < size) {
        size = flash->done_by_then;
        change(operation, size, 0x5A);
    }
    for (i = 0; i < size; i++)
        change(operation, i, 0xFF);
    return flash->powered;
}

AGEN_EXTERN(flash_operation, self)
{
    AGEN_BEGIN(self);
    if (!in_range(self))
        AGEN_RAISE(self, FLASH_E_RANGE);
    if (!operate(self))
        AGEN_RAISE(self, FLASH_E_POWER);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, self->time);
    } AGEN_FINALLY(self) {
        if (agen_error(self) != 0)
            AGEN_SLEEP(self, self->time); /* once more: then it has been long enough in any case */
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
