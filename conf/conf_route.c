/* Which way mail for a domain leaves, and how often it is tried. Pure. */
#include "base/num.h"
#include "conf/conf.h"
#include "mime/mime_addr.h"

#include <string.h>

/* The word of a route for "by MX, whatever outbound says". */
#define DIRECT "direct"

/* --- a server as the file names it ----------------------------------- */

static const struct {
	const char *name;
	uint16_t port;
	bool implicit_tls, submission;
} schemes[] = {
    {"smtp://",       25,  false, false},
    {"submission://", 587, false, true },
    {"smtps://",      465, true,  true },
};

static bool
take_scheme(struct slice *s, struct conf_relay *out)
{
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		struct slice name = slice_str(schemes[i].name);

		if (!slice_starts_nocase(*s, name))
			continue;
		*s = slice_skip(*s, name.len);
		out->port = schemes[i].port;
		out->implicit_tls = schemes[i].implicit_tls;
		out->submission = schemes[i].submission;
		return true;
	}
	return false;
}

/* A user may hold an '@': the last one parts it from the host. */
static bool
take_user(struct slice *s, struct conf_relay *out)
{
	size_t at = slice_rfind(*s, '@');
	struct slice user = slice_first(*s, at);

	if (at == s->len)
		return true;
	*s = slice_skip(*s, at + 1);
	return user.len > 0 && slice_is_utf8(user) &&
	       (!slice_is_ascii(user) || slice_is_printable(user)) &&
	       slice_to_str(user, out->user, sizeof out->user) == ERR_OK;
}

/* Part the host, without brackets, from ":PORT". */
static bool
take_port(struct slice *s, struct slice *host, struct conf_relay *out)
{
	uint32_t port;

	if (s->len > 0 && s->p[0] == '[') {
		*s = slice_skip(*s, 1);
		if (!slice_cut(s, ']', host) || (s->len > 0 && s->p[0] != ':'))
			return false;
		if (s->len == 0)
			return true;
		*s = slice_skip(*s, 1);
	} else if (!slice_cut(s, ':', host)) {
		return true;
	}
	if (num_u32(*s, 1, UINT16_MAX, &port) != ERR_OK)
		return false;
	out->port = (uint16_t)port;
	return true;
}

static bool
take_host(struct slice host, struct conf_relay *out)
{
	char name[MIME_DOMAIN_MAX + 1];
	struct net_addr a;

	if (net_addr_parse_ip(host, &a) == ERR_OK)
		return slice_to_str(host, out->host, sizeof out->host) ==
		       ERR_OK;
	return mime_addr_parse_domain(host, false, true, name) == ERR_OK &&
	       slice_to_str(slice_str(name), out->host, sizeof out->host) ==
		   ERR_OK;
}

bool
conf_relay_parse(const char *text, struct conf_relay *out)
{
	struct slice s = slice_str(text), host;

	memset(out, 0, sizeof *out);
	return take_scheme(&s, out) && take_user(&s, out) &&
	       take_port(&s, &host, out) && take_host(host, out);
}

/* --- the route of a domain ------------------------------------------- */

static bool
fits(const struct conf_route *r, struct slice domain)
{
	struct slice name = slice_str(r->name);

	if (name.len > 0 && name.p[0] == '.')
		return domain.len > name.len && slice_ends(domain, name);
	return slice_eq(domain, name);
}

/* A name without dot fits one domain only, and is longer than any suffix of
 * it: the longest wins. */
static unsigned
find(const struct conf *c, struct slice domain)
{
	unsigned best = CONF_ROUTES;
	size_t len = 0;

	for (unsigned i = 0; i < c->outbound.nroutes; i++) {
		const struct conf_route *r = &c->outbound.route[i];

		if (fits(r, domain) && strlen(r->name) > len) {
			len = strlen(r->name);
			best = i;
		}
	}
	return best;
}

/* A server and its password go together: no route hands the password of
 * outbound to another server. */
static void
inherit_relay(char relay[CONF_TEXT], char password_file[CONF_TEXT],
    const char *all, const char *all_password_file)
{
	if (relay[0] == '\0') {
		memcpy(relay, all, CONF_TEXT);
		memcpy(password_file, all_password_file, CONF_TEXT);
	} else if (strcmp(relay, DIRECT) == 0) {
		memset(relay, 0, CONF_TEXT);
		memset(password_file, 0, CONF_TEXT);
	}
}

static void
inherit_u32(uint32_t *v, uint32_t all)
{
	if (*v == 0)
		*v = all;
}

static void
inherit_u64(uint64_t *v, uint64_t all)
{
	if (*v == 0)
		*v = all;
}

static void
inherit(struct conf_route *r, const struct conf_route *all)
{
	inherit_relay(
	    r->relay, r->password_file, all->relay, all->password_file);
	inherit_relay(r->fallback, r->fallback_password_file, all->fallback,
	    all->fallback_password_file);
	inherit_u32(&r->tls, all->tls);
	inherit_u32(&r->connections, all->connections);
	inherit_u32(&r->messages, all->messages);
	inherit_u32(&r->recipients, all->recipients);
	inherit_u64(&r->lifetime_ms, all->lifetime_ms);
	inherit_u64(&r->delay_warning_ms, all->delay_warning_ms);
	if (r->retry.n == 0)
		r->retry = all->retry;
}

unsigned
conf_route_for(
    const struct conf *c, struct slice domain, struct conf_route *out)
{
	unsigned i = find(c, domain);

	if (i == CONF_ROUTES) {
		*out = c->outbound.all;
		return i;
	}
	*out = c->outbound.route[i];
	inherit(out, &c->outbound.all);
	return i;
}

/* --- passwords: of the relays of all routes, then of their fallbacks --- */

static const struct conf_route *
route_at(const struct conf *c, unsigned route)
{
	return route < c->outbound.nroutes ? &c->outbound.route[route]
					   : &c->outbound.all;
}

unsigned
conf_password(const struct conf *c, unsigned route, bool fallback)
{
	const struct conf_route *r = route_at(c, route);
	bool own = r != &c->outbound.all &&
		   (fallback ? r->fallback : r->relay)[0] != '\0';

	return (fallback ? CONF_ROUTES + 1 : 0) + (own ? route : CONF_ROUTES);
}

const char *
conf_password_path(const struct conf *c, unsigned password)
{
	bool fallback = password > CONF_ROUTES;
	unsigned route = password - (fallback ? CONF_ROUTES + 1 : 0);
	const struct conf_route *r = route_at(c, route);

	if (route > CONF_ROUTES ||
	    (r == &c->outbound.all && route != CONF_ROUTES))
		return "";
	return fallback ? r->fallback_password_file : r->password_file;
}

/* --- plans ----------------------------------------------------------- */

uint64_t
conf_times_at(const struct conf_times *t, uint32_t attempts)
{
	uint32_t i = attempts > 0 ? attempts - 1 : 0;

	if (t->n == 0)
		return 0;
	return t->ms[i < t->n ? i : t->n - 1];
}
