/* SPDX-License-Identifier: 0BSD */
#ifndef SENSOR_H
#define SENSOR_H

#include <stdint.h>

void sensor_on(void);
void sensor_off(void);
uint16_t sensor_read(void);

#endif
