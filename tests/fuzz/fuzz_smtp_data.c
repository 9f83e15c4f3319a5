/*
 * Message text: ends at the first CRLF.CRLF and nowhere else, whatever the
 * pieces it comes in; what comes out has no bare CR or LF, and is what the
 * plain way of saying it gives.
 */
#include "fuzz.h"

#include "base/buf.h"
#include "smtp/smtp_data.h"

#include <string.h>

/* Text of DATA that is known to hold no bare newline, up to its end. */
static void
unstuff(struct slice in, bool dots, struct buf *out)
{
	while (in.len > 0) {
		size_t n = slice_find_slice(in, SLICE("\r\n"));
		struct slice line = slice_first(in, n + 2);

		in = slice_skip(in, line.len);
		if (dots && line.p[0] == '.')
			line = slice_skip(line, 1);
		buf_add_slice(out, line);
	}
}

static bool
has_bare(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] == '\r' &&
			(i + 1 == s.len || s.p[i + 1] != '\n')) ||
		    (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r')))
			return true;
	return false;
}

/* Octets up to the end of data; SIZE_MAX when there is none. */
static size_t
find_end(struct slice in)
{
	size_t at;

	if (slice_starts(in, SLICE(".\r\n")))
		return 3;
	at = slice_find_slice(in, SLICE("\r\n.\r\n"));
	return at == in.len ? SIZE_MAX : at + 5;
}

static size_t
feed(struct smtp_data *d, struct slice in, uint32_t seed, struct buf *out)
{
	struct slice piece, part;
	size_t used = 0, n;

	while (in.len > 0 && !d->ended) {
		n = seed == 0 ? in.len : 1 + fuzz_rand(&seed) % 9;
		part = slice_first(in, n);
		n = part.len;
		while (smtp_data_next(d, &part, &piece)) {
			FUZZ_CHECK(piece.len > 0);
			buf_add_slice(out, piece);
		}
		FUZZ_CHECK(part.len == 0 || d->ended);
		used += n - part.len;
		in = slice_skip(in, n - part.len);
	}
	return used;
}

static void
check(struct slice in, bool dots, bool repair)
{
	struct buf whole = BUF_INIT(1 << 20), cut = BUF_INIT(1 << 20),
		   want = BUF_INIT(1 << 20);
	struct smtp_data a, b;
	struct slice piece;
	size_t end = dots ? find_end(in) : SIZE_MAX, used;

	smtp_data_init(&a, dots, repair);
	smtp_data_init(&b, dots, repair);
	used = feed(&a, in, 0, &whole);
	FUZZ_CHECK(feed(&b, in, 7 + (uint32_t)in.len, &cut) == used);
	if (!dots && smtp_data_close(&a, &piece))
		buf_add_slice(&whole, piece);
	if (!dots && smtp_data_close(&b, &piece))
		buf_add_slice(&cut, piece);
	FUZZ_CHECK(slice_eq(buf_slice(&whole), buf_slice(&cut)));
	FUZZ_CHECK(a.bare == b.bare && a.nul == b.nul);
	FUZZ_CHECK(a.ended == (end != SIZE_MAX) && a.ended == b.ended);
	FUZZ_CHECK(used == (a.ended ? end : in.len));
	FUZZ_CHECK(!has_bare(buf_slice(&whole)));
	if (a.ended || !dots)
		FUZZ_CHECK(a.bare == has_bare(slice_first(in, used)));
	if ((a.ended || (!dots && slice_ends(in, SLICE("\r\n")))) && !a.bare) {
		unstuff(slice_first(in, a.ended ? end - 3 : used), dots, &want);
		FUZZ_CHECK(slice_eq(buf_slice(&whole), buf_slice(&want)));
	}
	buf_fini(&whole);
	buf_fini(&cut);
	buf_fini(&want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);

	if (size > 65536)
		return 0;
	check(in, true, false);
	check(in, true, true);
	check(in, false, false);
	check(in, false, true);
	return 0;
}
