/* Wall and monotonic time, and the switch that lets tests set both. */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic uint64_t test_wall_us, test_mono_us;

static uint64_t
now_us(clockid_t id)
{
	struct timespec t = {0, 0};

	/* cannot fail for the two clocks used here */
	(void)clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t
clock_wall_us(void)
{
	uint64_t t = atomic_load_explicit(&test_wall_us, memory_order_relaxed);

	return t != 0 ? t : now_us(CLOCK_REALTIME);
}

uint64_t
clock_mono_us(void)
{
	if (atomic_load_explicit(&test_wall_us, memory_order_relaxed) != 0)
		return atomic_load_explicit(
		    &test_mono_us, memory_order_relaxed);
	return now_us(CLOCK_MONOTONIC);
}

uint64_t
clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

void
clock_set_for_test(uint64_t wall_us, uint64_t mono_us)
{
	atomic_store(&test_mono_us, mono_us);
	atomic_store(&test_wall_us, wall_us);
}
