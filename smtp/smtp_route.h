#ifndef SMTP_SMTP_ROUTE_H
#define SMTP_SMTP_ROUTE_H
/*
 * From the domain of a recipient to the servers its mail is offered to, in
 * order: by a route of the configuration, else by MX (RFC 5321 section 5.1),
 * without us and what comes behind us, the fallback last. Asks the
 * configuration and DNS; opens no connection.
 */
#include "base/buf.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "net/net_addr.h"
#include "net/net_loop.h"
#include "smtp/smtp_client.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SMTP_ROUTE_SELF = CONF_LISTENERS * CONF_ADDRESSES,
	SMTP_ROUTE_HOPS = DNS_MX_MAX + 1 /* servers of one domain */
};

/* The questions to DNS: dns.h, or a test. */
struct smtp_route_dns {
	void (*mx)(void *ctx, struct dns_mx_req *q, struct slice domain);
	void (*addrs)(void *ctx, struct dns_addr_req *q, struct slice host);
	void (*cancel)(void *ctx, struct dns_req *r);
	void *ctx;
};
/* Those of d, which is kept. */
struct smtp_route_dns smtp_route_dns(struct dns *d);

/* Where this server is reached: the addresses of its listeners; one that
 * listens on all addresses is found at each that the machine has when somebody
 * asks. */
struct smtp_route_self {
	struct net_addr addr[SMTP_ROUTE_SELF]; /* with port */
	unsigned n;
	bool (*is_here)(const struct net_addr *a); /* net_addr_is_here */
};
void smtp_route_self_find(struct smtp_route_self *s, const struct conf *c);
/* Whoever connects there comes back to us. */
bool smtp_route_is_self(
    const struct smtp_route_self *s, const struct net_addr *a);

/* What all requests share; borrowed as long as requests are under way. */
struct smtp_route_site {
	struct net_loop *loop;
	const struct conf *conf;
	struct smtp_route_dns dns;
	struct smtp_route_self self;
};

/* One server. addr is in the order in which it is tried; with port. */
struct smtp_hop {
	char host[CONF_TEXT];    /* name; "" for an address */
	struct conf_relay relay; /* as configured; host "": by MX */
	uint16_t preference;     /* of its MX record */
	uint32_t tls;            /* enum conf_out_tls, not INHERIT */
	unsigned password;       /* for relay.user: as conf_password_path */
	bool fallback;
	bool secure;  /* name and addresses were validated by DNSSEC */
	enum err err; /* OK: there are addresses; NOENT; RETRY, CORRUPT; DENIED:
			 a relay that is this server itself */
	struct net_addr addr[DNS_ADDRS_MAX];
	unsigned naddrs;
};

enum smtp_route_kind {
	SMTP_ROUTE_OK = 1,  /* there are hops, and one has an address */
	SMTP_ROUTE_NOENT,   /* no such domain, or none of its servers exists */
	SMTP_ROUTE_NO_MAIL, /* the domain takes no mail (null MX) */
	SMTP_ROUTE_LOOP,    /* it is ours to deliver, says DNS */
	SMTP_ROUTE_RETRY    /* cannot be told now */
};
enum smtp_route_how {
	SMTP_ROUTE_BY_RELAY = 1, /* a relay of the configuration */
	SMTP_ROUTE_BY_MX,
	SMTP_ROUTE_BY_HOST,   /* no MX: the domain itself (implicit MX) */
	SMTP_ROUTE_BY_LITERAL /* user@[192.0.2.1] */
};

/* One request, embedded in the caller's. */
struct smtp_route_work;
struct smtp_route_req {
	/* never from inside smtp_route_get; may end and free the request */
	void (*done)(struct smtp_route_req *);
	/* out, when done is called: */
	char domain[CONF_TEXT];
	enum smtp_route_kind kind;
	enum smtp_route_how how;
	unsigned route; /* of conf.outbound; CONF_ROUTES: for all */
	/* unless OK: DENIED (for good) or RETRY, with status and text */
	struct smtp_verdict verdict;
	struct smtp_hop *hop; /* nhops, until smtp_route_end */
	unsigned nhops;
	unsigned left_out; /* MX hosts: ourselves, and those behind us */
	/* private */
	struct smtp_route_site *site;
	struct smtp_route_work *work;
	struct net_later later;
};
/*
 * Begin. domain: lower case, A-labels; or an address literal with its brackets.
 * r->done is set; the rest is overwritten.
 */
void smtp_route_get(struct smtp_route_site *site, struct smtp_route_req *r,
    struct slice domain);
/* Give up, or forget the result. Nothing happens after a second time. */
void smtp_route_end(struct smtp_route_req *r);

/*
 * The i.th row that tells people what was decided, as "key=value" NUL ...:
 * first the domain, then a row for each hop. false: there are no more.
 */
bool smtp_route_row(
    const struct smtp_route_req *r, unsigned i, struct buf *out);

#endif
