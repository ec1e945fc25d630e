/* SPDX-License-Identifier: 0BSD */
/* A body in a file of its own, which may be C++. */
#ifndef OTHER_H
#define OTHER_H

#include "agen.h"

struct patience {
    AGEN_COROUTINE;
    agen_event *event;
};
AGEN_DECLARE(patience);

#endif
