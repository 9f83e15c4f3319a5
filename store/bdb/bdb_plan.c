/* Where the recipients of a message lead: mailboxes, addresses elsewhere, and
 * whose sender wants to be told. */
#include "base/clock.h"
#include "proc/msg.h"
#include "store/bdb/bdb_deliver.h"

#include <stdlib.h>

#define DAY_US ((uint64_t)24 * 3600 * 1000000)

void
bdb_plan_fini(struct bdb_plan *p)
{
	store_dests_fini(&p->dests);
	free(p->rcpt);
	free(p->far);
	free(p->told);
}

/* An import names the mailbox; its quota is the account's own matter. */
static enum err
add_mailbox(struct store_dests *d, uint64_t mailbox)
{
	struct store_dest *grown;

	for (unsigned i = 0; i < d->n; i++)
		if (d->dest[i].mailbox == mailbox)
			return ERR_OK;
	if (d->n == d->cap) {
		unsigned cap = d->cap == 0 ? 4 : d->cap * 2;

		if ((grown = realloc(d->dest, cap * sizeof *grown)) == NULL)
			return ERR_RETRY;
		d->dest = grown;
		d->cap = cap;
	}
	d->dest[d->n++] = (struct store_dest){.mailbox = mailbox};
	return ERR_OK;
}

static enum err
route_one(struct bdb_work *w, const struct store_deliver *q,
    const struct store_rcpt *r, struct bdb_plan *p)
{
	struct store_getter g = bdb_getter(w);
	struct store_route_how how = {.relay = q->relay,
	    .report = p->report,
	    .from = q->from,
	    .loops = q->loops,
	    .srs_key = w->st->srs_key,
	    .day = p->now_us / DAY_US};
	enum err e;

	if (r->mailbox != 0 && (q->flags & MSG_DELIVER_IMPORT) != 0)
		return add_mailbox(&p->dests, r->mailbox);
	(void)pthread_rwlock_rdlock(&w->st->conf_lock);
	e = store_route(&g, &w->st->conf, &how, r->addr, &p->dests);
	(void)pthread_rwlock_unlock(&w->st->conf_lock);
	/* it was taken at RCPT and is gone now */
	return e == ERR_DENIED ? ERR_NOENT : e;
}

/* What is new since the last recipient is this one's. */
static enum err
assign(struct store_rcpt **of, unsigned *n, unsigned now,
    const struct store_rcpt *r)
{
	struct store_rcpt *grown;

	if (now == *n)
		return ERR_OK;
	if ((grown = realloc(*of, now * sizeof *grown)) == NULL)
		return ERR_RETRY;
	*of = grown;
	while (*n < now)
		grown[(*n)++] = *r;
	return ERR_OK;
}

static enum err
tell(struct bdb_plan *p, const struct store_rcpt *r, enum store_out_report what)
{
	struct bdb_told *grown =
	    realloc(p->told, (p->ntold + 1) * sizeof *grown);

	if (grown == NULL)
		return ERR_RETRY;
	p->told = grown;
	grown[p->ntold++] = (struct bdb_told){*r, what};
	return ERR_OK;
}

/*
 * NOTIFY=SUCCESS (RFC 3461, section 5.2.7): of a mailbox here we say that it
 * has it; of one address elsewhere the next server will; what became of a list
 * of several is said of the list, and of its members nothing.
 */
static enum err
note_success(struct bdb_plan *p, const struct store_deliver *q,
    const struct store_rcpt *r, unsigned boxes, unsigned far)
{
	if ((r->notify & STORE_NOTIFY_SUCCESS) == 0 || q->from.len == 0 ||
	    (q->flags & MSG_DELIVER_IMPORT) != 0)
		return ERR_OK;
	if (boxes + far > 1) {
		for (unsigned i = p->nfar - far; i < p->nfar; i++)
			p->far[i].notify &= ~(unsigned)STORE_NOTIFY_SUCCESS;
		return tell(p, r, STORE_REPORT_EXPANDED);
	}
	return far == 0 ? tell(p, r, STORE_REPORT_DELIVERED) : ERR_OK;
}

static enum err
plan_one(struct bdb_work *w, const struct store_deliver *q,
    const struct store_rcpt *r, struct bdb_plan *p)
{
	struct store_dests *d = &p->dests;
	unsigned boxes = d->n, far = d->nremotes;
	enum err e;

	if ((e = route_one(w, q, r, p)) != ERR_OK ||
	    (e = assign(&p->rcpt, &p->nrcpt, d->n, r)) != ERR_OK ||
	    (e = assign(&p->far, &p->nfar, d->nremotes, r)) != ERR_OK)
		return e;
	return note_success(p, q, r, d->n - boxes, d->nremotes - far);
}

enum err
bdb_plan_make(
    struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p)
{
	struct slice rest = q->rcpts;
	struct store_rcpt r;
	enum err e;

	p->now_us = clock_wall_us();
	while ((e = store_rcpt_next(&rest, &r)) == ERR_OK)
		if ((e = plan_one(w, q, &r, p)) != ERR_OK)
			return e;
	if (e != ERR_NOENT)
		return e;
	return p->dests.n + p->dests.nremotes == 0 ? ERR_NOENT : ERR_OK;
}
