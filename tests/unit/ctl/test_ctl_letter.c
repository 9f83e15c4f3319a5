/* A message as programs hand it in, and as it goes out. */
#include "tests/unit/ctl/rig.h"

#include "ctl/ctl_letter.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define S(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct {
	const char *name;
	struct slice in, want;
	bool dot_ends;
} lines[] = {
    {"empty",         S(""),			 S(""),                    true },
    {"lf",	    S("a\n\nb\n"),                 S("a\r\n\r\nb\r\n"),      true },
    {"crlf",          S("a\r\n\r\nb\r\n"),           S("a\r\n\r\nb\r\n"),      true },
    {"mixed",         S("a\r\nb\nc"),                S("a\r\nb\r\nc\r\n"),     true },
    {"cr alone",      S("10%\r20%\r\n"),             S("10%\r\n20%\r\n"),      true },
    {"many cr",       S("a\r\r\r\nb\r\rc"),          S("a\r\nb\r\n\r\nc\r\n"), true },
    {"cr at the end", S("a\r"),                      S("a\r\n"),               true },
    {"dot ends",      S("a\n.\nb\n"),                S("a\r\n"),               true },
    {"dot stays",     S("a\n.\nb\n"),                S("a\r\n.\r\nb\r\n"),     false},
    {"dots",          S("..\n.a\n"),                 S("..\r\n.a\r\n"),        true },
    {"nul",           S("a\0b\n"),                   S("ab\r\n"),              true },
    {"mbox",          S("From x y\nA: b\nFrom z\n"), S("A: b\r\nFrom z\r\n"),  true },
};

TEST(ctl_letter_lines)
{
	for (size_t i = 0; i < NITEMS(lines); i++) {
		struct buf out = BUF_INIT(4096);

		unit_case(lines[i].name);
		ctl_letter_text(lines[i].in, lines[i].dot_ends, &out);
		EQ_MEM(out.p, out.len, lines[i].want.p, lines[i].want.len);
		buf_fini(&out);
	}
}

static const struct {
	const char *name, *in;
	bool extract;
	const char *text, *rcpts;
} letters[] = {
    {"as it is",    "From: a@b\r\nBcc: x@y\r\n\r\nz\r\n",               false,
     "From: a@b\r\nBcc: x@y\r\n\r\nz\r\n",												""          },
    {"no from",     "Subject: s\r\n\r\nz\r\n",                          false,
     "Subject: s\r\nFrom: me\r\n\r\nz\r\n",											       ""          },
    {"no header",   "z y\r\n",					  false, "From: me\r\n\r\nz y\r\n",                                 ""          },
    {"nothing",     "",						 false, "From: me\r\n\r\n",                                        ""          },
    {"header only", "A: b\r\n",					 false, "A: b\r\nFrom: me\r\n\r\n",                                ""          },
    {"extract",
     "To: A <a@x>, b\r\nfrom: f\r\nCC: c@x\r\nBcc: d@x,\r\n e@x\r\n\r\nTo: "
	"f@x\r\n",						      true,  "To: A <a@x>, b\r\nfrom: f\r\nCC: c@x\r\n\r\nTo: f@x\r\n",
     "a@x\nb\nc@x\nd@x\ne@x\n"															},
    {"resent",
     "To: a@x\r\nResent-To: b@x\r\nResent-Bcc: c@x\r\nFrom: f\r\n\r\n", true,
     "To: a@x\r\nResent-To: b@x\r\nFrom: f\r\n\r\n",										      "b@x\nc@x\n"},
};

TEST(ctl_letter_headers)
{
	for (size_t i = 0; i < NITEMS(letters); i++) {
		struct ctl_letter l;

		unit_case(letters[i].name);
		ctl_letter_init(&l, 4096);
		EQ_INT(ctl_letter_make(slice_str(letters[i].in),
			   letters[i].extract, SLICE("From: me\r\n"), &l),
		    ERR_OK);
		EQ_STR(buf_cstr(&l.text), letters[i].text);
		EQ_STR(buf_cstr(&l.rcpts), letters[i].rcpts);
		OK(!l.eight);
		ctl_letter_fini(&l);
	}
}

TEST(ctl_letter_too_large)
{
	struct ctl_letter l;

	ctl_letter_init(&l, 10);
	EQ_INT(
	    ctl_letter_make(SLICE("A: 0123456789\r\n"), false, SLICE_NONE, &l),
	    ERR_TOOBIG);
	ctl_letter_fini(&l);
}

TEST(ctl_letter_from)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
	    {"",          "From: a@b\r\n"                       },
	    {" Ann B ",   "From: Ann B <a@b>\r\n"               },
	    {"Ann B.",    "From: \"Ann B.\" <a@b>\r\n"          },
	    {"A \"\\",    "From: \"A \\\"\\\\\" <a@b>\r\n"      },
	    {"J\xc3\xbc", "From: =?utf-8?B?SsO8?= <a@b>\r\n"    },
	    {"J\xfc",     "From: a@b\r\n"                       },
	    {"a\nb: c",   "From: =?utf-8?B?YQpiOiBj?= <a@b>\r\n"},
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct buf b = BUF_INIT(1000);

		unit_case(cases[i].name);
		ctl_letter_add_from(&b, slice_str(cases[i].name), SLICE("a@b"));
		EQ_STR(buf_cstr(&b), cases[i].want);
		buf_fini(&b);
	}
}
