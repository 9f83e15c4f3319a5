#include "pop3/pop3_stuff.h"

#include "tests/unit/unit.h"

#include <string.h>

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
