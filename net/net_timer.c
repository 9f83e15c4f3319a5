/*
 * Timers of a loop: a binary heap. Sessions put their deadline off at each
 * line they read, so that is the case made cheap: the new deadline is only
 * noted in the timer, and its place in the heap is corrected when the old one
 * comes to the top.
 */
#include "net/net_loop.h"

#include "base/clock.h"
#include "net/net_priv.h"

#include <assert.h>
#include <stdlib.h>

enum { CAP_MIN = 64 };

/* Places count from 1, so that net_timer.heap == 0 is "in no heap". */
static void
put(struct net_timers *h, size_t place, struct net_timer_slot s)
{
	h->slot[place - 1] = s;
	s.timer->heap = place;
}

static struct net_timer_slot
get(const struct net_timers *h, size_t place)
{
	return h->slot[place - 1];
}

static void
sift_up(struct net_timers *h, size_t place, struct net_timer_slot s)
{
	while (place > 1 && get(h, place / 2).key_ms > s.key_ms) {
		put(h, place, get(h, place / 2));
		place /= 2;
	}
	put(h, place, s);
}

static void
sift_down(struct net_timers *h, size_t place, struct net_timer_slot s)
{
	size_t child;

	while ((child = 2 * place) <= h->count) {
		if (child < h->count &&
		    get(h, child + 1).key_ms < get(h, child).key_ms)
			child++;
		if (get(h, child).key_ms >= s.key_ms)
			break;
		put(h, place, get(h, child));
		place = child;
	}
	put(h, place, s);
}

static bool
resize(struct net_timers *h, size_t cap)
{
	struct net_timer_slot *p = reallocarray(h->slot, cap, sizeof *p);

	if (p == NULL)
		return false;
	h->slot = p;
	h->cap = cap;
	return true;
}

static void
take_out(struct net_timers *h, struct net_timer *t)
{
	size_t place = t->heap;
	struct net_timer_slot last = get(h, h->count);

	t->heap = 0;
	h->count--;
	if (last.timer != t) {
		sift_up(h, place, last);
		sift_down(h, last.timer->heap, last);
	}
	if (h->cap > CAP_MIN && h->count < h->cap / 4)
		(void)resize(
		    h, h->cap / 2); /* what stays too big still works */
}

void
net_timer_init(
    struct net_timer *t, struct net_loop *l, void (*due)(void *ctx), void *ctx)
{
	*t = (struct net_timer){.loop = l, .due = due, .ctx = ctx};
}

enum err
net_timer_set(struct net_timer *t, uint64_t in_ms)
{
	struct net_timers *h = net_loop_timers(t->loop);
	uint64_t at;
	struct net_timer_slot s;

	if (__builtin_add_overflow(clock_mono_ms(), in_ms, &at))
		at = UINT64_MAX;
	if (at == 0)
		at = 1; /* 0 is "not set" */
	s = (struct net_timer_slot){at, t};
	if (t->heap == 0) {
		if (h->count == h->cap &&
		    !resize(h, h->cap == 0 ? CAP_MIN : h->cap * 2))
			return ERR_NOMEM;
		sift_up(h, ++h->count, s);
	} else if (at < get(h, t->heap).key_ms) {
		sift_up(h, t->heap, s);
	}
	t->at_ms = at;
	return ERR_OK;
}

void
net_timer_clear(struct net_timer *t)
{
	if (t->heap != 0)
		take_out(net_loop_timers(t->loop), t);
	t->at_ms = 0;
}

uint64_t
net_timers_first(struct net_timers *h)
{
	return h->count == 0 ? 0 : get(h, 1).key_ms;
}

void
net_timers_run(struct net_timers *h)
{
	uint64_t now;
	struct net_timer_slot s;

	if (h->count == 0)
		return;
	now = clock_mono_ms();
	/* Twice as many as there are, to correct each place and to fire: one
	 * that sets itself again for now does not keep us here for ever. */
	for (size_t left = 2 * h->count; left > 0 && h->count > 0; left--) {
		s = get(h, 1);
		if (s.key_ms > now)
			return;
		assert(s.timer->at_ms >= s.key_ms);
		if (s.timer->at_ms > s.key_ms) {
			s.key_ms = s.timer->at_ms;
			sift_down(h, 1, s);
		} else {
			net_timer_clear(s.timer);
			s.timer->due(s.timer->ctx);
		}
	}
}

void
net_timers_fini(struct net_timers *h)
{
	free(h->slot);
	*h = (struct net_timers){0};
}
