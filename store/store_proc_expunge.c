/* Removing messages: ids are marked in pieces, then go whole or not at all. */
#include "store/store_proc_priv.h"

struct expunge_req {
	struct req r;
	struct store_expunge op;
	struct buf ids;
};

/* What does not fit makes the expunge fail, which is where it is answered. */
void
store_on_box_mark(void *ctx, struct msg_box_mark *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct box *b = store_box_find(p, m->lease);
	size_t before;

	(void)fd;
	if (b == NULL)
		return;
	before = b->marks.len;
	if (tail.len > PEER_MARKS_MAX - p->mark_octets)
		b->marks.err = ERR_TOOBIG;
	buf_add_slice(&b->marks, tail);
	p->mark_octets += b->marks.len - before;
}

static void
expunged(struct store_op *op, enum err e)
{
	struct expunge_req *q = LIST_ITEM(op, struct expunge_req, op.op);
	struct box *b = store_box_find(q->r.peer, q->op.lease);

	if (b != NULL)
		b->expunging = false;
	buf_fini(&q->ids);
	store_req_done(&q->r, e, q->op.removed);
}

static enum err
may_expunge(const struct box *b)
{
	if (b == NULL)
		return ERR_FENCED;
	if (b->expunging)
		return ERR_BUSY;
	return b->marks.err != ERR_OK ? ERR_LIMIT : ERR_OK;
}

/* The marks move from the box to the request. */
static void
take_marks(struct peer *p, struct box *b, struct expunge_req *q)
{
	p->mark_octets -= b->marks.len;
	q->ids = b->marks;
	buf_init(&b->marks, PEER_MARKS_MAX);
	q->op.ids = (const struct mail_id *)(const void *)q->ids.p;
	q->op.n = (unsigned)(q->ids.len / MAIL_ID_LEN);
}

void
store_on_box_expunge(
    void *ctx, struct msg_box_expunge *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct box *b = store_box_find(p, m->lease);
	enum err e = may_expunge(b);
	struct expunge_req *q = NULL;

	(void)tail;
	(void)fd;
	if (e != ERR_OK || b->marks.len == 0 ||
	    (q = store_req_new(p, sizeof *q, 0, m->req)) == NULL) {
		store_answer(p, m->req,
		    e != ERR_OK || b->marks.len == 0 ? e : ERR_RETRY, 0);
		return;
	}
	take_marks(p, b, q);
	b->expunging = true;
	q->op.mailbox = b->mailbox;
	q->op.lease = b->lease;
	q->op.op.done = expunged;
	p->proc->ops->expunge(p->proc->st, &q->op);
}
