/* SPDX-License-Identifier: 0BSD */
/*
 * The CRC-32 of Ethernet, zip and PNG. Start with 0, go on with the result: crc32(crc32(0, a), b).
 */
#ifndef CRC32_H
#define CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32(uint32_t crc, const uint8_t *data, size_t size);

#endif
