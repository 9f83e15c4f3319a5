/*
 * Backup: pieces come in a thread of the backend, one at a time, and go out
 * through the operator's channel in the loop's thread. The thread waits with
 * its piece until the loop has sent it; the loop sends only while few pieces
 * are on their way. Whatever goes wrong sets a verdict, which every piece from
 * then on gets at once, so that the thread never waits for somebody who is
 * gone.
 */
#include "base/log.h"
#include "store/store_proc_priv.h"

#include <pthread.h>
#include <string.h>

enum {
	PIECE_MAX = 512 * 1024,
	AHEAD_MAX = 8,              /* pieces sent and not acknowledged */
	PATIENCE_MS = 5 * 60 * 1000 /* the operator's disk may be slow */
};

struct backup_req {
	struct req r;
	struct store_backup op;
	struct net_wake *wake;
	struct net_timer patience;
	unsigned ahead;
	/* between the threads, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t taken;
	bool offered;
	struct msg_backup head;
	struct slice data;
	enum err verdict;
};

/* --- in the backend's thread ------------------------------------------- */

/* Offer one piece and wait until it is taken. */
static enum err
offer(struct backup_req *q, const char *file, uint64_t offset,
    struct slice data, bool end)
{
	enum err e;

	(void)pthread_mutex_lock(&q->lock);
	memset(&q->head, 0, sizeof q->head);
	q->head.req = q->r.id;
	q->head.offset = offset;
	q->head.end = end;
	q->data = data;
	if (!msg_short_set(&q->head.file, slice_str(file)) &&
	    q->verdict == ERR_OK)
		q->verdict = ERR_TOOBIG;
	q->offered = q->verdict == ERR_OK;
	if (q->offered)
		net_wake_up(q->wake);
	while (q->offered && q->verdict == ERR_OK)
		(void)pthread_cond_wait(&q->taken, &q->lock);
	q->offered = false;
	e = q->verdict;
	(void)pthread_mutex_unlock(&q->lock);
	return e;
}

static enum err
piece(void *ctx, const char *file, uint64_t offset, struct slice data, bool end)
{
	struct slice part;
	enum err e;

	do {
		part = slice_first(data, PIECE_MAX);
		data = slice_skip(data, part.len);
		e = offer(ctx, file, offset, part, end && data.len == 0);
		offset += part.len;
	} while (e == ERR_OK && data.len > 0);
	return e;
}

/* --- in the loop's thread ---------------------------------------------- */

static void
give_up(struct backup_req *q, enum err e)
{
	(void)pthread_mutex_lock(&q->lock);
	if (q->verdict == ERR_OK)
		q->verdict = e;
	(void)pthread_cond_signal(&q->taken);
	(void)pthread_mutex_unlock(&q->lock);
}

static void
out_of_patience(void *ctx)
{
	give_up(ctx, ERR_TIMEOUT);
}

static void
send_offered(struct backup_req *q)
{
	struct chan *c = q->r.peer->chan;
	enum err e;

	(void)pthread_mutex_lock(&q->lock);
	if (q->offered && q->verdict == ERR_OK) {
		e = msg_send_backup(c, &q->head, q->data, -1);
		q->ahead++;
		q->offered = false;
		q->verdict = e;
		(void)pthread_cond_signal(&q->taken);
	}
	(void)pthread_mutex_unlock(&q->lock);
}

static void
go_on(struct backup_req *q)
{
	struct chan *c = q->r.peer->chan;

	if (c != NULL && !chan_full(c) && q->ahead < AHEAD_MAX)
		send_offered(q);
	if (q->ahead == 0)
		net_timer_clear(&q->patience);
	else
		(void)net_timer_set(&q->patience, PATIENCE_MS);
}

static void
woken(void *ctx)
{
	go_on(ctx);
}

static void
free_backup(struct backup_req *q)
{
	net_timer_clear(&q->patience);
	net_wake_free(&q->wake);
	(void)pthread_cond_destroy(&q->taken);
	(void)pthread_mutex_destroy(&q->lock);
}

/* The verdict says why it ended; the backend only knows that it did. */
static void
backup_done(struct store_op *op, enum err e)
{
	struct backup_req *q = LIST_ITEM(op, struct backup_req, op.op);
	struct log_line l;

	if (e != ERR_OK && q->verdict != ERR_OK)
		e = q->verdict;
	q->r.peer->proc->backup = NULL;
	free_backup(q);
	log_begin(&l, e == ERR_OK ? LOG_INFO : LOG_WARN, "backup");
	log_err(&l, "result", e);
	log_end(&l);
	store_req_done(&q->r, e, 0);
}

static struct backup_req *
new_backup(struct peer *p, uint64_t req)
{
	struct backup_req *q = store_req_new(p, sizeof *q, 0, req);

	if (q == NULL)
		return NULL;
	(void)pthread_mutex_init(&q->lock, NULL);
	(void)pthread_cond_init(&q->taken, NULL);
	net_timer_init(&q->patience, p->proc->loop, out_of_patience, q);
	if ((q->wake = net_wake_new(p->proc->loop, woken, q)) != NULL)
		return q;
	free_backup(q);
	store_req_end(&q->r);
	return NULL;
}

void
store_backup_begin(struct peer *p, uint64_t req)
{
	struct backup_req *q;

	if (p->proc->backup != NULL) {
		store_answer(p, req, ERR_BUSY, 0);
		return;
	}
	if ((q = new_backup(p, req)) == NULL) {
		store_answer(p, req, ERR_RETRY, 0);
		return;
	}
	p->proc->backup = q;
	q->op.piece = piece;
	q->op.ctx = q;
	q->op.op.done = backup_done;
	p->proc->ops->backup(p->proc->st, &q->op);
}

void
store_on_backup_ack(
    void *ctx, struct msg_backup_ack *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct backup_req *q = p->proc->backup;

	(void)tail;
	(void)fd;
	if (q == NULL || q->r.peer != p || q->r.id != m->req || q->ahead == 0)
		return;
	q->ahead--;
	if (m->err != ERR_OK)
		give_up(q, (enum err)m->err);
	go_on(q);
}

void
store_backup_go_on(struct peer *p)
{
	if (p->proc->backup != NULL && p->proc->backup->r.peer == p)
		go_on(p->proc->backup);
}

void
store_backup_stop(struct peer *p)
{
	if (p->proc->backup != NULL && p->proc->backup->r.peer == p)
		give_up(p->proc->backup, ERR_CLOSED);
}
