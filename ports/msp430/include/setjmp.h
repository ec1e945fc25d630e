/* SPDX-License-Identifier: 0BSD */
/* <setjmp.h>: the program counter, the stack pointer and the registers that a call keeps. */
#ifndef BOARD_SETJMP_H
#define BOARD_SETJMP_H

typedef unsigned jmp_buf[9];

int setjmp(jmp_buf at) __attribute__((returns_twice));
void longjmp(jmp_buf to, int answer) __attribute__((noreturn));

#endif
