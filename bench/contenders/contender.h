/* SPDX-License-Identifier: 0BSD */
/*
 * What each contender of bench/compare is: a table of rows, the work that it can do. All do the same work and must
 * come to the same result, which bench/compare knows:
 *
 *     generator         the numbers 0 to n - 1 from a generator in another file: their exclusive or
 *     generator-open    the same, of a generator that an error can be thrown into
 *     sight             the same, of a generator that its consumer sees, and may inline
 *     live              1,000,000 generators live. n times: the next of number 991 i mod 1,000,000 of them: the sum of
 *                       that number and of how often it was asked before
 *     from-D            D generators, each hands on what the next one yields, and the last one yields the numbers 0 to
 *                       n - 1: the exclusive or
 *     stages            numbers, the odd ones of them, 3 i + 1, in three generators in another file, and a fourth
 *                       stage that consumes: the exclusive or
 *     chain-D           n times: a chain of D awaits starts, the innermost waits once, is resumed, and each level
 *                       returns one more than the one below: the sum of what the outermost returns
 *     resume-D          a chain of D awaits, whose innermost waits n times: n + D
 *     throw             n times: the error 5 is thrown into a generator, which handles it, adds it up and yields the
 *                       sum: the exclusive or of the sums
 *     close             n times: a generator starts, yields inside of three finallys and is closed: see LOG
 *
 * Of event loops, in a virtual time of ticks:
 *
 *     wake              1000 tasks wait for an event each. n times: one is set, number 991 i mod 1000, and a pass of
 *                       the loop runs that task, which adds up its number and waits again: the sum
 *     wake-million      the same of 1,000,000 tasks, of number 991 i mod 1,000,000
 *     timer             1000 tasks sleep, PERIOD(number, turn) at a time: the sum of the times of the first n to wake
 *                       up
 *     queue             one task puts the numbers 0 to n - 1 into a queue of 64 places, another gets them: their
 *                       exclusive or
 *     pipe              n times: a byte i & 255 comes from outside, and a pass runs the task that waits for it: the
 *                       sum
 *     select            a task waits for an event or an item of a queue, whichever is first. n times: event, item i,
 *                       event.. comes, and a pass runs the task: the sum, of 1 for each event, and of the items
 *     group-K           n times: a task runs three children and waits for them. One of them lets the others run and
 *                       fails with 5, the two others, which wait for ever, are cancelled and add up 1 each, and the
 *                       task handles the 5: the sum. All that among K tasks that have nothing to do with it and wait
 *
 * And of streams:
 *
 *     utf8-C            n code points out of UTF-8, fed C bytes at a time, and yielded one by one: the exclusive or. It
 *                       comes in four lengths, and what is no UTF-8 is U+FFFD
 *     decode-C          n bytes out of examples/streaming/lzss_decoder, fed C bytes at a time: their number
 *
 * A generator does not know where its consumer keeps the result, and the number n comes from the command line: the
 * compiler sees through none of it.
 */
#ifndef CONTENDER_H
#define CONTENDER_H

#ifdef __cplusplus
extern "C" {
#endif

struct row {
    const char *name;
    void (*make)(unsigned n); /* what is not counted, or NULL */
    unsigned (*run)(unsigned n);
    unsigned divide; /* of the n that bench/compare counts with: for what takes long */
};

extern const struct row rows[];  /* ends with one without a name */
void print_bytes(void);          /* lines: what, bytes of its state */

/* What the finally number k leaves behind: only three in this order come to the right result. */
#define LOG(log, k) ((log) = ((log) * 5 + (k)) & 0xFFFF)

/* 1 to 65536 ticks: hardly ever do two of 1000 wake up at the same time. */
#define PERIOD(number, turn) (1 + (((number) * 7919u + (turn) * 104729u) * 2654435761u >> 16))

enum { TASKS = 1000, MILLION = 1000000 };

/* So that the number of tasks is a constant in each of its uses. */
#define CONTENDER_INLINE static inline __attribute__((__always_inline__))

#ifdef __cplusplus
}
#endif

#endif
