/* SPDX-License-Identifier: 0BSD */
/*
 * What a port defines for agen.h. The line here calls the functions for interrupts from the loop's
 * own idle time, so nothing interrupts anything. A compiler without the atomics of gcc and clang
 * wants a critical section all the same: it is empty.
 */
#ifndef PORT_H
#define PORT_H

#if !defined __GNUC__ && !defined AGEN_CRITICAL_ENTER
#define AGEN_CRITICAL_ENTER
#define AGEN_CRITICAL_EXIT
#endif
#include "agen.h"

#endif
