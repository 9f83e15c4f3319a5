/* What an operator asks besides the directory: one function a question. */
#include "store/store_proc_priv.h"

#include <string.h>

enum {
	ROWS_OCTETS = 1 << 20, /* rows that are gathered before they are sent */
	ROW_OCTETS = 1024
};

void
store_answer_row(struct peer *p, uint64_t req, struct slice row)
{
	struct msg_control_row m = {req};

	if (p->chan != NULL)
		store_sent(p, msg_send_control_row(p->chan, &m, row, -1));
}

void
store_row_add_u64(struct buf *b, const char *key, uint64_t v)
{
	buf_addf(b, "%s=%llu", key, (unsigned long long)v);
	buf_add_char(b, '\0');
}

void
store_row_send(struct peer *p, uint64_t req, const struct buf *b)
{
	if (b->err == ERR_OK && b->len > 0)
		store_answer_row(p, req, buf_slice(b));
}

/* --- numbers ----------------------------------------------------------- */

struct new_id_req {
	struct req r;
	struct store_new_id op;
};

static void
new_id_done(struct store_op *op, enum err e)
{
	struct new_id_req *q = LIST_ITEM(op, struct new_id_req, op.op);

	store_req_done(&q->r, e, q->op.id);
}

static bool
new_id(struct peer *p, const struct msg_control *m)
{
	struct new_id_req *q = store_req_new(p, sizeof *q, 0, m->req);

	if (q == NULL)
		return false;
	q->op.op.done = new_id_done;
	p->proc->ops->new_id(p->proc->st, &q->op);
	return true;
}

/* --- totals ------------------------------------------------------------ */

struct total_req {
	struct req r;
	struct store_total op;
};

static void
total_done(struct store_op *op, enum err e)
{
	struct total_req *q = LIST_ITEM(op, struct total_req, op.op);
	struct buf b = BUF_INIT(ROW_OCTETS);

	if (e == ERR_OK) {
		store_row_add_u64(&b, "messages", q->op.count);
		store_row_add_u64(&b, "octets", q->op.octets);
		store_row_add_u64(&b, "gone_messages", q->op.gone_count);
		store_row_add_u64(&b, "gone_octets", q->op.gone_octets);
		store_row_add_u64(&b, "last_open_us", q->op.last_open_us);
		store_row_send(q->r.peer, q->r.id, &b);
	}
	buf_fini(&b);
	store_req_done(&q->r, e, 0);
}

static bool
total(struct peer *p, const struct msg_control *m)
{
	struct total_req *q = store_req_new(p, sizeof *q, 0, m->req);

	if (q == NULL)
		return false;
	q->op.mailbox = m->arg;
	q->op.op.done = total_done;
	p->proc->ops->total(p->proc->st, &q->op);
	return true;
}

/* --- the whole --------------------------------------------------------- */

struct verify_req {
	struct req r;
	struct store_verify op;
	struct buf problems; /* each ended by NUL; beyond its room: counted */
};

static void
problem(void *ctx, const char *text)
{
	struct verify_req *q = ctx;
	size_t len = strlen(text);

	len = len < ROW_OCTETS ? len : ROW_OCTETS;
	if (buf_reserve(&q->problems, len + 1) != ERR_OK)
		return;
	buf_add(&q->problems, text, len);
	buf_add_char(&q->problems, '\0');
}

static void
send_problems(struct verify_req *q)
{
	struct slice in = buf_slice(&q->problems), text;
	struct buf b = BUF_INIT(2 * ROW_OCTETS);

	while (in.len > 0) {
		slice_cut(&in, '\0', &text);
		buf_reset(&b);
		buf_add_str(&b, "problem=");
		buf_add_slice(&b, text);
		buf_add_char(&b, '\0');
		store_row_send(q->r.peer, q->r.id, &b);
	}
	buf_reset(&b);
	store_row_add_u64(&b, "messages", q->op.messages);
	store_row_add_u64(&b, "octets", q->op.octets);
	store_row_add_u64(&b, "problems", q->op.problems);
	store_row_send(q->r.peer, q->r.id, &b);
	buf_fini(&b);
}

static void
verify_done(struct store_op *op, enum err e)
{
	struct verify_req *q = LIST_ITEM(op, struct verify_req, op.op);

	if (e == ERR_OK)
		send_problems(q);
	buf_fini(&q->problems);
	store_req_done(&q->r, e, q->op.problems);
}

static bool
verify(struct peer *p, const struct msg_control *m)
{
	struct verify_req *q = store_req_new(p, sizeof *q, 0, m->req);

	if (q == NULL)
		return false;
	buf_init(&q->problems, ROWS_OCTETS);
	q->op.problem = problem;
	q->op.ctx = q;
	q->op.op.done = verify_done;
	p->proc->ops->verify(p->proc->st, &q->op);
	return true;
}

struct checkpoint_req {
	struct req r;
	struct store_op op;
};

static void
checkpoint_done(struct store_op *op, enum err e)
{
	store_req_done(&LIST_ITEM(op, struct checkpoint_req, op)->r, e, 0);
}

static bool
checkpoint(struct peer *p, const struct msg_control *m)
{
	struct checkpoint_req *q = store_req_new(p, sizeof *q, 0, m->req);

	if (q == NULL)
		return false;
	q->op.done = checkpoint_done;
	p->proc->ops->checkpoint(p->proc->st, &q->op);
	return true;
}

/* --- dispatch ---------------------------------------------------------- */

static bool
backup(struct peer *p, const struct msg_control *m)
{
	store_backup_begin(p, m->req);
	return true;
}

static bool
ask_parent(struct peer *p, const struct msg_control *m)
{
	store_ask(p, m, ROLE_PARENT);
	return true;
}

static bool
ask_auth(struct peer *p, const struct msg_control *m)
{
	store_ask(p, m, ROLE_AUTH);
	return true;
}

static bool
ask_relay(struct peer *p, const struct msg_control *m)
{
	store_ask(p, m, ROLE_RELAY);
	return true;
}

/* false: out of memory */
static bool (*const questions[CONTROL_COUNT])(
    struct peer *, const struct msg_control *) = {
    [CONTROL_STATUS] = ask_parent,
    [CONTROL_RELOAD] = ask_parent,
    [CONTROL_STOP] = ask_parent,
    [CONTROL_NEW_ID] = new_id,
    [CONTROL_TOTALS] = total,
    [CONTROL_UNDELETE] = store_ask_undelete,
    [CONTROL_GONE] = store_ask_gone,
    [CONTROL_PURGE] = store_ask_purge,
    [CONTROL_REMOVE] = store_ask_purge,
    [CONTROL_VERIFY] = verify,
    [CONTROL_BACKUP] = backup,
    [CONTROL_CHECKPOINT] = checkpoint,
    [CONTROL_BAN_LIST] = ask_auth,
    [CONTROL_BAN_LIFT] = ask_auth,
    [CONTROL_ROUTE_TEST] = ask_relay,
    [CONTROL_QUEUE_SUMMARY] = ask_relay,
};

void
store_on_control(void *ctx, struct msg_control *m, struct slice tail, int fd)
{
	struct peer *p = ctx;

	(void)tail;
	(void)fd;
	if (!questions[m->what](p, m))
		store_answer(p, m->req, ERR_RETRY, 0);
}
