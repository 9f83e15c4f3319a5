#include "base/buf.h"
#include "conf/conf.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/restante-conf-XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	if (OK((f = fopen(path, "w")) != NULL)) {
		fputs(text, f);
		fclose(f);
	}
}

static void
drop(const char *name)
{
	char path[200];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	OK(unlink(path) == 0);
}

static bool
load(struct conf *c, struct buf *errors)
{
	char path[200];

	(void)snprintf(path, sizeof path, "%s/main.conf", dir);
	return conf_load(path, c, errors);
}

/* errors without the folder in front of each line */
static const char *
plain(struct buf *errors)
{
	static char text[4096];
	char *out = text;
	const char *in = buf_cstr(errors);
	size_t n = strlen(dir) + 1;

	for (; *in != '\0' && out < text + sizeof text - 1; in++) {
		if (strncmp(in, dir, n - 1) == 0)
			in += n;
		*out++ = *in;
	}
	*out = '\0';
	return text;
}

static const struct {
	const char *name, *text, *want;
} wrong[] = {
    {"unknown key",                  "hostname = a.b\nhostnme = a.b\n",
     "main.conf:2: unknown key \"hostnme\"; did you mean \"hostname\"?\n"},
    {"unknown key of a section",     "\n\nlimits {\n  message_sise = 10M\n}\n",
     "main.conf:4: unknown key \"message_sise\" in limits; did you mean "
	"\"message_size\"?\n"					    },
    {"key that later versions have", "inbound { spf = check }\n",
     "main.conf:1: unknown key \"inbound\" (see restante.conf(5))\n"     },
    {"domains live elsewhere",       "\ndomain \"example.org\" { hops = 5 }\n",
     "main.conf:2: unknown key \"domain\": domains live in the store, not "
	"here (restante domain add NAME)\n"},
    {"users live elsewhere",         "users = { a@example.org }\n",
     "main.conf:1: unknown key \"users\": users live in the store, not "
	"here (restante user add ADDRESS)\n"},
    {"no domain in a section",       "limits {\n domain = x\n}\n",
     "main.conf:2: unknown key \"domain\" in limits (see "
	"restante.conf(5))\n"},
    {"no time in a list",	    "queue { retry = {1m, soon} }\n",
     "main.conf:1: queue.retry: \"soon\" is not a time (for example "
	"\"30s\", \"5m\", \"2h\", \"5d\")\n"			      },
    {"empty list",		   "queue { retry = {} }\n",
     "main.conf:1: queue.retry: needs one time at least\n"	       },
    {"relay without scheme",	 "outbound {\n relay = mx.example.org\n}\n",
     "main.conf:2: outbound.relay: \"mx.example.org\" is not a server (for "
	"example \"smtp://192.0.2.1\", \"submission://user@host:587\", "
	"\"smtps://user@host\")\n"				      },
    {"key of a route",	       "outbound { route a.b {\n relax = x }\n}\n",
     "main.conf:2: unknown key \"relax\" in route; did you mean "
	"\"relay\"?\n"						    },
    {"route of no domain",	   "outbound { route \"a b\" { } }\n",
     "main.conf:1: outbound.route: \"a b\" is not a domain\n"	   },
    {"value of a route",
     "outbound {\n route .a.b { messages_per_connection = 0 } }\n",
     "main.conf:2: outbound.route..a.b.messages_per_connection: \"0\" is out "
	"of range (1 to 1000000)\n"				      },
    {"comments count once",          "# a\n# b\n\n/* c\n */\nlimits { hops = x }\n",
     "main.conf:6: limits.hops: \"x\" is not a number\n"                 },
    {"unit",			 "pop3 {\n expire = \"5 days\"\n}\n",
     "main.conf:2: pop3.expire: \"5 days\" is not a time (try \"5d\")\n" },
    {"two errors",		   "limits {\n hops = x\n recipients = 5\n}\n",
     "main.conf:3: limits.recipients: \"5\" is out of range (100 to 8000)\n"
	"main.conf:2: limits.hops: \"x\" is not a number\n"              },
    {"not closed",		   "limits {\n hops = 50\n",
     "main.conf:2: section \"limits\" is not closed (\"}\" is missing)\n"},
    {"closed twice",                 "limits { hops = 50 }\n}\n",
     "main.conf:2: unexpected closing brace\n"                           },
    {"no equal sign",                "hostname a.b\n",
     "main.conf:1: missing equal sign after option 'hostname'\n"         },
    {"listener without title",       "listen { tls = off }\n",
     "main.conf:1: missing title for section 'listen'\n"                 },
    {"listener twice",               "listen smtp { }\nlisten smtp { }\n",
     "main.conf:2: found duplicate title 'smtp'\n"                       },
    {"listener of unknown service",  "listen inside { }\n",
     "main.conf:1: listen.inside.service: is missing (smtp, submission or "
	"pop3)\n"							},
    {"listener of a wrong service",  "listen inside { service = imap }\n",
     "main.conf:1: listen.inside.service: \"imap\" is not one of smtp, "
	"submission, pop3\n"					     },
    {"listener with a dot",          "listen a.b { service = smtp }\n",
     "main.conf:1: listen: the name of a section is made of letters and "
	"digits\n"						       },
    {"sni of no host",               "tls { sni \"a b\" { } }\n",
     "main.conf:1: tls.sni: \"a b\" is not a host name\n"                },
    {"environment",                  "\nhostname = ${HOME}\n",
     "main.conf:2: ${...} is not replaced here (write it in single quotes "
	"if it is meant)\n"					      },
    {"include of nothing",           "include = nothere.conf\n",
     "main.conf:1: include: DIR/nothere.conf: no such file\n"            },
    {"quote not closed",             "hostname = \"a\n",
     "main.conf:1: premature end of file\n"                              },
};

