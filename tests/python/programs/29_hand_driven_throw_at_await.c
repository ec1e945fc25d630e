/*
 * Driven by hand, without a loop: an error is raised where a pending next waits, the handler waits,
 * and in the wait of the finally another one comes.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { K = -1, I = -2 };

#define PYTHON_ERRORS { K, "KeyError", "k" }, { I, "IndexError", "i" },
#include "python.h"

static const char *waits_for; /* what the innermost wait shows to whoever drives */

struct susp {
    AGEN_COROUTINE;
    const char *tag;
};

AGEN(susp, self)
{
    AGEN_BEGIN(self);
    waits_for = self->tag;
    AGEN_PAUSE(self);
    AGEN_END(self);
}

#define SUSP(self, text) \
    do { \
        agen_init(&(self)->susp, susp); \
        (self)->susp.tag = (text); \
        AGEN_AWAIT(self, &(self)->susp); \
    } while (0)

struct g {
    AGEN_YIELDS_RECEIVES(const char *, int);
    struct susp susp;
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            SUSP(self, "wait");
            AGEN_YIELD(self, "value");
            printf("x = %d\n", self->sent);
        } AGEN_EXCEPT(self) {
            if (agen_error(self) != K && agen_error(self) != I)
                AGEN_RAISE(self, agen_error(self));
            printf("handler %s\n", python_repr(agen_error(self)));
            SUSP(self, "in handler");
        } AGEN_FINALLY(self) {
            SUSP(self, "in finally");
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void print_step(const char *label, int status, const struct g *g)
{
    if (status == AGEN_PENDING)
        printf("%ssuspended on %s\n", label, waits_for);
    else if (status == AGEN_YIELDED)
        printf("%sdone %s\n", label, g->value);
    else
        printf("%sraised %s\n", label, python_repr(status));
}

int main(void)
{
    struct g g = { AGEN_INIT(g) };

    print_step("", agen_next(&g), &g);
    print_step("", agen_abort(&g, K), &g);
    print_step("", agen_poll(&g), &g);
    print_step("", agen_abort(&g, I), &g);
    print_step("second: ", agen_next(&g), &g);
    return 0;
}
