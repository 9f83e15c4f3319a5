#include "queue/queue_plan.h"

#include "../unit.h"
#include "store/store_rcpt.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define MINUTE (60 * 1000000ull)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define START (20000 * DAY)

/* The default plan of the configuration. */
static const struct conf_route route = {
    .lifetime_ms = 5 * DAY / 1000,
    .delay_warning_ms = 4 * HOUR / 1000,
    .retry = {.n = 4, .ms = {60000, 5 * 60000, 15 * 60000, 30 * 60000}}
};
static const struct store_envelope env = {
    .from = {"ann@a.test", 10},
      .made_us = START
};

static uint32_t
never_late(unsigned n)
{
	(void)n;
	return 0;
}

static uint32_t
always_late(unsigned n)
{
	(void)n;
	return UINT32_MAX;
}

static uint32_t
any(unsigned n)
{
	return n * 2654435761u;
}

/* What a life in vain looked like. */
struct history {
	unsigned attempts, notices;
	uint64_t told_us, last_us;
	uint64_t pause_us[1000]; /* behind each attempt */
};

/* Try from START on, at the very moments that are said. */
static void
live(
    const struct conf_route *r, uint32_t (*random)(unsigned), struct history *h)
{
	struct store_out out = {.since_us = START};
	uint64_t next = 0;
	enum queue_verdict v;

	*h = (struct history){.last_us = START};
	for (;;) {
		h->attempts++;
		v = queue_plan(r, &env, &out, h->attempts, h->last_us,
		    random(h->attempts), &next);
		if (v == QUEUE_GIVE_UP || h->attempts == NITEMS(h->pause_us))
			return;
		if (v == QUEUE_WAIT_TELL) {
			h->notices++;
			h->told_us = h->last_us;
			out.delay_told = true;
		}
		h->pause_us[h->attempts - 1] = next - h->last_us;
		h->last_us = next;
	}
}

TEST(plan_of_five_days)
{
	static struct history h;

	live(&route, never_late, &h);
	EQ_INT(h.pause_us[0], MINUTE);
	EQ_INT(h.pause_us[1], 5 * MINUTE);
	EQ_INT(h.pause_us[2], 15 * MINUTE);
	EQ_INT(h.pause_us[3], 30 * MINUTE);
	EQ_INT(h.pause_us[100], 30 * MINUTE);
	EQ_INT(h.attempts, 4 + 239 + 1);
	EQ_INT(h.notices, 1);
	EQ_INT(h.told_us - START, 4 * HOUR + 21 * MINUTE);
	EQ_INT(h.last_us - START, 5 * DAY);
	live(&route, always_late, &h);
	EQ_INT(h.pause_us[0], 66 * MINUTE / 60);
	EQ_INT(h.pause_us[3], 33 * MINUTE);
	EQ_INT(h.last_us - START, 5 * DAY);
}

TEST(plan_spreads_by_a_tenth)
{
	static struct history h;
	uint64_t low = UINT64_MAX, high = 0;

	live(&route, any, &h);
	EQ_INT(h.notices, 1);
	EQ_INT(h.last_us - START, 5 * DAY);
	for (unsigned i = 3; i + 2 < h.attempts; i++) {
		low = h.pause_us[i] < low ? h.pause_us[i] : low;
		high = h.pause_us[i] > high ? h.pause_us[i] : high;
	}
	OK(low >= 30 * MINUTE && low < 31 * MINUTE);
	OK(high > 32 * MINUTE && high <= 33 * MINUTE);
}

TEST(plan_of_a_route_of_its_own)
{
	struct conf_route r = route;
	static struct history h;

	r.lifetime_ms = HOUR / 1000;
	r.delay_warning_ms = 10 * MINUTE / 1000;
	r.retry.n = 1;
	r.retry.ms[0] = 7 * MINUTE / 1000;
	live(&r, never_late, &h);
	EQ_INT(h.attempts, 10); /* 0, 7 .. 56, 60 */
	EQ_INT(h.told_us - START, 14 * MINUTE);
	EQ_INT(h.last_us - START, HOUR);
	r.delay_warning_ms = 0;
	live(&r, never_late, &h);
	EQ_INT(h.notices, 0);
}

