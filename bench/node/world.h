/* SPDX-License-Identifier: 0BSD */
/* What a node on an emulated board has of the world around it. */
#ifndef WORLD_H
#define WORLD_H

#include <stdint.h>

extern volatile uint32_t world_port;
#define PORT_DATA world_port /* of mps2_an385: QEMU has no such port */

#endif
