/* Where a message ends, against ten lines that say it another way. */
#include "../unit.h"
#include "smtp/smtp_data.h"

#include "base/buf.h"

#include <string.h>

/* Feed s cut after `cut` octets; text to out; what was used. */
static size_t
feed(struct smtp_data *d, struct slice s, size_t cut, struct buf *out)
{
	struct slice part[2] = {slice_first(s, cut), slice_skip(s, cut)}, piece;
	size_t left = 0;

	for (int i = 0; i < 2; i++) {
		while (smtp_data_next(d, &part[i], &piece))
			buf_add_slice(out, piece);
		left += part[i].len;
	}
	return s.len - left;
}

static const struct {
	const char *name, *in, *text;
	size_t used;
	bool ended, bare;
} cases[] = {
    {"empty",        ".\r\nQUIT",          "",              3,  true,  false},
    {"plain",        "a\r\n.\r\nX",        "a\r\n",         6,  true,  false},
    {"stuffed",      "..\r\n.\r\n",        ".\r\n",         7,  true,  false},
    {"stuffed word", ".x\r\n..y\r\n.\r\n", "x\r\n.y\r\n",   12, true,  false},
    {"blank lines",  "\r\n\r\n.\r\n",      "\r\n\r\n",      7,  true,  false},
    {"dot inside",   "a.\r\nb.c\r\n.\r\n", "a.\r\nb.c\r\n", 12, true,  false},
    {"no end",       "a\r\n.",             "a\r\n",         4,  false, false},
    {"no end, cr",   "a\r\n.\r",           "a\r\n",         5,  false, false},
    {"lf.lf",        "a\n.\nb\r\n.\r\n",   "a.b\r\n",       10, true,  true },
    {"lf.crlf",      "a\n.\r\nb\r\n.\r\n", "a.\r\nb\r\n",   11, true,  true },
    {"crlf.lf",      "a\r\n.\nb\r\n.\r\n", "a\r\nb\r\n",    11, true,  true },
    {"cr.cr",        "a\r.\rb\r\n.\r\n",   "a.b\r\n",       10, true,  true },
    {"cr.crlf",      "a\r.\r\nb\r\n.\r\n", "a.\r\nb\r\n",   11, true,  true },
    {"crlf.cr",      "a\r\n.\rb\r\n.\r\n", "a\r\nb\r\n",    11, true,  true },
    {"crlf.crcrlf",  "a\r\n.\r\r\n.\r\n",  "a\r\n\r\n",     10, true,  true },
    {"crcrlf",       "a\r\r\n.\r\n",       "a\r\n",         7,  true,  true },
    {"lf first",     "\n.\r\n.\r\n",       ".\r\n",         7,  true,  true },
    {"nul dot",      "a\r\n\\.\r\n.\r\n",  "a\r\n\\.\r\n",  10, true,  false},
};

TEST(smtp_data_cases)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t cut = 0; cut <= strlen(cases[i].in); cut++) {
			struct buf out = BUF_INIT(100);
			struct smtp_data d;

			unit_case(cases[i].name);
			smtp_data_init(&d, true, false);
			EQ_INT(feed(&d, slice_str(cases[i].in), cut, &out),
			    cases[i].used);
			EQ_SLICE(buf_slice(&out), cases[i].text);
			EQ_INT(d.ended, cases[i].ended);
			EQ_INT(d.bare, cases[i].bare);
			buf_fini(&out);
		}
}

/* The text up to CRLF.CRLF, unstuffed; false when there is no end. */
static bool
reference(struct slice in, struct buf *out, size_t *used)
{
	struct slice eod = SLICE("\r\n.\r\n"), line;
	struct buf all = BUF_INIT(100);
	size_t end, at;
	bool ended;

	buf_add_str(&all, "\r\n");
	buf_add_slice(&all, in);
	end = slice_find_slice(buf_slice(&all), eod);
	ended = end < all.len;
	*used = end + 5 - 2;
	in = slice_first(buf_slice(&all), end + 2);
	for (bool first = true; ended && in.len > 0; first = false) {
		at = slice_find_slice(in, SLICE("\r\n"));
		line = slice_first(in, at + 2);
		in = slice_skip(in, line.len);
		if (!first && line.p[0] == '.')
			line = slice_skip(line, 1);
		if (!first)
			buf_add_slice(out, line);
	}
	buf_fini(&all);
	return ended;
}

