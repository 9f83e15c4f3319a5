#ifndef STORE_STORE_QUEUE_H
#define STORE_STORE_QUEUE_H
/*
 * What waits to go out, as octets: what is stored, what the relay process gets,
 * what it says became of it, what the command line shows. Encoded as directory
 * records are (store_record.h): a version octet, then tagged fields in order,
 * those that are 0 or empty left out. Pure; decoding trusts nothing.
 *
 * One envelope a message, one record a recipient that is still open:
 *
 *	          take              settle
 *	DUE ----------> SENDING ---------> gone (done, failed: see the trail)
 *	DEFERRED ---------^  |  '--------> DEFERRED, HELD, or as it was
 *(release) DOUBT ------------^  '- relay or store died, reply lost --> DOUBT
 *	REPORT -----------^   (its fate is decided, its sender is still to be
 *	                       told: relay writes that and settles)
 *	HELD <--> DUE          by an operator's word, or a limit
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "proc/mail_id.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	STORE_REPLY_MAX = 500,  /* octets of a remote reply that are kept */
	STORE_HOST_MAX = 330,   /* "mx.example.org[192.0.2.1]:25" */
	STORE_STATUS_MAX = 15,  /* "5.1.1" (RFC 3463) */
	STORE_PREFIX_MAX = 1024 /* trace fields of one recipient */
};

enum store_out_state {
	STORE_OUT_DUE = 1,  /* not tried yet */
	STORE_OUT_DEFERRED, /* tried, or told to wait */
	STORE_OUT_SENDING,  /* an attempt is on record, its end is not */
	STORE_OUT_DOUBT,    /* an attempt whose end nobody knows */
	STORE_OUT_HELD,     /* until an operator releases it */
	STORE_OUT_REPORT    /* decided; to be reported */
};
/* What is to be reported about a recipient in state REPORT. */
enum store_out_report {
	STORE_REPORT_FAILED = 1, /* status, code, reply say why */
	STORE_REPORT_DELIVERED,  /* into a mailbox here (NOTIFY=SUCCESS) */
	STORE_REPORT_EXPANDED,   /* by an alias with several members */
	STORE_REPORT_LIMIT /* not a DSN: addr is told that mail of from is held
			      because of its hourly limit */
};
enum { STORE_ENV_UTF8 = 1, STORE_ENV_8BIT = 2 };

/* One message. Slices are borrowed. */
struct store_envelope {
	struct slice from;  /* canonical; empty: null path */
	struct slice envid; /* DSN ENVID as xtext, or empty */
	uint32_t flags;     /* STORE_ENV_ */
	uint32_t ret;       /* DSN RET: 0 none, 1 FULL, 2 HDRS */
	uint64_t account;   /* who had logged in; 0: nobody */
	uint64_t octets;    /* of the body, without any recipient's prefix */
	uint64_t body, sum; /* the backend's: where the body is */
	uint64_t made_us;   /* when it was accepted */
	uint32_t rcpts;     /* recipient records ever made; numbers 0.. */
	uint32_t left;      /* that are still there */
};

/* One recipient of it. */
struct store_out {
	enum store_out_state state;
	enum store_out_report report; /* 0 unless state is or was REPORT */
	struct slice addr;            /* canonical: where it is to go */
	struct slice orcpt;           /* DSN ORCPT "rfc822;xtext", or empty */
	uint32_t notify;              /* STORE_NOTIFY_ (store_rcpt.h) */
	struct slice sender; /* instead of the envelope's (SRS), or empty */
	struct slice prefix; /* trace fields in front of the body, or empty */
	uint64_t next_us;    /* when it is due; SENDING: when it was taken */
	uint64_t since_us;   /* when this recipient was queued */
	uint32_t attempts;   /* that ended or were on record */
	bool delay_told;     /* the sender has been told of the delay */
	enum store_out_state was; /* SENDING: before; else 0 */
	/* the last attempt, or the reason for HELD and REPORT */
	uint64_t last_us;
	uint32_t code;       /* SMTP reply code; 0: none */
	struct slice status; /* "4.4.1", or empty */
	struct slice reply;  /* what was said, printable UTF-8 */
	struct slice host;   /* by whom, or empty: by us */
};

/* The name of a recipient record. */
struct store_out_key {
	struct mail_id id;
	uint32_t n;
};
enum { STORE_OUT_KEY = 20 }; /* octets: id, n big endian */
void store_out_key_add(struct buf *b, const struct store_out_key *k);
/* Take one off *in. ERR_NOENT at the end, ERR_PROTO when cut off */
enum err store_out_key_next(struct slice *in, struct store_out_key *out);

/* Append; TOOBIG when a field is over its limit, SYNTAX when a text has
 * controls or is not UTF-8; so do all the others that append. */
enum err store_envelope_encode(const struct store_envelope *, struct buf *out);
enum err store_out_encode(const struct store_out *, struct buf *out);
/* CORRUPT; slices in *out point into v. */
enum err store_envelope_decode(struct slice v, struct store_envelope *out);
enum err store_out_decode(struct slice v, struct store_out *out);

