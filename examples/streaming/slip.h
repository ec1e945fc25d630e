/* SPDX-License-Identifier: 0BSD */
/*
 * SLIP, RFC 1055: how frames are marked in a stream of bytes. A frame ends with END; an END or ESC
 * inside is sent as ESC and a substitute.
 */
#ifndef SLIP_H
#define SLIP_H

enum { SLIP_END = 0xC0, SLIP_ESC = 0xDB, SLIP_ESC_END = 0xDC, SLIP_ESC_ESC = 0xDD };

#endif
