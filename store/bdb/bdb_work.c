/* The reader and walker threads, and what every thread needs. */
#include "store/bdb/bdb_priv.h"

#include <limits.h>
#include <stdlib.h>

enum {
	TAKE = 8, /* requests a reader takes at once: one wake for all */
	VALUE_MAX = STORE_VALUE_MAX + BDB_DIR_HEAD + 4096
};

enum err
bdb_work_init(struct bdb_work *w, struct store *st, bool bulk)
{
	*w = (struct bdb_work){.st = st};
	buf_init(&w->value, VALUE_MAX);
	buf_init(&w->prefix, BDB_ROW_MAX);
	w->chunk = malloc(BDB_CHUNK_RECORD);
	w->bulk = bulk ? malloc(BDB_BULK) : NULL;
	if (w->chunk != NULL && (w->bulk != NULL || !bulk))
		return ERR_OK;
	bdb_work_fini(w);
	return ERR_RETRY;
}

void
bdb_work_fini(struct bdb_work *w)
{
	buf_fini(&w->value);
	buf_fini(&w->prefix);
	free(w->chunk);
	free(w->bulk);
	w->chunk = w->bulk = NULL;
}

/* A fair part of the queue, so that no reader sleeps while another has many. */
static unsigned
share(struct bdb_queue *q, unsigned readers)
{
	size_t n;

	(void)pthread_mutex_lock(&q->mutex);
	n = q->ops.count / readers + 1;
	(void)pthread_mutex_unlock(&q->mutex);
	return n < TAKE ? (unsigned)n : TAKE;
}

void
bdb_work_run(struct bdb_work *w, struct list *ops)
{
	LIST_EACH(ops, n)
	{
		struct store_op *op = LIST_ITEM(n, struct store_op, node);
		enum err e = ERR_RETRY;

		if (!atomic_load(&w->st->dead))
			e = bdb_run(w, op);
		op->err = bdb_err_outside(op, e);
	}
	bdb_done(w->st, ops);
}

void *
bdb_reader_main(void *arg)
{
	struct bdb_work *w = arg;
	struct bdb_queue *q = &w->st->queue[BDB_READERS];
	unsigned readers = w->st->nreaders;
	struct list ops;

	list_init(&ops);
	while (bdb_queue_take(q, &ops, share(q, readers), UINT_MAX))
		bdb_work_run(w, &ops);
	return NULL;
}

void *
bdb_walker_main(void *arg)
{
	struct bdb_work *w = arg;
	struct list ops;

	list_init(&ops);
	while (bdb_queue_take(&w->st->queue[BDB_WALKER], &ops, 1, UINT_MAX))
		bdb_work_run(w, &ops);
	return NULL;
}
