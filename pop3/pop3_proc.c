/* The pop3 process: takes connections, hands them to sessions, stops. */
#include "pop3/pop3_proc.h"

#include "base/log.h"
#include "pop3/pop3_priv.h"

#include <stdlib.h>

struct pop3_accept {
	struct pop3_process *process;
	struct net_acceptor *acceptor;
	unsigned listener;
};

struct pop3_process {
	struct proc_child *child;
	struct pop3_server server;
	struct pop3_accept accept[CONF_LISTENERS * CONF_ADDRESSES];
	unsigned naccept;
};

static void
on_lost(void *ctx)
{
	struct pop3_process *p = ctx;

	LIST_EACH_SAFE(&p->server.sessions, n)
	pop3_session_lost(LIST_ITEM(n, struct pop3_session, node));
}

static void
store_closed(void *ctx)
{
	struct pop3_process *p = ctx;

	proc_child_lost(p->child, ROLE_STORE);
}

static void
auth_closed(void *ctx)
{
	struct pop3_process *p = ctx;

	proc_child_lost(p->child, ROLE_AUTH);
}

static enum err
start(struct proc_child *child, void **ctx_out)
{
	struct pop3_process *p = calloc(1, sizeof *p);
	struct pop3_server *srv;

	if (p == NULL)
		return ERR_NOMEM;
	*ctx_out = p;
	p->child = child;
	srv = &p->server;
	srv->loop = child->loop;
	srv->conf = &child->conf;
	srv->tls = child->tls;
	srv->census = child->census;
	list_init(&srv->sessions);
	srv->store = store_call_new(child->loop, ROLE_POP3);
	srv->auth = auth_call_new(child->loop, ROLE_POP3);
	if (srv->store == NULL || srv->auth == NULL)
		return ERR_NOMEM;
	store_call_on_lost(srv->store, on_lost, p);
	store_call_on_closed(srv->store, store_closed, p);
	auth_call_on_closed(srv->auth, auth_closed, p);
	return ERR_OK;
}

static void
accepted(void *ctx, int fd, const struct net_addr *peer)
{
	struct pop3_accept *a = ctx;

	(void)peer;
	if (pop3_session_new(&a->process->server, fd, a->listener) == NULL)
		log_textf(LOG_WARN, "refused", "out of memory");
}

static void
stop_accepting(struct pop3_process *p)
{
	for (unsigned i = 0; i < p->naccept; i++)
		net_acceptor_free(&p->accept[i].acceptor);
	p->naccept = 0;
}

static enum err
accept_on(void *ctx)
{
	struct pop3_process *p = ctx;

	stop_accepting(p);
	for (unsigned i = 0; i < p->child->nlisteners; i++) {
		struct pop3_accept *a = &p->accept[p->naccept];

		a->process = p;
		a->listener = p->child->listener[i].listener;
		a->acceptor = net_acceptor_new(
		    p->child->loop, p->child->listener[i].fd, accepted, a);
		if (a->acceptor == NULL)
			return ERR_NOMEM;
		p->naccept++;
	}
	return ERR_OK;
}

static void
peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct pop3_process *p = ctx;
	enum err e;

	(void)index;
	e = role == ROLE_STORE ? store_call_attach(p->server.store, fd)
			       : auth_call_attach(p->server.auth, fd);
	if (e == ERR_OK)
		return;
	log_textf(LOG_ERROR, "peer", "%s: %s", role_name(role), err_text(e));
	proc_child_lost(p->child, role);
}

static void
reload(void *ctx)
{
	struct pop3_process *p = ctx;

	p->server.tls = p->child->tls;
}

static void
empty(void *ctx)
{
	struct pop3_process *p = ctx;

	proc_child_exit(p->child, 0);
}

/* Sessions that are removing messages finish; the others end, nothing lost. */
static void
stop(void *ctx, uint64_t grace_ms)
{
	struct pop3_process *p = ctx;

	(void)grace_ms; /* the parent waits that long, then kills */
	stop_accepting(p);
	p->server.stopping = true;
	p->server.empty = empty;
	p->server.empty_ctx = p;
	LIST_EACH_SAFE(&p->server.sessions, n)
	{
		struct pop3_session *s =
		    LIST_ITEM(n, struct pop3_session, node);

		if (!s->expunge.busy)
			pop3_resume(s, POP3_CLOSE);
	}
	if (list_empty(&p->server.sessions))
		empty(p);
}

static void
fini(void *ctx)
{
	struct pop3_process *p = ctx;

	store_call_free(&p->server.store);
	auth_call_free(&p->server.auth);
	free(p);
}

const struct proc_role pop3_role = {
    .role = ROLE_POP3,
    .start = start,
    .listen = accept_on,
    .peer = peer,
    .reload = reload,
    .stop = stop,
    .fini = fini,
};
