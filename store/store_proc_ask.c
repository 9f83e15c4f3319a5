/*
 * What an operator asks and others answer: auth about bans, relay about ways
 * out, the parent about processes. Requests get a number of ours, since those
 * of two operators may be the same; an answer under a number that is not there
 * any more is normal.
 */
#include "store/store_proc_priv.h"

struct ask_req {
	struct req r;
	struct list_node node; /* on proc.forwards */
	uint64_t number;
	enum role whom;
};

static struct ask_req *
find(const struct store_proc *p, uint64_t number, enum role whom)
{
	LIST_EACH(&p->forwards, n)
	{
		struct ask_req *q = LIST_ITEM(n, struct ask_req, node);

		if (q->number == number && q->whom == whom)
			return q;
	}
	return NULL;
}

static void
end_ask(struct ask_req *q, enum err e, uint64_t value)
{
	list_remove(&q->r.peer->proc->forwards, &q->node);
	store_req_done(&q->r, e, value);
}

static struct chan *
chan_to(const struct store_proc *p, enum role whom)
{
	const struct peer *peer;

	if (whom == ROLE_PARENT)
		return p->parent;
	peer = store_peer_of(p, whom);
	return peer == NULL ? NULL : peer->chan;
}

/* No parent to ask: an operator opened the store without a server. Nobody else
 * with a parent there: it is being started again. */
void
store_ask(struct peer *p, const struct msg_control *m, enum role whom)
{
	struct chan *to = chan_to(p->proc, whom);
	struct msg_control ours = *m;
	struct ask_req *q;

	if (to == NULL) {
		store_answer(p, m->req,
		    p->proc->parent == NULL ? ERR_UNSUPPORTED : ERR_RETRY, 0);
		return;
	}
	if ((q = store_req_new(p, sizeof *q, 0, m->req)) == NULL) {
		store_answer(p, m->req, ERR_RETRY, 0);
		return;
	}
	q->number = ++p->proc->last_forward;
	q->whom = whom;
	list_push_back(&p->proc->forwards, &q->node);
	ours.req = q->number;
	if (msg_send_control(to, &ours, SLICE_NONE, -1) != ERR_OK)
		end_ask(q, ERR_RETRY, 0);
}

static void
answered(struct store_proc *p, enum role whom, const struct msg_done *m)
{
	struct ask_req *q = find(p, m->req, whom);

	if (q != NULL)
		end_ask(q, (enum err)m->err, m->value);
}

static void
row(struct store_proc *p, enum role whom, uint64_t number, struct slice s)
{
	const struct ask_req *q = find(p, number, whom);

	if (q != NULL)
		store_answer_row(q->r.peer, q->r.id, s);
}

void
store_on_asked_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	struct peer *p = ctx;

	(void)tail;
	(void)fd;
	answered(p->proc, p->role, m);
}

void
store_on_asked_row(
    void *ctx, struct msg_control_row *m, struct slice tail, int fd)
{
	struct peer *p = ctx;

	(void)fd;
	row(p->proc, p->role, m->req, tail);
}

void
store_proc_parent_done(struct store_proc *p, const struct msg_done *m)
{
	answered(p, ROLE_PARENT, m);
}

void
store_proc_parent_row(struct store_proc *p, uint64_t req, struct slice s)
{
	row(p, ROLE_PARENT, req, s);
}

void
store_asks_lost(struct store_proc *p, enum role whom)
{
	LIST_EACH_SAFE(&p->forwards, n)
	{
		struct ask_req *q = LIST_ITEM(n, struct ask_req, node);

		if (q->whom == whom)
			end_ask(q, ERR_RETRY, 0);
	}
}

void
store_asks_fini(struct peer *p)
{
	LIST_EACH_SAFE(&p->proc->forwards, n)
	{
		struct ask_req *q = LIST_ITEM(n, struct ask_req, node);

		if (q->r.peer == p)
			end_ask(q, ERR_CLOSED, 0);
	}
}
