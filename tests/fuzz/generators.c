/* SPDX-License-Identifier: 0BSD */
/*
 * Operations on generators of several shapes, drawn from the input, as is what the bodies do. A
 * model knows the state of each and what an operation may answer there, and the bodies keep books:
 * each finally and each finalizer runs once, values come in order, errors arrive where they are
 * due, and in the end an abort and a few closes leave nothing pending.
 */
#include "agen.h"
#include "fuzz.h"

enum { OBJECTS = 3, OPERATIONS = 200, CLOSES = 6, OWN_ERROR = -1, LATE_ERROR = -2, UNKNOWN = 1 };

/* Whether the step that is started now brings a value. */
static bool is_sent;
static int sent;

static void give(bool value)
{
    is_sent = value;
    sent++;
}

/* --- The books of a body ---------------------------------------------------------------------- */

enum phase { OUTSIDE, IN_TRY, IN_HANDLER, IN_FINALLY };

struct books {
    enum phase phase;
    int entered, finallys, released;
    int next;     /* the value that is due */
    int injected; /* the error that was put in and that nobody has seen yet, or 0 */
    int out;      /* the error with which the body is to end, 0, or UNKNOWN */
    bool waits;   /* it is where a wait begins */
};

static void enter(struct books *books)
{
    MUST(books->phase == OUTSIDE);
    books->phase = IN_TRY;
    books->entered++;
}

static void see(struct books *books, int error)
{
    MUST(!books->injected || error == books->injected);
    books->injected = 0;
    books->waits = false;
}

static void enter_handler(struct books *books, int error)
{
    MUST(books->phase == IN_TRY && error < 0);
    see(books, error);
    books->phase = IN_HANDLER;
}

static void enter_finally(struct books *books, int error)
{
    MUST(books->phase == IN_TRY || books->phase == IN_HANDLER);
    see(books, error);
    books->phase = IN_FINALLY;
    books->finallys++;
    books->out = error;
}

/* After a suspension: had an error been put in, it would have been raised there. */
static void go_on(struct books *books)
{
    see(books, 0);
}

static bool is_over(struct books *books)
{
    books->waits = true;
    return draw(3) == 0;
}

/* --- Shapes ----------------------------------------------------------------------------------- */

struct plain {
    AGEN_YIELDS(int);
    struct books *books;
};

AGEN(plain, self)
{
    AGEN_BEGIN(self);
    while (draw(8) != 0)
        AGEN_YIELD(self, self->books->next++);
    self->books->out = 0;
    AGEN_END(self);
}

struct nap {
    AGEN_COROUTINE;
    struct books *books;
};

AGEN(nap, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, is_over(self->books));
    go_on(self->books);
    AGEN_END(self);
}

/* Receives, and yields, waits and awaits in all parts of a try. */
enum what { LEAVE, YIELD, WAIT, AWAIT, RAISE, RETURN, ITSELF, WHATS };

struct source {
    AGEN_YIELDS_RECEIVES(int, int);
    struct books *books;
    unsigned what;
    bool deaf; /* its consumer sends it nothing, or loses it */
    struct nap nap;
};

static struct nap *doze(struct source *self)
{
    agen_init(&self->nap, nap);
    self->nap.books = self->books;
    return &self->nap;
}

static void check_received(struct source *self)
{
    go_on(self->books);
    MUST(agen_received(self) == (is_sent && !self->deaf));
    MUST(!agen_received(self) || self->sent == sent);
}

static void check_busy(struct source *self)
{
    MUST(agen_next(self) == AGEN_E_RUNNING);
    MUST(agen_send(self, -1) == AGEN_E_RUNNING);
    MUST(agen_close(self) == AGEN_E_RUNNING);
    MUST(agen_poll(self) == AGEN_E_RUNNING);
    MUST(agen_abort(self, OWN_ERROR) == AGEN_E_RUNNING);
}

