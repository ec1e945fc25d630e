/* SPDX-License-Identifier: 0BSD */
#include "packet_log.h"

#include <inttypes.h>
#include <string.h>

void packet_log_init(struct packet_log *self, struct packet_source source, FILE *notes)
{
    AGEN_NEW(self, packet_log, .source = source, .notes = notes);
}

static bool any_rejected(const struct packet_log *self)
{
    unsigned verdict;

    for (verdict = PACKET_GOOD + 1; verdict < PACKET_VERDICTS; verdict++)
        if (self->rejected[verdict] > 0)
            return true;
    return false;
}

/* Ends a note with what was rejected in that place. */
static void note_rejected(struct packet_log *self)
{
    const char *separator = ": ";
    unsigned verdict;

    if (!any_rejected(self))
        fprintf(self->notes, ": nothing arrived");
    for (verdict = PACKET_GOOD + 1; verdict < PACKET_VERDICTS; verdict++) {
        if (self->rejected[verdict] == 0)
            continue;
        fprintf(self->notes, "%s%s", separator, packet_verdict_name((enum packet_verdict)verdict));
        if (self->rejected[verdict] > 1)
            fprintf(self->notes, " (%" PRIu32 " times)", self->rejected[verdict]);
        separator = ", ";
    }
    fprintf(self->notes, "\n");
    memset(self->rejected, 0, sizeof self->rejected);
}

static void note_good(struct packet_log *self, const struct packet *packet)
{
    if (packet->missing == 1)
        fprintf(self->notes, "  packet %" PRIu32, self->expected);
    else if (packet->missing > 1)
        fprintf(self->notes, "  packets %" PRIu32 " to %" PRIu32, self->expected,
                packet->sequence - 1);
    else if (any_rejected(self))
        fprintf(self->notes, "  between packets, before %" PRIu32, packet->sequence);
    if (packet->missing > 0 || any_rejected(self))
        note_rejected(self);
    self->expected = packet->sequence + 1;
}

static void note_end(struct packet_log *self)
{
    if (any_rejected(self)) {
        fprintf(self->notes, "  packet %" PRIu32 " to the end", self->expected);
        note_rejected(self);
    }
}

AGEN_EXTERN(packet_log, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, self->source.generator) {
        if (self->source.value->verdict == PACKET_GOOD)
            note_good(self, self->source.value);
        else
            self->rejected[self->source.value->verdict]++;
        AGEN_YIELD(self, *self->source.value);
    } AGEN_END_FOR(self);
    note_end(self);
    AGEN_END(self);
}
