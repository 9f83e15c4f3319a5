/* RCPT: where an address leads, and a promise of room there; MAIL: who may send
 * as whom. */
#include "base/clock.h"
#include "store/bdb/bdb_priv.h"

#define DAY_US ((uint64_t)24 * 3600 * 1000000)

static bool
any_quota(const struct store_dests *d)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->dest[i].quota != 0)
			return true;
	return false;
}

static enum err
reserve(struct bdb_work *w, const struct store_resolve *q,
    const struct store_dests *d)
{
	struct bdb_total t;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < d->n && e == ERR_OK; i++) {
		if (d->dest[i].quota == 0)
			continue;
		e = bdb_total_get(w, d->dest[i].mailbox, 0, &t);
		if (e == ERR_OK)
			e = store_reserve_add(&w->st->reserve, q->tx_owner,
			    q->tx, d->dest[i].mailbox, q->size, t.octets,
			    d->dest[i].quota);
	}
	return e;
}

/* What stays true until the directory changes: not the way back of a rewritten
 * sender, which has its days. */
static bool
is_lasting(const struct store_dests *d)
{
	if (d->nremotes == 0)
		return !any_quota(d);
	return d->n == 0 && d->nremotes == 1 && d->remote[0].via.len == 0;
}

static void
keep(struct store_resolve *q, const struct store_dests *d, uint64_t epoch)
{
	struct bdb_found found = {d->n, d->nremotes, d->nremotes > 0};

	if (is_lasting(d) && !slice_starts_nocase(q->addr, SLICE("srs")))
		q->op.state = bdb_route_new(epoch, q->addr, &found);
}

enum err
bdb_run_resolve(struct bdb_work *w, struct store_resolve *q)
{
	struct store_getter g = bdb_getter(w);
	struct store_route_how how = {.relay = q->relay,
	    .srs_key = w->st->srs_key,
	    .day = clock_wall_us() / DAY_US};
	struct store_dests d = STORE_DESTS_INIT;
	uint64_t epoch = bdb_routes_epoch(&w->st->routes);
	enum err e;

	if (!bdb_space_for(w->st, q->size))
		return ERR_FULL;
	(void)pthread_rwlock_rdlock(&w->st->conf_lock);
	e = store_route(&g, &w->st->conf, &how, q->addr, &d);
	(void)pthread_rwlock_unlock(&w->st->conf_lock);
	if (e == ERR_OK)
		e = reserve(w, q, &d);
	q->mailboxes = d.n;
	q->remotes = d.nremotes;
	if (e == ERR_OK)
		keep(q, &d, epoch);
	store_dests_fini(&d);
	return e;
}

bool
bdb_resolve_known(struct store *st, struct store_resolve *q)
{
	const struct bdb_found *found = bdb_routes_find(&st->routes, q->addr);

	if (found == NULL || (found->relay && !q->relay))
		return false;
	q->mailboxes = found->mailboxes;
	q->remotes = found->remotes;
	return bdb_space_for(st, q->size);
}

enum err
bdb_run_sender(struct bdb_work *w, struct store_sender *q)
{
	struct store_getter g = bdb_getter(w);
	enum err e;

	(void)pthread_rwlock_rdlock(&w->st->conf_lock);
	e = store_route_sender(&g, &w->st->conf, q->account, q->addr);
	(void)pthread_rwlock_unlock(&w->st->conf_lock);
	return e;
}
