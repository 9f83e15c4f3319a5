/* What was decided about a domain, for people: route test. */
#include "smtp/smtp_route.h"

#include <assert.h>

static void
add_text(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "%s=%s", key, value);
	buf_add_char(out, '\0');
}

static void
add_number(struct buf *out, const char *key, unsigned value)
{
	buf_addf(out, "%s=%u", key, value);
	buf_add_char(out, '\0');
}

static const char *
how_name(enum smtp_route_how how)
{
	static const char *const names[] = {[SMTP_ROUTE_BY_RELAY] = "relay",
	    [SMTP_ROUTE_BY_MX] = "mx",
	    [SMTP_ROUTE_BY_HOST] = "host",
	    [SMTP_ROUTE_BY_LITERAL] = "literal"};

	assert(how > 0 && how <= SMTP_ROUTE_BY_LITERAL);
	return names[how];
}

static const char *
tls_name(uint32_t tls)
{
	return tls == CONF_OUT_REQUIRE  ? "require"
	       : tls == CONF_OUT_VERIFY ? "verify"
	       : tls == CONF_OUT_NEVER  ? "never"
					: "may";
}

static void
add_domain(const struct smtp_route_req *r, struct buf *out)
{
	add_text(out, "domain", r->domain);
	add_text(out, "by", how_name(r->how));
	add_text(out, "route",
	    r->route < CONF_ROUTES && r->site != NULL
		? r->site->conf->outbound.route[r->route].name
		: "");
	add_number(out, "servers", r->nhops);
	if (r->left_out > 0)
		add_number(out, "left_out", r->left_out);
	add_text(out, "result",
	    r->kind == SMTP_ROUTE_OK      ? "ok"
	    : r->kind == SMTP_ROUTE_RETRY ? "retry"
					  : "refused");
	if (r->kind == SMTP_ROUTE_OK)
		return;
	add_text(out, "status", r->verdict.status);
	add_text(out, "reason", r->verdict.text);
}

static void
add_addresses(const struct smtp_hop *h, struct buf *out)
{
	buf_add_str(out, "addresses=");
	for (unsigned i = 0; i < h->naddrs; i++) {
		buf_add_str(out, i == 0 ? "" : " ");
		net_addr_add(out, &h->addr[i]);
	}
	buf_add_char(out, '\0');
}

static void
add_hop(const struct smtp_hop *h, unsigned number, struct buf *out)
{
	bool mx = h->relay.host[0] == '\0';

	add_number(out, "server", number);
	add_text(out, "host", mx ? h->host : h->relay.host);
	add_text(out, "kind", h->fallback ? "fallback" : mx ? "mx" : "relay");
	if (mx)
		add_number(out, "preference", h->preference);
	add_addresses(h, out);
	if (h->err != ERR_OK)
		add_text(out, "error",
		    h->err == ERR_NOENT     ? "has no address"
		    : h->err == ERR_CORRUPT ? "fails DNSSEC validation"
		    : h->err == ERR_DENIED  ? "is this server itself"
					    : "no answer from DNS");
	add_text(
	    out, "tls", h->relay.implicit_tls ? "implicit" : tls_name(h->tls));
	if (h->relay.implicit_tls)
		add_text(out, "tls_policy", tls_name(h->tls));
	if (h->relay.user[0] != '\0')
		add_text(out, "user", h->relay.user);
	add_text(out, "dnssec", h->secure ? "yes" : "no");
}

bool
smtp_route_row(const struct smtp_route_req *r, unsigned i, struct buf *out)
{
	if (i == 0)
		add_domain(r, out);
	else if (i <= r->nhops)
		add_hop(&r->hop[i - 1], i, out);
	return i <= r->nhops;
}
