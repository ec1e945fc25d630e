# SPDX-License-Identifier: 0BSD
# A Cortex-M3 with 64 KB of RAM in QEMU, the machine mps2-an385: its interrupts nest, by priority.
# Read by ports/run, which says what each name means. The start-up code is that of the micro:bit, next door.
board_about="Cortex-M3, 256 KB flash, 64 KB RAM (QEMU, newlib)"
board_packages="gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"

board_ready()
{
    command -v arm-none-eabi-gcc >/dev/null && command -v qemu-system-arm >/dev/null &&
        echo '#include <stdio.h>' | arm-none-eabi-gcc -E - >/dev/null 2>&1
}

board_compile()
{
    arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -Os -g -ffunction-sections -fdata-sections "$@" \
        -DSTART_SEMIHOSTING "$ports/microbit/start.c" -nostartfiles -Wl,--gc-sections \
        -Wl,--defsym,RAM_SIZE=0x10000 -T "$ports/microbit/microbit.ld" -o "$work/program"
}

# An instruction takes 64 ns of the board's time, a little more than a tick of its timers, which count at 25 MHz, and a
# sleep none of ours: so each run is like the other, and an interrupt may come between any two instructions.
# PORTS_SERIAL says what UART0 is connected to, as QEMU's -serial does.
board_run()
{
    limited qemu-system-arm -M mps2-an385 -kernel "$work/program" -icount shift=6,sleep=off \
        -display none -monitor none -serial "${PORTS_SERIAL:-none}" \
        -semihosting-config enable=on,target=native </dev/null
}
