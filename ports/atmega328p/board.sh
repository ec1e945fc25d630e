# SPDX-License-Identifier: 0BSD
# ATmega328P, the chip of the Arduino Uno: an 8-bit AVR with 32 KB of flash and 2 KB of RAM, in
# simavr, cycle by cycle. Read by ports/run, which says what each name means.
board_about="8-bit AVR, 32 KB flash, 2 KB RAM (simavr, avr-libc)"
board_packages="gcc-avr avr-libc libsimavr-dev libelf-dev gcc libc6-dev"

board_ready()
{
    command -v avr-gcc >/dev/null && command -v cc >/dev/null &&
        echo '#include <avr/io.h>' | avr-gcc -mmcu=atmega328p -E - >/dev/null 2>&1 &&
        printf '#include <simavr/sim_elf.h>\n#include <libelf.h>\n' | cc -E - >/dev/null 2>&1
}

# The printf that knows floating point must be asked for.
board_compile()
{
    avr-gcc -mmcu=atmega328p -DF_CPU=16000000UL -D__ASSERT_USE_STDERR -Os -g \
        -ffunction-sections -fdata-sections "$@" "$board/start.c" -Wl,--gc-sections \
        -Wl,-u,vfprintf -lprintf_flt -lm -o "$work/program" &&
        cc -std=c99 -O1 "$board/run.c" -lsimavr -lelf -o "$work/simulator"
}

board_run()
{
    limited "$work/simulator" "$work/program" </dev/null
}
