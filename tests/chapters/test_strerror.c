/* SPDX-License-Identifier: 0BSD */
/*
 * agen_strerror: "the name of a status code; `application error` for a negative code of yours.
 * Never NULL."
 */
#include "agen.h"
#include "check.h"

static void test_names(void)
{
    static const int codes[] = {
        AGEN_DONE, AGEN_YIELDED, AGEN_PENDING, AGEN_E_EXIT, AGEN_E_CANCELLED, AGEN_E_STOP,
        AGEN_E_STOP_LEAKED, AGEN_E_RUNNING, AGEN_E_IGNORED_EXIT, AGEN_E_JUST_STARTED,
        AGEN_E_TIMEOUT, AGEN_E_BAD_STATE, AGEN_E_NO_LOOP, AGEN_E_CLOSED, AGEN_E_INCOMPLETE,
        AGEN_E_TOO_LONG, -1 /* application */, 3 /* unknown */
    };
    int count = (int)(sizeof codes / sizeof *codes), i, j;

    for (i = 0; i < count; i++) {
        CHECK(agen_strerror(codes[i]) != NULL);
        CHECK(strlen(agen_strerror(codes[i])) > 0);
        for (j = 0; j < i; j++)
            CHECK(strcmp(agen_strerror(codes[i]), agen_strerror(codes[j])) != 0);
    }
}

/* Who steps one that waits, over and over, is told what to do. */
static void test_running(void)
{
    CHECK(strstr(agen_strerror(AGEN_E_RUNNING), "agen_poll") != NULL);
}

static void test_application(void)
{
    int code;

    for (code = -1; code > AGEN_E_LAST; code--)
        CHECK_STR(agen_strerror(code), "application error");
}

/* What is no code, or one that the library keeps for later, is not the application's. */
static void test_unknown(void)
{
    static const int codes[] = { 3, 4, 100, 32767, AGEN_E_LAST, AGEN_E_LAST - 1, -32767 - 1 };
    int i;

    for (i = 0; i < (int)(sizeof codes / sizeof *codes); i++)
        CHECK_STR(agen_strerror(codes[i]), agen_strerror(3));
}

/* It can be handed what any operation answers. */
struct brief {
    AGEN_YIELDS(int);
};

AGEN(brief, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

static void test_answers(void)
{
    struct brief x = { AGEN_INIT(brief), .value = 0 };

    CHECK_STR(agen_strerror(agen_next(&x)), "yielded");
    CHECK_STR(agen_strerror(agen_throw(&x, AGEN_E_TIMEOUT)), "timed out");
    CHECK_STR(agen_strerror(agen_next(&x)), "done");
}

int main(void)
{
    test_names();
    test_running();
    test_application();
    test_unknown();
    test_answers();
    return check_result();
}