AGEN(source, self)
{
    AGEN_BEGIN(self);
    enter(self->books);
    AGEN_TRY(self) {
        while ((self->what = draw(WHATS)) != LEAVE) {
            if (self->what == YIELD) {
                AGEN_YIELD(self, self->books->next++);
                check_received(self);
            } else if (self->what == WAIT) {
                AGEN_WAIT_UNTIL(self, is_over(self->books));
                go_on(self->books);
            } else if (self->what == AWAIT) {
                (void)doze(self);
                AGEN_AWAIT(self, &self->nap);
            } else if (self->what == RAISE) {
                AGEN_RAISE(self, OWN_ERROR);
            } else if (self->what == RETURN) {
                AGEN_RETURN(self);
            } else {
                check_busy(self);
            }
        }
    } AGEN_EXCEPT_ANY(self) {
        enter_handler(self->books, agen_error(self));
        self->what = draw(WHATS);
        if (self->what == YIELD) { /* and handles the error, as do those after it */
            AGEN_YIELD(self, self->books->next++);
            check_received(self);
        } else if (self->what == WAIT) {
            AGEN_WAIT_UNTIL(self, is_over(self->books));
            go_on(self->books);
        } else if (self->what == AWAIT) {
            (void)doze(self);
            AGEN_AWAIT(self, &self->nap);
        } else if (self->what == RAISE) {
            AGEN_RAISE(self, OWN_ERROR);
        } else if (self->what == RETURN) {
            AGEN_RETURN(self);
        } else if (self->what == LEAVE) {
            AGEN_RAISE(self, agen_error(self));
        }
    } AGEN_FINALLY(self) {
        enter_finally(self->books, agen_error(self));
        self->what = draw(WHATS);
        if (self->what == YIELD) {
            AGEN_YIELD(self, self->books->next++);
            check_received(self);
        } else if (self->what == WAIT) {
            AGEN_WAIT_UNTIL(self, is_over(self->books));
            go_on(self->books);
        } else if (self->what == AWAIT) {
            (void)doze(self);
            AGEN_AWAIT(self, &self->nap);
        } else if (self->what == RAISE) {
            self->books->out = LATE_ERROR;
            AGEN_RAISE(self, LATE_ERROR);
        } else if (self->what == RETURN) {
            self->books->out = 0;
            AGEN_RETURN(self);
        }
        MUST(agen_error(self) == self->books->out);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* What has a source inside and consumes it in one of these ways. */
enum way { FROM, FROM_RECEIVING, FOR, FOR_AS, FOR_CLOSING, STEPS, WAYS };

struct consumer {
    AGEN_YIELDS_RECEIVES(int, int);
    struct books *books;
    unsigned way, what;
    struct source inner;
};

static void start(struct consumer *self)
{
    self->way = draw(WAYS);
    self->inner.deaf = self->way != FROM_RECEIVING && self->way != STEPS;
    give(false);
}

static void check_sent(struct consumer *self)
{
    MUST(agen_received(self) == is_sent);
    MUST(!is_sent || self->sent == sent);
    give(false); /* to the inner one, from here on */
}

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    enter(self->books);
    AGEN_TRY(self) {
        start(self);
        if (self->way == FROM) {
            AGEN_YIELD_FROM(self, &self->inner);
        } else if (self->way == FROM_RECEIVING) {
            AGEN_YIELD_FROM_RECEIVING(self, &self->inner);
        } else if (self->way == FOR) {
            AGEN_FOR(self, &self->inner) {
                AGEN_YIELD(self, self->inner.value);
                check_sent(self);
            }
        } else if (self->way == FOR_AS) {
            AGEN_FOR_AS(self, source, &self->inner) {
                AGEN_YIELD(self, self->inner.value);
                check_sent(self);
                if (draw(4) == 1)
                    break;
            }
        } else if (self->way == FOR_CLOSING) {
            AGEN_FOR_CLOSING(self, &self->inner) {
                AGEN_YIELD(self, self->inner.value);
                check_sent(self);
                if (draw(4) == 1)
                    break;
            } AGEN_END_FOR(self);
            MUST(agen_done(&self->inner));
        } else {
            AGEN_NEXT(self, &self->inner);
            while (agen_status(self) == AGEN_YIELDED) {
                AGEN_YIELD(self, self->inner.value);
                check_sent(self);
                self->what = draw(4);
                if (self->what == 0) {
                    AGEN_NEXT(self, &self->inner);
                } else if (self->what == 1) {
                    give(true);
                    AGEN_SEND(self, &self->inner, sent);
                } else if (self->what == 2) {
                    self->inner.books->injected = OWN_ERROR;
                    AGEN_THROW(self, &self->inner, OWN_ERROR);
                } else {
                    self->inner.books->injected = AGEN_E_EXIT;
                    AGEN_CLOSE(self, &self->inner);
                    MUST(agen_done(&self->inner));
                    break;
                }
            }
        }
    } AGEN_FINALLY(self) {
        enter_finally(self->books, agen_error(self));
        if (!agen_done(&self->inner)) { /* which may raise anything */
            self->books->out = UNKNOWN;
            AGEN_CLOSE(self, &self->inner);
            MUST(agen_done(&self->inner));
            self->books->out = agen_error(self);
        }
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A coroutine, with a wait of its own in front and a source inside. */
struct task {
    AGEN_COROUTINE;
    struct books *books;
    struct nap nap;
    struct source inner;
};

AGEN(task, self)
{
    AGEN_BEGIN(self);
    enter(self->books);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &self->nap);
        AGEN_FOR_CLOSING(self, &self->inner) {
            if (draw(6) == 1)
                AGEN_RETURN(self);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        enter_finally(self->books, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Its finalizer takes its memory. */
struct freed {
    AGEN_YIELDS(int);
    struct books *books;
};

static void freed_release(struct freed *self)
{
    MUST(agen_done(self));
    self->books->released++;
    free(self);
}

AGEN(freed, self, freed_release)
{
    AGEN_BEGIN(self);
    enter(self->books);
    AGEN_TRY(self) {
        while (draw(6) != 0)
            AGEN_YIELD(self, self->books->next++);
    } AGEN_FINALLY(self) {
        enter_finally(self->books, agen_error(self));
        AGEN_WAIT_UNTIL(self, is_over(self->books));
        go_on(self->books);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* --- The model -------------------------------------------------------------------------------- */

enum shape { PLAIN, SOURCE, CONSUMER, TASK, FREED, SHAPES };
enum state { NEW, SUSPENDED, WAITING, ENDED };
enum operation { NEXT, SEND, THROW, CLOSE, DROP, POLL, ABORT, INIT, OPERATIONS_ };

static struct object {
    enum shape shape;
    enum state state;
    agen_t *generator;
    struct source *inner; /* or NULL */
    struct books books, inner_books;
    bool closes, exited; /* the pending operation is a close; or was told to exit */
} objects[OBJECTS];

static const int errors[] = {
    -100, -101, AGEN_E_EXIT, AGEN_E_CANCELLED, AGEN_E_STOP, AGEN_E_TIMEOUT, AGEN_E_LAST + 1,
    /* none: */ 0, 1, -32768, 32767, -65536 - 5,
};
enum { ERRORS = sizeof errors / sizeof *errors, GOOD_ERRORS = 7 };

static void *memory(size_t size)
{
    void *block = malloc(size);

    if (!block)
        abort();
    memset(block, 0xA5, size); /* agen_init must do with anything */
    return block;
}

static void make_source(struct source *source, struct books *books)
{
    agen_init(source, source);
    source->books = books;
    source->deaf = false;
}

/* Makes one; of a shape that it has had already, in the same place. */
static void make(struct object *o, enum shape shape)
{
    static const size_t sizes[SHAPES] = {
        sizeof(struct plain), sizeof(struct source), sizeof(struct consumer), sizeof(struct task),
        sizeof(struct freed),
    };

    if (!o->generator || o->shape != shape) {
        free(o->generator);
        o->generator = memory(sizes[shape]);
    }
    o->shape = shape;
    o->state = NEW;
    o->inner = NULL;
    o->closes = o->exited = false;
    memset(&o->books, 0, sizeof o->books);
    memset(&o->inner_books, 0, sizeof o->inner_books);
    if (shape == PLAIN) {
        struct plain *plain = (struct plain *)(void *)o->generator;

        agen_init(plain, plain);
        plain->books = &o->books;
    } else if (shape == SOURCE) {
        make_source((struct source *)(void *)o->generator, &o->books);
    } else if (shape == CONSUMER) {
        struct consumer *consumer = (struct consumer *)(void *)o->generator;

        agen_init(consumer, consumer);
        consumer->books = &o->books;
        o->inner = &consumer->inner;
    } else if (shape == TASK) {
        struct task *task = (struct task *)(void *)o->generator;

        agen_init(task, task);
        agen_init(&task->nap, nap);
        task->books = task->nap.books = &o->books;
        o->inner = &task->inner;
    } else {
        struct freed *freed = (struct freed *)(void *)o->generator;

        agen_init(freed, freed);
        freed->books = &o->books;
    }
    if (o->inner)
        make_source(o->inner, &o->inner_books);
}

static int value_of(const struct object *o)
{
    if (o->shape == SOURCE)
        return ((const struct source *)(const void *)o->generator)->value;
    if (o->shape == CONSUMER)
        return ((const struct consumer *)(const void *)o->generator)->value;
    if (o->shape == PLAIN)
        return ((const struct plain *)(const void *)o->generator)->value;
    return ((const struct freed *)(const void *)o->generator)->value;
}

static int send_to(struct object *o)
{
    give(true);
    if (o->shape == SOURCE)
        return agen_send((struct source *)(void *)o->generator, sent);
    return agen_send((struct consumer *)(void *)o->generator, sent);
}

static int operate(struct object *o, enum operation operation, int error)
{
    give(false);
    switch (operation) {
    case SEND: return send_to(o);
    case THROW: return agen_throw(o->generator, error);
    case CLOSE: return agen_close(o->generator);
    case DROP: return agen_drop(o->generator);
    case POLL: return agen_poll(o->generator);
    case ABORT: return agen_abort(o->generator, error);
    case NEXT: case INIT: case OPERATIONS_: default: return agen_next(o->generator);
    }
}

static int leaked(const struct object *o, int error)
{
    return error == AGEN_E_STOP && o->shape != TASK ? (int)AGEN_E_STOP_LEAKED : error;
}

/* Puts down where an error will be raised, where the model knows it. */
static void inject(struct object *o, int error)
{
    unsigned way = o->shape == CONSUMER ? ((struct consumer *)(void *)o->generator)->way : FOR;

    if (o->inner && (o->inner_books.waits || way <= FROM_RECEIVING))
        o->inner_books.injected = error;
    else if (o->shape != PLAIN && way != FOR_CLOSING) /* what that loop's close raises wins */
        o->books.injected = error;
    if (o->shape == PLAIN || (o->books.phase == IN_FINALLY && o->books.out != UNKNOWN)) {
        o->books.injected = 0;
        o->books.out = error; /* straight out, whatever was on its way */
    }
}

/* The body has run: where is it now, and is that what it answered? */
static void judge(struct object *o, int status)
{
    const struct books *books = &o->books;

    if (status == AGEN_PENDING) {
        MUST(o->shape != PLAIN);
        MUST(o->books.waits || o->inner_books.waits);
        o->state = WAITING;
        return;
    }
    if (status == AGEN_YIELDED || (status == AGEN_E_IGNORED_EXIT && !agen_done(o->generator))) {
        MUST(o->shape != TASK);
        MUST((status == AGEN_E_IGNORED_EXIT) == o->exited);
        MUST(value_of(o) == (o->inner ? &o->inner_books : books)->next - 1);
        o->state = SUSPENDED;
    } else {
        if (books->out != UNKNOWN)
            MUST(status == (o->closes && books->out == AGEN_E_EXIT ? 0 : leaked(o, books->out)));
        MUST(status <= 0 && !(o->closes && status == AGEN_E_EXIT));
        MUST(books->entered == books->finallys && !books->injected);
        o->state = ENDED;
        if (o->shape == FREED)
            o->generator = NULL;
    }
    o->closes = o->exited = false;
}

/* One operation: what the model answers alone, and what it asks the body for. */
static void run(struct object *o, enum operation operation, int error)
{
    bool exits = operation == CLOSE || operation == DROP;
    bool raises = operation == THROW || operation == ABORT;
    bool good = !raises || (error < 0 && error >= -32767);
    int status;

    if (exits)
        error = AGEN_E_EXIT;
    if (o->shape == FREED && o->state == ENDED)
        return;
    if (o->state == WAITING && good && (operation == POLL || operation == ABORT)) {
        o->exited = o->exited || (raises && error == AGEN_E_EXIT);
        if (raises)
            inject(o, error);
        judge(o, operate(o, operation, error));
    } else if (o->state == SUSPENDED && good && operation != ABORT) {
        o->closes = o->exited = exits;
        if (raises || exits)
            inject(o, error);
        judge(o, operate(o, operation, error));
    } else if (o->state == NEW && good && (operation == NEXT || operation == POLL)) {
        judge(o, operate(o, operation, error));
    } else {
        status = operate(o, operation, error);
        if (!good)
            MUST(status == AGEN_E_BAD_STATE);
        else if (o->state == WAITING)
            MUST(status == AGEN_E_RUNNING);
        else if (o->state == NEW && operation == SEND)
            MUST(status == AGEN_E_JUST_STARTED);
        else if (operation == THROW)
            MUST(status == leaked(o, error));
        else
            MUST(status == AGEN_DONE);
        if (o->state == NEW && good && (operation == THROW || exits)) {
            MUST(o->books.entered == 0);
            o->state = ENDED;
            if (o->shape == FREED)
                o->generator = NULL;
        }
    }
}

static void check(const struct object *o)
{
    const struct books *books = &o->books;

    MUST(books->finallys <= books->entered && books->entered <= 1);
    MUST(o->inner_books.finallys <= o->inner_books.entered && o->inner_books.entered <= 1);
    MUST(books->released == (o->shape == FREED && o->state == ENDED));
    if (o->generator)
        MUST(agen_done(o->generator) == (o->state == ENDED));
    if (o->inner && agen_done(o->inner))
        MUST(o->inner_books.finallys == o->inner_books.entered);
}

/* What waits for its consumer is nobody else's. */
static void meddle(struct object *o)
{
    if (o->state != WAITING || !o->inner || !o->inner_books.waits)
        return;
    MUST(agen_next(o->inner) == AGEN_E_RUNNING);
    MUST(agen_send(o->inner, -1) == AGEN_E_RUNNING);
    MUST(agen_close(o->inner) == AGEN_E_RUNNING);
    MUST(agen_poll(o->inner) == AGEN_E_RUNNING);
    MUST(agen_abort(o->inner, OWN_ERROR) == AGEN_E_RUNNING);
}

/* From here on the bodies want to end. */
static void finish(struct object *o)
{
    int closes;

    input_size = 0;
    if (o->state == WAITING)
        run(o, ABORT, AGEN_E_EXIT);
    for (closes = 0; o->state != ENDED && closes < CLOSES; closes++)
        run(o, o->state == WAITING ? POLL : CLOSE, 0);
    MUST(o->state == ENDED);
    check(o);
    if (o->shape == CONSUMER && o->books.out != UNKNOWN && o->books.entered)
        MUST(agen_done(o->inner));
    free(o->generator);
    o->generator = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int turn, i;

    input = data;
    input_size = size;
    for (i = 0; i < OBJECTS; i++)
        make(&objects[i], (enum shape)draw(SHAPES));
    for (turn = 0; turn < OPERATIONS && input_size > 0; turn++) {
        struct object *o = &objects[draw(OBJECTS)];
        enum operation operation = (enum operation)draw(OPERATIONS_);

        if (operation == INIT && o->state != WAITING) {
            make(o, (enum shape)draw(SHAPES));
        } else {
            if (operation == SEND && o->shape != SOURCE && o->shape != CONSUMER)
                operation = NEXT;
            meddle(o);
            run(o, operation, errors[draw(ERRORS)]);
        }
        check(o);
    }
    for (i = 0; i < OBJECTS; i++)
        finish(&objects[i]);
    return 0;
}
