#ifndef AUTH_AUTH_WORK_H
#define AUTH_AUTH_WORK_H
/*
 * Threads that hash passwords, so that the loop never does. Their number bounds
 * the memory and the CPU time of all logins together.
 */
#include "base/list.h"
#include "net/net_loop.h"

#include <stdbool.h>
#include <stddef.h>

/* Embedded in the caller's; stays until `done`. */
struct auth_job {
	void (*run)(struct auth_job *); /* in a thread */
	/* in the loop's thread; ran is false when the threads were stopped
	 * before its turn */
	void (*done)(struct auth_job *, bool ran);
	struct list_node node; /* private */
	bool ran;
};

struct auth_work;

/* new; threads 0: as many as there are cores. NULL: out of memory, descriptors
 * or threads. */
struct auth_work *auth_work_new(struct net_loop *l, unsigned threads);
/* Waits for what runs; `done` of every job is called before this returns. */
void auth_work_free(struct auth_work **w);
/* j is run once, in order of arrival. */
void auth_work_add(struct auth_work *w, struct auth_job *j);
/* Jobs that no thread has taken yet. */
size_t auth_work_waiting(struct auth_work *w);

#endif
