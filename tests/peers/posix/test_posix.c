/* SPDX-License-Identifier: 0BSD */
/*
 * ports/posix/agen_posix.h against the real kernel: threads and signals that wake the loop, sockets, pipes and files.
 * No time is asserted: what is never woken hangs, and the alarm says so.
 */
#include "agen_posix.h"

#include "check.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

static agen_posix host;
enum { ROUNDS = 2000, MUCH = 3000000 };

/* ---- A thread and a signal wake a loop that has nothing else to wait for ---- */

static agen_event rung, terminated, elsewhere;
static AGEN_QUEUE(int, 4) items;

static void *producer(void *unused)
{
    sigset_t signals;
    int i;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGUSR1);
    for (i = 0; i < ROUNDS; i++) {
        while (!agen_queue_put_isr(&items, i))
            ;
        agen_posix_wake(&host);
    }
    agen_event_set_isr(&rung);
    agen_posix_wake(&host);
    (void)nanosleep(&(struct timespec){ 0, 30000000 }, NULL); /* most likely the loop sleeps by now */
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    (void)raise(SIGUSR1); /* in this thread: it interrupts no wait of the loop's */
    return unused;
}

struct listener {
    AGEN_COROUTINE;
    int item, next, signals;
    agen_alternative on_item, on_bell;
};

AGEN(listener, self)
{
    AGEN_BEGIN(self);
    while (self->next < ROUNDS || !agen_event_is_set(&rung)) {
        AGEN_SELECT(self)
            AGEN_ON_GET(self, &self->on_item, &items, self->item) {
                CHECK_INT(self->item, self->next);
                self->next++;
            }
            AGEN_ON_EVENT(self, &self->on_bell, &rung) {
                AGEN_PAUSE(self); /* it was put before the bell */
            }
        AGEN_END_SELECT(self);
    }
    AGEN_WAIT(self, &elsewhere);
    for (; self->signals < 20; self->signals++) {
        agen_event_clear(&terminated);
        CHECK_INT(kill(getpid(), SIGTERM), 0);
        AGEN_WAIT(self, &terminated);
    }
    AGEN_END(self);
}

/* ---- Bytes: more than the kernel holds, a select over two descriptors, time-outs ---- */

static char much[MUCH];

struct sender {
    AGEN_COROUTINE;
    agen_fd fd;
    size_t sent;
};

AGEN(sender, self)
{
    AGEN_BEGIN(self);
    AGEN_FD_WRITE(self, &self->fd, much, MUCH, &self->sent);
    agen_fd_close(&self->fd);
    AGEN_END(self);
}

struct receiver {
    AGEN_COROUTINE;
    agen_fd fd, quiet;
    agen_alternative on_fd, on_quiet;
    char part[5000];
    size_t got, all, wrong;
    int ended, status;
    agen_timeout limit;
};

AGEN(receiver, self)
{
    size_t i;

    AGEN_BEGIN(self);
    CHECK_INT(agen_fd_read(&self->quiet, self->part, 1, &self->got), AGEN_PENDING);
    while (!self->ended) {
        self->status = agen_fd_read(&self->fd, self->part, sizeof self->part, &self->got);
        if (self->status == AGEN_PENDING) {
            AGEN_SELECT(self)
                AGEN_ON_EVENT(self, &self->on_quiet, &self->quiet.readable) {
                    CHECK_STR("the quiet one", "is not ready");
                }
                AGEN_ON_EVENT(self, &self->on_fd, &self->fd.readable) {
                }
            AGEN_END_SELECT(self);
        } else if (self->status == AGEN_YIELDED) {
            AGEN_PAUSE(self);
        } else {
            CHECK_INT(self->status, AGEN_DONE);
            self->ended = self->got == 0;
            for (i = 0; i < self->got; i++)
                self->wrong += self->part[i] != much[self->all + i];
            self->all += self->got;
        }
    }
    CHECK_INT(self->all, MUCH);
    CHECK_INT(self->wrong, 0);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 20) {
            AGEN_FD_READ(self, &self->quiet, self->part, 1, &self->got);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self) == AGEN_E_TIMEOUT);
    } AGEN_END_TRY(self);
    AGEN_TRY(self) { /* nobody reads: it fills what there is, and `got` says how much */
        AGEN_TIMEOUT(self, &self->limit, 20) {
            AGEN_FD_WRITE(self, &self->quiet, much, MUCH, &self->got);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self) == AGEN_E_TIMEOUT && self->got > 0 && self->got < MUCH);
    } AGEN_END_TRY(self);
    CHECK_TRACE("1 1");
    AGEN_END(self);
}

/* ---- Connect and accept; nobody there; a peer that has gone; one that hogs lets others run ---- */

