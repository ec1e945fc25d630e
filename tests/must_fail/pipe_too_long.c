/* FAIL: a_pipe_holds_from_1_to_32767_bytes */
/* Its places are counted in 16 bits. */
#include "agen.h"

#ifdef FAIL
static AGEN_PIPE(32768) pipe;
#else
static AGEN_PIPE(32767) pipe;
#endif

int main(void)
{
    agen_pipe_init(&pipe);
    return agen_pipe_count(&pipe) != 0;
}

/* SPDX-License-Identifier: 0BSD */
