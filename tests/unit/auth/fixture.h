#ifndef TESTS_UNIT_AUTH_FIXTURE_H
#define TESTS_UNIT_AUTH_FIXTURE_H
/* The auth process between a front (auth_call) and a store that tests play,
 * over socket pairs, on a clock that tests set. */
#include "auth/auth_call.h"
#include "auth/auth_proc.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "net/net_loop.h"
#include "proc/chan.h"
#include "proc/msg.h"

#include <stdbool.h>

struct fix_account {
	const char *name; /* canonical */
	const char *hash; /* NULL: none */
	bool suspended;
	uint64_t account, mailbox, version;
	struct buf new_hash, scram; /* as stored by ACCOUNT_SECRET */
};
enum { FIX_ACCOUNTS = 8 };

struct fix {
	struct net_loop *loop;
	/* where channels are given to; NULL: auth_proc_peer */
	void (*join)(enum role role, int fd);
	struct conf conf;
	struct auth_proc *proc;
	struct auth_call *call;
	struct chan *store; /* the store's end */
	struct fix_account account[FIX_ACCOUNTS];
	unsigned accounts;
	bool mute;        /* the store reads and does not answer */
	enum err get_err; /* not OK: the answer to every ACCOUNT_GET */
	bool change;      /* ACCOUNT_CHANGED right behind each account */
	bool race;        /* the password is set anew behind each secret */
	unsigned gets, tickets, secrets, rows, dones;
	struct msg_ticket_new ticket; /* the last one */
	uint64_t done_value;
	struct buf row; /* control rows, fields parted by ' ', a line each */
	struct buf log; /* log lines */
	uint64_t now_ms;
};

extern struct fix fix;

void fix_open(void);
void fix_close(void);
/* Add an account whose password is `password` (NULL: it has no hash). */
struct fix_account *fix_add(const char *name, const char *password);
/* a new channel between auth and the store; between a front and auth */
void fix_store_attach(void);
void fix_store_lose(void);
void fix_front_attach(void);
/* Let time pass, and run what is due. */
void fix_pass(uint64_t ms);
/* Some turns of the loop. */
void fix_turns(unsigned n);

struct fix_try { /* one exchange of a client */
	struct auth_exchange x;
	bool done;
	enum err e;
	struct buf challenge, extra;
	unsigned challenges;
};
void fix_try_init(struct fix_try *t);
void fix_try_fini(struct fix_try *t);
struct net_addr fix_addr(const char *ip);
/* Start, as PLAIN from ip. */
void fix_plain(
    struct fix_try *t, const char *ip, const char *user, const char *password);
/* Turn until it is done or has one more challenge; no time passes. */
void fix_wait(struct fix_try *t);
/* The whole of it: the result, after what time has to pass. */
enum err fix_login(const char *ip, const char *user, const char *password);
/* As long as it takes until *n is at least want, within bounds. */
bool fix_until(const unsigned *n, unsigned want);
bool fix_logged(const char *text);

#endif
