#include "tests/unit/dns/asker.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const struct server_row rows[] = {
    {"one.test",      "MX",        "10 Mx.one.test" },
    {"three.test",    "MX",        "30 c.three.test"},
    {"three.test",    "MX",        "10 a.three.test"},
    {"three.test",    "MX",        "20 b.three.test"},
    {"plain.test",    "A",         "192.0.2.1"      },
    {"null.test",     "MX",        "0 ."            },
    {"half.test",     "MX",        "0 ."            },
    {"half.test",     "MX",        "10 mx.half.test"},
    {"alias.test",    "CNAME",     "one.test"       },
    {"alias2.test",   "CNAME",     "plain.test"     },
    {"dangling.test", "CNAME",     "nowhere.test"   },
    {"loop.test",     "CNAME",     "loop2.test"     },
    {"loop2.test",    "CNAME",     "loop.test"      },
    {"literal.test",  "MX",        "10 192.0.2.1"   },
    {"literal2.test", "MX",        "10 192.0.2.1"   },
    {"literal2.test", "MX",        "20 mx.test"     },
    {"odd.test",      "MX",        "10 a b.test"    },
    {"broken.test",   "SERVFAIL",  ""               },
    {"refused.test",  "REFUSED",   ""               },
    {"garbage.test",  "GARBAGE",   ""               },
    {"big.test",      "TRUNCATED", ""               },
    {"big.test",      "MX",        "10 mx.big.test" },
    {NULL,	    NULL,        NULL             },
};

static const struct {
	const char *domain, *want;
} cases[] = {
    {"one.test",           "10 mx.one.test"				   },
    {"ONE.test.",          "10 mx.one.test"				   },
    {"three.test",         "10 a.three.test, 20 b.three.test, 30 c.three.test"},
    {"plain.test",         "implicit"					 },
    {"null.test",          "denied"					   },
    {"half.test",          "10 mx.half.test"                                  },
    {"alias.test",         "10 mx.one.test"				   },
    {"alias2.test",        "implicit"					 },
    {"dangling.test",      "noent"					    },
    {"loop.test",          "retry"					    },
    {"literal.test",       ""						 },
    {"literal2.test",      "20 mx.test"				       },
    {"odd.test",           ""						 },
    {"nowhere.test",       "noent"					    },
    {"broken.test",        "retry"					    },
    {"refused.test",       "retry"					    },
    {"garbage.test",       "retry"					    },
    {"big.test",           "10 mx.big.test"				   },
    {"localhost",          "implicit"					 },
    {"only-in-hosts.test", "implicit"					 },
    {"a..test",            "noent"					    },
    {"",		   "noent"					    },
    {"a b.test",           "noent"					    },
    {"a\\.test",           "noent"					    },
};

TEST(dns_mx_of_domains)
{
	struct dns_settings s = {
	    .ipv6 = true, .hosts = SLICE("192.0.2.7 only-in-hosts.test\n")};
	struct asker a;

	asker_begin(&a, rows, &s);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].domain);
		EQ_STR(asker_mx(&a, cases[i].domain), cases[i].want);
	}
	OK(a.server.asked_tcp > 0);
	asker_end(&a);
}

/* What is known is not asked again, and neither is what is known not to be. */
TEST(dns_mx_is_cached)
{
	struct asker a;
	unsigned asked;

	asker_begin(&a, rows, NULL);
	EQ_STR(asker_mx(&a, "one.test"), "10 mx.one.test");
	EQ_STR(asker_mx(&a, "nowhere.test"), "noent");
	EQ_STR(asker_mx(&a, "plain.test"), "implicit");
	asked = a.server.asked;
	OK(asked >= 3);
	EQ_STR(asker_mx(&a, "one.test"), "10 mx.one.test");
	EQ_STR(asker_mx(&a, "nowhere.test"), "noent");
	EQ_STR(asker_mx(&a, "plain.test"), "implicit");
	EQ_INT(a.server.asked, asked);
	asker_end(&a);
}

TEST(dns_mx_of_many_hosts)
{
	struct server_row many[41];
	char data[40][32];
	struct asker a;

	memset(many, 0, sizeof many);
	for (unsigned i = 0; i < 40; i++) {
		(void)snprintf(
		    data[i], sizeof data[i], "%u h%u.test", 40 - i, 40 - i);
		many[i] = (struct server_row){"many.test", "MX", data[i]};
	}
	asker_begin(&a, many, NULL);
	OK(strncmp(asker_mx(&a, "many.test"), "1 h1.test, 2 h2.test, ", 22) ==
	    0);
	OK(strstr(asker_mx(&a, "many.test"), "32 h32.test") != NULL);
	OK(strstr(asker_mx(&a, "many.test"), "33 h33.test") == NULL);
	asker_end(&a);
}
