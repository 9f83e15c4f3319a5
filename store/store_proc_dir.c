/* The directory, for the command line: get, scan, and changes all or none. */
#include "base/num.h"
#include "base/secret.h"
#include "store/store_proc_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROWS_OCTETS = 1 << 20, /* the tail of msg_dir_rows */
	SCAN_MAX = 4096,
	CHANGES_MAX = 65536
};

static void
answer_rows(struct peer *p, uint64_t id, enum err e, unsigned n, bool more,
    struct slice rows)
{
	struct msg_dir_rows m;

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = id;
	m.err = e;
	m.n = n;
	m.more = more;
	store_sent(p, msg_send_dir_rows(p->chan, &m, rows, -1));
}

static bool
is_kind(uint32_t kind)
{
	return kind >= STORE_DOMAIN && kind < STORE_KINDS;
}

/* A request about records of this kind; NULL: refused, and answered. */
static void *
ask(struct peer *p, uint32_t kind, size_t size, uint64_t req)
{
	void *q = is_kind(kind) ? store_req_new(p, size, 0, req) : NULL;

	if (q == NULL)
		answer_rows(p, req, is_kind(kind) ? ERR_RETRY : ERR_SYNTAX, 0,
		    false, SLICE_NONE);
	return q;
}

/* --- one record -------------------------------------------------------- */

struct get_req {
	struct req r;
	struct store_get op;
	uint8_t key[320];
	struct buf value;
};

static void
got(struct store_op *op, enum err e)
{
	struct get_req *q = LIST_ITEM(op, struct get_req, op.op);
	struct store_dir_row row = {
	    q->op.key, buf_slice(&q->value), q->op.version};
	struct buf rows = BUF_INIT(ROWS_OCTETS);

	if (e == ERR_OK) {
		store_rows_add(&rows, &row);
		e = rows.err != ERR_OK ? ERR_RETRY : ERR_OK;
	}
	answer_rows(q->r.peer, q->r.id, e, e == ERR_OK, false,
	    e == ERR_OK ? buf_slice(&rows) : SLICE_NONE);
	buf_wipe(&rows);
	buf_wipe(&q->value);
	store_req_end(&q->r);
}

void
store_on_dir_get(void *ctx, struct msg_dir_get *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct get_req *q;

	(void)tail;
	(void)fd;
	if ((q = ask(p, m->kind, sizeof *q, m->req)) == NULL)
		return;
	memcpy(q->key, m->key, m->key_len);
	buf_init(&q->value, STORE_VALUE_MAX);
	q->op.kind = (enum store_kind)m->kind;
	q->op.key = slice_of(q->key, m->key_len);
	q->op.value = &q->value;
	q->op.op.done = got;
	p->proc->ops->get(p->proc->st, &q->op);
}

/* --- many -------------------------------------------------------------- */

struct scan_req {
	struct req r;
	struct store_scan op;
	uint8_t key[320];
	struct buf rows;
};

static void
scanned(struct store_op *op, enum err e)
{
	struct scan_req *q = LIST_ITEM(op, struct scan_req, op.op);

	if (e == ERR_OK && q->rows.err != ERR_OK)
		e = ERR_RETRY;
	if (e == ERR_OK)
		answer_rows(q->r.peer, q->r.id, e, q->op.n, q->op.more,
		    buf_slice(&q->rows));
	else
		answer_rows(q->r.peer, q->r.id, e, 0, false, SLICE_NONE);
	buf_wipe(&q->rows);
	store_req_end(&q->r);
}

void
store_on_dir_scan(void *ctx, struct msg_dir_scan *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct scan_req *q;

	(void)tail;
	(void)fd;
	if ((q = ask(p, m->kind, sizeof *q, m->req)) == NULL)
		return;
	memcpy(q->key, m->key, m->key_len);
	buf_init(&q->rows, ROWS_OCTETS);
	q->op.kind = (enum store_kind)m->kind;
	q->op.after = slice_of(q->key, m->key_len);
	q->op.max = m->max < SCAN_MAX ? m->max : SCAN_MAX;
	q->op.rows = &q->rows;
	q->op.op.done = scanned;
	p->proc->ops->scan(p->proc->st, &q->op);
}

/* --- changes ----------------------------------------------------------- */

struct commit_req {
	struct req r;
	struct store_commit op;
	struct store_change *change;
	size_t len; /* of what lies behind the struct */
};

static bool
valid(const struct store_change *c)
{
	if (c->key.len == 0 || c->key.len > STORE_KEY_MAX)
		return false;
	return c->value.p == NULL ||
	       store_record_valid(c->kind, c->key, c->value);
}

/* Take the changes apart and look at each; *failed: the one that is wrong. */
static enum err
parse(struct slice in, struct store_change *out, unsigned n, unsigned *failed)
{
	enum err e;

	for (*failed = 0; *failed < n; ++*failed) {
		if ((e = store_changes_next(&in, &out[*failed])) != ERR_OK)
			return ERR_PROTO;
		if (!valid(&out[*failed]))
			return ERR_SYNTAX;
	}
	return in.len == 0 ? ERR_OK : ERR_PROTO;
}

static void
tell_account(struct store_proc *p, const struct store_change *c)
{
	struct store_account a;
	bool closed = c->value.p == NULL;

	if (c->key.len != 8)
		return;
	if (!closed && store_account_decode(c->value, &a) == ERR_OK)
		closed = a.state == STORE_SUSPENDED;
	store_account_changed(p, num_get_be64(c->key.p), closed);
}

/* Whoever logs in under a name that leads elsewhere now: auth must ask. */
static void
tell_name(struct store_proc *p, const struct store_change *c)
{
	struct store_name n;

	if (c->value.p != NULL && store_name_decode(c->value, &n) == ERR_OK &&
	    n.type == STORE_MAILBOX)
		store_account_changed(p, n.account, false);
}

static void
tell(struct store_proc *p, const struct store_change *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (c[i].kind == STORE_ACCOUNT)
			tell_account(p, &c[i]);
		else if (c[i].kind == STORE_NAME)
			tell_name(p, &c[i]);
}

static void
end_commit(struct commit_req *q, enum err e, unsigned failed)
{
	secret_wipe((char *)(q + 1), q->len);
	free(q->change);
	store_req_done(&q->r, e, failed);
}

/* Also when the outcome is not known: it may have been done. */
static void
committed(struct store_op *op, enum err e)
{
	struct commit_req *q = LIST_ITEM(op, struct commit_req, op.op);

	if (e == ERR_OK || e == ERR_UNKNOWN)
		tell(q->r.peer->proc, q->op.change, q->op.n);
	end_commit(q, e, q->op.failed);
}

void
store_on_dir_commit(
    void *ctx, struct msg_dir_commit *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct commit_req *q;
	unsigned failed = 0;
	enum err e;

	(void)fd;
	if (m->n > CHANGES_MAX ||
	    (q = store_req_new(p, sizeof *q, tail.len, m->req)) == NULL) {
		store_answer(
		    p, m->req, m->n > CHANGES_MAX ? ERR_LIMIT : ERR_RETRY, 0);
		return;
	}
	memcpy(q + 1, tail.p, tail.len);
	q->len = tail.len;
	q->change = calloc(m->n, sizeof *q->change);
	e = q->change == NULL
		? ERR_RETRY
		: parse(slice_of(q + 1, tail.len), q->change, m->n, &failed);
	if (e != ERR_OK) {
		end_commit(q, e, failed);
		return;
	}
	q->op.change = q->change;
	q->op.n = m->n;
	q->op.op.done = committed;
	p->proc->ops->commit(p->proc->st, &q->op);
}
