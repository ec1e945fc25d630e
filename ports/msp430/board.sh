# SPDX-License-Identifier: 0BSD
# An MSP430 with 63 KB of memory, in mspdebug's simulator. Read by ports/run, which says what each name means.
# tests/targets/run takes the start-up code and the header from here.
board_about="MSP430, 16 bits, 63 KB of memory (clang, mspdebug)"
board_packages="clang lld mspdebug"

board_ready()
{
    command -v clang >/dev/null && command -v ld.lld >/dev/null && command -v mspdebug >/dev/null
}

# clang looks for a linker of this name. Builtins off: else it would make a memcpy() of the loop that is memcpy().
board_compile()
{
    clang="clang --target=msp430 -B$work -Oz -g -ffunction-sections -fdata-sections -isystem $board/include"
    ln -sf "$(command -v ld.lld)" "$work/msp430-elf-ld"
    $clang -std=c99 -fno-builtin -c "$board/start.c" -o "$work/start.o" &&
        $clang "$@" "$work/start.o" -nostdlib -T "$board/msp430.ld" -o "$work/program"
}

board_run()
{
    limited "$board/run" "$work/program"
}
