/* SPDX-License-Identifier: 0BSD */
/*
 * Packs an image for a board, on the host: see packed.h.
 *
 * usage: pack WINDOW LOOKAHEAD FILE PACKED; prints size and CRC-32 of the file
 */
#include "crc32.h"
#include "lzss_encoder.h"
#include "packed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_FAILED = 2 };

/* Yields what is in a file, and counts it. */
struct image {
    AGEN_YIELDS(struct agen_chunk);
    FILE *file;
    uint32_t size, crc;
    size_t count;
    uint8_t bytes[1024];
};

static bool read_bytes(struct image *self)
{
    self->count = fread(self->bytes, 1, sizeof self->bytes, self->file);
    self->size += (uint32_t)self->count;
    self->crc = crc32(self->crc, self->bytes, self->count);
    return self->count > 0;
}

AGEN(image, self)
{
    AGEN_BEGIN(self);
    while (read_bytes(self))
        AGEN_YIELD(self, (struct agen_chunk){ self->bytes, self->count });
    AGEN_END(self);
}

static void put_number(uint8_t *to, uint32_t number)
{
    unsigned i;

    for (i = 0; i < 4; i++, number >>= 8)
        to[i] = (uint8_t)number;
}

int main(int argc, char **argv)
{
    static struct image image = { AGEN_INIT(image), .file = NULL };
    static struct lzss_encoder encoder;
    uint8_t header[PACKED_HEADER] = PACKED_MAGIC;
    FILE *to;

    if (argc != 5) {
        fprintf(stderr, "usage: pack WINDOW LOOKAHEAD FILE PACKED\n");
        return STATUS_FAILED;
    }
    header[PACKED_WINDOW] = (uint8_t)atoi(argv[1]);
    header[PACKED_LOOKAHEAD] = (uint8_t)atoi(argv[2]);
    image.file = fopen(argv[3], "rb");
    to = fopen(argv[4], "wb");
    if (image.file == NULL || to == NULL) {
        perror(image.file == NULL ? argv[3] : argv[4]);
        return STATUS_FAILED;
    }
    (void)fwrite(header, 1, sizeof header, to); /* again, when all is known */
    lzss_encoder_init(&encoder, BYTE_SOURCE(&image), header[PACKED_WINDOW],
                      header[PACKED_LOOKAHEAD]);
    while (agen_next(&encoder) == AGEN_YIELDED)
        (void)fwrite(encoder.value.data, 1, encoder.value.size, to);
    put_number(header + PACKED_SIZE, image.size);
    put_number(header + PACKED_CRC, image.crc);
    rewind(to);
    (void)fwrite(header, 1, sizeof header, to);
    if (agen_close(&encoder) != AGEN_DONE || ferror(image.file) || ferror(to) || fclose(to) != 0) {
        fprintf(stderr, "pack: cannot pack %s into %s\n", argv[3], argv[4]);
        return STATUS_FAILED;
    }
    printf("%" PRIu32 " bytes, CRC-32 %08" PRIx32 "\n", image.size, image.crc);
    return 0;
}
