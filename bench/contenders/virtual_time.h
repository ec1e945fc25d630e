/* SPDX-License-Identifier: 0BSD */
#ifndef VIRTUAL_TIME_H
#define VIRTUAL_TIME_H

long long virtual_time(void);

#endif
