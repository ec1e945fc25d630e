/* SPDX-License-Identifier: 0BSD */
#include "other.h"

AGEN_EXTERN(patience, self)
{
    AGEN_BEGIN(self);
#line 10
    AGEN_WAIT(self, self->event);
    AGEN_END(self);
}
