/*
 * What an operator asks of the queue and the trail; and queued bodies, which
 * the relay process reads, too: never more of them in memory than a slow reader
 * may cost.
 */
#include "mime/mime_addr.h"
#include "store/store_field.h"
#include "store/store_proc_priv.h"

#include <string.h>

enum {
	LIST_MAX = 10000,
	TRAILS_MAX = 1000,
	EDIT_MAX = 10000, /* keys; the tail of msg_queue_edit */
	TEXT_MAX = 500
};

/* --- records ------------------------------------------------------------ */

struct list_req {
	struct req r;
	struct store_queue_list op;
	struct buf rows;
};

static void
listed(struct store_op *op, enum err e)
{
	struct list_req *q = LIST_ITEM(op, struct list_req, op.op);
	struct peer *p = q->r.peer;
	struct msg_queue_rows m;

	memset(&m, 0, sizeof m);
	m.req = q->r.id;
	m.err = e == ERR_OK && q->rows.err != ERR_OK ? ERR_RETRY : e;
	if (m.err == ERR_OK) {
		m.n = q->op.n;
		m.more = q->op.more;
	}
	if (p->chan != NULL)
		store_sent(
		    p, msg_send_queue_rows(p->chan, &m,
			   m.err == ERR_OK ? buf_slice(&q->rows) : SLICE_NONE,
			   -1));
	buf_fini(&q->rows);
	store_req_end(&q->r);
}

static void
refuse_list(struct peer *p, uint64_t id)
{
	struct msg_queue_rows m;

	memset(&m, 0, sizeof m);
	m.req = id;
	m.err = ERR_RETRY;
	store_sent(p, msg_send_queue_rows(p->chan, &m, SLICE_NONE, -1));
}

void
store_on_queue_list(
    void *ctx, struct msg_queue_list *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct list_req *q = store_req_new(p, sizeof *q, 0, m->req);

	(void)tail;
	(void)fd;
	if (q == NULL) {
		refuse_list(p, m->req);
		return;
	}
	store_req_charge(&q->r, ROWS_OCTETS_MAX / 2);
	buf_init(&q->rows, ROWS_OCTETS_MAX);
	q->op.after.id = m->after;
	q->op.after.n = m->after_n;
	q->op.max = m->max < LIST_MAX ? m->max : LIST_MAX;
	q->op.rows = &q->rows;
	q->op.op.done = listed;
	p->proc->ops->queue_list(p->proc->st, &q->op);
}

/* --- changes ------------------------------------------------------------ */

struct edit_req {
	struct req r;
	struct store_edit op;
	struct mime_addr to; /* of a REDIRECT */
};

static void
edited(struct store_op *op, enum err e)
{
	struct edit_req *q = LIST_ITEM(op, struct edit_req, op.op);

	store_req_done(&q->r, e, q->op.done | (uint64_t)q->op.busy << 32);
}

static enum err
check_edit(const struct msg_queue_edit *m, struct slice tail)
{
	size_t keys = (size_t)m->n * STORE_OUT_KEY;
	struct slice text = slice_skip(tail, keys);
	struct mime_addr to;

	if (m->kind > STORE_EDIT_REDIRECT || m->n > EDIT_MAX ||
	    keys > tail.len || text.len > TEXT_MAX || !store_is_text(text))
		return ERR_SYNTAX;
	if (m->kind == STORE_EDIT_REDIRECT)
		return mime_addr_parse(text, &to) == ERR_OK ? ERR_OK
							    : ERR_SYNTAX;
	return m->kind == STORE_EDIT_BOUNCE || text.len == 0 ? ERR_OK
							     : ERR_SYNTAX;
}

void
store_on_queue_edit(
    void *ctx, struct msg_queue_edit *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct edit_req *q = NULL;
	struct slice copy;
	enum err e = check_edit(m, tail);

	(void)fd;
	if (e == ERR_OK &&
	    (q = store_req_new(p, sizeof *q, tail.len, m->req)) == NULL)
		e = ERR_RETRY;
	if (e != ERR_OK) {
		store_answer(p, m->req, e, 0);
		return;
	}
	memcpy(q + 1, tail.p, tail.len);
	copy = slice_of(q + 1, tail.len);
	q->op.kind = (enum store_edit_kind)m->kind;
	q->op.n = m->n;
	q->op.keys = slice_first(copy, (size_t)m->n * STORE_OUT_KEY);
	q->op.text = slice_skip(copy, q->op.keys.len);
	if (mime_addr_parse(q->op.text, &q->to) == ERR_OK &&
	    q->op.kind == STORE_EDIT_REDIRECT)
		q->op.text = mime_addr_slice(&q->to);
	q->op.op.done = edited;
	p->proc->ops->edit(p->proc->st, &q->op);
}

/* --- the trail ---------------------------------------------------------- */

struct trail_req {
	struct req r;
	struct store_trail_list op;
	struct buf rows;
	char word[sizeof(((struct msg_trail_get *)0)->word)];
};

