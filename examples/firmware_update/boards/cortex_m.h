/* SPDX-License-Identifier: 0BSD */
/* What the boards with a Cortex-M have in common. */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include "device.h"

/* RAM that is there for a simulated flash, and that no part would have. */
extern const uint32_t cortex_m_ram_for_flash;

/* Of the GPIO, on both boards. QEMU's does not interrupt: there it is made pending from outside. */
enum { INTERRUPT_OF_BUTTON = 6 };
void GPIOTE_IRQHandler(void);

#define NVIC_ENABLE  BOARD_REGISTER(0xE000E100u)
#define NVIC_DISABLE BOARD_REGISTER(0xE000E180u)

#endif
