#include "base/buf.h"
#include "conf/conf.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(conf_print_changed_of_defaults_is_empty)
{
	static struct conf c;
	struct buf b = BUF_INIT(100000);

	conf_defaults(&c);
	conf_print(&c, true, &b);
	EQ_SLICE(buf_slice(&b), "");
	buf_fini(&b);
}

/* What is printed gives the same parameters when it is read. */
static void
round_trip(const struct conf *c, bool changed)
{
	char path[] = "/tmp/restante-print-XXXXXX";
	static struct conf again;
	struct buf b = BUF_INIT(100000), errors = BUF_INIT(10000);
	int fd = mkstemp(path);

	conf_print(c, changed, &b);
	if (OK(fd >= 0)) {
		EQ_INT(write(fd, b.p, b.len), b.len);
		close(fd);
		OK(conf_load(path, &again, &errors));
		EQ_SLICE(buf_slice(&errors), "");
		EQ_MEM(&again, sizeof again, c, sizeof *c);
		unlink(path);
	}
	buf_fini(&b);
	buf_fini(&errors);
}

static void
change(struct conf *c)
{
	conf_defaults(c);
	strcpy(c->hostname, "mx.example.org");
	strcpy(c->listener[0].banner, "say \"hello\" \\ '#'");
	c->listener[1].naddr = 1;
	memset(&c->listener[1].addr[1], 0, sizeof c->listener[1].addr[1]);
	c->limits.message_size = 65536 + 1;
	c->pop3.expire_ms = 30ull * 86400000;
	c->auth.mechanisms = CONF_MECH_LOGIN;
	c->tls.watch = false;
	c->tls.nsni = 1;
	strcpy(c->tls.sni[0].name, "a.example");
	strcpy(c->tls.sni[0].certificate, "/with space/cert");
	strcpy(c->tls.sni[0].key, "/k");
	c->subaddress[0] = '\0';
	c->outbound.nroutes = 2;
	strcpy(c->outbound.route[0].name, ".example.net");
	strcpy(c->outbound.route[0].relay, "smtp://[2001:db8::1]:26");
	c->outbound.route[0].retry.n = 1;
	c->outbound.route[0].retry.ms[0] = 90000;
	strcpy(c->outbound.route[1].name, "b.example");
}

TEST(conf_print_round_trip)
{
	static struct conf c;

	conf_defaults(&c);
	unit_case("defaults");
	round_trip(&c, false);
	change(&c);
	unit_case("changed, all");
	round_trip(&c, false);
	unit_case("changed, short");
	round_trip(&c, true);
}

TEST(conf_print_changed)
{
	static struct conf c;
	struct buf b = BUF_INIT(100000);

	conf_defaults(&c);
	strcpy(c.hostname, "mx.example.org");
	c.log.level = CONF_LOG_DEBUG;
	c.nlisteners = 1;
	c.listener[0].max_clients = 5;
	conf_print(&c, true, &b);
	EQ_SLICE(buf_slice(&b), "hostname = mx.example.org\n"
				"\nlisten smtp {\n\tmax_clients = 5\n}\n"
				"\nlog {\n\tlevel = debug\n}\n");
	buf_fini(&b);
}

static const struct {
	const char *key, *want; /* want: "" no such key */
} keys[] = {
    {"limits.message_size",  "50M"                        },
    {"postmaster",           "postmaster"                 },
    {"listen.smtp.tls",      "starttls"                   },
    {"listen.pop3s.address", "{0.0.0.0:995, \"[::]:995\"}"},
    {"listen.nowhere.tls",   ""                           },
    {"listen.tls",           ""			   },
    {"tls.watch",            "on"			 },
    {"tls.sni.a.b.key",      ""			   },
    {"pop3.expire",          "never"                      },
    {"admin.group",          "\"\""                       },
    {"include",              ""			   },
    {"limits",	       ""			   },
    {"queue.retry",          "{1m, 5m, 15m, 30m}"         },
    {"queue.in_doubt",       "retry"                      },
    {"outbound.tls",         "may"                        },
    {"outbound.route.tls",   ""                           },
    {"srs.domain",           "\"\""                       },
    {"",		     ""			   },
    {"limits.",              ""			   },
    {".hostname",            ""			   },
};

TEST(conf_get_one)
{
	static struct conf c;

	conf_defaults(&c);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct buf b = BUF_INIT(1000);

		unit_case(keys[i].key);
		EQ_INT(conf_get(&c, keys[i].key, &b), *keys[i].want != '\0');
		EQ_SLICE(buf_slice(&b), keys[i].want);
		buf_fini(&b);
	}
}

TEST(conf_get_sni)
{
	static struct conf c;
	struct buf b = BUF_INIT(1000);

	change(&c);
	OK(conf_get(&c, "tls.sni.a.example.key", &b));
	EQ_SLICE(buf_slice(&b), "/k");
	buf_fini(&b);
}

static const struct {
	const char *key, *want;
} route_keys[] = {
    {"outbound.route..example.net.relay", "\"smtp://[2001:db8::1]:26\""},
    {"outbound.route..example.net.retry", "{90s}"                      },
    {"outbound.route..example.net.tls",   "inherit"                    },
    {"outbound.route.b.example.retry",    "inherit"                    },
    {"outbound.route.b.example.lifetime", "inherit"                    },
    {"outbound.route.b.example.relay",    "\"\""                       },
};

TEST(conf_get_route)
{
	static struct conf c;

	change(&c);
	for (size_t i = 0; i < sizeof route_keys / sizeof *route_keys; i++) {
		struct buf b = BUF_INIT(1000);

		unit_case(route_keys[i].key);
		OK(conf_get(&c, route_keys[i].key, &b));
		EQ_SLICE(buf_slice(&b), route_keys[i].want);
		buf_fini(&b);
	}
	OK(conf_help("outbound.route.tls") != NULL);
	OK(conf_help("outbound.route.b.example.tls") != NULL);
}

TEST(conf_print_changed_route)
{
	static struct conf c;
	struct buf b = BUF_INIT(100000);

	change(&c);
	conf_print(&c, true, &b);
	OK(strstr(buf_cstr(&b), "\noutbound {\n"
				"\troute .example.net {\n"
				"\t\trelay = \"smtp://[2001:db8::1]:26\"\n"
				"\t\tretry = {90s}\n"
				"\t}\n"
				"\troute b.example {\n"
				"\t}\n"
				"}\n") != NULL);
	buf_fini(&b);
}

TEST(conf_help_of_keys)
{
	OK(strstr(conf_help("limits.hops"), "loop") != NULL);
	OK(conf_help("listen.tls") != NULL);
	OK(conf_help("listen.anything.tls") != NULL);
	OK(conf_help("tls.sni.a.b.key") != NULL);
	OK(conf_help("nothing") == NULL);
	OK(conf_help("limits") == NULL);
}

TEST(conf_items_tell_what_is_default)
{
	static struct conf c;
	struct buf key = BUF_INIT(1000), value = BUF_INIT(1000);
	unsigned n = 0, changed = 0;
	bool def;

	change(&c);
	for (; conf_item(&c, n, &key, &value, &def); n++) {
		if (!def)
			changed++;
		if (n == 0)
			EQ_SLICE(buf_slice(&key), "version");
		buf_reset(&key);
		buf_reset(&value);
	}
	OK(n > 80);
	/* hostname banner address message_size expire mechanisms watch
	 * certificate key subaddress relay retry */
	EQ_INT(changed, 12);
	buf_fini(&key);
	buf_fini(&value);
}
