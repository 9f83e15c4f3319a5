#ifndef DNS_DNS_PRIV_H
#define DNS_DNS_PRIV_H
/* What dns_mx.c and dns_addrs.c are made of: requests, and the questions to the
 * resolver that one needs. */
#include "base/err.h"
#include "base/list.h"
#include "base/slice.h"
#include "dns/dns.h"
#include "dns/dns_answer.h"
#include "dns/dns_hosts.h"

#include <stdbool.h>
#include <stdint.h>

/* --- dns.c ------------------------------------------------------------------
 */

struct ub_ctx; /* libunbound */

struct dns {
	struct net_loop *loop;
	struct ub_ctx *strict, *plain; /* with and without trust anchor; plain
					  is made when it is needed */
	struct dns_hosts hosts;
	struct net_addr server[DNS_SERVERS_MAX];
	unsigned nservers;
	bool ipv6, anchored;
	uint64_t distrust_until_ms;
	struct list asks; /* of struct dns_ask */
	struct list reqs; /* of struct dns_req */
};

/* The context without trust anchor; NULL: out of memory. */
struct ub_ctx *dns_plain(struct dns *d);

/* --- dns_ask.c --------------------------------------------------------------
 */

/*
 * Ask. take: OK with an answer to be looked at (which may say that there is no
 * such name), or RETRY, CORRUPT without; called once, never from inside the
 * call. NULL: out of memory.
 */
struct dns_ask *dns_ask_new(struct dns *d, const char *name, enum dns_type type,
    void (*take)(void *ctx, enum err e, struct slice packet, bool secure),
    void *ctx);
/* take will not be called any more. */
void dns_ask_forget(struct dns_ask **a);

/* libunbound will not call back any more: forget them all. */
void dns_asks_fini(struct dns *d);

/* --- dns_req.c --------------------------------------------------------------
 */

/* Begin a request about a name; false: it cannot be one of DNS. */
bool dns_req_begin(struct dns *d, struct dns_req *r, struct slice name);
/* Ask one of its two questions. ERR_RETRY: out of memory. */
enum err dns_req_ask(struct dns_req *r, unsigned which, enum dns_type type,
    void (*take)(void *ctx, enum err e, struct slice packet, bool secure));
/* It is over: call done, now or from the loop. */
void dns_req_finish(struct dns_req *r, enum err e);
void dns_req_finish_later(struct dns_req *r, enum err e);
/* Forget it without a word. */
void dns_req_drop(struct dns_req *r);
uint64_t dns_seed(void);

#endif
