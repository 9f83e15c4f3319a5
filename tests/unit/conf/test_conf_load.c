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
    {"key that later versions have", "queue { lifetime = 5d }\n",
     "main.conf:1: unknown key \"queue\" (see restante.conf(5))\n"       },
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
