/* A queue in, a queue out, and threads between them. */
#include "auth/auth_work.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

struct auth_work {
	struct net_wake *wake;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t more;
	struct list waiting, finished;
	bool stop;
	unsigned threads;
	pthread_t thread[THREADS_MAX];
};

static struct auth_job *
take(struct list *l)
{
	struct list_node *n = list_pop_front(l);

	return n == NULL ? NULL : LIST_ITEM(n, struct auth_job, node);
}

static void *
worker(void *ctx)
{
	struct auth_work *w = ctx;
	struct auth_job *j;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		if ((j = take(&w->waiting)) == NULL) {
			pthread_cond_wait(&w->more, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		j->run(j);
		j->ran = true;
		pthread_mutex_lock(&w->lock);
		list_push_back(&w->finished, &j->node);
		net_wake_up(w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void
hand_back(struct auth_work *w, struct list *l)
{
	struct auth_job *j;

	for (;;) {
		pthread_mutex_lock(&w->lock);
		j = take(l);
		pthread_mutex_unlock(&w->lock);
		if (j == NULL)
			return;
		j->done(j, j->ran);
	}
}

static void
woken(void *ctx)
{
	struct auth_work *w = ctx;

	hand_back(w, &w->finished);
}

/* The loop's thread alone takes signals. */
static void
start_threads(struct auth_work *w, unsigned n)
{
	sigset_t all, old;

	(void)sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (w->threads < n &&
	       pthread_create(&w->thread[w->threads], NULL, worker, w) == 0)
		w->threads++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static unsigned
cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

struct auth_work *
auth_work_new(struct net_loop *l, unsigned threads)
{
	struct auth_work *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	list_init(&w->waiting);
	list_init(&w->finished);
	(void)pthread_mutex_init(&w->lock, NULL); /* cannot fail on Linux */
	(void)pthread_cond_init(&w->more, NULL);
	w->wake = net_wake_new(l, woken, w);
	if (threads == 0)
		threads = cores();
	if (w->wake != NULL)
		start_threads(w, threads < THREADS_MAX ? threads : THREADS_MAX);
	if (w->threads == 0)
		auth_work_free(&w);
	return w;
}

void
auth_work_free(struct auth_work **wp)
{
	struct auth_work *w = *wp;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	while (w->threads > 0)
		pthread_join(w->thread[--w->threads], NULL);
	hand_back(w, &w->finished);
	hand_back(w, &w->waiting);
	net_wake_free(&w->wake);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*wp = NULL;
}

void
auth_work_add(struct auth_work *w, struct auth_job *j)
{
	j->ran = false;
	pthread_mutex_lock(&w->lock);
	list_push_back(&w->waiting, &j->node);
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
}

size_t
auth_work_waiting(struct auth_work *w)
{
	size_t n;

	pthread_mutex_lock(&w->lock);
	n = w->waiting.count;
	pthread_mutex_unlock(&w->lock);
	return n;
}
