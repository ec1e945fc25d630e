/*
 * What a generator costs in memory: "at most 12 bytes on a 32-bit machine, 8 on AVR, 24 on 64-bit,
 * values and locals aside", whatever the knobs. Most of it is checked by the compiler.
 */
#include "agen.h"
#include "check.h"

#define PROMISE(name, condition) typedef char name[(condition) ? 1 : -1]

struct coroutine {
    AGEN_COROUTINE;
};

struct yields_byte {
    AGEN_YIELDS(unsigned char);
};

struct yields_int {
    AGEN_YIELDS(int);
};

struct receives {
    AGEN_YIELDS_RECEIVES(int, int);
};

enum { HEAD = sizeof(void *) == 8 ? 24 : sizeof(void *) == 4 ? 12 : 8 };

PROMISE(head_is_as_small_as_promised, sizeof(agen_t) <= HEAD);
PROMISE(a_coroutine_is_a_head, sizeof(struct coroutine) == sizeof(agen_t));
PROMISE(the_value_follows_at_once, offsetof(struct yields_int, value) == sizeof(agen_t));
PROMISE(and_costs_no_more, sizeof(struct yields_int) < HEAD + sizeof(int) + sizeof(void *));
PROMISE(nor_what_is_sent, sizeof(struct receives) < HEAD + 2 * sizeof(int) + sizeof(void *));
PROMISE(the_head_is_first, offsetof(struct yields_byte, agen_) == 0);
PROMISE(a_slot_is_2_bytes, sizeof(agen_slot) == 2);

/*
 * "A knob never changes the layout of a struct": the sum of all that could differ. Each build with
 * another knob must print the same line.
 */
int main(void)
{
    printf("head %d, coroutine %d, yields byte %d, yields int %d, receives %d, value at %d\n",
           (int)sizeof(agen_t), (int)sizeof(struct coroutine), (int)sizeof(struct yields_byte),
           (int)sizeof(struct yields_int), (int)sizeof(struct receives),
           (int)offsetof(struct receives, value));
    CHECK_INT(sizeof(agen_t), HEAD);
    CHECK_INT(sizeof(struct agen_core_), HEAD);
    CHECK_INT(offsetof(struct agen_core_, base) + sizeof(struct agen_base_), HEAD);
    CHECK_INT(offsetof(struct agen_base_, state), sizeof(void *));
    CHECK_INT(offsetof(struct agen_base_, flags), sizeof(void *) + 1);
    CHECK_INT(offsetof(struct agen_base_, error), sizeof(void *) + 2);
    return check_result();
}
