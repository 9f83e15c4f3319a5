#ifndef SMTP_RELAY_PRIV_H
#define SMTP_RELAY_PRIV_H
/*
 * What the files relay_*.c share: how mail gets from the store onto a wire and
 * what became of it back into the store.
 *
 *	lane   a destination as the store counts them (a number): how much of
 *	       it is in hand, whether there is more
 *	dest   a domain under way: its route
 *	hop    a server mail is sent to: its connections, jobs that wait for one
 *	conn   one connection
 *	job    one transaction: a message, and recipients at one domain
 *
 * A take gives rows; rows become jobs; a job waits for the first piece of its
 * text, then for the route of its dest, then at a hop for a connection; a hop
 * that fails sends its jobs on to the next one of their route. When the last
 * verdict is there the job ends: outcomes to queue_settle, with reports if
 * somebody is to be told.
 */
#include "base/list.h"
#include "base/map.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "mime/mime_addr.h"
#include "net/net_tls_client.h"
#include "queue/queue_dest.h"
#include "queue/queue_rate.h"
#include "queue/queue_settle.h"
#include "smtp/relay_body.h"
#include "smtp/relay_fate.h"
#include "smtp/smtp_client.h"
#include "smtp/smtp_route.h"
#include "store/store_call_queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RELAY_TAKES = 8,       /* under way at a time */
	RELAY_TAKE_ROWS = 200, /* recipients of one take: two transactions */
	RELAY_HELD_MAX = 64 << 20,  /* octets of texts: then nothing is taken */
	RELAY_SETTLE_MAX = 8 << 20, /* octets not durable yet: the same */
	RELAY_DEAD_JOBS = 64,       /* a second, of what cannot be reached */
	RELAY_LANES = 10000,        /* destinations remembered as due */
	RELAY_DESTS_IDLE = 1000,    /* routes kept for the next message */
	RELAY_ROUTE_MS = 60 * 1000, /* then it is looked up again */
	RELAY_NO_ROUTE_MS = 5000,   /* the same, of what DNS could not say */
	RELAY_RECODES = 2,          /* texts recoded at a time */
	/* octets of texts that are recoded, or wait so to be sent; one larger
	 * than that goes alone */
	RELAY_RECODED_MAX = 64 << 20,
	RELAY_RECODE_WAIT_MS = 5 * 60 * 1000 /* for that: then later */
};

struct relay_net { /* ways out; kept by sites */
	unsigned refs;
	struct dns *dns;
	struct net_tls_client *tls;
};

/* Configuration as of a reload; kept by what began with it. */
struct relay_site {
	unsigned refs, number; /* number: which reload */
	struct conf conf;
	struct smtp_client_site client;
	struct smtp_route_site route;
	struct relay_net *net;
	struct buf password[CONF_PASSWORDS];
};

struct relay;
struct relay_dest;
struct relay_job;

struct relay_lane {
	struct map_node by_number;
	uint64_t number;
	unsigned jobs;           /* in hand */
	unsigned asked;          /* by takes under way */
	bool more;               /* something else of it is due */
	uint64_t rest_ms;        /* nothing is taken before (clock_mono_ms) */
	struct list_node node;   /* on relay.hungry while `more` */
	struct relay_dest *dest; /* the last one of this number, or NULL */
};

struct relay_take {
	struct store_take_req q;
	struct relay *relay;
	unsigned asked;
};

struct relay_hop {
	struct map_node by_key;
	struct relay *relay;
	struct relay_site *site;
	char key[700];
	char name[330];   /* "mx.example.org:25" */
	char server[620]; /* of queue_dest: that, and how one gets in */
	struct smtp_hop at;
	struct net_addr good;    /* address that worked last */
	unsigned most, messages; /* connections; messages on one */
	struct conf_times retry; /* the plan of mail for it */
	unsigned refs;           /* dests and jobs on their way */
	struct list conns, waiting;
	unsigned opening, idle;
	struct list_node serve;   /* on relay.serve */
	bool failed;              /* the last attempt to connect */
	struct smtp_verdict last; /* why */
};

struct relay_conn {
	struct list_node node;      /* hop.conns */
	struct list_node idle_node; /* relay.idle_conns: ready, no job */
	struct relay_hop *hop;
	struct smtp_client *client;
	struct smtp_client_target target;
	struct relay_job *job;
	struct net_timer idle;
	struct net_addr addr[DNS_ADDRS_MAX]; /* to be tried */
	unsigned naddrs, sent;
	bool again; /* one of them was reached before, in vain */
	uint64_t began_ms, ready_ms;
	bool ready;
};

