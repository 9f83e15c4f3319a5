#include "conf/conf.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *in, *want; /* want: user host port, i: TLS at once; or "" */
} relays[] = {
    {"smtp://192.0.2.1",                     " 192.0.2.1 25"                },
    {"smtp://mx.Example.org:2525",           " mx.example.org 2525"         },
    {"smtp://[mx.example.org]:26",           " mx.example.org 26"           },
    {"smtp://[mx.example.org]",              " mx.example.org 25"           },
    {"smtp://[2001:db8::1]",                 " 2001:db8::1 25"              },
    {"SMTPS://[2001:db8::1]:1",              " 2001:db8::1 1 i s"           },
    {"smtps://bob@mx.example.org",           "bob mx.example.org 465 i s"   },
    {"submission://bob@a.example@relay.org", "bob@a.example relay.org 587 s"},
    {"submission://mx:65535",                " mx 65535 s"                  },
    {"smtp://b\xc3\xbc.example",             " xn--b-eha.example 25"        },
    {"",				     ""			     },
    {"mx.example.org",		       ""			     },
    {"http://mx.example.org",                ""                             },
    {"smtp://",			      ""			     },
    {"smtp://@mx",			   ""			     },
    {"smtp://a\tb@mx",		       ""			     },
    {"smtp://bob@",			  ""			     },
    {"smtp://mx:",			   ""			     },
    {"smtp://mx:0",			  ""			     },
    {"smtp://mx:65536",                      ""			     },
    {"smtp://mx:25/",			""			     },
    {"smtp://a b",			   ""			     },
    {"smtp://::1",			   ""			     },
    {"smtp://[::1",			  ""			     },
    {"smtp://[::1]25",		       ""			     },
    {"smtp://[]",			    ""			     },
};

TEST(conf_relay_from_text)
{
	for (size_t i = 0; i < sizeof relays / sizeof *relays; i++) {
		struct conf_relay r;
		char text[2 * CONF_TEXT + 32] = "";

		unit_case(relays[i].in);
		if (conf_relay_parse(relays[i].in, &r))
			(void)snprintf(text, sizeof text, "%s %s %u%s%s",
			    r.user, r.host, r.port, r.implicit_tls ? " i" : "",
			    r.submission ? " s" : "");
		EQ_STR(text, relays[i].want);
	}
}

TEST(conf_relay_is_bounded)
{
	char text[1200] = "smtp://";
	struct conf_relay r;

	memset(text + 7, 'a', 1000);
	OK(!conf_relay_parse(text, &r));
	memcpy(text + 1000, "@mx", 3);
	OK(!conf_relay_parse(text, &r));
}

static void
routes(struct conf *c)
{
	static const char *const names[] = {"example.org", ".example.org",
	    ".b.example.org", ".org", "a.b.example.org"};

	conf_defaults(c);
	c->outbound.nroutes = sizeof names / sizeof *names;
	for (unsigned i = 0; i < c->outbound.nroutes; i++)
		(void)snprintf(
		    c->outbound.route[i].name, CONF_TEXT, "%s", names[i]);
}

static const struct {
	const char *domain;
	unsigned want;
} domains[] = {
    {"example.org",     0          },
    {"x.example.org",   1          },
    {"b.example.org",   1          },
    {"x.b.example.org", 2          },
    {"a.b.example.org", 4          },
    {"xexample.org",    3          },
    {"other.org",       3          },
    {"org",	     CONF_ROUTES},
    {".org",            CONF_ROUTES},
    {"example.com",     CONF_ROUTES},
    {"[192.0.2.1]",     CONF_ROUTES},
    {"",		CONF_ROUTES},
};

TEST(conf_route_longest_name_wins)
{
	static struct conf c;
	struct conf_route r;

	routes(&c);
	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
		unit_case(domains[i].domain);
		EQ_INT(conf_route_for(&c, slice_str(domains[i].domain), &r),
		    domains[i].want);
	}
}

