/* SPDX-License-Identifier: 0BSD */
#include "flash.h"

#include "crc32.h"
#include "update_error.h"

uint32_t flash_crc(const struct flash *flash, uint32_t address, uint32_t size)
{
    uint8_t piece[16];
    uint32_t crc = 0, count;

    for (; size > 0; size -= count, address += count) {
        count = size < sizeof piece ? size : (uint32_t)sizeof piece;
        flash_read(flash, address, piece, count);
        crc = crc32(crc, piece, count);
    }
    return crc;
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

AGEN_EXTERN(flash_operation, self)
{
    AGEN_BEGIN(self);
    if (!in_range(self))
        AGEN_RAISE(self, FLASH_E_RANGE);
    if (!flash_change(self->flash, self->address, self->data, self->size))
        AGEN_RAISE(self, FLASH_E_POWER);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, self->time);
    } AGEN_FINALLY(self) {
        if (agen_error(self) != 0)
            AGEN_SLEEP(self, self->time); /* once more: then it has been long enough in any case */
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
