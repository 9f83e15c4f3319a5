#include "mime/mime_nfc.h"

#include "../unit.h"

#include <string.h>

#define MARK "\xcc\x81"

static const struct {
	const char *name, *in, *want;
} cases[] = {
    {"nothing",		  "",                 ""        },
    {"ASCII",		    "a b@c\"",          "a b@c\"" },
    {"joined",		   "e" MARK "e",
     "\xc3\xa9"
	"e"						    },
    {"is so already",            "\xc3\xa9",         "\xc3\xa9"},
    {"a mark alone",             MARK "a",           MARK "a"  },
    {"one character is another", "\xe2\x84\xab",     "\xc3\x85"},
    {"three of one",             "\xf0\x9d\x85\xa0",
     "\xf0\x9d\x85\x98\xf0\x9d\x85\xa5\xf0\x9d\x85\xae"        },
};

TEST(nfc_forms)
{
	char out[MIME_NFC_MAX];
	size_t n;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].name);
		if (OK(mime_nfc(slice_str(cases[i].in), out, &n)))
			EQ_SLICE(slice_of(out, n), cases[i].want);
	}
}

TEST(nfc_refuses)
{
	char out[MIME_NFC_MAX], in[MIME_NFC_IN + 1];
	size_t n;

	OK(!mime_nfc(SLICE("a\xff"), out, &n));
	OK(!mime_nfc(SLICE("\xc3"), out, &n));
	memset(in, 'a', sizeof in);
	OK(!mime_nfc(slice_of(in, sizeof in), out, &n));
}

/* What grows most, and the longest run of marks, have room. */
TEST(nfc_longest)
{
	char out[MIME_NFC_MAX], in[MIME_NFC_IN];
	size_t n;

	for (size_t i = 0; i < sizeof in; i += 4)
		memcpy(in + i, "\xf0\x9d\x85\xa0", 4);
	OK(mime_nfc(slice_of(in, sizeof in), out, &n));
	EQ_INT(n, 3 * sizeof in);
	for (size_t i = 0; i < sizeof in; i += 2)
		memcpy(in + i, i % 4 == 0 ? "\xcc\xa3" : MARK, 2);
	OK(mime_nfc(slice_of(in, sizeof in), out, &n));
	EQ_INT(n, sizeof in);
	EQ_SLICE(slice_of(out, 4), "\xcc\xa3\xcc\xa3");
}
