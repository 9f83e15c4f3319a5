#include "mime/mime_addr.h"

#include "../unit.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define X10(s) s s s s s s s s s s
#define A64 X10("aaaaaa") "aaaa"
#define L63 X10("dddddd") "ddd"
#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

enum { U = 1, N = 2, B = 4 }; /* UTF-8, null path and bare are allowed */

/* clang-format off */
static const struct {
	const char *name;
	struct slice in;
	unsigned allow;
	const char *text;
} accepted[] = {
    {"plain", S("<ann@remote.test>"), 0, "ann@remote.test"},
    {"case", S("<Ann.B@Remote.TEST>"), 0, "Ann.B@remote.test"},
    {"all of atext", S("<!#$%&'*+-/=?^_`{|}~9@c>"), 0,
     "!#$%&'*+-/=?^_`{|}~9@c"},
    {"null", S("<>"), N, ""},
    {"postmaster", S("<PostMaster>"), B, "postmaster"},
    {"postmaster quoted", S("<\"postmaster\">"), B, "postmaster"},
    {"route", S("<@a.test,@b.test:ann@c.test>"), 0, "ann@c.test"},
    {"route of one", S("<@a.test:ann@c.test>"), 0, "ann@c.test"},
    {"route to postmaster", S("<@a.test:postmaster>"), B, "postmaster"},
    {"quoted", S("<\"ann b\"@c.test>"), 0, "\"ann b\"@c.test"},
    {"quoted for nothing", S("<\"ann.b\"@c.test>"), 0, "ann.b@c.test"},
    {"escaped for nothing", S("<\"\\a\\n\\n\"@c.test>"), 0, "ann@c.test"},
    {"escaped", S("<\"a\\\"b\\\\c\\@\"@d>"), 0, "\"a\\\"b\\\\c@\"@d"},
    {"at in quotes", S("<\"a@b\"@c>"), 0, "\"a@b\"@c"},
    {"bracket in quotes", S("<\"a>b\"@c>"), 0, "\"a>b\"@c"},
    {"empty quotes", S("<\"\"@c>"), 0, "\"\"@c"},
    {"two dots", S("<a..b@c>"), 0, "\"a..b\"@c"},
    {"dot last", S("<a.@c>"), 0, "\"a.\"@c"},
    {"dot first", S("<.a@c>"), 0, "\".a\"@c"},
    {"percent is nothing", S("<a%b.test@c>"), 0, "a%b.test@c"},
    {"bang is nothing", S("<b!a@c>"), 0, "b!a@c"},
    {"pipe is nothing", S("<|sh@c>"), 0, "|sh@c"},
    {"hyphens third, fourth", S("<a@r3---c.test>"), 0, "a@r3---c.test"},
    {"underscores", S("<a@_b_.c_d>"), 0, "a@_b_.c_d"},
    {"digits", S("<a@1.2x>"), 0, "a@1.2x"},
    {"A-label", S("<a@XN--Bcher-KVA.test>"), 0, "a@xn--bcher-kva.test"},
    {"literal", S("<a@[192.0.2.1]>"), 0, "a@[192.0.2.1]"},
    {"literal v6", S("<a@[ipv6:2001:DB8:0:0::1]>"), 0, "a@[IPv6:2001:db8::1]"},
    {"literal v6 longest",
     S("<a@[IPv6:1111:2222:3333:4444:5555:6666:7777:8888]>"), 0,
     "a@[IPv6:1111:2222:3333:4444:5555:6666:7777:8888]"},
    {"64 octets", S("<" A64 "@c>"), 0, A64 "@c"},
    {"64 when unquoted", S("<\"" A64 "\"@c>"), 0, A64 "@c"},
    {"label of 63", S("<a@" L63 ">"), 0, "a@" L63},
    {"longest", S("<" A64 "@" L63 "." L63 "." L63 "." L63 ">"), 0,
     A64 "@" L63 "." L63 "." L63 "." L63},
    {"UTF-8", S("<j\xc3\xb6rg@b\xc3\xbc" "cher.test>"), U,
     "j\xc3\xb6rg@xn--bcher-kva.test"},
    {"UTF-8 in quotes", S("<\"j\xc3\xb6rg x\"@c>"), U, "\"j\xc3\xb6rg x\"@c"},
    {"UTF-8 unquoted", S("<\"j\xc3\xb6rg\"@c>"), U, "j\xc3\xb6rg@c"},
    {"UTF-8 case in domain", S("<a@B\xc3\x9c" "CHER.test>"), U,
     "a@xn--bcher-kva.test"},
    {"UTF-8 not composed", S("<a@bu\xcc\x88" "cher.test>"), U,
     "a@xn--bcher-kva.test"},
    {"sharp s stays", S("<a@stra\xc3\x9f" "e.test>"), U,
     "a@xn--strae-oqa.test"},
    {"ideographic stop", S("<a@b\xe3\x80\x82test>"), U, "a@b.test"},
    {"UTF-8 and underscore", S("<a@_b.b\xc3\xbc" "cher>"), U,
     "a@_b.xn--bcher-kva"},
};
/* clang-format on */

