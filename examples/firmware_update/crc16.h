/* SPDX-License-Identifier: 0BSD */
/*
 * The CRC-16 of XMODEM and YMODEM: polynomial 0x1021, starting with 0. It goes on with a former
 * result: crc16(crc16(0, a), b).
 */
#ifndef CRC16_H
#define CRC16_H

#include <stddef.h>
#include <stdint.h>

uint16_t crc16(uint16_t crc, const uint8_t *data, size_t size);

#endif
