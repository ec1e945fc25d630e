/* SPDX-License-Identifier: 0BSD */
/* Stands for the driver of a sensor: its values are made up, and the same on every board. */
#include "sensor.h"

static volatile uint16_t reading; /* 0 while it is off */

void sensor_on(void)
{
    reading = 200;
}

void sensor_off(void)
{
    reading = 0;
}

uint16_t sensor_read(void)
{
    reading = (uint16_t)(reading * 5u % 251u + 100u);
    return reading;
}
