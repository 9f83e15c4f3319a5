/* From a domain to the hosts that take its mail. */
#include "dns/dns.h"
#include "dns/dns_priv.h"
#include "dns/dns_rank.h"

#include <string.h>

static struct dns_mx_req *
of_req(struct dns_req *r)
{
	return (struct dns_mx_req *)(void *)((char *)r -
					     offsetof(struct dns_mx_req, r));
}

/* The domain itself (RFC 5321 section 5.1: implicit MX). */
static void
take_domain(struct dns_mx_req *q)
{
	q->n = 1;
	q->implicit = true;
	memset(&q->host[0], 0, sizeof q->host[0]);
	memcpy(q->host[0].name, q->r.name, sizeof q->host[0].name);
}

static bool
is_in_hosts(const struct dns_mx_req *q)
{
	struct net_addr a;

	return dns_hosts_find(&q->r.dns->hosts, q->r.name, true, &a, 1) > 0;
}

/* A host, and no address that somebody took for one. */
static bool
is_host(const struct dns_name *n)
{
	struct net_addr a;

	return !n->odd && n->text[0] != '\0' &&
	       net_addr_parse_ip(slice_str(n->text), &a) != ERR_OK;
}

/* The MX records of an answer; how many there are, and how many of them name no
 * host at all (RFC 7505). */
static void
take_records(struct dns_mx_req *q, struct dns_answer *a, unsigned *records,
    unsigned *null)
{
	struct dns_rank rank;
	struct dns_name name;
	struct slice data;
	uint16_t preference;

	dns_rank_init(&rank, q->host, dns_seed());
	*records = *null = 0;
	while (dns_answer_next(a, &data)) {
		++*records;
		if (!dns_answer_mx(a, data, &preference, &name))
			continue;
		if (is_host(&name))
			dns_rank_add(&rank, preference, name.text);
		else if (!name.odd && name.text[0] == '\0')
			++*null;
	}
	q->n = rank.n;
}

static enum err
look(struct dns_mx_req *q, struct slice packet)
{
	struct dns_answer a;
	unsigned records, null;

	if (dns_answer_begin(&a, packet, q->r.name, DNS_MX) != ERR_OK)
		return ERR_RETRY;
	if (a.rcode == DNS_NXDOMAIN) {
		if (!is_in_hosts(q))
			return ERR_NOENT;
		take_domain(q);
		return ERR_OK;
	}
	take_records(q, &a, &records, &null);
	if (records == 0)
		take_domain(q);
	return null > 0 && null == records ? ERR_DENIED : ERR_OK;
}

static void
take(void *ctx, enum err e, struct slice packet, bool secure)
{
	struct dns_mx_req *q = of_req(ctx);

	q->r.ask[0] = NULL;
	if (e == ERR_OK) {
		q->secure = secure;
		e = look(q, packet);
	}
	dns_req_finish(&q->r, e);
}

void
dns_mx(struct dns *d, struct dns_mx_req *q, struct slice domain)
{
	bool named = dns_req_begin(d, &q->r, domain);
	enum err e;

	q->n = 0;
	q->implicit = q->secure = false;
	if (!named) {
		dns_req_finish_later(&q->r, ERR_NOENT);
	} else if (dns_hosts_is_localhost(
		       q->r.name)) { /* RFC 6761 section 6.3 */
		take_domain(q);
		dns_req_finish_later(&q->r, ERR_OK);
	} else if ((e = dns_req_ask(&q->r, 0, DNS_MX, take)) != ERR_OK) {
		dns_req_finish_later(&q->r, e);
	}
}