/* clang-format off */
static const struct {
	const char *name;
	struct slice in;
	unsigned allow;
	enum err want;
} refused[] = {
    {"null refused", S("<>"), 0, ERR_SYNTAX},
    {"null with a blank", S("< >"), N, ERR_SYNTAX},
    {"postmaster refused", S("<postmaster>"), N, ERR_SYNTAX},
    {"bare other", S("<ann>"), B, ERR_SYNTAX},
    {"bare longer", S("<postmasters>"), B, ERR_SYNTAX},
    {"route without colon", S("<@a.test,ann@c.test>"), 0, ERR_SYNTAX},
    {"route with bad domain", S("<@a..test:ann@c.test>"), 0, ERR_SYNTAX},
    {"route with literal", S("<@[192.0.2.1]:ann@c.test>"), 0, ERR_SYNTAX},
    {"route to nothing", S("<@a.test:>"), N, ERR_SYNTAX},
    {"open quotes", S("<\"a@c>"), 0, ERR_SYNTAX},
    {"ends in backslash", S("<\"a\\"), 0, ERR_SYNTAX},
    {"text behind quotes", S("<\"a\"b@c>"), 0, ERR_SYNTAX},
    {"text before quotes", S("<a\"b\"@c>"), 0, ERR_SYNTAX},
    {"NUL in quotes", S("<\"a\0b\"@c>"), 0, ERR_SYNTAX},
    {"escaped NUL", S("<\"\\\0\"@c>"), 0, ERR_SYNTAX},
    {"CR LF in quotes", S("<\"a\r\nb\"@c>"), 0, ERR_SYNTAX},
    {"tab in quotes", S("<\"a\tb\"@c>"), 0, ERR_SYNTAX},
    {"no local part", S("<@c>"), 0, ERR_SYNTAX},
    {"no domain", S("<a@>"), B, ERR_SYNTAX},
    {"blank", S("<a b@c>"), 0, ERR_SYNTAX},
    {"NUL", S("<a\0@c>"), 0, ERR_SYNTAX},
    {"control", S("<a\x1b@c>"), 0, ERR_SYNTAX},
    {"two ats", S("<a@b@c>"), 0, ERR_SYNTAX},
    {"comment", S("<a(x)@c>"), 0, ERR_SYNTAX},
    {"no bracket", S("a@c>"), 0, ERR_SYNTAX},
    {"not closed", S("<a@c"), 0, ERR_SYNTAX},
    {"two brackets", S("<<a@c>>"), 0, ERR_SYNTAX},
    {"nothing", S(""), N | B, ERR_SYNTAX},
    {"bracket only", S("<"), N | B, ERR_SYNTAX},
    {"domain in bracket", S("<a@c.test,b@d.test>"), 0, ERR_SYNTAX},
    {"dot behind domain", S("<a@c.test.>"), 0, ERR_SYNTAX},
    {"empty label", S("<a@c..test>"), 0, ERR_SYNTAX},
    {"hyphen first", S("<a@-c.test>"), 0, ERR_SYNTAX},
    {"hyphen last", S("<a@c-.test>"), 0, ERR_SYNTAX},
    {"address for domain", S("<a@127.0.0.1>"), 0, ERR_SYNTAX},
    {"literal v6 untagged", S("<a@[2001:db8::1]>"), 0, ERR_SYNTAX},
    {"literal v6 scoped", S("<a@[IPv6:fe80::1%eth0]>"), 0, ERR_SYNTAX},
    {"literal of 3", S("<a@[192.0.2]>"), 0, ERR_SYNTAX},
    {"literal octal", S("<a@[192.0.2.01]>"), 0, ERR_SYNTAX},
    {"literal too high", S("<a@[192.0.2.256]>"), 0, ERR_SYNTAX},
    {"literal empty", S("<a@[]>"), 0, ERR_SYNTAX},
    {"literal v6 empty", S("<a@[IPv6:]>"), 0, ERR_SYNTAX},
    {"literal open", S("<a@[192.0.2.1>"), 0, ERR_SYNTAX},
    {"literal cut", S("<a@["), 0, ERR_SYNTAX},
    {"literal tag cut", S("<a@[IPv6:"), 0, ERR_SYNTAX},
    {"literal NUL", S("<a@[192.0.2.1\0]>"), 0, ERR_SYNTAX},
    {"literal and more", S("<a@[192.0.2.1]b>"), 0, ERR_SYNTAX},
    {"literal other", S("<a@[tag:x]>"), 0, ERR_SYNTAX},
    {"65 octets", S("<" A64 "a@c>"), 0, ERR_TOOBIG},
    {"65 with quotes", S("<\".a" X10("aaaaaa") "a\"@c>"), 0, ERR_TOOBIG},
    {"label of 64", S("<a@" L63 "d>"), 0, ERR_TOOBIG},
    {"domain of 256", S("<a@aa." L63 "." L63 "." L63 "." X10("dddddd") "d>"), 0,
     ERR_TOOBIG},
    {"UTF-8 refused", S("<j\xc3\xb6rg@c>"), 0, ERR_UNSUPPORTED},
    {"UTF-8 refused in quotes", S("<\"j\xc3\xb6rg\"@c>"), 0, ERR_UNSUPPORTED},
    {"UTF-8 refused in domain", S("<a@b\xc3\xbc.c>"), 0, ERR_UNSUPPORTED},
    {"UTF-8 escaped", S("<\"\\\xc3\xb6\"@c>"), U, ERR_SYNTAX},
    {"UTF-8 cut", S("<j\xc3@c>"), U, ERR_SYNTAX},
    {"UTF-8 overlong", S("<j\xc0\xafrg@c>"), U, ERR_SYNTAX},
    {"C1 control", S("<a\xc2\x85@c>"), U, ERR_SYNTAX},
    {"right to left", S("<a\xe2\x80\xae@c>"), U, ERR_SYNTAX},
    {"UTF-8 of 66",
     S("<" X10("\xc3\xb6\xc3\xb6\xc3\xb6") "\xc3\xb6\xc3\xb6\xc3\xb6@c>"), U,
     ERR_TOOBIG},
    {"wide digits", S("<a@\xef\xbc\x91.0.0.1>"), U, ERR_SYNTAX},
    {"wide at", S("<a@b\xef\xbc\xa0" "c>"), U, ERR_SYNTAX},
    {"account of", S("<a@b\xe2\x84\x80" "c>"), U, ERR_SYNTAX},
    {"not for domains", S("<a@\xe2\xbf\xb0.c>"), U, ERR_SYNTAX},
    {"soft hyphen alone", S("<a@b.\xc2\xad.c>"), U, ERR_SYNTAX},
    {"UTF-8 domain too long", S("<a@" X10(X10(X10("\xc3\xbc."))) "c>"), U,
     ERR_TOOBIG},
    {"UTF-8 label too long", S("<a@" X10(X10("\xc3\xbc")) ">"), U, ERR_TOOBIG},
};
/* clang-format on */

