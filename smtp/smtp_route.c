/* From a domain to next hops: which questions are asked, and in what order. */
#include "smtp/smtp_route.h"

#include "smtp/smtp_route_priv.h"

#include <stdlib.h>
#include <string.h>

struct lookup { /* the addresses of one hop */
	struct dns_addr_req q;
	struct smtp_route_req *r;
};

struct smtp_route_work {
	struct conf_route way;
	struct dns_mx_req mx;
	struct smtp_route_req *r;
	struct lookup *lookup; /* as many as hops */
	unsigned nlookups, left;
};

/* --- DNS ----------------------------------------------------------------- */

static void
ask_mx(void *ctx, struct dns_mx_req *q, struct slice domain)
{
	dns_mx(ctx, q, domain);
}

static void
ask_addrs(void *ctx, struct dns_addr_req *q, struct slice host)
{
	dns_addrs(ctx, q, host);
}

static void
cancel(void *ctx, struct dns_req *r)
{
	dns_cancel(ctx, r);
}

struct smtp_route_dns
smtp_route_dns(struct dns *d)
{
	return (struct smtp_route_dns){ask_mx, ask_addrs, cancel, d};
}

/* --- the end -------------------------------------------------------------- */

static void
work_free(struct smtp_route_req *r)
{
	struct smtp_route_work *w = r->work;
	const struct smtp_route_dns *dns = &r->site->dns;

	r->work = NULL;
	if (w == NULL)
		return;
	if (w->mx.r.busy)
		dns->cancel(dns->ctx, &w->mx.r);
	for (unsigned i = 0; i < w->nlookups; i++)
		if (w->lookup[i].q.r.busy)
			dns->cancel(dns->ctx, &w->lookup[i].q.r);
	free(w->lookup);
	free(w);
}

static void
finish(void *ctx)
{
	struct smtp_route_req *r = ctx;

	work_free(r);
	r->done(r);
}

/* Not from inside smtp_route_get. */
static void
finish_later(struct smtp_route_req *r)
{
	net_later_add(r->site->loop, &r->later);
}

static void
no_memory(struct smtp_route_req *r)
{
	smtp_route_refuse(r, SMTP_ROUTE_RETRY, "4.3.1", "out of memory");
	finish_later(r);
}

void
smtp_route_end(struct smtp_route_req *r)
{
	if (r->site == NULL)
		return;
	work_free(r);
	net_later_remove(r->site->loop, &r->later);
	free(r->hop);
	r->hop = NULL;
	r->nhops = 0;
	r->site = NULL;
}

/* --- addresses ------------------------------------------------------------ */

static void
take_addresses(struct smtp_hop *h, const struct dns_addr_req *q, enum err e)
{
	h->err = e == ERR_OK && q->n == 0 ? ERR_NOENT : e;
	if (e != ERR_OK)
		return;
	h->naddrs = q->n;
	h->secure = h->secure && q->secure;
	for (unsigned i = 0; i < q->n; i++) {
		h->addr[i] = q->addr[i];
		h->addr[i].port = h->relay.port;
	}
}

static void
looked_up(struct dns_req *req, enum err e)
{
	struct lookup *l = (struct lookup *)(void *)req; /* first members */
	struct smtp_route_req *r = l->r;
	struct smtp_route_work *w = r->work;

	take_addresses(&r->hop[l - w->lookup], &l->q, e);
	if (--w->left > 0)
		return;
	smtp_route_cut_self(r, &r->site->self);
	smtp_route_judge(r);
	finish(r);
}

/* What the hop is called where its addresses are looked up. */
static struct slice
name_of(const struct smtp_hop *h)
{
	return slice_str(h->relay.host[0] != '\0' ? h->relay.host : h->host);
}

/* All at once: the first that answers may be none of the best. */
static void
look_up(struct smtp_route_req *r)
{
	struct smtp_route_work *w = r->work;
	const struct smtp_route_dns *dns = &r->site->dns;

	if (r->nhops == 0) {
		smtp_route_judge(r);
		finish_later(r);
		return;
	}
	w->lookup = calloc(r->nhops, sizeof *w->lookup);
	if (w->lookup == NULL) {
		no_memory(r);
		return;
	}
	w->nlookups = w->left = r->nhops;
	for (unsigned i = 0; i < w->nlookups; i++) {
		struct lookup *l = &w->lookup[i];

		l->r = r;
		l->q.r.done = looked_up;
		dns->addrs(dns->ctx, &l->q, name_of(&r->hop[i]));
	}
}

/* --- hosts ---------------------------------------------------------------- */

static bool
make_room(struct smtp_route_req *r, unsigned n)
{
	r->hop = calloc(n, sizeof *r->hop);
	return r->hop != NULL;
}

static void
add_fallback(struct smtp_route_req *r)
{
	if (smtp_route_hop_relay(
		&r->hop[r->nhops], r->site->conf, r, &r->work->way, true))
		r->nhops++;
}

