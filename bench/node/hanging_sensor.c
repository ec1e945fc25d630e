/* SPDX-License-Identifier: 0BSD */
/* A sensor whose driver hangs at the fifteenth sample: the watchdog must make an end of it. */
#include "sensor.h"

void sensor_on(void)
{
}

void sensor_off(void)
{
}

uint16_t sensor_read(void)
{
    static volatile uint8_t samples;

    if (++samples == 15)
        for (;;)
            ;
    return 100;
}
