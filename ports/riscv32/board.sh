# SPDX-License-Identifier: 0BSD
# The machine `virt` of QEMU with a 32-bit RISC-V: RV32IMAC, as the ESP32-C3 and the GD32VF103 have it, with 64 KB of RAM.
# Read by ports/run, which says what each name means; tests/targets/run takes
# the start-up code and the header from here.
board_about="RV32IMAC, 1 MB flash, 64 KB RAM (QEMU, picolibc)"
board_packages="gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc"

board_ready()
{
    command -v riscv64-unknown-elf-gcc >/dev/null && command -v qemu-system-riscv32 >/dev/null &&
        echo '#include <stdio.h>' | riscv64-unknown-elf-gcc -specs=picolibc.specs -E - >/dev/null 2>&1
}

# picolibc brings the linker script.
board_compile()
{
    riscv64-unknown-elf-gcc -march=rv32imac -misa-spec=2.2 -mabi=ilp32 -Os -g -ffunction-sections -fdata-sections \
        -specs=picolibc.specs --oslib=semihost --crt0=hosted "$@" "$board/start.c" -Wl,--gc-sections \
        -Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x100000 \
        -Wl,--defsym=__ram=0x80200000,--defsym=__ram_size=0x10000 -T picolibc.ld -o "$work/program"
}

# An instruction takes 128 ns of the board's time, a little more than a tick of its timer, and a sleep none of ours: so
# each run is like the other, and an interrupt may come between any two instructions.
board_run()
{
    limited qemu-system-riscv32 -M virt -bios none -kernel "$work/program" -icount shift=7,sleep=off \
        -display none -monitor none -serial stdio \
        -semihosting-config enable=on,target=native </dev/null
}
