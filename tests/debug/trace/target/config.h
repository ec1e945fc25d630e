/* SPDX-License-Identifier: 0BSD */
/* AGEN_CONFIG of the traced program: all of its files record. */
#include "agen_trace.h"
