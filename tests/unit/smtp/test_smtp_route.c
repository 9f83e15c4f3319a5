/*
 * Next hops with a DNS of a few lines, whose answers come when the test says
 * so. Covers: smtp/smtp_route_*.c
 */
#include "smtp/smtp_route.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- DNS ------------------------------------------------------------------ */

static const struct {
	const char *domain;
	enum err err;
	const char *hosts; /* "10 a,20 b"; "": implicit; "-": none */
} mx_rows[] = {
    {"one.test",      ERR_OK,      "10 mx.one.test"                               },
    {"two.test",      ERR_OK,      "10 mx.one.test,20 v4.test"                    },
    {"plain.test",    ERR_OK,      ""					     },
    {"bare.test",     ERR_OK,      ""					     },
    {"nonsense.test", ERR_OK,      "-"					    },
    {"gone.test",     ERR_OK,      "10 no.test,20 nono.test"                      },
    {"half.test",     ERR_OK,      "10 no.test,20 mx.one.test"                    },
    {"later.test",    ERR_OK,      "10 no.test,20 later.test"                     },
    {"forged.test",   ERR_OK,      "10 forged.test"                               },
    {"null.test",     ERR_DENIED,  ""					     },
    {"retry.test",    ERR_RETRY,   ""					     },
    {"corrupt.test",  ERR_CORRUPT, ""					     },
    {"me.test",       ERR_OK,      "10 me.here.test"                              },
    {"me1.test",      ERR_OK,      "10 me.here.test,20 v4.test"                   },
    {"me2.test",      ERR_OK,
     "10 v4.test,20 me.here.test,20 v6.test,30 mx.one.test"                       },
    {"by-ip.test",    ERR_OK,      "10 v4.test,20 alias-of-me.test,30 mx.one.test"},
    {"by-ip1.test",   ERR_OK,      "10 alias-of-me.test"                          },
    {"any.test",      ERR_OK,      "10 any-of-me.test"                            },
    {"ours.test",     ERR_OK,      ""					     },
};

static const struct {
	const char *host;
	enum err err;
	const char *ips;
} addr_rows[] = {
    {"mx.one.test",      ERR_OK,      "2001:db8::1 192.0.2.1"},
    {"v4.test",          ERR_OK,      "192.0.2.4"            },
    {"v6.test",          ERR_OK,      "2001:db8::6"          },
    {"plain.test",       ERR_OK,      "192.0.2.7"            },
    {"later.test",       ERR_RETRY,   ""                     },
    {"forged.test",      ERR_CORRUPT, ""                     },
    {"me.here.test",     ERR_OK,      "192.0.2.99"           },
    {"alias-of-me.test", ERR_OK,      "192.0.2.8 192.0.2.100"},
    {"any-of-me.test",   ERR_OK,      "2001:db8::99"         },
    {"ours.test",        ERR_OK,      "192.0.2.100"          },
    {"relay.test",       ERR_OK,      "192.0.2.50"           },
    {"192.0.2.60",       ERR_OK,      "192.0.2.60"           },
    {"192.0.2.100",      ERR_OK,      "192.0.2.100"          },
};

struct pending {
	struct dns_req *req;
	enum err err;
};
static struct pending pending[64];
static unsigned npending, ncancelled;

static void
promise(struct dns_req *r, enum err e)
{
	r->busy = true;
	pending[npending++] = (struct pending){r, e};
}

static void
fake_mx(void *ctx, struct dns_mx_req *q, struct slice domain)
{
	enum err e = ERR_NOENT;

	(void)ctx;
	q->n = 0;
	q->implicit = q->secure = false;
	for (size_t i = 0; i < sizeof mx_rows / sizeof *mx_rows; i++) {
		struct slice rest = slice_str(mx_rows[i].hosts), one;

		if (!slice_eq(domain, slice_str(mx_rows[i].domain)))
			continue;
		e = mx_rows[i].err;
		if (rest.len == 0) {
			q->implicit = true;
			q->n = 1;
			(void)slice_to_str(
			    domain, q->host[0].name, sizeof q->host[0].name);
		}
		while (rest.len > 1) {
			struct dns_mx_host *h = &q->host[q->n++];

			(void)slice_cut(&rest, ',', &one);
			h->preference = (uint16_t)strtoul(one.p, NULL, 10);
			(void)slice_to_str(
			    slice_skip(one, 3), h->name, sizeof h->name);
		}
	}
	promise(&q->r, e);
}

