#include "mime/mime_dsn.h"

#include "../unit.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define DAY 86400000000ull

TEST(dsn_status)
{
	static const struct {
		const char *given;
		uint32_t code;
		const char *classes, *want;
	} cases[] = {
	    {"5.1.1",     550,   "54", "5.1.1"    },
	    {"4.4.7",     0,     "54", "4.4.7"    },
	    {"5.123.456", 0,     "54", "5.123.456"},
	    {"",          550,   "54", "5.0.0"    },
	    {"",          451,   "54", "4.0.0"    },
	    {"",          250,   "54", "5.0.0"    },
	    {"",          0,     "54", "5.0.0"    },
	    {"",          0,     "4",  "4.0.0"    },
	    {"5.1.1",     550,   "4",  "4.0.0"    },
	    {"2.1.5",     250,   "2",  "2.1.5"    },
	    {"5.1.1 ",    550,   "54", "5.0.0"    },
	    {"5.1",       550,   "54", "5.0.0"    },
	    {"5.1.1.",    550,   "54", "5.0.0"    },
	    {"55.1.1",    550,   "54", "5.0.0"    },
	    {"5.1234.1",  550,   "54", "5.0.0"    },
	    {"5..1",      550,   "54", "5.0.0"    },
	    {"x.1.1",     99999, "54", "5.0.0"    },
	};
	char out[MIME_DSN_STATUS];

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].given);
		mime_dsn_status(slice_str(cases[i].given), cases[i].code,
		    cases[i].classes, out);
		EQ_STR(out, cases[i].want);
	}
}

TEST(dsn_fields_of_the_message)
{
	static const struct {
		const char *envid, *want;
	} cases[] = {
	    {"",              ""				 },
	    {"QQ314+2B1",     "Original-Envelope-Id: QQ314+1\r\n"},
	    {"bad+0D+0AX: y", ""				 },
	    {"bad+",          ""				 },
	    {"+FF",           ""				 },
	};
	struct buf b = BUF_INIT(1000), want = BUF_INIT(1000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].envid);
		buf_reset(&b);
		buf_reset(&want);
		mime_dsn_add_message(&b, SLICE("mail.a.test"),
		    slice_str(cases[i].envid), i == 0 ? 0 : DAY, false);
		buf_addf(&want, "Reporting-MTA: dns; mail.a.test\r\n%s%s\r\n",
		    cases[i].want,
		    i == 0
			? ""
			: "Arrival-Date: Fri, 02 Jan 1970 00:00:00 +0000\r\n");
		EQ_STR(buf_cstr(&b), buf_cstr(&want));
	}
	buf_fini(&b);
	buf_fini(&want);
}

