/* Trace fields stay one field each, whatever strangers said. */
#include "fuzz.h"

#include "mime/mime_date.h"
#include "mime/mime_header.h"
#include "mime/mime_trace.h"

/* s is one field with no control in it but for its folding. */
static void
check_one_field(struct slice s, const char *name)
{
	struct slice rest = s, line;
	struct mime_field f;

	FUZZ_CHECK(mime_header_next(&rest, &f) && rest.len == 0);
	FUZZ_CHECK(slice_eq(f.name, slice_str(name)));
	FUZZ_CHECK(slice_ends(s, SLICE("\r\n")));
	for (rest = f.value; rest.len > 0;) {
		if (slice_cut(&rest, '\n', &line)) {
			FUZZ_CHECK(slice_ends(line, SLICE("\r")));
			line.len--;
			FUZZ_CHECK(slice_starts(rest, SLICE("\t")));
			rest = slice_skip(rest, 1);
		}
		FUZZ_CHECK(line.len < 998);
		for (size_t i = 0; i < line.len; i++)
			FUZZ_CHECK((unsigned char)line.p[i] >= 0x20);
	}
}

/* Cut *all at the next octet that parts the strings of an input. */
static struct slice
next(struct slice *all)
{
	struct slice s;

	slice_cut(all, '|', &s);
	return s;
}

static void
check_received(struct slice all)
{
	struct mime_received r = {.us = 1795443660000000};
	struct buf b = BUF_INIT(16384);
	struct slice date;
	uint64_t us;

	r.by = SLICE("mx.example.test");
	r.helo = next(&all);
	r.peer_name = next(&all);
	r.peer_ip = next(&all);
	r.only_for = slice_first(next(&all), 320);
	mime_trace_add_received(&b, &r);
	FUZZ_CHECK(b.err == ERR_OK);
	check_one_field(buf_slice(&b), "Received");
	/* the date is behind the last ';', where readers look for it */
	date = buf_slice(&b);
	date = slice_skip(date, slice_rfind(date, ';') + 1);
	FUZZ_CHECK(mime_date_parse(date, &us) == ERR_OK && us == r.us);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice address = slice_first(slice_of(data, size), 320);
	struct buf b = BUF_INIT(1024);

	check_received(slice_of(data, size));
	mime_trace_add_return_path(&b, address);
	check_one_field(buf_slice(&b), "Return-Path");
	buf_reset(&b);
	mime_trace_add_delivered_to(&b, address);
	check_one_field(buf_slice(&b), "Delivered-To");
	buf_reset(&b);
	mime_trace_add_message_id(&b, address, address);
	check_one_field(buf_slice(&b), "Message-ID");
	buf_fini(&b);
	return 0;
}
