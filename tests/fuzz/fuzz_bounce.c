/*
 * Delivery reports: whatever the message, its envelope and the replies held, a
 * report is plain lines, and GMime finds the parts of one in it. The input is
 * flags and slices of up to 255 octets, each behind its length; the rest is the
 * message.
 */
#include "fuzz.h"

#include "mime/mime_text.h"
#include "queue/queue_bounce.h"
#include "unit/mime/gmime_view.h"

#include <gmime/gmime.h>
#include <string.h>

enum { ROOM = 4 << 20, RCPTS = 3 };

static struct slice
take(struct slice *in)
{
	size_t n = in->len > 0 ? (unsigned char)in->p[0] : 0;
	struct slice s = slice_first(slice_skip(*in, 1), n);

	*in = slice_skip(*in, n + 1);
	return s;
}

/* Canonical is what addresses are, whatever else they hold. */
static struct slice
take_address(struct slice *in)
{
	struct slice s = take(in);

	return slice_is_utf8(s) ? s : SLICE("ann@a.test");
}

static void
take_rcpt(struct slice *in, unsigned flags, struct queue_bounce_rcpt *r)
{
	*r = (struct queue_bounce_rcpt){.action = flags % 5,
	    .addr = take_address(in),
	    .orcpt = take(in),
	    .status = take(in),
	    .reply = take(in),
	    .host = take(in),
	    .code = flags % 7 * 113,
	    .last_us = flags % 3 * 1000000,
	    .until_us = flags % 2 * 1000000};
}

static unsigned
count(struct slice s, const char *what)
{
	struct slice needle = slice_str(what);
	unsigned n = 0;
	size_t at;

	while ((at = slice_find_slice(s, needle)) < s.len) {
		s = slice_skip(s, at + needle.len);
		n++;
	}
	return n;
}

static void
check(const struct queue_bounce *b, struct slice report)
{
	struct buf view = BUF_INIT(ROOM), head = BUF_INIT(100);
	unsigned parts = 0;

	FUZZ_CHECK(mime_text_is_plain(report, !queue_bounce_utf8(b)));
	gmime_view(report, &view);
	for (unsigned n = 2; n <= 3; n++) {
		buf_reset(&head);
		buf_addf(&head, "multipart/report %u parts\n  text/plain ", n);
		if (slice_starts(buf_slice(&view), buf_slice(&head)))
			parts = n;
	}
	FUZZ_CHECK(parts == (b->original.len > 0 ? 3 : 2));
	FUZZ_CHECK(count(report, "\r\nFinal-Recipient: ") >= b->nrcpts);
	buf_fini(&view);
	buf_fini(&head);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;
	struct slice in = slice_of(data, size);
	unsigned flags = size > 0 ? data[0] : 0;
	struct queue_bounce_rcpt rcpt[RCPTS];
	struct queue_bounce b = {
	    .id = {{1}}, .rcpt = rcpt, .whole = flags & 1, .utf8 = flags & 2};
	struct buf out = BUF_INIT(ROOM);

	if (!begun)
		g_mime_init();
	begun = true;
	in = slice_skip(in, 1);
	b.to = take_address(&in);
	b.hostname = take(&in);
	b.envid = take(&in);
	b.nrcpts = 1 + flags % RCPTS;
	for (unsigned i = 0; i < b.nrcpts; i++)
		take_rcpt(&in, flags >> 2, &rcpt[i]);
	b.original = in;
	FUZZ_CHECK(queue_bounce_make(&b, &out) == ERR_OK);
	check(&b, buf_slice(&out));
	buf_fini(&out);
	return 0;
}