/*
 * What destination a recipient belongs to: a number made of the domain of its
 * address, equal for equal domains, whatever their case; never 0. Records in
 * state REPORT belong to STORE_DEST_REPORT.
 */
enum { STORE_DEST_REPORT = 0 };
uint64_t store_dest_of(struct slice addr);

/* Rows as they cross channels: {key 20, env_len u16 be, out_len u16 be,
 * envelope, out}; an envelope of length 0 is that of the row before, and is
 * handed out with length 0. */
struct store_out_row {
	struct store_out_key key;
	struct slice envelope, out; /* encoded */
};
void store_out_rows_add(struct buf *b, const struct store_out_row *r);
/* ERR_NOENT at the end, ERR_PROTO when malformed */
enum err store_out_rows_next(struct slice *rows, struct store_out_row *out);

/* --- what became of it ---------------------------------------------------- */

enum store_outcome_kind {
	STORE_OUTCOME_RELEASE = 1, /* nothing: as it was before it was taken */
	STORE_OUTCOME_DONE,        /* accepted by host; or reported */
	STORE_OUTCOME_FAILED,      /* for good; its report is in this settle,
				      or nobody wants one */
	STORE_OUTCOME_DEFERRED,    /* until next_us */
	STORE_OUTCOME_DOUBT,       /* the reply was lost; again at next_us */
	STORE_OUTCOME_HELD,
	STORE_OUTCOME_KINDS
};
struct store_outcome {
	struct store_out_key key;
	enum store_outcome_kind kind;
	bool attempted;  /* somebody was talked to, or tried to reach */
	bool delay_told; /* this settle brings the notice of the delay */
	uint64_t next_us;
	uint32_t code;
	struct slice status, reply, host; /* as in store_out */
	struct slice tls;                 /* "TLSv1.3 verified", or empty */
};
/* A message of ours about others: null sender, settled in the same commit as
 * the outcomes it speaks of. */
struct store_report {
	struct mail_id id;
	struct slice to; /* canonical */
	bool utf8;       /* needs SMTPUTF8 */
	struct slice body;
};
/* Appended to the tail of msg_queue_settle: outcomes first, {key 20, len u16
 * be, fields}, then reports, {id 16, utf8 u8, to_len u16 be, body_len u32 be,
 * to, body}. */
enum err store_outcome_add(struct buf *b, const struct store_outcome *o);
enum err store_report_add(struct buf *b, const struct store_report *r);
/* ERR_NOENT at the end of what was said to be there, ERR_PROTO when malformed
 * or over a limit */
enum err store_outcome_next(struct slice *in, struct store_outcome *out);
enum err store_report_next(struct slice *in, struct store_report *out);

/* --- the trail: what was decided about a message, and why ------------------
 */

enum store_event {
	STORE_EV_RECEIVED = 1, /* with `local`: the mailboxes it went to */
	STORE_EV_SENT,
	STORE_EV_DEFERRED,
	STORE_EV_FAILED,
	STORE_EV_DOUBT,
	STORE_EV_HELD,
	STORE_EV_REPORTED, /* ref: id of the report's message */
	STORE_EV_RELEASED, /* the next four: by an operator */
	STORE_EV_DELETED,
	STORE_EV_FLUSHED,
	STORE_EV_REDIRECTED, /* addr: from where; reply: to where */
	STORE_EV_DROPPED,    /* a report that nobody could get */
	STORE_EVENTS
};
struct store_trail {
	enum store_event event;
	struct slice from, addr; /* sender; recipient */
	struct slice local;      /* RECEIVED: addresses, each ended by '\n' */
	struct slice client;     /* RECEIVED: "mx.example.org[192.0.2.1]" */
	struct slice proto;      /* RECEIVED: "ESMTPSA" */
	struct slice login;      /* RECEIVED: who had logged in */
	struct slice tls;
	struct slice msgid; /* RECEIVED: Message-ID, or empty */
	uint64_t octets;    /* RECEIVED */
	uint32_t rcpts;     /* RECEIVED: recipients to be sent to */
	uint32_t code;
	struct slice status, reply, host;
	uint64_t ref_us;  /* next attempt */
	struct slice ref; /* hex of another message's id */
};
enum {
	STORE_TRAIL_MAX = 8192, /* octets of one record; `local` is cut */
	STORE_INFO_MAX = 2048   /* of what a front says, see msg_deliver */
};
enum err store_trail_encode(const struct store_trail *, struct buf *out);
enum err store_trail_decode(struct slice v, struct store_trail *out);
/* Is v, as a front process gave it (msg_deliver), empty, or a record RECEIVED
 * of at most STORE_INFO_MAX octets with nothing but client, proto, login, tls
 * and msgid? */
bool store_trail_info_valid(struct slice v);
const char *store_event_name(enum store_event e);         /* "deferred" */
const char *store_out_state_name(enum store_out_state s); /* "in-doubt" */

/* Rows of a trail: {id 16, us u64 be, len u16 be, record} */
struct store_trail_row {
	struct mail_id id;
	uint64_t us;
	struct slice record;
};
void store_trail_rows_add(struct buf *b, const struct store_trail_row *r);
enum err store_trail_rows_next(struct slice *rows, struct store_trail_row *out);

#endif
