/* finally runs exactly once, however the generator ends, and may itself yield or wait. */
#include "agen.h"

#include <stdio.h>

enum { E_BUS = -5, E_LATE = -6 };
enum how {
    FALL_OFF,
    RETURN,
    RAISE,
    LEAVE_EARLY,
    RAISE_IN_FINALLY,
    RETURN_IN_FINALLY,
    YIELD_IN_FINALLY,
    SWALLOW_EXIT
};

struct job {
    AGEN_YIELDS(int);
    enum how how;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
            if (self->how == RETURN)
                AGEN_RETURN(self);
            if (self->how == RAISE)
                AGEN_RAISE(self, E_BUS);
            if (self->how != LEAVE_EARLY)
                printf("  body end\n");
        } AGEN_EXCEPT_ANY(self) {
            printf("  any %s\n", agen_error(self) == AGEN_E_EXIT ? "exit" : "error");
            if (self->how != SWALLOW_EXIT)
                AGEN_RAISE(self, agen_error(self));
        } AGEN_FINALLY(self) {
            printf("  inner\n");
            if (self->how == RAISE_IN_FINALLY)
                AGEN_RAISE(self, E_LATE);
            if (self->how == RETURN_IN_FINALLY)
                AGEN_RETURN(self);
            if (self->how == YIELD_IN_FINALLY)
                AGEN_YIELD(self, 2);
        } AGEN_END_TRY(self);
        printf("  after inner\n");
    } AGEN_FINALLY(self) {
        printf("  outer\n");
    } AGEN_END_TRY(self);
    printf("  end\n");
    AGEN_END(self);
}

static const char *name(int status)
{
    return status == AGEN_DONE              ? "done"
         : status == AGEN_YIELDED           ? "yielded"
         : status == AGEN_E_IGNORED_EXIT    ? "ignored exit"
         : status == AGEN_E_EXIT            ? "exit"
         : status == E_BUS                  ? "bus"
         : status == E_LATE                 ? "late"
                                            : "?";
}

int main(void)
{
    static const char *const hows[] = { "fall off", "return", "raise", "leave early",
                                        "raise in finally", "return in finally",
                                        "yield in finally", "swallow exit" };
    int how;

    for (how = FALL_OFF; how <= SWALLOW_EXIT; how++) {
        struct job j = { AGEN_INIT(job), .how = (enum how)how };
        struct job k = { AGEN_INIT(job), .how = (enum how)how };

        printf("%s, next:\n", hows[how]);
        agen_next(&j);
        printf(" %s\n", name(agen_next(&j)));
        printf("%s, close:\n", hows[how]);
        agen_next(&k);
        printf(" %s\n", name(agen_close(&k)));
        printf(" %s\n", name(agen_close(&k)));
        printf(" %s\n", name(agen_next(&k)));
    }
    {
        struct job never = { AGEN_INIT(job), .how = FALL_OFF };
        printf("never started, close: %s\n", name(agen_close(&never)));
        printf("then next: %s\n", name(agen_next(&never)));
    }
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
