#ifndef AUTH_AUTH_LOGIN_PRIV_H
#define AUTH_AUTH_LOGIN_PRIV_H
/* One login, for the files that lead it: auth_login (the exchange), auth_check
 * (account, password, proof) and auth_outcome (what the front and the log are
 * told). */
#include "auth/auth_priv.h"
#include "auth/auth_sasl.h"

/*
 *	CLIENT   the front has to send the client's next message
 *	ACCOUNT  the store has to say who this is
 *	WAIT     too many failures before: not looked at yet
 *	WORK     a thread verifies the password
 *	TICKET   the store has to know the ticket first
 *	REPLY    a failure, to be told when its time has come
 */
enum auth_login_state {
	AUTH_CLIENT,
	AUTH_ACCOUNT,
	AUTH_WAIT,
	AUTH_WORK,
	AUTH_TICKET,
	AUTH_REPLY
};

struct login {
	struct auth_proc *p;
	struct auth_peer *peer; /* NULL: nobody waits for the result */
	struct map_node map;
	struct list_node node;
	uint64_t req;
	enum auth_login_state state;
	unsigned protocol, flags; /* MSG_PROTO_, MSG_AUTH_ */
	struct net_addr addr;
	struct auth_sasl sasl;
	bool proof; /* SCRAM: the client has proved it, or not */
	struct auth_ask ask;
	struct net_timer timer;
	uint64_t due_ms; /* when a failure may be told */
	/* from the account's record */
	struct auth_who who;
	struct buf record;
	bool may;           /* the account exists and is active */
	const char *reason; /* why not, for the log */
	uint64_t changes;   /* auth_proc.changes when it was asked for */
	bool stale;         /* the account has changed since then */
	/* for the thread */
	struct auth_job job;
	struct buf hash;
	enum err verdict;
	struct buf extra; /* for the client, with the success */
	struct msg_ticket ticket;
};

/* --- auth_outcome: every end; l is freed, now or when its time has come --- */

void auth_login_release(struct login *l);
void auth_login_result(
    struct auth_peer *peer, struct msg_auth_result *m, struct slice extra);
/* Whatever it is but success. */
void auth_login_end(struct login *l, enum err e);
/* Try later, which is nobody's fault. */
void auth_login_put_off(struct login *l, const char *reason);
/* Known to be wrong now; told at a time that depends on nothing but when the
 * attempt began. Nobody waits: counted all the same. */
void auth_login_failed(struct login *l, const char *reason);
/* The client is who it says: a ticket, then success. */
void auth_login_granted(struct login *l);
/* The login name as given. */
struct slice auth_login_name(const struct login *l);

/* --- auth_check: is it right? ------------------------------------ */

/* SCRAM: ask the store, then challenge the client. */
void auth_check_begin_proof(struct login *l);
/* All is said, and has waited long enough. */
void auth_check_password(struct login *l);
void auth_check_proof(struct login *l);

/* --- auth_login: the exchange
 * ------------------------------------------------- */

/* Do what the mechanism wants next; out: its challenge. */
void auth_login_advance(
    struct login *l, enum auth_sasl_next next, struct buf *out);

#endif
