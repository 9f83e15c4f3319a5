/* The line of an attempt. */
#include "../unit.h"
#include "relay_fake.h"

#include "smtp/relay_priv.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum store_outcome_kind kind;
	uint64_t next_s;
	const char *text, *want;
} cases[] = {
    {"deferred", STORE_OUTCOME_DEFERRED, 300, "try later",
     "tls=TLSv1.3/verified delay=70.000 delays=60.00/2.50/0.50/7.00 "
	"dsn=4.2.0 status=deferred "
	"reply=\"451 try later\" next=300.000"                                 },
    {"in doubt", STORE_OUTCOME_DOUBT,    300, "",             "status=in-doubt"},
    {"held",     STORE_OUTCOME_HELD,     0,   "",             "status=held"    },
    {"hostile",  STORE_OUTCOME_FAILED,   0,   "a\r\nb \"c\"",
     "status=bounced reply=\"451 a\\x0d\\x0ab \\x22c\\x22\""                   },
};

TEST(relay_log_lines)
{
	struct relay_job j;
	struct relay_rcpt t;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		fake_begin();
		memset(&j, 0, sizeof j);
		memset(&t, 0, sizeof t);
		t.out.addr = SLICE("x@there.test");
		t.out.since_us = fake.wall_us - 70 * 1000000;
		snprintf(j.tls, sizeof j.tls, "TLSv1.3 verified");
		j.talked = true;
		j.taken_ms = fake.mono_us / 1000 - 10000;
		j.conn_ms = j.taken_ms + 3000;
		j.setup_ms = 500;
		t.fate.kind = cases[i].kind;
		t.fate.code = 451;
		snprintf(t.fate.status, sizeof t.fate.status, "4.2.0");
		t.fate.len = (uint16_t)strlen(cases[i].text);
		memcpy(t.fate.text, cases[i].text, t.fate.len);
		if (cases[i].next_s > 0)
			t.fate.next_us =
			    fake.wall_us + cases[i].next_s * 1000000;
		relay_log_outcome(&j, &t);
		OK(fake_logged(cases[i].want));
		fake_end();
	}
}
