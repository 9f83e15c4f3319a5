#include "auth/auth_work.h"

#include "../unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

struct job {
	struct auth_job job;
	pthread_t ran_in;
	unsigned done;
	bool ran, waits;
};

static atomic_bool shut; /* what they wait for */

static void
run(struct auth_job *j)
{
	struct job *t = LIST_ITEM(j, struct job, job);

	while (t->waits && atomic_load(&shut))
		usleep(1000);
	if (t->waits)
		usleep(20000); /* far less than all of them need */
	t->ran_in = pthread_self();
}

static void
done(struct auth_job *j, bool ran)
{
	struct job *t = LIST_ITEM(j, struct job, job);

	t->done++;
	t->ran = ran;
}

enum { JOBS = 200 };
static struct job jobs[JOBS];

static unsigned
count_done(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < JOBS; i++)
		n += jobs[i].done;
	return n;
}

static void
prepare(void)
{
	memset(jobs, 0, sizeof jobs);
	for (unsigned i = 0; i < JOBS; i++) {
		jobs[i].job.run = run;
		jobs[i].job.done = done;
	}
}

TEST(work_runs_each_once_elsewhere)
{
	struct net_loop *loop = net_loop_new();
	struct auth_work *w = auth_work_new(loop, 3);

	OK(w != NULL);
	prepare();
	for (unsigned i = 0; i < JOBS; i++)
		auth_work_add(w, &jobs[i].job);
	for (unsigned i = 0; i < 60000 && count_done() < JOBS; i++)
		net_loop_turn(loop, 1);
	for (unsigned i = 0; i < JOBS; i++) {
		EQ_INT(jobs[i].done, 1);
		OK(jobs[i].ran);
		OK(!pthread_equal(jobs[i].ran_in, pthread_self()));
	}
	EQ_INT(auth_work_waiting(w), 0);
	auth_work_free(&w);
	OK(w == NULL);
	net_loop_free(&loop);
}

TEST(work_free_hands_everything_back)
{
	struct net_loop *loop = net_loop_new();
	struct auth_work *w = auth_work_new(loop, 1);
	unsigned ran = 0;

	OK(w != NULL);
	prepare();
	atomic_store(&shut, true);
	for (unsigned i = 0; i < JOBS; i++) {
		jobs[i].waits = true;
		auth_work_add(w, &jobs[i].job);
	}
	OK(auth_work_waiting(w) >= JOBS - 2);
	atomic_store(&shut, false);
	auth_work_free(&w);
	EQ_INT(count_done(), JOBS);
	for (unsigned i = 0; i < JOBS; i++)
		ran += jobs[i].ran;
	OK(ran < JOBS);
	net_loop_free(&loop);
}

TEST(work_as_many_threads_as_cores)
{
	struct net_loop *loop = net_loop_new();
	struct auth_work *w = auth_work_new(loop, 0);

	OK(w != NULL);
	prepare();
	auth_work_add(w, &jobs[0].job);
	for (unsigned i = 0; i < 60000 && jobs[0].done == 0; i++)
		net_loop_turn(loop, 1);
	EQ_INT(jobs[0].done, 1);
	auth_work_free(&w);
	net_loop_free(&loop);
}
