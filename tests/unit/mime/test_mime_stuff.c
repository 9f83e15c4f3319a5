#include "mime/mime_stuff.h"

#include "../unit.h"

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
			struct mime_stuff s = {0};
			char out[100];
			size_t n =
			    mime_stuff_copy(&s, slice_first(in, cut), out);

			n += mime_stuff_copy(&s, slice_skip(in, cut), out + n);
			EQ_MEM(out, n, cases[i].want, strlen(cases[i].want));
		}
	}
}

TEST(stuff_room_is_enough)
{
	char in[3000], out[6000];
	struct mime_stuff s = {0};
	size_t n;

	for (size_t i = 0; i < sizeof in; i += 2)
		memcpy(in + i, ".\n", 2);
	n = mime_stuff_copy(&s, slice_of(in, sizeof in), out);
	OK(n <= mime_stuff_room(sizeof in));
	EQ_INT(n, sizeof in * 3 / 2);
}
