/*
 * An HTTP/1.1 file server: a fixed pool of connections, each a task; no heap, no threads.
 *
 *   cc -std=c99 -O2 -D_GNU_SOURCE -I. -Iports/posix examples/http/server.c -o server && ./server FOLDER 8080
 *
 * GET and HEAD, keep-alive and pipelining, one range, a folder's list as a chunked answer. What a client may send is
 * limited, and how long it may take: one that is slow with its request is answered 408, one that does not read is cut
 * off. Only 127.0.0.1 is served.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen_posix.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>

#ifndef CONNECTIONS
#define CONNECTIONS 256
#endif
enum { HEAD_MAX = 4096, LINE_MAX_ = 2048, BODY_MAX = 65536, OUT_SIZE = 8192, CHUNK_LINE = 6 };

static agen_posix host;
static agen_fd listener;
static agen_lock accepting; /* one task at a time waits for a connection, so each one wakes one task */
static agen_ticks patience = 10000; /* milliseconds: for a request, for a write, between requests */
static int folder;
static unsigned long answered, cut_off;

/* ---- Requests ---- */

struct request {
    int status; /* what to answer */
    bool head_only, keep, old; /* old: HTTP/1.0, which knows no chunks */
    char *path;
    const char *range;
    unsigned long body; /* bytes that come after the head, which nobody wants */
};

enum { MORE = 0, WHOLE = 1 };

/* Whether there is a whole head among the first n bytes; `*end` is after it. Or the status of the answer. */
static int find_head(const char *text, size_t n, size_t *end)
{
    const char *at = text, *feed;

    while ((feed = memchr(at, '\n', n - (size_t)(at - text))) != NULL) {
        if (feed == at || feed[-1] != '\r')
            return 400;
        if (feed == at + 1) {
            *end = (size_t)(feed + 1 - text);
            return WHOLE;
        }
        if (at == text && feed - text >= LINE_MAX_)
            return 414;
        at = feed + 1;
    }
    if (at == text && n >= LINE_MAX_)
        return 414;
    return n >= HEAD_MAX ? 431 : MORE;
}

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, c | (c > '9' ? 0x20 : 0));

    return c && at ? (int)(at - digits) : -1;
}

/* Decodes a path in its place: 0, or the status of the answer. */
static int decode_path(char *path)
{
    char *to = path, *at;

    for (at = path; *at && *at != '?'; at++) {
        if (*at == '%') {
            const int high = hex(at[1]), low = high < 0 ? -1 : hex(at[2]);
            if (low < 0 || high * 16 + low == 0)
                return 400;
            *to++ = (char)(high * 16 + low);
            at += 2;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    for (at = path; (at = strstr(at, "/..")) != NULL; at += 3)
        if (at[3] == '/' || at[3] == '\0')
            return 403;
    return 0;
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(word, *words) != 0)
        words++;
    return *words != NULL;
}

static int parse_number(const char *text, unsigned long *number)
{
    *number = 0;
    if (!*text)
        return 400;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 400;
        if (*number < 1000000000) /* what is larger is too large as well */
            *number = *number * 10 + (unsigned long)(*text - '0');
    }
    return 0;
}

/* One line of the head, without its end. */
static int parse_field(struct request *r, char *line, unsigned *seen)
{
    enum { HOST = 1, LENGTH = 2, CODING = 4 };
    char *value = strchr(line, ':'), *end;
    unsigned what = 0;

    if (!value || strcspn(line, " \t") < (size_t)(value - line) || value == line)
        return 400; /* a name ends with its colon; this also refuses lines that go on */
    *value++ = '\0';
    value += strspn(value, " \t");
    for (end = value + strlen(value); end > value && (end[-1] == ' ' || end[-1] == '\t'); end--)
        end[-1] = '\0';
    if (strcasecmp(line, "host") == 0)
        what = HOST;
    else if (strcasecmp(line, "content-length") == 0)
        what = LENGTH;
    else if (strcasecmp(line, "transfer-encoding") == 0)
        what = CODING;
    else if (strcasecmp(line, "range") == 0)
        r->range = value;
    else if (strcasecmp(line, "connection") == 0)
        r->keep = strcasecmp(value, "close") == 0 ? false
                  : strcasecmp(value, "keep-alive") == 0 ? true
                                                         : r->keep;
    if (*seen & what)
        return 400;
    *seen |= what;
    return what == LENGTH ? parse_number(value, &r->body) : 0;
}

