#ifndef POP3_POP3_PRIV_H
#define POP3_POP3_PRIV_H
/* For the files of this folder: the process, its sessions, what they share. */
#include "auth/auth_call.h"
#include "base/list.h"
#include "conf/conf.h"
#include "mime/mime_stuff.h"
#include "net/net_listen.h"
#include "net/net_stream.h"
#include "pop3/pop3_drop.h"
#include "pop3/pop3_parse.h"
#include "pop3/pop3_stuff.h"
#include "store/store_call.h"

#include <stdbool.h>
#include <stdint.h>

/* RFC 1939 section 3 */
enum pop3_state { POP3_AUTHORIZATION, POP3_TRANSACTION };

/* What a command wants of the session. */
enum pop3_next {
	POP3_READ, /* the next command */
	POP3_WAIT, /* an answer is due, or output must drain: no input */
	POP3_TLS,  /* handshake; unread input is an attack */
	POP3_CLOSE /* write what is left and close */
};

/* One process. Also made by tests, without a process around it. */
struct pop3_server {
	struct net_loop *loop;
	const struct conf *conf;   /* of now; sessions ask it anew each time */
	struct net_tls *tls;       /* borrowed; NULL: no TLS */
	struct net_census *census; /* NULL: nobody counts */
	struct store_call *store;
	struct auth_call *auth;
	struct list sessions;
	size_t ahead; /* octets read ahead by all sessions */
	uint64_t next_id;
	bool stopping;
	void (*empty)(void *ctx); /* stopping, and the last session ended */
	void *empty_ctx;
};

/* A multi-line reply that is being written in pieces. */
enum pop3_job { POP3_NO_JOB, POP3_JOB_LIST, POP3_JOB_UIDL, POP3_JOB_BODY };

/* Messages on their way from the store, or waiting to be asked for. */
struct pop3_fetch {
	struct store_read_req req;
	struct buf ahead;     /* octets of messages first .. first + have - 1 */
	uint32_t first, have; /* indexes into the drop */
	uint32_t asked;       /* messages in the request under way */
	uint32_t streak;      /* messages that were fetched in order */
	uint32_t next;        /* index that would continue the streak */
	size_t used;          /* octets of `ahead` already taken */
	bool batch;           /* the request under way is of whole messages */
	bool broken;          /* a batch met an error: ask one by one */
	struct net_timer idle; /* gives `ahead` back */
};

/* The message that is being written. */
struct pop3_body {
	struct pop3_msg *msg;
	struct mime_stuff stuff;
	struct pop3_stuff top;
	uint64_t offset; /* octets taken from the store */
	uint32_t lines;  /* TOP: still to be written */
	bool is_top, begun, ends_line;
};

struct pop3_session {
	struct list_node node;
	struct pop3_server *server;
	struct net_stream *stream;
	unsigned listener; /* index into conf->listener */
	uint64_t id;
	enum pop3_state state;
	enum pop3_next next;
	bool secure, utf8;
	bool skipping;        /* the rest of a line that was too long */
	bool in_auth;         /* the next line answers a challenge */
	bool authenticated;   /* but the mailbox is not open yet */
	bool ending, counted; /* counted: in the census */
	size_t behind;        /* unread octets behind the line that runs */
	unsigned failures, errors;
	struct buf user; /* of USER, until PASS */
	struct auth_exchange auth;

	/* TRANSACTION */
	uint64_t lease;
	struct store_open_req open;
	struct pop3_drop drop;
	enum err loading; /* first error while rows came */
	enum pop3_job job;
	uint32_t job_at; /* index of the next message of LIST, UIDL */
	struct pop3_fetch fetch;
	struct pop3_body body;
	struct store_req expunge;
	struct mail_id *expunging;

	/* for the log */
	uint64_t since_ms, retr_octets;
	unsigned retr, dele;
};

/* --- session ------------------------------------------------------------- */

/* new; takes fd over. listener: index into conf->listener. NULL: refused. */
struct pop3_session *pop3_session_new(
    struct pop3_server *srv, int fd, unsigned listener);
/* Close at once; nothing that is marked is removed. */
void pop3_session_free(struct pop3_session *s);
const struct conf_listener *pop3_listener(const struct pop3_session *s);
/* The mailbox is open: other commands, other time-outs. */
void pop3_enter_transaction(struct pop3_session *s);
/* Let others open the mailbox. */
void pop3_leave_mailbox(struct pop3_session *s);
/* Passwords may be said here: TLS, or the listener says so. */
bool pop3_secrets_ok(const struct pop3_session *s);
/* An answer has come: go on with `next`. */
void pop3_resume(struct pop3_session *s, enum pop3_next next);
/* The mailbox went away under the session (store restarted). */
void pop3_session_lost(struct pop3_session *s);

/* --- replies ------------------------------------------------------------- */

/* One line and CRLF. Returns POP3_READ. */
enum pop3_next pop3_line(struct pop3_session *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "-ERR " and the text; counts as an error of the client. */
enum pop3_next pop3_fail(struct pop3_session *s, const char *text);
/* "-ERR [code] text" for an error that is not the client's fault; one table of
 * enum err, response code (RFC 2449, 3206) and text */
enum pop3_next pop3_fail_err(struct pop3_session *s, enum err e);

/* --- commands ------------------------------------------------------------ */

typedef enum pop3_next pop3_fn(struct pop3_session *, const struct pop3_args *);
enum pop3_next pop3_cmd_run(struct pop3_session *s, const struct pop3_args *a);
/* pop3_cmd_auth.c */
pop3_fn pop3_user, pop3_pass, pop3_auth, pop3_stls;
/* a line that answers a challenge */
enum pop3_next pop3_auth_line(struct pop3_session *s, struct slice line);
/* the mechanisms for CAPA's SASL, each with a space in front */
void pop3_auth_names(const struct pop3_session *s, struct buf *out);
/* pop3_cmd_fetch.c */
pop3_fn pop3_stat, pop3_list, pop3_uidl, pop3_retr, pop3_top;
/* Go on with the job: output has drained. */
enum pop3_next pop3_job_more(struct pop3_session *s);
/* pop3_fetch.c: begin writing s->body.msg */
enum pop3_next pop3_fetch_begin(struct pop3_session *s);
enum pop3_next pop3_fetch_more(struct pop3_session *s);
void pop3_fetch_init(struct pop3_session *s);
void pop3_fetch_fini(struct pop3_session *s);
/* pop3_end.c */
pop3_fn pop3_quit;

#endif
