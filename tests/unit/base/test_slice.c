#include "base/slice.h"

#include "../unit.h"

#include <limits.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
/* a literal that may hold NULs */
#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

TEST(slice_makes_views)
{
	struct slice s = SLICE("abc");

	EQ_SLICE(s, "abc");
	EQ_INT(slice_str(NULL).len, 0);
	EQ_SLICE(slice_str("xy"), "xy");
	EQ_SLICE(slice_of("xyz", 2), "xy");
	EQ_SLICE(slice_skip(s, 1), "bc");
	EQ_SLICE(slice_skip(s, 9), "");
	EQ_SLICE(slice_first(s, 2), "ab");
	EQ_SLICE(slice_first(s, 9), "abc");
	EQ_INT(slice_skip(SLICE_NONE, 3).len, 0);
	EQ_INT(slice_first(SLICE_NONE, 3).len, 0);
	EQ_INT(slice_printf_len(s), 3);
	EQ_INT(slice_printf_len(slice_of("", SIZE_MAX)), INT_MAX);
}

static const struct {
	const char *name;
	struct slice a, b;
	bool eq, nocase, starts, starts_nocase, ends;
	int cmp;
} pairs[] = {
    {"same",       S("abc"),     S("abc"),     1, 1, 1, 1, 1, 0 },
    {"case",       S("aBc"),     S("Abc"),     0, 1, 0, 1, 0, 1 },
    {"prefix",     S("abc"),     S("ab"),      0, 0, 1, 1, 0, 1 },
    {"suffix",     S("abc"),     S("bc"),      0, 0, 0, 0, 1, -1},
    {"longer",     S("ab"),      S("abc"),     0, 0, 0, 0, 0, -1},
    {"empty",      S("abc"),     S(""),        0, 0, 1, 1, 1, 1 },
    {"both empty", S(""),        {NULL, 0},    1, 1, 1, 1, 1, 0 },
    {"none",       {NULL, 0},    S("a"),       0, 0, 0, 0, 0, -1},
    {"NUL inside", S("a\0b"),    S("a\0c"),    0, 0, 0, 0, 0, -1},
    {"NUL longer", S("a\0"),     S("a"),       0, 0, 1, 1, 0, 1 },
    {"high octet", S("\xff"),    S("a"),       0, 0, 0, 0, 0, 1 },
    {"@ is not `", S("@[{\xc1"), S("`{[\xe1"), 0, 0, 0, 0, 0, -1},
};

TEST(slice_compares)
{
	for (size_t i = 0; i < NITEMS(pairs); i++) {
		struct slice a = pairs[i].a, b = pairs[i].b;
		int cmp = slice_cmp(a, b);

		unit_case(pairs[i].name);
		EQ_INT(slice_eq(a, b), pairs[i].eq);
		EQ_INT(slice_eq_nocase(a, b), pairs[i].nocase);
		EQ_INT(slice_starts(a, b), pairs[i].starts);
		EQ_INT(slice_starts_nocase(a, b), pairs[i].starts_nocase);
		EQ_INT(slice_ends(a, b), pairs[i].ends);
		EQ_INT((cmp > 0) - (cmp < 0), pairs[i].cmp);
	}
}

TEST(slice_finds_octets)
{
	struct slice s = SLICE("a.b\0.c");

	EQ_INT(slice_find(s, '.'), 1);
	EQ_INT(slice_rfind(s, '.'), 4);
	EQ_INT(slice_find(s, '\0'), 3);
	EQ_INT(slice_find(s, 'x'), 6);
	EQ_INT(slice_rfind(s, 'x'), 6);
	EQ_INT(slice_find(SLICE("\xff"), '\xff'), 0);
	EQ_INT(slice_find(SLICE_NONE, 'x'), 0);
	EQ_INT(slice_rfind(SLICE_NONE, 'x'), 0);
	/* nothing behind the view is looked at */
	EQ_INT(slice_find(slice_of("ab", 1), 'b'), 1);
	EQ_INT(slice_rfind(slice_of("ab", 1), 'b'), 1);
}

static const struct {
	const char *name, *s, *needle;
	size_t want;
} needles[] = {
    {"first",      "abcabc", "abc", 0},
    {"inside",     "xxabc",  "abc", 2},
    {"almost",     "aab",    "ab",  1},
    {"absent",     "abab",   "abc", 4},
    {"longer",     "ab",     "abc", 2},
    {"empty",      "ab",     "",    0},
    {"both empty", "",       "",    0},
    {"in empty",   "",       "a",   0},
};

TEST(slice_finds_slices)
{
	for (size_t i = 0; i < NITEMS(needles); i++) {
		unit_case(needles[i].name);
		EQ_INT(slice_find_slice(slice_str(needles[i].s),
			   slice_str(needles[i].needle)),
		    needles[i].want);
	}
	EQ_INT(slice_find_slice(SLICE_NONE, SLICE("a")), 0);
}

TEST(slice_trims_blanks)
{
	EQ_SLICE(slice_trim(SLICE(" \t a b\t ")), "a b");
	EQ_SLICE(slice_trim(SLICE("ab")), "ab");
	EQ_SLICE(slice_trim(SLICE(" \t ")), "");
	EQ_SLICE(slice_trim(SLICE("\r\n")), "\r\n");
	EQ_INT(slice_trim(SLICE_NONE).len, 0);
}