struct client {
    AGEN_COROUTINE;
    agen_fd listener, fd, peer, file;
    struct sockaddr_in at;
    char part[16];
    size_t count, all;
    int turns, failed;
    agen_event *beside;
};

static struct sockaddr *address(struct client *c)
{
    return (struct sockaddr *)(void *)&c->at;
}

AGEN(client, self)
{
    socklen_t length = sizeof self->at;
    int ends[2];

    AGEN_BEGIN(self);
    self->at.sin_family = AF_INET;
    self->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(agen_fd_listen(&host, &self->listener, address(self), sizeof self->at, 8), 0);
    CHECK_INT(getsockname(self->listener.number, address(self), &length), 0);
    CHECK_INT(agen_fd_listen(&host, &self->file, address(self), sizeof self->at, 8), -EADDRINUSE);
    CHECK_INT(self->file.number, -1);
    AGEN_FD_CONNECT(self, &host, &self->fd, address(self), sizeof self->at);
    AGEN_FD_ACCEPT(self, &self->listener, &self->peer);
    AGEN_FD_WRITE(self, &self->fd, "hello", 5, &self->count);
    AGEN_FD_READ(self, &self->peer, self->part, sizeof self->part, &self->count);
    CHECK_INT(self->count, 5);
    agen_fd_close(&self->peer);
    agen_fd_close(&self->peer); /* twice does nothing */
    AGEN_FD_READ(self, &self->fd, self->part, sizeof self->part, &self->count);
    CHECK_INT(self->count, 0);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    CHECK_INT(agen_fd_open(&host, &self->peer, ends[0]), 0);
    CHECK_INT(agen_fd_open(&host, &self->file, ends[1]), 0);
    CHECK_INT(agen_fd_read(&self->file, self->part, 1, &self->count), AGEN_PENDING);
    agen_fd_close(&self->peer); /* the other one, opened after it, is still watched */
    AGEN_WAIT(self, &self->file.readable);
    AGEN_FD_READ(self, &self->file, self->part, 1, &self->count);
    CHECK_INT(self->count, 0);
    agen_fd_close(&self->file);
    AGEN_TRY(self) { /* it ends by an error, not by SIGPIPE */
        for (;;)
            AGEN_FD_WRITE(self, &self->fd, "x", 1, &self->count);
    } AGEN_EXCEPT(self) {
        trace(agen_error(self) == -EPIPE || agen_error(self) == -ECONNRESET ? "gone" : "?");
    } AGEN_END_TRY(self);
    agen_fd_close(&self->listener); /* others, watched earlier and later, stay */
    agen_fd_close(&self->fd);
    AGEN_TRY(self) {
        AGEN_FD_CONNECT(self, &host, &self->fd, address(self), sizeof self->at);
    } AGEN_EXCEPT(self) {
        trace(agen_error(self) == -ECONNREFUSED ? "refused" : "?");
    } AGEN_END_TRY(self);
    agen_fd_close(&self->fd);
    CHECK_TRACE("gone refused");

    CHECK_INT(agen_fd_open(&host, &self->file, open("/dev/zero", O_RDONLY)), 0);
    for (self->turns = 0; !agen_event_is_set(self->beside); self->turns++)
        AGEN_FD_READ(self, &self->file, self->part, sizeof self->part, &self->count);
    CHECK(self->turns > 0);
    agen_fd_close(&self->file);
    CHECK_INT(agen_fd_open(&host, &self->file, open("agen.h", O_RDONLY)), 0); /* epoll takes none of these */
    do {
        AGEN_FD_READ(self, &self->file, self->part, sizeof self->part, &self->count);
        self->all += self->count;
    } while (self->count > 0);
    CHECK(self->all > 100000);
    agen_fd_close(&self->file);
    CHECK_INT(agen_fd_open(&host, &self->file, -1), -EBADF);
    AGEN_END(self);
}

/* Waits for a descriptor, so it sees one only if the loop looks while another task is always ready. */
struct beside {
    AGEN_COROUTINE;
    agen_fd in, out;
    char byte;
    size_t count;
    agen_event done;
};

AGEN(beside, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(agen_fd_read(&self->in, &self->byte, 1, &self->count), AGEN_PENDING);
    AGEN_SLEEP(self, 10);
    AGEN_FD_WRITE(self, &self->out, "x", 1, &self->count);
    AGEN_WAIT(self, &self->in.readable);
    AGEN_FD_READ(self, &self->in, &self->byte, 1, &self->count);
    CHECK_INT(self->count, 1);
    agen_event_set(&self->done);
    AGEN_END(self);
}

/* ---- Beside another loop ---- */

