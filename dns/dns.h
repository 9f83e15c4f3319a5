#ifndef DNS_DNS_H
#define DNS_DNS_H
/*
 * Names to addresses, without waiting: a caching, validating resolver in the
 * caller's loop. This folder is the only user of libunbound. What cannot be
 * found now (TIMEOUT, RETRY) and what is not there (NOENT) stay apart.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/slice.h"
#include "net/net_addr.h"
#include "net/net_loop.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	DNS_NAME_MAX = 255,
	DNS_MX_MAX = 32,   /* hosts of one domain that are looked at */
	DNS_ADDRS_MAX = 16 /* addresses of one host */
};

struct dns;
struct dns_ask;

/* Files are read by whoever is allowed to: here is what was in them. */
struct dns_settings {
	struct slice resolv_conf; /* empty: full recursion from the roots */
	struct slice hosts;       /* /etc/hosts, or empty */
	struct slice root_key; /* trust anchor; empty: nothing is validated */
	const char *server; /* "127.0.0.1:5353": ask this one only; "": above */
	bool ipv6;          /* look for AAAA */
};
/* new; NULL and a line in *why. Opens no files. */
struct dns *dns_new(
    struct net_loop *l, const struct dns_settings *s, struct buf *why);
/* Queries under way are forgotten: done is not called. */
void dns_free(struct dns **d);

/* One question; embedded in the caller's, who sets done. done: never from
 * inside the call; it may ask again, cancel others, and free d. */
struct dns_req {
	void (*done)(struct dns_req *, enum err);
	bool busy;
	/* private */
	struct dns *dns;
	struct list_node node;
	struct net_later later;
	struct dns_ask *ask[2];
	enum err err;
	char name[DNS_NAME_MAX + 1];
};
/* No effect on one that is not busy. */
void dns_cancel(struct dns *d, struct dns_req *r);

struct dns_mx_host {
	uint16_t preference;
	char name[DNS_NAME_MAX + 1]; /* lower case, without last dot */
};
/*
 * The hosts that take mail for a domain (RFC 5321 section 5.1): by preference,
 * equals in random order; the domain itself (implicit) when it has no MX but an
 * address may be there. A CNAME is followed. OK with no host: there are MX
 * records, and none of them names a host (but, say, an address).
 * NOENT: no such domain; DENIED: null MX (RFC 7505); RETRY: no answer now;
 * CORRUPT: an answer that fails validation (a retry, too, but worth a word).
 */
struct dns_mx_req {
	struct dns_req r;
	struct dns_mx_host host[DNS_MX_MAX]; /* out */
	unsigned n;                          /* out */
	bool implicit;                       /* out: no MX */
	bool secure;                         /* out: validated by DNSSEC */
};
void dns_mx(struct dns *d, struct dns_mx_req *q, struct slice domain);

/* Addresses of a host, IPv6 and IPv4 mixed in turn, equals in random order; an
 * address literal is its own answer. NOENT, RETRY, CORRUPT */
struct dns_addr_req {
	struct dns_req r;
	struct net_addr addr[DNS_ADDRS_MAX]; /* out; port 0 */
	unsigned n;                          /* out */
	bool secure;
};
void dns_addrs(struct dns *d, struct dns_addr_req *q, struct slice host);

#endif
