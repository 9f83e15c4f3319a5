/* From a host to its addresses. */
#include "dns/dns.h"
#include "dns/dns_priv.h"
#include "dns/dns_rank.h"

#include <string.h>

enum { V6, V4 }; /* the two questions */

static struct dns_addr_req *
of_req(struct dns_req *r)
{
	return (
	    struct dns_addr_req *)(void *)((char *)r -
					   offsetof(struct dns_addr_req, r));
}

static bool
read_address(struct slice data, bool v4, struct net_addr *out)
{
	static const uint8_t mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	memset(out, 0, sizeof *out);
	if (data.len != (v4 ? 4 : 16))
		return false;
	if (v4)
		memcpy(out->ip, mapped, sizeof mapped);
	memcpy(out->ip + (v4 ? 12 : 0), data.p, data.len);
	return dns_rank_is_usable(out, v4);
}

/* At most half of the room for each family, so that neither can fill it. */
static enum err
take_records(struct dns_addr_req *q, struct slice packet, bool v4)
{
	struct dns_answer a;
	struct slice data;
	unsigned n = 0;

	if (dns_answer_begin(&a, packet, q->r.name, v4 ? DNS_A : DNS_AAAA) !=
	    ERR_OK)
		return ERR_RETRY;
	while (q->n < DNS_ADDRS_MAX && n < DNS_ADDRS_MAX / 2 &&
	       dns_answer_next(&a, &data))
		if (read_address(data, v4, &q->addr[q->n])) {
			q->n++;
			n++;
		}
	return n > 0 ? ERR_OK : ERR_NOENT;
}

/* How bad is it? One family that answers is enough; what may be there later
 * counts more than what is not there. */
static unsigned
weight(enum err e)
{
	return e == ERR_OK ? 3 : e == ERR_RETRY ? 2 : e == ERR_CORRUPT ? 1 : 0;
}

static void
took(struct dns_addr_req *q, unsigned which, enum err e)
{
	q->r.ask[which] = NULL;
	if (weight(e) > weight(q->r.err))
		q->r.err = e;
	if (q->r.ask[V4] != NULL || q->r.ask[V6] != NULL)
		return;
	q->secure = q->secure && q->n > 0;
	if (q->n > 0)
		dns_rank_addrs(q->addr, q->n, dns_seed());
	dns_req_finish(&q->r, q->r.err);
}

static void
take(struct dns_addr_req *q, unsigned which, enum err e, struct slice packet,
    bool secure)
{
	if (e == ERR_OK)
		e = take_records(q, packet, which == V4);
	if (e == ERR_OK)
		q->secure = q->secure && secure;
	took(q, which, e);
}

static void
take_v4(void *ctx, enum err e, struct slice packet, bool secure)
{
	take(of_req(ctx), V4, e, packet, secure);
}

static void
take_v6(void *ctx, enum err e, struct slice packet, bool secure)
{
	take(of_req(ctx), V6, e, packet, secure);
}

/* Answers that need no question. */
static bool
know(struct dns_addr_req *q)
{
	struct dns *d = q->r.dns;

	q->n = dns_hosts_find(
	    &d->hosts, q->r.name, d->ipv6, q->addr, DNS_ADDRS_MAX);
	if (q->n > 0)
		dns_rank_addrs(q->addr, q->n, dns_seed());
	return q->n > 0;
}

static void
ask(struct dns_addr_req *q)
{
	bool v6 = q->r.dns->ipv6;
	enum err e;

	q->secure = true;
	q->r.err = ERR_NOENT;
	e = dns_req_ask(&q->r, V4, DNS_A, take_v4);
	if (e == ERR_OK && v6)
		e = dns_req_ask(&q->r, V6, DNS_AAAA, take_v6);
	if (e != ERR_OK && q->r.ask[V4] == NULL)
		dns_req_finish_later(&q->r, e);
	else if (e != ERR_OK)
		q->r.err = e; /* unless IPv4 brings something */
}

void
dns_addrs(struct dns *d, struct dns_addr_req *q, struct slice host)
{
	bool named = dns_req_begin(d, &q->r, host);

	q->n = 0;
	q->secure = false;
	if (net_addr_parse_ip(host, &q->addr[0]) == ERR_OK) {
		q->n = 1;
		dns_req_finish_later(&q->r, ERR_OK);
	} else if (!named) {
		dns_req_finish_later(&q->r, ERR_NOENT);
	} else if (know(q)) {
		dns_req_finish_later(&q->r, ERR_OK);
	} else {
		ask(q);
	}
}
