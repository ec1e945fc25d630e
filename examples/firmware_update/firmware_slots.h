/* SPDX-License-Identifier: 0BSD */
/*
 * Two places for images in one flash. Each is a header in a page of its own, and after it the
 * image. A slot is bootable if its header is whole and the image has the CRC that the header tells;
 * the boot loader takes the newest one. The header is written last, so that a slot becomes bootable
 * in one moment: when everything else is there and was checked.
 */
#ifndef FIRMWARE_SLOTS_H
#define FIRMWARE_SLOTS_H

#include "flash.h"

enum { FIRMWARE_SLOTS = 2, FIRMWARE_NO_SLOT = FIRMWARE_SLOTS };

struct firmware_header {
    uint32_t magic;
    uint32_t sequence; /* the newest has the highest */
    uint32_t size, crc; /* of the image */
    uint32_t check; /* of this header up to here */
};

struct firmware_header firmware_header(uint32_t sequence, uint32_t size, uint32_t crc);

uint32_t firmware_slot_pages(const struct flash *flash);
uint32_t firmware_slot_page(const struct flash *flash, unsigned slot); /* of the header */
uint32_t firmware_capacity(const struct flash *flash);
uint32_t firmware_image_address(const struct flash *flash, unsigned slot);
/* False: it is not bootable. */
bool firmware_read(const struct flash *flash, unsigned slot, struct firmware_header *header);
/* The slot to boot, or FIRMWARE_NO_SLOT. */
unsigned firmware_boot(const struct flash *flash, struct firmware_header *header);

#endif
