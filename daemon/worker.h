#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H
/* One process of a role, over all its lives. */
#include "daemon/roles.h"
#include "net/net_loop.h"
#include "proc/chan.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct parent;

enum worker_state {
	WORKER_DOWN,
	WORKER_STARTING,
	WORKER_RUNNING,
	WORKER_STOPPING
};

struct worker {
	struct parent *parent;
	const struct role_row *row;
	unsigned index;
	enum worker_state state;
	pid_t pid;         /* 0: no process */
	struct chan *chan; /* NULL when down, or when it has closed its end */
	uint64_t since_ms; /* start of this life */
	unsigned restarts;
	bool served;            /* has been ready in one of its lives */
	unsigned delay_ms;      /* before the next start */
	uint64_t mended_ms;     /* when it got a new channel to a live peer */
	struct net_timer timer; /* down: start again; else: kill it */
};

void worker_init(struct worker *w, struct parent *p, const struct role_row *row,
    unsigned index);
/* Start the process and tell it all it needs; a failure is tried again. */
void worker_start(struct worker *w);
/* Ask it to stop; no effect when it is down. */
void worker_stop(struct worker *w, uint64_t grace_ms);
void worker_kill(struct worker *w);
/* It will not be started again. */
void worker_rest(struct worker *w);
/* waitpid has reported it. */
void worker_exited(struct worker *w, int status);
/* Start it again after a while that grows with each short life. */
void worker_start_later(struct worker *w);
/* Send the parent's present listeners, configuration and certificates, or these
 * alone. */
void worker_reload(struct worker *w);
void worker_send_certs(struct worker *w);
const char *worker_state_name(enum worker_state s);

#endif