#ifdef AGEN_POSIX_EPOLL_
static void beside_another_loop(agen_task *first, struct sender *sender, agen_task *task, struct receiver *receiver,
                                int turns)
{
    const int outer = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event;
    int ms = 0;

    event.events = EPOLLIN;
    event.data.ptr = NULL;
    agen_posix_wake(&host);
    CHECK_INT(epoll_ctl(outer, EPOLL_CTL_ADD, agen_posix_fd(&host), &event), 0);
    CHECK_INT(epoll_wait(outer, &event, 1, 0), 1);
    CHECK_INT(agen_posix_turn(&host), -1); /* it has nothing to do .. */
    CHECK_INT(epoll_wait(outer, &event, 1, 0), 0); /* .. and nothing more to see */
    CHECK_INT(agen_spawn(&host.loop, first, sender), AGEN_DONE);
    CHECK_INT(agen_spawn(&host.loop, task, receiver), AGEN_DONE);
    for (; agen_task_status(task) == AGEN_PENDING; turns++) {
        (void)epoll_wait(outer, &event, 1, ms);
        ms = agen_posix_turn(&host);
    }
    CHECK(turns > 0);
    (void)close(outer);
}
#endif

int main(void)
{
    static struct listener listener = { AGEN_INIT(listener), .next = 0 };
    static struct sender sender = { AGEN_INIT(sender), .sent = 0 };
    static struct receiver receiver = { AGEN_INIT(receiver), .all = 0 };
    static struct beside beside = { AGEN_INIT(beside), .count = 0 };
    static struct client client = { AGEN_INIT(client), .beside = &beside.done };
    static agen_task tasks[5];
    pthread_t thread;
    int pair[2], quiet[2], ends[2], i;
    sigset_t signals;

    alarm(60);
    for (i = 0; i < MUCH; i++)
        much[i] = (char)(i % 251);
    CHECK_INT(agen_posix_init(&host), 0);
    agen_queue_init(&items);
    CHECK_INT(agen_posix_signal(&host, SIGTERM, &terminated), 0);
    CHECK_INT(agen_posix_signal(&host, SIGUSR1, &elsewhere), 0);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGUSR1);
    CHECK_INT(pthread_sigmask(SIG_BLOCK, &signals, NULL), 0);
    CHECK_INT(agen_posix_signal(&host, 1000, &terminated), -EINVAL);
    CHECK_INT(agen_posix_signal(&host, SIGKILL, &terminated), -EINVAL);
    CHECK_INT(agen_spawn(&host.loop, &tasks[0], &listener), AGEN_DONE);
    CHECK_INT(pthread_create(&thread, NULL, producer, NULL), 0);
    CHECK_INT(agen_loop_run(&host.loop), AGEN_DONE); /* by AGEN_IDLE */
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(agen_posix_signal(&host, SIGTERM, NULL), 0);

    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, quiet), 0);
    CHECK_INT(agen_fd_open(&host, &sender.fd, pair[0]), 0);
    CHECK_INT(agen_fd_open(&host, &receiver.fd, pair[1]), 0);
    CHECK_INT(agen_fd_open(&host, &receiver.quiet, quiet[0]), 0);
#ifdef AGEN_POSIX_EPOLL_
    (void)agen_posix_turn(&host); /* what is ready from the start */
    beside_another_loop(&tasks[1], &sender, &tasks[2], &receiver, 0);
#else
    CHECK_INT(agen_spawn(&host.loop, &tasks[1], &sender), AGEN_DONE);
    CHECK_INT(agen_spawn(&host.loop, &tasks[2], &receiver), AGEN_DONE);
#endif
    CHECK_INT(agen_posix_run(&host, &tasks[2]), AGEN_DONE);
    CHECK_INT(agen_task_status(&tasks[1]), AGEN_DONE);
    agen_fd_close(&receiver.fd);
    agen_fd_close(&receiver.quiet);
    (void)close(quiet[1]);

    CHECK_INT(pipe(ends), 0);
    CHECK_INT(agen_fd_open(&host, &beside.in, ends[0]), 0);
    CHECK_INT(agen_fd_open(&host, &beside.out, ends[1]), 0);
    CHECK_INT(agen_spawn(&host.loop, &tasks[3], &beside), AGEN_DONE);
    CHECK_INT(agen_spawn(&host.loop, &tasks[4], &client), AGEN_DONE);
    CHECK_INT(agen_posix_run(&host, NULL), AGEN_DONE);
    CHECK_INT(agen_task_status(&tasks[3]), AGEN_DONE);
    CHECK_INT(agen_task_status(&tasks[4]), AGEN_DONE);
    agen_fd_close(&beside.in);
    agen_fd_close(&beside.out);
    agen_posix_end(&host);
    CHECK_INT(open("/dev/null", O_RDONLY), 3); /* nothing is left open */
    return check_result();
}
