/* SPDX-License-Identifier: 0BSD */
#include "crc16.h"

/* Half a byte at a time: 32 bytes of table instead of 512. */
uint16_t crc16(uint16_t crc, const uint8_t *data, size_t size)
{
    static const uint16_t table[16] = {
        0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
        0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
    };

    for (; size > 0; size--, data++) {
        crc = (uint16_t)(crc << 4 ^ table[crc >> 12 ^ *data >> 4]);
        crc = (uint16_t)(crc << 4 ^ table[crc >> 12 ^ (*data & 15)]);
    }
    return crc;
}
