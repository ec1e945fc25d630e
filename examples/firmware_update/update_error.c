/* SPDX-License-Identifier: 0BSD */
#include "update_error.h"

#include "port.h"

static const struct {
    const char *name, *text;
} errors[] = {
    { "SERIAL_E_HUNG_UP", "the line is gone" },
    { "YMODEM_E_SILENT", "the other side is silent" },
    { "YMODEM_E_NOISE", "too much noise: nothing gets through" },
    { "YMODEM_E_CANCELLED", "the other side cancelled" },
    { "YMODEM_E_ORDER", "a block is missing: the sender is ahead of us" },
    { "YMODEM_E_HEADER", "the header of the file is nonsense" },
    { "YMODEM_E_NO_FILE", "the sender has no file" },
    { "YMODEM_E_MORE_FILES", "the sender has a second file" },
    { "YMODEM_E_SHORT", "the sender ended before all announced bytes had come" },
    { "YMODEM_E_LONG", "the sender goes on after the announced size" },
    { "FIRMWARE_E_EMPTY", "the image is empty" },
    { "FIRMWARE_E_TOO_BIG", "the image does not fit its slot" },
    { "FLASH_E_RANGE", "no such place in the flash" },
    { "FLASH_E_VERIFY", "the flash does not hold what was programmed" },
    { "FLASH_E_POWER", "power failed" },
};

static bool is_ours(int code)
{
    return code < 0 && code >= -(int)(sizeof errors / sizeof *errors);
}

const char *update_error_name(int code)
{
    if (is_ours(code))
        return errors[-1 - code].name;
    return code == AGEN_E_CANCELLED ? "AGEN_E_CANCELLED" : "unexpected";
}

const char *update_error_text(int code)
{
    if (is_ours(code))
        return errors[-1 - code].text;
    return code == AGEN_E_CANCELLED ? "cancelled by the user" : agen_strerror(code);
}
