/* SPDX-License-Identifier: 0BSD */
/* What AGEN_CONFIG names: the knobs for all files of the program. */
#define AGEN_SHARED