struct relay_dest {
	struct map_node by_name;
	struct relay *relay;
	struct relay_site *site;
	struct conf_route conf;
	struct smtp_route_req route;
	struct relay_hop *hop[SMTP_ROUTE_HOPS];
	unsigned nhops, version; /* version: of the list of hops */
	bool looking, partial;   /* partial: DNS could not say all */
	struct smtp_verdict why; /* there is no hop */
	uint64_t found_ms;       /* 0: no route yet */
	unsigned jobs;
	struct list waiting;   /* jobs, for the route */
	struct list_node node; /* relay.idle_dests while jobs is 0 */
	uint64_t number;
	uint16_t name_len;
	char name[MIME_DOMAIN_MAX + 1];
};

struct relay_rcpt {
	struct store_out_key key;
	struct store_out out; /* slices in job.memory */
	struct smtp_verdict verdict;
	bool judged;
	struct relay_fate fate;
};
struct relay_job {
	struct list_node node; /* relay.jobs */
	struct list_node wait; /* in *waits_in: of a dest, a hop, recodes */
	struct list *waits_in;
	struct relay *relay;
	struct relay_lane *lane;
	struct relay_dest *dest; /* NULL: rows in state REPORT */
	struct store_envelope env;
	struct relay_rcpt *rcpt;
	struct smtp_client_rcpt *to;
	struct smtp_client_mail mail; /* borrowed while it is sent */
	unsigned nrcpts;
	struct relay_body body;
	void (*on_body)(struct relay_job *, enum err); /* who waits for it */
	uint64_t wanted;   /* offset that the connection waits for */
	enum err body_err; /* why the text broke off */
	bool eight, utf8, recoding;
	bool lines;       /* of it are longer than servers must take */
	bool seven;       /* it is recoded for a server without 8BITMIME */
	uint64_t recoded; /* octets of relay.recoded */
	/* the attempt */
	struct relay_hop *at;    /* where it waits or is sent; kept */
	struct relay_conn *conn; /* that sends it */
	uint64_t tried;          /* hops of dest's version, a set */
	unsigned version, steps;
	struct smtp_verdict last;  /* why no hop took it */
	char host[STORE_HOST_MAX]; /* who said so */
	char tls[64];
	bool talked, dsn;
	bool reused; /* the connection had sent others before */
	uint64_t taken_ms, conn_ms, setup_ms;
	size_t size;          /* of it all, as counted in relay.held */
	max_align_t memory[]; /* rcpt, to, and the octets of the rows */
};

enum relay_phase { RELAY_AWAY, RELAY_CLEANING, RELAY_DOUBTING, RELAY_OPEN };
struct relay {
	struct net_loop *loop;
	struct store_call *store;
	struct relay_site *site;
	struct queue_settle *settle;
	struct queue_dests servers;
	struct queue_rate reports;
	enum relay_phase phase;
	bool stopping;
	void (*stopped)(void *ctx);
	void *stopped_ctx;

	/* relay_take.c */
	struct map lanes;
	struct list hungry;
	struct relay_take take[RELAY_TAKES], round;
	unsigned asked; /* jobs, by takes under way */
	bool round_wanted, round_on;
	uint64_t round_after, round_next_us, round_at_us;
	struct net_timer round_timer;

	struct map dests;
	struct list idle_dests;
	struct map hops;
	struct list serve, idle_conns; /* hops to be served; idle longest first
					*/
	unsigned conns;
	struct list jobs, recodes, tests;
	unsigned recoding;
	uint64_t recoded; /* octets, as they were before */
	size_t held;
	struct store_value_req doubt;
	struct net_later turn;
	struct net_timer tick, patience;
};

/* --- relay.c ------------------------------------------------------------ */

struct relay_site *relay_site_ref(struct relay_site *s);
void relay_site_unref(struct relay_site **s);
/* Something changed: look at the end of this turn what can go on. */
void relay_stir(struct relay *r);

/* --- relay_take.c ------------------------------------------------------- */

void relay_take_init(struct relay *r);
void relay_take_fini(struct relay *r);
void relay_take_due(struct relay *r, uint64_t number, uint64_t us);
/* Everything may be due (the store is there again, the hour has come). */
void relay_take_all(struct relay *r);
void relay_take_run(struct relay *r);
/* One more job of this destination is in hand. NULL: out of memory */
struct relay_lane *relay_lane_more(struct relay *r, uint64_t number);
/* One less. */
void relay_lane_less(struct relay *r, struct relay_lane *l);
/* It cannot be reached now: nothing is taken for a moment. */
void relay_lane_rest(struct relay *r, struct relay_lane *l);
/* This dest is gone. */
void relay_lane_forget(struct relay *r, const struct relay_dest *d);

