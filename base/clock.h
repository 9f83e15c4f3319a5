#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
/*
 * Time, in one place so that tests can set it. Wall time is what dates and
 * message ids are made of; monotonic time is what time-outs are made of.
 */
#include <stdint.h>

/* microseconds since 1970-01-01 00:00 UTC; may jump when the clock is set */
uint64_t clock_wall_us(void);
/* milliseconds since some start; never backwards */
uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);
/* Tests: from now on return these; wall_us = 0 goes back to the real clocks. */
void clock_set_for_test(uint64_t wall_us, uint64_t mono_us);

#endif
