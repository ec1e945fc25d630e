/* SPDX-License-Identifier: 0BSD */
/* As protothreads do it: the line number is the state. No errors, no cleanup, no check that it is busy. */
#ifndef PROTOTHREAD_BODIES_H
#define PROTOTHREAD_BODIES_H

enum { PT_ENDED, PT_YIELDED, PT_WAITING };

#define PT_BEGIN(self) \
    char pt_yielded = 1; \
    switch ((self)->line) { \
    case 0:
#define PT_YIELD(self) \
    do { \
        pt_yielded = 0; \
        (self)->line = __LINE__; /* fall through */ case __LINE__: \
        if (!pt_yielded) \
            return PT_YIELDED; \
    } while (0)
#define PT_WAIT_UNTIL(self, condition) \
    do { \
        (self)->line = __LINE__; /* fall through */ case __LINE__: \
        if (!(condition)) \
            return PT_WAITING; \
    } while (0)
#define PT_END(self) \
    } \
    (void)pt_yielded; \
    (self)->line = 0; \
    return PT_ENDED

struct numbers {
    int (*step)(struct numbers *);
    unsigned value;
    unsigned i, n;
    unsigned short line;
};
int numbers_step(struct numbers *);

struct from {
    int (*step)(struct from *);
    unsigned value;
    struct from *inner; /* or NULL: then it yields the numbers itself */
    unsigned i, n;
    unsigned short line;
};
int from_step(struct from *);

struct odd {
    int (*step)(struct odd *);
    unsigned value;
    struct numbers source;
    unsigned short line;
};
int odd_step(struct odd *);

struct map {
    int (*step)(struct map *);
    unsigned value;
    struct odd source;
    unsigned short line;
};
int map_step(struct map *);
unsigned map_sum(struct map *);

struct link {
    int (*step)(struct link *);
    struct link *inner;
    unsigned turns, result;
    unsigned short line;
};
int link_step(struct link *);

#endif
