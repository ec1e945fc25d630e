/* SPDX-License-Identifier: 0BSD */
/* The functions of agen.h, once for all files. */
#define AGEN_IMPLEMENTATION
#include "agen.h"
