/* SPDX-License-Identifier: 0BSD */
/*
 * Two tasks on an Arduino: one blinks, one counts for the serial monitor. An agen_loop must not be
 * named loop: that is the sketch's function.
 */
#include <agen.h>

struct blink {
    AGEN_COROUTINE;
    uint16_t half_period; /* milliseconds */
};

AGEN(blink, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        digitalWrite(LED_BUILTIN, HIGH);
        AGEN_SLEEP(self, self->half_period);
        digitalWrite(LED_BUILTIN, LOW);
        AGEN_SLEEP(self, self->half_period);
    }
    AGEN_END(self);
}

struct count {
    AGEN_COROUTINE;
    int seconds;
};

AGEN(count, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->seconds = 1; self->seconds <= 3; self->seconds++) {
            AGEN_SLEEP(self, 1000);
            Serial.println(self->seconds);
        }
    } AGEN_FINALLY(self) {
        Serial.println(F("counted"));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static agen_ticks milliseconds()
{
    return (agen_ticks)millis();
}

static agen_loop tasks;
static agen_task blink_task, count_task;
static blink led;
static count counter;

void setup()
{
    Serial.begin(115200);
    pinMode(LED_BUILTIN, OUTPUT);
    agen_loop_init(&tasks, milliseconds);
    agen_init(&led, blink);
    led.half_period = 250;
    agen_init(&counter, count);
    if (agen_spawn(&tasks, &blink_task, &led) < 0 || agen_spawn(&tasks, &count_task, &counter) < 0)
        Serial.println(F("spawn failed"));
}

void loop()
{
    agen_loop_poll(&tasks);
}
