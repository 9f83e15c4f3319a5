/* Requests that wait for a thread. */
#include "store/bdb/bdb_priv.h"

#include <limits.h>
#include <time.h>

enum { MS = 1000 };

enum err
bdb_queue_init(struct bdb_queue *q)
{
	pthread_condattr_t attr;
	int ret;

	list_init(&q->ops);
	q->sleepers = 0;
	q->stop = false;
	if (pthread_mutex_init(&q->mutex, NULL) != 0)
		return ERR_RETRY;
	if (pthread_condattr_init(&attr) != 0) {
		(void)pthread_mutex_destroy(&q->mutex);
		return ERR_RETRY;
	}
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	ret = pthread_cond_init(&q->cond, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (ret == 0)
		return ERR_OK;
	(void)pthread_mutex_destroy(&q->mutex);
	return ERR_RETRY;
}

void
bdb_queue_fini(struct bdb_queue *q)
{
	(void)pthread_cond_destroy(&q->cond);
	(void)pthread_mutex_destroy(&q->mutex);
}

void
bdb_queue_add(struct bdb_queue *q, struct store_op *op)
{
	bool wake;

	(void)pthread_mutex_lock(&q->mutex);
	list_push_back(&q->ops, &op->node);
	wake = q->sleepers > 0;
	(void)pthread_mutex_unlock(&q->mutex);
	if (wake)
		(void)pthread_cond_signal(&q->cond);
}

void
bdb_queue_stop(struct bdb_queue *q)
{
	(void)pthread_mutex_lock(&q->mutex);
	q->stop = true;
	(void)pthread_mutex_unlock(&q->mutex);
	(void)pthread_cond_broadcast(&q->cond);
}

static struct timespec
in_ms(unsigned ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / MS;
	t.tv_nsec += (long)(ms % MS) * MS * MS;
	if (t.tv_nsec >= (long)MS * MS * MS) {
		t.tv_nsec -= (long)MS * MS * MS;
		t.tv_sec++;
	}
	return t;
}

static void
wait_for_work(struct bdb_queue *q, unsigned wait_ms)
{
	struct timespec until = in_ms(wait_ms == UINT_MAX ? 0 : wait_ms);
	int ret = 0;

	q->sleepers++;
	while (list_empty(&q->ops) && !q->stop && ret == 0)
		ret = wait_ms == UINT_MAX
			  ? pthread_cond_wait(&q->cond, &q->mutex)
			  : pthread_cond_timedwait(&q->cond, &q->mutex, &until);
	q->sleepers--;
}

bool
bdb_queue_take(
    struct bdb_queue *q, struct list *out, unsigned max, unsigned wait_ms)
{
	struct list_node *n;
	bool open, alone = false;

	(void)pthread_mutex_lock(&q->mutex);
	if (wait_ms > 0 && list_empty(&q->ops) && !q->stop)
		wait_for_work(q, wait_ms);
	for (; max > 0 && !alone && !list_empty(&q->ops); max--) {
		n = q->ops.head.next;
		alone =
		    bdb_kind_alone(LIST_ITEM(n, struct store_op, node)->kind);
		if (alone && !list_empty(out))
			break;
		list_remove(&q->ops, n);
		list_push_back(out, n);
	}
	open = !q->stop || !list_empty(out);
	(void)pthread_mutex_unlock(&q->mutex);
	return open;
}
