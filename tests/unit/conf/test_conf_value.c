/* Covers: conf/conf_listener.c conf/conf_value_text.c */
#include "conf/conf_value.h"
#include "tests/unit/unit.h"

#include <string.h>

static const struct {
	const char *name;
	enum conf_section_id section;
	const char *param;
	const char *words; /* parted by | */
	const char *want;  /* as printed; or what is wrong */
	bool ok;
} cases[] = {
    {"size",		 CONF_S_LIMITS,   "message_size",            "10M",                   "10M",                     true },
    {"size lower case",      CONF_S_LIMITS,   "message_size",            "10m",                   "10M",                     true },
    {"size in octets",       CONF_S_LIMITS,   "message_size",            "1048577",               "1048577",
     true															 },
    {"size too small",       CONF_S_LIMITS,   "message_size",            "10",
     "\"10\" is out of range (64k to 2G)",										   false},
    {"size wraps",           CONF_S_LIMITS,   "message_size",            "99999999999999999999",
     "\"99999999999999999999\" is out of range (64k to 2G)",								 false},
    {"size with MB",         CONF_S_LIMITS,   "message_size",            "10 MB",
     "\"10 MB\" is not a size (try \"10M\")",										false},
    {"size word",            CONF_S_LIMITS,   "message_size",            "big",
     "\"big\" is not a size (for example \"500k\", \"50M\", \"2G\")",                                                        false},
    {"time",		 CONF_S_LIMITS,   "login_window",            "90s",                   "90s",                     true },
    {"time shortest",        CONF_S_LIMITS,   "login_window",            "120s",                  "2m",                      true },
    {"time in words",        CONF_S_LIMITS,   "login_window",            "5 days",
     "\"5 days\" is not a time (try \"5d\")",										false},
    {"time in words upper",  CONF_S_LIMITS,   "login_window",            "5 Hours",
     "\"5 Hours\" is not a time (try \"5h\")",									       false},
    {"time without unit",    CONF_S_LIMITS,   "login_window",            "90",
     "\"90\" is not a time (try \"90s\")",										   false},
    {"time no number",       CONF_S_LIMITS,   "login_window",            "soon",
     "\"soon\" is not a time (for example \"30s\", \"5m\", \"2h\", \"5d\")",						 false},
    {"time empty",           CONF_S_LIMITS,   "login_window",            "",
     "\"\" is not a time (for example \"30s\", \"5m\", \"2h\", \"5d\")",						     false},
    {"time zero",            CONF_S_AUTH,     "cache",                   "0",                     "0s",                      true },
    {"never",		CONF_S_POP3,     "expire",                  "never",                 "never",                   true },
    {"never as zero",        CONF_S_POP3,     "expire",                  "0s",                    "never",                   true },
    {"number",	       CONF_S_LIMITS,   "hops",                    "50",                    "50",                      true },
    {"number negative",      CONF_S_LIMITS,   "hops",                    "-50",                   "\"-50\" is not a number",
     false															},
    {"number too large",     CONF_S_LIMITS,   "hops",                    "4294967346",
     "\"4294967346\" is out of range (30 to 1000)",									  false},
    {"on",		   CONF_S_POP3,     "delete",                  "yes",                   "on",                      true },
    {"off",		  CONF_S_POP3,     "delete",                  "FALSE",                 "off",                     true },
    {"neither",              CONF_S_POP3,     "delete",                  "maybe",
     "\"maybe\" is not one of on, off, yes, no, true, false",                                                                false},
    {"choice",	       CONF_S_LISTEN,   "tls",                     "implicit",              "implicit",                true },
    {"choice typo",          CONF_S_LISTEN,   "tls",                     "startls",
     "\"startls\" is not one of off, starttls, require, implicit (did you "
	"mean \"starttls\"?)",											       false},
    {"choice in a bool",     CONF_S_TLS,      "min_version",             "1.3",                   "1.3",                     true },
    {"set",		  CONF_S_AUTH,     "mechanisms",              "scram-sha-256|PLAIN",
     "{PLAIN, SCRAM-SHA-256}",											       true },
    {"set wrong",            CONF_S_AUTH,     "mechanisms",              "PLAIN|CRAM-MD5",
     "\"CRAM-MD5\" is not one of PLAIN, LOGIN, SCRAM-SHA-256",                                                               false},
    {"addresses",            CONF_S_LISTEN,   "address",                 "127.0.0.1:25|[::1]:26",
     "{127.0.0.1:25, \"[::1]:26\"}",											 true },
    {"address without port", CONF_S_LISTEN,   "address",                 "127.0.0.1",
     "\"127.0.0.1\" is not an address with port (for example "
	"\"0.0.0.0:25\" or \"[::]:25\")",										    false},
    {"too many addresses",   CONF_S_LISTEN,   "address",
     "[::]:1|[::]:2|[::]:3|[::]:4|[::]:5|[::]:6|[::]:7|[::]:8|[::]:9",			    "more than 8 addresses",   false},
    {"host",		 CONF_S_TOP,      "hostname",                "Mail.Example.ORG",      "mail.example.org",
     true															 },
    {"host wrong",           CONF_S_TOP,      "hostname",                "mail example",
     "\"mail example\" is not a host name",										  false},
    {"host empty",           CONF_S_TOP,      "hostname",                "",                      "\"\" is not a host name",
     false															},
    {"path absolute",        CONF_S_TOP,      "data_dir",                "/a/b",                  "/a/b",                    true },
    {"path relative",        CONF_S_TOP,      "data_dir",                "b/c",                   "/folder/b/c",             true },
    {"path empty",           CONF_S_ADMIN,    "socket",                  "",                      "\"\"",                    true },
    {"name",		 CONF_S_TOP,      "user",                    "mail-1",                "mail-1",                  true },
    {"name wrong",           CONF_S_TOP,      "user",                    "a b",                   "\"a b\" is not a name",   false},
    {"name with dash first", CONF_S_TOP,      "user",                    "-a",                    "\"-a\" is not a name",
     false															},
    {"scheme",	       CONF_S_AUTH,     "hash",                    "sha512",                "sha512",                  true },
    {"scheme wrong",         CONF_S_AUTH,     "hash",                    "yescript",
     "\"yescript\" is not one of yescrypt, gost-yescrypt, scrypt, bcrypt, "
	"sha512, sha256 (did you mean \"yescrypt\"?)",								       false},
    {"text with quotes",     CONF_S_LISTEN,   "banner",                  "a \"b\" \\",
     "\"a \\\"b\\\" \\\\\"",												 true },
    {"text with line end",   CONF_S_LISTEN,   "banner",                  "a\nb",
     "contains control characters",											  false},
    {"text too long",        CONF_S_SMTP,     "subaddress",              "+-",                    "longer than 1 octets",
     false															},
    {"times",		CONF_S_QUEUE,    "retry",                   "60s|5m|1h",             "{1m, 5m, 1h}",            true },
    {"time in a list",       CONF_S_QUEUE,    "retry",                   "1m|1 hour",
     "\"1 hour\" is not a time (try \"1h\")",										false},
    {"time of zero",         CONF_S_QUEUE,    "retry",                   "0s",
     "\"0s\" is out of range (1s to 1w)",										    false},
    {"times of no route",    CONF_S_QUEUE,    "retry",                   "inherit",
     "\"inherit\" is not a time (for example \"30s\", \"5m\", \"2h\", "
	"\"5d\")",													   false},
    {"too many times",       CONF_S_QUEUE,    "retry",
     "1m|1m|1m|1m|1m|1m|1m|1m|1m|1m|1m|1m|1m|1m|1m|1m|1m",					"more than 16 times",      false},
    {"times of a route",     CONF_S_ROUTE,    "retry",                   "Inherit",               "inherit",                 true },
    {"count inherited",      CONF_S_ROUTE,    "messages_per_connection", "inherit",
     "inherit",													      true },
    {"count of nothing",     CONF_S_ROUTE,    "messages_per_connection", "0",
     "\"0\" is out of range (1 to 1000000)",										 false},
    {"relay",		CONF_S_OUTBOUND, "relay",                   "smtp://192.0.2.1",      "smtp://192.0.2.1",
     true															 },
    {"relay direct",         CONF_S_ROUTE,    "relay",                   "direct",                "direct",                  true },
    {"relay empty",          CONF_S_ROUTE,    "relay",                   "",                      "\"\"",                    true },
    {"name server",          CONF_S_OUTBOUND, "dns",                     "[::1]:53",              "\"[::1]:53\"",            true },
    {"name server no port",  CONF_S_OUTBOUND, "dns",                     "192.0.2.53",
     "\"192.0.2.53\" is not an address with port (for example "
	"\"192.0.2.53:53\" or \"[2001:db8::53]:53\")",								       false},
    {"host may be empty",    CONF_S_SRS,      "domain",                  "",                      "\"\"",                    true },
    {"path off",             CONF_S_SUBMIT,   "socket",                  "off",                   "off",                     true },
    {"path not off",         CONF_S_SUBMIT,   "socket",                  "offs",                  "/folder/offs",            true },
    {"two values",           CONF_S_LIMITS,   "hops",                    "50|60",                 "takes one value",         false},
};