static enum err
parse_path(struct slice *in, unsigned allow, struct mime_addr *out)
{
	return mime_addr_parse_path(in, allow & U, allow & N, allow & B, out);
}

TEST(mime_addr_reads_paths)
{
	for (size_t i = 0; i < NITEMS(accepted); i++) {
		struct slice in = accepted[i].in, text, domain;
		struct mime_addr a = {.len = 7};

		unit_case(accepted[i].name);
		EQ_INT(parse_path(&in, accepted[i].allow, &a), ERR_OK);
		EQ_INT(in.len, 0);
		text = mime_addr_slice(&a);
		domain = mime_addr_domain(&a);
		EQ_SLICE(text, accepted[i].text);
		EQ_INT(a.utf8, !slice_is_ascii(text));
		EQ_INT(a.literal, slice_starts(domain, SLICE("[")));
		/* only the last '@' can be outside of quotes */
		EQ_INT(a.at, slice_rfind(text, '@'));
		EQ_INT(domain.len, text.len == a.at ? 0 : text.len - a.at - 1);
	}
}

TEST(mime_addr_refuses_paths)
{
	for (size_t i = 0; i < NITEMS(refused); i++) {
		struct slice in = refused[i].in;
		struct mime_addr a = {.len = 7};

		unit_case(refused[i].name);
		EQ_INT(parse_path(&in, refused[i].allow, &a), refused[i].want);
		OK(in.p == refused[i].in.p && in.len == refused[i].in.len);
		EQ_INT(a.len, 7);
	}
}

