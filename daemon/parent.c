/*
 * The parent's own life: set up, start the roles stage by stage, serve, stop
 * them the other way round.
 */
#include "daemon/parent.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "daemon/notify.h"
#include "daemon/parent_priv.h"
#include "net/net_listen.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	WHY_MAX = 64 * 1024,
	/* what a killed server has left running sees it and goes meanwhile */
	PATIENCE_MS = 15 * 1000
};

/* --- stages ------------------------------------------------------------------
 */

static unsigned
last_stage(const struct parent *p)
{
	unsigned last = 0;

	for (const struct role_row *r = p->table; r->run != NULL; r++)
		last = r->stage > last ? r->stage : last;
	return last;
}

/* How many processes of the present stage are (not) in this state? */
static unsigned
count_in_stage(const struct parent *p, enum worker_state state, bool in)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->nworkers; i++)
		if (p->worker[i].row->stage == p->stage)
			n += (p->worker[i].state == state) == in;
	return n;
}

static void
serving(struct parent *p)
{
	struct log_line l;

	p->phase = PARENT_SERVING;
	notify_ready("serving");
	log_begin(&l, LOG_INFO, "serving");
	log_cstr(&l, "hostname", p->conf.hostname);
	log_u64(&l, "processes", p->nworkers);
	log_ms(&l, "after_s", clock_mono_ms() - p->started_ms);
	log_end(&l);
	parent_watch_certs(p);
}

/* Start the stages from the present one on, as far as they need no waiting. */
static void
start_stages(struct parent *p)
{
	for (; p->stage <= last_stage(p); p->stage++) {
		for (unsigned i = 0; i < p->nworkers; i++)
			if (p->worker[i].row->stage == p->stage)
				worker_start(&p->worker[i]);
		if (count_in_stage(p, WORKER_RUNNING, false) > 0)
			return;
	}
	serving(p);
}

static void
stop_stages(struct parent *p)
{
	for (;;) {
		uint64_t grace = 0;

		for (unsigned i = 0; i < p->nworkers; i++) {
			struct worker *w = &p->worker[i];

			if (w->row->stage != p->stage)
				continue;
			worker_stop(w, w->row->grace_ms);
			if (w->row->grace_ms > grace)
				grace = w->row->grace_ms;
		}
		if (count_in_stage(p, WORKER_DOWN, false) > 0) {
			if (p->grace.at_ms == 0)
				(void)net_timer_set(&p->grace, grace);
			return;
		}
		net_timer_clear(&p->grace);
		if (p->stage == 0)
			break;
		p->stage--;
	}
	net_loop_stop(p->loop);
}

/* Too late, or too impatient: what has not stopped is killed. */
static void
kill_stage(void *ctx)
{
	struct parent *p = ctx;

	for (unsigned i = 0; i < p->nworkers; i++)
		if (p->worker[i].row->stage == p->stage)
			worker_kill(&p->worker[i]);
}

void
parent_stop(struct parent *p)
{
	if (p->phase == PARENT_STOPPING) {
		if (p->stage > 0) /* the store is always given its time */
			kill_stage(p);
		return;
	}
	p->phase = PARENT_STOPPING;
	p->stage = last_stage(p);
	notify_stopping();
	log_textf(LOG_INFO, "stopping", "no new connections");
	net_timer_clear(&p->watch);
	for (unsigned i = 0; i < p->nworkers; i++)
		worker_rest(&p->worker[i]);
	stop_stages(p);
}

static void
reload_now(struct parent *p)
{
	struct buf why = BUF_INIT(WHY_MAX);

	notify_reloading();
	if (parent_reload(p, &why) == ERR_OK)
		log_textf(LOG_INFO, "reloaded", "%s", p->conf_path);
	else
		parent_log_lines(LOG_ERROR, "reload-failed", &why);
	notify_ready("serving");
	buf_fini(&why);
}

/* --- what workers do
 * ----------------------------------------------------------- */

void
parent_ready(struct parent *p, struct worker *w)
{
	struct log_line l;

	log_begin(&l, LOG_DEBUG, "role-ready");
	log_cstr(&l, "role", role_name(w->row->run->role));
	log_u64(&l, "index", w->index);
	log_ms(&l, "after_s", clock_mono_ms() - w->since_ms);
	log_end(&l);
	if (p->phase == PARENT_STARTING && w->row->stage == p->stage &&
	    count_in_stage(p, WORKER_RUNNING, false) == 0) {
		p->stage++;
		start_stages(p);
	}
	if (p->phase == PARENT_SERVING && p->reload_wanted) {
		p->reload_wanted = false;
		reload_now(p);
	}
}

/* The first start has failed: say so and end with the role's exit status. */
static void
give_up(struct parent *p, const struct worker *w, int status)
{
	log_textf(LOG_ERROR, "cannot-serve",
	    "the %s process could not start; the lines above say why",
	    role_name(w->row->run->role));
	p->status = WIFEXITED(status) && WEXITSTATUS(status) != 0
			? WEXITSTATUS(status)
			: EX_SOFTWARE;
	parent_stop(p);
}

void
parent_gone(struct parent *p, struct worker *w, int status)
{
	if (p->phase == PARENT_STOPPING) {
		stop_stages(p);
	} else if (p->phase == PARENT_STARTING && !w->served &&
		   clock_mono_ms() >= p->patience_ms) {
		give_up(p, w, status);
	} else {
		w->restarts++;
		worker_start_later(w);
	}
}

/* --- signals
 * ------------------------------------------------------------------- */

