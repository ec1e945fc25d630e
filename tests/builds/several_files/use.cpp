/* SPDX-License-Identifier: 0BSD */
/*
 * The same from C++, 11 and later: generators of the C file, consumed by one that is written in
 * C++.
 */
#include "gen.h"

#include "check.h"

/* Private, and not that of the C files. */
struct local {
    AGEN_YIELDS(int);
    gen source;
    int released;
};

static void release(local *self)
{
    self->released++;
}

AGEN(local, self, release)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR_CLOSING(self, &self->source) {
            AGEN_YIELD(self, self->source.value + 100);
        } AGEN_END_FOR(self);
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_cpp_over_c()
{
    local x = local();

    agen_init(&x, local);
    agen_init(&x.source, gen);
    x.source.n = 3;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 103);
    CHECK_INT(agen_throw(&x, -5), AGEN_YIELDED);
    CHECK_INT(x.value, -5);
    CHECK(agen_done(&x.source));
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(x.released, 1);
}

static void test_c_from_cpp()
{
    gen_sum x = gen_sum();

    CHECK_INT(gen_size(), static_cast<int>(sizeof(gen)));
    CHECK(gen_address() == gen_agen_);
    CHECK_INT(gen_sum_of_locals(), 3);
    agen_init(&x, gen_sum);
    agen_init(&x.gen, gen);
    x.gen.n = 3;
    x.gen.waits = true;
    gen_ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    gen_ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_INT(x.sum, 6);
}

extern "C" int use_from_cpp(void)
{
    test_cpp_over_c();
    test_c_from_cpp();
    return check_result();
}
