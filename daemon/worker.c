/*
 * The life of one process as the parent sees it: start, hand over what it
 * needs, watch, start again.
 */
#include "daemon/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/files.h"
#include "daemon/parent_priv.h"
#include "proc/msg.h"
#include "proc/proc_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	DELAY_FIRST_MS = 100,
	DELAY_MAX_MS = 5000,
	LIFE_MS = 30 * 1000, /* a life this long was no failed start */
	CLOSED_GRACE_MS =
	    10 * 1000,      /* between the end of the channel and exit */
	MEND_MS = 4 * 1000, /* a process asks every five seconds */
};

static enum role
role_of(const struct worker *w)
{
	return w->row->run->role;
}

const char *
worker_state_name(enum worker_state s)
{
	static const char *const names[] = {[WORKER_DOWN] = "down",
	    [WORKER_STARTING] = "starting",
	    [WORKER_RUNNING] = "running",
	    [WORKER_STOPPING] = "stopping"};

	return names[s];
}

static void
timer_due(void *ctx)
{
	struct worker *w = ctx;

	if (w->state == WORKER_DOWN)
		worker_start(w);
	else
		worker_kill(w);
}

void
worker_init(struct worker *w, struct parent *p, const struct role_row *row,
    unsigned index)
{
	memset(w, 0, sizeof *w);
	w->parent = p;
	w->row = row;
	w->index = index;
	w->delay_ms = DELAY_FIRST_MS;
	net_timer_init(&w->timer, p->loop, timer_due, w);
}

/* --- what it tells us
 * ---------------------------------------------------------- */

static void
on_ready(void *ctx, struct msg_ready *m, struct slice tail, int fd)
{
	struct worker *w = ctx;

	(void)m;
	(void)tail;
	(void)fd;
	if (w->state != WORKER_STARTING)
		return;
	w->state = WORKER_RUNNING;
	w->served = true;
	parent_ready(w->parent, w);
}

static void
on_control(void *ctx, struct msg_control *m, struct slice tail, int fd)
{
	struct worker *w = ctx;

	(void)tail;
	(void)fd;
	parent_control(w->parent, w, m);
}

static void on_peer_lost(
    void *ctx, struct msg_peer_lost *m, struct slice tail, int fd);

static const struct msg_handlers handlers = {
    .ready = on_ready, .peer_lost = on_peer_lost, .control = on_control};

/* It has ended, or will in a moment; or it has said what it must not. */
static void
on_closed(void *ctx, enum err why)
{
	struct worker *w = ctx;

	chan_free(&w->chan);
	if (why == ERR_CLOSED && w->pid > 0 &&
	    net_timer_set(&w->timer, CLOSED_GRACE_MS) == ERR_OK)
		return;
	worker_kill(w);
}

/* --- what we tell it
 * ------------------------------------------------------------ */

