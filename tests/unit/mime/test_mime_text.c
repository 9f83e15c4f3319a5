#include "mime/mime_text.h"

#include "../unit.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define TEN "0123456789"

TEST(text_becomes_harmless)
{
	static const struct {
		const char *in, *ascii, *utf8;
	} cases[] = {
	    {"plain text",     "plain text", "plain text"},
	    {"a\r\nb\tc\x7f",  "a??b?c?",    "a??b?c?"   },
	    {"f\xc3\xbcr",     "f??r",       "f\xc3\xbcr"},
	    {"f\xfcr",         "f?r",        "f?r"       },
	    {"\xe2\x80\xae x", "??? x",      "??? x"     }, /* right to left */
	    {"\xc2\x9b",       "??",         "??"        }, /* a control of C1 */
	    {"",               "",           ""          },
	};
	struct buf b = BUF_INIT(100);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].in);
		buf_reset(&b);
		mime_text_add(&b, slice_str(cases[i].in), false);
		EQ_STR(buf_cstr(&b), cases[i].ascii);
		buf_reset(&b);
		mime_text_add(&b, slice_str(cases[i].in), true);
		EQ_STR(buf_cstr(&b), cases[i].utf8);
	}
	buf_fini(&b);
}

TEST(text_wraps_words)
{
	static const struct {
		const char *name, *in, *want;
	} cases[] = {
	    {"short",              " a  b\r\n c ",					    "a b c"},
	    {"nothing",            " \r\n",						   ""     },
	    {"long",               TEN TEN TEN " " TEN TEN TEN " 012345678 012345 0123 " TEN,
             TEN TEN TEN " " TEN TEN TEN " 012345678\r\n  012345 0123 " TEN                          },
	    {"longer than a line", TEN TEN TEN TEN TEN TEN TEN TEN " a",
             TEN TEN TEN TEN TEN TEN TEN TEN "\r\n  a"                                               },
	};
	struct buf b = BUF_INIT(1000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].name);
		buf_reset(&b);
		mime_text_wrap(&b, "  ", 5, slice_str(cases[i].in), false);
		EQ_STR(buf_cstr(&b), cases[i].want);
	}
	buf_fini(&b);
}

/* Words without an end are broken, so that no line is too long. */
TEST(text_breaks_endless_words)
{
	static char word[5000];
	struct buf b = BUF_INIT(10000);

	memset(word, 'x', sizeof word);
	mime_text_wrap(&b, " ", 0, slice_of(word, sizeof word), false);
	buf_add_str(&b, "\r\n");
	OK(mime_text_is_plain(buf_slice(&b), true));
	EQ_INT(b.len, 5000 + 6 * 3 + 2);
	buf_fini(&b);
}

TEST(text_fields)
{
	static const struct {
		const char *in, *ascii, *utf8;
	} cases[] = {
	    {"Hello =?utf-8?Q?x?=",                               "Subject: Hello =?utf-8?Q?x?=\r\n",
             "Subject: Hello =?utf-8?Q?x?=\r\n"                              },
	    {"f\xc3\xbcr",					"Subject: =?utf-8?B?ZsO8cg==?=\r\n",
             "Subject: f\xc3\xbcr\r\n"                                       },
	    {"f\xfcr\r\nBcc: x",				  "Subject: =?utf-8?B?Zj9yPz9CY2M6IHg=?=\r\n",
             "Subject: f?r Bcc: x\r\n"                                       },
	    {"one\r\nTo: x",				      "Subject: one To: x\r\n",
             "Subject: one To: x\r\n"					},
	    {"123456789 123456789 123456789 123456789 \xc3\xbc",
             "Subject: =?utf-8?B?"
		"MTIzNDU2Nzg5IDEyMzQ1Njc4OSAxMjM0NTY3ODkgMTIzNDU2Nzg5IMO8"
		"?=\r\n",										      "Subject: 123456789 123456789 123456789 123456789 "
		"\xc3\xbc\r\n"                      },
	    {"123456789 123456789 123456789 123456789 1\xc3\xbc",
             "Subject: =?utf-8?B?"
		"MTIzNDU2Nzg5IDEyMzQ1Njc4OSAxMjM0NTY3ODkgMTIzNDU2Nzg5IDE="
		"?=\r\n =?utf-8?B?w7w=?=\r\n",								 "Subject: 123456789 123456789 123456789 123456789 "
		"1\xc3\xbc\r\n"},
	};
	struct buf b = BUF_INIT(1000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].in);
		buf_reset(&b);
		mime_text_add_field(
		    &b, "Subject", slice_str(cases[i].in), false);
		EQ_STR(buf_cstr(&b), cases[i].ascii);
		buf_reset(&b);
		mime_text_add_field(
		    &b, "Subject", slice_str(cases[i].in), true);
		EQ_STR(buf_cstr(&b), cases[i].utf8);
	}
	buf_fini(&b);
}

TEST(text_meets_the_ceiling)
{
	struct buf b = BUF_INIT(20);

	mime_text_add_field(&b, "Subject", SLICE("f\xc3\xbcr alle"), false);
	EQ_INT(b.err, ERR_TOOBIG);
	buf_fini(&b);
}

TEST(text_knows_plain_lines)
{
	static const struct {
		const char *name;
		struct slice in;
		bool lines, eight, seven;
	} cases[] = {
	    {"empty",         {"", 0},               true,  true,  true },
	    {"lines",         {"a\r\n\r\nb\r\n", 8}, true,  true,  true },
	    {"no end",        {"a\r\nb", 4},         true,  false, false},
	    {"8-bit",         {"\xff\r\n", 3},       true,  true,  false},
	    {"bare LF",       {"a\n", 2},            false, false, false},
	    {"bare CR",       {"a\rb\r\n", 5},       false, false, false},
	    {"CR at the end", {"a\r\n\r", 4},        false, false, false},
	    {"NUL",           {"a\0\r\n", 4},        false, false, false},
	};
	static char line[1001];

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].name);
		EQ_INT(mime_text_is_lines(cases[i].in), cases[i].lines);
		EQ_INT(mime_text_is_plain(cases[i].in, false), cases[i].eight);
		EQ_INT(mime_text_is_plain(cases[i].in, true), cases[i].seven);
	}
	memset(line, 'x', sizeof line);
	memcpy(line + 998, "\r\n", 2);
	OK(mime_text_is_plain(slice_of(line, 1000), true));
	memcpy(line + 998, "x\r\n", 3);
	OK(!mime_text_is_plain(slice_of(line, 1001), true));
}
