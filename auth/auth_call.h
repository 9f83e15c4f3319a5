#ifndef AUTH_AUTH_CALL_H
#define AUTH_AUTH_CALL_H
/*
 * The front processes' side of auth: one login exchange, embedded in the
 * session. Never blocks; hashing happens in the auth process.
 */
#include "base/err.h"
#include "base/list.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "net/net_addr.h"
#include "net/net_loop.h"
#include "proc/msg.h"

#include <stdbool.h>
#include <stdint.h>

struct auth_call;

struct auth_call *auth_call_new(struct net_loop *l, enum role self);
void auth_call_free(struct auth_call **c);
/* a channel to auth (fd given), the first or a new one after a restart */
enum err auth_call_attach(struct auth_call *c, int fd);
/* called when the channel has closed, not when another took its place */
void auth_call_on_closed(
    struct auth_call *c, void (*closed)(void *ctx), void *ctx);

/* Who logged in. */
struct auth_login {
	uint64_t account, mailbox;
	struct msg_ticket ticket;
	struct msg_text user;
};

/* Zero before first use; one exchange at a time. */
struct auth_exchange {
	/* Send this challenge (not encoded) to the client, then answer with
	 * auth_call_step. */
	void (*challenge)(struct auth_exchange *, struct slice data);
	/*
	 * OK: login is filled; data goes to the client with the success (SCRAM
	 * server-final), mostly empty. DENIED: wrong, whatever the reason,
	 * already delayed. RETRY: temporary. LIMIT: try later (LOGIN-DELAY).
	 * SYNTAX: not a message of this mechanism. UNSUPPORTED: no mechanism
	 * of this name. The exchange is free for another one.
	 */
	void (*done)(struct auth_exchange *, enum err e, struct slice data);
	struct auth_login login;
	/* private */
	struct list_node node; /* running, or about to fail */
	uint64_t id;
	enum err why;
	bool busy, failing;
};

/*
 * Begin; both callbacks come from the loop, never from inside a call. Without a
 * channel, or when it is lost, an exchange ends with RETRY.
 * mechanism: "PLAIN", "LOGIN", "SCRAM-SHA-256", any case; initial: the decoded
 * initial response, or p == NULL for none. protocol: MSG_PROTO_.
 */
void auth_call_start(struct auth_call *c, struct auth_exchange *x,
    unsigned protocol, bool tls, const struct net_addr *peer,
    struct slice mechanism, struct slice initial);
void auth_call_step(
    struct auth_call *c, struct auth_exchange *x, struct slice response);
/* The client gave up or is gone; neither callback follows. */
void auth_call_abort(struct auth_call *c, struct auth_exchange *x);
/* USER and PASS of POP3 as one PLAIN exchange. */
void auth_call_password(struct auth_call *c, struct auth_exchange *x,
    unsigned protocol, bool tls, const struct net_addr *peer, struct slice user,
    struct slice password);

/* Names of the mechanisms that conf and the channel (tls, or plaintext_auth)
 * allow, in order of preference; NULL at the end of the list. */
const char *auth_mechanism(
    const struct conf *conf, bool plaintext_ok, unsigned index);

#endif