/* A copy to be given away; -1 makes the send that follows fail. */
static int
copy_of(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* With the files that belong to it. */
static enum err
send_conf(struct worker *w, bool reload)
{
	struct msg_conf m = {w->parent->generation, reload};
	enum err e = w->row->sandbox == PROC_RELAY
			 ? files_send(&w->parent->conf, w->chan)
			 : ERR_OK;
	int fd;

	if (e != ERR_OK)
		return e;
	if ((fd = copy_of(w->parent->conf_fd)) < 0)
		return err_from_errno(errno);
	return msg_send_conf(w->chan, &m, SLICE_NONE, fd);
}

static enum err
send_certs(struct worker *w)
{
	return w->row->sandbox == PROC_FRONT
		   ? certs_send(&w->parent->certs, w->chan)
		   : ERR_OK;
}

static enum err
send_census(struct worker *w)
{
	const struct parent *p = w->parent;
	struct msg_census m = {w->index, p->sockets.workers[role_of(w)]};
	int fd;

	if (p->census[role_of(w)] < 0)
		return ERR_OK;
	if ((fd = copy_of(p->census[role_of(w)])) < 0)
		return err_from_errno(errno);
	return msg_send_census(w->chan, &m, SLICE_NONE, fd);
}

static enum err
send_peer(struct worker *to, const struct worker *other, int fd)
{
	struct msg_peer m = {role_of(other), other->index};

	return msg_send_peer(to->chan, &m, SLICE_NONE, fd);
}

/* A new pair of sockets. */
static enum err
connect_pair(struct worker *w, struct worker *o)
{
	int fd[2];
	enum err e = proc_pair(fd);

	if (e != ERR_OK)
		return e;
	e = send_peer(w, o, fd[0]);
	/* if o is failing, its next life makes new pairs */
	(void)send_peer(o, w, fd[1]);
	return e;
}

/* Between w and each process it talks to. */
static enum err
connect_peers(struct worker *w)
{
	struct parent *p = w->parent;
	enum err e = ERR_OK;

	for (unsigned i = 0; e == ERR_OK && i < p->nworkers; i++) {
		struct worker *o = &p->worker[i];

		if (o != w && o->chan != NULL && role_talks(w->row, o->row))
			e = connect_pair(w, o);
	}
	return e;
}

static bool
may_mend(const struct worker *w, const struct worker *o)
{
	return w->state == WORKER_RUNNING && o->chan != NULL &&
	       (w->row->peers >> role_of(o) & 1u) != 0 &&
	       clock_mono_ms() - w->mended_ms >= MEND_MS;
}

/*
 * One of the two has closed the channel between them, for what came through it,
 * and both live on: they begin anew. If the other one has died, it gets new
 * channels with its next life. Those who ask more often than we answer gain
 * nothing.
 */
static void
on_peer_lost(void *ctx, struct msg_peer_lost *m, struct slice tail, int fd)
{
	struct worker *w = ctx;
	struct parent *p = w->parent;

	(void)tail;
	(void)fd;
	for (unsigned i = 0; i < p->nworkers; i++) {
		struct worker *o = &p->worker[i];

		if (role_of(o) != (enum role)m->role || o->index != m->index ||
		    !may_mend(w, o))
			continue;
		log_textf(LOG_ERROR, "channel-replaced", "%s %u to %s",
		    role_name(role_of(w)), w->index, role_name(role_of(o)));
		w->mended_ms = clock_mono_ms();
		if (connect_pair(w, o) != ERR_OK)
			worker_kill(w); /* its next life gets new ones */
	}
}

static enum err
send_all(struct worker *w)
{
	struct msg_start start = {.index = w->index};
	enum err e;

	if ((e = send_conf(w, false)) != ERR_OK ||
	    (e = send_certs(w)) != ERR_OK ||
	    (e = sockets_send(&w->parent->sockets, role_of(w), w->index,
		 w->chan)) != ERR_OK ||
	    (e = send_census(w)) != ERR_OK || (e = connect_peers(w)) != ERR_OK)
		return e;
	return msg_send_start(w->chan, &start, SLICE_NONE, -1);
}

/* The whole set, which the CONF after it puts in place of the one before. */
static enum err
send_listeners(struct worker *w)
{
	return w->row->services == 0 ? ERR_OK
				     : sockets_send(&w->parent->sockets,
					   role_of(w), w->index, w->chan);
}

void
worker_reload(struct worker *w)
{
	if (w->chan != NULL &&
	    (send_listeners(w) != ERR_OK || send_conf(w, true) != ERR_OK ||
		send_certs(w) != ERR_OK))
		worker_kill(w); /* its next life gets it all */
}

void
worker_send_certs(struct worker *w)
{
	if (w->chan != NULL && send_certs(w) != ERR_OK)
		worker_kill(w);
}

/* --- life and death
 * --------------------------------------------------------------- */

static void
log_started(const struct worker *w)
{
	struct log_line l;

	log_begin(&l, LOG_DEBUG, "role-started");
	log_cstr(&l, "role", role_name(role_of(w)));
	log_u64(&l, "index", w->index);
	log_u64(&l, "pid", (uint64_t)w->pid);
	log_end(&l);
}

void
worker_start(struct worker *w)
{
	int fd;

	if (proc_spawn(role_of(w), w->index, &w->pid, &fd) != ERR_OK) {
		w->pid = 0;
		worker_start_later(w);
		return;
	}
	w->state = WORKER_STARTING;
	w->since_ms = clock_mono_ms();
	w->chan = chan_new(w->parent->loop, fd, ROLE_PARENT, role_of(w),
	    &handlers, on_closed, w);
	log_started(w);
	if (w->chan == NULL || send_all(w) != ERR_OK)
		worker_kill(w); /* waitpid will report it */
}

void
worker_start_later(struct worker *w)
{
	unsigned delay = w->delay_ms;

	w->delay_ms = delay * 2 < DELAY_MAX_MS ? delay * 2 : DELAY_MAX_MS;
	if (net_timer_set(&w->timer, delay) != ERR_OK)
		log_textf(LOG_ERROR, "restart-failed", "%s: out of memory",
		    role_name(role_of(w)));
}

void
worker_stop(struct worker *w, uint64_t grace_ms)
{
	struct msg_stop m = {grace_ms};

	if (w->state == WORKER_DOWN || w->state == WORKER_STOPPING)
		return;
	w->state = WORKER_STOPPING;
	if (w->chan == NULL ||
	    msg_send_stop(w->chan, &m, SLICE_NONE, -1) != ERR_OK)
		worker_kill(w);
}

void
worker_kill(struct worker *w)
{
	if (w->pid > 0)
		(void)kill(w->pid, SIGKILL);
}

void
worker_rest(struct worker *w)
{
	if (w->state == WORKER_DOWN)
		net_timer_clear(&w->timer);
}

static void
log_exit(const struct worker *w, int status, bool expected)
{
	struct log_line l;

	log_begin(&l, expected ? LOG_DEBUG : LOG_ERROR,
	    expected ? "role-stopped" : "role-died");
	log_cstr(&l, "role", role_name(role_of(w)));
	log_u64(&l, "index", w->index);
	log_u64(&l, "pid", (uint64_t)w->pid);
	if (WIFSIGNALED(status))
		log_cstr(&l, "signal", sigabbrev_np(WTERMSIG(status)));
	else
		log_u64(&l, "status", (uint64_t)WEXITSTATUS(status));
	log_ms(&l, "lived_s", clock_mono_ms() - w->since_ms);
	log_end(&l);
}

void
worker_exited(struct worker *w, int status)
{
	bool stopped = w->state == WORKER_STOPPING;

	log_exit(w, status,
	    stopped && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	net_timer_clear(&w->timer);
	chan_free(&w->chan);
	w->pid = 0;
	w->state = WORKER_DOWN;
	if (clock_mono_ms() - w->since_ms >= LIFE_MS)
		w->delay_ms = DELAY_FIRST_MS;
	parent_gone(w->parent, w, status);
}
