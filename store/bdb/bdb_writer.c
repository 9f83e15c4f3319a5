/*
 * The writer: the one thread that changes the databases. It takes what has come
 * meanwhile, runs each request as a transaction of its own without waiting for
 * the disk, flushes the log once, and only then answers them all. A request
 * that fails is rolled back and answered alone.
 *
 * What may be long (a large body, a purge) is done in steps, one transaction
 * each, and goes on in the next batches, so that small mail never waits long.
 */
#include "base/log.h"
#include "store/bdb/bdb_priv.h"

#include <limits.h>
#include <time.h>

enum {
	BATCH = 64,
	BATCH_OCTETS = 4 * 1024 * 1024,
	/* flushed by another thread meanwhile: more than a switch is worth */
	ASIDE_OCTETS = 256 * 1024,
	ATTEMPTS = 30, /* after deadlocks with readers */
	WAIT_NS = 200 * 1000,
	ROW_OCTETS = 1024
};

struct writer {
	struct bdb_work *w;
	struct list taken; /* off the queue, not begun */
	struct list steps; /* begun, to be gone on with */
	struct list done;  /* to be answered after the flush */
	bool dirty;        /* something in `done` counts on the flush */
};

static enum err
begin(struct bdb_work *w)
{
	DB_ENV *env = w->st->env;

	return bdb_err(
	    w->st, env->txn_begin(env, NULL, &w->txn, DB_TXN_NOSYNC), "begin");
}

static enum err
commit(struct bdb_work *w)
{
	int ret = w->txn->commit(w->txn, DB_TXN_NOSYNC);

	w->txn = NULL;
	return bdb_err(w->st, ret, "commit");
}

/* Rolling back needs no new log space; if it fails, only recovery helps. */
static void
roll_back(struct bdb_work *w)
{
	int ret = w->txn->abort(w->txn);

	w->txn = NULL;
	if (ret != 0)
		bdb_panic(w->st, "rollback", ret);
}

static enum err
attempt(struct bdb_work *w, struct store_op *op)
{
	enum err e = begin(w);

	if (e != ERR_OK)
		return e;
	w->more = w->lazy = w->idle = false;
	if ((e = bdb_run(w, op)) == ERR_OK)
		return commit(w);
	roll_back(w);
	return e;
}

/* Does a request of this kind make room, so that the ballast may go for it? */
static bool
makes_room(struct store_op *op)
{
	unsigned kind = op->kind;

	if (kind == BDB_OP_SETTLE) /* what is sent goes; reports come */
		return LIST_ITEM(op, struct store_settle, op)->nreports == 0;
	return kind == BDB_OP_EXPUNGE || kind == BDB_OP_PURGE ||
	       kind == BDB_OP_SWEEP || kind == BDB_OP_DROP ||
	       kind == BDB_OP_FORGET;
}

static enum err
run(struct bdb_work *w, struct store_op *op)
{
	const struct timespec wait = {0, WAIT_NS};
	enum err e = ERR_RETRY;

	w->attempt = 0;
	while (!atomic_load(&w->st->dead) && w->attempt < ATTEMPTS) {
		e = attempt(w, op);
		if (e == ERR_FULL && w->attempt == 0 && makes_room(op) &&
		    bdb_space_release(w->st))
			e = BDB_LOST;
		if (e != BDB_LOST)
			break;
		w->attempt++;
		(void)nanosleep(&wait, NULL);
	}
	return bdb_err_outside(op, e);
}

static void
run_one(struct writer *wr, struct store_op *op)
{
	struct bdb_work *w = wr->w;

	op->err = run(w, op);
	if (op->err == ERR_OK && w->more) {
		list_push_back(&wr->steps, &op->node);
		return;
	}
	if (op->err == ERR_OK && !w->lazy && !w->idle)
		wr->dirty = true;
	if (op->kind == BDB_OP_COMMIT) {
		bdb_routes_void(&w->st->routes);
		atomic_store(&w->st->removals, true);
	}
	if (op->kind == BDB_OP_DELIVER)
		bdb_deliver_end(w->st, LIST_ITEM(op, struct store_deliver, op));
	list_push_back(&wr->done, &op->node);
}

/* About how much a request will write. */
static size_t
cost(struct store_op *op)
{
	const struct store_deliver *d;
	const struct store_settle *s;

	if (op->kind == BDB_OP_SETTLE) {
		s = LIST_ITEM(op, struct store_settle, op);
		return s->reports.len +
		       ROW_OCTETS * ((size_t)s->noutcomes + s->nreports);
	}
	if (op->kind != BDB_OP_DELIVER)
		return ROW_OCTETS;
	d = LIST_ITEM(op, struct store_deliver, op);
	return d->head.len + d->rcpts.len + ROW_OCTETS * (d->nrcpts + 1) +
	       (size_t)(d->fd_len < BATCH_OCTETS ? d->fd_len : BATCH_OCTETS);
}

