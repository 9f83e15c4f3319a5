#include "mime/mime_encode.h"

#include "../unit.h"

#include <stdlib.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

TEST(encode_known_answers)
{
	static const struct {
		const char *in, *quoted, *base64;
	} cases[] = {
	    {"",                "",                ""                },
	    {"\xc3\xa4",        "=C3=A4",          "w6Q="            },
	    {"\xc3\xa4\r\n",    "=C3=A4\r\n",      "w6QNCg=="        },
	    {"a=b\r\n",         "a=3Db\r\n",       "YT1iDQo="        },
	    {"a \r\n\t\r\n",    "a=20\r\n=09\r\n", "YSANCgkNCg=="    },
	    {"a ",              "a=20",            "YSA="            },
	    {"\r\n\r\n",        "\r\n\r\n",        "DQoNCg=="        },
	    {".\r\nFrom x\r\n", ".\r\nFrom x\r\n", "Lg0KRnJvbSB4DQo="},
	    {"a\rb",            "a=0Db",           "YQ1i"            },
	    {"a\r",             "a=0D",            "YQ0="            },
	};
	struct buf b = BUF_INIT(1000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].quoted);
		buf_reset(&b);
		mime_encode(&b, slice_str(cases[i].in), MIME_QUOTED_PRINTABLE);
		EQ_STR(buf_cstr(&b), cases[i].quoted);
		buf_reset(&b);
		mime_encode(&b, slice_str(cases[i].in), MIME_BASE64);
		EQ_STR(buf_cstr(&b), cases[i].base64);
	}
	buf_fini(&b);
}

static void
check_lines(struct slice text)
{
	struct slice line;

	while (slice_cut(&text, '\n', &line)) {
		OK(slice_ends(line, SLICE("\r")));
		OK(line.len <= 76 + 1);
	}
	OK(text.len <= 76);
}

/* Pieces of the encoders' work meet at any place of a line. */
TEST(encode_long_contents)
{
	static char text[20000];
	struct buf b = BUF_INIT(4 * sizeof text);

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = "\xc3\xa4 x\t=\xff"[i * i % 7];
	for (size_t len = 3060; len < sizeof text; len += 61) {
		buf_reset(&b);
		mime_encode(&b, slice_of(text, len), MIME_QUOTED_PRINTABLE);
		EQ_INT(b.err, ERR_OK);
		check_lines(buf_slice(&b));
		buf_reset(&b);
		mime_encode(&b, slice_of(text, len), MIME_BASE64);
		EQ_INT(b.len,
		    (len + 2) / 3 * 4 + ((len + 2) / 3 * 4 - 1) / 76 * 2);
		check_lines(buf_slice(&b));
	}
	buf_fini(&b);
}

TEST(encode_meets_the_ceiling)
{
	struct buf b = BUF_INIT(3);

	mime_encode(&b, SLICE("\xc3\xa4"), MIME_BASE64);
	EQ_INT(b.err, ERR_TOOBIG);
	buf_fini(&b);
}
