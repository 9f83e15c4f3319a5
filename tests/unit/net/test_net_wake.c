#include "../unit.h"
#include "net/net_loop.h"

#include <pthread.h>

enum { THREADS = 3, EACH = 20000 };

static struct net_loop *loop;
static struct net_wake *wake;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int jobs, done, calls;

static void
on_woken(void *ctx)
{
	(void)ctx;
	calls++;
	pthread_mutex_lock(&lock);
	done += jobs;
	jobs = 0;
	pthread_mutex_unlock(&lock);
	if (done == THREADS * EACH)
		net_loop_stop(loop);
}

static void *
worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < EACH; i++) {
		pthread_mutex_lock(&lock);
		jobs++;
		pthread_mutex_unlock(&lock);
		net_wake_up(wake);
	}
	return NULL;
}

/* No wake is lost: each job is seen, with far fewer calls than jobs. */
TEST(wake_from_threads)
{
	pthread_t t[THREADS];

	loop = net_loop_new();
	wake = net_wake_new(loop, on_woken, NULL);
	OK(wake != NULL);
	done = calls = 0;
	for (int i = 0; i < THREADS; i++)
		OK(pthread_create(&t[i], NULL, worker, NULL) == 0);
	net_loop_run(loop);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	EQ_INT(done, THREADS * EACH);
	net_wake_free(&wake);
	net_loop_free(&loop);
}

static void
wake_again(void *ctx)
{
	(void)ctx;
	if (++calls < 3)
		net_wake_up(wake);
}

/* What is asked for while `woken` runs is asked for again: `woken` may have
 * looked already. */
TEST(wake_while_woken)
{
	loop = net_loop_new();
	wake = net_wake_new(loop, wake_again, NULL);
	calls = 0;
	net_wake_up(wake);
	for (int i = 0; i < 5; i++)
		net_loop_turn(loop, 0);
	EQ_INT(calls, 3);
	net_wake_free(&wake);
	net_loop_free(&loop);
}

TEST(wake_several_are_one)
{
	loop = net_loop_new();
	wake = net_wake_new(loop, on_woken, NULL);
	calls = 0;
	done = 1;
	net_loop_turn(loop, 0);
	EQ_INT(calls, 0);
	for (int i = 0; i < 5; i++)
		net_wake_up(wake);
	net_loop_turn(loop, 1000);
	net_loop_turn(loop, 0);
	EQ_INT(calls, 1);
	net_wake_up(wake);
	net_loop_turn(loop, 1000);
	EQ_INT(calls, 2);
	net_wake_free(&wake);
	OK(wake == NULL);
	net_loop_free(&loop);
}
