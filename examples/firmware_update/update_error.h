/* SPDX-License-Identifier: 0BSD */
/*
 * What can go wrong in an update, in all its modules: each code has a name and a sentence. Whatever
 * it is, the old image stays bootable.
 */
#ifndef UPDATE_ERROR_H
#define UPDATE_ERROR_H

enum update_error {
    SERIAL_E_HUNG_UP = -1,
    YMODEM_E_SILENT = -2,
    YMODEM_E_NOISE = -3,
    YMODEM_E_CANCELLED = -4,
    YMODEM_E_ORDER = -5,
    YMODEM_E_HEADER = -6,
    YMODEM_E_NO_FILE = -7,
    YMODEM_E_MORE_FILES = -8,
    YMODEM_E_SHORT = -9,
    YMODEM_E_LONG = -10,
    FIRMWARE_E_EMPTY = -11,
    FIRMWARE_E_TOO_BIG = -12,
    FLASH_E_RANGE = -13,
    FLASH_E_VERIFY = -14,
    FLASH_E_POWER = -15
};

/* Also of the library's codes. Never NULL. */
const char *update_error_name(int code);
const char *update_error_text(int code);

#endif