/* A whole head, which it takes apart in its place. 200, or the status of the answer. */
static int parse_head(struct request *r, char *text, size_t n)
{
    static const char *const known[] = { "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", NULL };
    char *line = text, *end, *version;
    unsigned seen = 0;
    int error;
    size_t i;

    for (i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\t' && (text[i] != '\r' || text[i + 1] != '\n')
            && text[i] != '\n')
            return 400;
    end = strstr(line, "\r\n");
    *end = '\0';
    r->path = strchr(line, ' ');
    version = r->path ? strchr(r->path + 1, ' ') : NULL;
    if (!version || r->path == line)
        return 400;
    *r->path++ = '\0';
    *version++ = '\0';
    r->head_only = strcmp(line, "HEAD") == 0;
    if (strncmp(version, "HTTP/", 5) != 0 || version[5] < '0' || version[5] > '9' || version[6] != '.'
        || version[7] < '0' || version[7] > '9' || version[8])
        return 400;
    if (version[5] != '1')
        return 505;
    r->old = version[7] == '0';
    r->keep = !r->old;
    for (;;) {
        char *field = end + 2;
        end = strstr(field, "\r\n");
        if (end == field)
            break;
        *end = '\0';
        error = parse_field(r, field, &seen);
        if (error)
            return error;
    }
    if (!(seen & 1) && !r->old)
        return 400;
    if (seen & 4)
        return seen & 2 ? 400 : 501;
    if (r->body > BODY_MAX)
        return 413;
    if (!r->head_only && strcmp(line, "GET") != 0)
        return is_one_of(line, known) ? 405 : 501;
    if (strncasecmp(r->path, "http://", 7) == 0) {
        r->path = strchr(r->path + 7, '/');
        if (!r->path)
            return 400;
    }
    if (r->path[0] != '/')
        return 400;
    error = decode_path(r->path);
    return error ? error : 200;
}

/* The range of `size` bytes that "bytes=a-b" names: 206; 416; or 200 for one that is to be ignored. */
static int parse_range(const char *text, off_t size, off_t *first, off_t *count)
{
    char numbers[2][20];
    off_t from, to;
    size_t n;
    int i;

    if (strncmp(text, "bytes=", 6) != 0)
        return 200;
    text += 6;
    for (i = 0; i < 2; i++) {
        n = strspn(text, "0123456789");
        if (n > 18 || text[n] != (i == 0 ? '-' : '\0'))
            return 200;
        memcpy(numbers[i], text, n);
        numbers[i][n] = '\0';
        text += n + 1;
    }
    if (!numbers[0][0] && !numbers[1][0])
        return 200;
    from = (off_t)atoll(numbers[0]);
    to = numbers[1][0] ? (off_t)atoll(numbers[1]) : size - 1;
    if (!numbers[0][0]) { /* the last so many */
        from = to < size ? size - to : 0;
        to = to == 0 ? -1 : size - 1;
    } else if (numbers[1][0] && to < from) {
        return 200;
    }
    if (from >= size || to < from)
        return 416;
    *first = from;
    *count = (to < size ? to + 1 : size) - from;
    return 206;
}

/* ---- What is in an answer: an async generator, which puts the next piece where it is told ---- */

struct content {
    AGEN_YIELDS(size_t);
    char *to;
    size_t room;
    const char *text; /* this, or .. */
    int file; /* .. a file, -1 if there is none, or .. */
    DIR *list; /* .. the names in a folder */
    off_t at, left;
};

