/*
 * The window is TCP's: it opens fast until the server first asks for less, then
 * by one connection for each time all of them have brought a message through;
 * and it is halved from what was really in use.
 */
#include "queue/queue_dest.h"

#include <stdlib.h>
#include <string.h>

enum { ONE = 16 }; /* connection, in the unit of windows */

void
queue_dests_init(struct queue_dests *d, uint32_t max)
{
	map_init(&d->by_name);
	list_init(&d->idle);
	d->max = max;
}

static struct queue_dest *
of_node(struct map_node *n)
{
	return MAP_ITEM(n, struct queue_dest, by_name);
}

void
queue_dests_fini(struct queue_dests *d)
{
	struct map_node *n = map_next(&d->by_name, NULL), *next;

	for (; n != NULL; n = next) {
		next = map_next(&d->by_name, n);
		free(of_node(n));
	}
	map_fini(&d->by_name);
	list_init(&d->idle);
}

static void
forget(struct queue_dest *d)
{
	list_remove(&d->all->idle, &d->idle);
	map_remove(&d->all->by_name, &d->by_name);
	free(d);
}

/* Two for each that comes, so that it never takes long and they get fewer. */
static void
forget_old(
    struct queue_dests *all, const struct queue_dest *but, uint64_t now_ms)
{
	for (int i = 0; i < 2 && !list_empty(&all->idle); i++) {
		struct queue_dest *d =
		    LIST_ITEM(all->idle.head.next, struct queue_dest, idle);

		if (d == but || (all->idle.count <= all->max &&
				    now_ms < d->used_ms + QUEUE_DEST_FORGET_MS))
			return;
		forget(d);
	}
}

/* To the end of the idle ones, or off them while it has connections. */
static void
used(struct queue_dest *d, uint64_t now_ms)
{
	d->used_ms = now_ms;
	list_remove(&d->all->idle, &d->idle);
	if (d->open == 0)
		list_push_back(&d->all->idle, &d->idle);
}

static struct queue_dest *
make(struct queue_dests *all, struct slice name)
{
	struct queue_dest *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->all = all;
	d->window_x16 = QUEUE_DEST_WINDOW * ONE;
	list_node_init(&d->idle);
	if (slice_to_str(name, d->name, sizeof d->name) != ERR_OK ||
	    map_put(&all->by_name, &d->by_name, slice_of(d->name, name.len)) !=
		ERR_OK) {
		free(d);
		return NULL;
	}
	return d;
}

struct queue_dest *
queue_dest_get(struct queue_dests *all, struct slice name, uint64_t now_ms)
{
	struct map_node *n = map_get(&all->by_name, name);
	struct queue_dest *d = n != NULL ? of_node(n) : make(all, name);

	if (d == NULL)
		return NULL;
	used(d, now_ms);
	forget_old(all, d, now_ms);
	return d;
}

bool
queue_dest_may_open(const struct queue_dest *d, unsigned most, uint64_t now_ms)
{
	if (d->open >= most)
		return false;
	if (d->dead_until_ms != 0)
		return d->open == 0 && now_ms >= d->dead_until_ms;
	return (d->open + 1) * ONE <= d->window_x16;
}

bool
queue_dest_is_dead(const struct queue_dest *d, uint64_t now_ms)
{
	return d->dead_until_ms != 0 &&
	       (d->open > 0 || now_ms < d->dead_until_ms);
}

void
queue_dest_opened(struct queue_dest *d, uint64_t now_ms)
{
	d->open++;
	used(d, now_ms);
}

void
queue_dest_closed(struct queue_dest *d, uint64_t now_ms)
{
	if (d->open > 0)
		d->open--;
	used(d, now_ms);
}

/* Once a second: all connections may hear of one and the same trouble. */
static void
shrink(struct queue_dest *d, uint64_t now_ms)
{
	unsigned in_use = d->open * ONE;

	if (d->slowed && now_ms < d->slowed_ms + 1000)
		return;
	if (in_use < d->window_x16)
		d->window_x16 = in_use;
	d->window_x16 = d->window_x16 > 2 * ONE ? d->window_x16 / 2 : ONE;
	d->slowed = true;
	d->slowed_ms = now_ms;
}

static uint64_t
pause_after(unsigned pauses, uint64_t most_ms)
{
	uint64_t ms = QUEUE_DEST_PAUSE_MS;

	if (most_ms > QUEUE_DEST_PAUSE_MAX_MS)
		most_ms = QUEUE_DEST_PAUSE_MAX_MS;
	while (--pauses > 0 && ms < most_ms)
		ms *= 2;
	return ms < most_ms ? ms : most_ms;
}

/* Cut between characters where it is too long. */
static void
keep_why(struct queue_dest *d, struct slice why)
{
	size_t n = why.len < sizeof d->why ? why.len : sizeof d->why - 1;

	while (n > 0 && n < why.len && ((unsigned char)why.p[n] & 0xc0) == 0x80)
		n--;
	if (slice_to_str(slice_first(why, n), d->why, sizeof d->why) != ERR_OK)
		d->why[0] = '\0';
}

/* It is dead when as many have failed in a row as there are left: connections
 * that began before it died may all be waiting for the same time-out. */
void
queue_dest_failed(
    struct queue_dest *d, struct slice why, uint64_t most_ms, uint64_t now_ms)
{
	keep_why(d, why);
	used(d, now_ms);
	if (now_ms < d->dead_until_ms)
		return;
	d->failures++;
	if (d->dead_until_ms == 0 && d->failures < d->open) {
		shrink(d, now_ms);
		return;
	}
	d->pauses++;
	d->dead_until_ms = now_ms + pause_after(d->pauses, most_ms);
	d->window_x16 = ONE;
	d->slowed = false;
}

static void
grow(struct queue_dest *d)
{
	unsigned more = d->slowed ? ONE * ONE / d->window_x16 : ONE;

	if ((d->open + 1) * ONE <= d->window_x16)
		return; /* it is not what keeps us back */
	d->window_x16 += more > 0 ? more : 1;
	if (d->window_x16 > QUEUE_DEST_WINDOW_MAX * ONE)
		d->window_x16 = QUEUE_DEST_WINDOW_MAX * ONE;
}

void
queue_dest_worked(struct queue_dest *d, uint64_t now_ms)
{
	d->failures = 0;
	d->pauses = 0;
	d->dead_until_ms = 0;
	d->why[0] = '\0';
	grow(d);
	used(d, now_ms);
}

void
queue_dest_slow_down(struct queue_dest *d, uint64_t now_ms)
{
	shrink(d, now_ms);
	used(d, now_ms);
}