static void
fake_addrs(void *ctx, struct dns_addr_req *q, struct slice host)
{
	enum err e = ERR_NOENT;

	(void)ctx;
	q->n = 0;
	q->secure = true;
	for (size_t i = 0; i < sizeof addr_rows / sizeof *addr_rows; i++) {
		struct slice rest = slice_str(addr_rows[i].ips), one;

		if (!slice_eq(host, slice_str(addr_rows[i].host)))
			continue;
		e = addr_rows[i].err;
		while (rest.len > 0) {
			(void)slice_cut(&rest, ' ', &one);
			EQ_INT(
			    net_addr_parse_ip(one, &q->addr[q->n++]), ERR_OK);
		}
	}
	promise(&q->r, e);
}

static void
fake_cancel(void *ctx, struct dns_req *r)
{
	(void)ctx;
	for (unsigned i = 0; i < npending; i++)
		if (pending[i].req == r) {
			pending[i] = pending[--npending];
			r->busy = false;
			ncancelled++;
			return;
		}
	OK(false); /* it was not asked */
}

/* The last question is answered first. */
static void
answer_all(void)
{
	while (npending > 0) {
		struct pending p = pending[--npending];

		p.req->busy = false;
		p.req->done(p.req, p.err);
	}
}

/* --- the site ------------------------------------------------------------- */

static struct conf conf;
static struct smtp_route_site site;

static bool
is_here(const struct net_addr *a)
{
	struct net_addr mine;

	EQ_INT(net_addr_parse_ip(SLICE("2001:db8::99"), &mine), ERR_OK);
	return memcmp(a->ip, mine.ip, sizeof mine.ip) == 0;
}

static void
add_route(const char *name, const char *relay, const char *fallback)
{
	struct conf_route *r = &conf.outbound.route[conf.outbound.nroutes++];

	(void)snprintf(r->name, sizeof r->name, "%s", name);
	(void)snprintf(r->relay, sizeof r->relay, "%s", relay);
	(void)snprintf(r->fallback, sizeof r->fallback, "%s", fallback);
}

static void
begin(void)
{
	conf_defaults(&conf);
	(void)snprintf(conf.hostname, sizeof conf.hostname, "me.here.test");
	conf.nlisteners = 1;
	conf.listener[0].service = CONF_SMTP;
	conf.listener[0].naddr = 2;
	EQ_INT(
	    net_addr_parse(SLICE("192.0.2.100:25"), &conf.listener[0].addr[0]),
	    ERR_OK);
	EQ_INT(net_addr_parse(SLICE("[::]:25"), &conf.listener[0].addr[1]),
	    ERR_OK);
	add_route("relayed.test", "smtps://bob@relay.test", "");
	add_route("by-address.test", "smtp://192.0.2.60:2525", "");
	add_route("to-nowhere.test", "smtp://no.test", "");
	add_route("to-me.test", "smtp://192.0.2.100", "");
	add_route("backed.test", "smtp://no.test", "smtp://relay.test:26");
	add_route("one.test", "", "smtp://relay.test:26");
	add_route("retry.test", "", "smtp://relay.test:26");
	add_route("gone.test", "", "smtp://relay.test:26");
	add_route("null.test", "", "smtp://relay.test:26");
	add_route("me.test", "", "smtp://relay.test:26");
	conf.outbound.route[0].tls = CONF_OUT_VERIFY;
	memset(&site, 0, sizeof site);
	site.loop = net_loop_new();
	site.conf = &conf;
	site.dns =
	    (struct smtp_route_dns){fake_mx, fake_addrs, fake_cancel, NULL};
	smtp_route_self_find(&site.self, &conf);
	site.self.is_here = is_here;
	npending = ncancelled = 0;
}

static unsigned calls;

static void
done(struct smtp_route_req *r)
{
	(void)r;
	calls++;
}

static void
get(struct smtp_route_req *r, const char *domain)
{
	calls = 0;
	r->done = done;
	smtp_route_get(&site, r, slice_str(domain));
	EQ_INT(calls, 0);
	for (int i = 0; i < 4 && calls == 0; i++) {
		answer_all();
		net_loop_turn(site.loop, 0);
	}
	EQ_INT(calls, 1);
}