static void
answer_trail(struct peer *p, const struct trail_req *q, uint64_t id, enum err e)
{
	struct msg_trail_rows m;
	struct slice rows = SLICE_NONE;

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = id;
	m.err = e;
	if (e == ERR_OK) {
		m.last = q->op.last;
		m.n = q->op.n;
		m.more = q->op.more;
		rows = buf_slice(&q->rows);
	}
	store_sent(p, msg_send_trail_rows(p->chan, &m, rows, -1));
}

static void
trailed(struct store_op *op, enum err e)
{
	struct trail_req *q = LIST_ITEM(op, struct trail_req, op.op);

	if (e == ERR_OK && q->rows.err != ERR_OK)
		e = ERR_RETRY;
	answer_trail(q->r.peer, q, q->r.id, e);
	buf_fini(&q->rows);
	store_req_end(&q->r);
}

void
store_on_trail_get(
    void *ctx, struct msg_trail_get *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct trail_req *q = store_req_new(p, sizeof *q, 0, m->req);

	(void)tail;
	(void)fd;
	if (q == NULL) {
		answer_trail(p, NULL, m->req, ERR_RETRY);
		return;
	}
	store_req_charge(&q->r, ROWS_OCTETS_MAX / 2);
	buf_init(&q->rows, ROWS_OCTETS_MAX);
	memcpy(q->word, m->word, m->word_len);
	q->op.by_id = m->word_len == 0;
	q->op.id = m->id;
	q->op.word = slice_of(q->word, m->word_len);
	q->op.after = m->after;
	q->op.max = m->max < TRAILS_MAX ? m->max : TRAILS_MAX;
	q->op.rows = &q->rows;
	q->op.op.done = trailed;
	p->proc->ops->trail(p->proc->st, &q->op);
}

/* --- bodies ------------------------------------------------------------- */

struct queue_read_req {
	struct req r;
	struct list_node turn; /* on peer.queue_reads while it is not asked */
	struct store_queue_read op;
	struct buf out;
};

/* An answer that fits what was asked, whatever the backend says. */
static void
answer_read(struct peer *p, const struct queue_read_req *q,
    const struct msg_queue_read *asked, enum err e)
{
	struct msg_body m;
	struct slice octets = SLICE_NONE;

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = q == NULL ? asked->req : q->r.id;
	m.id = q == NULL ? asked->id : q->op.id;
	m.err = e;
	if (e == ERR_OK) {
		m.total = q->op.total;
		m.offset = q->op.offset < m.total ? q->op.offset : m.total;
		octets = slice_first(buf_slice(&q->out), m.total - m.offset);
	}
	store_sent(p, msg_send_body(p->chan, &m, octets, -1));
}

static void
read_done(struct store_op *op, enum err e)
{
	struct queue_read_req *q = LIST_ITEM(op, struct queue_read_req, op.op);
	struct peer *p = q->r.peer;

	if (e == ERR_OK && q->out.err != ERR_OK)
		e = ERR_RETRY;
	answer_read(p, q, NULL, e);
	p->reading -= q->op.max;
	buf_fini(&q->out);
	store_queue_reads_go_on(p);
	store_reads_go_on(p);
	store_req_end(&q->r);
}

static bool
has_room(const struct peer *p, const struct queue_read_req *q)
{
	return !chan_full(p->chan) &&
	       (p->reading == 0 || p->reading + q->op.max <= READ_OCTETS_MAX);
}

void
store_queue_reads_go_on(struct peer *p)
{
	struct queue_read_req *q;

	while (p->chan != NULL && !list_empty(&p->queue_reads)) {
		q = LIST_ITEM(
		    p->queue_reads.head.next, struct queue_read_req, turn);
		if (!has_room(p, q))
			return;
		list_remove(&p->queue_reads, &q->turn);
		p->reading += q->op.max;
		buf_init(&q->out, q->op.max);
		p->proc->ops->queue_read(p->proc->st, &q->op);
	}
}

void
store_queue_reads_fini(struct peer *p)
{
	struct list_node *n;

	while ((n = list_pop_front(&p->queue_reads)) != NULL)
		store_req_end(&LIST_ITEM(n, struct queue_read_req, turn)->r);
}

void
store_on_queue_read(
    void *ctx, struct msg_queue_read *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct queue_read_req *q = store_req_new(p, sizeof *q, 0, m->req);

	(void)tail;
	(void)fd;
	if (q == NULL) {
		answer_read(p, NULL, m, ERR_RETRY);
		return;
	}
	list_node_init(&q->turn);
	q->op.id = m->id;
	q->op.offset = m->offset;
	q->op.max = m->max < READ_PIECE_MAX ? m->max : READ_PIECE_MAX;
	q->op.out = &q->out;
	q->op.op.done = read_done;
	list_push_back(&p->queue_reads, &q->turn);
	store_queue_reads_go_on(p);
}
