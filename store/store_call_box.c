/* Mailboxes: opened, read, expunged, closed; and the answers. */
#include "store/store_call_priv.h"

#include <assert.h>
#include <string.h>

enum { MARK_MAX = 4096 };

void
store_call_open(struct store_call *c, struct store_open_req *q,
    const struct msg_ticket *ticket)
{
	struct msg_box_open m;

	memset(&m, 0, sizeof m);
	q->lease = 0;
	if (!store_call_begin(c, &q->r, CALL_OPEN))
		return;
	m.req = q->r.id;
	m.ticket = *ticket;
	store_call_ask(c, &q->r, MSG_BOX_OPEN, &m);
}

void
store_call_close(struct store_call *c, uint64_t lease)
{
	struct msg_box_close m = {lease};

	if (c->chan != NULL)
		(void)msg_send_box_close(c->chan, &m, SLICE_NONE, -1);
}

void
store_call_on_lost(struct store_call *c, void (*lost)(void *ctx), void *ctx)
{
	c->lost = lost;
	c->lost_ctx = ctx;
}

void
store_call_read(struct store_call *c, struct store_read_req *q, uint64_t lease,
    const struct mail_id *ids, unsigned n, uint64_t offset, uint32_t max)
{
	struct msg_box_read m;

	assert(n > 0 && n <= STORE_CALL_READ_MAX);
	memset(&m, 0, sizeof m);
	q->left = n;
	if (!store_call_begin(c, &q->r, CALL_READ))
		return;
	m.req = q->r.id;
	m.lease = lease;
	m.offset = offset;
	m.max = max;
	m.n = n;
	if (c->chan == NULL)
		store_call_end_later(c, &q->r, ERR_FENCED);
	else if (msg_send_box_read(
		     c->chan, &m, slice_of(ids, n * sizeof *ids), -1) != ERR_OK)
		store_call_end_later(c, &q->r, ERR_RETRY);
}

static enum err
send_marks(
    struct store_call *c, uint64_t lease, const struct mail_id *ids, size_t n)
{
	struct msg_box_mark m = {lease, 0, 0};
	enum err e = ERR_OK;

	for (; n > 0 && e == ERR_OK; n -= m.n, ids += m.n) {
		m.n = n < MARK_MAX ? (uint32_t)n : MARK_MAX;
		e = msg_send_box_mark(
		    c->chan, &m, slice_of(ids, m.n * sizeof *ids), -1);
	}
	return e;
}

/* Marks that went out without their expunge would be taken by the next one:
 * the lease is closed, and nothing is removed. */
void
store_call_expunge(struct store_call *c, struct store_req *r, uint64_t lease,
    const struct mail_id *ids, size_t n)
{
	struct msg_box_expunge m;

	if (!store_call_begin(c, r, CALL_EXPUNGE))
		return;
	m.req = r->id;
	m.lease = lease;
	if (c->chan == NULL) {
		store_call_end_later(c, r, ERR_FENCED);
	} else if (send_marks(c, lease, ids, n) != ERR_OK ||
		   msg_send_box_expunge(c->chan, &m, SLICE_NONE, -1) !=
		       ERR_OK) {
		store_call_close(c, lease);
		store_call_end_later(c, r, ERR_RETRY);
	}
}

/* --- answers ----------------------------------------------------------- */

/* The caller may cancel the request from inside its callback. */
static bool
still(const struct store_call *c, uint64_t id, enum call_kind kind)
{
	return store_call_find(c, id, kind) != NULL;
}

void
store_call_on_rows(void *ctx, struct msg_box_rows *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = store_call_find(c, m->req, CALL_OPEN);
	struct store_open_req *q;

	(void)fd;
	if (r == NULL) {
		if (m->lease != 0)
			store_call_close(c, m->lease);
		return;
	}
	q = LIST_ITEM(r, struct store_open_req, r);
	if (m->err == ERR_OK) {
		q->lease = m->lease;
		q->rows(q, tail, m->n);
	} else {
		q->lease = 0;
	}
	if (still(c, m->req, CALL_OPEN) && (m->err != ERR_OK || m->more == 0))
		store_call_end(c, r, (enum err)m->err);
}

void
store_call_on_body(void *ctx, struct msg_body *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = store_call_find(c, m->req, CALL_READ);
	struct store_read_req *q;

	(void)fd;
	if (r == NULL) {
		store_call_on_queue_body(c, m, tail);
		return;
	}
	q = LIST_ITEM(r, struct store_read_req, r);
	q->left--;
	q->body(q, (enum err)m->err, &m->id, m->offset, m->total, tail);
	if (still(c, m->req, CALL_READ) && q->left == 0)
		store_call_end(c, r, ERR_OK);
}
