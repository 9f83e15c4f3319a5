#ifndef PROC_MSG_H
#define PROC_MSG_H
/*
 * Every message that crosses a process boundary, one row each. Both ends are
 * the same executable, so a plain struct is the wire format; the receiver still
 * checks who sent it, which way it goes, its size, its tail's size and its
 * contents (msg_valid.c).
 *
 * A request carries `req`, chosen by the asker and repeated in every answer; an
 * answer for something that is gone is normal. Structs have no padding and are
 * zeroed before they are filled.
 */
#include "base/err.h"
#include "base/slice.h"
#include "net/net_addr.h"
#include "proc/chan.h"
#include "proc/mail_id.h"
#include "proc/role.h"

#include <stdbool.h>
#include <stdint.h>

/* Padding would carry whatever the sender's stack held. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* text bounded by its type; not NUL-terminated; unused octets are zero */
struct msg_text {
	uint16_t len;
	char s[326]; /* MIME_ADDR_MAX and a little */
};
struct msg_short {
	uint8_t len;
	char s[63];
};
struct msg_ticket {
	uint8_t b[16];
};

/* false, and t empty, when s is too long */
bool msg_text_set(struct msg_text *t, struct slice s);
struct slice msg_text_get(const struct msg_text *t);
bool msg_short_set(struct msg_short *t, struct slice s);
struct slice msg_short_get(const struct msg_short *t);

/* --- life of a process: parent to child ------------------------------- */

struct msg_conf { /* fd: a memfd that holds struct conf */
	uint32_t generation, reload; /* 1, 2, ...; reload: 1 at SIGHUP */
};
struct msg_cert { /* tail: chain PEM, then key PEM */
	uint32_t index, count; /* build the TLS context at index + 1 == count */
	uint32_t chain_len, pad;
	char name[256]; /* SNI name; empty for the first, the default one */
	uint8_t ticket_key[80];
};
/* in msg_listener.listener: for the store the admin socket, for smtp the
 * submission socket of this machine */
#define MSG_LISTENER_ADMIN UINT32_MAX
#define MSG_LISTENER_SUBMIT (UINT32_MAX - 1)
struct msg_listener { /* fd: a listening socket */
	uint32_t listener, address; /* indexes into conf */
};
struct msg_census { /* fd: net_census */
	uint32_t worker, workers;
};
/* What a role in a cage needs of the file system, opened by the parent; fd: a
 * regular file, for reading. */
enum msg_file_kind {
	MSG_FILE_RESOLV = 1, /* /etc/resolv.conf */
	MSG_FILE_HOSTS,      /* /etc/hosts */
	MSG_FILE_ROOT_KEY,   /* DNSSEC trust anchor */
	MSG_FILE_CA,         /* certificates that others are verified with */
	MSG_FILE_PASSWORD,   /* index: conf_password */
	MSG_FILE_KINDS
};
struct msg_file {
	uint32_t kind, index;
};
struct msg_peer { /* fd: a channel to another process, replaces the old one */
	uint32_t role, index;
};
struct msg_start { /* all is there: begin */
	uint32_t index, pad; /* number of this process within its role */
};
struct msg_stop { /* finish what is being done, then exit */
	uint64_t grace_ms;
};
struct msg_ready { /* child to parent: serving */
	uint32_t pid, pad;
};
struct msg_peer_lost { /* child to parent: no channel to it any more */
	uint32_t role, index;
};

/* --- answers that need no type of their own ---------------------------- */

struct msg_done {
	uint64_t req, value;
	uint32_t err, pad; /* enum err */
};

/* --- mail in ------------------------------------------------------------ */

