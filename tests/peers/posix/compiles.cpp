/* SPDX-License-Identifier: 0BSD */
/* ports/posix/agen_posix.h in C++11 and later: that it compiles, and that each operation can stand in a body. */
#include "agen_posix.h"

struct all_of_it {
    AGEN_COROUTINE;
    agen_fd fd, peer;
    char bytes[8];
    size_t count;
    const struct sockaddr *address;
    agen_posix *host;
};

AGEN(all_of_it, self)
{
    AGEN_BEGIN(self);
    AGEN_FD_CONNECT(self, self->host, &self->fd, self->address, 16);
    AGEN_FD_READ(self, &self->fd, self->bytes, 8, &self->count);
    AGEN_FD_WRITE(self, &self->fd, self->bytes, 8, &self->count);
    AGEN_FD_ACCEPT(self, &self->fd, &self->peer);
    AGEN_END(self);
}

int main()
{
    static agen_posix host;
    static agen_event event;
    int status = agen_posix_init(&host);

    if (status == 0)
        status = agen_posix_signal(&host, SIGTERM, &event);
    if (status == 0)
        status = agen_posix_run(&host, NULL);
    agen_posix_end(&host);
    return status != AGEN_DONE;
}