static void
reap(struct parent *p)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < p->nworkers; i++)
			if (p->worker[i].pid == pid) {
				worker_exited(&p->worker[i], status);
				break;
			}
}

static void
on_signal(void *ctx, int signo)
{
	struct parent *p = ctx;

	if (signo == SIGCHLD)
		reap(p);
	else if (signo != SIGHUP)
		parent_stop(p);
	else if (p->phase == PARENT_SERVING)
		reload_now(p);
	else
		p->reload_wanted = true;
}

static enum err
catch_signals(struct parent *p)
{
	static const int caught[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN); /* log rotation by habit */
	for (unsigned i = 0; i < sizeof caught / sizeof *caught; i++) {
		p->signal[i] = net_signal_new(p->loop, caught[i], on_signal, p);
		if (p->signal[i] == NULL)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

/* --- set-up
 * -------------------------------------------------------------------- */

/* No socket of ours may become stdin, stdout or stderr. */
static void
fill_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

/* Keys are in our memory: no core, no debugger. And room for many sockets,
 * which the roles inherit. */
static void
set_limits(void)
{
	struct rlimit files, none = {0, 0};

	(void)umask(077);
#ifndef SANITIZED
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#else
	(void)none;
#endif
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

static enum err
make_workers(struct parent *p, struct buf *why)
{
	unsigned n = 0;
	enum err e = ERR_OK;

	for (const struct role_row *r = p->table; r->run != NULL; r++)
		n += role_count(r, &p->conf);
	if ((p->worker = calloc(n + 1, sizeof *p->worker)) == NULL)
		e = ERR_NOMEM;
	for (const struct role_row *r = p->table; e == ERR_OK && r->run != NULL;
	     r++) {
		unsigned count = role_count(r, &p->conf);

		if (r->services != 0 && count > 0)
			e = net_census_create(count, &p->census[r->run->role]);
		for (unsigned i = 0; i < count; i++)
			worker_init(&p->worker[p->nworkers++], p, r, i);
	}
	if (e != ERR_OK)
		buf_addf(why, "%s\n", err_text(e));
	return e;
}

/* All that must work before the first process is started. */
static enum err
set_up(struct parent *p, struct buf *why)
{
	enum err e;

	if ((e = parent_load(p, why)) != ERR_OK ||
	    (e = place_check_users(&p->conf, why)) != ERR_OK) {
		p->status = EX_CONFIG;
		return e;
	}
	p->status = EX_CANTCREAT;
	if ((e = place_make(&p->conf, why)) != ERR_OK)
		return e;
	p->status = EX_TEMPFAIL;
	if ((e = place_lock(&p->place, &p->conf, why)) != ERR_OK)
		return e;
	if (p->place.unclean)
		p->patience_ms = clock_mono_ms() + PATIENCE_MS;
	p->status = EX_UNAVAILABLE;
	if ((e = sockets_open(&p->sockets, &p->conf, p->table, p->patience_ms,
		 why)) != ERR_OK)
		return e;
	p->status = EX_OSERR;
	if ((p->loop = net_loop_new()) == NULL || catch_signals(p) != ERR_OK) {
		buf_add_str(why, "out of memory\n");
		return ERR_NOMEM;
	}
	net_timer_init(&p->grace, p->loop, kill_stage, p);
	if ((e = make_workers(p, why)) == ERR_OK)
		p->status = EX_OK;
	return e;
}

static void
fini(struct parent *p)
{
	for (unsigned i = 0; i < p->nworkers; i++) {
		net_timer_clear(&p->worker[i].timer);
		chan_free(&p->worker[i].chan);
	}
	free(p->worker);
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		if (p->census[i] >= 0)
			(void)close(p->census[i]);
	if (p->loop != NULL) {
		net_timer_clear(&p->grace);
		net_timer_clear(&p->watch);
	}
	for (unsigned i = 0; i < sizeof p->signal / sizeof *p->signal; i++)
		net_signal_free(&p->signal[i]);
	net_loop_free(&p->loop);
	sockets_close(&p->sockets, &p->conf);
	certs_wipe(&p->certs);
	secret_wipe(p->ticket_key, sizeof p->ticket_key);
	if (p->conf_fd >= 0)
		(void)close(p->conf_fd);
	place_unlock(&p->place);
	free(p);
}

static struct parent *
init(const char *conf_path, const struct role_row *table)
{
	struct parent *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->conf_path = conf_path;
	p->table = table;
	p->conf_fd = p->place.pid_fd = -1;
	p->sockets = SOCKETS_NONE;
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		p->census[i] = -1;
	p->started_ms = clock_mono_ms();
	secret_random(p->ticket_key, sizeof p->ticket_key);
	return p;
}

int
parent_run(const char *conf_path, const struct role_row *table)
{
	struct buf why = BUF_INIT(WHY_MAX);
	struct parent *p = init(conf_path, table);
	int status = EX_OSERR;

	if (p == NULL)
		return status;
	proc_log_init("restante", LOG_INFO);
	notify_init();
	fill_standard_fds();
	set_limits();
	if (set_up(p, &why) == ERR_OK) {
		start_stages(p);
		net_loop_run(p->loop);
		log_textf(LOG_INFO, "stopped", "all processes have ended");
	} else {
		/* for people, as they are: FILE:LINE: what is wrong */
		(void)!write(STDERR_FILENO, why.p, why.len);
	}
	status = p->status;
	buf_fini(&why);
	fini(p);
	return status;
}