TEST(mime_addr_stops_behind_the_path)
{
	struct slice in = SLICE("<a@b.c> SIZE=1");
	struct mime_addr a;

	EQ_INT(parse_path(&in, 0, &a), ERR_OK);
	EQ_SLICE(mime_addr_slice(&a), "a@b.c");
	EQ_SLICE(in, " SIZE=1");
}

static const struct {
	const char *name;
	struct slice in;
	enum err want;
	const char *text;
} bare[] = {
    {"plain",         S("ann@remote.test"),   ERR_OK,     "ann@remote.test"},
    {"UTF-8",         S("j\xc3\xb6rg@c"),     ERR_OK,     "j\xc3\xb6rg@c"  },
    {"quoted",        S("\"a b\"@c"),         ERR_OK,     "\"a b\"@c"      },
    {"literal",       S("a@[192.0.2.1]"),     ERR_OK,     "a@[192.0.2.1]"  },
    {"brackets",      S("<ann@remote.test>"), ERR_SYNTAX, NULL             },
    {"more",          S("ann@remote.test "),  ERR_SYNTAX, NULL             },
    {"two",           S("a@b,c@d"),           ERR_SYNTAX, NULL             },
    {"newline",       S("a@b\n"),             ERR_SYNTAX, NULL             },
    {"NUL",           S("a@b\0"),             ERR_SYNTAX, NULL             },
    {"no domain",     S("ann"),               ERR_SYNTAX, NULL             },
    {"postmaster",    S("postmaster"),        ERR_SYNTAX, NULL             },
    {"no local part", S("@b"),                ERR_SYNTAX, NULL             },
    {"route",         S("@a:b@c"),            ERR_SYNTAX, NULL             },
    {"nothing",       {NULL, 0},              ERR_SYNTAX, NULL             },
};

TEST(mime_addr_reads_bare_addresses)
{
	for (size_t i = 0; i < NITEMS(bare); i++) {
		struct mime_addr a = {.len = 7};

		unit_case(bare[i].name);
		EQ_INT(mime_addr_parse(bare[i].in, &a), bare[i].want);
		if (bare[i].want == ERR_OK)
			EQ_SLICE(mime_addr_slice(&a), bare[i].text);
		else
			EQ_INT(a.len, 7);
	}
}

