/* Command lines as structs. */
#include "../unit.h"
#include "smtp/smtp_parse.h"

#include <string.h>

TEST(smtp_parse_lines)
{
	static const struct {
		const char *name, *in;
		enum err want;
		const char *verb, *args;
	} cases[] = {
	    {"verb alone",     "NOOP",            ERR_OK,     "NOOP", ""          },
	    {"arguments",      "MAIL FROM:<a@b>", ERR_OK,     "MAIL", "FROM:<a@b>"},
	    {"blanks",         "RSET  ",          ERR_OK,     "RSET", ""          },
	    {"blanks between", "NOOP   a  b ",    ERR_OK,     "NOOP", "a  b"      },
	    {"blank first",    " NOOP",           ERR_OK,     "",     "NOOP"      },
	    {"empty",          "",                ERR_OK,     "",     ""          },
	    {"cr inside",      "NOOP\rRSET",      ERR_SYNTAX, "",     ""          },
	    {"tab",            "NOOP\tx",         ERR_SYNTAX, "",     ""          },
	    {"del",            "NOOP \x7f",       ERR_SYNTAX, "",     ""          },
	    {"utf-8",          "NOOP \xc3\xbc",   ERR_OK,     "NOOP", "\xc3\xbc"  },
	    {"latin-1",        "NOOP \xfc",       ERR_SYNTAX, "",     ""          },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct smtp_line l;

		unit_case(cases[i].name);
		EQ_INT(
		    smtp_parse_line(slice_str(cases[i].in), &l), cases[i].want);
		if (cases[i].want == ERR_OK) {
			EQ_SLICE(l.verb, cases[i].verb);
			EQ_SLICE(l.args, cases[i].args);
		}
	}
	unit_case("nul");
	EQ_INT(smtp_parse_line(slice_of("NOOP\0", 5), &(struct smtp_line){0}),
	    ERR_SYNTAX);
}

