/* SPDX-License-Identifier: 0BSD */
/*
 * Drives the rows of one contender. Under callgrind it leaves one dump for each row, whose name it bears.
 *
 * usage: contender count N     the result of each row
 *        contender bytes       of state
 *        contender serve       reads lines `row n`, answers `result nanoseconds` of processor time
 */
#define _POSIX_C_SOURCE 200809L
#include "contender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

static unsigned long long cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (unsigned long long)t.tv_sec * 1000000000u + (unsigned long long)t.tv_nsec;
}

static void count(unsigned most)
{
    const struct row *row;
    unsigned n, result;

    for (row = rows; row->name; row++) {
        n = most / row->divide;
        if (row->make)
            row->make(n);
        CALLGRIND_ZERO_STATS;
        result = row->run(n);
        CALLGRIND_DUMP_STATS_AT(row->name);
        printf("%s %u %u\n", row->name, n, result);
    }
}

static int serve(void)
{
    const struct row *row;
    unsigned long long start;
    char name[32];
    unsigned n, result;

    while (scanf("%31s %u", name, &n) == 2) {
        for (row = rows; row->name && strcmp(row->name, name); row++)
            ;
        if (!row->name)
            return 1;
        if (row->make)
            row->make(n);
        start = cpu_time();
        result = row->run(n);
        printf("%u %llu\n", result, cpu_time() - start);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "count"))
        count((unsigned)atoi(argv[2]));
    else if (argc == 2 && !strcmp(argv[1], "bytes"))
        print_bytes();
    else if (argc == 2 && !strcmp(argv[1], "serve"))
        return serve();
    else
        return 2;
    return 0;
}
