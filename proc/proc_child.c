/*
 * The life of a child process: collect what the parent sends, close the cage,
 * run the role, reload, stop. Everything the role does in between is its own.
 */
#include "proc/proc_child.h"

#include "base/buf.h"
#include "proc/proc_cert.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CHANNEL_FD = 3,
	PEERS_MAX = 256, /* that come before START */
	FLUSH_MS = 1000,
	LOST_MS = 5000,              /* for a process to be started again */
	ORPHAN_GRACE_MS = 60 * 1000, /* to finish when the parent is gone */
	EXIT_BROKEN = 70             /* EX_SOFTWARE */
};

/* beyond the largest message; a reload may allow larger ones */
#define FILE_SLACK (UINT64_C(1) << 30)

struct peer {
	int fd;
	enum role role;
	unsigned index;
};

struct child {
	struct proc_child pub;
	const struct proc_role *role;
	enum proc_sandbox sandbox;
	void *ctx; /* the role's */
	bool have_conf, started, stopping;
	int status;
	struct peer peers[PEERS_MAX];
	unsigned npeers;
	struct proc_certs certs;
	struct proc_files files; /* that belong to the next CONF */
	struct proc_listener next[PROC_LISTENERS]; /* the same */
	unsigned nnext;
	bool relisten; /* that CONF has come */
	struct net_timer orphan;
	unsigned lost; /* ROLE_SET of those without a channel */
	struct net_timer ask;
};

static struct child *
child_of(struct proc_child *pub)
{
	return (struct child *)(void *)pub; /* its first member */
}

void
proc_child_exit(struct proc_child *pub, int status)
{
	child_of(pub)->status = status;
	/* what the parent has said meanwhile reaches nobody any more */
	chan_pause(pub->parent, true);
	net_loop_stop(pub->loop);
}

/* As sysexits(3) has it: systemd and people look at it. */
static int
exit_of(enum err e)
{
	if (e == ERR_BUSY)
		return 75; /* EX_TEMPFAIL: what it needs is in use */
	if (e == ERR_DENIED)
		return 77; /* EX_NOPERM */
	if (e == ERR_FULL || e == ERR_IO)
		return 74; /* EX_IOERR */
	return EXIT_BROKEN;
}

/* Start-up went wrong, or the parent said something that makes no sense. */
static void
give_up(struct child *c, const char *what, enum err e)
{
	log_textf(LOG_ERROR, "start-failed", "%s: %s", what, err_text(e));
	proc_child_exit(&c->pub, exit_of(e));
}

static void
stop(struct child *c, uint64_t grace_ms)
{
	if (c->stopping)
		return;
	c->stopping = true;
	net_timer_clear(&c->ask);
	if (c->started && c->role->stop != NULL)
		c->role->stop(c->ctx, grace_ms);
	else
		proc_child_exit(&c->pub, 0);
}

/* --- configuration and certificates -------------------------------------- */

/* conf is untouched unless the file behind fd holds a valid one. */
static enum err
read_conf(int fd, struct conf *conf)
{
	struct conf *new;
	struct stat st;
	enum err e = ERR_CORRUPT;

	if (fstat(fd, &st) != 0 || st.st_size != (off_t)sizeof *new)
		return ERR_CORRUPT;
	if ((new = malloc(sizeof *new)) == NULL)
		return ERR_NOMEM;
	if (pread(fd, new, sizeof *new, 0) ==
	    (ssize_t)sizeof *new &&conf_valid(new)) {
		*conf = *new;
		e = ERR_OK;
	}
	free(new);
	return e;
}

/* Sessions keep a reference to the old one, which lives on with them. */
static enum err
renew_tls(struct child *c)
{
	bool wanted = c->certs.count > 0;
	struct buf why = BUF_INIT(1024);
	struct net_tls *t = NULL;

	if (wanted)
		t = proc_certs_build(&c->certs, c->pub.conf.tls.min_13, &why);
	if (wanted && t == NULL)
		log_textf(LOG_ERROR, "tls-failed", "%s", buf_cstr(&why));
	proc_certs_wipe(&c->certs);
	buf_fini(&why);
	if (wanted && t == NULL)
		return ERR_CORRUPT;
	net_tls_unref(&c->pub.tls);
	c->pub.tls = t;
	return ERR_OK;
}

