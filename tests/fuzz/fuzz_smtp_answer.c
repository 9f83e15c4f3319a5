/*
 * Replies of a hostile server: the same however they are cut; what is kept is
 * bounded, one printable line, and its status fits its code.
 */
#include "fuzz.h"

#include "smtp/smtp_answer.h"

#include <string.h>

static void
check_status(const struct smtp_verdict *v)
{
	size_t n = strnlen(v->status, sizeof v->status), dots = 0;

	FUZZ_CHECK(n >= 5 && n <= 9);
	FUZZ_CHECK(v->status[0] == '0' + v->code / 100);
	for (size_t i = 0; i < n; i++) {
		bool digit = v->status[i] >= '0' && v->status[i] <= '9';

		FUZZ_CHECK(digit || v->status[i] == '.');
		dots += !digit;
	}
	FUZZ_CHECK(dots == 2);
}

static void
check(const struct smtp_verdict *v)
{
	struct slice s = {v->text, v->len};
	uint32_t code = 0;
	size_t n;

	FUZZ_CHECK(v->code >= 200 && v->code <= 599);
	FUZZ_CHECK(v->err == (v->code >= 500      ? ERR_DENIED
				 : v->code >= 400 ? ERR_RETRY
						  : ERR_OK));
	FUZZ_CHECK(v->len <= SMTP_CLIENT_REPLY);
	while (s.len > 0) {
		FUZZ_CHECK((n = slice_utf8_first(s, &code)) > 0);
		FUZZ_CHECK(slice_code_is_text(code));
		s = slice_skip(s, n);
	}
	check_status(v);
}

static void
run(struct slice in, uint32_t seed, struct buf *out)
{
	static struct smtp_answer a;
	struct smtp_verdict v;
	enum smtp_got got = SMTP_GOT_NOTHING;

	memset(&a, 0, sizeof a);
	while (in.len > 0 && got != SMTP_GOT_NONSENSE) {
		size_t n = seed == 0 ? in.len : 1 + fuzz_rand(&seed) % 40;
		struct slice piece = slice_first(in, n);

		n = piece.len;
		got = smtp_answer_take(&a, &piece);
		FUZZ_CHECK(piece.len == 0 || got != SMTP_GOT_NOTHING);
		FUZZ_CHECK(smtp_answer_line(&a).len <= SMTP_ANSWER_LINE);
		in = slice_skip(in, n - piece.len);
		if (got != SMTP_GOT_NOTHING)
			buf_add_u64(out, got);
		if (got == SMTP_GOT_LINE || got == SMTP_GOT_REPLY)
			buf_add_slice(out, smtp_answer_line(&a));
		if (got != SMTP_GOT_REPLY)
			continue;
		smtp_answer_verdict(&a, &v);
		check(&v);
		buf_add(out, &v, sizeof v);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT(256 << 20), cut = BUF_INIT(256 << 20);
	uint32_t seed = size > 0 ? data[0] + 1u : 1;

	if (size > 65536)
		return 0;
	run(slice_of(data, size), 0, &whole);
	run(slice_of(data, size), seed, &cut);
	FUZZ_CHECK(slice_eq(buf_slice(&whole), buf_slice(&cut)));
	buf_fini(&whole);
	buf_fini(&cut);
	return 0;
}