/* MX hosts, best first; we ourselves may be one of them. */
static void
add_mx(struct smtp_route_req *r, const struct dns_mx_req *mx)
{
	const struct conf *c = r->site->conf;
	unsigned limit = UINT32_MAX;

	for (unsigned i = 0; i < mx->n; i++) {
		struct smtp_hop *h = &r->hop[r->nhops++];

		smtp_route_hop_init(
		    h, &r->work->way, (uint16_t)c->outbound.port);
		memcpy(h->host, mx->host[i].name, sizeof h->host);
		h->preference = mx->host[i].preference;
		h->secure = mx->secure;
		if (strcmp(h->host, c->hostname) == 0 && limit == UINT32_MAX)
			limit = h->preference;
	}
	if (limit != UINT32_MAX)
		smtp_route_cut(r, limit);
}

/* Nothing can be said about the domain now: only the fallback is left. */
static void
without_mx(struct smtp_route_req *r, enum err e)
{
	if (!make_room(r, 1)) {
		no_memory(r);
		return;
	}
	add_fallback(r);
	if (r->nhops > 0) {
		look_up(r);
		return;
	}
	smtp_route_refuse(r, SMTP_ROUTE_RETRY, "4.4.3",
	    e == ERR_CORRUPT
		? "the answer of DNS about %s fails DNSSEC validation"
		: "no answer from DNS about %s",
	    r->domain);
	finish_later(r);
}

static void
found_mx(struct dns_req *req, enum err e)
{
	struct smtp_route_work *w = LIST_ITEM(req, struct smtp_route_work, mx);
	struct smtp_route_req *r = w->r;

	if (e == ERR_OK && w->mx.implicit)
		r->how = SMTP_ROUTE_BY_HOST;
	if (e == ERR_NOENT) {
		smtp_route_refuse(r, SMTP_ROUTE_NOENT, "5.1.2",
		    "the domain %s does not exist", r->domain);
		finish(r);
	} else if (e == ERR_DENIED) {
		smtp_route_refuse(r, SMTP_ROUTE_NO_MAIL, "5.1.10",
		    "the domain %s takes no mail (null MX)", r->domain);
		finish(r);
	} else if (e != ERR_OK) {
		without_mx(r, e);
	} else if (!make_room(r, w->mx.n + 1)) {
		no_memory(r);
	} else {
		add_mx(r, &w->mx);
		add_fallback(r);
		look_up(r);
	}
}

/* --- the beginning ----------------------------------------------------------
 */

static void
go_to_literal(struct smtp_route_req *r, struct slice domain)
{
	struct net_addr a;
	struct smtp_hop *h;

	r->how = SMTP_ROUTE_BY_LITERAL;
	if (net_addr_parse_literal(domain, &a) != ERR_OK) {
		smtp_route_refuse(r, SMTP_ROUTE_NOENT, "5.1.2",
		    "%s is not an address that can be reached", r->domain);
	} else if (!make_room(r, 1)) {
		no_memory(r);
	} else {
		h = &r->hop[r->nhops++];
		smtp_route_hop_init(
		    h, &r->work->way, (uint16_t)r->site->conf->outbound.port);
		a.port = h->relay.port;
		h->addr[h->naddrs++] = a;
		smtp_route_cut_self(r, &r->site->self);
		smtp_route_judge(r);
	}
	finish_later(r);
}

static void
go_to_relay(struct smtp_route_req *r)
{
	r->how = SMTP_ROUTE_BY_RELAY;
	if (!make_room(r, 2)) {
		no_memory(r);
		return;
	}
	if (smtp_route_hop_relay(
		&r->hop[0], r->site->conf, r, &r->work->way, false))
		r->nhops++;
	add_fallback(r);
	look_up(r);
}

static void
go_by_mx(struct smtp_route_req *r, struct slice domain)
{
	const struct smtp_route_dns *dns = &r->site->dns;

	r->how = SMTP_ROUTE_BY_MX;
	r->work->mx.r.done = found_mx;
	dns->mx(dns->ctx, &r->work->mx, domain);
}

void
smtp_route_get(
    struct smtp_route_site *site, struct smtp_route_req *r, struct slice domain)
{
	void (*done)(struct smtp_route_req *) = r->done;

	memset(r, 0, sizeof *r);
	r->done = done;
	r->site = site;
	net_later_init(&r->later, finish, r);
	(void)slice_to_str(domain, r->domain, sizeof r->domain);
	if ((r->work = calloc(1, sizeof *r->work)) == NULL) {
		no_memory(r);
		return;
	}
	r->work->r = r;
	r->route = conf_route_for(site->conf, domain, &r->work->way);
	if (domain.len > 0 && domain.p[0] == '[')
		go_to_literal(r, domain);
	else if (r->work->way.relay[0] != '\0')
		go_to_relay(r);
	else
		go_by_mx(r, domain);
}
