/* SPDX-License-Identifier: 0BSD */
/*
 * Two loops in two threads, each with a host of ports/posix; a third thread is the device. From the project's folder:
 *   cc -std=c99 -D_GNU_SOURCE -I. -Iports/posix examples/two_loops/two_loops.c examples/two_loops/posix.c \
 *       -pthread -o two_loops && ./two_loops
 */
#include "agen_posix.h"

#include "two_loops.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static agen_posix slow_host, urgent_host;
agen_loop *const slow = &slow_host.loop, *const urgent = &urgent_host.loop;

/* Without the wake-up, a loop that sleeps would see what the other one has done at its next deadline. */
void wake_slow(void)
{
    agen_posix_wake(&slow_host);
}

void wake_urgent(void)
{
    agen_posix_wake(&urgent_host);
}

uint32_t clock_now(void)
{
    return agen_posix_now();
}

/* --- The device ---------------------------------------------------------------------------------- */

static sem_t asked;
static bool ended;

void next_edge(uint32_t n)
{
    (void)n;
    (void)sem_post(&asked);
}

static void *device(void *unused)
{
    static const struct timespec moment = { 0, 20000 };

    for (;;) {
        (void)sem_wait(&asked);
        if (__atomic_load_n(&ended, __ATOMIC_SEQ_CST))
            return unused;
        (void)nanosleep(&moment, NULL);
        edge_isr();
        wake_urgent();
    }
}

/* ------------------------------------------------------------------------------------------------- */

static void *run(void *host)
{
    (void)agen_posix_run((agen_posix *)host, NULL); /* until no task is left in this loop */
    return host;
}

int main(void)
{
    pthread_t threads[2];

    if (agen_posix_init(&slow_host) < 0 || agen_posix_init(&urgent_host) < 0 || sem_init(&asked, 0, 0) < 0) {
        fprintf(stderr, "two_loops: no descriptors\n");
        return 2;
    }
    tasks_start();
    if (pthread_create(&threads[0], NULL, run, &urgent_host) != 0
        || pthread_create(&threads[1], NULL, device, NULL) != 0) {
        fprintf(stderr, "two_loops: no threads\n");
        return 2;
    }
    (void)run(&slow_host);
    (void)pthread_join(threads[0], NULL);
    __atomic_store_n(&ended, true, __ATOMIC_SEQ_CST);
    (void)sem_post(&asked);
    (void)pthread_join(threads[1], NULL);
    agen_posix_end(&slow_host); /* no thread wakes it any more */
    agen_posix_end(&urgent_host);
    return tasks_result();
}
