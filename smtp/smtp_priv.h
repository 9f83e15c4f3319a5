#ifndef SMTP_SMTP_PRIV_H
#define SMTP_SMTP_PRIV_H
/*
 * A session as its own files see it. smtp_session.c owns input, output, timers
 * and the end; handlers (smtp_cmd_*.c) parse, ask policy, act and return what
 * comes next; only the session performs that.
 *
 * State of a connection:
 *
 *	HELLO --EHLO--> READY --MAIL--> MAIL --RCPT--> RCPT --DATA--> READY
 *	                                               RCPT --BDAT--> CHUNKS
 *	                                               CHUNKS -LAST-> READY
 *
 * RSET, EHLO, an error in the text: back to READY. STARTTLS: HELLO, with a
 * dialog made anew.
 */
#include "base/buf.h"
#include "mime/mime_addr.h"
#include "net/net_stream.h"
#include "smtp/smtp_body.h"
#include "smtp/smtp_ext.h"
#include "smtp/smtp_param.h"
#include "smtp/smtp_reply.h"
#include "smtp/smtp_session.h"

enum smtp_state { SMTP_HELLO, SMTP_READY, SMTP_MAIL, SMTP_RCPT, SMTP_CHUNKS };

/* What the input is. */
enum smtp_mode {
	SMTP_LINES, /* commands */
	SMTP_SKIP,  /* the rest of a refused line */
	SMTP_SASL,  /* answers to AUTH challenges */
	SMTP_DATA,  /* text up to CRLF.CRLF */
	SMTP_CHUNK  /* counted octets of BDAT */
};

/* What a handler returns: the session does it. */
enum smtp_next {
	SMTP_READ, /* go on */
	SMTP_WAIT, /* a reply of another process is due */
	SMTP_TLS,  /* shake hands */
	SMTP_CLOSE /* send what is said, close */
};

/* Why input rests; a set. */
enum {
	SMTP_ON_REPLY = 1,    /* another process has to answer */
	SMTP_ON_RCPTS = 2,    /* the same, for recipients */
	SMTP_ON_PATIENCE = 4, /* a pause behind too many errors */
	SMTP_ON_OUTPUT = 8,   /* the client does not read */
	SMTP_ON_TLS = 16      /* handshake */
};

/* One RCPT whose answer is due. */
struct smtp_rcpt {
	struct store_resolve_req q;
	struct list_node node;
	struct smtp_session *s;
	bool known;   /* say is the answer */
	bool machine; /* a user of this machine: nowhere else */
	enum smtp_say say;
	unsigned notify;
	struct mime_addr addr;
	struct buf orcpt;
};

/* One mail transaction: lives from MAIL to the reply behind the text. */
struct smtp_tx {
	struct smtp_session *s;
	uint64_t number; /* for store_call; 0: nothing asked yet */
	struct mime_addr from;
	uint64_t size; /* declared; 0: not */
	bool utf8, eight;
	uint32_t ret;
	uint8_t envid_len;
	char envid[SMTP_ENVID_MAX];
	struct store_req req; /* sender */
	struct store_deliver_req delivery;
	struct store_spill_req spill;
	struct list pending; /* struct smtp_rcpt, in order */
	struct buf rcpts;    /* accepted, as store_rcpt_add */
	unsigned nrcpts, over;
	unsigned ndests; /* that the accepted lead to */
	bool has_body;
	struct smtp_body body;
	uint64_t began_ms;   /* text: first octet */
	uint64_t chunk_left; /* BDAT */
	bool chunk_last;
	struct mail_id id;
	struct buf msgid; /* of the body that was handed on, for the log */
};

/* What the client has told and proved; made anew behind STARTTLS. */
struct smtp_dialog {
	uint8_t state; /* enum smtp_state */
	bool esmtp;    /* EHLO rather than HELO */
	bool logged_in;
	uint8_t failed_logins;
	unsigned errors;      /* since the last message */
	unsigned errors_seen; /* of these, acted upon */
	char *helo;           /* new; NULL: none */
};

/* The login of a session, or one under way. */
struct smtp_login {
	struct auth_exchange x;
	struct smtp_session *s;
	bool last; /* all is well, only an empty line is missing */
	bool lost; /* auth went away while the client was to answer */
};

struct smtp_session {
	struct list_node node;
	struct smtp_host *host;
	struct smtp_site *site;
	struct net_stream *stream; /* NULL: gone, a delivery is under way */
	struct net_timer timer;
	struct buf out; /* replies, until they are flushed */
	bool owes;      /* one of them says that a message is ours */
	struct smtp_tx *tx;
	struct smtp_login *login;
	uint64_t skip; /* SKIP: octets; CHUNK without tx: left */
	uint64_t began_ms;
	unsigned messages;
	uint8_t listener;
	uint8_t mode, waits;
	uint8_t drain_say; /* reply behind a refused chunk */
	bool skip_cr;
	bool closing, delivering;
	struct net_addr peer;
	bool local; /* came by the submission socket, from a program of */
	uint32_t uid;
	struct smtp_dialog d;
};

