#ifndef SMTP_SMTP_CLIENT_H
#define SMTP_SMTP_CLIENT_H
/*
 * One connection to a server that takes mail: greeting, EHLO or HELO, STARTTLS,
 * AUTH, then messages one after the other (RFC 5321), with PIPELINING, SIZE,
 * 8BITMIME, SMTPUTF8, DSN and CHUNKING as far as the server offers them. It
 * knows addresses and policies, no queue and no DNS. Replies are bounded and
 * made printable before anybody sees them.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "net/net_addr.h"
#include "net/net_loop.h"
#include "net/net_tls_client.h"

#include <stdbool.h>
#include <stdint.h>

enum { SMTP_CLIENT_REPLY = 500 }; /* octets of reply text that are kept */

/* What a server said, or what went wrong without it. Plain value. */
struct smtp_verdict {
	enum err err;    /* OK 2xx; RETRY 4xx or no connection; DENIED 5xx;
			    UNKNOWN: the reply behind the text was lost;
			    UNSUPPORTED: the server cannot take this message;
			    PROTO, CLOSED, TIMEOUT: before the final dot */
	uint16_t code;   /* 0: not a reply */
	bool whole;      /* said to MAIL: of no recipient in particular */
	char status[16]; /* "4.7.1"; made up where the server has none */
	uint16_t len;    /* of text, printable UTF-8 */
	char text[SMTP_CLIENT_REPLY];
};

struct smtp_client_target {
	struct net_addr addr;
	/* of the same host, each tried beside those before it when they do not
	 * answer at once; borrowed until ready */
	const struct net_addr *others;
	unsigned nothers; /* up to DNS_ADDRS_MAX - 1 */
	char host[CONF_TEXT]; /* name for TLS and for people; "" for literals */
	uint32_t tls;         /* enum conf_out_tls, not INHERIT */
	bool implicit_tls;
	uint64_t connect_ms; /* patience, if less than configured; 0: as that.
				With others it is that with the last */
	const char *user;    /* borrowed until ready; NULL: no login */
	struct slice password;
};

/*
 * All of these come from the loop, none from inside a smtp_client_ function,
 * and each may free the client or (where that makes sense) call one.
 */
struct smtp_client;
struct smtp_client_ops {
	/* The connection can take a message (OK), or cannot be had: then the
	 * client can only be freed. DENIED (5xx) may be about this server only
	 * (its greeting), a refused login is RETRY. */
	void (*ready)(void *ctx, const struct smtp_verdict *v);
	/* Octets of the message from offset on are wanted: at least one, as
	 * many as there are at hand, by smtp_client_body. */
	void (*want)(void *ctx, uint64_t offset);
	/* What became of recipient i; for each exactly once, before finished.
	 */
	void (*recipient)(void *ctx, unsigned i, const struct smtp_verdict *v);
	/* The transaction has ended. usable: the next message may come. */
	void (*finished)(void *ctx, bool usable);
	/* The connection ended while idle. Free the client. */
	void (*closed)(void *ctx);
};

/* Settings that all connections share; borrowed as long as clients live. */
struct smtp_client_site {
	struct net_loop *loop;
	const struct conf *conf;    /* hostname, time-outs */
	struct net_tls_client *tls; /* sessions, trusted CAs */
};

/* new; begins to connect. NULL: out of memory or descriptors. */
struct smtp_client *smtp_client_new(const struct smtp_client_site *site,
    const struct smtp_client_target *target, const struct smtp_client_ops *ops,
    void *ctx);
/* QUIT if idle, then gone; otherwise drop the connection. */
void smtp_client_free(struct smtp_client **c);

struct smtp_client_rcpt {
	struct slice addr, orcpt; /* canonical; ORCPT as given, or empty */
	unsigned notify;          /* STORE_NOTIFY_ */
};
/* One message. Everything is borrowed until finished. */
struct smtp_client_mail {
	struct slice from, envid;
	const struct smtp_client_rcpt *rcpt;
	unsigned nrcpts;
	uint64_t octets; /* of the body as it comes by want: CRLF lines */
	bool eight;      /* has octets over 127 */
	bool utf8;       /* an address or the header needs SMTPUTF8 */
	unsigned ret;    /* 0, 1 FULL, 2 HDRS */
};
/* Only when ready and idle. */
void smtp_client_send(struct smtp_client *c, const struct smtp_client_mail *m);
/* The answer to want: the next octets; or err: RETRY, they cannot be had, and
 * the connection is dropped before the final dot (PROTO for all recipients). */
void smtp_client_body(struct smtp_client *c, struct slice octets, enum err e);

/* What the server offered, once ready. */
bool smtp_client_takes_eight(const struct smtp_client *c);
bool smtp_client_takes_utf8(const struct smtp_client *c);
bool smtp_client_takes_dsn(const struct smtp_client *c);
uint64_t smtp_client_size_max(const struct smtp_client *c); /* 0: no limit */
/* "TLSv1.3 verified", "TLSv1.2", or empty: lives with the client. */
struct slice smtp_client_tls(const struct smtp_client *c);
/* "mx.example.org[192.0.2.1]:25" */
struct slice smtp_client_peer(const struct smtp_client *c);
/* Was there a connection, and with which address? */
bool smtp_client_met(const struct smtp_client *c);
const struct net_addr *smtp_client_addr(const struct smtp_client *c);

#endif
