/*
 * A whole POP3 session over a socket pair, its store and auth being fakes: no
 * mailbox is touched before a login, nothing is removed without QUIT, and the
 * same octets give the same answers in any pieces.
 */
#include "fuzz.h"

#include "base/log.h"
#include "pop3/fake.h"
#include "tests/unit/unit.h"

#include <string.h>
#include <strings.h>

/* The fakes' own checks, without CUnit. */
bool
unit_true(bool ok, const char *what, const char *file, unsigned line)
{
	if (!ok)
		fprintf(stderr, "%s:%u: broken: %s\n", file, line, what);
	FUZZ_CHECK(ok);
	return ok;
}

bool
unit_eq_int(
    long long a, long long b, const char *what, const char *file, unsigned line)
{
	return unit_true(a == b, what, file, line);
}

bool
unit_eq_mem(const void *a, size_t alen, const void *b, size_t blen,
    const char *what, const char *file, unsigned line)
{
	return unit_true(
	    alen == blen && memcmp(a, b, alen) == 0, what, file, line);
}

void
unit_case(const char *name)
{
	(void)name;
}

static bool
mentions(struct slice in, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= in.len; i++)
		if (strncasecmp(in.p + i, word, n) == 0)
			return true;
	return false;
}

static void
session(struct slice in, size_t piece, struct buf *out)
{
	unsigned left = 0;

	fake_init(5);
	fake_connect();
	for (; in.len > 0 && !fake.closed; in = slice_skip(in, piece))
		fake_send(slice_first(in, piece));
	fake_run();
	buf_add_slice(out, buf_slice(&fake.in));
	for (unsigned i = 0; i < fake.count; i++)
		left += fake.mail[i].p != NULL;
	FUZZ_CHECK(left == 5 || fake.expunges == 1);
	FUZZ_CHECK(fake.opens > 0 || fake.reads + fake.expunges == 0);
	FUZZ_CHECK(fake.opens <= 1);
	fake_fini();
}

static void
no_line(void *ctx, struct slice line)
{
	(void)ctx, (void)line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size < 8192 ? size : 8192);
	struct buf whole = BUF_INIT(64 << 20), pieces = BUF_INIT(64 << 20);

	log_set_sink(no_line, NULL);
	session(in, in.len + 1, &whole);
	FUZZ_CHECK(fake.opens == 0 || mentions(in, "secret word") ||
		   mentions(in, "AUTH"));
	FUZZ_CHECK(fake.expunges == 0 || mentions(in, "QUIT"));
	if (!mentions(in, "STLS")) {
		session(in, 1 + in.len / 7, &pieces);
		FUZZ_CHECK(whole.len == pieces.len);
		FUZZ_CHECK(whole.len == 0 ||
			   memcmp(whole.p, pieces.p, whole.len) == 0);
	}
	buf_fini(&whole);
	buf_fini(&pieces);
	return 0;
}
