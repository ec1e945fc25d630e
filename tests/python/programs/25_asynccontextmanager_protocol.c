/*
 * A generator with one yield as a resource manager: its first step acquires, the second releases,
 * and an error of the block in between is thrown in at the yield, to be swallowed, passed on or
 * replaced. Python: contextlib.asynccontextmanager.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum {
    PLAIN, SWALLOW, RERAISE, REPLACE, TWICE, MODES,
    NEW = -1, DID_NOT_STOP = -2,
    KEY_ERROR = -10 /* minus the mode that it is the key of */
};

#define PYTHON_ERRORS \
    { NEW, "ValueError", "new" }, { DID_NOT_STOP, "RuntimeError", "generator didn't stop" }, \
    { KEY_ERROR - SWALLOW, "KeyError", "swallow" }, \
    { KEY_ERROR - RERAISE, "KeyError", "reraise" }, \
    { KEY_ERROR - REPLACE, "KeyError", "replace" },
#include "asyncio.h"
#include "python.h"

static const char *const names[MODES] = { "plain", "swallow", "reraise", "replace", "twice" };

struct res {
    AGEN_YIELDS(int);
    int mode;
};

AGEN(res, self)
{
    AGEN_BEGIN(self);
    printf("%s enter\n", names[self->mode]);
    AGEN_TRY(self) {
        AGEN_YIELD(self, self->mode);
        if (self->mode == TWICE)
            AGEN_YIELD(self, self->mode);
    } AGEN_EXCEPT(self) {
        if (agen_error(self) > KEY_ERROR)
            AGEN_RAISE(self, agen_error(self));
        AGEN_PAUSE(self);
        printf("%s handler saw %s\n", names[self->mode],
               python_str(agen_error(self), PYTHON_ATHROW));
        if (self->mode == REPLACE)
            AGEN_RAISE(self, NEW);
        if (self->mode == RERAISE)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        printf("%s exit\n", names[self->mode]);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* async with res(mode) as r: if fails: raise KeyError(r) */
struct block {
    AGEN_COROUTINE;
    struct res res;
    bool fails;
};

AGEN(block, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->res);
    AGEN_TRY(self) {
        if (self->fails)
            AGEN_RAISE(self, KEY_ERROR - self->res.value);
        AGEN_NEXT(self, &self->res);
    } AGEN_EXCEPT_ANY(self) {
        /* If it was the release that failed, res has ended, and the error comes back. */
        AGEN_THROW(self, &self->res, agen_error(self));
    } AGEN_END_TRY(self);
    if (!agen_done(&self->res)) {
        AGEN_CLOSE(self, &self->res);
        AGEN_RAISE(self, DID_NOT_STOP);
    }
    AGEN_END(self);
}

struct program {
    AGEN_COROUTINE;
    struct block block;
    int mode;
};

AGEN(program, self)
{
    static const bool fails[MODES] = { false, true, true, true, false };

    AGEN_BEGIN(self);
    for (self->mode = PLAIN; self->mode < MODES; self->mode++) {
        agen_init(&self->block, block);
        agen_init(&self->block.res, res);
        self->block.res.mode = self->mode;
        self->block.fails = fails[self->mode];
        AGEN_TRY(self) {
            AGEN_AWAIT(self, &self->block);
            printf("%s completed\n", names[self->mode]);
        } AGEN_EXCEPT(self) {
            printf("%s raised %s\n", names[self->mode], python_repr(agen_error(self)));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .mode = PLAIN };

    return asyncio_run(&program);
}