static void content_end(struct content *c)
{
    if (c->list)
        (void)closedir(c->list);
    if (c->file >= 0)
        (void)close(c->file);
}

AGEN(content, self)
{
    const struct dirent *entry;
    ssize_t got;

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->text) {
            memcpy(self->to, self->text, strlen(self->text));
            AGEN_YIELD(self, strlen(self->text));
        }
        while (self->list && (entry = readdir(self->list)) != NULL)
            if (entry->d_name[0] != '.')
                AGEN_YIELD(self, (size_t)snprintf(self->to, self->room, "%s\n", entry->d_name));
        while (self->file >= 0 && self->left > 0) {
            got = pread(self->file, self->to, (off_t)self->room < self->left ? self->room : (size_t)self->left,
                        self->at);
            if (got <= 0)
                AGEN_RAISE(self, got < 0 ? -errno : -EIO); /* it has become shorter: the answer cannot be ended */
            self->at += got;
            self->left -= got;
            AGEN_YIELD(self, (size_t)got);
        }
    } AGEN_FINALLY(self) {
        content_end(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Opens what the path names, step by step, so that no link leads out of the folder. A status. */
static int open_path(char *path, struct content *content, struct stat *about)
{
    const bool slash = path[strlen(path) - 1] == '/';
    int at = folder, next;
    char *name;

    for (name = strtok(path, "/"); name && at >= 0; name = strtok(NULL, "/")) {
        next = openat(at, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        if (at != folder)
            (void)close(at);
        at = next;
    }
    if (at < 0)
        return errno == EMFILE || errno == ENFILE ? 503 : errno == EACCES || errno == ELOOP ? 403 : 404;
    if (at == folder)
        at = openat(folder, ".", O_RDONLY | O_CLOEXEC);
    if (at < 0 || fstat(at, about) < 0)
        return 503;
    if (S_ISDIR(about->st_mode) && (content->list = fdopendir(at)) != NULL)
        return 200;
    if (!S_ISREG(about->st_mode) || slash) {
        (void)close(at);
        return S_ISREG(about->st_mode) ? 404 : 403;
    }
    content->file = at;
    content->left = about->st_size;
    return 200;
}

static const char *kind_of(const char *name)
{
    static const char *const kinds[][2] = {
        { ".html", "text/html" }, { ".css", "text/css" },  { ".js", "text/javascript" }, { ".txt", "text/plain" },
        { ".json", "application/json" }, { ".png", "image/png" }, { ".svg", "image/svg+xml" },
    };
    const char *dot = strrchr(name, '.');
    size_t i;

    for (i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcasecmp(dot, kinds[i][0]) == 0)
            return kinds[i][1];
    return "application/octet-stream";
}

static const char *reason(int status)
{
    static const struct { int status; const char *text; } reasons[] = {
        { 200, "OK" }, { 206, "Partial Content" }, { 400, "Bad Request" }, { 403, "Forbidden" },
        { 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" },
        { 413, "Content Too Large" }, { 414, "URI Too Long" }, { 416, "Range Not Satisfiable" },
        { 431, "Request Header Fields Too Large" }, { 501, "Not Implemented" }, { 503, "Service Unavailable" },
        { 505, "HTTP Version Not Supported" },
    };
    size_t i;

    for (i = 0; reasons[i].status != status; i++)
        ;
    return reasons[i].text;
}

/* ---- A request and its answer ---- */

struct exchange {
    AGEN_COROUTINE;
    agen_fd *fd;
    char *in, out[OUT_SIZE], note[48];
    size_t have, end, count, used;
    struct request request;
    struct content content;
    bool chunked, bad; /* bad: where the next request begins is not known */
    agen_timeout limit;
};

/* Puts the head of the answer into `out`, and makes its content ready. */
static void begin_answer(struct exchange *x)
{
    struct request *r = &x->request;
    const char *kind = "text/plain";
    struct stat about;
    off_t whole = 0;
    char length[120] = "";

    AGEN_NEW(&x->content, content, .file = -1);
    memset(&about, 0, sizeof about);
    if (r->status == 200) {
        kind = kind_of(r->path);
        r->status = open_path(r->path, &x->content, &about);
        whole = about.st_size;
        if (x->content.list || r->status != 200)
            kind = "text/plain";
        if (r->status == 200 && x->content.file >= 0 && r->range)
            r->status = parse_range(r->range, whole, &x->content.at, &x->content.left);
    }
    if (r->status >= 400) {
        x->content.left = 0;
        (void)snprintf(x->note, sizeof x->note, "%d %s\n", r->status, reason(r->status));
        x->content.text = x->note;
    }
    x->chunked = x->content.list && !r->old;
    if (x->content.list && r->old)
        r->keep = false; /* the end of the connection is the end of the answer */
    if (x->bad)
        r->keep = false;
    if (x->chunked)
        (void)snprintf(length, sizeof length, "Transfer-Encoding: chunked\r\n");
    else if (!x->content.list)
        (void)snprintf(length, sizeof length, "Content-Length: %lld\r\n",
                       x->content.text ? (long long)strlen(x->content.text) : (long long)x->content.left);
    x->used = (size_t)snprintf(x->out, sizeof x->out,
                               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%sAccept-Ranges: bytes\r\n%s%s", r->status,
                               reason(r->status), kind, length, r->status == 405 ? "Allow: GET, HEAD\r\n" : "",
                               r->keep ? r->old ? "Connection: keep-alive\r\n" : "" : "Connection: close\r\n");
    if (r->status == 206)
        x->used += (size_t)snprintf(x->out + x->used, 120, "Content-Range: bytes %lld-%lld/%lld\r\n",
                                    (long long)x->content.at, (long long)(x->content.at + x->content.left - 1),
                                    (long long)whole);
    if (r->status == 416)
        x->used += (size_t)snprintf(x->out + x->used, 120, "Content-Range: bytes */%lld\r\n", (long long)whole);
    memcpy(x->out + x->used, "\r\n", 2);
    x->used += 2;
}

/* Where the next piece goes: after what is in `out` already, with room for the lines around a chunk. */
static void make_room(struct exchange *x)
{
    x->content.to = x->out + x->used + (x->chunked ? CHUNK_LINE : 0);
    x->content.room = sizeof x->out - x->used - (x->chunked ? CHUNK_LINE + 2 : 0);
}

static void add_piece(struct exchange *x, size_t size)
{
    char line[CHUNK_LINE + 1];

    if (x->chunked) {
        (void)snprintf(line, sizeof line, "%04x\r\n", (unsigned)size & 0xffff);
        memcpy(x->out + x->used, line, CHUNK_LINE);
        memcpy(x->content.to + size, "\r\n", 2);
        size += CHUNK_LINE + 2;
    }
    x->used += size;
}

static void consume(struct exchange *x, size_t n)
{
    x->have -= n;
    memmove(x->in, x->in + n, x->have);
}

/* Before a request, empty lines are no mistake. */
static void skip_empty(struct exchange *x)
{
    while (x->have >= 2 && memcmp(x->in, "\r\n", 2) == 0)
        consume(x, 2);
}

#define WRITE_OUT(self) \
    do { \
        AGEN_TIMEOUT(self, &(self)->limit, patience) { \
            AGEN_FD_WRITE(self, (self)->fd, (self)->out, (self)->used, &(self)->count); \
        } AGEN_END_TIMEOUT(self); \
        (self)->used = 0; \
    } while (0)

/* What a large file needs, all connections have together: what the peer does not take is read again. */
static int send_part(struct exchange *x)
{
    static char part[65536];
    struct content *c = &x->content;
    const ssize_t got = pread(c->file, part, c->left < (off_t)sizeof part ? (size_t)c->left : sizeof part, c->at);
    int status;

    if (got <= 0)
        return got < 0 ? -errno : -EIO; /* as in the generator */
    x->count = 0;
    status = agen_fd_write(x->fd, part, (size_t)got, &x->count);
    c->at += (off_t)x->count;
    c->left -= (off_t)x->count;
    return status;
}

AGEN(exchange, self)
{
    AGEN_BEGIN(self);
    memset(&self->request, 0, sizeof self->request);
    self->bad = false;
    if (self->have == 0) { /* a connection that is idle for too long ends without an answer */
        AGEN_TIMEOUT(self, &self->limit, patience) {
            AGEN_FD_READ(self, self->fd, self->in, HEAD_MAX, &self->have);
        } AGEN_END_TIMEOUT(self);
        if (self->have == 0)
            AGEN_RETURN(self);
    }
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, patience) {
            while (skip_empty(self), (self->request.status = find_head(self->in, self->have, &self->end)) == MORE) {
                AGEN_FD_READ(self, self->fd, self->in + self->have, HEAD_MAX - self->have, &self->count);
                self->have += self->count;
                if (self->count == 0)
                    AGEN_RAISE(self, -EPROTO); /* it ends in the middle */
            }
            self->bad = self->request.status != WHOLE;
            if (!self->bad) {
                self->request.status = parse_head(&self->request, self->in, self->end);
                self->bad = self->request.status >= 400 && self->request.status != 403
                            && self->request.status != 405;
            }
            if (!self->bad) { /* the body goes into `out`: the head, in `in`, is still wanted */
                self->used = self->have - self->end < self->request.body ? self->have - self->end
                                                                         : (size_t)self->request.body;
                self->end += self->used;
                for (self->request.body -= self->used; self->request.body > 0; self->request.body -= self->count) {
                    AGEN_FD_READ(self, self->fd, self->out,
                                 self->request.body < OUT_SIZE ? (size_t)self->request.body : OUT_SIZE, &self->count);
                    if (self->count == 0)
                        AGEN_RAISE(self, -EPROTO);
                }
            }
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        if (agen_error(self) != AGEN_E_TIMEOUT && agen_error(self) != -EPROTO)
            AGEN_RAISE(self, agen_error(self));
        self->request.status = agen_error(self) == AGEN_E_TIMEOUT ? 408 : 400;
        self->bad = true;
    } AGEN_END_TRY(self);
    begin_answer(self);
    if (!self->bad)
        consume(self, self->end);
    answered++;
    if (self->request.head_only) {
        content_end(&self->content); /* it has not begun, so it has nothing to clean up */
    } else {
        AGEN_TRY(self) {
            if (self->content.file >= 0 && self->content.left > OUT_SIZE / 2)
                WRITE_OUT(self);
            while (self->content.file >= 0 && self->content.left > OUT_SIZE / 2) {
                AGEN_TIMEOUT(self, &self->limit, patience) {
                    AGEN_FD_TRY(self, self->fd, writable, send_part(self));
                } AGEN_END_TIMEOUT(self);
            }
        } AGEN_EXCEPT_ANY(self) { /* the content, which would do so, has not begun */
            content_end(&self->content);
            AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
        make_room(self);
        AGEN_FOR_CLOSING(self, &self->content) {
            add_piece(self, self->content.value);
            if (self->used > OUT_SIZE / 2)
                WRITE_OUT(self);
            make_room(self);
        } AGEN_END_FOR(self);
        if (self->chunked) {
            memcpy(self->out + self->used, "0\r\n\r\n", 5);
            self->used += 5;
        }
    }
    WRITE_OUT(self);
    AGEN_END(self);
}

/* ---- Connections ---- */

struct connection {
    AGEN_COROUTINE;
    agen_fd fd;
    agen_task task;
    struct exchange exchange;
    agen_timeout limit;
    size_t dropped;
    bool accepted;
    char in[HEAD_MAX + 1];
};

AGEN(connection, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        self->accepted = false;
        AGEN_ACQUIRE(self, &accepting);
        AGEN_TRY(self) {
            AGEN_FD_ACCEPT(self, &listener, &self->fd);
            self->accepted = true;
        } AGEN_EXCEPT(self) {
            AGEN_SLEEP(self, 100); /* no descriptor is left: other connections have to end first */
        } AGEN_FINALLY(self) {
            (void)!agen_release(&accepting);
        } AGEN_END_TRY(self);
        if (!self->accepted)
            continue;
        AGEN_TRY(self) {
            self->exchange.fd = &self->fd;
            self->exchange.in = self->in;
            self->exchange.have = 0;
            do {
                agen_init(&self->exchange, exchange);
                AGEN_AWAIT(self, &self->exchange);
            } while (self->exchange.request.status && self->exchange.request.keep);
            /* Closed with bytes unread, the kernel would reset the connection, and the answer could be lost. */
            if (self->exchange.request.status && shutdown(self->fd.number, SHUT_WR) == 0) {
                self->dropped = 0;
                AGEN_TIMEOUT(self, &self->limit, patience < 1000 ? patience : 1000) {
                    do {
                        AGEN_FD_READ(self, &self->fd, self->in, HEAD_MAX, &self->exchange.have);
                        self->dropped += self->exchange.have;
                    } while (self->exchange.have > 0 && self->dropped < 1048576);
                } AGEN_END_TIMEOUT(self);
            }
        } AGEN_EXCEPT(self) {
            cut_off++;
        } AGEN_FINALLY(self) {
            agen_fd_close(&self->fd);
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

/* Ends everything at SIGTERM or SIGINT. */
struct stop {
    AGEN_COROUTINE;
    agen_event event;
};

AGEN(stop, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, &self->event);
    AGEN_END(self);
}

int main(int argc, char **argv)
{
    static struct connection connections[CONNECTIONS];
    static struct stop stop = { AGEN_INIT(stop) };
    static agen_task stopping;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct rlimit files;
    socklen_t length = sizeof address;
    const int yes = 1;
    int i, error;

    if (argc < 3 || argc > 4 || atoi(argv[2]) < 0 || atoi(argv[2]) > 65535 || (argc == 4 && atoi(argv[3]) <= 0)) {
        fprintf(stderr, "usage: server FOLDER PORT [MILLISECONDS]   how long a client may take; port 0: any\n");
        return 2;
    }
    if (argc == 4)
        patience = (agen_ticks)atoi(argv[3]);
    folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        fprintf(stderr, "server: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    address.sin_port = htons((uint16_t)atoi(argv[2]));
    if ((error = agen_posix_init(&host)) < 0
        || (error = agen_fd_listen(&host, &listener, (struct sockaddr *)&address, sizeof address, 4096)) < 0) {
        fprintf(stderr, "server: port %s: %s\n", argv[2], strerror(-error));
        return 1;
    }
    (void)setsockopt(listener.number, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* connections inherit it */
    (void)getsockname(listener.number, (struct sockaddr *)&address, &length);
    printf("http://127.0.0.1:%u/, %d connections of %u bytes\n", (unsigned)ntohs(address.sin_port), CONNECTIONS,
           (unsigned)sizeof *connections);
    fflush(stdout);
    for (i = 0; i < CONNECTIONS; i++) {
        agen_init(&connections[i], connection);
        if (agen_spawn(&host.loop, &connections[i].task, &connections[i]) != AGEN_DONE)
            return 1;
    }
    if (agen_posix_signal(&host, SIGTERM, &stop.event) < 0 || agen_posix_signal(&host, SIGINT, &stop.event) < 0
        || agen_spawn(&host.loop, &stopping, &stop) != AGEN_DONE)
        return 1;
    (void)agen_posix_run(&host, &stopping);
    (void)agen_loop_shutdown(&host.loop);
    agen_fd_close(&listener);
    agen_posix_end(&host);
    printf("%lu answers, %lu connections cut off\n", answered, cut_off);
    return 0;
}
