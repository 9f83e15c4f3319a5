#ifndef TESTS_UNIT_SMTP_RELAY_FAKE_H
#define TESTS_UNIT_SMTP_RELAY_FAKE_H
/*
 * What the relay has around it, without processes, disk or wires: a queue in
 * memory behind store_call_queue.h (relay_fake_store.c), servers that say what
 * a test wants behind smtp_client.h, and routes (relay_fake_peer.c). Linked
 * instead of the real ones. Answers come in a later turn of the loop.
 */
#include "base/buf.h"
#include "conf/conf.h"
#include "net/net_loop.h"
#include "smtp/relay.h"
#include "smtp/relay_priv.h"
#include "store/store_queue.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	FAKE_RECORDS = 3000,
	FAKE_REPORTS = 200,
	FAKE_HOSTS = 12,
	FAKE_TEXTS = 16
};

struct fake_record { /* one recipient */
	struct store_out_key key;
	char from[80], addr[80], sender[80], prefix[80];
	uint32_t notify, flags, ret;
	enum store_out_state state, was;
	enum store_out_report report;
	uint64_t dest, next_us, since_us, octets;
	unsigned attempts, sent; /* sent: how often a server took it */
	bool told, gone;
	/* as the last outcome said */
	enum store_outcome_kind kind;
	unsigned settled;
	uint32_t code;
	char status[20], reply[600], host[340];
};
struct fake_report {
	char to[80];
	struct buf body;
};
struct fake_store {
	struct store_call *call;
	struct fake_record rec[FAKE_RECORDS];
	unsigned nrecs;
	struct fake_report report[FAKE_REPORTS];
	unsigned nreports;
	char text[FAKE_TEXTS][4096]; /* bodies: by the last octet of the id */
	bool up, no_ids;
	bool no_memory;                /* for reports on their way to it */
	enum err settle_err, read_err; /* given once each */
	size_t piece;                  /* octets of a read, at most; 0: any */
	unsigned takes, rounds, settles, doubts, reads, most_taken, releases;
	bool silent;     /* settles are not answered */
	bool lazy;       /* reads take three turns */
	struct buf rows; /* answers to operators */
	enum err control_err;
	unsigned control_done;
};

struct fake_host {
	char name[64];
	enum err connect; /* what ready says */
	uint16_t connect_code;
	const char *words;    /* with that */
	bool hangs;           /* never ready */
	unsigned naddrs, bad; /* addresses, and those that do not want us */
	bool unmet;           /* none of them is there */
	unsigned others;      /* that the last connection was given besides */
	unsigned hurried;     /* connections that were not to wait for long */
	bool seven, no_utf8, dsn;
	uint64_t size;
	/* what each recipient gets; usable: afterwards */
	enum err says;
	uint16_t code;
	const char *status;
	bool whole;          /* as the reply to MAIL */
	bool second_drops;   /* the second mail of a connection: CLOSED */
	bool stays_silent;   /* takes the text and never answers */
	bool drops_in_text;  /* CLOSED as soon as it has to wait for text */
	const char *refuses; /* this recipient gets 550 */
	unsigned opened, open, most_open, messages, freed_busy;
	char from[80], to[400];
	struct buf text;
	struct smtp_client_mail last;
};
struct fake_peers {
	struct fake_host host[FAKE_HOSTS];
	unsigned nhosts;
	struct { /* domain: names of its hosts, in order */
		char domain[64];
		char hosts[3][64];
		enum smtp_route_kind kind;
		bool relay;
		uint32_t tls; /* 0: MAY */
		char user[16];
	} route[FAKE_HOSTS];
	unsigned nroutes, lookups;
};

extern struct fake_store fake_store;
extern struct fake_peers fake_peers;
struct fake_relay {
	struct net_loop *loop;
	struct relay *relay;
	struct conf conf;
	struct relay_settings settings;
	uint64_t wall_us, mono_us;
	struct buf log; /* lines */
	bool stopped;
};
extern struct fake_relay fake;

void fake_begin(void);
void fake_end(void);
/* Turns of the loop, no time passes. */
void fake_run(void);
/* Time passes in steps of a second, turns between. */
void fake_wait(unsigned seconds);
/* Time passes at once. */
void fake_skip(unsigned seconds);
/* Does the log, or a text, hold it? */
bool fake_logged(const char *what);

struct fake_host *fake_host(const char *name);
/* Its server has something to say after all. */
void fake_stir(struct smtp_client *c);
/* hosts: up to three names; NULL ends */
void fake_route(const char *domain, const char *a, const char *b);
/* A recipient waits and is due; id: 1 to FAKE_TEXTS - 1. */
struct fake_record *fake_queue(unsigned id, const char *from, const char *to);
void fake_text(unsigned id, const char *text);
/* The store tells that it is due. */
void fake_tell(struct fake_record *r);
void fake_store_lose(void);
void fake_store_up(void);
unsigned fake_in_state(enum store_out_state s);
unsigned fake_gone(void);

#endif