static size_t
run_taken(struct writer *wr)
{
	size_t octets = 0;
	struct list_node *n;

	while (
	    octets < BATCH_OCTETS && (n = list_pop_front(&wr->taken)) != NULL) {
		struct store_op *op = LIST_ITEM(n, struct store_op, node);

		octets += cost(op);
		run_one(wr, op);
	}
	return octets;
}

/* At least one; more as long as the batch has room for them. */
static size_t
run_steps(struct writer *wr, size_t octets)
{
	struct list_node *n;

	while ((n = list_pop_front(&wr->steps)) != NULL) {
		run_one(wr, LIST_ITEM(n, struct store_op, node));
		octets += BDB_STEP_OCTETS;
		if (octets >= BATCH_OCTETS)
			break;
	}
	return octets;
}

static void
answer(struct writer *wr, size_t octets)
{
	struct store *st = wr->w->st;

	if (!wr->dirty || octets < ASIDE_OCTETS ||
	    !bdb_flush_aside(st, &wr->done))
		bdb_flush(st, &wr->done, wr->dirty);
	wr->dirty = false;
}

static uint64_t
newest_id(const struct list *ops)
{
	uint64_t newest = 0, us;

	LIST_EACH(ops, n)
	{
		struct store_op *op = LIST_ITEM(n, struct store_op, node);

		if (op->kind != BDB_OP_DELIVER)
			continue;
		us = mail_id_us(&LIST_ITEM(op, struct store_deliver, op)->id);
		newest = us > newest ? us : newest;
	}
	return newest;
}

/* Numbers for the batch; without them none of it can be done. */
static enum err
refill(struct bdb_work *w, uint64_t newest_us)
{
	struct bdb_numbers old = bdb_meta_note(w->st);
	enum err e = BDB_LOST;

	for (unsigned i = 0; i < ATTEMPTS && e == BDB_LOST; i++) {
		if (!bdb_meta_is_low(w->st, newest_us))
			return ERR_OK;
		if ((e = begin(w)) != ERR_OK)
			break;
		if ((e = bdb_meta_refill(w, newest_us)) == ERR_OK)
			e = commit(w);
		else
			roll_back(w);
		if (e != ERR_OK)
			bdb_meta_put_back(w->st, &old);
	}
	return e == BDB_LOST || e == BDB_UNREAD ? ERR_RETRY : e;
}

static void
refuse(struct writer *wr, enum err e)
{
	struct list_node *n;

	while ((n = list_pop_front(&wr->taken)) != NULL) {
		LIST_ITEM(n, struct store_op, node)->err = e;
		list_push_back(&wr->done, n);
	}
}

static void
run_batch(struct writer *wr)
{
	struct bdb_work *w = wr->w;
	size_t octets;
	enum err e = ERR_OK;

	bdb_space_look(w->st);
	if (!list_empty(&wr->taken))
		e = refill(w, newest_id(&wr->taken));
	if (e != ERR_OK)
		refuse(wr, e);
	octets = run_steps(wr, run_taken(wr));
	atomic_fetch_add(&w->st->space.dirty, 2 * octets);
	answer(wr, octets);
}

/* Long work that nobody waits for, or that can be asked for again. */
static void
abandon_steps(struct writer *wr)
{
	struct list_node *n;
	struct list keep;

	list_init(&keep);
	while ((n = list_pop_front(&wr->steps)) != NULL) {
		struct store_op *op = LIST_ITEM(n, struct store_op, node);

		if (op->kind == BDB_OP_DELIVER &&
		    !atomic_load(&wr->w->st->dead)) {
			list_push_back(&keep, n);
			continue;
		}
		op->err = ERR_UNKNOWN;
		list_push_back(&wr->done, n);
	}
	while ((n = list_pop_front(&keep)) != NULL)
		list_push_back(&wr->steps, n);
}

static bool
take(struct writer *wr)
{
	struct bdb_queue *q = &wr->w->st->queue[BDB_WRITER];
	unsigned wait = list_empty(&wr->steps) ? UINT_MAX : 0;

	if (!list_empty(&wr->taken))
		return true;
	if (bdb_queue_take(q, &wr->taken, BATCH, wait))
		return true;
	abandon_steps(wr);
	return !list_empty(&wr->steps);
}

void *
bdb_writer_main(void *arg)
{
	struct writer wr = {.w = arg};

	list_init(&wr.taken);
	list_init(&wr.steps);
	list_init(&wr.done);
	while (take(&wr))
		run_batch(&wr);
	answer(&wr, 0);
	bdb_flush_stop(wr.w->st);
	return NULL;
}
