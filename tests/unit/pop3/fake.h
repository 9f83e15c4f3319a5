#ifndef TESTS_UNIT_POP3_FAKE_H
#define TESTS_UNIT_POP3_FAKE_H
/*
 * What a POP3 session needs around it, without processes: store_call.h and
 * auth_call.h answered in memory at the end of the loop's turn, and a client's
 * end of the connection. Linked instead of the real ones.
 *
 * One login, alice@example.test with "secret word", and one mailbox.
 */
#include "base/buf.h"
#include "conf/conf.h"
#include "net/net_loop.h"
#include "pop3/pop3_priv.h"

#include <stdbool.h>

enum { FAKE_MESSAGES = 300 };

struct fake {
	struct net_loop *loop;
	struct conf conf;
	struct pop3_server server;
	struct slice mail[FAKE_MESSAGES]; /* p == NULL: removed */
	unsigned count;
	int fd;        /* the client's end */
	struct buf in; /* what the server said */
	bool closed;
	enum err login_err; /* for a right password; OK */
	enum err open_err, read_err, expunge_err;
	unsigned reads, opens, closes, expunges, aborts;
	unsigned auth_peers, store_peers; /* channels that were attached */
	void (*lost)(void *ctx);          /* of store_call_on_lost */
	void *lost_ctx;
	void (*store_closed)(void *ctx); /* of store_call_on_closed */
	void (*auth_closed)(void *ctx);
	void *closed_ctx;
};

extern struct fake fake;

/* count messages: number n holds "Subject: n", an empty line, and "body n". */
void fake_init(unsigned count);
void fake_fini(void);
void fake_connect(void);
/* Send, run the loop until nothing happens, and compare all that came back;
 * want: a pattern of fnmatch(3). */
void fake_talk(const char *name, const char *send, const char *want);
void fake_send(struct slice s);
void fake_run(void);
/* The auth process goes away under the login of the first session. */
void fake_lose_auth(void);

#endif
