/* Lists of addresses. */
#include "../unit.h"

#include "mime/mime_list.h"

#include <stdlib.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define S(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct {
	const char *name;
	struct slice list;
	const char *want; /* parted by '|' */
} cases[] = {
    {"empty",	      S(""),				     ""                      },
    {"blanks and commas",  S(" , ,\r\n\t,"),                          ""                      },
    {"one",		S("a@b.test"),			     "a@b.test|"             },
    {"two",		S(" a@b.test, c@d.test\r\n"),              "a@b.test|c@d.test|"    },
    {"bare",	       S("root"),				 "root|"                 },
    {"name",	       S("Ann B. <a@b.test>, <c@d.test>"),        "a@b.test|c@d.test|"    },
    {"quoted name",        S("\"B, Ann <x>\" <a@b.test>, c@d.test"),
     "a@b.test|c@d.test|"								     },
    {"escaped quote",      S("\"a \\\" , b\" <a@b.test>"),            "a@b.test|"             },
    {"comment",            S("a@b.test (Ann, x@y (z)), c(d)@d.test"),
     "a@b.test|c@d.test|"								     },
    {"escape in comment",  S("(\\)) a@b.test"),                       "a@b.test|"             },
    {"group",	      S("us: a@b.test, c@d.test;, e@f.test"),
     "a@b.test|c@d.test|e@f.test|"							    },
    {"empty group",        S("undisclosed-recipients:;"),             ""                      },
    {"source route",       S("<@x.test,@y.test:a@b.test>"),           "a@b.test|"             },
    {"blanks inside",      S("a @ b . test"),                         "a@b.test|"             },
    {"folded",             S("Ann\r\n <a@b.test>,\r\n\tc@d.test"),    "a@b.test|c@d.test|"    },
    {"quoted local",       S("\"a b\"@c.test"),                       "\"a b\"@c.test|"       },
    {"literal",            S("a@[IPv6:::1], b@c.test"),               "a@[IPv6:::1]|b@c.test|"},
    {"two words",          S("no address, a@b.test"),                 "no address|a@b.test|"  },
    {"behind the angle",   S("<a@b.test> x y, c@d.test"),             "a@b.test|c@d.test|"    },
    {"never closed",       S("\"a@b.test, c@d.test"),                 "\"a@b.test, c@d.test|" },
    {"comment not closed", S("a@b.test (x, y@z.test"),                "a@b.test|"             },
    {"null",	       S("<>, a@b.test"),                         "a@b.test|"             },
};

TEST(mime_list_cases)
{
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct slice rest = cases[i].list;
		struct buf one = BUF_INIT(MIME_LIST_ADDR_MAX);
		struct buf got = BUF_INIT(4096);

		unit_case(cases[i].name);
		while (mime_list_next(&rest, &one)) {
			buf_add_slice(&got, buf_slice(&one));
			buf_add_char(&got, '|');
		}
		EQ_STR(buf_cstr(&got), cases[i].want);
		EQ_INT(rest.len, 0);
		buf_fini(&one);
		buf_fini(&got);
	}
}

TEST(mime_list_too_long)
{
	char *text = malloc(100000);
	struct buf one = BUF_INIT(MIME_LIST_ADDR_MAX);
	struct slice rest;

	if (!OK(text != NULL))
		return;
	memset(text, 'a', 100000);
	rest = slice_of(text, 100000);
	OK(mime_list_next(&rest, &one));
	EQ_INT(one.err, ERR_TOOBIG);
	OK(!mime_list_next(&rest, &one));
	buf_fini(&one);
	free(text);
}