/* --- relay_dest.c ------------------------------------------------------- */

/* The dest of an address, made if needed; NULL: out of memory. */
struct relay_dest *relay_dest_get(struct relay *r, struct slice domain);
/* Route the job, as soon as there is a route. */
void relay_dest_route(struct relay_dest *d, struct relay_job *j);
/* No server of its route can be reached now, as far as we know. */
bool relay_dest_is_dead(struct relay_dest *d);
/* A job of it has ended. */
void relay_dest_less(struct relay_dest *d);
/* How many jobs of it may be in hand. */
unsigned relay_dest_room(struct relay_dest *d);
/* All that nobody uses, or what is idle beyond a number. */
void relay_dest_sweep(struct relay *r, size_t keep);

/* --- relay_pool.c, relay_conn.c ----------------------------------------- */

/* kept; NULL: out of memory */
struct relay_hop *relay_hop_get(struct relay *r, struct relay_site *s,
    const struct smtp_hop *at, const struct conf_route *c);
void relay_hop_unref(struct relay_hop **h);
struct queue_dest *relay_hop_server(struct relay_hop *h);
bool relay_hop_is_dead(struct relay_hop *h);
/* Why it cannot be used now. */
void relay_hop_why(struct relay_hop *h, struct smtp_verdict *v);
void relay_hop_add(struct relay_hop *h, struct relay_job *j);
void relay_hop_stir(struct relay_hop *h);
void relay_pool_run(struct relay *r);
/* once a second: those whose jobs wait for a reason that has passed */
void relay_pool_tick(struct relay *r);
void relay_pool_close_idle(struct relay *r);
bool relay_conn_open(struct relay_hop *h);
void relay_conn_send(struct relay_conn *c, struct relay_job *j);
void relay_conn_free(struct relay_conn *c);

/* --- relay_rows.c ------------------------------------------------------- */

/* Jobs of the rows of one take. */
void relay_job_rows(struct relay *r, struct slice rows);

/* --- relay_job.c -------------------------------------------------------- */

void relay_job_begin(struct relay_job *j);
/* Send it to the next hop of its route that is alive, or end the attempt. */
void relay_job_dispatch(struct relay_job *j);
/* This hop cannot take it, as v says: on to the next. */
void relay_job_next(
    struct relay_job *j, const struct smtp_verdict *v, struct slice host);
/* Give it back to the store as it was. */
void relay_job_release(struct relay_job *j);
void relay_job_wait(struct relay_job *j, struct list *l);
void relay_job_free(struct relay_job *j);
/* The connection is through with it. */
void relay_job_sent(struct relay_job *j);

/* Its text cannot be read: back to the store, or held. */
void relay_job_body_failed(struct relay_job *j, enum err e);

/* --- relay_recode.c ----------------------------------------------------- */

/* The text must be recoded before it can go there. */
void relay_job_recode(struct relay_job *j);
/* What was recoded is not needed any more. */
void relay_recode_end(struct relay_job *j);
/* Those that wait, as there is room. */
void relay_recode_run(struct relay *r);
/* Those that have waited for too long are tried later. */
void relay_recode_tick(struct relay *r);

/* --- relay_end.c, relay_report.c ---------------------------------------- */

/* All verdicts are there: outcomes, reports, log; the job is gone then. */
void relay_job_end(struct relay_job *j);
/* All recipients end with this. */
void relay_job_end_all(struct relay_job *j, const struct smtp_verdict *v);
void relay_job_hold(struct relay_job *j, const char *why);
/* The outcome of a recipient as its fate says; slices into the job. */
struct store_outcome relay_outcome(
    const struct relay_job *j, const struct relay_rcpt *t);
/* Settle; the log tells when that cannot be. */
void relay_settle(struct relay_job *j, const struct store_outcome *o,
    unsigned n, const struct store_report *r, unsigned nreports);
/* Tell of those whose fate says so, and settle them; the job is gone then. */
void relay_report_fates(struct relay_job *j);
/* The same for rows in state REPORT. */
void relay_report_rows(struct relay_job *j);
/* --- relay_control.c ---------------------------------------------------- */

void relay_control_fini(struct relay *r);

/* --- relay_log.c -------------------------------------------------------- */

void relay_log_outcome(const struct relay_job *j, const struct relay_rcpt *t);

#endif