struct msg_node { /* store to smtp, once: material for message ids */
	uint32_t node, pad;
	uint64_t floor_us;
};
/* Where does this address lead, and is there room? (RCPT) */
struct msg_resolve {
	uint64_t req;
	uint64_t tx;   /* mail transaction of this channel, for reservations */
	uint64_t size; /* octets declared at MAIL; 0: not known */
	struct msg_ticket ticket; /* of the login; zero: none */
	struct msg_text addr;     /* canonical, mime_addr */
	uint8_t local;            /* 1: from a program on this machine */
	uint8_t pad[7];
};
struct msg_resolved {
	uint64_t req;
	uint32_t err; /* OK; NOENT no such user; DENIED not a local domain;
	                 QUOTA; FULL; RETRY; SUSPENDED; FENCED: ticket gone */
	uint32_t mailboxes; /* how many it leads to */
	uint32_t remotes;   /* addresses elsewhere it leads to */
	uint32_t pad;
};
/* May the login behind this ticket send as addr? Answer: msg_done */
struct msg_sender {
	uint64_t req;
	struct msg_ticket ticket;
	struct msg_text addr;
};
/* An unlinked temporary file for a large body, please. */
struct msg_spill {
	uint64_t req, size; /* octets expected; 0: not known */
};
struct msg_spilled { /* fd when err is OK */
	uint64_t req;
	uint32_t err, pad;
};
enum {
	MSG_DELIVER_UTF8 = 1,  /* SMTPUTF8 was given */
	MSG_DELIVER_8BIT = 2,  /* BODY=8BITMIME was given */
	MSG_DELIVER_IMPORT = 4, /* from ctl: recipients name mailboxes */
	MSG_DELIVER_LOCAL = 8   /* from a program on this machine: may relay */
};
/*
 * Put a message into all mailboxes its recipients lead to and into the queue
 * for those elsewhere, or into none.
 * tail: rcpt_len octets of recipients (store/store_rcpt.h), info_len of where
 * it came from (a store_trail record, store/store_queue.h), loops_len of
 * addresses in its Delivered-To fields, each ended by '\n', then the head of
 * the body; fd: the rest of the body, tail_fd_len octets from offset 0.
 * Answer: msg_done once it is on stable storage; value: recipients held.
 */
struct msg_deliver {
	uint64_t req, tx;
	struct mail_id id;
	struct msg_ticket ticket; /* of the login; zero: none */
	uint64_t fd_len;
	uint32_t rcpt_len, rcpts, flags;
	uint32_t ret; /* DSN RET: 0 none, 1 FULL, 2 HDRS */
	uint32_t info_len, loops_len;
	struct msg_text from; /* empty: null path */
	struct msg_short envid_head; /* DSN ENVID as xtext, in pieces of */
	struct msg_short envid_tail; /* at most 63 octets (RFC 3461: 100) */
};
struct msg_tx_end { /* reservations of this transaction are not needed */
	uint64_t tx;
};

/* --- mailboxes ---------------------------------------------------------- */

/* Open by ticket (pop3) or by number (ctl: ticket zero). Answers: one or more
 * msg_box_rows, all rows in order of id, the last one with more = 0. */
struct msg_box_open {
	uint64_t req, mailbox;
	struct msg_ticket ticket;
};
/* tail: n rows (store/store_row.h) */
struct msg_box_rows {
	uint64_t req, lease;
	uint32_t err, n, more, pad; /* BUSY: another session has it */
};
struct msg_box_close {
	uint64_t lease;
};
/* tail: n ids. Answers: for each id in order one msg_body with at most max
 * octets from offset on. */
struct msg_box_read {
	uint64_t req, lease, offset;
	uint32_t max, n;
};
struct msg_body { /* tail: octets */
	uint64_t req, offset, total;
	struct mail_id id;
	uint32_t err, pad;
};
/* tail: n ids to be removed by the next msg_box_expunge of this lease */
struct msg_box_mark {
	uint64_t lease;
	uint32_t n, pad;
};
struct msg_box_expunge { /* answer: msg_done; whole or not at all */
	uint64_t req, lease;
};

/* --- auth --------------------------------------------------------------- */

enum { MSG_AUTH_TLS = 1, MSG_AUTH_INITIAL = 2 };
enum { MSG_PROTO_SUBMISSION = 1, MSG_PROTO_POP3 = 2 };
/* Begin an exchange; tail: initial response, decoded (flag INITIAL). Answer:
 * msg_auth_challenge or msg_auth_result. USER and PASS are PLAIN. */
struct msg_auth_start {
	uint64_t req;
	uint32_t protocol, flags;
	struct net_addr peer;
	uint8_t pad[6];
	struct msg_short mechanism; /* upper case */
};
struct msg_auth_step { /* tail: response, decoded */
	uint64_t req;
};
struct msg_auth_abort { /* client sent "*" or is gone; no answer */
	uint64_t req;
};
struct msg_auth_challenge { /* tail: challenge, not encoded */
	uint64_t req;
};
/* err: OK; DENIED (whatever the reason); RETRY; SYNTAX; UNSUPPORTED;
 * LIMIT: too soon (LOGIN-DELAY). tail: additional data with success. */
