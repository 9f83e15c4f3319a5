#ifndef SMTP_SMTP_SESSION_H
#define SMTP_SMTP_SESSION_H
/*
 * One SMTP connection, from greeting to close (RFC 5321). What it needs from
 * outside is in a struct smtp_host, so that tests and fuzz targets can give it.
 */
#include "auth/auth_call.h"
#include "base/list.h"
#include "conf/conf.h"
#include "net/net_listen.h"
#include "net/net_loop.h"
#include "net/net_tls.h"
#include "store/store_call.h"

#include <stdbool.h>
#include <stddef.h>

/* Configuration as of one moment; sessions keep the one they began with. */
struct smtp_site {
	unsigned refs;
	struct conf conf;
	struct net_tls *tls; /* NULL: no certificate */
};
/* new, one reference; conf is copied, tls referenced. NULL: out of memory */
struct smtp_site *smtp_site_new(const struct conf *conf, struct net_tls *tls);
void smtp_site_unref(struct smtp_site **site);

struct smtp_session;

/* What the sessions of a process share. Zero, then fill in what is named. */
struct smtp_host {
	struct net_loop *loop;
	struct store_call *store;
	struct auth_call *auth;
	struct net_census *census; /* NULL: nothing is counted */
	/* a session has ended and is about to be freed; may be NULL */
	void (*ended)(struct smtp_host *);
	/* private */
	struct list sessions;
	size_t held;       /* octets of message text in memory */
	bool stopping;     /* no session may begin anything new */
	unsigned programs; /* sessions by the submission socket */
};
void smtp_host_init(struct smtp_host *h);

/*
 * Serve the connection fd (given) that came to conf.listener[listener] of
 * site; greets at once, or after the handshake where TLS is implicit. It is
 * counted in the census under that listener already, and leaves it at its end.
 * ERR_NOMEM: fd is closed.
 */
enum err smtp_session_start(struct smtp_host *h, struct smtp_site *site,
    unsigned listener, int fd, const struct net_addr *peer);
/*
 * The same for a program on this machine that has come by the submission
 * socket: the kernel says who runs it. It is in no census; a process serves
 * SMTP_PROGRAMS of them at a time, and SMTP_PROGRAMS_USER of one user. LIMIT:
 * they are there already; IO: nobody knows whose it is. fd is closed then.
 */
enum { SMTP_PROGRAMS = 200, SMTP_PROGRAMS_USER = 50 };
enum err smtp_session_start_program(
    struct smtp_host *h, struct smtp_site *site, int fd);
/* 421 and close, unless a message is being stored: then after its reply. */
void smtp_host_stop(struct smtp_host *h);
/* Close all at once, without a word. */
void smtp_host_abort(struct smtp_host *h);

#endif
