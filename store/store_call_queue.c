/*
 * The relay process's requests. A take that nobody waits for any more has taken
 * all the same: what it brings is given back at once, or it would lie there as
 * being sent until the next restart.
 */
#include "store/store_call_queue.h"

#include "store/store_call_priv.h"

#include <string.h>

/* --- requests ----------------------------------------------------------- */

void
store_call_take(struct store_call *c, struct store_take_req *q,
    const uint64_t *skip, unsigned nskip)
{
	struct msg_queue_take m;
	enum err e = ERR_RETRY;

	memset(&m, 0, sizeof m);
	q->rows = SLICE_NONE;
	q->n = 0;
	q->more = false;
	if (!store_call_begin(c, &q->r, CALL_TAKE))
		return;
	m.req = q->r.id;
	m.now_us = q->now_us;
	m.only = q->only;
	m.after = q->after;
	m.nskip = nskip;
	m.dests_max = q->dests_max;
	m.per_dest = q->per_dest;
	m.rows_max = q->rows_max;
	if (nskip > STORE_CALL_SKIP_MAX)
		e = ERR_TOOBIG;
	else if (c->chan != NULL)
		e = msg_send_queue_take(
		    c->chan, &m, slice_of(skip, nskip * sizeof *skip), -1);
	if (e != ERR_OK)
		store_call_end_later(c, &q->r, e == ERR_TOOBIG ? e : ERR_RETRY);
}

void
store_call_doubt(struct store_call *c, struct store_value_req *q,
    uint64_t retry_us, bool hold)
{
	struct msg_queue_doubt m;

	memset(&m, 0, sizeof m);
	q->value = 0;
	if (!store_call_begin(c, &q->r, CALL_DOUBT))
		return;
	m.req = q->r.id;
	m.retry_us = retry_us;
	m.hold = hold;
	if (c->chan == NULL ||
	    msg_send_queue_doubt(c->chan, &m, SLICE_NONE, -1) != ERR_OK)
		store_call_end_later(c, &q->r, ERR_RETRY);
}

static enum err
send_settle(struct store_call *c, uint64_t id, struct slice outcomes,
    unsigned noutcomes, struct slice reports, unsigned nreports)
{
	const struct slice pieces[] = {outcomes, reports};
	struct msg_queue_settle m;

	if (outcomes.len + reports.len > STORE_CALL_TAIL_MAX)
		return ERR_TOOBIG;
	if (c->chan == NULL)
		return ERR_RETRY;
	memset(&m, 0, sizeof m);
	m.req = id;
	m.outcomes_len = (uint32_t)outcomes.len;
	m.noutcomes = noutcomes;
	m.nreports = nreports;
	return chan_sendv(
	    c->chan, MSG_QUEUE_SETTLE, &m, sizeof m, pieces, 2, -1);
}

void
store_call_settle(struct store_call *c, struct store_req *r,
    struct slice outcomes, unsigned noutcomes, struct slice reports,
    unsigned nreports)
{
	enum err e;

	if (!store_call_begin(c, r, CALL_SETTLE))
		return;
	e = send_settle(c, r->id, outcomes, noutcomes, reports, nreports);
	if (e != ERR_OK)
		store_call_end_later(c, r, e == ERR_TOOBIG ? e : ERR_RETRY);
}

void
store_call_queue_read(struct store_call *c, struct store_queue_read_req *q,
    const struct mail_id *id, uint64_t offset, uint32_t max)
{
	struct msg_queue_read m;

	memset(&m, 0, sizeof m);
	q->octets = SLICE_NONE;
	q->total = 0;
	if (!store_call_begin(c, &q->r, CALL_QUEUE_READ))
		return;
	m.req = q->r.id;
	m.id = *id;
	m.offset = offset;
	m.max = max;
	if (c->chan == NULL ||
	    msg_send_queue_read(c->chan, &m, SLICE_NONE, -1) != ERR_OK)
		store_call_end_later(c, &q->r, ERR_RETRY);
}