struct msg_auth_result {
	uint64_t req;
	uint64_t account, mailbox;
	struct msg_ticket ticket;
	struct msg_text user; /* canonical login name */
	uint32_t err, pad;
};
/* auth to store: honour this ticket. Answer: msg_done */
struct msg_ticket_new {
	uint64_t req, account, mailbox, ttl_ms;
	struct msg_ticket ticket;
	uint32_t protocol, pad;
};
/* auth to store: who is this? tail of the answer: an account record */
struct msg_account_get {
	uint64_t req;
	struct msg_text name; /* login name as given */
};
struct msg_account {
	uint64_t req, account, mailbox, version;
	uint32_t err, pad;
	struct msg_text name; /* canonical */
};
enum { MSG_SECRET_HASH = 1, MSG_SECRET_SCRAM = 2 };
/* Replace a secret if the account is still at version; tail: the secret. */
struct msg_account_secret {
	uint64_t req, account, version;
	uint32_t kind, pad;
};
struct msg_account_changed { /* store to auth: forget what you know */
	uint64_t account;
};

/* --- the admin command line --------------------------------------------- */

/* One directory record (store/store_record.h); tail of the answer: key and
 * value. Answer: msg_dir_rows with n = 0 or 1 */
struct msg_dir_get {
	uint64_t req;
	uint32_t kind, key_len;
	uint8_t key[320];
};
/* Up to max records of a kind, in order, behind key. Answer: msg_dir_rows */
struct msg_dir_scan {
	uint64_t req;
	uint32_t kind, key_len;
	uint8_t key[320];
	uint32_t max, pad;
};
struct msg_dir_rows { /* tail: rows as in store/store_record.h */
	uint64_t req;
	uint32_t err, n, more, pad;
};
/* Change n records, all or none; tail as in store/store_record.h. Answer:
 * msg_done, value: index of the change that did not fit. */
struct msg_dir_commit {
	uint64_t req;
	uint32_t n, pad;
};
enum control_what {
	CONTROL_STATUS = 1, /* rows, then done */
	CONTROL_RELOAD,     /* done; rows: errors of the config */
	CONTROL_STOP,       /* done, then the server stops */
	CONTROL_NEW_ID,     /* done, value: a fresh account/mailbox id */
	CONTROL_TOTALS,     /* arg: mailbox; rows */
	CONTROL_UNDELETE,   /* arg: mailbox, arg2: since us, text: until us, in
	                       decimal, or empty; done: count */
	CONTROL_GONE,       /* arg: mailbox; rows: what can be undeleted */
	CONTROL_PURGE,      /* arg: mailbox; done, value: messages */
	CONTROL_REMOVE,     /* arg: mailbox: drop it and all its mail */
	CONTROL_VERIFY,     /* rows: problems; done, value: how many */
	CONTROL_BACKUP,     /* msg_backup frames; done */
	CONTROL_CHECKPOINT, /* done */
	CONTROL_BAN_LIST,   /* rows */
	CONTROL_BAN_LIFT,   /* text: address or account; done: how many */
	CONTROL_ROUTE_TEST, /* text: address; rows: how relay would send to it */
	CONTROL_QUEUE_SUMMARY, /* rows: destinations relay is busy with */
	CONTROL_COUNT
};
/* Everything else an operator asks; store passes on what is the parent's or
 * auth's to answer. Answers: msg_control_row *, msg_done */
struct msg_control {
	uint64_t req, arg, arg2;
	uint32_t what, pad; /* enum control_what */
	struct msg_text text;
};
/* tail: "key=value" NUL "key=value" NUL ...; keys are ours */
struct msg_control_row {
	uint64_t req;
};
/* --- mail out (store/store_queue.h) -------------------------------------- */

/* relay to store: as struct store_take. tail: skip, u64 as they lie in memory,
 * ascending. Answer: msg_queue_rows */
struct msg_queue_take {
	uint64_t req, now_us, only, after;
	uint32_t nskip, dests_max, per_dest, rows_max;
};
/* tail: n rows (store_out_rows_add) */
struct msg_queue_rows {
	uint64_t req, at, next_us;
	uint32_t err, n, more, pad;
};
/* relay to store, once, before its first take: what was SENDING is in doubt.
 * Answer: msg_done, value: how many */
