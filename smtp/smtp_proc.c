/*
 * The smtp process: accepts on the listeners of SMTP and submission, keeps
 * their sessions, passes new configuration to new ones.
 */
#include "smtp/smtp_proc.h"

#include "base/log.h"
#include "smtp/smtp_reply.h"
#include "smtp/smtp_session.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENERS_MAX = PROC_LISTENERS };

struct listener { /* one listening socket */
	struct smtp_proc *proc;
	struct net_acceptor *acceptor;
	unsigned number; /* index into conf.listener */
};

struct smtp_proc {
	struct smtp_host host;
	struct proc_child *child;
	struct smtp_site *site; /* for new sessions */
	struct listener listener[LISTENERS_MAX];
	unsigned nlisteners;
	struct net_timer grace;
};

/* --- new connections ------------------------------------------------------ */

/* Say why not, if it goes out at once, and close. Nothing waits for a client
 * that is one too many; inside TLS there is nothing to say. */
static void
turn_away(const struct conf_listener *l, int fd, enum smtp_say say)
{
	struct buf text = BUF_INIT(256);

	if (l->tls != CONF_TLS_IMPLICIT) {
		smtp_say_add(&text, say);
		(void)send(fd, text.p, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		buf_fini(&text);
	}
	(void)close(fd);
}

static void
log_turned_away(const struct conf_listener *l, const struct net_addr *peer)
{
	struct log_line line;
	struct buf ip = BUF_INIT(64);

	if (log_get_level() < LOG_DEBUG)
		return; /* floods are not to flood the log */
	net_addr_add_ip(&ip, peer);
	log_begin(&line, LOG_DEBUG, "turned-away");
	log_str(&line, "ip", buf_slice(&ip));
	log_cstr(&line, "listener", l->name);
	log_end(&line);
	buf_fini(&ip);
}

static enum net_admit
admit(struct listener *l, const struct net_addr *peer)
{
	const struct conf_listener *c =
	    &l->proc->site->conf.listener[l->number];
	struct net_limits limits = {
	    c->max_clients, c->max_clients_per_ip, c->max_new_per_minute};

	if (l->proc->host.census == NULL)
		return NET_ADMIT;
	return net_census_add(l->proc->host.census, l->number, peer, &limits);
}

static void
accepted(void *ctx, int fd, const struct net_addr *peer)
{
	struct listener *l = ctx;
	struct smtp_proc *p = l->proc;
	const struct conf_listener *c = &p->site->conf.listener[l->number];
	enum net_admit a = admit(l, peer);

	if (a != NET_ADMIT) {
		log_turned_away(c, peer);
		turn_away(
		    c, fd, a == NET_FULL ? SMTP_SAY_BUSY : SMTP_SAY_BUSY_ADDR);
		return;
	}
	/* on error the session has left the census again */
	if (smtp_session_start(&p->host, p->site, l->number, fd, peer) !=
	    ERR_OK)
		log_textf(LOG_WARN, "no-memory", "connection dropped");
}

/* The submission socket: who is there is counted by its sessions. */
static void
program_accepted(void *ctx, int fd, const struct net_addr *none)
{
	const struct listener *l = ctx;
	enum err e =
	    smtp_session_start_program(&l->proc->host, l->proc->site, fd);

	(void)none;
	if (e != ERR_OK)
		log_textf(LOG_WARN, "turned-away", "submission socket: %s",
		    err_text(e));
}

/* --- the others ----------------------------------------------------------- */

static void
store_closed(void *ctx)
{
	struct smtp_proc *p = ctx;

	proc_child_lost(p->child, ROLE_STORE);
}

static void
auth_closed(void *ctx)
{
	struct smtp_proc *p = ctx;

	proc_child_lost(p->child, ROLE_AUTH);
}

static void
peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct smtp_proc *p = ctx;
	enum err e = ERR_PROTO;

	(void)index; /* there is one of each */
	if (role == ROLE_STORE)
		e = store_call_attach(p->host.store, fd);
	else if (role == ROLE_AUTH)
		e = auth_call_attach(p->host.auth, fd);
	else
		(void)close(fd);
	if (e == ERR_OK)
		return;
	log_textf(LOG_ERROR, "peer", "cannot use the channel to %s: %s",
	    role_name(role), err_text(e));
	proc_child_lost(p->child, role);
}

