/*
 * A message into all mailboxes that its recipients lead to, or into none: the
 * body once, a row and a new total for each mailbox, in one transaction. A
 * large body is written ahead in steps that nobody sees; its last piece comes
 * with the rows.
 */
#include "base/log.h"
#include "mime/mime_trace.h"
#include "proc/msg.h"
#include "store/bdb/bdb_priv.h"
#include "store/store_rcpt.h"
#include "store/store_row.h"

#include <stdlib.h>

/* Where the message goes: mailboxes in the order of the recipients that led
 * there first. */
struct plan {
	struct store_dests dests;
	struct store_rcpt *rcpt; /* of each mailbox */
	unsigned nrcpt;
	unsigned missing; /* mailboxes that do not have it yet */
};

/* Of a body that is written in steps; store_op.state. */
struct stage {
	uint64_t body;
	unsigned next;       /* chunk; the ones before it are written */
	unsigned next_tried; /* where this attempt came to */
	uint64_t sums[];
};

static struct bdb_source
source_of(const struct store_deliver *q)
{
	return (struct bdb_source){q->head, q->fd, q->fd < 0 ? 0 : q->fd_len};
}

static uint64_t
octets_of(const struct store_deliver *q)
{
	return q->head.len + (q->fd < 0 ? 0 : q->fd_len);
}

static void
plan_fini(struct plan *p)
{
	store_dests_fini(&p->dests);
	free(p->rcpt);
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
    const struct store_rcpt *r, struct store_dests *d)
{
	struct store_getter g = bdb_getter(w);
	enum err e;

	if (r->mailbox != 0 && (q->flags & MSG_DELIVER_IMPORT) != 0)
		return add_mailbox(d, r->mailbox);
	(void)pthread_rwlock_rdlock(&w->st->conf_lock);
	e = store_route(&g, &w->st->conf, NULL, r->addr, d);
	(void)pthread_rwlock_unlock(&w->st->conf_lock);
	/* it was taken at RCPT and is gone now */
	return e == ERR_DENIED ? ERR_NOENT : e;
}

/* The mailboxes since the last recipient are this one's. */
static enum err
assign(struct plan *p, const struct store_rcpt *r)
{
	struct store_rcpt *grown;

	if (p->dests.n == p->nrcpt)
		return ERR_OK;
	grown = realloc(p->rcpt, p->dests.n * sizeof *grown);
	if (grown == NULL)
		return ERR_RETRY;
	p->rcpt = grown;
	while (p->nrcpt < p->dests.n)
		p->rcpt[p->nrcpt++] = *r;
	return ERR_OK;
}

static enum err
route(struct bdb_work *w, const struct store_deliver *q, struct plan *p)
{
	struct slice rest = q->rcpts;
	struct store_rcpt r;
	enum err e;

	while ((e = store_rcpt_next(&rest, &r)) == ERR_OK) {
		if ((e = route_one(w, q, &r, &p->dests)) != ERR_OK ||
		    (e = assign(p, &r)) != ERR_OK)
			return e;
	}
	if (e != ERR_NOENT)
		return e;
	return p->dests.n == 0 ? ERR_NOENT : ERR_OK;
}

/* Trace fields in front of this recipient's copy; an import keeps its own. */
static void
make_prefix(struct bdb_work *w, const struct store_deliver *q,
    const struct store_rcpt *r)
{
	buf_reset(&w->prefix);
	if ((q->flags & MSG_DELIVER_IMPORT) == 0)
		mime_trace_add_return_path(&w->prefix, q->from);
	if (r->addr.len > 0)
		mime_trace_add_delivered_to(&w->prefix, r->addr);
}

static enum err
check_room(struct bdb_work *w, const struct store_deliver *q,
    const struct store_dest *d, uint64_t octets)
{
	struct bdb_total t;
	uint64_t others;
	enum err e;

	if (d->quota == 0)
		return ERR_OK;
	if ((e = bdb_total_get(w, d->mailbox, DB_RMW, &t)) != ERR_OK)
		return e;
	others = store_reserve_others(
	    &w->st->reserve, q->tx_owner, q->tx, d->mailbox);
	if (t.octets > d->quota || others > d->quota - t.octets ||
	    octets > d->quota - t.octets - others)
		return ERR_QUOTA;
	return ERR_OK;
}

/* Leave out mailboxes that have the message; is there room in the others? */
static enum err
check_boxes(struct bdb_work *w, const struct store_deliver *q, struct plan *p)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < p->dests.n && e == ERR_OK; i++) {
		struct store_dest *d = &p->dests.dest[i];
		struct bdb_key k = bdb_key_box(d->mailbox, &q->id);

		e = bdb_exists(w, w->st->db[BDB_BOX], &k);
		if (e == ERR_OK) {
			d->mailbox = 0;
		} else if (e == ERR_NOENT) {
			p->missing++;
			make_prefix(w, q, &p->rcpt[i]);
			e = check_room(w, q, d, octets_of(q) + w->prefix.len);
		}
	}
	return e;
}

static enum err
add_to_total(struct bdb_work *w, uint64_t mailbox, uint64_t octets)
{
	struct bdb_total t;
	enum err e = bdb_total_get(w, mailbox, DB_RMW, &t);

	if (e != ERR_OK)
		return e;
	t.count++;
	t.octets += octets;
	return bdb_total_put(w, mailbox, &t);
}

