/* FAIL: a_pipe_holds_from_1_to_32767_bytes */
/* Nobody would ever get a byte through it. */
#include "agen.h"

#ifdef FAIL
static AGEN_PIPE(0) pipe;
#else
static AGEN_PIPE(1) pipe;
#endif

int main(void)
{
    agen_pipe_init(&pipe);
    return agen_pipe_count(&pipe) != 0;
}

/* SPDX-License-Identifier: 0BSD */
