#include "mime/mime_code.h"

#include "../unit.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* RFC 4648 section 10, and the ends of the alphabet */
static const struct {
	struct slice plain;
	const char *code;
} base64[] = {
    {S(""),	     ""            },
    {S("f"),            "Zg=="        },
    {S("fo"),           "Zm8="        },
    {S("foo"),          "Zm9v"        },
    {S("foob"),         "Zm9vYg=="    },
    {S("fooba"),        "Zm9vYmE="    },
    {S("foobar"),       "Zm9vYmFy"    },
    {S("\0ann\0pw"),    "AGFubgBwdw=="},
    {S("\0\0\0"),       "AAAA"        },
    {S("\xff\xff\xff"), "////"        },
    {S("\xfb\xef\xbe"), "++++"        },
};

TEST(mime_code_base64_there_and_back)
{
	struct buf b = BUF_INIT(100);

	for (size_t i = 0; i < NITEMS(base64); i++) {
		unit_case(base64[i].code);
		buf_reset(&b);
		mime_code_add_base64(&b, base64[i].plain);
		EQ_STR(buf_cstr(&b), base64[i].code);
		buf_reset(&b);
		EQ_INT(mime_code_base64(slice_str(base64[i].code), &b), ERR_OK);
		EQ_MEM(b.p, b.len, base64[i].plain.p, base64[i].plain.len);
	}
	EQ_INT(mime_code_base64(SLICE_NONE, &b), ERR_OK);
	buf_fini(&b);
}

TEST(mime_code_base64_is_strict)
{
	static const char *const bad[] = {"Z", "Zg",
	    "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8=Zm8=", "Zg==Zg==", "=",
	    "==", "===", "====", "Z===", "=Zg=", "Zm9v ", " Zm9v", "Zm9v\r\n",
	    "Zm 9", "Zm-_", "Zm9\xff", "Zm9vZm8", "Z=g="};
	struct buf b = BUF_INIT(100);

	buf_add_str(&b, "kept");
	for (size_t i = 0; i < NITEMS(bad); i++) {
		unit_case(bad[i]);
		EQ_INT(mime_code_base64(slice_str(bad[i]), &b), ERR_SYNTAX);
		EQ_SLICE(buf_slice(&b), "kept");
		EQ_INT(b.err, ERR_OK);
	}
	EQ_INT(mime_code_base64(SLICE("Zm9\0"), &b), ERR_SYNTAX);
	buf_fini(&b);
}

TEST(mime_code_meets_the_ceiling)
{
	struct buf b = BUF_INIT(6);

	buf_add_str(&b, "abc");
	EQ_INT(mime_code_base64(SLICE("Zm9vYg=="), &b), ERR_TOOBIG);
	EQ_SLICE(buf_slice(&b), "abc");
	EQ_INT(b.err, ERR_OK);
	EQ_INT(mime_code_xtext(SLICE("four"), &b), ERR_TOOBIG);
	EQ_SLICE(buf_slice(&b), "abc");
	EQ_INT(b.err, ERR_OK);
	EQ_INT(mime_code_base64(SLICE("Zm9v"), &b), ERR_OK);
	EQ_SLICE(buf_slice(&b), "abcfoo");
	buf_cut(&b, 3);
	EQ_INT(mime_code_xtext(SLICE("+41+42+43"), &b), ERR_OK);
	EQ_SLICE(buf_slice(&b), "abcABC");
	mime_code_add_base64(&b, SLICE("x"));
	EQ_INT(b.err, ERR_TOOBIG);
	EQ_INT(mime_code_base64(SLICE("Zm9v"), &b), ERR_TOOBIG);
	EQ_INT(mime_code_xtext(SLICE("a"), &b), ERR_TOOBIG);
	buf_fini(&b);
}

TEST(mime_code_xtext_there_and_back)
{
	static const struct {
		struct slice plain;
		const char *code;
	} cases[] = {
	    {S("ann@a.test"),       "ann@a.test"     },
	    {S("a+b=c d"),          "a+2Bb+3Dc+20d"  },
	    {S("!~"),               "!~"             },
	    {S("\0\n\x7f\xc3\xb6"), "+00+0A+7F+C3+B6"},
	    {S(""),                 ""               },
	};
	struct buf b = BUF_INIT(100);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].code);
		buf_reset(&b);
		mime_code_add_xtext(&b, cases[i].plain);
		EQ_STR(buf_cstr(&b), cases[i].code);
		buf_reset(&b);
		EQ_INT(mime_code_xtext(slice_str(cases[i].code), &b), ERR_OK);
		EQ_MEM(b.p, b.len, cases[i].plain.p, cases[i].plain.len);
	}
	buf_reset(&b);
	EQ_INT(mime_code_xtext(SLICE("+2b+0a"), &b), ERR_OK);
	EQ_SLICE(buf_slice(&b), "+\n");
	buf_fini(&b);
}

TEST(mime_code_xtext_is_strict)
{
	static const char *const bad[] = {"+", "a+", "+2", "+2G", "+G2", "++2B",
	    "a b", "a=b", "a\n", "\x7f", "\xc3\xb6"};
	struct buf b = BUF_INIT(100);

	buf_add_str(&b, "kept");
	for (size_t i = 0; i < NITEMS(bad); i++) {
		unit_case(bad[i]);
		EQ_INT(mime_code_xtext(slice_str(bad[i]), &b), ERR_SYNTAX);
		EQ_SLICE(buf_slice(&b), "kept");
		EQ_INT(b.err, ERR_OK);
	}
	buf_fini(&b);
}
