/* SPDX-License-Identifier: 0BSD */
/* As protothreads do it: the line number is the state, and a main loop asks each protothread in turn. */
#ifndef PROTOTHREAD_H
#define PROTOTHREAD_H

#define PT_BEGIN(self) \
    switch ((self)->at_line) { \
    case 0:
#define PT_WAIT_UNTIL(self, condition) \
    do { \
        (self)->at_line = __LINE__; /* fall through */ case __LINE__: \
        if (!(condition)) \
            return; \
    } while (0)
#define PT_YIELD(self) \
    do { \
        (self)->at_line = __LINE__; \
        return; \
    case __LINE__:; \
    } while (0)
#define PT_END(self) }

#endif