TEST(conf_value_from_text)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct conf_param *p =
		    conf_param(cases[i].section, slice_str(cases[i].param));
		struct conf_listener l;
		struct conf c;
		struct slice words[32], rest = slice_str(cases[i].words);
		struct buf why = BUF_INIT(1000), text = BUF_INIT(1000);
		char *place;
		size_t n = 0;

		unit_case(cases[i].name);
		memset(&c, 0, sizeof c);
		memset(&l, 0, sizeof l);
		if (!OK(p != NULL))
			continue;
		place = cases[i].section == CONF_S_LISTEN
			    ? (char *)&l + p->offset
			    : conf_place(&c, p, 0);
		while (slice_cut(&rest, '|', &words[n++]))
			continue;
		EQ_INT(conf_value_set(p, place, words, n, "/folder", &why),
		    cases[i].ok);
		if (cases[i].ok)
			conf_value_add(p, place, &text);
		EQ_SLICE(buf_slice(cases[i].ok ? &text : &why), cases[i].want);
		buf_fini(&why);
		buf_fini(&text);
	}
}

TEST(conf_value_failure_keeps_the_old)
{
	const struct conf_param *p = conf_param(CONF_S_LIMITS, SLICE("hops"));
	struct slice word = SLICE("x");
	struct buf why = BUF_INIT(100);
	uint32_t hops = 77;

	OK(!conf_value_set(p, &hops, &word, 1, NULL, &why));
	EQ_INT(hops, 77);
	buf_fini(&why);
}

TEST(conf_value_path_may_be_too_long)
{
	const struct conf_param *p = conf_param(CONF_S_TOP, SLICE("data_dir"));
	char folder[CONF_TEXT], dir[CONF_TEXT] = "";
	struct slice word = SLICE("b");
	struct buf why = BUF_INIT(100);

	memset(folder, 'a', sizeof folder);
	folder[sizeof folder - 1] = '\0';
	OK(!conf_value_set(p, dir, &word, 1, folder, &why));
	EQ_SLICE(buf_slice(&why), "longer than 255 octets");
	buf_fini(&why);
}