TEST(smtp_parse_paths)
{
	static const struct {
		const char *name, *in;
		bool rcpt;
		enum err want;
		const char *addr, *params;
		bool utf8;
	} cases[] = {
	    {"sender",             "FROM:<a@B.test>",      false, ERR_OK,     "a@b.test",             "",         false},
	    {"any case",           "from:<a@b>",           false, ERR_OK,     "a@b",                  "",         false},
	    {"blank",              "FROM: <a@b>",          false, ERR_OK,     "a@b",                  "",         false},
	    {"params",             "FROM:<a@b>  SIZE=1 X", false, ERR_OK,     "a@b",                  "SIZE=1 X",
             false												     },
	    {"null",               "FROM:<>",              false, ERR_OK,     "",                     "",         false},
	    {"null rcpt",          "TO:<>",                true,  ERR_SYNTAX, "",                     "",         false},
	    {"postmaster",         "TO:<PostMaster>",      true,  ERR_OK,     "postmaster",           "",
             false												     },
	    {"no domain",          "FROM:<postmaster>",    false, ERR_SYNTAX, "",                     "",
             false												     },
	    {"route",              "TO:<@a,@b:c@d>",       true,  ERR_OK,     "c@d",                  "",         false},
	    {"no bracket",         "FROM:a@b",             false, ERR_SYNTAX, "",                     "",         false},
	    {"open",               "FROM:<a@b",            false, ERR_SYNTAX, "",                     "",         false},
	    {"junk behind",        "FROM:<a@b>x",          false, ERR_SYNTAX, "",                     "",         false},
	    {"nested",             "FROM:<a@b>>",          false, ERR_SYNTAX, "",                     "",         false},
	    {"wrong word",         "TO:<a@b>",             false, ERR_SYNTAX, "",                     "",         false},
	    {"blank before colon", "FROM :<a@b>",          false, ERR_SYNTAX, "",                     "",
             false												     },
	    {"nothing",            "",                     false, ERR_SYNTAX, "",                     "",         false},
	    {"utf-8 local",        "FROM:<\xc3\xbc@b>",    false, ERR_OK,     "\xc3\xbc@b",
             "",												  true },
	    {"utf-8 domain",
             "FROM:<a@b\xc3\xbc"
		"cher.test>",			      false, ERR_OK,     "a@xn--bcher-kva.test", "",         true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct smtp_path p;
		struct slice in = slice_str(cases[i].in);

		unit_case(cases[i].name);
		EQ_INT(cases[i].rcpt ? smtp_parse_rcpt(in, &p)
				     : smtp_parse_mail(in, &p),
		    cases[i].want);
		if (cases[i].want != ERR_OK)
			continue;
		EQ_SLICE(mime_addr_slice(&p.addr), cases[i].addr);
		EQ_SLICE(p.params, cases[i].params);
		EQ_INT(p.utf8, cases[i].utf8);
	}
}

TEST(smtp_parse_params)
{
	static const struct {
		const char *name, *in;
		enum err want;
		const char *key, *value, *rest;
	} cases[] = {
	    {"end",          "",         ERR_NOENT,  "",         NULL, "" },
	    {"blanks",       "   ",      ERR_NOENT,  "",         NULL, "" },
	    {"word",         "SMTPUTF8", ERR_OK,     "SMTPUTF8", NULL, "" },
	    {"value",        "SIZE=1 X", ERR_OK,     "SIZE",     "1",  "X"},
	    {"hyphen",       "MT-P=3",   ERR_OK,     "MT-P",     "3",  "" },
	    {"empty value",  "SIZE=",    ERR_SYNTAX, "",         NULL, "" },
	    {"two equals",   "SIZE=1=2", ERR_SYNTAX, "",         NULL, "" },
	    {"no key",       "=1",       ERR_SYNTAX, "",         NULL, "" },
	    {"hyphen first", "-X=1",     ERR_SYNTAX, "",         NULL, "" },
	    {"odd key",      "S_ZE=1",   ERR_SYNTAX, "",         NULL, "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct slice rest = slice_str(cases[i].in);
		struct smtp_param p;

		unit_case(cases[i].name);
		EQ_INT(smtp_parse_param(&rest, &p), cases[i].want);
		if (cases[i].want != ERR_OK)
			continue;
		EQ_SLICE(p.key, cases[i].key);
		EQ_SLICE(rest, cases[i].rest);
		EQ_INT(p.value.p == NULL, cases[i].value == NULL);
		if (cases[i].value != NULL)
			EQ_SLICE(p.value, cases[i].value);
	}
}

TEST(smtp_parse_bdats)
{
	static const struct {
		const char *name, *in;
		enum err want;
		uint64_t n;
		bool last;
	} cases[] = {
	    {"plain",     "10",                   ERR_OK,     10,                    false},
	    {"last",      "0 last",               ERR_OK,     0,                     true },
	    {"blanks",    "7   LAST",             ERR_OK,     7,                     true },
	    {"nothing",   "",                     ERR_SYNTAX, 0,                     false},
	    {"sign",      "-1 LAST",              ERR_SYNTAX, 0,                     false},
	    {"word",      "ten",                  ERR_SYNTAX, 0,                     false},
	    {"junk",      "10 FIRST",             ERR_SYNTAX, 10,                    false},
	    {"more junk", "10 LAST x",            ERR_SYNTAX, 10,                    false},
	    {"2^64 - 1",  "18446744073709551615", ERR_OK,     18446744073709551615u,
             false									},
	    {"2^64",      "18446744073709551616", ERR_TOOBIG, 0,                     false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t n;
		bool last;

		unit_case(cases[i].name);
		EQ_INT(smtp_parse_bdat(slice_str(cases[i].in), &n, &last),
		    cases[i].want);
		EQ_INT(n, cases[i].n);
		EQ_INT(last, cases[i].last);
	}
}

TEST(smtp_parse_helos)
{
	char longest[SMTP_HELO_MAX + 1];
	struct slice name;

	EQ_INT(smtp_parse_helo(SLICE("a.test b"), &name), ERR_OK);
	EQ_SLICE(name, "a.test");
	EQ_INT(smtp_parse_helo(SLICE("[IPv6:::1]"), &name), ERR_OK);
	EQ_INT(smtp_parse_helo(SLICE(""), &name), ERR_SYNTAX);
	memset(longest, 'x', sizeof longest);
	EQ_INT(
	    smtp_parse_helo(slice_of(longest, SMTP_HELO_MAX), &name), ERR_OK);
	EQ_INT(smtp_parse_helo(slice_of(longest, sizeof longest), &name),
	    ERR_TOOBIG);
}
