/*
 * Times are computed anew from the configuration after each attempt, so that a
 * changed plan holds for what waits already.
 */
#include "queue/queue_plan.h"

#include "store/store_rcpt.h"

enum { SPREAD = 10 }; /* a tenth */

static uint64_t
us_of(uint64_t ms)
{
	return ms > UINT64_MAX / 1000 ? UINT64_MAX : ms * 1000;
}

static uint64_t
add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Spread, so that what failed together does not come back together. */
static uint64_t
spread(uint64_t us, uint32_t random)
{
	uint64_t most = us / SPREAD;

	return add(us, most / UINT32_MAX * random +
			   most % UINT32_MAX * random / UINT32_MAX);
}

/* RFC 3461 section 4.1: without NOTIFY a sender may be told of a delay. */
static bool
wants_to_know(const struct store_envelope *env, const struct store_out *out)
{
	return env->from.len > 0 &&
	       (out->notify == 0 || (out->notify & STORE_NOTIFY_DELAY) != 0);
}

static bool
is_late(const struct conf_route *route, uint64_t since_us, uint64_t now_us)
{
	return route->delay_warning_ms > 0 &&
	       now_us >= add(since_us, us_of(route->delay_warning_ms));
}

enum queue_verdict
queue_plan(const struct conf_route *route, const struct store_envelope *env,
    const struct store_out *out, uint32_t attempts, uint64_t now_us,
    uint32_t random, uint64_t *next_us)
{
	uint64_t since = out->since_us != 0 ? out->since_us : env->made_us;
	uint64_t end = add(since, us_of(route->lifetime_ms));
	uint64_t next = add(now_us,
	    spread(us_of(conf_times_at(&route->retry, attempts)), random));

	if (now_us >= end)
		return QUEUE_GIVE_UP;
	*next_us = next < end ? next : end;
	return !out->delay_told && wants_to_know(env, out) &&
		       is_late(route, since, now_us)
		   ? QUEUE_WAIT_TELL
		   : QUEUE_WAIT;
}
