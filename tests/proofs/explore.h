/* SPDX-License-Identifier: 0BSD */
/*
 * Explores all states that a program can reach, by running its real code.
 *
 * A harness puts all that changes into one `struct world world`, and says
 *   start()       one of the first states
 *   operation()   one step from the state that the world is in, false if there is none
 * Both ask any(n), which answers each of 0 to n - 1 in turn: they are run again, from the same
 * state, until all answers have been given. Each state that comes out is explored in its turn,
 * unless it has been met. So if no ASSERT fails, none fails after any sequence of operations.
 * States are told apart by 127 bits of hash: that two of ten million share one is less likely than
 * 1 in 10^24.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSERT(condition) \
    ((condition) ? (void)0 : refuted_(__FILE__, __LINE__, #condition))

enum { MOST_CHOICES_ = 64 };
#define MOST_BYTES_ ((size_t)4000000000u)

static unsigned choice_[MOST_CHOICES_], choices_[MOST_CHOICES_]; /* taken, of how many */
static unsigned asked_, known_;

static inline void refuted_(const char *file, int line, const char *condition)
{
    unsigned i;

    printf("%s:%d: %s: does not hold; last choices:", file, line, condition);
    for (i = 0; i < known_; i++)
        printf(" %u", choice_[i]);
    printf("\n");
    exit(1);
}

static inline unsigned any(unsigned n)
{
    if (asked_ == known_) {
        ASSERT(known_ < MOST_CHOICES_ && n > 0);
        choice_[known_] = 0;
        choices_[known_++] = n;
    }
    return choice_[asked_++];
}

static inline bool maybe(void)
{
    return any(2) != 0;
}

/* The next sequence of answers. */
static inline bool other_choice_(void)
{
    asked_ = 0;
    while (known_ > 0 && ++choice_[known_ - 1] == choices_[known_ - 1])
        known_--;
    return known_ > 0;
}

struct key_ {
    uint64_t high, low;
};

static struct key_ *met_;
static size_t met_room_, met_count_;

/* What tells states apart is added, part by part. */
static const struct key_ empty_key = { 0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu };

static inline void key_add(struct key_ *key, const void *state, size_t size)
{
    const unsigned char *byte = (const unsigned char *)state;
    uint64_t word;
    size_t i;

    for (i = 0; i < size; i += sizeof word) {
        word = 0;
        memcpy(&word, byte + i, size - i < sizeof word ? size - i : sizeof word);
        key->high = (key->high ^ word) * 0xD6E8FEB86659FD93u;
        key->high ^= key->high >> 32;
        key->low = (key->low + word) * 0xFF51AFD7ED558CCDu;
        key->low ^= key->low >> 29;
    }
}

static inline bool place_(struct key_ *table, size_t room, struct key_ key)
{
    size_t i = key.low & (room - 1);

    for (; table[i].high; i = (i + 1) & (room - 1))
        if (table[i].high == key.high && table[i].low == key.low)
            return false;
    table[i] = key;
    return true;
}

/* With too many states nothing is proved, nor refuted. */
static inline void *room_for_(void *was, size_t size)
{
    void *room = size <= MOST_BYTES_ ? realloc(was, size) : NULL;

    if (!room) {
        printf("out of memory\n");
        exit(3);
    }
    return room;
}

/* Whether this state is new; then it is not, from now on. */
static inline bool meet_(struct key_ key)
{
    size_t i, room = met_room_ ? 2 * met_room_ : 1 << 16;
    struct key_ *table;

    key.high |= 1; /* 0 is an empty place */
    if (2 * met_count_ >= met_room_) {
        table = (struct key_ *)room_for_(NULL, room * sizeof *table);
        memset(table, 0, room * sizeof *table);
        for (i = 0; i < met_room_; i++)
            if (met_[i].high)
                (void)place_(table, room, met_[i]);
        free(met_);
        met_ = table;
        met_room_ = room;
    }
    if (!place_(met_, met_room_, key))
        return false;
    met_count_++;
    return true;
}

/* Explores; `key` is what tells states apart: the world, or as much of it as counts. */
static inline void explore_(void *world, size_t size, void (*start)(void), bool (*operation)(void),
                            struct key_ (*key)(void))
{
    size_t room = 0, count = 0, steps = 0;
    unsigned char *open = NULL, *from = (unsigned char *)room_for_(NULL, size);
    bool first = true;

    memset(world, 0, size);
    for (;;) {
        memcpy(from, world, size);
        known_ = asked_ = 0;
        do {
            memcpy(world, from, size);
            if (first)
                start();
            else if (!operation())
                continue;
            steps++;
            if (!meet_(key()))
                continue;
            if (count == room) {
                room = room ? 2 * room : 1024;
                open = (unsigned char *)room_for_(open, room * size);
            }
            memcpy(open + count++ * size, world, size);
        } while (other_choice_());
        first = false;
        if (count == 0)
            break;
        memcpy(world, open + --count * size, size);
    }
    free(open);
    free(from);
    printf("%zu states, %zu steps\n", met_count_, steps);
    free(met_);
}

#define EXPLORE() explore_(&world, sizeof world, start, operation, key)
#define WHOLE_WORLD() \
    static struct key_ key(void) \
    { \
        struct key_ all = empty_key; \
\
        key_add(&all, &world, sizeof world); \
        return all; \
    }

#endif