TEST(slice_cuts_in_parts)
{
	struct slice s = SLICE("a,,b"), head;

	OK(slice_cut(&s, ',', &head));
	EQ_SLICE(head, "a");
	OK(slice_cut(&s, ',', &head));
	EQ_SLICE(head, "");
	EQ_SLICE(s, "b");
	OK(!slice_cut(&s, ',', &head));
	EQ_SLICE(head, "b");
	EQ_INT(s.len, 0);
	OK(!slice_cut(&s, ',', &head));
	EQ_INT(head.len, 0);
	s = SLICE("a,");
	OK(slice_cut(&s, ',', &head));
	EQ_INT(s.len, 0);
	s = SLICE_NONE;
	OK(!slice_cut(&s, ',', &head));
}

static const struct {
	const char *name;
	struct slice s;
	bool printable, ascii, utf8;
} classes[] = {
    {"empty",          {NULL, 0},             1, 1, 1},
    {"text",           S("a ~"),              1, 1, 1},
    {"NUL",	    S("a\0"),              0, 1, 1},
    {"DEL",	    S("\x7f"),             0, 1, 1},
    {"unit separator", S("\x1f"),             0, 1, 1},
    {"U+0080",         S("\xc2\x80"),         0, 0, 1},
    {"U+07FF",         S("\xdf\xbf"),         0, 0, 1},
    {"U+0800",         S("\xe0\xa0\x80"),     0, 0, 1},
    {"U+D7FF",         S("\xed\x9f\xbf"),     0, 0, 1},
    {"U+E000",         S("\xee\x80\x80"),     0, 0, 1},
    {"U+FFFF",         S("\xef\xbf\xbf"),     0, 0, 1},
    {"U+10000",        S("\xf0\x90\x80\x80"), 0, 0, 1},
    {"U+10FFFF",       S("\xf4\x8f\xbf\xbf"), 0, 0, 1},
    {"U+110000",       S("\xf4\x90\x80\x80"), 0, 0, 0},
    {"surrogate",      S("\xed\xa0\x80"),     0, 0, 0},
    {"overlong 2",     S("\xc0\xaf"),         0, 0, 0},
    {"overlong 2 c1",  S("\xc1\xbf"),         0, 0, 0},
    {"overlong 3",     S("\xe0\x9f\xbf"),     0, 0, 0},
    {"overlong 4",     S("\xf0\x8f\xbf\xbf"), 0, 0, 0},
    {"lead f5",        S("\xf5\x80\x80\x80"), 0, 0, 0},
    {"alone",          S("\x80"),             0, 0, 0},
    {"cut",	    S("a\xe2\x82"),        0, 0, 0},
    {"cut by text",    S("\xe2\x82z"),        0, 0, 0},
    {"bad third",      S("\xf0\x90\x80z"),    0, 0, 0},
    {"one too many",   S("\xc2\x80\x80"),     0, 0, 0},
};

TEST(slice_knows_classes)
{
	for (size_t i = 0; i < NITEMS(classes); i++) {
		unit_case(classes[i].name);
		EQ_INT(slice_is_printable(classes[i].s), classes[i].printable);
		EQ_INT(slice_is_ascii(classes[i].s), classes[i].ascii);
		EQ_INT(slice_is_utf8(classes[i].s), classes[i].utf8);
	}
}

/* One octet that is not ASCII, or not UTF-8, in each place of a long text. */
TEST(slice_looks_at_every_octet)
{
	char text[40];

	for (size_t len = 1; len <= sizeof text; len++)
		for (size_t i = 0; i < len; i++) {
			memset(text, 'a', sizeof text);
			OK(slice_is_ascii(slice_of(text, len)));
			OK(slice_is_utf8(slice_of(text, len)));
			text[i] = '\x80';
			OK(!slice_is_ascii(slice_of(text, len)));
			OK(!slice_is_utf8(slice_of(text, len)));
			OK(slice_is_ascii(slice_of(text, i)));
		}
}

TEST(slice_reads_code_points)
{
	static const struct {
		const char *s;
		size_t len;
		uint32_t code;
	} cases[] = {
	    {"a",                1, 'a'     },
	    {"\xc3\xbcx",        2, 0xfc    },
	    {"\xe2\x82\xac",     3, 0x20ac  },
	    {"\xf0\x9f\x93\xac", 4, 0x1f4ec },
	    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	    {"\xff",             0, 7       },
	    {"",		 0, 7       },
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		uint32_t code = 7;

		EQ_INT(slice_utf8_first(slice_str(cases[i].s), &code),
		    cases[i].len);
		EQ_INT(code, cases[i].code);
	}
}

TEST(slice_knows_what_is_text)
{
	static const uint32_t text[] = {' ', '~', 0xa0, 0xfc, 0x61b, 0x200d,
	    0x2010, 0x202f, 0x2065, 0x206a, 0x20ac, 0x1f4ec};
	static const uint32_t other[] = {0, '\n', 0x1f, 0x7f, 0x80, 0x85, 0x9f,
	    0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066,
	    0x2069, 0xfeff};

	for (size_t i = 0; i < NITEMS(text); i++)
		OK(slice_code_is_text(text[i]));
	for (size_t i = 0; i < NITEMS(other); i++)
		OK(!slice_code_is_text(other[i]));
}

TEST(slice_becomes_string)
{
	char s[4] = "xyz";

	EQ_INT(slice_to_str(SLICE("abc"), s, sizeof s), ERR_OK);
	EQ_STR(s, "abc");
	EQ_INT(slice_to_str(SLICE("abcd"), s, sizeof s), ERR_TOOBIG);
	EQ_STR(s, "");
	EQ_INT(slice_to_str(SLICE("a\0"), s, sizeof s), ERR_SYNTAX);
	EQ_STR(s, "");
	EQ_INT(slice_to_str(SLICE_NONE, s, sizeof s), ERR_OK);
	EQ_STR(s, "");
	EQ_INT(slice_to_str(SLICE(""), s, 0), ERR_TOOBIG);
}
