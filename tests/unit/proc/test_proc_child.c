/*
 * The child's side of start, reload and stop, against a parent that is this
 * test: the program starts itself as the pop3 role.
 */
#include "proc/proc_child.h"

#include "proc/proc_spawn.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the child: what it has seen is its exit status
 * ----------------------------- */

enum {
	SEEN_PEER = 1,
	SEEN_LISTENER = 2,
	SEEN_RELOAD = 4,
	SEEN_SERVE = 8,
	SEEN_LISTEN = 16,
	SEEN_RELISTEN = 32,
	SEEN_LATE = 64
};

static struct proc_child *child;
static int seen;
static bool stopped;

static enum err
start(struct proc_child *c, void **ctx_out)
{
	child = c;
	*ctx_out = NULL;
	if (strcmp(c->conf.hostname, "first.test") != 0 || seen != 0)
		return ERR_CORRUPT;
	seen |= c->nlisteners == 1 && c->listener[0].listener == 3
		    ? SEEN_LISTENER
		    : 0;
	return ERR_OK;
}

/* At a reload the descriptors of before are there until this is over. */
static enum err
accept_on(void *ctx)
{
	static struct proc_listener before;
	const struct proc_listener *l = child->listener;
	bool open = fcntl(before.fd, F_GETFD) != -1;

	(void)ctx;
	if ((seen & SEEN_RELOAD) == 0)
		seen |= (seen & SEEN_SERVE) == 0 ? SEEN_LISTEN : 0;
	else if (child->nlisteners == 2 && l[0].listener == 7 &&
		 l[1].listener == 3 && open && l[0].fd != before.fd &&
		 l[1].fd != before.fd)
		seen |= SEEN_RELISTEN;
	before = *l;
	return strcmp(child->conf.hostname, "deaf.test") == 0 ? ERR_NOMEM
							      : ERR_OK;
}

static enum err
serve(void *ctx)
{
	(void)ctx;
	seen |= SEEN_SERVE;
	return ERR_OK;
}

static void
peer(void *ctx, enum role role, unsigned index, int fd)
{
	(void)ctx;
	if (stopped)
		_exit(SEEN_LATE);
	if (role == ROLE_STORE && index == 0 && (seen & SEEN_SERVE) == 0)
		seen |= SEEN_PEER;
	(void)close(fd);
}

static void
reload(void *ctx)
{
	(void)ctx;
	if (strcmp(child->conf.hostname, "second.test") == 0)
		seen |= SEEN_RELOAD;
}

static void
stop(void *ctx, uint64_t grace_ms)
{
	(void)ctx;
	stopped = true;
	proc_child_exit(child, grace_ms == 0 ? 99 : 0);
}

/* The exit status says that this was called at the end, and all before. */
static void
fini(void *ctx)
{
	(void)ctx;
	_exit(stopped ? seen : 98);
}

__attribute__((constructor)) static void
play_role(int argc, char **argv)
{
	static const struct proc_role role = {.role = ROLE_POP3,
	    .start = start,
	    .listen = accept_on,
	    .serve = serve,
	    .peer = peer,
	    .reload = reload,
	    .stop = stop,
	    .fini = fini};

	if (argc == 5 && strcmp(argv[1], "--role") == 0 &&
	    strcmp(argv[2], "pop3") == 0)
		exit(proc_child_run(
		    &role, (unsigned)strtoul(argv[4], NULL, 10), PROC_FRONT));
}

/* --- the parent
 * --------------------------------------------------------------------- */

struct parent {
	struct net_loop *loop;
	struct chan *chan;
	pid_t pid;
	bool ready, closed;
	char dir[32];
};

static void
on_ready(void *ctx, struct msg_ready *m, struct slice tail, int fd)
{
	struct parent *p = ctx;

	(void)tail;
	(void)fd;
	p->ready = m->pid == (uint32_t)p->pid;
}

static void
on_closed(void *ctx, enum err why)
{
	struct parent *p = ctx;

	(void)why;
	p->closed = true;
	chan_free(&p->chan);
}

static void
launch(struct parent *p)
{
	static const struct msg_handlers handlers = {.ready = on_ready};
	char empty[64];
	int fd = -1;

	memset(p, 0, sizeof *p);
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/restante-child-XXXXXX");
	OK(mkdtemp(p->dir) != NULL);
	EQ_INT(chmod(p->dir, 0755), 0);
	(void)snprintf(empty, sizeof empty, "%s/empty", p->dir);
	EQ_INT(mkdir(empty, 0555), 0);
	p->loop = net_loop_new();
	EQ_INT(proc_spawn(ROLE_POP3, 5, &p->pid, &fd), ERR_OK);
	p->chan = chan_new(
	    p->loop, fd, ROLE_PARENT, ROLE_POP3, &handlers, on_closed, p);
}

static void
turn_until(struct parent *p, const bool *done)
{
	for (unsigned i = 0; i < 6000 && !*done; i++)
		net_loop_turn(p->loop, 10);
	OK(*done);
}