TEST(conf_load_0_begin) /* tests run in order of the file */
{
	OK(mkdtemp(dir) != NULL);
}

TEST(conf_load_says_what_is_wrong)
{
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		static struct conf c;
		struct buf errors = BUF_INIT(10000);
		char want[1000], *at;

		unit_case(wrong[i].name);
		(void)snprintf(want, sizeof want, "%s", wrong[i].want);
		put("main.conf", wrong[i].text);
		OK(!load(&c, &errors));
		/* the folder inside of a line */
		if ((at = strstr(want, "DIR/")) != NULL)
			memmove(at, at + 4, strlen(at + 4) + 1);
		EQ_STR(plain(&errors), want);
		buf_fini(&errors);
	}
}

TEST(conf_load_takes_all_kinds)
{
	static struct conf c;
	struct buf errors = BUF_INIT(10000);
	char path[CONF_TEXT];

	put("main.conf",
	    "version = 1 # grammar\n"
	    "hostname = \"Mail.Example.org\" data_dir = data\n"
	    "listen smtp { address = { 127.0.0.1:2525, \"[::1]:2525\" }\n"
	    "  tls = off auth=optional plaintext_auth = on max_clients = 7 }\n"
	    "listen inside { service = pop3 address = {127.0.0.1:1110} }\n"
	    "tls { min_version = 1.3\n sni mail.example.net { certificate = a\n"
	    " key = '/b' } }\n"
	    "smtp { bare_newline = repair subaddress = \"\" }\n"
	    "auth { mechanisms = {PLAIN} cache = 0s }\n");
	OK(load(&c, &errors));
	EQ_STR(plain(&errors), "");
	EQ_STR(c.hostname, "mail.example.org");
	(void)snprintf(path, sizeof path, "%s/data", dir);
	EQ_STR(c.data_dir, path);
	EQ_INT(c.nlisteners, 2);
	EQ_INT(c.listener[0].naddr, 2);
	EQ_INT(c.listener[0].addr[1].port, 2525);
	EQ_INT(c.listener[0].tls, CONF_TLS_OFF);
	EQ_INT(c.listener[0].auth, CONF_AUTH_OPTIONAL);
	EQ_INT(c.listener[0].max_clients, 7);
	OK(c.listener[0].plaintext_auth);
	EQ_STR(c.listener[1].name, "inside");
	EQ_INT(c.listener[1].service, CONF_POP3);
	EQ_INT(c.listener[1].tls, CONF_TLS_REQUIRE);
	EQ_INT(c.tls.nsni, 1);
	EQ_STR(c.tls.sni[0].name, "mail.example.net");
	EQ_STR(c.tls.sni[0].key, "/b");
	OK(c.tls.min_13 && c.bare_newline_repair);
	EQ_STR(c.subaddress, "");
	EQ_INT(c.auth.mechanisms, CONF_MECH_PLAIN);
	EQ_INT(c.auth.cache_ms, 0);
	OK(conf_valid(&c));
	buf_fini(&errors);
}

