#include "queue/queue_dest.h"

#include "../unit.h"

#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, MOST = 500 };

static struct queue_dests all;

static struct queue_dest *
get(const char *name, uint64_t now_ms)
{
	struct queue_dest *d = queue_dest_get(&all, slice_str(name), now_ms);

	OK(d != NULL);
	return d;
}

/* A new server in a new table */
static struct queue_dest *
fresh(void)
{
	queue_dests_init(&all, 10);
	return get("mx.a.test:25", 0);
}

/* How many connections it gets when as many as possible are wanted */
static unsigned
open_all(struct queue_dest *d, uint64_t now_ms)
{
	while (d->open < MOST && queue_dest_may_open(d, MOST, now_ms))
		queue_dest_opened(d, now_ms);
	return d->open;
}

static void
close_all(struct queue_dest *d, uint64_t now_ms)
{
	while (d->open > 0)
		queue_dest_closed(d, now_ms);
}

static void
fail_once(struct queue_dest *d, const char *why, uint64_t now_ms)
{
	queue_dest_opened(d, now_ms);
	queue_dest_failed(d, slice_str(why), UINT64_MAX, now_ms);
	queue_dest_closed(d, now_ms);
}

TEST(dest_window_opens_fast)
{
	struct queue_dest *d = fresh();
	unsigned n = open_all(d, 0);

	EQ_INT(n, QUEUE_DEST_WINDOW);
	for (unsigned i = 0; i < n; i++)
		queue_dest_worked(d, 0);
	EQ_INT(open_all(d, 0), n + 1); /* nobody used the room before */
	for (int round = 0; round < 20; round++) {
		queue_dest_worked(d, 0);
		EQ_INT(open_all(d, 0), ++n + 1);
	}
	OK(!queue_dest_may_open(d, d->open, 0));
	queue_dests_fini(&all);
}

TEST(dest_window_has_a_limit)
{
	struct queue_dest *d = fresh();

	for (int i = 0; i < 3000; i++) {
		open_all(d, 0);
		queue_dest_worked(d, 0);
	}
	EQ_INT(d->open, MOST);
	OK(d->window_x16 <= QUEUE_DEST_WINDOW_MAX * 16);
	queue_dests_fini(&all);
}

TEST(dest_window_does_not_open_unused)
{
	struct queue_dest *d = fresh();

	queue_dest_opened(d, 0);
	for (int i = 0; i < 100; i++)
		queue_dest_worked(d, 0);
	EQ_INT(open_all(d, 0), QUEUE_DEST_WINDOW);
	queue_dests_fini(&all);
}

TEST(dest_window_shrinks_when_asked)
{
	struct queue_dest *d = fresh();

	for (int i = 0; i < 16; i++) {
		open_all(d, 0);
		queue_dest_worked(d, 0);
	}
	EQ_INT(open_all(d, 0), 20);
	for (int i = 0; i < 20; i++) /* they all hear the same */
		queue_dest_slow_down(d, 10 * SECOND);
	OK(!queue_dest_may_open(d, MOST, 10 * SECOND));
	close_all(d, 10 * SECOND);
	EQ_INT(open_all(d, 10 * SECOND), 10);
	/* from now on each takes its turn before there is one more */
	for (int i = 0; i < 9; i++)
		queue_dest_worked(d, 11 * SECOND);
	EQ_INT(open_all(d, 11 * SECOND), 10);
	for (int i = 0; i < 9; i++)
		queue_dest_worked(d, 11 * SECOND);
	EQ_INT(open_all(d, 11 * SECOND), 11);
	for (uint64_t s = 20; s < 40; s++)
		queue_dest_slow_down(d, s * SECOND);
	close_all(d, 40 * SECOND);
	EQ_INT(open_all(d, 40 * SECOND), 1);
	queue_dests_fini(&all);
}

/* What was in use counts, not what would have been allowed. */
TEST(dest_window_shrinks_from_what_is_used)
{
	struct queue_dest *d = fresh();

	for (int i = 0; i < 96; i++) {
		open_all(d, 0);
		queue_dest_worked(d, 0);
	}
	close_all(d, 0);
	for (int i = 0; i < 6; i++)
		queue_dest_opened(d, 0);
	queue_dest_slow_down(d, 0);
	close_all(d, 0);
	EQ_INT(open_all(d, 0), 3);
	queue_dests_fini(&all);
}

