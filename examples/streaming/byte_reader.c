/* SPDX-License-Identifier: 0BSD */
#include "byte_reader.h"

void byte_reader_init(struct byte_reader *self, struct byte_source source)
{
    AGEN_NEW(self, byte_reader, .source = source);
}

AGEN_EXTERN(byte_reader, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, self->source.generator) {
        for (self->next = 0; self->next < self->source.value->size; self->next++)
            AGEN_YIELD(self, self->source.value->data[self->next]);
    } AGEN_END_FOR(self);
    AGEN_END(self);
}
