/*
 * A message into all mailboxes that its recipients lead to, and into the queue
 * for those elsewhere, or nowhere: the body once, a row and a new total for
 * each mailbox, a record for each recipient in the queue, in one transaction. A
 * large body is written ahead in steps that nobody sees; its last piece comes
 * with the rows.
 */
#include "store/bdb/bdb_deliver.h"
#include "base/log.h"
#include "mime/mime_trace.h"
#include "proc/msg.h"
#include "store/store_row.h"

#include <stdlib.h>

enum { WHOLE_CHUNKS = 16 }; /* a report is written at once, however large */

/* store_op.state, when there is something to be kept. */
struct stage {
	struct bdb_dues dues;
	uint64_t body;       /* 0: it is not written in steps */
	unsigned next;       /* chunk; the ones before it are written */
	unsigned next_tried; /* where this attempt came to */
	uint64_t sums[];
};

static struct bdb_source
source_of(const struct store_deliver *q)
{
	return (struct bdb_source){q->head, q->fd, q->fd < 0 ? 0 : q->fd_len};
}

uint64_t
bdb_deliver_octets(const struct store_deliver *q)
{
	return q->head.len + (q->fd < 0 ? 0 : q->fd_len);
}

enum err
bdb_deliver_plan(
    struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p)
{
	struct store_getter g = bdb_getter(w);
	enum err e;

	(void)pthread_rwlock_rdlock(&w->st->conf_lock);
	e = store_plan_make(&g, &w->st->conf, w->st->srs_key, q, &p->to);
	(void)pthread_rwlock_unlock(&w->st->conf_lock);
	return e;
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

enum err
bdb_deliver_check(
    struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < p->to.dests.n && e == ERR_OK; i++) {
		struct store_dest *d = &p->to.dests.dest[i];
		struct bdb_key k = bdb_key_box(d->mailbox, &q->id);

		e = bdb_exists(w, w->st->db[BDB_BOX], &k);
		if (e == ERR_OK) {
			d->mailbox = 0;
		} else if (e == ERR_NOENT) {
			p->missing++;
			make_prefix(w, q, &p->to.rcpt[i]);
			e = p->to.report
				? ERR_OK
				: check_room(w, q, d,
				      bdb_deliver_octets(q) + w->prefix.len);
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
	row->octets = bdb_deliver_octets(q) + w->prefix.len;
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
put_rows(struct bdb_work *w, struct store_deliver *q, const struct bdb_plan *p,
    struct bdb_row *row)
{
	enum err e = ERR_OK;

	row->flags = (q->flags & MSG_DELIVER_UTF8) != 0 ? STORE_ROW_UTF8 : 0;
	row->ret = q->ret;
	row->envid = q->envid;
	q->delivered = 0;
	for (unsigned i = 0; i < p->to.dests.n && e == ERR_OK; i++) {
		if (p->to.dests.dest[i].mailbox == 0)
			continue;
		e = put_row(w, q, &p->to.dests.dest[i], &p->to.rcpt[i], row);
		q->delivered++;
	}
	return e;
}

/* All that speaks of the body. */
static enum err
put_holders(struct bdb_work *w, struct store_deliver *q,
    const struct bdb_plan *p, struct bdb_dues *dues, struct bdb_row *row)
{
	unsigned holders = p->missing + bdb_plan_queues(p);
	enum err e = put_rows(w, q, p, row);

	if (e == ERR_OK)
		e = bdb_deliver_outs(w, q, p, dues, row);
	if (e == ERR_OK)
		bdb_space_taken(w->st, bdb_deliver_octets(q));
	if (e == ERR_OK && holders > 1)
		e = bdb_ref_put(w, row->body, holders);
	return e;
}

enum err
bdb_deliver_whole(struct bdb_work *w, struct store_deliver *q,
    struct bdb_plan *p, struct bdb_dues *dues)
{
	struct bdb_source src = source_of(q);
	unsigned n = bdb_chunks(bdb_deliver_octets(q));
	uint64_t sums[WHOLE_CHUNKS];
	struct bdb_row row = {.body = 0};
	enum err e;

	if (n > WHOLE_CHUNKS)
		return ERR_TOOBIG;
	row.body = bdb_body_new(w->st);
	e = bdb_body_put(w, row.body, &src, 0, n, sums);
	if (e != ERR_OK)
		return e;
	row.sum = bdb_sum_body(sums, n, bdb_deliver_octets(q));
	return put_holders(w, q, p, dues, &row);
}

static enum err
stage_new(struct bdb_work *w, struct store_deliver *q)
{
	unsigned n = bdb_chunks(bdb_deliver_octets(q));
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
		bdb_number_encode(bdb_deliver_octets(q), value);
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
    const struct bdb_plan *p)
{
	struct bdb_source src = source_of(q);
	struct bdb_key k = bdb_key_id(s->body);
	unsigned n = bdb_chunks(bdb_deliver_octets(q));
	struct bdb_row row = {.body = s->body};
	enum err e = bdb_body_put(w, s->body, &src, s->next, n, s->sums);

	if (e == ERR_OK)
		e = bdb_del(w, w->st->db[BDB_STAGING], &k);
	if (e != ERR_OK)
		return e;
	row.sum = bdb_sum_body(s->sums, n, bdb_deliver_octets(q));
	return put_holders(w, q, p, &s->dues, &row);
}

/* Where does it go, and is there anything to be done? */
static enum err
plan(struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p)
{
	enum err e;

	if ((e = bdb_deliver_plan(w, q, p)) != ERR_OK)
		return e;
	e = bdb_deliver_check(w, q, p);
	w->idle = e == ERR_OK && p->missing == 0 && !bdb_plan_queues(p);
	return e;
}

/* The transaction that answers for the message. */
static enum err
finish(struct bdb_work *w, struct store_deliver *q, struct bdb_plan *p)
{
	struct stage *s = q->op.state;
	enum err e = bdb_deliver_receive(w, q, p);

	if (e != ERR_OK)
		return e;
	if ((w->idle = p->missing == 0 && !bdb_plan_queues(p)))
		return ERR_OK;
	if (bdb_plan_queues(p) && bdb_dues_of(&q->op, sizeof *s) == NULL)
		return ERR_RETRY;
	return s != NULL && s->body != 0
		   ? deliver_staged(w, q, s, p)
		   : bdb_deliver_whole(w, q, p, q->op.state);
}

static enum err
deliver(struct bdb_work *w, struct store_deliver *q, struct bdb_plan *p)
{
	unsigned n = bdb_chunks(bdb_deliver_octets(q));
	struct stage *s = q->op.state;
	bool staged = s != NULL && s->body != 0;
	enum err e;

	if (staged && w->attempt == 0)
		s->next = s->next_tried; /* that was committed */
	if (staged && n - s->next > BDB_STEP_CHUNKS)
		return stage_step(w, q, s);
	q->delivered = 0;
	if ((e = plan(w, q, p)) == ERR_OK && !w->idle) {
		if (staged || n <= BDB_STEP_CHUNKS)
			e = finish(w, q, p);
		else if ((e = stage_new(w, q)) == ERR_OK)
			return stage_step(w, q, q->op.state);
	}
	if (w->idle) /* delivered before: once is enough */
		q->delivered = p->to.dests.n;
	return e;
}

enum err
bdb_run_deliver(struct bdb_work *w, struct store_deliver *q)
{
	struct bdb_plan p = {.missing = 0};
	enum err e;

	if (!bdb_space_for(w->st, bdb_deliver_octets(q)))
		return ERR_FULL;
	q->queued = q->held = 0;
	e = deliver(w, q, &p);
	store_plan_fini(&p.to);
	return e;
}

void
bdb_deliver_end(struct store *st, struct store_deliver *q)
{
	const struct stage *s = q->op.state;

	store_reserve_end(&st->reserve, q->tx_owner, q->tx);
	if (s != NULL && s->body != 0) /* no effect when the rows are there */
		bdb_drop_later(st, s->body);
}