TEST(mime_addr_reads_domains)
{
	static const struct {
		const char *in;
		bool literal, utf8;
		enum err want;
		const char *text;
	} cases[] = {
	    {"Mail.Example.TEST",         0, 0, ERR_OK,          "mail.example.test" },
	    {"localhost",                 0, 0, ERR_OK,          "localhost"         },
	    {"b\xc3\xbc"
	     "cher.test",    0, 1, ERR_OK,          "xn--bcher-kva.test"},
	    {"b\xc3\xbc"
	     "cher.test",    0, 0, ERR_UNSUPPORTED, ""                  },
	    {"[192.0.2.1]",               1, 0, ERR_OK,          "[192.0.2.1]"       },
	    {"[192.0.2.1]",               0, 0, ERR_SYNTAX,      ""                  },
	    {"[IPv6:::1]",                1, 0, ERR_OK,          "[IPv6:::1]"        },
	    {"192.0.2.1",                 1, 0, ERR_SYNTAX,      ""                  },
	    {"",			  1, 1, ERR_SYNTAX,      ""                  },
	    {".",			 1, 1, ERR_SYNTAX,      ""                  },
	    {"a b",		       1, 1, ERR_SYNTAX,      ""                  },
	    {"a\xff",                     1, 1, ERR_SYNTAX,      ""                  },
	    {L63 "." L63 "." L63 "." L63, 0, 0, ERR_OK,
             L63 "." L63 "." L63 "." L63					     },
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		char out[MIME_DOMAIN_MAX + 1] = "";

		unit_case(cases[i].in);
		EQ_INT(mime_addr_parse_domain(slice_str(cases[i].in),
			   cases[i].literal, cases[i].utf8, out),
		    cases[i].want);
		EQ_STR(out, cases[i].text);
	}
}

static struct mime_addr
addr(const char *text)
{
	struct mime_addr a = {0};

	EQ_INT(mime_addr_parse(slice_str(text), &a), ERR_OK);
	return a;
}

TEST(mime_addr_has_parts)
{
	struct mime_addr a = addr("ann@remote.test"), null = {0};

	EQ_SLICE(mime_addr_local(&a), "ann");
	EQ_SLICE(mime_addr_domain(&a), "remote.test");
	EQ_INT(mime_addr_local(&null).len, 0);
	EQ_INT(mime_addr_domain(&null).len, 0);
}

TEST(mime_addr_key_ignores_case)
{
	static const char *const cases[][2] = {
	    {"Ann.B@Remote.TEST",    "ann.b@remote.test"   },
	    {"\"Ann B\"@c",          "\"ann b\"@c"         },
	    {"\"ANN\"@c",            "ann@c"               },
	    {"a@[IPv6:2001:DB8::1]", "a@[IPv6:2001:db8::1]"},
 /* only ASCII: the cases of other letters depend on languages */
	    {"J\xc3\x96rg@c",        "j\xc3\x96rg@c"       },
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct mime_addr a = addr(cases[i][0]);

		unit_case(cases[i][0]);
		mime_addr_key(&a, &a); /* in place, too */
		EQ_SLICE(mime_addr_slice(&a), cases[i][1]);
	}
}