struct msg_queue_doubt {
	uint64_t req, retry_us;
	uint32_t hold, pad;
};
/* relay to store. tail: outcomes_len octets of outcomes, then reports. Answer:
 * msg_done once it is on stable storage. */
struct msg_queue_settle {
	uint64_t req;
	uint32_t outcomes_len, noutcomes, nreports, pad;
};
/* relay or ctl to store: octets of a queued body. Answer: one msg_body */
struct msg_queue_read {
	uint64_t req, offset;
	struct mail_id id;
	uint32_t max, pad;
};
/* store to relay: something of dest (UINT64_MAX: any) is due at us */
struct msg_queue_due {
	uint64_t dest, us;
};
/* ctl to store: records behind a key. Answer: msg_queue_rows, at: 0 */
struct msg_queue_list {
	uint64_t req;
	struct mail_id after;
	uint32_t after_n, max;
};
/* ctl to store: as struct store_edit. tail: n keys, then text. Answer: msg_done,
 * value: records changed, + those busy << 32 */
struct msg_queue_edit {
	uint64_t req;
	uint32_t kind, n;
};
/* ctl to store: as struct store_trail_list; word_len 0: by id. Answer:
 * msg_trail_rows */
struct msg_trail_get {
	uint64_t req;
	struct mail_id id, after;
	uint32_t max, word_len;
	uint8_t word[1000]; /* address or Message-ID */
};
struct msg_trail_rows { /* tail: rows (store_trail_rows_add) */
	uint64_t req;
	struct mail_id last;
	uint32_t err, n, more, pad;
};
/* A piece of a file of the backup; tail: octets. Then msg_backup_ack. */
struct msg_backup {
	uint64_t req, offset;
	uint32_t end, pad;      /* 1: the file ends with this piece */
	struct msg_short file;  /* no slashes */
};
struct msg_backup_ack {
	uint64_t req;
	uint32_t err, pad; /* not OK: give up */
};

#pragma GCC diagnostic pop

#define ROLE_FRONT (ROLE_SET(SMTP) | ROLE_SET(POP3))
#define ROLE_CHILD                                                             \
	(ROLE_FRONT | ROLE_SET(AUTH) | ROLE_SET(STORE) | ROLE_SET(RELAY))
#define ROLE_ASKER                                                             \
	(ROLE_FRONT | ROLE_SET(AUTH) | ROLE_SET(CTL) | ROLE_SET(RELAY))

/*
 * X(NAME, payload struct without "msg_", from, to, largest tail, descriptor)
 * descriptor: 0 never, 1 always, 2 maybe
 */