/* --- life of the process -------------------------------------------------- */

static enum err
start(struct proc_child *child, void **ctx_out)
{
	struct smtp_proc *p = calloc(1, sizeof *p);

	if (p == NULL)
		return ERR_NOMEM;
	*ctx_out = p;
	smtp_host_init(&p->host);
	p->child = child;
	p->host.loop = child->loop;
	p->host.census = child->census;
	p->host.store = store_call_new(child->loop, ROLE_SMTP);
	p->host.auth = auth_call_new(child->loop, ROLE_SMTP);
	p->site = smtp_site_new(&child->conf, child->tls);
	if (p->host.store == NULL || p->host.auth == NULL || p->site == NULL)
		return ERR_NOMEM;
	store_call_on_closed(p->host.store, store_closed, p);
	auth_call_on_closed(p->host.auth, auth_closed, p);
	return ERR_OK;
}

static bool
is_ours(const struct proc_child *child, unsigned listener)
{
	unsigned service;

	if (listener == MSG_LISTENER_SUBMIT)
		return true;
	service = child->conf.listener[listener].service;
	return service == CONF_SMTP || service == CONF_SUBMISSION;
}

static void
stop_accepting(struct smtp_proc *p)
{
	for (unsigned i = 0; i < p->nlisteners; i++)
		net_acceptor_free(&p->listener[i].acceptor);
	p->nlisteners = 0;
}

static enum err
accept_on(void *ctx)
{
	struct smtp_proc *p = ctx;

	stop_accepting(p);
	for (unsigned i = 0; i < p->child->nlisteners; i++) {
		const struct proc_listener *from = &p->child->listener[i];
		struct listener *l = &p->listener[p->nlisteners];

		if (!is_ours(p->child, from->listener))
			continue;
		l->proc = p;
		l->number = from->listener;
		l->acceptor = net_acceptor_new(p->child->loop, from->fd,
		    from->listener == MSG_LISTENER_SUBMIT ? program_accepted
							  : accepted,
		    l);
		if (l->acceptor == NULL)
			return ERR_NOMEM;
		p->nlisteners++;
	}
	return ERR_OK;
}

/* Sessions keep what they began with; new ones get the new. */
static void
reload(void *ctx)
{
	struct smtp_proc *p = ctx;
	struct smtp_site *site = smtp_site_new(&p->child->conf, p->child->tls);

	if (site == NULL) {
		log_textf(LOG_ERROR, "reload", "out of memory");
		return;
	}
	smtp_site_unref(&p->site);
	p->site = site;
}

static void
leave(struct smtp_proc *p)
{
	struct proc_child *child = p->child;

	p->host.ended = NULL;
	net_timer_clear(&p->grace);
	smtp_host_abort(&p->host);
	smtp_site_unref(&p->site);
	store_call_free(&p->host.store);
	auth_call_free(&p->host.auth);
	free(p);
	proc_child_exit(child, 0);
}

static void
out_of_grace(void *ctx)
{
	leave(ctx);
}

/* A session that ends is still on the stack: leave a little later. */
static void
session_ended(struct smtp_host *h)
{
	struct smtp_proc *p = (struct smtp_proc *)(void *)h;

	if (h->stopping && list_empty(&h->sessions))
		(void)net_timer_set(&p->grace, 0);
}
_Static_assert(offsetof(struct smtp_proc, host) == 0, "host is the process");

static void
stop(void *ctx, uint64_t grace_ms)
{
	struct smtp_proc *p = ctx;

	stop_accepting(p);
	if (p->host.stopping)
		return;
	net_timer_init(&p->grace, p->child->loop, out_of_grace, p);
	(void)net_timer_set(&p->grace, grace_ms);
	p->host.ended = session_ended;
	smtp_host_stop(&p->host);
	session_ended(&p->host);
}

const struct proc_role smtp_role = {
    .role = ROLE_SMTP,
    .start = start,
    .listen = accept_on,
    .peer = peer,
    .reload = reload,
    .stop = stop,
};