TEST(plan_tells_who_wants_to_know)
{
	static const struct {
		const char *name;
		struct slice from;
		uint32_t notify;
		bool told;
		enum queue_verdict want;
	} cases[] = {
	    {"no NOTIFY",            {"a@a.test", 8}, 0,                    false, QUEUE_WAIT_TELL},
	    {"NOTIFY=DELAY",         {"a@a.test", 8}, STORE_NOTIFY_DELAY,   false,
             QUEUE_WAIT_TELL								      },
	    {"NOTIFY=FAILURE,DELAY", {"a@a.test", 8},
             STORE_NOTIFY_FAILURE | STORE_NOTIFY_DELAY,                     false,
             QUEUE_WAIT_TELL								      },
	    {"NOTIFY=FAILURE",       {"a@a.test", 8}, STORE_NOTIFY_FAILURE, false,
             QUEUE_WAIT									   },
	    {"NOTIFY=NEVER",         {"a@a.test", 8}, STORE_NOTIFY_NEVER,   false,
             QUEUE_WAIT									   },
	    {"told",                 {"a@a.test", 8}, 0,                    true,  QUEUE_WAIT     },
	    {"null sender",          {NULL, 0},       0,                    false, QUEUE_WAIT     },
	    {"null sender, DELAY",   {NULL, 0},       STORE_NOTIFY_DELAY,   false,
             QUEUE_WAIT									   },
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct store_envelope e = env;
		struct store_out out = {.since_us = START,
		    .notify = cases[i].notify,
		    .delay_told = cases[i].told};
		uint64_t next = 0;

		unit_case(cases[i].name);
		e.from = cases[i].from;
		EQ_INT(
		    queue_plan(&route, &e, &out, 9, START + 4 * HOUR, 0, &next),
		    cases[i].want);
		EQ_INT(next, START + 4 * HOUR + 30 * MINUTE);
		EQ_INT(queue_plan(
			   &route, &e, &out, 9, START + 4 * HOUR - 1, 0, &next),
		    QUEUE_WAIT);
	}
}

/* A life begins when the recipient was queued; or, where that is not said,
 * with the message. */
TEST(plan_counts_from_the_recipient)
{
	struct store_out out = {.since_us = START + DAY};
	uint64_t next = 77;

	EQ_INT(queue_plan(&route, &env, &out, 9, START + 5 * DAY, 0, &next),
	    QUEUE_WAIT_TELL);
	out.since_us = 0;
	next = 77;
	EQ_INT(queue_plan(&route, &env, &out, 9, START + 5 * DAY, 0, &next),
	    QUEUE_GIVE_UP);
	EQ_INT(next, 77);
}

TEST(plan_bears_any_clock_and_number)
{
	struct conf_route r = route;
	struct store_out out = {.since_us = START};
	uint64_t next = 0;

	/* the clock was set back */
	EQ_INT(
	    queue_plan(&r, &env, &out, 1, START - DAY, 0, &next), QUEUE_WAIT);
	EQ_INT(next, START - DAY + MINUTE);
	r.retry.ms[3] = UINT64_MAX;
	r.lifetime_ms = UINT64_MAX;
	EQ_INT(queue_plan(&r, &env, &out, UINT32_MAX, START, UINT32_MAX, &next),
	    QUEUE_WAIT);
	OK(next == UINT64_MAX);
	r.retry.ms[3] = UINT64_MAX / 1100;
	EQ_INT(queue_plan(&r, &env, &out, 4, 0, UINT32_MAX, &next), QUEUE_WAIT);
	OK(next >= UINT64_MAX / 1100 * 1000);
}
