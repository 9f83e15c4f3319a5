#ifndef SMTP_SMTP_CLIENT_PRIV_H
#define SMTP_SMTP_CLIENT_PRIV_H
/*
 * A client as its own files see it. smtp_client.c owns connection, replies,
 * time-outs and the end; smtp_client_hello.c leads from the greeting to ready,
 * smtp_client_send.c through one message; smtp_client_line.c writes commands.
 *
 *	CONNECT -> GREETING -> EHLO [-> HELO] [-> STARTTLS -> SHAKE -> EHLO]
 *	        [-> PLAIN | LOGIN -> USER -> PASSWORD] -> IDLE
 *	IDLE -> MAIL -> RCPT... -> DATA -> BODY -> END -> IDLE
 *	        all refused: LONE (a lone dot answers 354) or RSET -> IDLE
 *
 * A step is named after what the next reply answers. With PIPELINING commands
 * are written ahead of their steps; `due` counts the replies that are to come.
 */
#include "mime/mime_stuff.h"
#include "net/net_race.h"
#include "net/net_stream.h"
#include "smtp/smtp_answer.h"
#include "smtp/smtp_client.h"
#include "smtp/smtp_offer.h"

enum smtp_step {
	SMTP_STEP_CONNECT, /* no reply is due */
	SMTP_STEP_GREETING,
	SMTP_STEP_EHLO,
	SMTP_STEP_HELO,
	SMTP_STEP_STARTTLS,
	SMTP_STEP_SHAKE, /* no reply is due */
	SMTP_STEP_PLAIN,
	SMTP_STEP_LOGIN,
	SMTP_STEP_USER,
	SMTP_STEP_PASSWORD,
	SMTP_STEP_IDLE,    /* no reply is due */
	SMTP_STEP_REFUSED, /* by us: to be told at the end of the turn */
	SMTP_STEP_MAIL,
	SMTP_STEP_RCPT,
	SMTP_STEP_DATA,
	SMTP_STEP_BODY, /* none before all of it is written */
	SMTP_STEP_END,
	SMTP_STEP_LONE,
	SMTP_STEP_RSET,
	SMTP_STEP_OVER, /* no connection any more */
	SMTP_STEPS
};

/* One message on its way. */
struct smtp_client_tx {
	const struct smtp_client_mail *mail; /* NULL: none */
	bool *told;                          /* by recipient */
	unsigned said;                       /* RCPTs written */
	unsigned answered;                   /* of these */
	unsigned accepted;                   /* of these */
	uint64_t at; /* octets of the body that were given */
	struct mime_stuff stuff;
	bool pipelining, chunking;
	bool refused; /* MAIL was, or all of it by us: why */
	bool asked;   /* want was called, and not answered yet */
	bool broken;  /* the body cannot be had */
	bool pad;     /* BDAT: counted with a CRLF that the body lacks */
	struct smtp_verdict why;
};

struct smtp_client {
	const struct smtp_client_site *site;
	const struct smtp_client_ops *ops;
	void *ctx;
	struct smtp_client_target target;
	struct net_race *connect;
	struct net_stream *stream;
	struct net_timer timer; /* patience with the next reply */
	struct net_later later;
	enum smtp_step step;
	unsigned due;   /* replies to what was written */
	unsigned lines; /* of the reply so far */
	bool met;       /* there was a connection */
	bool stray;     /* what comes next was not asked for */
	bool no_tls;    /* it was tried in vain */
	bool held;      /* one of our callbacks is on the stack: free later */
	bool dead;
	struct smtp_answer answer;
	struct smtp_offer offer;
	struct smtp_client_tx tx;
	char tls_name[32];
	char peer[CONF_TEXT + 80];
};

/* What is done with the reply at a step. */
typedef void smtp_step_fn(struct smtp_client *c, const struct smtp_verdict *v);

/* --- smtp_client.c ------------------------------------------------------- */

/* Write a command (with CRLF); its reply is that of step. */
void smtp_client_say(
    struct smtp_client *c, enum smtp_step step, struct slice line);
/* Write a command ahead of its step. */
void smtp_client_say_ahead(struct smtp_client *c, struct slice line);
/* The next reply is that of step: wait for it as long as that may take. */
void smtp_client_expect(struct smtp_client *c, enum smtp_step step);
/* No reply is due. */
void smtp_client_rest(struct smtp_client *c, enum smtp_step step);
/* Connect, once more too. */
void smtp_client_dial(struct smtp_client *c);
/* The connection is no good any more, for that reason; tell whom it concerns.
 * Nothing may follow. */
void smtp_client_fail(struct smtp_client *c, const struct smtp_verdict *v);
/* The same in our words. */
void smtp_client_fail_with(
    struct smtp_client *c, enum err e, const char *status, const char *text);
/* The server does what no server may: what that is. */
void smtp_client_breach(struct smtp_client *c, const char *what);

/* --- smtp_client_hello.c ------------------------------------------------- */

smtp_step_fn smtp_client_on_greeting, smtp_client_on_ehlo, smtp_client_on_helo,
    smtp_client_on_starttls, smtp_client_on_login, smtp_client_on_user,
    smtp_client_on_last_login;
/* There is a connection. */
void smtp_client_connected(struct smtp_client *c);
/* The end of the handshake. */
void smtp_client_secured(struct smtp_client *c, enum err e);

/* --- smtp_client_send.c -------------------------------------------------- */

smtp_step_fn smtp_client_on_mail, smtp_client_on_rcpt, smtp_client_on_data,
    smtp_client_on_early, smtp_client_on_end, smtp_client_on_lone,
    smtp_client_on_rset;
/* Go on with the body, or with what was put off to the end of the turn. */
void smtp_client_go_on(struct smtp_client *c);
/* All that is not told yet gets v, and the transaction ends. */
void smtp_client_tx_end(
    struct smtp_client *c, const struct smtp_verdict *v, bool usable);
void smtp_client_tx_fini(struct smtp_client_tx *tx);

/* --- smtp_client_line.c: pure -------------------------------------------- */

/* MAIL and RCPT with the parameters that the server offers. */
void smtp_client_line_mail(struct buf *out, const struct smtp_client_mail *m,
    const struct smtp_offer *o);
void smtp_client_line_rcpt(struct buf *out, const struct smtp_client_rcpt *r,
    const struct smtp_offer *o);
/* May the server have this message? ERR_OK, or *v is set: DENIED, UNSUPPORTED.
 */
enum err smtp_client_line_check(const struct smtp_client_mail *m,
    const struct smtp_offer *o, struct smtp_verdict *v);

#endif
