#ifndef TESTS_UNIT_SMTP_FAKE_H
#define TESTS_UNIT_SMTP_FAKE_H
/*
 * What a session needs around it, without processes: store_call.h and
 * auth_call.h answered in memory at the end of the loop's turn, and a client's
 * end of the connection. Linked instead of the real ones.
 *
 * Local domain example.test; what a local part leads to:
 *	nobody NOENT, full FULL, quota QUOTA, retry RETRY, off SUSPENDED,
 *	late: is there at RCPT and gives QUOTA at delivery; else OK
 * Other domains: DENIED, but OK with a ticket or for a local program.
 * Logins: user "bob@example.test", password "secret".
 */
#include "base/buf.h"
#include "conf/conf.h"
#include "net/net_loop.h"
#include "smtp/smtp_session.h"

#include <stdbool.h>

struct fake_mail {      /* the last one delivered */
	unsigned count; /* of all */
	struct buf from, rcpts, text, envid, info, loops;
	unsigned nrcpts, flags, ret;
	bool ticket;
};

struct fake {
	struct net_loop *loop;
	struct smtp_host host;
	struct smtp_site *site;
	struct conf conf;
	struct net_tls *tls; /* of the next connection; NULL: none */
	struct fake_mail mail;
	int fd;        /* the client's end */
	struct buf in; /* what the server said */
	bool closed;
	bool local;     /* connections come by the submission socket */
	bool fenced;    /* the store knows no ticket any more */
	unsigned held;  /* recipients of a delivery that are held */
	bool down;      /* the store gives RETRY to everything */
	unsigned turns; /* an answer takes so many turns of the loop */
	unsigned spills, resolves, open_tx;
	size_t held_max;
};

/* Of store_call_on_closed and auth_call_on_closed. */
extern struct fake_hook {
	void (*fn)(void *ctx);
	void *ctx;
} fake_store_closed, fake_auth_closed;

/* One listener: submission service when asked for; TLS off. */
void fake_init(struct fake *f, bool submission);
void fake_fini(struct fake *f);
/* Begin a session with f->conf as it is now. */
void fake_connect(struct fake *f);
void fake_send(struct fake *f, struct slice s);
/* One turn of the loop, and the store's answers behind it. */
void fake_turn(struct fake *f);
/* Let the loop run while anything happens. */
void fake_run(struct fake *f);
/* The auth process is gone: the exchange under way ends. */
void fake_lose_auth(struct fake *f);
/* Let the clock go on, and what is due happen. */
void fake_wait(struct fake *f, uint64_t ms);
/* Take a line off what the server said, without CRLF; false: there is none. */
bool fake_line(struct fake *f, struct buf *line);

#endif
