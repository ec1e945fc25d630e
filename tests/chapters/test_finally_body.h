/* SPDX-License-Identifier: 0BSD */
/*
 * Three tries, each in the part of the one around it. test_finally.c includes this once for each
 * form of a try: NEST is the name, EXCEPT the macro that opens the handlers (if any), FINALLY that
 * of the finallys.
 */
struct NEST {
    AGEN_YIELDS(int);
    struct pause pause;
};

AGEN(NEST, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_TRY(self) {
                ACT(self, PART_3);
                if (acts[PART_3] == YIELD)
                    AGEN_YIELD(self, PART_3);
                if (acts[PART_3] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                END_OF(PART_3);
#ifdef EXCEPT
            } EXCEPT(self) {
                SEE_ERROR(self);
                ACT(self, HANDLER_3);
                if (acts[HANDLER_3] == YIELD)
                    AGEN_YIELD(self, HANDLER_3);
                if (acts[HANDLER_3] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                SEE_ERROR(self);
                END_OF(HANDLER_3);
#endif
#ifdef FINALLY
            } FINALLY(self) {
                SEE_ERROR(self);
                ACT(self, FINALLY_3);
                if (acts[FINALLY_3] == YIELD)
                    AGEN_YIELD(self, FINALLY_3);
                if (acts[FINALLY_3] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                SEE_ERROR(self);
                END_OF(FINALLY_3);
#endif
            } AGEN_END_TRY(self);
            ACT(self, PART_2);
            if (acts[PART_2] == YIELD)
                AGEN_YIELD(self, PART_2);
            if (acts[PART_2] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            END_OF(PART_2);
#ifdef EXCEPT
        } EXCEPT(self) {
            SEE_ERROR(self);
            ACT(self, HANDLER_2);
            if (acts[HANDLER_2] == YIELD)
                AGEN_YIELD(self, HANDLER_2);
            if (acts[HANDLER_2] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            SEE_ERROR(self);
            END_OF(HANDLER_2);
#endif
#ifdef FINALLY
        } FINALLY(self) {
            SEE_ERROR(self);
            ACT(self, FINALLY_2);
            if (acts[FINALLY_2] == YIELD)
                AGEN_YIELD(self, FINALLY_2);
            if (acts[FINALLY_2] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            SEE_ERROR(self);
            END_OF(FINALLY_2);
#endif
        } AGEN_END_TRY(self);
        ACT(self, PART_1);
        if (acts[PART_1] == YIELD)
            AGEN_YIELD(self, PART_1);
        if (acts[PART_1] == WAIT)
            AGEN_AWAIT(self, &self->pause);
        END_OF(PART_1);
#ifdef EXCEPT
    } EXCEPT(self) {
        SEE_ERROR(self);
        ACT(self, HANDLER_1);
        if (acts[HANDLER_1] == YIELD)
            AGEN_YIELD(self, HANDLER_1);
        if (acts[HANDLER_1] == WAIT)
            AGEN_AWAIT(self, &self->pause);
        SEE_ERROR(self);
        END_OF(HANDLER_1);
#endif
#ifdef FINALLY
    } FINALLY(self) {
        SEE_ERROR(self);
        ACT(self, FINALLY_1);
        if (acts[FINALLY_1] == YIELD)
            AGEN_YIELD(self, FINALLY_1);
        if (acts[FINALLY_1] == WAIT)
            AGEN_AWAIT(self, &self->pause);
        SEE_ERROR(self);
        END_OF(FINALLY_1);
#endif
    } AGEN_END_TRY(self);
    END_OF(AFTER);
    AGEN_END(self);
}

#undef NEST
#undef EXCEPT
#undef FINALLY