static bool
wants_certs(const struct child *c)
{
	return c->sandbox == PROC_FRONT && proc_certs_count(&c->pub.conf) > 0;
}

static void
close_listeners(struct proc_listener *all, unsigned *n)
{
	for (unsigned i = 0; i < *n; i++)
		(void)close(all[i].fd);
	*n = 0;
}

/* Put those that have come in place of those before. */
static enum err
renew_listeners(struct child *c)
{
	struct proc_listener old[PROC_LISTENERS];
	unsigned nold = c->pub.nlisteners;
	enum err e = ERR_OK;

	memcpy(old, c->pub.listener, sizeof old);
	memcpy(c->pub.listener, c->next, sizeof c->next);
	c->pub.nlisteners = c->nnext;
	c->nnext = 0;
	if (c->role->listen != NULL && !c->stopping)
		e = c->role->listen(c->ctx);
	close_listeners(old, &nold);
	return e;
}

static void
reload(struct child *c)
{
	enum err e;

	(void)renew_tls(c); /* it has said so; the old certificate serves on */
	if (c->role->reload != NULL)
		c->role->reload(c->ctx);
	if (!c->relisten)
		return;
	c->relisten = false;
	if ((e = renew_listeners(c)) != ERR_OK)
		give_up(c, "listeners", e);
}

static void
on_conf(void *ctx, struct msg_conf *m, struct slice tail, int fd)
{
	struct child *c = ctx;
	enum err e = read_conf(fd, &c->pub.conf);

	(void)tail;
	(void)close(fd);
	if (e != ERR_OK) {
		give_up(c, "configuration", e);
		return;
	}
	c->have_conf = true;
	proc_files_move(&c->pub.files, &c->files);
	log_set_level((enum log_level)c->pub.conf.log.level);
	c->relisten = m->reload != 0 && c->started;
	/* with certificates the last of them completes the reload */
	if (m->reload != 0 && c->started && !wants_certs(c))
		reload(c);
}

static void
on_cert(void *ctx, struct msg_cert *m, struct slice tail, int fd)
{
	struct child *c = ctx;
	enum err e = proc_certs_add(&c->certs, m, tail);

	(void)fd;
	if (e != ERR_OK)
		give_up(c, "certificates", e);
	else if (m->index + 1 == m->count && c->started)
		reload(c);
}

/* What cannot be read is as good as not there: whoever needs it says so. */
static void
on_file(void *ctx, struct msg_file *m, struct slice tail, int fd)
{
	struct child *c = ctx;
	enum err e = proc_files_add(&c->files, m, fd);

	(void)tail;
	(void)close(fd);
	if (e != ERR_OK)
		log_textf(LOG_ERROR, "file-unusable", "%s: %s",
		    m->kind == MSG_FILE_PASSWORD ? "password file"
						 : "system file",
		    err_text(e));
}

/* --- descriptors -----------------------------------------------------------
 */

static void
on_listener(void *ctx, struct msg_listener *m, struct slice tail, int fd)
{
	struct child *c = ctx;
	struct proc_listener *all = c->started ? c->next : c->pub.listener;
	unsigned *n = c->started ? &c->nnext : &c->pub.nlisteners;

	(void)tail;
	if (m->listener == MSG_LISTENER_ADMIN && c->pub.admin_fd < 0) {
		c->pub.admin_fd = fd;
	} else if (m->listener != MSG_LISTENER_ADMIN && *n < PROC_LISTENERS) {
		all[*n].fd = fd;
		all[(*n)++].listener = m->listener;
	} else {
		(void)close(fd);
	}
}

static void
on_census(void *ctx, struct msg_census *m, struct slice tail, int fd)
{
	struct child *c = ctx;

	(void)tail;
	net_census_free(&c->pub.census);
	c->pub.census = net_census_open(fd, m->worker);
	c->pub.workers = m->workers;
	(void)close(fd);
	if (c->pub.census == NULL)
		give_up(c, "census", ERR_NOMEM);
}

static void
wait_for_peers(struct child *c)
{
	if (!c->stopping && net_timer_set(&c->ask, LOST_MS) != ERR_OK)
		log_textf(LOG_ERROR, "peer-lost", "out of memory");
}

