/* Next hops, once DNS has said all it knows: which of them are us, and whether
 * any is left. Pure but for the question which addresses are here. */
#include "smtp/smtp_route_priv.h"

#include <stdio.h>
#include <string.h>

/* --- hops ---------------------------------------------------------------- */

void
smtp_route_hop_init(
    struct smtp_hop *h, const struct conf_route *way, uint16_t port)
{
	memset(h, 0, sizeof *h);
	h->tls = way->tls;
	h->relay.port = port;
}

bool
smtp_route_hop_relay(struct smtp_hop *h, const struct conf *c,
    const struct smtp_route_req *r, const struct conf_route *way, bool fallback)
{
	struct net_addr a;

	smtp_route_hop_init(h, way, 0);
	if (!conf_relay_parse(fallback ? way->fallback : way->relay, &h->relay))
		return false;
	h->password = conf_password(c, r->route, fallback);
	h->fallback = fallback;
	h->secure = true; /* the name, that is */
	if (net_addr_parse_ip(slice_str(h->relay.host), &a) != ERR_OK)
		memcpy(h->host, h->relay.host, sizeof h->host);
	return true;
}

/* --- ourselves ------------------------------------------------------------ */

static bool
is_any(const struct net_addr *a)
{
	static const uint8_t v6[16] = {0};
	static const uint8_t v4[16] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return memcmp(a->ip, v4, sizeof v4) == 0 ||
	       memcmp(a->ip, v6, sizeof v6) == 0;
}

void
smtp_route_self_find(struct smtp_route_self *s, const struct conf *c)
{
	memset(s, 0, sizeof *s);
	s->is_here = net_addr_is_here;
	for (uint32_t i = 0; i < c->nlisteners; i++)
		for (uint32_t k = 0; k < c->listener[i].naddr; k++)
			if (c->listener[i].service != CONF_POP3 &&
			    s->n < SMTP_ROUTE_SELF)
				s->addr[s->n++] = c->listener[i].addr[k];
}

bool
smtp_route_is_self(const struct smtp_route_self *s, const struct net_addr *a)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct net_addr *own = &s->addr[i];

		if (own->port != a->port ||
		    net_addr_is_v4(own) != net_addr_is_v4(a))
			continue;
		if (memcmp(own->ip, a->ip, sizeof a->ip) == 0 ||
		    (is_any(own) && s->is_here(a)))
			return true;
	}
	return false;
}

static bool
is_mx(const struct smtp_hop *h)
{
	return h->relay.host[0] == '\0';
}

void
smtp_route_cut(struct smtp_route_req *r, unsigned limit)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->nhops; i++) {
		if (is_mx(&r->hop[i]) && r->hop[i].preference >= limit)
			r->left_out++;
		else if (n++ != i)
			r->hop[n - 1] = r->hop[i];
	}
	r->nhops = n;
}

static bool
leads_here(const struct smtp_hop *h, const struct smtp_route_self *self)
{
	for (unsigned i = 0; i < h->naddrs; i++)
		if (smtp_route_is_self(self, &h->addr[i]))
			return true;
	return false;
}

void
smtp_route_cut_self(
    struct smtp_route_req *r, const struct smtp_route_self *self)
{
	unsigned limit = UINT32_MAX;

	for (unsigned i = 0; i < r->nhops; i++) {
		struct smtp_hop *h = &r->hop[i];

		if (!leads_here(h, self))
			continue;
		if (!is_mx(h)) {
			h->err = ERR_DENIED;
			h->naddrs = 0;
		} else if (h->preference < limit) {
			limit = h->preference;
		}
	}
	if (limit != UINT32_MAX)
		smtp_route_cut(r, limit);
}

/* --- verdicts ------------------------------------------------------------ */

void
smtp_route_refuse(struct smtp_route_req *r, enum smtp_route_kind kind,
    const char *status, const char *fmt, ...)
{
	struct smtp_verdict *v = &r->verdict;
	va_list ap;
	int n;

	r->kind = kind;
	memset(v, 0, sizeof *v);
	v->err = kind == SMTP_ROUTE_RETRY ? ERR_RETRY : ERR_DENIED;
	(void)snprintf(v->status, sizeof v->status, "%s", status);
	va_start(ap, fmt);
	n = vsnprintf(v->text, sizeof v->text, fmt, ap);
	va_end(ap);
	if (n > 0)
		v->len =
		    (uint16_t)((size_t)n < sizeof v->text ? (size_t)n
							  : sizeof v->text - 1);
}

static const struct smtp_hop *
first_with(const struct smtp_route_req *r, enum err e)
{
	for (unsigned i = 0; i < r->nhops; i++)
		if (r->hop[i].err == e)
			return &r->hop[i];
	return NULL;
}

/* No hop has an address, and none will have one. */
static void
refuse_nowhere(struct smtp_route_req *r)
{
	if (r->how == SMTP_ROUTE_BY_HOST)
		smtp_route_refuse(r, SMTP_ROUTE_NOENT, "5.1.2",
		    "%s has neither an MX record nor an address", r->domain);
	else if (r->how == SMTP_ROUTE_BY_RELAY)
		/* somebody's mistake, which must not cost the mail */
		smtp_route_refuse(r, SMTP_ROUTE_RETRY, "4.3.5",
		    "the relay %s does not exist", r->hop[0].relay.host);
	else if (r->nhops == 0)
		smtp_route_refuse(r, SMTP_ROUTE_NOENT, "5.4.4",
		    "the MX records of %s name no host", r->domain);
	else
		smtp_route_refuse(r, SMTP_ROUTE_NOENT, "5.4.4",
		    "no MX host of %s exists (%s)", r->domain, r->hop[0].host);
}

void
smtp_route_judge(struct smtp_route_req *r)
{
	const struct smtp_hop *h;
	bool direct = false;

	for (unsigned i = 0; i < r->nhops; i++)
		direct = direct || !r->hop[i].fallback;
	if (r->left_out > 0 && !direct)
		smtp_route_refuse(r, SMTP_ROUTE_LOOP, "5.4.6",
		    "mail for %s would come back to this server, which does "
		    "not know the domain as its own",
		    r->domain);
	else if (first_with(r, ERR_OK) != NULL)
		r->kind = SMTP_ROUTE_OK;
	else if ((h = first_with(r, ERR_DENIED)) != NULL)
		smtp_route_refuse(r, SMTP_ROUTE_RETRY, "4.3.5",
		    "the relay %s is this server itself", h->relay.host);
	else if ((h = first_with(r, ERR_RETRY)) != NULL)
		smtp_route_refuse(r, SMTP_ROUTE_RETRY, "4.4.3",
		    "no answer from DNS about the address of %s",
		    h->relay.host[0] != '\0' ? h->relay.host : h->host);
	else if ((h = first_with(r, ERR_CORRUPT)) != NULL)
		smtp_route_refuse(r, SMTP_ROUTE_RETRY, "4.4.3",
		    "the answer of DNS about the address of %s fails DNSSEC "
		    "validation",
		    h->relay.host[0] != '\0' ? h->relay.host : h->host);
	else
		refuse_nowhere(r);
}
