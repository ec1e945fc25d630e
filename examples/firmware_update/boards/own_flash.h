/* SPDX-License-Identifier: 0BSD */
/*
 * The flash of the part itself, where the firmware is, too: pages after it are for images. Included
 * by flash.h. The processor stands still as long as an operation takes, so that nobody need wait.
 */
#ifndef OWN_FLASH_H
#define OWN_FLASH_H

#include "port.h"

#ifdef __AVR__
enum { FLASH_PAGE_SIZE = 128 }; /* ATmega328P */
#else
enum { FLASH_PAGE_SIZE = 1024 }; /* nRF51822 */
#endif

struct flash {
    uint32_t start; /* the address of page 0 */
    uint32_t pages;
    agen_ticks erase_time, program_time; /* 0 */
    uint32_t operations;
};

#endif