/* "status" or "host pref ip:port... | ..." */
static const char *
text_of(const struct smtp_route_req *r)
{
	static char text[4096];
	struct buf b = BUF_INIT(4000);

	if (r->kind != SMTP_ROUTE_OK)
		buf_addf(&b, "%d %s", r->kind, r->verdict.status);
	for (unsigned i = 0; r->kind == SMTP_ROUTE_OK && i < r->nhops; i++) {
		const struct smtp_hop *h = &r->hop[i];

		buf_addf(&b, "%s%s%s %u", i == 0 ? "" : " | ",
		    h->fallback ? "fallback " : "", h->host, h->preference);
		for (unsigned k = 0; k < h->naddrs; k++) {
			buf_add_char(&b, ' ');
			net_addr_add(&b, &h->addr[k]);
		}
		if (h->err != ERR_OK)
			buf_addf(&b, " %s", err_name(h->err));
	}
	(void)snprintf(text, sizeof text, "%s", buf_cstr(&b));
	buf_fini(&b);
	return text;
}

#define ONE "mx.one.test 10 [2001:db8::1]:25 192.0.2.1:25"
#define BACK " | fallback relay.test 0 192.0.2.50:26"

static const struct {
	const char *domain, *want;
	unsigned left_out;
} cases[] = {
    {"one.test",            ONE BACK,				     0},
    {"two.test",            ONE " | v4.test 20 192.0.2.4:25",             0},
    {"plain.test",          "plain.test 0 192.0.2.7:25",                  0},
    {"bare.test",           "2 5.1.2",				    0},
    {"nowhere.test",        "2 5.1.2",				    0},
    {"nonsense.test",       "2 5.4.4",				    0},
    {"half.test",
     "no.test 10 noent | mx.one.test 20 [2001:db8::1]:25 192.0.2.1:25",   0},
    {"later.test",          "5 4.4.3",				    0},
    {"forged.test",         "5 4.4.3",				    0},
    {"null.test",           "3 5.1.10",				   0},
    {"retry.test",          "fallback relay.test 0 192.0.2.50:26",        0},
    {"corrupt.test",        "5 4.4.3",				    0},
    {"gone.test",           "no.test 10 noent | nono.test 20 noent" BACK, 0},
    {"me.test",             "4 5.4.6",				    1},
    {"me1.test",            "4 5.4.6",				    2},
    {"me2.test",            "v4.test 10 192.0.2.4:25",                    3},
    {"by-ip.test",          "v4.test 10 192.0.2.4:25",                    2},
    {"by-ip1.test",         "4 5.4.6",				    1},
    {"any.test",            "4 5.4.6",				    1},
    {"ours.test",           "4 5.4.6",				    1},
    {"relayed.test",        "relay.test 0 192.0.2.50:465",                0},
    {"by-address.test",     " 0 192.0.2.60:2525",                         0},
    {"to-nowhere.test",     "5 4.3.5",				    0},
    {"to-me.test",          "5 4.3.5",				    0},
    {"backed.test",         "no.test 0 noent" BACK,                       0},
    {"[192.0.2.5]",         " 0 192.0.2.5:25",                            0},
    {"[IPv6:2001:db8::5]",  " 0 [2001:db8::5]:25",                        0},
    {"[192.0.2.100]",       "4 5.4.6",				    1},
    {"[IPv6:2001:db8::99]", "4 5.4.6",                                    1},
    {"[2001:db8::5]",       "2 5.1.2",				    0},
    {"[x400:a]",            "2 5.1.2",				    0},
    {"[",		   "2 5.1.2",				    0},
};

TEST(smtp_route_of_domains)
{
	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct smtp_route_req r;

		unit_case(cases[i].domain);
		get(&r, cases[i].domain);
		EQ_STR(text_of(&r), cases[i].want);
		EQ_INT(r.left_out, cases[i].left_out);
		EQ_STR(r.domain, cases[i].domain);
		if (r.kind != SMTP_ROUTE_OK) {
			EQ_INT(r.verdict.err,
			    cases[i].want[2] == '4' ? ERR_RETRY : ERR_DENIED);
			EQ_INT(strlen(r.verdict.text), r.verdict.len);
			OK(r.verdict.len > 0);
		}
		smtp_route_end(&r);
		smtp_route_end(&r);
	}
	net_loop_free(&site.loop);
}

