/*
 * What is taken, and when. A take puts an attempt on record, so that what is in
 * hand when this process dies is in doubt: no more is taken than connections
 * can send soon. A destination that is known gets takes of its own, as it has
 * room; a round over all the others looks for what nobody told us of.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>

enum {
	ROUND_MIN_MS = 1000, /* between two rounds */
	ROUND_MAX_MS = 60 * 1000,
	ROUND_DESTS = 256, /* looked at in one take */
	FIRST_JOBS = 8,    /* of a destination nothing is known of */
	REPORT_JOBS = 32,
	JOBS_MIN = 16 /* in hand, however few connections there may be */
};

/* --- lanes ---------------------------------------------------------------- */

static struct relay_lane *
find(const struct relay *r, uint64_t number)
{
	struct map_node *n =
	    map_get(&r->lanes, slice_of(&number, sizeof number));

	return n == NULL ? NULL : MAP_ITEM(n, struct relay_lane, by_number);
}

static struct relay_lane *
get(struct relay *r, uint64_t number)
{
	struct relay_lane *l = find(r, number);

	if (l != NULL || (l = calloc(1, sizeof *l)) == NULL)
		return l;
	l->number = number;
	list_node_init(&l->node);
	if (map_put(&r->lanes, &l->by_number,
		slice_of(&l->number, sizeof l->number)) == ERR_OK)
		return l;
	free(l);
	return NULL;
}

static void
drop(struct relay *r, struct relay_lane *l)
{
	map_remove(&r->lanes, &l->by_number);
	list_remove(&r->hungry, &l->node);
	free(l);
}

/* Nothing to remember of it? */
static void
let_go(struct relay *r, struct relay_lane *l)
{
	if (l->jobs == 0 && l->asked == 0 && !l->more)
		drop(r, l);
}

static void
set_more(struct relay *r, struct relay_lane *l, bool more)
{
	l->more = more;
	if (!more)
		list_remove(&r->hungry, &l->node);
	else if (!list_linked(&l->node))
		list_push_back(&r->hungry, &l->node);
}

static unsigned
lane_max(const struct relay_lane *l)
{
	if (l->number == STORE_DEST_REPORT)
		return REPORT_JOBS;
	return l->dest == NULL ? FIRST_JOBS : relay_dest_room(l->dest);
}

static unsigned
lane_room(const struct relay_lane *l)
{
	unsigned max = lane_max(l), used = l->jobs + l->asked;

	return max > used ? max - used : 0;
}

void
relay_lane_less(struct relay *r, struct relay_lane *l)
{
	assert(l->jobs > 0);
	l->jobs--;
	let_go(r, l);
	relay_stir(r);
}

void
relay_lane_rest(struct relay *r, struct relay_lane *l)
{
	l->rest_ms = clock_mono_ms() + ROUND_MIN_MS;
	set_more(r, l, true); /* so that it is not forgotten before */
}

void
relay_lane_forget(struct relay *r, const struct relay_dest *d)
{
	struct relay_lane *l = find(r, d->number);

	if (l != NULL && l->dest == d)
		l->dest = NULL;
}

/* --- room ----------------------------------------------------------------- */

/* Recoded texts have a bound of their own, and may be there for long. One may
 * be twice as long as it was, and is there in both forms for a moment. */
static bool
has_memory(const struct relay *r)
{
	return r->held <= RELAY_HELD_MAX + 3 * r->recoded;
}