static void
ask_for_peers(void *ctx)
{
	struct child *c = ctx;

	for (unsigned r = 0; r < ROLE_COUNT; r++) {
		struct msg_peer_lost m = {.role = r};

		if ((c->lost >> r & 1u) != 0)
			(void)msg_send_peer_lost(
			    c->pub.parent, &m, SLICE_NONE, -1);
	}
	if (c->lost != 0)
		wait_for_peers(c);
}

void
proc_child_lost(struct proc_child *pub, enum role role)
{
	struct child *c = child_of(pub);

	if (c->lost == 0)
		wait_for_peers(c);
	c->lost |= 1u << role;
}

static void
pass_peer(struct child *c, const struct peer *p)
{
	c->lost &= ~(1u << p->role);
	if (c->lost == 0)
		net_timer_clear(&c->ask);
	if (c->role->peer != NULL)
		c->role->peer(c->ctx, p->role, p->index, p->fd);
	else
		(void)close(p->fd);
}

static void
on_peer(void *ctx, struct msg_peer *m, struct slice tail, int fd)
{
	struct child *c = ctx;
	struct peer p = {fd, (enum role)m->role, m->index};

	(void)tail;
	if (c->started) {
		pass_peer(c, &p);
	} else if (c->npeers < PEERS_MAX) {
		c->peers[c->npeers++] = p;
	} else {
		(void)close(fd);
		give_up(c, "peers", ERR_LIMIT);
	}
}

/* --- start and stop --------------------------------------------------------
 */

enum err
proc_empty_dir(const struct conf *conf, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/empty", conf->run_dir);

	return n > 0 && (size_t)n < size ? ERR_OK : ERR_TOOBIG;
}

static enum err
close_cage(const struct child *c)
{
	const struct conf *conf = &c->pub.conf;
	bool front = c->sandbox == PROC_FRONT || c->sandbox == PROC_RELAY;
	bool files = c->sandbox == PROC_STORE;
	char empty[CONF_TEXT + 16];
	struct proc_cage cage = {
	    .sandbox = c->sandbox,
	    .user = front ? conf->front_user : conf->user,
	    .root_dir = files ? NULL : empty,
	    .data_dir = files ? conf->data_dir : NULL,
	    .file_max = front ? conf->limits.message_size + FILE_SLACK : 0,
	};
	enum err e = proc_empty_dir(conf, empty, sizeof empty);

	return e == ERR_OK ? proc_drop(&cage) : e;
}

static enum err
begin(struct child *c)
{
	struct msg_ready ready = {.pid = (uint32_t)getpid()};
	enum err e;

	if (!c->have_conf)
		return ERR_PROTO;
	if ((e = close_cage(c)) != ERR_OK || (e = renew_tls(c)) != ERR_OK)
		return e;
	if (c->role->start != NULL &&
	    (e = c->role->start(&c->pub, &c->ctx)) != ERR_OK)
		return e;
	c->started = true;
	for (unsigned i = 0; i < c->npeers; i++)
		pass_peer(c, &c->peers[i]);
	c->npeers = 0;
	if (c->role->listen != NULL && (e = c->role->listen(c->ctx)) != ERR_OK)
		return e;
	if (c->role->serve != NULL && (e = c->role->serve(c->ctx)) != ERR_OK)
		return e;
	return msg_send_ready(c->pub.parent, &ready, SLICE_NONE, -1);
}

static void
on_start(void *ctx, struct msg_start *m, struct slice tail, int fd)
{
	struct child *c = ctx;
	enum err e;

	(void)tail;
	(void)fd;
	if (c->status != 0)
		return; /* on the way out */
	if (c->started || m->index != c->pub.index) {
		give_up(c, "start", ERR_PROTO);
		return;
	}
	if ((e = begin(c)) != ERR_OK)
		give_up(c, role_name(c->role->role), e);
}

static void
on_stop(void *ctx, struct msg_stop *m, struct slice tail, int fd)
{
	(void)tail;
	(void)fd;
	stop(ctx, m->grace_ms);
}

static void
orphan_due(void *ctx)
{
	struct child *c = ctx;

	proc_child_exit(&c->pub, EXIT_BROKEN);
}

/* The channel stays, dead, so that the role may go on sending into it. */
static void
parent_gone(void *ctx, enum err why)
{
	struct child *c = ctx;

	log_textf(LOG_WARN, "parent-gone", "%s", err_text(why));
	stop(c, ORPHAN_GRACE_MS);
	if (net_timer_set(&c->orphan, ORPHAN_GRACE_MS) != ERR_OK)
		orphan_due(c);
}

