/* SPDX-License-Identifier: 0BSD */
#include "flash_writer.h"

#include "crc32.h"
#include "update_error.h"

void flash_writer_init(struct flash_writer *self, struct ymodem_source source, struct flash *flash)
{
    AGEN_NEW(self, flash_writer, .source = source, .flash = flash);
}

static void choose_slot(struct flash_writer *self)
{
    unsigned booted = firmware_boot(self->flash, &self->header);

    if (booted == FIRMWARE_NO_SLOT)
        self->header.sequence = 0;
    self->slot = booted == 0 ? 1 : 0;
}

static bool block_fits(const struct flash_writer *self)
{
    const struct ymodem_block *block = self->source.value;
    uint32_t capacity = firmware_capacity(self->flash);

    return block->file->size <= capacity && block->size <= capacity - block->offset;
}

/* The header's is the first: with it erased, nobody takes what follows for an image. */
static uint32_t pages_needed(const struct flash_writer *self)
{
    const struct ymodem_block *block = self->source.value;

    return 1 + (block->offset + block->size + FLASH_PAGE_SIZE - 1) / FLASH_PAGE_SIZE;
}

static void erase(struct flash_writer *self, uint32_t page)
{
    flash_erase(&self->operation, self->flash, firmware_slot_page(self->flash, self->slot) + page);
}

static void program_block(struct flash_writer *self)
{
    const struct ymodem_block *block = self->source.value;

    flash_program(&self->operation, self->flash,
                  firmware_image_address(self->flash, self->slot) + block->offset, block->data,
                  block->size);
    self->crc = crc32(self->crc, block->data, block->size);
    self->size += block->size;
}

static bool image_is_good(const struct flash_writer *self)
{
    return flash_crc(self->flash, firmware_image_address(self->flash, self->slot), self->size)
        == self->crc;
}

static void program_header(struct flash_writer *self)
{
    self->header = firmware_header(self->header.sequence + 1, self->size, self->crc);
    flash_program(&self->operation, self->flash,
                  firmware_slot_page(self->flash, self->slot) * FLASH_PAGE_SIZE,
                  (const uint8_t *)&self->header, sizeof self->header);
}

AGEN_EXTERN(flash_writer, self)
{
    AGEN_BEGIN(self);
    choose_slot(self);
    AGEN_TRY(self) {
        AGEN_FOR_CLOSING(self, self->source.generator) {
            if (!block_fits(self))
                AGEN_RAISE(self, FIRMWARE_E_TOO_BIG);
            for (; self->erased < pages_needed(self); self->erased++) {
                erase(self, self->erased);
                AGEN_AWAIT(self, &self->operation);
            }
            program_block(self);
            AGEN_AWAIT(self, &self->operation);
        } AGEN_END_FOR(self);
        if (self->size == 0)
            AGEN_RAISE(self, FIRMWARE_E_EMPTY);
        if (!image_is_good(self))
            AGEN_RAISE(self, FLASH_E_VERIFY);
        program_header(self);
        AGEN_AWAIT(self, &self->operation);
        if (!firmware_read(self->flash, self->slot, &self->header))
            AGEN_RAISE(self, FLASH_E_VERIFY);
        self->bootable = true;
    } AGEN_FINALLY(self) {
        AGEN_TRY_IN(self, &self->reason) {
            for (; self->page < self->erased && !self->bootable; self->page++) {
                erase(self, self->page);
                AGEN_AWAIT(self, &self->operation);
            }
        } AGEN_EXCEPT(self) {
            /* The slot is not bootable in any case. What went wrong first says more than this. */
        } AGEN_END_TRY(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
