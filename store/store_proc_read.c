/*
 * Bodies out: many at once, in order within a request, and never more of them
 * in memory than a slow reader may cost. What a channel has in flight is
 * bounded in octets, from asking the backend until the answer is in the
 * channel; requests take turns, so that a long one holds nobody up.
 */
#include "store/store_proc_priv.h"

#include <string.h>

struct read_job;

struct read_slot { /* one message of a request */
	struct store_read op;
	struct read_job *job;
	struct buf out;
	enum err err;
	bool done;
};

struct read_job {
	struct req r;
	struct list_node turn; /* on peer.reads while not all is asked for */
	uint64_t lease, mailbox, offset;
	uint32_t max;
	unsigned n, asked, sent;
	struct read_slot slot[];
};

/* An answer that fits what was asked, whatever the backend says. */
static void
send_body(struct peer *p, const struct read_job *j, struct read_slot *s)
{
	struct msg_body m;
	struct slice octets = buf_slice(&s->out);

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = j->r.id;
	m.id = s->op.id;
	m.err = s->err;
	if (s->err == ERR_OK) {
		m.total = s->op.total;
		m.offset = j->offset < m.total ? j->offset : m.total;
		octets = slice_first(octets, m.total - m.offset);
	} else {
		octets = SLICE_NONE;
	}
	store_sent(p, msg_send_body(p->chan, &m, octets, -1));
}

/* Send what is ready in order; the last one ends the request. */
static void
flush(struct read_job *j)
{
	struct peer *p = j->r.peer;

	while (j->sent < j->n && j->slot[j->sent].done) {
		send_body(p, j, &j->slot[j->sent]);
		buf_fini(&j->slot[j->sent].out);
		p->reading -= j->max;
		j->sent++;
	}
}

static void
read_done(struct store_op *op, enum err e)
{
	struct read_slot *s = LIST_ITEM(op, struct read_slot, op.op);
	struct read_job *j = s->job;
	struct peer *p = j->r.peer;
	bool over;

	s->done = true;
	s->err = e == ERR_OK && s->out.err != ERR_OK ? ERR_RETRY : e;
	flush(j);
	/* if not now, then going on may end it, fenced: it is gone then */
	over = j->sent == j->n;
	store_reads_go_on(p);
	store_queue_reads_go_on(p);
	if (over)
		store_req_end(&j->r);
}

static void
ask(struct read_job *j)
{
	struct peer *p = j->r.peer;
	struct read_slot *s = &j->slot[j->asked++];

	p->reading += j->max;
	if (store_box_find(p, j->lease) == NULL) {
		s->done = true;
		s->err = ERR_FENCED;
		return;
	}
	s->job = j;
	buf_init(&s->out, j->max);
	s->op.mailbox = j->mailbox;
	s->op.offset = j->offset;
	s->op.max = j->max;
	s->op.out = &s->out;
	s->op.op.done = read_done;
	p->proc->ops->read(p->proc->st, &s->op);
}

static bool
has_room(const struct peer *p, const struct read_job *j)
{
	return p->reading == 0 || p->reading + j->max <= READ_OCTETS_MAX;
}

void
store_reads_go_on(struct peer *p)
{
	struct list_node *n;

	if (p->chan == NULL)
		return;
	while (!chan_full(p->chan) && !list_empty(&p->reads)) {
		struct read_job *j =
		    LIST_ITEM(p->reads.head.next, struct read_job, turn);

		if (!has_room(p, j))
			break;
		n = list_pop_front(&p->reads);
		ask(j);
		if (j->asked < j->n)
			list_push_back(&p->reads, n);
		if (!j->slot[j->asked - 1].done)
			continue;
		flush(j); /* fenced: no answer of the backend will do it */
		if (j->sent == j->n)
			store_req_end(&j->r);
	}
}

/* Not yet asked for, and never will be. */
void
store_reads_fini(struct peer *p)
{
	struct list_node *n;

	while ((n = list_pop_front(&p->reads)) != NULL) {
		struct read_job *j = LIST_ITEM(n, struct read_job, turn);

		j->n = j->asked;
		if (j->sent == j->n)
			store_req_end(&j->r);
	}
}

/* The same answers as from a mailbox that is open, but FENCED. */
static void
refuse(
    struct peer *p, const struct msg_box_read *m, struct slice ids, enum err e)
{
	struct msg_body b;

	memset(&b, 0, sizeof b);
	b.req = m->req;
	b.err = e;
	for (; ids.len > 0; ids = slice_skip(ids, MAIL_ID_LEN)) {
		memcpy(b.id.b, ids.p, MAIL_ID_LEN);
		store_sent(p, msg_send_body(p->chan, &b, SLICE_NONE, -1));
	}
}

void
store_on_box_read(void *ctx, struct msg_box_read *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	const struct box *b = store_box_find(p, m->lease);
	struct read_job *j = NULL;

	(void)fd;
	if (b != NULL)
		j = store_req_new(
		    p, sizeof *j + m->n * sizeof j->slot[0], 0, m->req);
	if (j == NULL) {
		refuse(p, m, tail, b == NULL ? ERR_FENCED : ERR_RETRY);
		return;
	}
	list_node_init(&j->turn);
	j->lease = b->lease;
	j->mailbox = b->mailbox;
	j->offset = m->offset;
	j->max = m->max < READ_PIECE_MAX ? m->max : READ_PIECE_MAX;
	j->n = m->n;
	for (unsigned i = 0; i < j->n; i++)
		memcpy(
		    j->slot[i].op.id.b, tail.p + i * MAIL_ID_LEN, MAIL_ID_LEN);
	list_push_back(&p->reads, &j->turn);
	store_reads_go_on(p);
}