/* --- answers ------------------------------------------------------------ */

/* Outcomes that say nothing became of these. */
static unsigned
release_all(struct buf *out, struct slice rows)
{
	struct store_out_row row;
	unsigned n = 0;

	while (store_out_rows_next(&rows, &row) == ERR_OK) {
		struct store_outcome o = {
		    .key = row.key, .kind = STORE_OUTCOME_RELEASE};

		n += store_outcome_add(out, &o) == ERR_OK;
	}
	return n;
}

static void
give_back(struct store_call *c, struct slice rows)
{
	struct buf b = BUF_INIT(STORE_CALL_TAIL_MAX);
	unsigned n = release_all(&b, rows);

	if (n > 0) /* if it cannot be sent, the channel has ended */
		(void)send_settle(
		    c, ++c->last_id, buf_slice(&b), n, SLICE_NONE, 0);
	buf_fini(&b);
}

void
store_call_on_queue_rows(
    void *ctx, struct msg_queue_rows *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = store_call_find(c, m->req, CALL_TAKE);
	struct store_take_req *q;

	(void)fd;
	if (r == NULL) {
		give_back(c, tail);
		return;
	}
	q = LIST_ITEM(r, struct store_take_req, r);
	q->rows = tail;
	q->n = m->n;
	q->more = m->more != 0;
	q->at = m->at;
	q->next_us = m->next_us;
	store_call_end(c, r, (enum err)m->err);
}

void
store_call_on_queue_done(struct store_call *c, const struct msg_done *m)
{
	struct store_req *r = store_call_find(c, m->req, CALL_DOUBT);

	if (r != NULL)
		LIST_ITEM(r, struct store_value_req, r)->value = m->value;
	else
		r = store_call_find(c, m->req, CALL_SETTLE);
	if (r != NULL)
		store_call_end(c, r, (enum err)m->err);
}

void
store_call_on_queue_body(
    struct store_call *c, const struct msg_body *m, struct slice octets)
{
	struct store_req *r = store_call_find(c, m->req, CALL_QUEUE_READ);
	struct store_queue_read_req *q;

	if (r == NULL)
		return;
	q = LIST_ITEM(r, struct store_queue_read_req, r);
	q->octets = octets;
	q->total = m->total;
	store_call_end(c, r, (enum err)m->err);
}

/* --- what the store tells and asks ---------------------------------------- */

void
store_call_on_due(struct store_call *c,
    void (*due)(void *ctx, uint64_t dest, uint64_t us), void *ctx)
{
	c->due = due;
	c->due_ctx = ctx;
}

void
store_call_on_up(struct store_call *c, void (*up)(void *ctx), void *ctx)
{
	c->up = up;
	c->up_ctx = ctx;
}

void
store_call_on_control(struct store_call *c,
    void (*control)(void *ctx, const struct msg_control *), void *ctx)
{
	c->control = control;
	c->control_ctx = ctx;
}

void
store_call_on_queue_due(
    void *ctx, struct msg_queue_due *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;

	(void)tail;
	(void)fd;
	if (c->due != NULL)
		c->due(c->due_ctx, m->dest, m->us);
}

void
store_call_on_question(
    void *ctx, struct msg_control *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;

	(void)tail;
	(void)fd;
	if (c->control != NULL)
		c->control(c->control_ctx, m);
	else
		store_call_control_done(c, m->req, ERR_UNSUPPORTED, 0);
}

void
store_call_control_row(struct store_call *c, uint64_t req, struct slice row)
{
	struct msg_control_row m = {req};

	if (c->chan != NULL)
		(void)msg_send_control_row(c->chan, &m, row, -1);
}

void
store_call_control_done(
    struct store_call *c, uint64_t req, enum err e, uint64_t value)
{
	struct msg_done m;

	if (c->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = req;
	m.err = e;
	m.value = value;
	(void)msg_send_done(c->chan, &m, SLICE_NONE, -1);
}