#define MSG_TABLE(X)                                                           \
	X(CONF, conf, ROLE_SET(PARENT), ROLE_CHILD, 0, 1)                      \
	X(CERT, cert, ROLE_SET(PARENT), ROLE_FRONT, 1 << 20, 0)                \
	X(LISTENER, listener, ROLE_SET(PARENT), ROLE_CHILD, 0, 1)              \
	X(CENSUS, census, ROLE_SET(PARENT), ROLE_FRONT, 0, 1)                  \
	X(FILE, file, ROLE_SET(PARENT), ROLE_SET(RELAY), 0, 1)                 \
	X(PEER, peer, ROLE_SET(PARENT), ROLE_CHILD, 0, 1)                      \
	X(START, start, ROLE_SET(PARENT), ROLE_CHILD, 0, 0)                    \
	X(STOP, stop, ROLE_SET(PARENT), ROLE_CHILD, 0, 0)                      \
	X(READY, ready, ROLE_CHILD, ROLE_SET(PARENT), 0, 0)                    \
	X(DONE, done,                                                          \
	    ROLE_SET(STORE) | ROLE_SET(AUTH) | ROLE_SET(PARENT) |              \
		ROLE_SET(RELAY),                                               \
	    ROLE_ASKER | ROLE_SET(STORE), 0, 0)                                \
	X(NODE, node, ROLE_SET(STORE),                                         \
	    ROLE_SET(SMTP) | ROLE_SET(CTL) | ROLE_SET(RELAY), 0, 0)            \
	X(RESOLVE, resolve, ROLE_SET(SMTP) | ROLE_SET(CTL), ROLE_SET(STORE),   \
	    0, 0)                                                              \
	X(RESOLVED, resolved, ROLE_SET(STORE),                                 \
	    ROLE_SET(SMTP) | ROLE_SET(CTL), 0, 0)                              \
	X(SENDER, sender, ROLE_SET(SMTP), ROLE_SET(STORE), 0, 0)               \
	X(SPILL, spill, ROLE_SET(SMTP) | ROLE_SET(CTL), ROLE_SET(STORE), 0, 0) \
	X(SPILLED, spilled, ROLE_SET(STORE),                                   \
	    ROLE_SET(SMTP) | ROLE_SET(CTL), 0, 2)                              \
	X(DELIVER, deliver, ROLE_SET(SMTP) | ROLE_SET(CTL), ROLE_SET(STORE),   \
	    3 << 20, 2)                                                        \
	X(TX_END, tx_end, ROLE_SET(SMTP) | ROLE_SET(CTL), ROLE_SET(STORE), 0,  \
	    0)                                                                 \
	X(BOX_OPEN, box_open, ROLE_SET(POP3) | ROLE_SET(CTL),                  \
	    ROLE_SET(STORE), 0, 0)                                             \
	X(BOX_ROWS, box_rows, ROLE_SET(STORE),                                 \
	    ROLE_SET(POP3) | ROLE_SET(CTL), 1 << 20, 0)                        \
	X(BOX_CLOSE, box_close, ROLE_SET(POP3) | ROLE_SET(CTL),                \
	    ROLE_SET(STORE), 0, 0)                                             \
	X(BOX_READ, box_read, ROLE_SET(POP3) | ROLE_SET(CTL),                  \
	    ROLE_SET(STORE), 1 << 12, 0)                                       \
	X(BODY, body, ROLE_SET(STORE),                                         \
	    ROLE_SET(POP3) | ROLE_SET(CTL) | ROLE_SET(RELAY), 1 << 20, 0)      \
	X(BOX_MARK, box_mark, ROLE_SET(POP3) | ROLE_SET(CTL),                  \
	    ROLE_SET(STORE), 1 << 16, 0)                                       \
	X(BOX_EXPUNGE, box_expunge, ROLE_SET(POP3) | ROLE_SET(CTL),            \
	    ROLE_SET(STORE), 0, 0)                                             \
	X(AUTH_START, auth_start, ROLE_FRONT, ROLE_SET(AUTH), 12288, 0)        \
	X(AUTH_STEP, auth_step, ROLE_FRONT, ROLE_SET(AUTH), 12288, 0)          \
	X(AUTH_ABORT, auth_abort, ROLE_FRONT, ROLE_SET(AUTH), 0, 0)            \
	X(AUTH_CHALLENGE, auth_challenge, ROLE_SET(AUTH), ROLE_FRONT, 12288,   \
	    0)                                                                 \
	X(AUTH_RESULT, auth_result, ROLE_SET(AUTH), ROLE_FRONT, 12288, 0)      \
	X(TICKET_NEW, ticket_new, ROLE_SET(AUTH), ROLE_SET(STORE), 0, 0)       \
	X(ACCOUNT_GET, account_get, ROLE_SET(AUTH), ROLE_SET(STORE), 0, 0)     \
	X(ACCOUNT, account, ROLE_SET(STORE), ROLE_SET(AUTH), 8192, 0)          \
	X(ACCOUNT_SECRET, account_secret, ROLE_SET(AUTH), ROLE_SET(STORE),     \
	    1024, 0)                                                           \
	X(ACCOUNT_CHANGED, account_changed, ROLE_SET(STORE), ROLE_SET(AUTH),   \
	    0, 0)                                                              \
	X(DIR_GET, dir_get, ROLE_SET(CTL), ROLE_SET(STORE), 0, 0)              \
	X(DIR_SCAN, dir_scan, ROLE_SET(CTL), ROLE_SET(STORE), 0, 0)            \
	X(DIR_ROWS, dir_rows, ROLE_SET(STORE), ROLE_SET(CTL), 1 << 20, 0)      \
	X(DIR_COMMIT, dir_commit, ROLE_SET(CTL), ROLE_SET(STORE), 3 << 20, 0)  \
	X(CONTROL, control, ROLE_SET(CTL) | ROLE_SET(STORE),                   \
	    ROLE_SET(STORE) | ROLE_SET(AUTH) | ROLE_SET(PARENT) |              \
		ROLE_SET(RELAY),                                               \
	    0, 0)                                                              \
	X(CONTROL_ROW, control_row,                                            \
	    ROLE_SET(STORE) | ROLE_SET(AUTH) | ROLE_SET(PARENT) |              \
		ROLE_SET(RELAY),                                               \
	    ROLE_SET(CTL) | ROLE_SET(STORE), 1 << 16, 0)                       \
	X(QUEUE_TAKE, queue_take, ROLE_SET(RELAY), ROLE_SET(STORE), 1 << 15,   \
	    0)                                                                 \
	X(QUEUE_ROWS, queue_rows, ROLE_SET(STORE),                             \
	    ROLE_SET(RELAY) | ROLE_SET(CTL), 1 << 20, 0)                       \
	X(QUEUE_DOUBT, queue_doubt, ROLE_SET(RELAY), ROLE_SET(STORE), 0, 0)    \
	X(QUEUE_SETTLE, queue_settle, ROLE_SET(RELAY), ROLE_SET(STORE),        \
	    3 << 20, 0)                                                        \
	X(QUEUE_READ, queue_read, ROLE_SET(RELAY) | ROLE_SET(CTL),             \
	    ROLE_SET(STORE), 0, 0)                                             \
	X(QUEUE_DUE, queue_due, ROLE_SET(STORE), ROLE_SET(RELAY), 0, 0)        \
	X(QUEUE_LIST, queue_list, ROLE_SET(CTL), ROLE_SET(STORE), 0, 0)        \
	X(QUEUE_EDIT, queue_edit, ROLE_SET(CTL), ROLE_SET(STORE), 1 << 18, 0)  \
	X(TRAIL_GET, trail_get, ROLE_SET(CTL), ROLE_SET(STORE), 0, 0)          \
	X(TRAIL_ROWS, trail_rows, ROLE_SET(STORE), ROLE_SET(CTL), 1 << 20, 0)  \
	X(BACKUP, backup, ROLE_SET(STORE), ROLE_SET(CTL), 1 << 20, 0)          \
	X(BACKUP_ACK, backup_ack, ROLE_SET(CTL), ROLE_SET(STORE), 0, 0)        \
	X(PEER_LOST, peer_lost,                                                \
	    ROLE_FRONT | ROLE_SET(AUTH) | ROLE_SET(RELAY), ROLE_SET(PARENT),   \
	    0, 0)

