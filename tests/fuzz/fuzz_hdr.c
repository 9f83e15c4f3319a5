/*
 * Header scanner: the same in one piece and in any pieces, and the same as
 * reading field by field. That both are linear shows in the time limit.
 */
#include "fuzz.h"

#include "mime/mime_header.h"

static struct mime_scan
scan_in_pieces(struct slice s, uint32_t seed, size_t max)
{
	struct mime_scan scan;
	size_t n;

	mime_scan_init(&scan);
	while (s.len > 0) {
		n = fuzz_rand(&seed) % (max + 1);
		mime_scan_feed(&scan, slice_first(s, n));
		s = slice_skip(s, n);
	}
	mime_scan_close(&scan);
	return scan;
}

static void
check_same(const struct mime_scan *a, const struct mime_scan *b)
{
	FUZZ_CHECK(a->octets == b->octets && a->lines == b->lines);
	FUZZ_CHECK(a->received == b->received);
	FUZZ_CHECK(a->delivered_to == b->delivered_to);
	FUZZ_CHECK(a->has_date == b->has_date && a->has_from == b->has_from);
	FUZZ_CHECK(a->has_message_id == b->has_message_id);
	FUZZ_CHECK(a->ended == b->ended && a->broken == b->broken);
	FUZZ_CHECK(slice_eq(buf_slice(&a->loops), buf_slice(&b->loops)));
	FUZZ_CHECK(slice_eq(buf_slice(&a->msgid), buf_slice(&b->msgid)));
}

static void
check_field(struct slice before, struct slice after, const struct mime_field *f)
{
	FUZZ_CHECK(f->whole.p == before.p && f->whole.len > f->name.len);
	FUZZ_CHECK(f->whole.len + after.len == before.len);
	FUZZ_CHECK(f->name.len > 0 && slice_is_printable(f->name));
	FUZZ_CHECK(f->value.len < f->whole.len);
	FUZZ_CHECK(f->value.p > f->name.p &&
		   f->value.p + f->value.len <= f->whole.p + f->whole.len);
}

/* What mime_scan counts, counted by mime_header_next. */
static void
check_fields(struct slice s, const struct mime_scan *scan)
{
	struct slice rest = s, before = s;
	struct mime_field f, first;
	unsigned received = 0;

	for (; mime_header_next(&rest, &f); before = rest) {
		check_field(before, rest, &f);
		if (slice_eq_nocase(f.name, SLICE("received")))
			received++;
	}
	FUZZ_CHECK(received == scan->received);
	FUZZ_CHECK(scan->ended == slice_starts(rest, SLICE("\r\n")));
	if (scan->ended)
		FUZZ_CHECK(scan->octets == s.len - rest.len + 2);
	if (scan->broken)
		FUZZ_CHECK(scan->octets == s.len - rest.len);
	FUZZ_CHECK(
	    mime_header_find(s, SLICE("From"), &first) == scan->has_from);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = slice_of(data, size);
	struct mime_scan whole, octets, pieces;

	mime_scan_init(&whole);
	mime_scan_feed(&whole, s);
	mime_scan_close(&whole);
	octets = scan_in_pieces(s, 1, 1);
	pieces = scan_in_pieces(s, (uint32_t)size, 40);
	check_same(&whole, &octets);
	check_same(&whole, &pieces);
	FUZZ_CHECK(!(whole.ended && whole.broken));
	FUZZ_CHECK(whole.octets <= size);
	check_fields(s, &whole);
	mime_scan_fini(&whole);
	mime_scan_fini(&octets);
	mime_scan_fini(&pieces);
	return 0;
}
