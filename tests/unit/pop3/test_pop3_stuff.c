#include "pop3/pop3_stuff.h"

#include "tests/unit/unit.h"

#include <string.h>

static const struct {
	const char *name, *in, *want;
} cases[] = {
    {"nothing to do", "a\r\nb\r\n",    "a\r\nb\r\n"    },
    {"first line",    ".a\r\n",        "..a\r\n"       },
    {"only dots",     ".\r\n.\r\n",    "..\r\n..\r\n"  },
    {"two dots",      "x\r\n..y\r\n",  "x\r\n...y\r\n" },
    {"inside a line", "a.b\r\n",       "a.b\r\n"       },
    {"no line end",   "a\r\n.",        "a\r\n.."       },
    {"empty",         "",              ""              },
    {"empty lines",   "\r\n\r\n.\r\n", "\r\n\r\n..\r\n"},
};

/* Every way of cutting a text in two gives the same. */
TEST(stuff_in_pieces)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct slice in = slice_str(cases[i].in);

		unit_case(cases[i].name);
		for (size_t cut = 0; cut <= in.len; cut++) {
			struct pop3_stuff s = {0};
			char out[100];
			size_t n =
			    pop3_stuff_copy(&s, slice_first(in, cut), out);

			n += pop3_stuff_copy(&s, slice_skip(in, cut), out + n);
			EQ_MEM(out, n, cases[i].want, strlen(cases[i].want));
		}
	}
}

TEST(stuff_room_is_enough)
{
	char in[3000], out[6000];
	struct pop3_stuff s = {0};
	size_t n;

	for (size_t i = 0; i < sizeof in; i += 2)
		memcpy(in + i, ".\n", 2);
	n = pop3_stuff_copy(&s, slice_of(in, sizeof in), out);
	OK(n <= pop3_stuff_room(sizeof in));
	EQ_INT(n, sizeof in * 3 / 2);
}

static const struct {
	const char *name, *in;
	unsigned lines;
	const char *want;
	bool end;
} tops[] = {
    {"header only",   "H: 1\r\n\r\nb1\r\nb2\r\n",  0, "H: 1\r\n\r\n",         true },
    {"one line",      "H: 1\r\n\r\nb1\r\nb2\r\n",  1, "H: 1\r\n\r\nb1\r\n",   true },
    {"more than all", "H: 1\r\n\r\nb1\r\n",        9, "H: 1\r\n\r\nb1\r\n",   false},
    {"empty lines",   "H: 1\r\n\r\n\r\n\r\nx\r\n", 2, "H: 1\r\n\r\n\r\n\r\n",
     true									  },
    {"no header",     "\r\nb\r\n",                 0, "\r\n",                 true },
    {"no empty line", "H: 1\r\n",                  0, "H: 1\r\n",             false},
};

TEST(top_in_pieces)
{
	for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
		struct slice in = slice_str(tops[i].in);

		unit_case(tops[i].name);
		for (size_t cut = 0; cut <= in.len; cut++) {
			struct pop3_stuff s = {0};
			uint32_t lines = tops[i].lines;
			bool end;
			size_t n = pop3_stuff_top(
			    &s, slice_first(in, cut), &lines, &end);

			if (!end)
				n += pop3_stuff_top(
				    &s, slice_skip(in, cut), &lines, &end);
			EQ_INT(end, tops[i].end);
			EQ_MEM(in.p, n, tops[i].want, strlen(tops[i].want));
		}
	}
}