/* --- smtp_program.c ------------------------------------------------------ */

/* What the submission socket is like, as if it stood in the configuration. */
extern const struct conf_listener smtp_program_listener;

/* --- smtp_session.c ------------------------------------------------------ */

/* new, without a connection; NULL: out of memory */
struct smtp_session *smtp_session_new(
    struct smtp_host *h, struct smtp_site *site);
/* Begin with fd (given): greet, or shake hands. NOMEM: s is gone. */
enum err smtp_session_open(struct smtp_session *s, int fd);

struct smtp_facts smtp_session_facts(const struct smtp_session *s);
/* Of the login; NULL: there is none. */
const struct msg_ticket *smtp_session_ticket(const struct smtp_session *s);
/* Slots of this listener are scarce. */
bool smtp_session_crowded(const struct smtp_session *s);
/* Say it. Returns SMTP_READ, or SMTP_CLOSE for 421; counts errors. */
enum smtp_next smtp_session_say(struct smtp_session *s, enum smtp_say r);
/* The answer that input waits for has come, and was said; go on. */
void smtp_session_go_on(
    struct smtp_session *s, unsigned what, enum smtp_next next);
/* Do what a handler returned, and mind the errors it made. more_input: octets
 * wait behind the command. */
void smtp_session_perform(
    struct smtp_session *s, enum smtp_next next, bool more_input);
/* Write what has been said so far. */
void smtp_session_flush(struct smtp_session *s);
/* Pause input until smtp_session_go_on with the same. */
void smtp_session_rest(struct smtp_session *s, unsigned what);
/* Free the transaction; reservations and requests under way are dropped. */
void smtp_session_end_tx(struct smtp_session *s);

/* The store has answered a delivery; frees s when its client is gone. */
void smtp_session_delivered(struct smtp_session *s, enum smtp_next next);
void smtp_session_stop(struct smtp_session *s);
void smtp_session_abort(struct smtp_session *s);

/* --- smtp_input.c -------------------------------------------------------- */

/* Take the next line or text off *in, as far as it has come. */
enum smtp_next smtp_input_take(struct smtp_session *s, struct slice *in);

/* --- smtp_cmd.c ---------------------------------------------------------- */

/* Run one command line (without CRLF). *consumed false: ask again later. */
enum smtp_next smtp_cmd_run(
    struct smtp_session *s, struct slice line, bool *consumed);

/* --- handlers: args without blanks around -------------------------------- */

typedef enum smtp_next smtp_cmd_fn(struct smtp_session *s, struct slice args);
smtp_cmd_fn smtp_cmd_ehlo, smtp_cmd_helo, smtp_cmd_mail, smtp_cmd_rcpt,
    smtp_cmd_data, smtp_cmd_bdat, smtp_cmd_auth, smtp_cmd_starttls,
    smtp_cmd_rset, smtp_cmd_noop, smtp_cmd_vrfy, smtp_cmd_help, smtp_cmd_quit;
/* The names of all commands, for HELP. */
void smtp_cmd_add_names(struct buf *out);
/* May this command run now? SMTP_SAY_OK, or why not. */
enum smtp_say smtp_cmd_refusal(const struct smtp_session *s, smtp_cmd_fn *run);

/* An answer to a challenge (without CRLF). */
enum smtp_next smtp_auth_answer(struct smtp_session *s, struct slice line);
void smtp_auth_free(struct smtp_session *s);
/* Text has come: take it off *in. */
enum smtp_next smtp_text_data(struct smtp_session *s, struct slice *in);
enum smtp_next smtp_text_chunk(struct smtp_session *s, struct slice *in);
void smtp_rcpt_free(struct smtp_rcpt *r);
/* No further RCPT can be asked before those under way are answered. */
bool smtp_rcpt_must_wait(const struct smtp_tx *tx);

/* --- smtp_tx.c ----------------------------------------------------------- */

struct smtp_tx *smtp_tx_new(struct smtp_session *s);
void smtp_tx_free(struct smtp_tx **tx);
/* Hand the message to the store; ERR_OK: its answer will call done. */
enum err smtp_tx_deliver(
    struct smtp_tx *tx, void (*done)(struct store_req *, enum err));

/* --- smtp_log.c ---------------------------------------------------------- */

void smtp_log_received(const struct smtp_session *s, enum err e);
void smtp_log_reject(const struct smtp_session *s, const char *stage,
    struct slice to, enum smtp_say r);
void smtp_log_login(const struct smtp_session *s);
void smtp_log_closed(const struct smtp_session *s, enum err why);

#endif