#define FAILED "Action: failed\r\nStatus: 5.1.1\r\n"
#define BOB "Final-Recipient: rfc822; bob@b.test\r\n"
static const struct {
	const char *name;
	const char *addr, *orcpt, *host, *reply;
	uint32_t code;
	bool utf8;
	const char *want;
} cases[] = {
    {"bare",		  "bob@b.test",       "",                      "",                        "",               0,   false, BOB FAILED                                               },
    {"all",		   "bob@b.test",       "rfc822;Bob+2B@b.test",  "mx.b.test[192.0.2.1]:25",
     "no such person",												  550, false,
     "Original-Recipient: rfc822;Bob+@b.test\r\n" BOB FAILED
	"Remote-MTA: dns; mx.b.test\r\n"
	"Diagnostic-Code: smtp; 550 5.1.1 no such person\r\n"																},
    {"status in the reply",   "bob@b.test",       "",                      "mx.b.test:25",            "5.1.1 no",       550,
     false,															 BOB FAILED "Remote-MTA: dns; mx.b.test\r\n"
		   "Diagnostic-Code: smtp; 550 5.1.1 no\r\n"														      },
    {"our words",             "bob@b.test",       "",                      "[2001:db8::1]:25",        "timed out",      0,   false,
     BOB FAILED "Remote-MTA: dns; [2001:db8::1]\r\n"
		   "Diagnostic-Code: x-restante; timed out\r\n"															      },
    {"folded",		"bob@b.test",       "",                      "",
     "one two three four five six seven eight nine ten eleven twelve",                                                  550,
     false,															 BOB FAILED
	"Diagnostic-Code: smtp; 550 5.1.1 one two three four five six "
	"seven eight\r\n nine ten eleven twelve\r\n"															      },
    {"hostile",               "bob@b.test",       "rfc822;a+0D+0Ax",       "mx\r\n[x",                "a\r\n\r\nb\x1b",
     550,														    false,
     BOB FAILED "Remote-MTA: dns; mx??\r\n"
		   "Diagnostic-Code: smtp; 550 5.1.1 a b?\r\n"															       },
    {"bad ORCPT",             "bob@b.test",       "rfc822",                "",                        "",               0,   false, BOB FAILED                                               },
    {"bad type",              "bob@b.test",       "r f;x",                 "",                        "",               0,   false, BOB FAILED                                               },
    {"other type",            "bob@b.test",       "x400;a+3Db",            "",                        "",               0,   false,
     "Original-Recipient: x400;a=b\r\n" BOB FAILED																	   },
    {"utf-8 in ASCII",        "b\xc3\xb6@b.test", "UTF-8;b\\x{F6}@b.test", "",
     "f\xc3\xbcr",												      550, false,
     "Original-Recipient: utf-8;b\\x{F6}@b.test\r\n"
	"Final-Recipient: utf-8; b\\x{F6}@b.test\r\n" FAILED
	"Diagnostic-Code: smtp; 550 5.1.1 f??r\r\n"																	  },
    {"utf-8, named in ASCII", "bob@b.test",       "utf-8;\xc3\xb6@b.test", "",                        "",               0,
     false,															 "Original-Recipient: utf-8;\\x{F6}@b.test\r\n" BOB FAILED},
    {"utf-8, named so",       "bob@b.test",       "utf-8;\xc3\xb6@b.test", "",                        "",               0,   true,
     "Original-Recipient: utf-8;\xc3\xb6@b.test\r\n" BOB FAILED															      },
    {"utf-8",		 "b\xc3\xb6@b.test", "",                      "",                        "f\xc3\xbcr",     550, true,
     "Final-Recipient: utf-8; b\xc3\xb6@b.test\r\n" FAILED
	"Diagnostic-Code: smtp; 550 5.1.1 f\xc3\xbcr\r\n"																    },
};

TEST(dsn_status_is_said)
{
	OK(mime_dsn_is_said(SLICE("5.1.1 no"), "5.1.1"));
	OK(!mime_dsn_is_said(SLICE("no"), "5.1.1"));
	OK(mime_dsn_is_said(SLICE("no"), "5.0.0"));
	OK(mime_dsn_is_said(SLICE("no"), ""));
	OK(!mime_dsn_is_said(SLICE(""), "4.0.10"));
}

TEST(dsn_fields_of_a_recipient)
{
	struct buf b = BUF_INIT(3000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct mime_dsn_rcpt r = {slice_str(cases[i].addr),
		    slice_str(cases[i].orcpt), "failed", "5.1.1",
		    slice_str(cases[i].host), slice_str(cases[i].reply),
		    cases[i].code, 0, 0};

		unit_case(cases[i].name);
		buf_reset(&b);
		mime_dsn_add_rcpt(&b, &r, cases[i].utf8);
		EQ_STR(buf_cstr(&b), cases[i].want);
	}
	buf_fini(&b);
}

TEST(dsn_dates)
{
	struct mime_dsn_rcpt r = {
	    .addr = {"b@b.test", 8},
	    .action = "delayed",
	    .status = "4.4.1",
	    .last_us = DAY,
	    .until_us = 2 * DAY
        };
	struct buf b = BUF_INIT(3000);

	mime_dsn_add_rcpt(&b, &r, false);
	EQ_STR(buf_cstr(&b),
	    "Final-Recipient: rfc822; b@b.test\r\n"
	    "Action: delayed\r\nStatus: 4.4.1\r\n"
	    "Last-Attempt-Date: Fri, 02 Jan 1970 00:00:00 +0000\r\n"
	    "Will-Retry-Until: Sat, 03 Jan 1970 00:00:00 +0000\r\n");
	buf_fini(&b);
}
