/*
 * The relay process: what the parent gave it becomes a resolver, a TLS client
 * and settings; the rest is relay.c.
 */
#include "smtp/relay_proc.h"

#include "smtp/relay.h"

#include <stdlib.h>
#include <unistd.h>

enum { LAST_MS = 500 }; /* of the grace, to leave in order */

struct relay_proc {
	struct proc_child *child;
	struct relay_parts parts;
	struct relay *relay;
	bool stopping;
};

static struct dns *
open_dns(const struct proc_child *c)
{
	struct dns_settings s = {
	    .resolv_conf = proc_files_get(&c->files, MSG_FILE_RESOLV),
	    .hosts = proc_files_get(&c->files, MSG_FILE_HOSTS),
	    .root_key = proc_files_get(&c->files, MSG_FILE_ROOT_KEY),
	    .server = c->conf.outbound.dns,
	    .ipv6 = c->conf.outbound.ipv6,
	};
	struct buf why = BUF_INIT(1024);
	struct dns *d = dns_new(c->loop, &s, &why);

	if (d == NULL)
		log_textf(LOG_ERROR, "dns-failed", "%s", buf_cstr(&why));
	buf_fini(&why);
	return d;
}

static struct net_tls_client *
open_tls(const struct proc_child *c)
{
	struct buf why = BUF_INIT(1024);
	struct net_tls_client *t =
	    net_tls_client_new(proc_files_get(&c->files, MSG_FILE_CA), &why);

	if (t == NULL)
		log_textf(LOG_ERROR, "tls-failed", "%s", buf_cstr(&why));
	buf_fini(&why);
	return t;
}

/* Both or neither. */
static bool
open_ways_out(const struct proc_child *c, struct relay_settings *s)
{
	s->dns = open_dns(c);
	s->tls = open_tls(c);
	if (s->dns != NULL && s->tls != NULL)
		return true;
	dns_free(&s->dns);
	net_tls_client_free(&s->tls);
	return false;
}

/* borrowed from the child */
static struct relay_settings
settings(const struct proc_child *c)
{
	struct relay_settings s = {.conf = &c->conf};

	for (unsigned i = 0; i < CONF_PASSWORDS; i++)
		s.password[i] = proc_files_password(&c->files, i);
	return s;
}

static void
store_closed(void *ctx)
{
	struct relay_proc *p = ctx;

	proc_child_lost(p->child, ROLE_STORE);
}

static enum err
start(struct proc_child *child, void **ctx_out)
{
	struct relay_proc *p = calloc(1, sizeof *p);
	struct relay_settings s = settings(child);

	if (p == NULL)
		return ERR_NOMEM;
	*ctx_out = p;
	p->child = child;
	p->parts.loop = child->loop;
	p->parts.store = store_call_new(child->loop, ROLE_RELAY);
	if (p->parts.store == NULL || !open_ways_out(child, &s))
		return ERR_RETRY;
	store_call_on_closed(p->parts.store, store_closed, p);
	p->relay = relay_new(&p->parts, &s);
	return p->relay == NULL ? ERR_NOMEM : ERR_OK;
}

static void
peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct relay_proc *p = ctx;
	enum err e = ERR_PROTO;

	(void)index; /* there is one store */
	if (role == ROLE_STORE)
		e = store_call_attach(p->parts.store, fd);
	else
		(void)close(fd);
	if (e == ERR_OK)
		return;
	log_textf(LOG_ERROR, "peer", "cannot use the channel to %s: %s",
	    role_name(role), err_text(e));
	proc_child_lost(p->child, role);
}

/* The files may have changed, too: name servers, certificate authorities. What
 * is under way goes on with what it began with. */
static void
reload(void *ctx)
{
	struct relay_proc *p = ctx;
	struct relay_settings s = settings(p->child);

	if (!open_ways_out(p->child, &s))
		log_textf(LOG_WARN, "reload",
		    "going on with the resolver and certificates of before");
	if (relay_reload(p->relay, &s) != ERR_OK)
		log_textf(LOG_ERROR, "reload", "out of memory");
}

static void
stopped(void *ctx)
{
	struct relay_proc *p = ctx;

	proc_child_exit(p->child, 0);
}

static void
stop(void *ctx, uint64_t grace_ms)
{
	struct relay_proc *p = ctx;

	if (p->stopping)
		return;
	p->stopping = true;
	relay_stop(
	    p->relay, grace_ms > LAST_MS ? grace_ms - LAST_MS : 0, stopped, p);
}

static void
fini(void *ctx)
{
	struct relay_proc *p = ctx;

	if (p == NULL)
		return;
	relay_free(&p->relay);
	store_call_free(&p->parts.store);
	free(p);
}

const struct proc_role relay_role = {
    .role = ROLE_RELAY,
    .start = start,
    .peer = peer,
    .reload = reload,
    .stop = stop,
    .fini = fini,
};
