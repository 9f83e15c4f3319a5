#include "base/clock.h"

#include "../unit.h"

#include <time.h>

/* Not time(), which is up to a tick behind. */
static uint64_t
real_us(void)
{
	struct timespec t = {0, 0};

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

TEST(clock_runs)
{
	uint64_t before = real_us(), wall = clock_wall_us(), after = real_us(),
		 mono = clock_mono_us();

	OK(before <= wall && wall <= after);
	OK(clock_mono_us() >= mono);
	OK(clock_mono_ms() >= mono / 1000);
	OK(clock_mono_ms() <= clock_mono_us() / 1000);
}

TEST(clock_can_be_set)
{
	clock_set_for_test(1000000, 0);
	EQ_INT(clock_wall_us(), 1000000);
	EQ_INT(clock_mono_us(), 0);
	clock_set_for_test(5, 12345);
	EQ_INT(clock_wall_us(), 5);
	EQ_INT(clock_mono_us(), 12345);
	EQ_INT(clock_mono_ms(), 12);
	clock_set_for_test(0, 0);
	OK(clock_wall_us() > 1700000000000000);
	OK(clock_mono_us() > 0);
}
