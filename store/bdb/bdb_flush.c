/*
 * The acknowledgement: what was committed is flushed, and only then answered.
 * The writer does so itself after a small batch. A large one is long on its way
 * to the disk, so it is handed to a thread of its own, while the writer has the
 * processor for the next; all that gathers meanwhile is one flush again.
 */
#include "store/bdb/bdb_priv.h"

#include <errno.h>

static int
flush_log(struct store *st)
{
	int ret = st->env->log_flush(st->env, NULL);

	/* a write that found no space has lost nothing: only this is tried
	 * again, never a sync */
	if ((ret == ENOSPC || ret == EDQUOT) && bdb_io_failed() == 0 &&
	    bdb_space_release(st))
		ret = st->env->log_flush(st->env, NULL);
	return ret;
}

/* The moment of truth. */
static void
flush(struct store *st, struct list *ops)
{
	int ret = flush_log(st);

	if (ret == 0)
		ret = bdb_io_failed();
	if (ret == 0 && !atomic_load(&st->dead))
		return;
	LIST_EACH(ops, n)
	{
		struct store_op *op = LIST_ITEM(n, struct store_op, node);

		if (op->err == ERR_OK)
			op->err = ERR_UNKNOWN;
	}
	bdb_panic(st, "log flush", ret);
}

static void
move(struct list *from, struct list *to)
{
	struct list_node *n;

	while ((n = list_pop_front(from)) != NULL)
		list_push_back(to, n);
}

enum err
bdb_flush_init(struct bdb_flush *f)
{
	list_init(&f->waiting);
	f->running = f->busy = f->stop = false;
	if (pthread_mutex_init(&f->mutex, NULL) != 0)
		return ERR_RETRY;
	if (pthread_cond_init(&f->cond, NULL) == 0)
		return ERR_OK;
	(void)pthread_mutex_destroy(&f->mutex);
	return ERR_RETRY;
}

void
bdb_flush_fini(struct bdb_flush *f)
{
	(void)pthread_cond_destroy(&f->cond);
	(void)pthread_mutex_destroy(&f->mutex);
}

/* Is something unflushed with the other thread? What the writer answers may
 * count on it: a message that is there already, for one. */
static bool
is_behind(struct bdb_flush *f)
{
	bool behind;

	(void)pthread_mutex_lock(&f->mutex);
	behind = f->busy || !list_empty(&f->waiting);
	(void)pthread_mutex_unlock(&f->mutex);
	return behind;
}

void
bdb_flush(struct store *st, struct list *ops, bool dirty)
{
	if (!list_empty(ops) && (dirty || is_behind(&st->flush)))
		flush(st, ops);
	bdb_done(st, ops);
}

bool
bdb_flush_aside(struct store *st, struct list *ops)
{
	struct bdb_flush *f = &st->flush;
	bool running;

	(void)pthread_mutex_lock(&f->mutex);
	running = f->running;
	if (running)
		move(ops, &f->waiting);
	(void)pthread_mutex_unlock(&f->mutex);
	if (running)
		(void)pthread_cond_signal(&f->cond);
	return running;
}

void
bdb_flush_stop(struct store *st)
{
	struct bdb_flush *f = &st->flush;

	(void)pthread_mutex_lock(&f->mutex);
	f->stop = true;
	(void)pthread_mutex_unlock(&f->mutex);
	(void)pthread_cond_signal(&f->cond);
}

/* false: stopped, and nothing waits */
static bool
take(struct bdb_flush *f, struct list *ops)
{
	(void)pthread_mutex_lock(&f->mutex);
	f->busy = false;
	f->running = true;
	while (list_empty(&f->waiting) && !f->stop)
		(void)pthread_cond_wait(&f->cond, &f->mutex);
	move(&f->waiting, ops);
	f->busy = !list_empty(ops);
	f->running = f->busy || !f->stop;
	(void)pthread_mutex_unlock(&f->mutex);
	return !list_empty(ops);
}

void *
bdb_flusher_main(void *arg)
{
	const struct bdb_work *w = arg;
	struct list ops;

	list_init(&ops);
	while (take(&w->st->flush, &ops)) {
		flush(w->st, &ops);
		bdb_done(w->st, &ops);
	}
	return NULL;
}
