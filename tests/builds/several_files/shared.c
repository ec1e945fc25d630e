/* SPDX-License-Identifier: 0BSD */
/*
 * With AGEN_SHARED, which AGEN_CONFIG may define, the one file that holds the functions of the
 * library; without, an include like any other.
 */
#if defined AGEN_SHARED || defined AGEN_CONFIG
#define AGEN_IMPLEMENTATION
#endif
#include "agen.h"
