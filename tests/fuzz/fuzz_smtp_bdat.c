/*
 * BDAT: exactly the octets that were announced are text, and everything else is
 * commands. The input is cut into chunks by its own octets; between them comes
 * a NOOP, which must be answered each time.
 */
#include "fuzz.h"

#include "unit/smtp/fake.h"

#include <string.h>

static unsigned
count_lines(struct slice s, const char *start)
{
	struct slice line;
	unsigned n = 0;

	while (slice_cut(&s, '\n', &line))
		n += slice_starts(line, slice_str(start));
	return n;
}

/* The chunks as commands; what they hold to text. How many. */
static unsigned
write_chunks(struct slice in, struct buf *out, struct buf *text)
{
	unsigned chunks = 0;

	while (in.len > 0) {
		struct slice part =
		    slice_first(slice_skip(in, 1), (unsigned char)in.p[0] % 96);

		in = slice_skip(in, part.len + 1);
		buf_addf(out, "BDAT %zu%s\r\n", part.len,
		    in.len == 0 ? " LAST" : "");
		buf_add_slice(out, part);
		buf_add_str(out, "NOOP marker\r\n");
		buf_add_slice(text, part);
		chunks++;
	}
	return chunks;
}

static bool
is_fit(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] == '\r' &&
			(i + 1 == s.len || s.p[i + 1] != '\n')) ||
		    (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r')) ||
		    s.p[i] == '\0')
			return false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
	struct fake f;
	unsigned chunks;
	bool fit;

	if (size == 0 || size > 8192)
		return 0;
	fake_init(&f, false);
	f.conf.limits.command_errors = 100000;
	fake_connect(&f);
	buf_add_str(&out, "HELO c\r\nMAIL FROM:<>\r\n"
			  "RCPT TO:<alice@example.test>\r\n");
	chunks = write_chunks(slice_of(data, size), &out, &text);
	buf_add_str(&out, "QUIT\r\n");
	fit = is_fit(buf_slice(&text));
	if (!slice_ends(buf_slice(&text), SLICE("\r\n")) && text.len > 0)
		buf_add_str(&text, "\r\n");
	fake_send(&f, buf_slice(&out));
	/* 220, HELO, MAIL, RCPT, two for each chunk, QUIT */
	FUZZ_CHECK(count_lines(buf_slice(&f.in), "") == 5 + 2 * chunks);
	FUZZ_CHECK(f.mail.count == fit);
	FUZZ_CHECK(f.closed && count_lines(buf_slice(&f.in), "221") == 1);
	if (fit)
		FUZZ_CHECK(
		    slice_ends(buf_slice(&f.mail.text), buf_slice(&text)));
	fake_fini(&f);
	buf_fini(&out);
	buf_fini(&text);
	return 0;
}
