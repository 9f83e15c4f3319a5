/* What was removed from mailboxes: shown, brought back, purged. */
#include "base/log.h"
#include "base/num.h"
#include "store/store_proc_priv.h"

#include <string.h>

enum {
	ROW_OCTETS = 1024,
	GONE_MAX = 1000 /* rows in one operation */
};

/* Who changed what; reading is not worth a line. */
static void
log_done(const char *what, uint64_t mailbox, uint64_t n, enum err e)
{
	struct log_line l;

	log_begin(&l, e == ERR_OK ? LOG_INFO : LOG_WARN, what);
	log_u64(&l, "mailbox", mailbox);
	log_u64(&l, "messages", n);
	if (e != ERR_OK)
		log_err(&l, "reason", e);
	log_end(&l);
}

struct gone_req {
	struct req r;
	struct store_gone op;
	struct buf found; /* struct gone_row, since rows may come in a thread */
};
struct gone_row {
	struct mail_id id;
	uint64_t octets, gone_us;
};

static void
gone_found(
    void *ctx, const struct mail_id *id, uint64_t octets, uint64_t gone_us)
{
	struct gone_req *q = ctx;
	struct gone_row r = {*id, octets, gone_us};

	buf_add(&q->found, &r, sizeof r);
}

static void
send_gone(struct gone_req *q)
{
	struct slice in = buf_slice(&q->found);
	struct buf b = BUF_INIT(ROW_OCTETS);
	struct gone_row r;

	for (; in.len >= sizeof r; in = slice_skip(in, sizeof r)) {
		memcpy(&r, in.p, sizeof r);
		buf_reset(&b);
		buf_add_str(&b, "id=");
		buf_add_hex(&b, r.id.b, sizeof r.id.b);
		buf_add_char(&b, '\0');
		store_row_add_u64(&b, "octets", r.octets);
		store_row_add_u64(&b, "gone_us", r.gone_us);
		store_row_send(q->r.peer, q->r.id, &b);
	}
	buf_fini(&b);
}

static void
gone_done(struct store_op *op, enum err e)
{
	struct gone_req *q = LIST_ITEM(op, struct gone_req, op.op);
	struct store_proc *p = q->r.peer->proc;

	if (e == ERR_OK && q->found.err != ERR_OK)
		e = ERR_RETRY;
	if (e == ERR_OK)
		send_gone(q);
	if (e == ERR_OK && q->op.more && q->r.peer->chan != NULL) {
		buf_reset(&q->found);
		p->ops->gone(p->st, &q->op);
		return;
	}
	buf_fini(&q->found);
	store_req_done(&q->r, e, 0);
}

bool
store_ask_gone(struct peer *p, const struct msg_control *m)
{
	struct gone_req *q = store_req_new(p, sizeof *q, 0, m->req);

	if (q == NULL)
		return false;
	buf_init(&q->found, 2 * GONE_MAX * sizeof(struct gone_row));
	q->op.mailbox = m->arg;
	q->op.max = GONE_MAX;
	q->op.row = gone_found;
	q->op.ctx = q;
	q->op.op.done = gone_done;
	p->proc->ops->gone(p->proc->st, &q->op);
	return true;
}

struct undelete_req {
	struct req r;
	struct store_undelete op;
};

static void
undelete_done(struct store_op *op, enum err e)
{
	struct undelete_req *q = LIST_ITEM(op, struct undelete_req, op.op);

	log_done("undeleted", q->op.mailbox, q->op.restored, e);
	store_req_done(&q->r, e, q->op.restored);
}

bool
store_ask_undelete(struct peer *p, const struct msg_control *m)
{
	struct undelete_req *q = store_req_new(p, sizeof *q, 0, m->req);
	struct slice text = msg_text_get(&m->text);

	if (q == NULL)
		return false;
	q->op.mailbox = m->arg;
	q->op.since_us = m->arg2;
	q->op.until_us = UINT64_MAX;
	if (text.len > 0 &&
	    num_u64(text, 0, UINT64_MAX, &q->op.until_us) != ERR_OK) {
		store_req_done(&q->r, ERR_SYNTAX, 0);
		return true;
	}
	q->op.op.done = undelete_done;
	p->proc->ops->undelete(p->proc->st, &q->op);
	return true;
}

struct purge_req {
	struct req r;
	struct store_purge op;
};

static void
purge_done(struct store_op *op, enum err e)
{
	struct purge_req *q = LIST_ITEM(op, struct purge_req, op.op);

	log_done(q->op.remove ? "mailbox_removed" : "purged", q->op.mailbox,
	    q->op.purged, e);
	store_req_done(&q->r, e, q->op.purged);
}

bool
store_ask_purge(struct peer *p, const struct msg_control *m)
{
	struct purge_req *q = store_req_new(p, sizeof *q, 0, m->req);

	if (q == NULL)
		return false;
	q->op.mailbox = m->arg;
	q->op.remove = m->what == CONTROL_REMOVE;
	if (q->op.remove)
		store_mailbox_close(p->proc, m->arg);
	q->op.op.done = purge_done;
	p->proc->ops->purge(p->proc->st, &q->op);
	return true;
}
