# SPDX-License-Identifier: 0BSD
# BBC micro:bit: nRF51822, a Cortex-M0 with 256 KB of flash and 16 KB of RAM, in QEMU.
# Read by ports/run, which says what each name means.
board_about="Cortex-M0, 256 KB flash, 16 KB RAM (QEMU, newlib)"
board_packages="gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"

board_ready()
{
    command -v arm-none-eabi-gcc >/dev/null && command -v qemu-system-arm >/dev/null &&
        echo '#include <stdio.h>' | arm-none-eabi-gcc -E - >/dev/null 2>&1
}

board_compile()
{
    arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb -Os -g -ffunction-sections -fdata-sections "$@" \
        "$board/start.c" -nostartfiles -Wl,--gc-sections -T "$board/microbit.ld" \
        -o "$work/program"
}

# The UART is the standard output, semihosting carries the exit code and the standard error. An
# instruction takes 64 ns of the board's time, as it does at 16 MHz, and a sleep none of ours: so
# each run is like the other, and an interrupt may come between any two instructions.
board_run()
{
    limited qemu-system-arm -M microbit -kernel "$work/program" -icount shift=6,sleep=off \
        -display none -monitor none -serial stdio \
        -semihosting-config enable=on,target=native </dev/null
}
