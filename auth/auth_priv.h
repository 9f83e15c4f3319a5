#ifndef AUTH_AUTH_PRIV_H
#define AUTH_AUTH_PRIV_H
/* The auth process from inside: what auth_proc, auth_login, auth_ask,
 * auth_upgrade, auth_delay and auth_ban share. */
#include "auth/auth_blind.h"
#include "auth/auth_cache.h"
#include "auth/auth_limit.h"
#include "auth/auth_lru.h"
#include "auth/auth_proc.h"
#include "auth/auth_work.h"
#include "base/list.h"
#include "base/mac.h"
#include "base/map.h"
#include "net/net_loop.h"
#include "proc/chan.h"
#include "proc/msg.h"
#include "store/store_record.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	/* a failure is answered this long after the attempt (and its wait);
	 * longer than any hash should take, so that no hash can be seen */
	AUTH_FAIL_MS = 1200,
	AUTH_STORE_MS = 5000,    /* for an answer of the store */
	AUTH_QUEUE_MAX = 4096,   /* passwords waiting for a thread */
	AUTH_LOGINS_MAX = 16384, /* exchanges of one front process */
	AUTH_UPGRADES_MAX = 64,
	/* until the first use of a ticket: the mailbox is opened at once, the
	 * first MAIL may take a while */
	AUTH_TICKET_POP3_MS = 60 * 1000,
	AUTH_TICKET_SUBMISSION_MS = 600 * 1000
};

struct auth_proc {
	struct net_loop *loop;
	const struct conf *conf; /* borrowed; changes at a reload */
	struct mac *digest;
	struct auth_cache cache;
	struct auth_limit limit;
	struct auth_lru last_login; /* by account, for LOGIN-DELAY */
	struct auth_blind *blind;
	struct auth_work *work;
	struct chan *store; /* NULL: away */
	struct map asks;    /* what the store has to answer, by number */
	uint64_t last_ask;
	/* counts what could make an account record in hand an old one */
	uint64_t changes;
	struct list peers, logins, upgrades;
	void (*closed)(void *ctx); /* the channel to the store */
	void *closed_ctx;
};

struct auth_peer { /* a front process */
	struct auth_proc *p;
	struct chan *chan;
	enum role role;
	unsigned index;    /* within its role */
	struct map logins; /* by the front's number */
	struct list_node node;
};

/* --- auth_ask: one question to the store, embedded in the asker --- */

struct auth_answer {
	enum err err;                      /* RETRY: no answer in time */
	uint64_t value;                    /* msg_done */
	const struct msg_account *account; /* msg_account, or NULL */
	struct slice record;
};
struct auth_ask {
	/* send the question; called again when the store has come back */
	enum err (*send)(struct auth_ask *, struct chan *store, uint64_t req);
	void (*answer)(struct auth_ask *, const struct auth_answer *);
	/* private */
	struct auth_proc *p;
	struct map_node map;
	struct net_timer timer;
	uint64_t id; /* 0: nothing is asked */
};
void auth_ask_init(struct auth_ask *a, struct auth_proc *p,
    enum err (*send)(struct auth_ask *, struct chan *, uint64_t),
    void (*answer)(struct auth_ask *, const struct auth_answer *));
/* `answer` follows, from the loop. */
void auth_ask_start(struct auth_ask *a);
/* No answer follows. Safe when nothing is asked. */
void auth_ask_cancel(struct auth_ask *a);
/* The store answered; numbers that nobody waits for are normal. */
void auth_ask_done(
    struct auth_proc *p, uint64_t id, const struct auth_answer *answer);
/* The store is back: ask again. */
void auth_ask_again(struct auth_proc *p);

/* --- auth_login: one exchange of a front ------------------------- */

void auth_login_start(
    struct auth_peer *peer, const struct msg_auth_start *m, struct slice tail);
void auth_login_step(struct auth_peer *peer, uint64_t req, struct slice tail);
void auth_login_abort(struct auth_peer *peer, uint64_t req);
/* The front is gone, or (all of them) the process ends. */
void auth_login_abort_all(struct auth_peer *peer);
/* The account was changed: what was read of it does not count any more. */
void auth_login_stale(struct auth_proc *p, uint64_t account);

/* --- auth_upgrade: keep a password in a better way --------------- */

/*
 * After a right password: make a new hash when the one on record is weaker than
 * configured, and a SCRAM verifier when there is none, in the background. The
 * answers to the client do not wait for it.
 */
void auth_upgrade_consider(struct auth_proc *p, const struct auth_who *who,
    const struct store_account *record, struct slice password);
/* All that are under way: forget them (their threads have ended). */
void auth_upgrade_drop_all(struct auth_proc *p);

/* --- auth_delay: LOGIN-DELAY (RFC 2449, section 6.5) ------------- */

/* Has this account logged in too recently? When not, it has now. */
bool auth_delay_too_soon(struct auth_proc *p, uint64_t account);

/* --- auth_ban: what the operator asks ---------------------------- */

void auth_ban_control(struct auth_proc *p, const struct msg_control *m);

/* conf has changed */
void auth_proc_reload(struct auth_proc *p);

#endif