static unsigned
room(const struct relay *r)
{
	unsigned max = 2 * r->site->conf.outbound.connections;
	unsigned used = (unsigned)r->jobs.count + r->asked;

	if (r->phase != RELAY_OPEN || r->stopping || !has_memory(r) ||
	    queue_settle_octets(r->settle) > RELAY_SETTLE_MAX)
		return 0;
	if (max < JOBS_MIN)
		max = JOBS_MIN;
	return max > used ? max - used : 0;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* --- what a take brings --------------------------------------------------- */

struct relay_lane *
relay_lane_more(struct relay *r, uint64_t number)
{
	struct relay_lane *l = get(r, number);

	if (l != NULL)
		l->jobs++;
	return l;
}

/* The next round is at that time, unless one is before it. */
static void
plan_round(struct relay *r, uint64_t at_us)
{
	uint64_t now = clock_wall_us(), wait = ROUND_MAX_MS;

	if (at_us < now + UINT64_C(1000) * ROUND_MAX_MS)
		wait = at_us > now ? (at_us - now) / 1000 + 1 : 0;
	if (wait < ROUND_MIN_MS)
		wait = ROUND_MIN_MS;
	if (now + wait * 1000 >= r->round_at_us)
		return;
	r->round_at_us = now + wait * 1000;
	(void)net_timer_set(&r->round_timer, wait);
}

static void
took(struct store_req *sr, enum err e)
{
	struct store_take_req *q = LIST_ITEM(sr, struct store_take_req, r);
	struct relay_take *t = LIST_ITEM(q, struct relay_take, q);
	struct relay *r = t->relay;
	struct relay_lane *l = find(r, q->only);
	uint64_t now = clock_wall_us();

	r->asked -= t->asked;
	if (l != NULL)
		l->asked = 0;
	if (e == ERR_OK) {
		relay_job_rows(r, q->rows);
		l = find(r, q->only);
	}
	if (l != NULL) {
		if (e != ERR_OK)
			relay_lane_rest(r, l);
		else
			set_more(r, l, l->more || q->next_us <= now);
		let_go(r, l);
	}
	if (e == ERR_OK && q->next_us > now)
		plan_round(r, q->next_us);
	relay_stir(r);
}

static struct relay_take *
free_slot(struct relay *r)
{
	for (unsigned i = 0; i < RELAY_TAKES; i++)
		if (!r->take[i].q.r.busy)
			return &r->take[i];
	return NULL;
}

static void
ask(struct relay *r, struct relay_take *t, uint64_t only, unsigned jobs)
{
	t->asked = jobs;
	r->asked += jobs;
	t->q.now_us = clock_wall_us();
	t->q.only = only;
}

static void
take_of(struct relay *r, struct relay_lane *l, struct relay_take *t)
{
	unsigned jobs = least(lane_room(l), room(r));

	l->asked = jobs;
	set_more(r, l, false);
	ask(r, t, l->number, jobs);
	t->q.after = UINT64_MAX;
	t->q.dests_max = 1;
	t->q.per_dest = jobs;
	t->q.rows_max = RELAY_TAKE_ROWS;
	t->q.r.done = took;
	store_call_take(r->store, &t->q, NULL, 0);
}

/* A quarter of its room at least, so that a take is worth its commit. */
static bool
is_ready(const struct relay_lane *l, uint64_t now_ms)
{
	unsigned has = lane_room(l);

	return l->asked == 0 && l->rest_ms <= now_ms && has > 0 &&
	       has >= lane_max(l) / 4;
}

static void
feed(struct relay *r)
{
	uint64_t now = clock_mono_ms();

	LIST_EACH_SAFE(&r->hungry, n)
	{
		struct relay_lane *l = LIST_ITEM(n, struct relay_lane, node);
		struct relay_take *t = free_slot(r);

		if (t == NULL || room(r) == 0)
			return;
		if (is_ready(l, now))
			take_of(r, l, t);
	}
}

/* --- the round over all that is not in hand ------------------------------- */

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static unsigned
known(struct relay *r, uint64_t *skip)
{
	unsigned n = 0;
	struct map_node *m = NULL;

	while (n < STORE_CALL_SKIP_MAX && (m = map_next(&r->lanes, m)) != NULL)
		skip[n++] = MAP_ITEM(m, struct relay_lane, by_number)->number;
	qsort(skip, n, sizeof *skip, by_number);
	return n;
}

/* Lanes that got as much as was asked for have more, as far as we know. */
static void
mark_full(struct relay *r, const struct store_take_req *q)
{
	struct map_node *m = NULL;

	while ((m = map_next(&r->lanes, m)) != NULL) {
		struct relay_lane *l =
		    MAP_ITEM(m, struct relay_lane, by_number);

		if (l->jobs >= q->per_dest ||
		    (l->number == q->at && q->n >= q->rows_max))
			set_more(r, l, true);
	}
}

static void
round_ends(struct relay *r)
{
	r->round_on = false;
	r->round_after = UINT64_MAX;
	r->round_at_us = UINT64_MAX;
	plan_round(r, r->round_next_us);
}

static void
took_round(struct store_req *sr, enum err e)
{
	struct store_take_req *q = LIST_ITEM(sr, struct store_take_req, r);
	struct relay_take *t = LIST_ITEM(q, struct relay_take, q);
	struct relay *r = t->relay;

	r->asked -= t->asked;
	if (e != ERR_OK) {
		r->round_next_us = clock_wall_us();
		round_ends(r);
		return;
	}
	relay_job_rows(r, q->rows);
	mark_full(r, q);
	if (q->next_us < r->round_next_us)
		r->round_next_us = q->next_us;
	r->round_after = q->at;
	if (!q->more)
		round_ends(r);
	relay_stir(r);
}

static void
ask_round(struct relay *r)
{
	static uint64_t skip[STORE_CALL_SKIP_MAX];
	unsigned n = known(r, skip);

	ask(r, &r->round, UINT64_MAX, least(room(r), RELAY_TAKE_ROWS));
	r->round.q.rows_max = r->round.asked;
	r->round.q.after = r->round_after;
	r->round.q.dests_max = ROUND_DESTS;
	r->round.q.per_dest = FIRST_JOBS;
	r->round.q.r.done = took_round;
	store_call_take(r->store, &r->round.q, skip, n);
}

/* Lanes that are known are left out of the round: ask for them alone. */
static void
round_begins(struct relay *r)
{
	struct map_node *m = NULL;

	r->round_wanted = false;
	r->round_on = true;
	r->round_after = r->round_next_us = UINT64_MAX;
	while ((m = map_next(&r->lanes, m)) != NULL)
		set_more(r, MAP_ITEM(m, struct relay_lane, by_number), true);
}

void
relay_take_run(struct relay *r)
{
	if (r->round_wanted && !r->round_on && r->phase == RELAY_OPEN)
		round_begins(r);
	feed(r);
	if (r->round_on && !r->round.q.r.busy && room(r) > 0)
		ask_round(r);
}

static void
round_is_due(void *ctx)
{
	struct relay *r = ctx;

	r->round_at_us = UINT64_MAX;
	relay_take_all(r);
}

void
relay_take_all(struct relay *r)
{
	r->round_wanted = true;
	relay_stir(r);
}

void
relay_take_due(struct relay *r, uint64_t number, uint64_t us)
{
	struct relay_lane *l;

	if (us > clock_wall_us()) {
		plan_round(r, us);
		return;
	}
	l = find(r, number);
	if (l == NULL && number != UINT64_MAX && /* that stands for any */
	    r->lanes.count < RELAY_LANES)
		l = get(r, number);
	if (l == NULL) {
		relay_take_all(r);
		return;
	}
	set_more(r, l, true);
	relay_stir(r);
}

void
relay_take_init(struct relay *r)
{
	map_init(&r->lanes);
	list_init(&r->hungry);
	r->round_at_us = r->round_after = UINT64_MAX;
	net_timer_init(&r->round_timer, r->loop, round_is_due, r);
	for (unsigned i = 0; i < RELAY_TAKES; i++)
		r->take[i].relay = r;
	r->round.relay = r;
}

void
relay_take_fini(struct relay *r)
{
	for (unsigned i = 0; i < RELAY_TAKES; i++)
		store_req_cancel(r->store, &r->take[i].q.r);
	store_req_cancel(r->store, &r->round.q.r);
	while (!list_empty(&r->hungry))
		list_remove(&r->hungry, r->hungry.head.next);
	for (struct map_node *m; (m = map_next(&r->lanes, NULL)) != NULL;)
		drop(r, MAP_ITEM(m, struct relay_lane, by_number));
	map_fini(&r->lanes);
	net_timer_clear(&r->round_timer);
}
