/* A slave of libmodbus on a serial line, for examples/modbus/master.c: libmodbus_slave DEVICE ADDRESS
 * SPDX-License-Identifier: 0BSD */
#include <modbus.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    uint8_t request[MODBUS_RTU_MAX_ADU_LENGTH];
    modbus_mapping_t *mapping = modbus_mapping_new(2000, 2000, 200, 200);
    modbus_t *line = argc == 3 ? modbus_new_rtu(argv[1], 19200, 'E', 8, 1) : NULL;
    int i, length;

    if (mapping == NULL || line == NULL || modbus_set_slave(line, atoi(argv[2])) < 0 || modbus_connect(line) < 0)
        return 1;
    for (i = 0; i < 2000; i++)
        mapping->tab_input_bits[i] = (uint8_t)(i % 3 == 0);
    for (i = 0; i < 200; i++)
        mapping->tab_input_registers[i] = (uint16_t)(1000 + i);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        length = modbus_receive(line, request);
        if (length > 0)
            (void)modbus_reply(line, request, length, mapping);
    }
}
