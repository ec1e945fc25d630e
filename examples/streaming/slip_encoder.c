/* SPDX-License-Identifier: 0BSD */
#include "slip_encoder.h"

#include "slip.h"

static const uint8_t end[] = { SLIP_END };
static const uint8_t escaped_end[] = { SLIP_ESC, SLIP_ESC_END };
static const uint8_t escaped_esc[] = { SLIP_ESC, SLIP_ESC_ESC };

void slip_encoder_init(struct slip_encoder *self, struct byte_source source)
{
    AGEN_NEW(self, slip_encoder, .source = source);
}

static bool is_special(uint8_t byte)
{
    return byte == SLIP_END || byte == SLIP_ESC;
}

static struct agen_chunk take(struct agen_chunk *rest, size_t size)
{
    struct agen_chunk taken = { rest->data, size };

    rest->data += size;
    rest->size -= size;
    return taken;
}

/* The next bytes up to one that needs an escape, or the escape for that. */
static struct agen_chunk next_run(struct agen_chunk *rest)
{
    size_t plain = 0;
    struct agen_chunk escape = { escaped_end, sizeof escaped_end };

    while (plain < rest->size && !is_special(rest->data[plain]))
        plain++;
    if (plain > 0)
        return take(rest, plain);
    if (*take(rest, 1).data == SLIP_ESC)
        escape.data = escaped_esc;
    return escape;
}

AGEN_EXTERN(slip_encoder, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, self->source.generator) {
        AGEN_YIELD(self, (struct agen_chunk){ end, sizeof end });
        self->rest = *self->source.value;
        while (self->rest.size > 0)
            AGEN_YIELD(self, next_run(&self->rest));
        AGEN_YIELD(self, (struct agen_chunk){ end, sizeof end });
    } AGEN_END_FOR(self);
    AGEN_END(self);
}