#define X(name, payload, from, to, tail_max, fds) MSG_##name,
enum msg_type { MSG_TABLE(X) MSG_COUNT };
#undef X

/*
 * msg_send_NAME: queue one message (chan_send); fd is given, -1 for none.
 * msg_NAME_valid: contents of the fixed part make sense (msg_valid.c).
 */
#define X(name, payload, from, to, tail_max, fds)                               \
	enum err msg_send_##payload(struct chan *,                             \
	    const struct msg_##payload *, struct slice tail, int fd);          \
	bool msg_##payload##_valid(const struct msg_##payload *,               \
	    struct slice tail);
MSG_TABLE(X)
#undef X

/* What a process does with each message; NULL: this process refuses it, and
 * the channel closes. fd is given to the handler (-1: none); m and tail are
 * borrowed, tail may lie at any alignment. The handler may free the channel. */
struct msg_handlers {
#define X(name, payload, from, to, tail_max, fds)                               \
	void (*payload)(                                                       \
	    void *ctx, struct msg_##payload *m, struct slice tail, int fd);
	MSG_TABLE(X)
#undef X
};

/*
 * Check one received frame and call its handler. fixed part and tail are in
 * body; fd is given. ERR_PROTO: wrong sender, direction, size or contents.
 * Called by chan.c and by fuzz targets.
 */
enum err msg_deliver_frame(enum role peer, enum role self, uint16_t type,
    struct slice body, int fd, const struct msg_handlers *h, void *ctx);
const char *msg_name(uint16_t type); /* "box_open"; "?" */
/* size of the fixed part; 0 for unknown types */
size_t msg_fixed_len(uint16_t type);
/* largest frame of this type, fixed part and tail; 0 for unknown types */
size_t msg_frame_max(uint16_t type);
/* Passwords, keys, hashes: both ends wipe the memory it went through. */
bool msg_is_secret(uint16_t type);

#endif