TEST(smtp_route_tells_how_to_log_in)
{
	struct smtp_route_req r;

	begin();
	get(&r, "relayed.test");
	EQ_STR(r.hop[0].relay.user, "bob");
	EQ_INT(r.hop[0].password, conf_password(&conf, 0, false));
	EQ_INT(r.hop[0].tls, CONF_OUT_VERIFY);
	OK(r.hop[0].relay.implicit_tls);
	OK(r.hop[0].secure);
	EQ_INT(r.route, 0);
	EQ_INT(r.how, SMTP_ROUTE_BY_RELAY);
	smtp_route_end(&r);
	get(&r, "two.test");
	EQ_INT(r.hop[0].tls, CONF_OUT_MAY);
	OK(!r.hop[0].secure); /* its name was not validated */
	EQ_INT(r.route, CONF_ROUTES);
	smtp_route_end(&r);
	net_loop_free(&site.loop);
}

/* Wherever it is ended, nothing comes any more. */
TEST(smtp_route_ends_early)
{
	struct smtp_route_req r = {.done = done};

	begin();
	for (int when = 0; when < 3; when++) {
		calls = 0;
		smtp_route_get(&site, &r,
		    when == 2 ? SLICE("[192.0.2.5]") : SLICE("two.test"));
		if (when == 1) {
			struct pending p = pending[--npending];

			p.req->busy = false;
			p.req->done(p.req, p.err);
			EQ_INT(npending, 2);
		}
		smtp_route_end(&r);
		EQ_INT(npending, 0);
		net_loop_turn(site.loop, 0);
		EQ_INT(calls, 0);
	}
	EQ_INT(ncancelled, 3);
	net_loop_free(&site.loop);
}

static void
done_and_freed(struct smtp_route_req *r)
{
	smtp_route_end(r);
	free(r);
	calls++;
}

TEST(smtp_route_may_be_freed_when_done)
{
	static const char *const domains[] = {
	    "two.test", "null.test", "[192.0.2.5]", "nonsense.test"};

	begin();
	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
		struct smtp_route_req *r = calloc(1, sizeof *r);

		calls = 0;
		r->done = done_and_freed;
		smtp_route_get(&site, r, slice_str(domains[i]));
		for (int k = 0; k < 4 && calls == 0; k++) {
			answer_all();
			net_loop_turn(site.loop, 0);
		}
		EQ_INT(calls, 1);
	}
	net_loop_free(&site.loop);
}

static const struct {
	const char *domain;
	unsigned row;
	const char *want; /* NUL as ; */
} rows[] = {
    {"me2.test",     0,
     "domain=me2.test;by=mx;route=;servers=1;left_out=3;result=ok;"         },
    {"me2.test",     1,
     "server=1;host=v4.test;kind=mx;preference=10;addresses=192.0.2.4:25;"
	"tls=may;dnssec=no;"						},
    {"relayed.test", 0,
     "domain=relayed.test;by=relay;route=relayed.test;servers=1;result=ok;" },
    {"relayed.test", 1,
     "server=1;host=relay.test;kind=relay;addresses=192.0.2.50:465;"
	"tls=implicit;tls_policy=verify;user=bob;dnssec=yes;"               },
    {"gone.test",    2,
     "server=2;host=nono.test;kind=mx;preference=20;addresses=;"
	"error=has no address;tls=may;dnssec=no;"                           },
    {"gone.test",    3,
     "server=3;host=relay.test;kind=fallback;addresses=192.0.2.50:26;tls="
     "may;"
	"dnssec=yes;"						       },
    {"null.test",    0,
     "domain=null.test;by=mx;route=null.test;servers=0;result=refused;"
	"status=5.1.10;reason=the domain null.test takes no mail (null MX);"},
    {"[192.0.2.5]",  0,
     "domain=[192.0.2.5];by=literal;route=;servers=1;result=ok;"            },
};

TEST(smtp_route_rows)
{
	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct smtp_route_req r;
		struct buf b = BUF_INIT(10000);

		unit_case(rows[i].domain);
		get(&r, rows[i].domain);
		OK(smtp_route_row(&r, rows[i].row, &b));
		for (size_t k = 0; k < b.len; k++)
			if (b.p[k] == '\0')
				b.p[k] = ';';
		EQ_SLICE(buf_slice(&b), rows[i].want);
		OK(!smtp_route_row(&r, r.nhops + 1, &b));
		buf_fini(&b);
		smtp_route_end(&r);
	}
	net_loop_free(&site.loop);
}
