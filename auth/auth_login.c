/*
 * One login, from the mechanism's first message on: what the front sends, and
 * what the mechanism makes of it.
 */
#include "auth/auth_crypt.h"
#include "auth/auth_login_priv.h"
#include "base/clock.h"

#include <stdlib.h>

static void
wait_over(void *ctx)
{
	struct login *l = ctx;

	if (l->proof)
		auth_check_proof(l);
	else
		auth_check_password(l);
}

/* All is said. From here on the clock runs, for failures of any kind. */
static void
attempt(struct login *l, bool proof)
{
	uint64_t now_ms = clock_mono_ms(), wait_ms;

	l->proof = proof;
	wait_ms =
	    auth_limit_wait(&l->p->limit, &l->addr, auth_login_name(l), now_ms);
	l->due_ms = now_ms + wait_ms + AUTH_FAIL_MS;
	if (wait_ms == 0) {
		wait_over(l);
		return;
	}
	l->state = AUTH_WAIT;
	l->timer.due = wait_over;
	(void)net_timer_set(&l->timer, wait_ms);
}

static void
refuse(struct login *l)
{
	if (l->sasl.err == ERR_DENIED) { /* on behalf of somebody else */
		l->due_ms = clock_mono_ms() + AUTH_FAIL_MS;
		auth_login_failed(l, "authzid");
	} else {
		auth_login_end(
		    l, l->sasl.err == ERR_SYNTAX ? ERR_SYNTAX : ERR_RETRY);
	}
}

void
auth_login_advance(struct login *l, enum auth_sasl_next next, struct buf *out)
{
	struct msg_auth_challenge m = {.req = l->req};

	switch (next) {
	case AUTH_SASL_CHALLENGE:
		l->state = AUTH_CLIENT;
		(void)msg_send_auth_challenge(
		    l->peer->chan, &m, buf_slice(out), -1);
		break;
	case AUTH_SASL_ACCOUNT:
		auth_check_begin_proof(l);
		break;
	case AUTH_SASL_PASSWORD:
		attempt(l, false);
		break;
	case AUTH_SASL_PROOF:
		attempt(l, true);
		break;
	case AUTH_SASL_FAIL:
		refuse(l);
		break;
	}
}

static struct login *
find(const struct auth_peer *peer, uint64_t req)
{
	struct map_node *n = map_get(&peer->logins, slice_of(&req, sizeof req));

	return n == NULL ? NULL : MAP_ITEM(n, struct login, map);
}

static struct login *
login_new(struct auth_peer *peer, const struct msg_auth_start *m,
    const struct auth_mech *mech)
{
	struct login *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->p = peer->p;
	l->req = m->req;
	if (map_put(&peer->logins, &l->map, slice_of(&l->req, sizeof l->req)) !=
	    ERR_OK) {
		free(l);
		return NULL;
	}
	l->peer = peer;
	l->protocol = m->protocol;
	l->flags = m->flags;
	l->addr = m->peer;
	l->reason = "unknown";
	auth_sasl_init(&l->sasl, mech);
	net_timer_init(&l->timer, l->p->loop, NULL, l);
	auth_ask_init(&l->ask, l->p, NULL, NULL);
	buf_init(&l->record, 8192);
	buf_init(&l->hash, AUTH_HASH_MAX);
	buf_init(&l->extra, AUTH_SASL_MESSAGE_MAX);
	list_push_back(&l->p->logins, &l->node);
	return l;
}

void
auth_login_start(
    struct auth_peer *peer, const struct msg_auth_start *m, struct slice tail)
{
	const struct auth_mech *mech =
	    auth_mech_find(msg_short_get(&m->mechanism));
	struct buf out = BUF_INIT(AUTH_SASL_MESSAGE_MAX);
	struct msg_auth_result no = {.req = m->req, .err = ERR_UNSUPPORTED};
	struct login *l = NULL;

	auth_login_abort(peer, m->req); /* one at a time by that number */
	if (mech != NULL && auth_mech_open(mech, peer->p->conf, true)) {
		no.err = ERR_RETRY;
		if (peer->logins.count < AUTH_LOGINS_MAX)
			l = login_new(peer, m, mech);
	}
	if (l == NULL) {
		auth_login_result(peer, &no, SLICE_NONE);
		return;
	}
	if ((m->flags & MSG_AUTH_INITIAL) == 0)
		tail = SLICE_NONE;
	else if (tail.p == NULL)
		tail = SLICE("");
	auth_login_advance(l, auth_sasl_input(&l->sasl, tail, &out), &out);
	buf_wipe(&out);
}

void
auth_login_step(struct auth_peer *peer, uint64_t req, struct slice tail)
{
	struct buf out = BUF_INIT(AUTH_SASL_MESSAGE_MAX);
	struct login *l = find(peer, req);

	if (l == NULL || l->state != AUTH_CLIENT)
		return; /* gone, or a front that does not wait its turn */
	if (tail.p == NULL)
		tail = SLICE("");
	auth_login_advance(l, auth_sasl_input(&l->sasl, tail, &out), &out);
	buf_wipe(&out);
}

/* What a thread works on is finished and counted: it was a guess. */
static void
abandon(struct login *l)
{
	if (l->state != AUTH_WORK) {
		auth_login_release(l);
		return;
	}
	map_remove(&l->peer->logins, &l->map);
	l->peer = NULL;
}

void
auth_login_abort(struct auth_peer *peer, uint64_t req)
{
	struct login *l = find(peer, req);

	if (l != NULL)
		abandon(l);
}

/* A password that was right a moment ago opens nothing any more. */
void
auth_login_stale(struct auth_proc *p, uint64_t account)
{
	LIST_EACH(&p->logins, n)
	{
		struct login *l = LIST_ITEM(n, struct login, node);

		l->stale = l->stale || l->who.account == account;
	}
}

void
auth_login_abort_all(struct auth_peer *peer)
{
	struct map_node *n;

	while ((n = map_next(&peer->logins, NULL)) != NULL)
		abandon(MAP_ITEM(n, struct login, map));
}
