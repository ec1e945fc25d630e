/* SPDX-License-Identifier: 0BSD */
#include "firmware_slots.h"

#include "crc32.h"

static const uint32_t magic = 0x31574641; /* AFW1 */

static uint32_t check_of(const struct firmware_header *header)
{
    return crc32(0, (const uint8_t *)header, offsetof(struct firmware_header, check));
}

struct firmware_header firmware_header(uint32_t sequence, uint32_t size, uint32_t crc)
{
    struct firmware_header header;

    header.magic = magic;
    header.sequence = sequence;
    header.size = size;
    header.crc = crc;
    header.check = check_of(&header);
    return header;
}

uint32_t firmware_slot_pages(const struct flash *flash)
{
    return flash->pages / FIRMWARE_SLOTS;
}

uint32_t firmware_slot_page(const struct flash *flash, unsigned slot)
{
    return slot * firmware_slot_pages(flash);
}

uint32_t firmware_capacity(const struct flash *flash)
{
    return (firmware_slot_pages(flash) - 1) * FLASH_PAGE_SIZE;
}

uint32_t firmware_image_address(const struct flash *flash, unsigned slot)
{
    return (firmware_slot_page(flash, slot) + 1) * FLASH_PAGE_SIZE;
}

bool firmware_read(const struct flash *flash, unsigned slot, struct firmware_header *header)
{
    uint32_t page = firmware_slot_page(flash, slot);

    flash_read(flash, page * FLASH_PAGE_SIZE, header, sizeof *header);
    return header->magic == magic && header->check == check_of(header)
        && header->size <= firmware_capacity(flash)
        && flash_crc(flash, firmware_image_address(flash, slot), header->size) == header->crc;
}

unsigned firmware_boot(const struct flash *flash, struct firmware_header *header)
{
    struct firmware_header candidate;
    unsigned slot, newest = FIRMWARE_NO_SLOT;

    for (slot = 0; slot < FIRMWARE_SLOTS; slot++) {
        if (!firmware_read(flash, slot, &candidate))
            continue;
        if (newest == FIRMWARE_NO_SLOT || candidate.sequence > header->sequence) {
            newest = slot;
            *header = candidate;
        }
    }
    return newest;
}