/* --- answers to the role's own requests ------------------------------------
 */

static void
on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	struct child *c = ctx;

	(void)tail;
	(void)fd;
	if (c->started && c->role->control_done != NULL)
		c->role->control_done(c->ctx, m);
}

static void
on_control_row(void *ctx, struct msg_control_row *m, struct slice tail, int fd)
{
	struct child *c = ctx;

	(void)fd;
	if (c->started && c->role->control_row != NULL)
		c->role->control_row(c->ctx, m->req, tail);
}

static const struct msg_handlers handlers = {
    .conf = on_conf,
    .cert = on_cert,
    .file = on_file,
    .listener = on_listener,
    .census = on_census,
    .peer = on_peer,
    .start = on_start,
    .stop = on_stop,
    .done = on_done,
    .control_row = on_control_row,
};

/* --- the process ------------------------------------------------------------
 */

/* The terminal's and the operator's signals are for the parent, which then
 * says in order who stops; a broken pipe and a full file are errors of calls.
 */
static void
ignore_signals(void)
{
	static const int ignored[] = {
	    SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2};
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_handler = SIG_IGN;
	for (unsigned i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)sigaction(ignored[i], &a, NULL);
}

void
proc_log_init(const char *name, enum log_level level)
{
	const char *journal = getenv("JOURNAL_STREAM");
	unsigned long long dev, inode;
	struct stat st;

	log_init(name, level);
	/* systemd.exec(5): device and inode of the stream it gave us */
	if (journal != NULL &&
	    sscanf(journal, "%llu:%llu", &dev, &inode) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	    st.st_ino == inode)
		log_set_journal(1);
}

static void
fini(struct child *c)
{
	proc_certs_wipe(&c->certs);
	proc_files_wipe(&c->files);
	proc_files_wipe(&c->pub.files);
	net_tls_unref(&c->pub.tls);
	net_census_free(&c->pub.census);
	for (unsigned i = 0; i < c->npeers; i++)
		(void)close(c->peers[i].fd);
	close_listeners(c->pub.listener, &c->pub.nlisteners);
	close_listeners(c->next, &c->nnext);
	if (c->pub.admin_fd >= 0)
		(void)close(c->pub.admin_fd);
	net_timer_clear(&c->orphan);
	net_timer_clear(&c->ask);
	if (c->pub.parent != NULL)
		(void)chan_flush(c->pub.parent, FLUSH_MS);
	chan_free(&c->pub.parent);
	net_loop_free(&c->pub.loop);
	free(c);
}

static struct child *
init(const struct proc_role *role, unsigned index, enum proc_sandbox sandbox)
{
	struct child *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->role = role;
	c->sandbox = sandbox;
	c->pub.index = index;
	c->pub.workers = 1;
	c->pub.admin_fd = -1;
	if ((c->pub.loop = net_loop_new()) != NULL) {
		net_timer_init(&c->orphan, c->pub.loop, orphan_due, c);
		net_timer_init(&c->ask, c->pub.loop, ask_for_peers, c);
		c->pub.parent = chan_new(c->pub.loop, CHANNEL_FD, role->role,
		    ROLE_PARENT, &handlers, parent_gone, c);
	}
	if (c->pub.parent == NULL) {
		net_loop_free(&c->pub.loop);
		free(c);
		return NULL;
	}
	return c;
}

int
proc_child_run(
    const struct proc_role *role, unsigned index, enum proc_sandbox sandbox)
{
	char title[32];
	struct child *c;
	int status;

	(void)snprintf(title, sizeof title, "%s", role_name(role->role));
	proc_log_init(title, LOG_INFO);
	(void)snprintf(
	    title, sizeof title, "restante-%s", role_name(role->role));
	(void)prctl(PR_SET_NAME, title, 0, 0, 0);
	ignore_signals();
	if ((c = init(role, index, sandbox)) == NULL) {
		log_textf(LOG_ERROR, "start-failed", "out of memory");
		return EXIT_BROKEN;
	}
	net_loop_run(c->pub.loop);
	if (c->started && role->fini != NULL)
		role->fini(c->ctx);
	status = c->status;
	fini(c);
	return status;
}