TEST(conf_route_inherits_what_it_does_not_say)
{
	static struct conf c;
	struct conf_route r;

	routes(&c);
	c.outbound.route[0].messages = 7;
	c.outbound.route[0].lifetime_ms = 1000;
	EQ_INT(conf_route_for(&c, SLICE("example.org"), &r), 0);
	EQ_INT(r.messages, 7);
	EQ_INT(r.lifetime_ms, 1000);
	EQ_INT(r.connections, 10);
	EQ_INT(r.recipients, 100);
	EQ_INT(r.tls, CONF_OUT_MAY);
	EQ_INT(r.delay_warning_ms, 4 * 3600 * 1000);
	EQ_INT(r.retry.n, 4);
	EQ_INT(r.retry.ms[3], 30 * 60 * 1000);
	EQ_STR(r.relay, "");
	EQ_INT(conf_route_for(&c, SLICE("example.com"), &r), CONF_ROUTES);
	EQ_INT(r.messages, 100);
}

static const struct {
	const char *name, *relay, *file; /* of the route */
	const char *want, *want_file;
} passwords[] = {
    {"inherited",      "",             "",   "smtps://u@all", "/all"},
    {"another server", "smtp://other", "",   "smtp://other",  ""    },
    {"another login",  "smtp://v@o",   "/o", "smtp://v@o",    "/o"  },
    {"direct",         "direct",       "",   "",              ""    },
};

TEST(conf_route_keeps_passwords_with_their_server)
{
	static struct conf c;
	struct conf_route r;

	routes(&c);
	strcpy(c.outbound.all.relay, "smtps://u@all");
	strcpy(c.outbound.all.password_file, "/all");
	strcpy(c.outbound.all.fallback, "smtps://u@all");
	strcpy(c.outbound.all.fallback_password_file, "/all");
	for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++) {
		unit_case(passwords[i].name);
		strcpy(c.outbound.route[0].relay, passwords[i].relay);
		strcpy(c.outbound.route[0].password_file, passwords[i].file);
		strcpy(c.outbound.route[0].fallback, passwords[i].relay);
		strcpy(c.outbound.route[0].fallback_password_file,
		    passwords[i].file);
		(void)conf_route_for(&c, SLICE("example.org"), &r);
		EQ_STR(r.relay, passwords[i].want);
		EQ_STR(r.password_file, passwords[i].want_file);
		EQ_STR(r.fallback, passwords[i].want);
		EQ_STR(r.fallback_password_file, passwords[i].want_file);
		if (*r.relay == '\0')
			continue;
		EQ_STR(conf_password_path(&c, conf_password(&c, 0, false)),
		    passwords[i].want_file);
		EQ_STR(conf_password_path(&c, conf_password(&c, 0, true)),
		    passwords[i].want_file);
	}
}

TEST(conf_passwords_have_numbers)
{
	static struct conf c;
	bool seen[CONF_PASSWORDS] = {false};

	routes(&c);
	for (unsigned i = 0; i <= c.outbound.nroutes; i++) {
		unsigned route = i < c.outbound.nroutes ? i : CONF_ROUTES;

		strcpy(c.outbound.route[i].relay, "smtp://mx");
		strcpy(c.outbound.route[i].fallback, "smtp://mx");
		for (unsigned k = 0; k < 2; k++) {
			unsigned n = conf_password(&c, route, k == 1);

			OK(n < CONF_PASSWORDS && !seen[n]);
			seen[n] = true;
		}
	}
	EQ_STR(conf_password_path(&c, c.outbound.nroutes), "");
	EQ_STR(conf_password_path(&c, CONF_PASSWORDS), "");
	EQ_STR(conf_password_path(&c, UINT32_MAX), "");
}

TEST(conf_times_last_one_repeats)
{
	struct conf_times t = {
	    .n = 3, .ms = {10, 20, 30}
        };

	EQ_INT(conf_times_at(&t, 0), 10);
	EQ_INT(conf_times_at(&t, 1), 10);
	EQ_INT(conf_times_at(&t, 2), 20);
	EQ_INT(conf_times_at(&t, 3), 30);
	EQ_INT(conf_times_at(&t, UINT32_MAX), 30);
	t.n = 0;
	EQ_INT(conf_times_at(&t, 1), 0);
}
