/*
 * How a login ends. Unknown name, wrong password and suspended account differ
 * in the log alone.
 */
#include "auth/auth_login_priv.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

#include <stdlib.h>

void
auth_login_release(struct login *l)
{
	if (l->peer != NULL)
		map_remove(&l->peer->logins, &l->map);
	list_remove(&l->p->logins, &l->node);
	auth_ask_cancel(&l->ask);
	net_timer_clear(&l->timer);
	auth_sasl_fini(&l->sasl);
	buf_wipe(&l->record);
	buf_wipe(&l->hash);
	buf_wipe(&l->extra);
	secret_wipe(l, sizeof *l);
	free(l);
}

void
auth_login_result(
    struct auth_peer *peer, struct msg_auth_result *m, struct slice extra)
{
	(void)msg_send_auth_result(peer->chan, m, extra, -1);
	secret_wipe(m, sizeof *m);
}

void
auth_login_end(struct login *l, enum err e)
{
	struct msg_auth_result m = {.req = l->req, .err = e};

	if (l->peer != NULL)
		auth_login_result(l->peer, &m, SLICE_NONE);
	auth_login_release(l);
}

struct slice
auth_login_name(const struct login *l)
{
	return buf_slice(&l->sasl.user);
}

static void
log_login(const struct login *l, const char *event, const char *reason)
{
	struct buf ip = BUF_INIT(64);
	struct log_line line;

	net_addr_add_ip(&ip, &l->addr);
	log_begin(&line, LOG_INFO, event);
	log_str(&line, "user",
	    reason == NULL ? msg_text_get(&l->who.name) : auth_login_name(l));
	log_str(&line, "ip", buf_slice(&ip));
	log_cstr(&line, "service",
	    l->protocol == MSG_PROTO_POP3 ? "pop3" : "submission");
	log_cstr(&line, "method", l->sasl.mech->name);
	log_cstr(&line, "tls", (l->flags & MSG_AUTH_TLS) != 0 ? "yes" : "no");
	if (reason != NULL)
		log_cstr(&line, "reason", reason);
	log_end(&line);
	buf_fini(&ip);
}

void
auth_login_put_off(struct login *l, const char *reason)
{
	log_login(l, "put_off", reason);
	auth_login_end(l, ERR_RETRY);
}

/* --- failure ----------------------------------------------------- */

static void
reply_due(void *ctx)
{
	auth_login_end(ctx, ERR_DENIED);
}

void
auth_login_failed(struct login *l, const char *reason)
{
	uint64_t now_ms = clock_mono_ms();

	auth_limit_failed(&l->p->limit, &l->addr, auth_login_name(l), now_ms);
	log_login(l, "failure", reason);
	if (l->peer == NULL) {
		auth_login_release(l);
		return;
	}
	l->state = AUTH_REPLY;
	l->timer.due = reply_due;
	(void)net_timer_set(
	    &l->timer, l->due_ms > now_ms ? l->due_ms - now_ms : 0);
}

/* --- success ----------------------------------------------------- */

static enum err
send_ticket(struct auth_ask *a, struct chan *store, uint64_t req)
{
	const struct login *l = LIST_ITEM(a, struct login, ask);
	struct msg_ticket_new m = {.req = req,
	    .account = l->who.account,
	    .mailbox = l->who.mailbox,
	    .ttl_ms = l->protocol == MSG_PROTO_POP3 ? AUTH_TICKET_POP3_MS
						    : AUTH_TICKET_SUBMISSION_MS,
	    .ticket = l->ticket,
	    .protocol = l->protocol};
	enum err e = msg_send_ticket_new(store, &m, SLICE_NONE, -1);

	secret_wipe(&m, sizeof m);
	return e;
}

static void
ticket_known(struct auth_ask *a, const struct auth_answer *answer)
{
	struct login *l = LIST_ITEM(a, struct login, ask);
	struct msg_auth_result m = {.req = l->req,
	    .account = l->who.account,
	    .mailbox = l->who.mailbox,
	    .ticket = l->ticket,
	    .user = l->who.name};

	if (answer->err != ERR_OK || l->stale) {
		auth_login_put_off(l, l->stale ? "changed" : "store");
		return;
	}
	log_login(l, "login", NULL);
	if (l->peer != NULL)
		auth_login_result(l->peer, &m, buf_slice(&l->extra));
	auth_login_release(l);
}

void
auth_login_granted(struct login *l)
{
	if (l->stale) {
		auth_login_put_off(l, "changed");
		return;
	}
	if (l->protocol == MSG_PROTO_POP3 &&
	    auth_delay_too_soon(l->p, l->who.account)) {
		log_login(l, "put_off", "login_delay");
		auth_login_end(l, ERR_LIMIT);
		return;
	}
	secret_random(&l->ticket, sizeof l->ticket);
	l->state = AUTH_TICKET;
	auth_ask_init(&l->ask, l->p, send_ticket, ticket_known);
	auth_ask_start(&l->ask);
}