static enum err
put_row(struct bdb_work *w, const struct store_deliver *q,
    const struct store_dest *d, const struct store_rcpt *r, struct bdb_row *row)
{
	struct bdb_key k = bdb_key_box(d->mailbox, &q->id);
	enum err e;

	make_prefix(w, q, r);
	row->prefix = buf_slice(&w->prefix);
	row->octets = octets_of(q) + w->prefix.len;
	row->notify = r->notify;
	row->uidl = r->uidl;
	row->orcpt = r->orcpt;
	buf_reset(&w->value);
	if ((e = bdb_row_encode(row, &w->value)) != ERR_OK)
		return e;
	e = bdb_put(
	    w, w->st->db[BDB_BOX], &k, buf_slice(&w->value), DB_NOOVERWRITE);
	if (e == ERR_OK)
		e = add_to_total(w, d->mailbox, row->octets);
	return e;
}

static enum err
put_rows(struct bdb_work *w, struct store_deliver *q, const struct plan *p,
    struct bdb_row *row)
{
	enum err e = ERR_OK;

	row->flags = (q->flags & MSG_DELIVER_UTF8) != 0 ? STORE_ROW_UTF8 : 0;
	row->ret = q->ret;
	row->envid = q->envid;
	q->delivered = 0;
	for (unsigned i = 0; i < p->dests.n && e == ERR_OK; i++) {
		if (p->dests.dest[i].mailbox == 0)
			continue;
		e = put_row(w, q, &p->dests.dest[i], &p->rcpt[i], row);
		q->delivered++;
	}
	if (e == ERR_OK)
		bdb_space_taken(w->st, octets_of(q));
	if (e == ERR_OK && p->missing > 1)
		e = bdb_ref_put(w, row->body, p->missing);
	return e;
}

/* The body in one piece, and the rows. */
static enum err
deliver_whole(struct bdb_work *w, struct store_deliver *q, const struct plan *p)
{
	struct bdb_source src = source_of(q);
	unsigned n = bdb_chunks(octets_of(q));
	uint64_t sums[BDB_STEP_CHUNKS];
	struct bdb_row row = {.body = bdb_body_new(w->st)};
	enum err e = bdb_body_put(w, row.body, &src, 0, n, sums);

	if (e != ERR_OK)
		return e;
	row.sum = bdb_sum_body(sums, n, octets_of(q));
	return put_rows(w, q, p, &row);
}

static enum err
stage_new(struct bdb_work *w, struct store_deliver *q)
{
	unsigned n = bdb_chunks(octets_of(q));
	struct stage *s = calloc(1, sizeof *s + n * sizeof s->sums[0]);

	if (s == NULL)
		return ERR_RETRY;
	s->body = bdb_body_new(w->st);
	q->op.state = s;
	return ERR_OK;
}

static enum err
stage_step(struct bdb_work *w, struct store_deliver *q, struct stage *s)
{
	struct bdb_source src = source_of(q);
	struct bdb_key k = bdb_key_id(s->body);
	uint8_t value[BDB_NUMBER_LEN];
	enum err e = ERR_OK;

	if (s->next == 0) {
		bdb_number_encode(octets_of(q), value);
		e = bdb_put(w, w->st->db[BDB_STAGING], &k,
		    slice_of(value, sizeof value), 0);
	}
	s->next_tried = s->next + BDB_STEP_CHUNKS;
	if (e == ERR_OK)
		e = bdb_body_put(
		    w, s->body, &src, s->next, s->next_tried, s->sums);
	w->more = true;
	return e;
}

/* The rest of the body, and the rows. */
static enum err
deliver_staged(struct bdb_work *w, struct store_deliver *q, struct stage *s,
    const struct plan *p)
{
	struct bdb_source src = source_of(q);
	struct bdb_key k = bdb_key_id(s->body);
	unsigned n = bdb_chunks(octets_of(q));
	struct bdb_row row = {.body = s->body};
	enum err e = bdb_body_put(w, s->body, &src, s->next, n, s->sums);

	if (e == ERR_OK)
		e = bdb_del(w, w->st->db[BDB_STAGING], &k);
	if (e != ERR_OK)
		return e;
	row.sum = bdb_sum_body(s->sums, n, octets_of(q));
	return put_rows(w, q, p, &row);
}

static enum err
deliver(struct bdb_work *w, struct store_deliver *q, struct plan *p)
{
	unsigned n = bdb_chunks(octets_of(q));
	struct stage *s = q->op.state;
	enum err e;

	if (s != NULL && w->attempt == 0)
		s->next = s->next_tried; /* that was committed */
	if (s != NULL && n - s->next > BDB_STEP_CHUNKS)
		return stage_step(w, q, s);
	if ((e = route(w, q, p)) != ERR_OK ||
	    (e = check_boxes(w, q, p)) != ERR_OK)
		return e;
	if (p->missing == 0) { /* delivered before: once is enough */
		q->delivered = p->dests.n;
		w->idle = true;
		return ERR_OK;
	}
	if (s != NULL)
		return deliver_staged(w, q, s, p);
	if (n <= BDB_STEP_CHUNKS)
		return deliver_whole(w, q, p);
	if ((e = stage_new(w, q)) != ERR_OK)
		return e;
	return stage_step(w, q, q->op.state);
}

enum err
bdb_run_deliver(struct bdb_work *w, struct store_deliver *q)
{
	struct plan p = {.missing = 0};
	enum err e;

	if (!bdb_space_for(w->st, octets_of(q)))
		return ERR_FULL;
	e = deliver(w, q, &p);
	plan_fini(&p);
	return e;
}

void
bdb_deliver_end(struct store *st, struct store_deliver *q)
{
	const struct stage *s = q->op.state;

	store_reserve_end(&st->reserve, q->tx_owner, q->tx);
	if (s != NULL) /* no effect when the rows are there */
		bdb_drop_later(st, s->body);
}