/* What looks the same leads to the same mailbox. */
TEST(mime_addr_key_is_in_form_c)
{
	static const char *const cases[][2] = {
	    {"jo\xcc\x88rg@c",                              "j\xc3\xb6rg@c"             },
	    {"j\xc3\xb6rg@c",			       "j\xc3\xb6rg@c"             },
	    {"JO\xcc\x88RG@c",                              "j\xc3\x96rg@c"             },
 /* marks in another order; a syllable of Korean */
	    {"a\xcc\x81\xcc\xa3@c",                         "\xe1\xba\xa1\xcc\x81@c"    },
	    {"\xe1\x84\x92\xe1\x85\xa1@c",                  "\xed\x95\x98@c"            },
 /* there is no capital to join with this mark */
	    {"H\xcc\xb1@c",				 "\xe1\xba\x96@c"            },
 /* the Kelvin sign, the Greek question mark: ASCII */
	    {"\xe2\x84\xaa@c",                              "k@c"                       },
	    {"a\xcd\xbe@c",				 "\"a;\"@c"                  },
	    {"\"a b\xcd\xbe\"@c.test",                      "\"a b;\"@c.test"           },
	    {"\"a=\xcc\xb8\"@c",                            "a\xe2\x89\xa0@c"           },
	    {"e\xcc\x81+E\xcc\x81@[192.0.2.1]",
             "\xc3\xa9+\xc3\x89@[192.0.2.1]"                                            },
 /* not compatible forms: they do not look the same */
	    {"\xef\xac\x81@c",                              "\xef\xac\x81@c"            },
 /* Form C of 2 octets is 4: room for 16 of them, not for 17 */
	    {X10("\xcd\x84") X10("\xcd\x84") "@c",          NULL                        },
	    {X10("\xcd\x84") "@c",                          X10("\xcc\x88\xcc\x81") "@c"},
	    {X10("\xcd\x84") X10("\xcd\x84") X10("K") "@c",
             X10("\xcd\x84") X10("\xcd\x84") X10("k") "@c"                              },
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct mime_addr a = addr(cases[i][0]), key, again;
		const char *want = cases[i][cases[i][1] != NULL];

		unit_case(cases[i][0]);
		mime_addr_key(&a, &key);
		EQ_SLICE(mime_addr_slice(&key), want);
		EQ_INT(key.utf8, !slice_is_ascii(slice_str(want)));
		mime_addr_key(&key, &again);
		EQ_SLICE(mime_addr_slice(&again), want);
	}
}

TEST(mime_addr_splits_subaddresses)
{
	static const struct {
		const char *in;
		char sep;
		const char *want; /* NULL: false */
	} cases[] = {
	    {"ann+shop@c.test",      '+',  "ann@c.test"     },
	    {"ann+a+b@c.test",       '+',  "ann@c.test"     },
	    {"ann+@c.test",          '+',  "ann@c.test"     },
	    {"ann-x@[192.0.2.1]",    '-',  "ann@[192.0.2.1]"},
	    {"j\xc3\xb6+x@c",        '+',  "j\xc3\xb6@c"    },
	    {"a+\xc3\xb6@c",         '+',  "a@c"            },
	    {"++a@c",                '+',  "+@c"            },
	    {"ann@c.test",           '+',  NULL             },
	    {"+ann@c.test",          '+',  NULL             },
	    {"\"ann+ shop\"@c.test", '+',  NULL             },
	    {"a.+shop@c",            '+',  NULL             },
	    {"ann+shop@c.test",      '\0', NULL             },
	    {"ann+shop@c.test",      '-',  NULL             },
	    {"ann@c-d.test",         '-',  NULL             },
	};
	struct mime_addr bare_postmaster = {0}, base;
	struct slice in = SLICE("<postmaster>");

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct mime_addr a = {0};
		bool want = cases[i].want != NULL;

		unit_case(cases[i].in);
		a = addr(cases[i].in);
		base = a;
		EQ_INT(mime_addr_unsub(&a, cases[i].sep, &base), want);
		EQ_SLICE(
		    mime_addr_slice(&base), want ? cases[i].want : cases[i].in);
		EQ_INT(base.utf8, !slice_is_ascii(mime_addr_slice(&base)));
	}
	EQ_INT(mime_addr_parse_path(&in, false, false, true, &bare_postmaster),
	    ERR_OK);
	OK(!mime_addr_unsub(&bare_postmaster, '+', &base));
	OK(mime_addr_unsub(&bare_postmaster, 'm', &base));
	EQ_SLICE(mime_addr_slice(&base), "post");
	EQ_INT(base.at, base.len);
}
