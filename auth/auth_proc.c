/*
 * The auth process: fronts on one side, the store on the other. It trusts
 * neither to be there, and no front at all.
 */
#include "auth/auth_proc.h"

#include "auth/auth_priv.h"
#include "auth/auth_scram.h"

#include <stdlib.h>
#include <unistd.h>

static struct auth_limit_rule
rule_of(const struct conf *c)
{
	return (struct auth_limit_rule){c->limits.login_failures,
	    c->limits.login_window_ms, c->limits.login_ban_ms};
}

/* --- fronts ------------------------------------------------------ */

static void
on_start(void *ctx, struct msg_auth_start *m, struct slice tail, int fd)
{
	(void)fd;
	auth_login_start(ctx, m, tail);
}

static void
on_step(void *ctx, struct msg_auth_step *m, struct slice tail, int fd)
{
	(void)fd;
	auth_login_step(ctx, m->req, tail);
}

static void
on_abort(void *ctx, struct msg_auth_abort *m, struct slice tail, int fd)
{
	(void)tail;
	(void)fd;
	auth_login_abort(ctx, m->req);
}

static const struct msg_handlers front_handlers = {
    .auth_start = on_start, .auth_step = on_step, .auth_abort = on_abort};

static void
peer_free(struct auth_peer *peer)
{
	auth_login_abort_all(peer);
	list_remove(&peer->p->peers, &peer->node);
	chan_free(&peer->chan);
	map_fini(&peer->logins);
	free(peer);
}

static void
front_closed(void *ctx, enum err why)
{
	(void)why; /* the channel has logged a breach; an end is normal */
	peer_free(ctx);
}

/* Whoever gets a new channel has no use for the old one. */
static void
front_replace(struct auth_proc *p, enum role role, unsigned index)
{
	LIST_EACH_SAFE(&p->peers, n)
	{
		struct auth_peer *peer = LIST_ITEM(n, struct auth_peer, node);

		if (peer->role == role && peer->index == index)
			peer_free(peer);
	}
}

static enum err
front_add(struct auth_proc *p, enum role role, unsigned index, int fd)
{
	struct auth_peer *peer = calloc(1, sizeof *peer);

	front_replace(p, role, index);
	if (peer == NULL) {
		(void)close(fd);
		return ERR_NOMEM;
	}
	peer->p = p;
	peer->role = role;
	peer->index = index;
	map_init(&peer->logins);
	peer->chan = chan_new(
	    p->loop, fd, ROLE_AUTH, role, &front_handlers, front_closed, peer);
	if (peer->chan == NULL) {
		free(peer);
		return ERR_NOMEM;
	}
	list_push_back(&p->peers, &peer->node);
	return ERR_OK;
}

/* --- the store --------------------------------------------------- */

static void
on_account(void *ctx, struct msg_account *m, struct slice tail, int fd)
{
	(void)fd;
	auth_ask_done(ctx, m->req,
	    &(struct auth_answer){
		.err = (enum err)m->err, .account = m, .record = tail});
}

static void
on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	(void)tail;
	(void)fd;
	auth_ask_done(ctx, m->req,
	    &(struct auth_answer){.err = (enum err)m->err, .value = m->value});
}

static void
on_changed(void *ctx, struct msg_account_changed *m, struct slice tail, int fd)
{
	struct auth_proc *p = ctx;

	(void)tail;
	(void)fd;
	p->changes++;
	auth_cache_forget(&p->cache, m->account);
	auth_login_stale(p, m->account);
}

static void
on_control(void *ctx, struct msg_control *m, struct slice tail, int fd)
{
	(void)tail;
	(void)fd;
	auth_ban_control(ctx, m);
}

static const struct msg_handlers store_handlers = {.account = on_account,
    .done = on_done,
    .account_changed = on_changed,
    .control = on_control};

/* Changes may be missed from now on. */
static void
store_lost(struct auth_proc *p)
{
	chan_free(&p->store);
	auth_cache_clear(&p->cache);
	p->changes++;
}

static void
store_closed(void *ctx, enum err why)
{
	struct auth_proc *p = ctx;

	(void)why;
	store_lost(p);
	if (p->closed != NULL)
		p->closed(p->closed_ctx);
}

void
auth_proc_on_closed(struct auth_proc *p, void (*fn)(void *ctx), void *ctx)
{
	p->closed = fn;
	p->closed_ctx = ctx;
}

static enum err
store_attach(struct auth_proc *p, int fd)
{
	if (p->store != NULL)
		store_lost(p);
	p->store = chan_new(p->loop, fd, ROLE_AUTH, ROLE_STORE, &store_handlers,
	    store_closed, p);
	if (p->store == NULL)
		return ERR_NOMEM;
	auth_ask_again(p);
	return ERR_OK;
}

/* --- the whole --------------------------------------------------- */

struct auth_proc *
auth_proc_new(struct net_loop *l, const struct conf *conf)
{
	struct auth_limit_rule rule = rule_of(conf);
	struct auth_proc *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->loop = l;
	p->conf = conf;
	map_init(&p->asks);
	list_init(&p->peers);
	list_init(&p->logins);
	list_init(&p->upgrades);
	auth_limit_init(&p->limit, &rule);
	auth_lru_init(&p->last_login, AUTH_LIMIT_MAX, NULL);
	p->digest = mac_new_random();
	auth_cache_init(&p->cache, p->digest);
	p->blind = auth_blind_new(conf->auth.hash, conf->auth.hash_cost);
	p->work = auth_work_new(l, conf->auth.workers);
	if (p->digest == NULL || p->blind == NULL || p->work == NULL ||
	    auth_scram_load() != ERR_OK)
		auth_proc_free(&p);
	return p;
}

/* Threads first: what they were doing ends here, and so does every login. */
void
auth_proc_free(struct auth_proc **pp)
{
	struct auth_proc *p = *pp;
	struct list_node *n;

	if (p == NULL)
		return;
	auth_work_free(&p->work);
	while ((n = list_pop_front(&p->peers)) != NULL)
		peer_free(LIST_ITEM(n, struct auth_peer, node));
	auth_upgrade_drop_all(p);
	chan_free(&p->store);
	map_fini(&p->asks);
	auth_cache_fini(&p->cache);
	auth_limit_fini(&p->limit);
	auth_lru_fini(&p->last_login);
	auth_blind_free(&p->blind);
	mac_free(&p->digest);
	auth_scram_unload();
	free(p);
	*pp = NULL;
}

enum err
auth_proc_peer(struct auth_proc *p, enum role role, unsigned index, int fd)
{
	if (role == ROLE_STORE)
		return store_attach(p, fd);
	if (role == ROLE_SMTP || role == ROLE_POP3)
		return front_add(p, role, index, fd);
	(void)close(fd);
	return ERR_UNSUPPORTED;
}

void
auth_proc_reload(struct auth_proc *p)
{
	struct auth_limit_rule rule = rule_of(p->conf);

	auth_limit_set(&p->limit, &rule);
}
