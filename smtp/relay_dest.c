/*
 * Domains under way: the route of each is looked up once for the jobs that come
 * together and for those that come soon after, and again after a reload.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* --- the route ------------------------------------------------------------ */

static void
drop_hops(struct relay_dest *d)
{
	while (d->nhops > 0)
		relay_hop_unref(&d->hop[--d->nhops]);
}

static bool
is_fresh(const struct relay_dest *d)
{
	uint64_t lasts_ms = d->partial ? RELAY_NO_ROUTE_MS : RELAY_ROUTE_MS;

	return d->found_ms != 0 && d->site == d->relay->site &&
	       clock_mono_ms() - d->found_ms < lasts_ms;
}

/* A server whose name leads nowhere is not one to wait for. */
static void
add_hop(struct relay_dest *d, const struct smtp_hop *from)
{
	struct relay_hop *h;

	if (from->naddrs == 0) {
		d->partial = d->partial || from->err != ERR_NOENT;
		if (from->err != ERR_NOENT)
			relay_verdict(&d->why, ERR_RETRY, "4.4.3",
			    "address of %s: %s", from->host,
			    err_text(from->err));
		return;
	}
	h = relay_hop_get(d->relay, d->site, from, &d->conf);
	if (h != NULL)
		d->hop[d->nhops++] = h;
}

static void
found(struct smtp_route_req *q)
{
	struct relay_dest *d = LIST_ITEM(q, struct relay_dest, route);

	drop_hops(d);
	d->looking = false;
	d->version++;
	d->found_ms = clock_mono_ms();
	d->partial = q->kind == SMTP_ROUTE_RETRY;
	if (q->kind == SMTP_ROUTE_OK)
		relay_verdict(&d->why, ERR_RETRY, "4.4.4",
		    "no server of %.*s can be tried", (int)d->name_len,
		    d->name);
	else
		d->why = q->verdict;
	for (unsigned i = 0; q->kind == SMTP_ROUTE_OK && i < q->nhops; i++)
		add_hop(d, &q->hop[i]);
	smtp_route_end(q);
	for (size_t left = d->waiting.count; left > 0; left--) {
		struct relay_job *j =
		    LIST_ITEM(d->waiting.head.next, struct relay_job, wait);

		relay_job_wait(j, NULL);
		relay_job_dispatch(j);
	}
}

static void
look_up(struct relay_dest *d)
{
	relay_site_unref(&d->site);
	d->site = relay_site_ref(d->relay->site);
	(void)conf_route_for(
	    &d->site->conf, slice_of(d->name, d->name_len), &d->conf);
	d->found_ms = 0;
	d->looking = true;
	d->route.done = found;
	smtp_route_get(
	    &d->site->route, &d->route, slice_of(d->name, d->name_len));
}

void
relay_dest_route(struct relay_dest *d, struct relay_job *j)
{
	/* one that is not to be sent any more needs no route */
	if (is_fresh(d) || d->relay->stopping) {
		relay_job_dispatch(j);
		return;
	}
	if (!d->looking)
		look_up(d);
	relay_job_wait(j, &d->waiting);
}

bool
relay_dest_is_dead(struct relay_dest *d)
{
	for (unsigned i = 0; i < d->nhops; i++)
		if (!relay_hop_is_dead(d->hop[i]))
			return false;
	return d->nhops > 0 && is_fresh(d);
}

/* --- life ----------------------------------------------------------------- */

static struct relay_dest *
dest_new(struct relay *r, struct slice name)
{
	struct relay_dest *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->relay = r;
	d->name_len = (uint16_t)name.len;
	memcpy(d->name, name.p, name.len);
	list_init(&d->waiting);
	list_node_init(&d->node);
	if (map_put(&r->dests, &d->by_name, slice_of(d->name, d->name_len)) !=
	    ERR_OK) {
		free(d);
		return NULL;
	}
	d->site = relay_site_ref(r->site);
	(void)conf_route_for(&d->site->conf, name, &d->conf);
	return d;
}

struct relay_dest *
relay_dest_get(struct relay *r, struct slice domain)
{
	struct map_node *n = map_get(&r->dests, domain);
	struct relay_dest *d;

	if (domain.len == 0 || domain.len > MIME_DOMAIN_MAX)
		return NULL;
	d = n != NULL ? MAP_ITEM(n, struct relay_dest, by_name)
		      : dest_new(r, domain);
	if (d == NULL)
		return NULL;
	d->jobs++;
	list_remove(&r->idle_dests, &d->node);
	return d;
}

static void
dest_free(struct relay_dest *d)
{
	struct relay *r = d->relay;

	relay_lane_forget(r, d);
	if (d->looking)
		smtp_route_end(&d->route);
	drop_hops(d);
	list_remove(&r->idle_dests, &d->node);
	map_remove(&r->dests, &d->by_name);
	relay_site_unref(&d->site);
	free(d);
}

void
relay_dest_less(struct relay_dest *d)
{
	if (--d->jobs == 0)
		list_push_back(&d->relay->idle_dests, &d->node);
}

void
relay_dest_sweep(struct relay *r, size_t keep)
{
	LIST_EACH_SAFE(&r->idle_dests, n)
	{
		struct relay_dest *d = LIST_ITEM(n, struct relay_dest, node);

		if (r->idle_dests.count > keep || !is_fresh(d))
			dest_free(d);
	}
}

/* --- how much of it may be in hand ---------------------------------------- */

/* Connections that the server in front is given now. */
static unsigned
window(struct relay_hop *h)
{
	struct queue_dest *s = relay_hop_server(h);
	unsigned n = s == NULL ? 1 : s->window_x16 / 16;

	return n < 1 ? 1 : n > h->most ? h->most : n;
}

unsigned
relay_dest_room(struct relay_dest *d)
{
	for (unsigned i = 0; i < d->nhops; i++) {
		struct relay_hop *h = d->hop[i];
		unsigned n;

		if (relay_hop_is_dead(h))
			continue;
		n = window(h);
		/* one on its way for each one that is being sent, as long as
		 * mail goes out there */
		return h->conns.count > h->opening ? 2 * n : n;
	}
	return d->nhops > 0 ? RELAY_DEAD_JOBS : d->conf.connections;
}
