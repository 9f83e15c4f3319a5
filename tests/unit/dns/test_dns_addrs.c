/* Covers: dns/dns_req.c */
#include "tests/unit/dns/asker.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const struct server_row rows[] = {
    {"both.test",   "A",        "192.0.2.1"       },
    {"both.test",   "AAAA",     "2001:db8::1"     },
    {"v4.test",     "A",        "192.0.2.2"       },
    {"v4.test",     "A",        "192.0.2.3"       },
    {"v6.test",     "AAAA",     "2001:db8::2"     },
    {"alias.test",  "CNAME",    "both.test"       },
    {"mx.test",     "MX",       "10 both.test"    },
    {"bad.test",    "A",        "0.0.0.0"         },
    {"bad.test",    "A",        "224.0.0.1"       },
    {"bad.test",    "AAAA",     "::ffff:192.0.2.1"},
    {"broken.test", "SERVFAIL", ""                },
    {NULL,          NULL,       NULL              },
};

static const struct {
	const char *host, *want, *want_v4;
} cases[] = {
    {"both.test",    "192.0.2.1 2001:db8::1", "192.0.2.1"          },
    {"BOTH.Test.",   "192.0.2.1 2001:db8::1", "192.0.2.1"          },
    {"v4.test",      "192.0.2.2 192.0.2.3",   "192.0.2.2 192.0.2.3"},
    {"v6.test",      "2001:db8::2",           "noent"              },
    {"alias.test",   "192.0.2.1 2001:db8::1", "192.0.2.1"          },
    {"mx.test",      "noent",                 "noent"              },
    {"bad.test",     "noent",                 "noent"              },
    {"nowhere.test", "noent",                 "noent"              },
    {"broken.test",  "retry",                 "retry"              },
    {"192.0.2.9",    "192.0.2.9",             "192.0.2.9"          },
    {"2001:db8::9",  "2001:db8::9",           "2001:db8::9"        },
    {"localhost",    "127.0.0.1 ::1",         "127.0.0.1"          },
    {"a.hosts",      "192.0.2.7",             "192.0.2.7"          },
    {"a b",          "noent",                 "noent"              },
};

TEST(dns_addrs_of_hosts)
{
	struct dns_settings s = {.hosts = SLICE("192.0.2.7 a.hosts\n")};

	for (int v6 = 0; v6 < 2; v6++) {
		struct asker a;

		s.ipv6 = v6 == 1;
		s.server = NULL;
		asker_begin(&a, rows, &s);
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			unit_case(cases[i].host);
			EQ_STR(asker_addrs(&a, cases[i].host),
			    v6 ? cases[i].want : cases[i].want_v4);
		}
		asker_end(&a);
	}
}

/* Neither family takes all of the room. */
TEST(dns_addrs_of_many)
{
	struct server_row many[101];
	char data[100][32];
	struct asker a;
	const char *text;
	unsigned n = 1;

	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(data[i], sizeof data[i],
		    i < 50 ? "192.0.2.%u" : "2001:db8::%u", i + 1);
		many[i] = (struct server_row){
		    "many.test", i < 50 ? "A" : "AAAA", data[i]};
	}
	many[100].name = NULL;
	asker_begin(&a, many, NULL);
	text = asker_addrs(&a, "many.test");
	OK(strstr(text, "192.0.2.") != NULL);
	OK(strstr(text, "2001:db8::") != NULL);
	for (; *text != '\0'; text++)
		n += *text == ' ';
	EQ_INT(n, DNS_ADDRS_MAX);
	asker_end(&a);
}