static int
end(struct parent *p)
{
	char empty[64];
	int status = 0;

	EQ_INT(waitpid(p->pid, &status, 0), p->pid);
	chan_free(&p->chan);
	net_loop_free(&p->loop);
	(void)snprintf(empty, sizeof empty, "%s/empty", p->dir);
	(void)rmdir(empty);
	(void)rmdir(p->dir);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
send_conf(struct parent *p, const char *hostname, bool reloading)
{
	static struct conf c;
	struct msg_conf m = {1, reloading};
	int fd = memfd_create("conf", MFD_CLOEXEC);

	conf_defaults(&c);
	c.nlisteners = 0;
	(void)snprintf(c.hostname, sizeof c.hostname, "%s", hostname);
	(void)snprintf(c.run_dir, sizeof c.run_dir, "%s", p->dir);
	(void)snprintf(c.front_user, sizeof c.front_user, "nobody");
	EQ_INT(write(fd, &c, sizeof c), sizeof c);
	EQ_INT(msg_send_conf(p->chan, &m, SLICE_NONE, fd), ERR_OK);
}

static int
null_fd(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST(proc_child_lives_its_life)
{
	struct msg_listener listener = {3, 0}, added = {7, 0};
	struct msg_peer store = {ROLE_STORE, 0};
	struct msg_start go = {.index = 5};
	struct msg_stop halt = {1000};
	struct parent p;

	launch(&p);
	send_conf(&p, "first.test", false);
	EQ_INT(msg_send_listener(p.chan, &listener, SLICE_NONE, null_fd()),
	    ERR_OK);
	EQ_INT(msg_send_peer(p.chan, &store, SLICE_NONE, null_fd()), ERR_OK);
	EQ_INT(msg_send_start(p.chan, &go, SLICE_NONE, -1), ERR_OK);
	turn_until(&p, &p.ready);
	EQ_INT(
	    msg_send_listener(p.chan, &added, SLICE_NONE, null_fd()), ERR_OK);
	EQ_INT(msg_send_listener(p.chan, &listener, SLICE_NONE, null_fd()),
	    ERR_OK);
	send_conf(&p, "second.test", true);
	EQ_INT(msg_send_stop(p.chan, &halt, SLICE_NONE, -1), ERR_OK);
	EQ_INT(msg_send_peer(p.chan, &store, SLICE_NONE, null_fd()), ERR_OK);
	turn_until(&p, &p.closed);
	EQ_INT(end(&p), SEEN_PEER | SEEN_LISTENER | SEEN_RELOAD | SEEN_SERVE |
			    SEEN_LISTEN | SEEN_RELISTEN);
}

TEST(proc_child_stops_when_its_parent_is_gone)
{
	struct msg_start go = {.index = 5};
	struct parent p;

	launch(&p);
	send_conf(&p, "first.test", false);
	EQ_INT(msg_send_start(p.chan, &go, SLICE_NONE, -1), ERR_OK);
	turn_until(&p, &p.ready);
	chan_free(&p.chan);
	EQ_INT(end(&p), SEEN_SERVE | SEEN_LISTEN);
}

TEST(proc_child_ignores_signals_of_the_terminal)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	struct msg_start go = {.index = 5};
	struct msg_stop halt = {1000};
	struct parent p;

	launch(&p);
	send_conf(&p, "first.test", false);
	EQ_INT(msg_send_start(p.chan, &go, SLICE_NONE, -1), ERR_OK);
	turn_until(&p, &p.ready);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		EQ_INT(kill(p.pid, signals[i]), 0);
	EQ_INT(msg_send_stop(p.chan, &halt, SLICE_NONE, -1), ERR_OK);
	turn_until(&p, &p.closed);
	EQ_INT(end(&p), SEEN_SERVE | SEEN_LISTEN);
}

TEST(proc_child_refuses_a_bad_start)
{
	struct msg_start go = {.index = 5}, other = {.index = 6};
	struct msg_conf m = {1, 0};
	struct parent p;

	launch(&p); /* without configuration */
	EQ_INT(msg_send_start(p.chan, &go, SLICE_NONE, -1), ERR_OK);
	turn_until(&p, &p.closed);
	EQ_INT(end(&p), 70);
	launch(&p); /* meant for somebody else */
	send_conf(&p, "first.test", false);
	EQ_INT(msg_send_start(p.chan, &other, SLICE_NONE, -1), ERR_OK);
	turn_until(&p, &p.closed);
	EQ_INT(end(&p), 70);
	launch(&p); /* a configuration that is none */
	EQ_INT(msg_send_conf(p.chan, &m, SLICE_NONE, null_fd()), ERR_OK);
	turn_until(&p, &p.closed);
	EQ_INT(end(&p), 70);
	launch(&p); /* the role itself cannot */
	send_conf(&p, "broken.test", false);
	EQ_INT(msg_send_start(p.chan, &go, SLICE_NONE, -1), ERR_OK);
	turn_until(&p, &p.closed);
	EQ_INT(end(&p), 70);
}

/* Better to begin anew than to serve what nobody asked for any more. */
TEST(proc_child_exits_when_it_cannot_listen)
{
	struct msg_start go = {.index = 5};
	struct parent p;

	launch(&p);
	send_conf(&p, "first.test", false);
	EQ_INT(msg_send_start(p.chan, &go, SLICE_NONE, -1), ERR_OK);
	turn_until(&p, &p.ready);
	send_conf(&p, "deaf.test", true);
	turn_until(&p, &p.closed);
	EQ_INT(end(&p), 98); /* not stopped */
}