static bool
has_bare(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\r' && (i + 1 == s.len || s.p[i + 1] != '\n'))
			return true;
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			return true;
	}
	return false;
}

static void
against_reference(struct slice in, bool repair)
{
	struct buf out = BUF_INIT(100), want = BUF_INIT(100);
	size_t used, want_used;
	struct smtp_data d;
	bool ended = reference(in, &want, &want_used), bad;

	smtp_data_init(&d, true, repair);
	used = feed(&d, in, in.len / 2, &out);
	EQ_INT(d.ended, ended);
	EQ_INT(used, ended ? want_used : in.len);
	if (ended) {
		bad = has_bare(slice_first(in, used));
		EQ_INT(d.bare, bad);
		if (!bad)
			EQ_MEM(out.p, out.len, want.p, want.len);
	}
	OK(!has_bare(buf_slice(&out)));
	buf_fini(&out);
	buf_fini(&want);
}

/* All strings of up to 8 octets over CR, LF, dot and x. */
TEST(smtp_data_all_short_strings)
{
	char s[8];

	for (unsigned long n = 0; n < 1ul << 16; n++) {
		for (unsigned i = 0; i < 8; i++)
			s[i] = "\r\n.x"[n >> 2 * i & 3];
		against_reference(slice_of(s, sizeof s), (n & 1) != 0);
	}
}

TEST(smtp_data_repair)
{
	struct buf out = BUF_INIT(100);
	struct smtp_data d;

	smtp_data_init(&d, true, true);
	feed(&d, SLICE("a\n.\nb\rc\r\r\n\r\n.\r\n"), 6, &out);
	OK(d.ended && d.bare);
	EQ_SLICE(buf_slice(&out), "a\r\n.\r\nb\r\nc\r\n\r\n\r\n");
	buf_fini(&out);
}

TEST(smtp_data_counts)
{
	static char line[SMTP_TEXT_LINE_MAX + 1];
	struct buf out = BUF_INIT(1 << 20);
	struct smtp_data d;

	memset(line, 'x', sizeof line);
	smtp_data_init(&d, true, false);
	feed(&d, slice_of(line, SMTP_TEXT_LINE_MAX), 100, &out);
	feed(&d, SLICE("\r\n"), 1, &out);
	OK(!d.long_line && !d.nul);
	feed(&d, slice_of(line, sizeof line), 100, &out);
	OK(d.long_line);
	smtp_data_init(&d, true, false);
	feed(&d, slice_of("a\0b\r\n", 5), 2, &out);
	OK(d.nul && !d.bare);
	buf_fini(&out);
}

TEST(smtp_data_chunks)
{
	static const struct {
		const char *name, *in, *text;
		bool bare;
	} chunks[] = {
	    {"dots stay",          ".\r\n..\r\n", ".\r\n..\r\n", false},
	    {"last line is ended", "a\r\nb",      "a\r\nb\r\n",  false},
	    {"cr at the end",      "a\r",         "a\r\n",       true },
	    {"nothing",            "",            "",            false},
	};

	for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
		struct buf out = BUF_INIT(100);
		struct smtp_data d;
		struct slice piece;

		unit_case(chunks[i].name);
		smtp_data_init(&d, false, false);
		feed(&d, slice_str(chunks[i].in), 1, &out);
		if (smtp_data_close(&d, &piece))
			buf_add_slice(&out, piece);
		EQ_SLICE(buf_slice(&out), chunks[i].text);
		EQ_INT(d.bare, chunks[i].bare);
		OK(!d.ended);
		buf_fini(&out);
	}
}