TEST(conf_load_takes_routes)
{
	static struct conf c;
	struct buf errors = BUF_INIT(10000);
	const struct conf_route *r = c.outbound.route;

	put("main.conf",
	    "outbound {\n"
	    "  relay = \"smtps://bob@smart.example:465\"\n"
	    "  relay_password_file = pw tls = verify dns = 127.0.0.1:53\n"
	    "  route \"Intranet.Example\" { relay = \"smtp://10.0.0.5\"\n"
	    "    tls = may retry = {10s, 1h} delay_warning = inherit }\n"
	    "  route .\xc3\xbc.example { relay = direct retry = 7m }\n"
	    "}\n"
	    "queue { retry = {5m, 10m} lifetime = 3d delay_warning = 0s\n"
	    "  in_doubt = hold double_bounce = drop }\n"
	    "srs { enabled = off domain = Example.org }\n"
	    "submit { socket = off }\n");
	OK(load(&c, &errors));
	EQ_STR(plain(&errors), "");
	EQ_STR(c.outbound.all.relay, "smtps://bob@smart.example:465");
	OK(strstr(c.outbound.all.password_file, "/pw") != NULL);
	EQ_INT(c.outbound.all.tls, CONF_OUT_VERIFY);
	EQ_STR(c.outbound.dns, "127.0.0.1:53");
	EQ_INT(c.outbound.all.retry.n, 2);
	EQ_INT(c.outbound.all.retry.ms[1], 600000);
	EQ_INT(c.outbound.all.lifetime_ms, 3 * 86400000);
	EQ_INT(c.outbound.all.delay_warning_ms, 0);
	OK(c.queue.hold_doubt && c.queue.drop_double);
	EQ_INT(c.outbound.nroutes, 2);
	EQ_STR(r[0].name, "intranet.example");
	EQ_STR(r[0].relay, "smtp://10.0.0.5");
	EQ_INT(r[0].tls, CONF_OUT_MAY);
	EQ_INT(r[0].retry.n, 2);
	EQ_INT(r[0].delay_warning_ms, 0);
	EQ_STR(r[1].name, ".xn--tda.example");
	EQ_STR(r[1].relay, "direct");
	EQ_INT(r[1].retry.n, 1);
	EQ_INT(r[1].tls, CONF_OUT_INHERIT);
	OK(!c.srs.on);
	EQ_STR(c.srs.domain, "example.org");
	EQ_STR(c.submit.socket, "off");
	OK(conf_valid(&c));
	buf_fini(&errors);
}

TEST(conf_load_counts_routes)
{
	static struct conf c;
	struct buf errors = BUF_INIT(10000), text = BUF_INIT(10000);

	buf_add_str(&text, "outbound {\n");
	for (int i = 0; i <= CONF_ROUTES; i++)
		buf_addf(&text, "route a%d.example { }\n", i);
	buf_add_str(&text, "}\n");
	put("main.conf", buf_cstr(&text));
	OK(!load(&c, &errors));
	EQ_STR(plain(&errors), "main.conf:66: more than 64 sections route\n");
	EQ_INT(c.outbound.nroutes, CONF_ROUTES);
	buf_fini(&errors);
	buf_fini(&text);
}

TEST(conf_load_reads_included_files_afterwards)
{
	static struct conf c;
	struct buf errors = BUF_INIT(10000);
	char sub[200];

	(void)snprintf(sub, sizeof sub, "%s/conf.d", dir);
	OK(mkdir(sub, 0755) == 0);
	put("main.conf", "include = \"conf.d/*.conf\"\nlimits { hops = 50 }\n"
			 "listen smtp { max_clients = 7 tls = off }\n");
	put("conf.d/a.conf", "limits { hops = 60 }\n"
			     "listen smtp { max_clients = 8 }\n");
	put("conf.d/b.conf", "limits { hops = 70 }\ndata_dir = x\n");
	OK(load(&c, &errors));
	EQ_STR(plain(&errors), "");
	EQ_INT(c.limits.hops, 70);
	EQ_INT(c.nlisteners, 1);
	EQ_INT(c.listener[0].max_clients, 8);
	EQ_INT(c.listener[0].tls, CONF_TLS_OFF);
	/* from the folder of its own file */
	OK(strstr(c.data_dir, "/conf.d/x") != NULL);
	put("conf.d/a.conf", "include = a.conf\n");
	buf_reset(&errors);
	OK(!load(&c, &errors));
	OK(strstr(plain(&errors), "more than 64 files") != NULL);
	drop("conf.d/a.conf");
	drop("conf.d/b.conf");
	OK(rmdir(sub) == 0);
	buf_fini(&errors);
}

TEST(conf_load_without_file)
{
	static struct conf c;
	struct buf errors = BUF_INIT(10000);

	OK(conf_load(NULL, &c, &errors));
	EQ_INT(c.nlisteners, 5);
	OK(!conf_load("/nonexistent/x.conf", &c, &errors));
	EQ_SLICE(buf_slice(&errors),
	    "/nonexistent/x.conf: No such file or directory\n");
	buf_fini(&errors);
}

TEST(conf_load_9_end)
{
	drop("main.conf");
	OK(rmdir(dir) == 0);
}
