/* SPDX-License-Identifier: 0BSD */
#include "unpacker.h"

#include "crc32.h"
#include "packed.h"

#include <string.h>

void unpacker_init(struct unpacker *self, struct ymodem_source source)
{
    agen_init(self, unpacker);
    self->source = source;
    self->offset = self->crc = 0;
}

/* The source is at the first block. It is left open: the unpacker closes it. */
AGEN(packed_bytes, self)
{
    AGEN_BEGIN(self);
    do {
        AGEN_YIELD(self, (struct agen_chunk){ self->source.value->data + self->skip,
                                              (size_t)(self->source.value->size - self->skip) });
        self->skip = 0;
        AGEN_NEXT(self, self->source.generator);
    } while (!agen_done(self->source.generator));
    AGEN_END(self);
}

static uint32_t number(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* False: it is none. */
static bool take_header(struct unpacker *self)
{
    const struct ymodem_block *block = self->source.value;
    const uint8_t *header = block->data;

    if (block->size < PACKED_HEADER || memcmp(header, PACKED_MAGIC, PACKED_MAGIC_SIZE) != 0
        || !lzss_valid(header[PACKED_WINDOW], header[PACKED_LOOKAHEAD]))
        return false;
    self->file = *block->file;
    self->file.sized = true;
    self->file.size = number(header + PACKED_SIZE);
    self->crc_told = number(header + PACKED_CRC);
    agen_init(&self->packed, packed_bytes);
    self->packed.source = self->source;
    self->packed.skip = PACKED_HEADER;
    lzss_decoder_init(&self->decoder, BYTE_SOURCE(&self->packed), header[PACKED_WINDOW],
                      header[PACKED_LOOKAHEAD]);
    return true;
}

static struct ymodem_block next_block(struct unpacker *self)
{
    struct agen_chunk plain = self->decoder.value;
    struct ymodem_block block = { &self->file, self->offset, plain.data, (uint16_t)plain.size };

    self->offset += block.size;
    self->crc = crc32(self->crc, block.data, block.size);
    return block;
}

AGEN_EXTERN(unpacker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_NEXT(self, self->source.generator);
        if (agen_done(self->source.generator) || !take_header(self))
            AGEN_RAISE(self, UNPACKER_E_HEADER);
        AGEN_FOR_CLOSING(self, &self->decoder) {
            if (self->decoder.value.size > self->file.size - self->offset)
                AGEN_RAISE(self, UNPACKER_E_DAMAGED);
            AGEN_YIELD(self, next_block(self));
        } AGEN_END_FOR(self);
        if (self->offset != self->file.size || self->crc != self->crc_told)
            AGEN_RAISE(self, UNPACKER_E_DAMAGED);
    } AGEN_FINALLY(self) {
        AGEN_CLOSE(self, self->source.generator);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