TEST(dest_dies_and_is_probed)
{
	static const uint64_t pauses_s[] = {
	    15, 30, 60, 120, 240, 480, 600, 600};
	struct queue_dest *d = fresh();
	uint64_t now = 5 * SECOND;

	OK(!queue_dest_is_dead(d, now));
	for (size_t i = 0; i < sizeof pauses_s / sizeof *pauses_s; i++) {
		fail_once(d, "connection refused", now);
		OK(queue_dest_is_dead(d, now));
		EQ_STR(d->why, "connection refused");
		now += pauses_s[i] * SECOND - 1;
		OK(!queue_dest_may_open(d, MOST, now));
		OK(queue_dest_is_dead(d, now));
		now += 1;
		OK(!queue_dest_is_dead(d, now));
		EQ_INT(open_all(d, now), 1); /* the probe */
		OK(queue_dest_is_dead(d, now));
		close_all(d, now);
	}
	queue_dest_opened(d, now);
	queue_dest_worked(d, now);
	OK(!queue_dest_is_dead(d, now));
	EQ_STR(d->why, "");
	EQ_INT(open_all(d, now), 2);
	close_all(d, now);
	fail_once(d, "gone again", now);
	EQ_INT(d->dead_until_ms - now, 15 * SECOND);
	queue_dests_fini(&all);
}

/* One of several connections that work is refused: too many, not dead. */
TEST(dest_takes_a_single_failure_for_a_wish)
{
	struct queue_dest *d = fresh();

	EQ_INT(open_all(d, 0), 4);
	queue_dest_failed(d, SLICE("421 too many connections"), UINT64_MAX, 0);
	queue_dest_closed(d, 0);
	OK(!queue_dest_is_dead(d, 0));
	EQ_INT(d->window_x16, 2 * 16);
	queue_dest_worked(d, 0);
	EQ_INT(d->failures, 0);
	queue_dests_fini(&all);
}

/* All connections wait for the same time-out: one death, one pause. */
TEST(dest_dies_once)
{
	struct queue_dest *d = fresh();

	open_all(d, 0);
	while (d->open > 0) {
		queue_dest_failed(
		    d, SLICE("timed out"), UINT64_MAX, 300 * SECOND);
		queue_dest_closed(d, 300 * SECOND);
	}
	EQ_INT(d->pauses, 1);
	EQ_INT(d->dead_until_ms, 315 * SECOND);
	queue_dests_fini(&all);
}

TEST(dest_keeps_a_bounded_reason)
{
	char why[300];
	struct queue_dest *d = fresh();

	memset(why, 'x', sizeof why);
	memcpy(why + 198, "\xc3\xa4", 2);
	queue_dest_failed(d, slice_of(why, sizeof why), UINT64_MAX, 0);
	EQ_INT(strlen(d->why), 198);
	queue_dest_failed(d, SLICE("nul\0"), UINT64_MAX, 0);
	EQ_STR(d->why, "");
	queue_dests_fini(&all);
}

TEST(dest_is_one_for_a_name)
{
	struct queue_dest *d = fresh();

	OK(get("mx.a.test:25", 1) == d);
	OK(get("mx.a.test:26", 1) != d);
	EQ_STR(d->name, "mx.a.test:25");
	OK(queue_dest_get(&all, SLICE("nul\0"), 1) == NULL);
	queue_dests_fini(&all);
}

TEST(dest_forgets_what_is_over_the_limit)
{
	struct queue_dest *d = fresh();
	char name[20];

	queue_dest_opened(d, 0); /* this one is in use */
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "mx%d.b.test:25", i);
		get(name, (uint64_t)i);
		OK(all.by_name.count <= 10 + 1);
	}
	OK(get("mx.a.test:25", 1000) == d);
	OK(map_get(&all.by_name, SLICE("mx999.b.test:25")) != NULL);
	OK(map_get(&all.by_name, SLICE("mx10.b.test:25")) == NULL);
	queue_dests_fini(&all);
}

TEST(dest_forgets_what_is_old)
{
	struct queue_dest *d = fresh();

	fail_once(d, "dead", 0);
	get("mx.b.test:25", 1);
	get("mx.b.test:25", QUEUE_DEST_FORGET_MS - 1);
	OK(map_get(&all.by_name, SLICE("mx.a.test:25")) != NULL);
	get("mx.b.test:25", QUEUE_DEST_FORGET_MS);
	OK(map_get(&all.by_name, SLICE("mx.a.test:25")) == NULL);
	EQ_INT(all.by_name.count, 1);
	queue_dests_fini(&all);
}

/* Impatient plans: a probe goes out when mail is due again. */
TEST(dest_pauses_as_the_plan)
{
	static const uint64_t plan[] = {1, 2, 4, 60, 3600};
	static const uint64_t want[] = {1, 2, 4, 60, 240};
	struct queue_dest *d = fresh();
	uint64_t now = 0;

	for (unsigned i = 0; i < sizeof plan / sizeof plan[0]; i++) {
		queue_dest_opened(d, now);
		queue_dest_failed(d, SLICE("no"), plan[i] * SECOND, now);
		queue_dest_closed(d, now);
		now += want[i] * SECOND;
		OK(queue_dest_is_dead(d, now - 1));
		OK(!queue_dest_is_dead(d, now));
		OK(queue_dest_may_open(d, MOST, now));
		queue_dest_opened(d, now);
		OK(!queue_dest_may_open(d, MOST, now)); /* one probe */
		queue_dest_closed(d, now);
	}
	queue_dests_fini(&all);
}
