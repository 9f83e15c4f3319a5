/*
 * The store as a process: opens the data, serves its peers and the admin
 * socket, and on stop waits for the front processes to finish before it closes
 * the data, since what they are about to acknowledge has to be written.
 */
#include "base/log.h"
#include "store/store_admin.h"
#include "store/store_proc.h"

#include <string.h>
#include <unistd.h>

enum { EXIT_BROKEN = 74 }; /* EX_IOERR of sysexits.h */

/* There is one in a process. */
static struct role_state {
	struct proc_child *child;
	const struct store_ops *ops;
	struct store *st;
	struct store_proc *proc;
	struct store_admin *admin;
	struct net_timer grace;
	struct net_later finish;
	bool stopping, out_of_grace;
	bool alone; /* for a command, without a server */
} state;

/* Nothing is flushed or closed: recovery begins from what is on the disk. */
static void
broken(void *ctx)
{
	(void)ctx;
	log_textf(LOG_ERROR, "store-broken",
	    "nothing can be written any more; starting again");
	_exit(EXIT_BROKEN);
}

static void
finish(void *ctx)
{
	struct role_state *s = ctx;

	if (!s->stopping || s->proc == NULL ||
	    (!s->out_of_grace && !store_proc_quiet(s->proc)))
		return;
	if (s->out_of_grace)
		log_textf(LOG_WARN, "stop", "not everybody has finished");
	net_timer_clear(&s->grace);
	store_proc_free(&s->proc);
	s->ops->close(&s->st);
	proc_child_exit(s->child, 0);
}

static void
may_be_quiet(void *ctx)
{
	struct role_state *s = ctx;

	if (s->stopping)
		net_later_add(s->child->loop, &s->finish);
}

static void
grace_over(void *ctx)
{
	struct role_state *s = ctx;

	s->out_of_grace = true;
	may_be_quiet(s);
}

static enum err
open_data(struct role_state *s)
{
	struct proc_child *c = s->child;
	struct buf why = BUF_INIT(1024);
	enum err e = s->ops->open(&s->st, &c->conf, c->loop, &why);

	if (e == ERR_OK && (e = s->ops->start(s->st)) != ERR_OK)
		buf_add_str(&why, "cannot start");
	if (e != ERR_OK)
		log_textf(LOG_ERROR, "store-open", "%s",
		    why.len > 0 ? buf_cstr(&why) : err_text(e));
	buf_fini(&why);
	return e;
}

static enum err
start(struct proc_child *c, void **ctx_out)
{
	struct role_state *s = &state;
	enum err e;

	memset(s, 0, sizeof *s);
	s->child = c;
	s->ops = &store_bdb;
	net_timer_init(&s->grace, c->loop, grace_over, s);
	net_later_init(&s->finish, finish, s);
	*ctx_out = s;
	if ((e = open_data(s)) != ERR_OK)
		return e;
	if (s->ops->on_broken != NULL)
		s->ops->on_broken(s->st, broken, s);
	s->proc = store_proc_new(c->loop, &c->conf, s->ops, s->st);
	if (s->proc == NULL)
		return ERR_NOMEM;
	store_proc_on_quiet(s->proc, may_be_quiet, s);
	return ERR_OK;
}

static enum err
serve(void *ctx)
{
	struct role_state *s = ctx;
	struct proc_child *c = s->child;

	if (!s->alone)
		store_proc_parent(s->proc, c->parent);
	if (c->admin_fd < 0)
		return ERR_OK;
	s->admin = store_admin_new(c->loop, c->admin_fd, &c->conf, s->proc);
	return s->admin == NULL ? ERR_NOMEM : ERR_OK;
}

/* A server has peers of other roles; a command gives us itself. */
static void
peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct role_state *s = ctx;
	enum err e;

	if (s->proc == NULL) {
		(void)close(fd);
		return;
	}
	s->alone = s->alone || role == ROLE_CTL;
	if ((e = store_proc_peer_at(s->proc, role, index, fd)) != ERR_OK)
		log_textf(
		    LOG_ERROR, "peer", "%s: %s", role_name(role), err_text(e));
}

static void
reload(void *ctx)
{
	struct role_state *s = ctx;

	if (s->st != NULL)
		s->ops->reload(s->st, &s->child->conf);
}

/* A part of the grace is kept for closing the data. */
static void
stop(void *ctx, uint64_t grace_ms)
{
	struct role_state *s = ctx;

	s->stopping = true;
	store_admin_free(&s->admin);
	if (net_timer_set(&s->grace, grace_ms - grace_ms / 4) != ERR_OK)
		s->out_of_grace = true;
	net_later_add(s->child->loop, &s->finish);
}

static void
control_done(void *ctx, const struct msg_done *m)
{
	struct role_state *s = ctx;

	if (s->proc != NULL)
		store_proc_parent_done(s->proc, m);
}

static void
control_row(void *ctx, uint64_t req, struct slice row)
{
	struct role_state *s = ctx;

	if (s->proc != NULL)
		store_proc_parent_row(s->proc, req, row);
}

const struct proc_role store_role = {
    .role = ROLE_STORE,
    .start = start,
    .serve = serve,
    .peer = peer,
    .reload = reload,
    .stop = stop,
    .control_done = control_done,
    .control_row = control_row,
};
