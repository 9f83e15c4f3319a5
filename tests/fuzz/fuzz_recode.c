/*
 * Messages made 7-bit: what comes out is 7-bit and has the same parts with the
 * same contents, as GMime reads them. What is 7-bit already stays as it is.
 */
#include "fuzz.h"

#include "mime/mime_part.h"
#include "mime/mime_recode.h"
#include "unit/mime/gmime_view.h"

#include <gmime/gmime.h>
#include <string.h>

enum { ROOM = 1 << 20 };

static void
check_same(struct slice before, struct slice after)
{
	struct buf a = BUF_INIT(ROOM), b = BUF_INIT(ROOM);

	gmime_view(before, &a);
	gmime_view(after, &b);
	FUZZ_CHECK(slice_eq(buf_slice(&a), buf_slice(&b)));
	buf_fini(&a);
	buf_fini(&b);
}

/* All lines end with CRLF: so it is with us; elsewhere GMime guesses. */
static bool
is_canonical(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\0' ||
		    (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r')) ||
		    (s.p[i] == '\r' && (i + 1 == s.len || s.p[i + 1] != '\n')))
			return false;
	return slice_ends(s, SLICE("\r\n"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;
	struct slice in = slice_of(data, size);
	struct buf out = BUF_INIT(ROOM), again = BUF_INIT(ROOM);
	bool header, body, lines = mime_long_lines(in);
	enum err e;

	if (!begun)
		g_mime_init();
	begun = true;
	mime_eight(in, &header, &body);
	FUZZ_CHECK((header || body) == !slice_is_ascii(in));
	e = mime_recode_7bit(in, &out);
	FUZZ_CHECK(e == ERR_OK || e == ERR_DENIED || e == ERR_UNSUPPORTED);
	if (e != ERR_OK) {
		FUZZ_CHECK(out.len == 0 && (header || body || lines));
		buf_fini(&out);
		return 0;
	}
	FUZZ_CHECK(slice_is_ascii(buf_slice(&out)));
	if (is_canonical(in))
		check_same(in, buf_slice(&out));
	if (!header && !body && !lines)
		FUZZ_CHECK(slice_eq(in, buf_slice(&out)));
	FUZZ_CHECK(mime_recode_7bit(buf_slice(&out), &again) == ERR_OK);
	FUZZ_CHECK(slice_eq(buf_slice(&out), buf_slice(&again)));
	buf_fini(&out);
	buf_fini(&again);
	return 0;
}
