#include "pop3/pop3_parse.h"

#include "tests/unit/unit.h"

#include <string.h>

static const struct {
	const char *name, *line;
	enum err want;
	const char *verb, *rest;
	unsigned count;
	const char *first;
} cases[] = {
    {"verb alone",    "STAT",          ERR_OK,     "STAT", "",          0, ""  },
    {"one argument",  "RETR 17",       ERR_OK,     "RETR", "17",        1, "17"},
    {"spaces kept",   "PASS a  b ",    ERR_OK,     "PASS", "a  b ",     2, "a" },
    {"empty rest",    "PASS ",         ERR_OK,     "PASS", "",          0, ""  },
    {"many words",    "X 1 2 3 4 5",   ERR_OK,     "X",    "1 2 3 4 5", 5, "1" },
    {"empty line",    "",              ERR_SYNTAX, "",     "",          0, ""  },
    {"leading space", " STAT",         ERR_SYNTAX, "",     "",          0, ""  },
    {"bare CR",       "STAT\rQUIT",    ERR_SYNTAX, "",     "",          0, ""  },
    {"utf8 argument", "USER \xc3\xa9", ERR_OK,     "USER", "\xc3\xa9",  1,
     "\xc3\xa9"								},
};

TEST(parse_lines)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pop3_args a;

		unit_case(cases[i].name);
		if (!EQ_INT(pop3_parse(slice_str(cases[i].line), &a),
			cases[i].want) ||
		    cases[i].want != ERR_OK)
			continue;
		EQ_SLICE(a.verb, cases[i].verb);
		EQ_SLICE(a.rest, cases[i].rest);
		EQ_INT(a.count, cases[i].count);
		if (a.count > 0)
			EQ_SLICE(a.arg[0], cases[i].first);
	}
}

TEST(parse_refuses_nul)
{
	struct pop3_args a;

	EQ_INT(pop3_parse(slice_of("NO\0OP", 5), &a), ERR_SYNTAX);
}
