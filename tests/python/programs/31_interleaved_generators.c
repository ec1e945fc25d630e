/*
 * Three consumers in turns, as often as their generators wait; then what Python has comprehensions
 * for: a loop with a filter, and one that fills a table.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "asyncio.h"
#include "python.h"

static char out[100];

static void append(const char *separator, const char *quote, const char *word)
{
    size_t length = strlen(out);

    snprintf(out + length, sizeof out - length, "%s%s%s%s", length > 0 ? separator : "", quote,
             word, quote);
}

struct ticker {
    AGEN_YIELDS(const char *);
    const char *name;
    int n, gap, i, j;
    char text[24];
};

AGEN(ticker, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++) {
        snprintf(self->text, sizeof self->text, "%s%d", self->name, self->i);
        AGEN_YIELD(self, self->text);
        for (self->j = 0; self->j < self->gap; self->j++)
            AGEN_PAUSE(self);
    }
    AGEN_END(self);
}

struct consume {
    AGEN_COROUTINE;
    struct ticker ticker;
};

AGEN(consume, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->ticker)
        append(" ", "", self->ticker.value);
    snprintf(self->ticker.text, sizeof self->ticker.text, "%s.", self->ticker.name);
    append(" ", "", self->ticker.text);
    AGEN_END(self);
}

struct pair {
    const char *key;
    int value;
};

struct pairs {
    AGEN_YIELDS(struct pair);
};

AGEN(pairs, self)
{
    static const struct pair first = { "k", 1 }, second = { "k", 2 };

    AGEN_BEGIN(self);
    AGEN_YIELD(self, first);
    AGEN_PAUSE(self);
    AGEN_YIELD(self, second);
    AGEN_END(self);
}

enum { MOST_PAIRS = 4 };

struct table {
    struct pair pairs[MOST_PAIRS];
    int count;
};

static void put(struct table *table, struct pair pair)
{
    int i = 0;

    while (i < table->count && strcmp(table->pairs[i].key, pair.key) != 0)
        i++;
    if (i == MOST_PAIRS)
        return;
    table->pairs[i] = pair;
    if (i == table->count)
        table->count++;
}

static void print_table(const struct table *table)
{
    int i;

    printf("{");
    for (i = 0; i < table->count; i++)
        printf("%s'%s': %d", i > 0 ? ", " : "", table->pairs[i].key, table->pairs[i].value);
    printf("}");
}

struct program {
    AGEN_COROUTINE;
    struct consume consumers[3];
    agen_task tasks[3];
    agen_group group;
    struct ticker z;
    struct pairs source;
    struct table table;
    int i;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
        for (self->i = 0; self->i < 3; self->i++)
            if (agen_group_spawn(&self->group, &self->tasks[self->i], &self->consumers[self->i])
                != AGEN_DONE)
                AGEN_RAISE(self, AGEN_E_RUNNING);
    } AGEN_END_GROUP(self);
    printf("%s\n", out);

    out[0] = '\0';
    AGEN_FOR(self, &self->z) {
        if (strcmp(self->z.value, "z1") != 0)
            append(", ", "'", self->z.value);
    }
    AGEN_FOR(self, &self->source)
        put(&self->table, self->source.value);
    printf("[%s] ", out);
    print_table(&self->table);
    printf("\n");
    AGEN_END(self);
}

int main(void)
{
    static struct program program = {
        AGEN_INIT(program),
        .consumers = {
            { AGEN_INIT(consume), .ticker = { AGEN_INIT(ticker), .name = "a", .n = 3, .gap = 1 } },
            { AGEN_INIT(consume), .ticker = { AGEN_INIT(ticker), .name = "b", .n = 3, .gap = 2 } },
            { AGEN_INIT(consume), .ticker = { AGEN_INIT(ticker), .name = "c", .n = 2, .gap = 0 } },
        },
        .z = { AGEN_INIT(ticker), .name = "z", .n = 3, .gap = 1 },
        .source = { AGEN_INIT(pairs) },
    };

    return asyncio_run(&program);
}
