#include "mime/mime_header.h"

#include "../unit.h"
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* clang-format off */
static const struct {
	const char *name;
	struct slice message;
	const char *fields; /* name=value| for each */
	const char *rest;   /* where it stopped */
	unsigned received, lines;
	size_t octets;
	bool ended, broken;
} headers[] = {
    {"one", S("From: ann\r\n\r\nbody"), "From= ann|", "\r\nbody", 0, 1, 13, 1,
     0},
    {"folded", S("To: a,\r\n b,\r\n\tc\r\nX: y\r\n\r\n"),
     "To= a,\r\n b,\r\n\tc|X= y|", "\r\n", 0, 4, 25, 1, 0},
    {"no header", S("\r\nbody"), "", "\r\nbody", 0, 0, 2, 1, 0},
    {"nothing", {NULL, 0}, "", "", 0, 0, 0, 0, 0},
    {"no end", S("A: b\r\n"), "A= b|", "", 0, 1, 6, 0, 0},
    {"no line end", S("A: b"), "A= b|", "", 0, 0, 4, 0, 0},
    {"ends in CR", S("A: b\r"), "A= b\r|", "", 0, 0, 5, 0, 0},
    {"no colon", S("A: b\r\nhello\r\n\r\n"), "A= b|", "hello\r\n\r\n", 0, 1, 6,
     0, 1},
    {"no colon, blank", S("A: b\r\nhello you\r\n"), "A= b|", "hello you\r\n", 0,
     1, 6, 0, 1},
    {"From line", S("From ann Mon Nov\r\nA: b\r\n"), "",
     "From ann Mon Nov\r\nA: b\r\n", 0, 0, 0, 0, 1},
    {"colon first", S(": b\r\n"), "", ": b\r\n", 0, 0, 0, 0, 1},
    {"blank first", S(" A: b\r\n\r\n"), "", " A: b\r\n\r\n", 0, 0, 0, 0, 1},
    {"tab only", S("A: b\r\n\t\r\nC: d\r\n\r\n"), "A= b\r\n\t|C= d|", "\r\n", 0,
     3, 17, 1, 0},
    {"obsolete blanks", S("Received \t: x\r\n\r\n"), "Received= x|", "\r\n", 1,
     1, 17, 1, 0},
    {"empty value", S("A:\r\nB:\r\n\r\n"), "A=|B=|", "\r\n", 0, 2, 10, 1, 0},
    {"value with colons", S("A:b:c\r\n\r\n"), "A=b:c|", "\r\n", 0, 1, 9, 1, 0},
    {"bare LF", S("A: b\nReceived: c\r\n\r\n"), "A= b\nReceived: c|", "\r\n", 0,
     1, 20, 1, 0},
    {"bare LF, blank line", S("A: b\n\nc\r\n\r\n"), "A= b\n\nc|", "\r\n", 0, 1,
     11, 1, 0},
    {"bare CR", S("A: b\rReceived: c\r\r\n\r\n"), "A= b\rReceived: c\r|",
     "\r\n", 0, 1, 21, 1, 0},
    {"CR at start", S("A: b\r\n\rB: c\r\n"), "A= b|", "\rB: c\r\n", 0, 1, 6, 0,
     1},
    {"octets in value", S("A: \0\xff\x01\r\n\r\n"), NULL, "\r\n", 0, 1, 10, 1,
     0},
    {"octet in name", S("A\xff: b\r\n\r\n"), "", "A\xff: b\r\n\r\n", 0, 0, 0, 0,
     1},
    {"received",
     S("Received: a\r\n\tb\r\nRECEIVED: c\r\nReceived-SPF: d\r\nX-Received: " "e\r\nReceive: f\r\n\r\n"),
     "Received= a\r\n\tb|RECEIVED= c|Received-SPF= d|X-Received= e|Receive= " "f|",
     "\r\n", 2, 6, 76, 1, 0},
    {"received in body", S("A: b\r\n\r\nReceived: x\r\n"), "A= b|",
     "\r\nReceived: x\r\n", 0, 1, 8, 1, 0},
    {"received cut off", S("Received"), "", "Received", 0, 0, 8, 0, 0},
};
/* clang-format on */

static void
check_fields(struct slice message, const char *want, const char *rest)
{
	struct buf b = BUF_INIT(1000);
	struct mime_field f;
	struct slice before = message;

	while (mime_header_next(&message, &f)) {
		OK(f.whole.p == before.p);
		EQ_INT(f.whole.len + message.len, before.len);
		before = message;
		buf_add_slice(&b, f.name);
		buf_add_char(&b, '=');
		buf_add_slice(&b, f.value);
		buf_add_char(&b, '|');
	}
	if (want != NULL)
		EQ_STR(buf_cstr(&b), want);
	EQ_SLICE(message, rest);
	buf_fini(&b);
}

TEST(mime_header_reads_fields)
{
	for (size_t i = 0; i < NITEMS(headers); i++) {
		unit_case(headers[i].name);
		check_fields(
		    headers[i].message, headers[i].fields, headers[i].rest);
	}
}

TEST(mime_header_finds)
{
	struct slice m = SLICE("A: 1\r\nSubject: x\r\n y\r\nsubject: z\r\n"
			       "\r\nTo: b\r\n");
	struct mime_field f;

	OK(mime_header_find(m, SLICE("SUBJECT"), &f));
	EQ_SLICE(f.value, " x\r\n y");
	EQ_SLICE(f.whole, "Subject: x\r\n y\r\n");
	OK(mime_header_find(m, SLICE("a"), &f));
	f.name = SLICE("untouched");
	OK(!mime_header_find(m, SLICE("To"), &f));
	OK(!mime_header_find(m, SLICE("Sub"), &f));
	OK(!mime_header_find(m, SLICE(""), &f));
	OK(!mime_header_find(SLICE_NONE, SLICE("A"), &f));
	EQ_SLICE(f.name, "untouched");
}

/* In pieces of n octets. */
static struct mime_scan
scan(struct slice message, size_t n)
{
	struct mime_scan s;

	mime_scan_init(&s);
	mime_scan_feed(&s, SLICE_NONE);
	for (; message.len > 0; message = slice_skip(message, n))
		mime_scan_feed(&s, slice_first(message, n));
	mime_scan_close(&s);
	return s;
}

TEST(mime_scan_counts)
{
	for (size_t i = 0; i < NITEMS(headers); i++) {
		bool same = true;

		unit_case(headers[i].name);
		for (size_t n = 1; n < 100 && same; n++) {
			struct mime_scan s = scan(headers[i].message, n);

			same = EQ_INT(s.received, headers[i].received) &&
			       EQ_INT(s.lines, headers[i].lines) &&
			       EQ_INT(s.octets, headers[i].octets) &&
			       EQ_INT(s.ended, headers[i].ended) &&
			       EQ_INT(s.broken, headers[i].broken);
			mime_scan_fini(&s);
		}
	}
}

TEST(mime_scan_notices_names)
{
	struct mime_scan s = scan(SLICE("dAtE: x\r\n\r\n"), 3);

	OK(s.has_date && !s.has_from && !s.has_message_id);
	s = scan(SLICE("From: x\r\nMessage-Id: y\r\n"), 5);
	OK(!s.has_date && s.has_from && s.has_message_id);
	mime_scan_fini(&s);
	s = scan(SLICE("Delivered-To: x\r\nDelivered-to: y\r\n"), 4);
	EQ_INT(s.delivered_to, 2);
	mime_scan_fini(&s);
	/* names that begin like them, and one as long as the room for it */
	s = scan(SLICE("Dates: x\r\nFro: y\r\nFromm: z\r\nMessage-ID-: y\r\n"
		       "Message-ID890123: z\r\nMessage-ID8901234: z\r\n"
		       "X-From: a\r\nResent-Date: x\r\n\r\n"),
	    7);
	OK(!s.has_date && !s.has_from && !s.has_message_id);
	OK(s.ended);
}

/* clang-format off */
static const struct {
	const char *name;
	struct slice message;
	const char *loops, *msgid;
} values[] = {
    {"none", S("From: a@b\r\n\r\nDelivered-To: a@b.test\r\n"), "", ""},
    {"both", S("Delivered-To: Bob@Example.Test\r\nMessage-ID: <a@b>\r\n\r\n"),
	"bob@example.test\n", "<a@b>"},
    {"no end", S("message-id : <a@b> (x)"), "", "<a@b>"},
    {"brackets, folded", S("Delivered-To:\r\n <a@b.test>\r\nMessage-ID:\r\n\t<a@b>\r\n\r\n"),
	"a@b.test\n", "<a@b>"},
    {"two", S("Delivered-To: a@b.test\r\nX: y\r\nDelivered-To: c@d.test\r\n\r\n"),
	"a@b.test\nc@d.test\n", ""},
    {"the first id", S("Message-ID: <1@x>\r\nMessage-ID: <2@x>\r\n\r\n"), "", "<1@x>"},
    {"id without brackets", S("Message-ID:  1@x \r\n\r\n"), "", "1@x"},
    {"no address", S("Delivered-To: a b\r\nDelivered-To: \r\nDelivered-To: x@y.test\r\n\r\n"),
	"x@y.test\n", ""},
    {"folded inside", S("Delivered-To: a\r\n b@c.test\r\n\r\n"), "", ""},
    {"not printable", S("Message-ID: <\xff@x>\r\n\r\n"), "", ""},
    {"broken off", S("Delivered-To: a@b.test\r\nno field\r\n"), "a@b.test\n", ""},
};
/* clang-format on */

TEST(mime_scan_keeps_values)
{
	for (size_t i = 0; i < NITEMS(values); i++) {
		bool same = true;

		unit_case(values[i].name);
		for (size_t n = 1; n < 100 && same; n++) {
			struct mime_scan s = scan(values[i].message, n);

			same = EQ_SLICE(buf_slice(&s.loops), values[i].loops) &&
			       EQ_SLICE(buf_slice(&s.msgid), values[i].msgid);
			mime_scan_fini(&s);
		}
	}
}

/* However much is there, what is kept has an end. */
TEST(mime_scan_keeps_little)
{
	struct buf b = BUF_INIT(1 << 20);
	struct mime_scan s;

	buf_add_str(&b, "Message-ID: <");
	for (unsigned i = 0; i < MIME_SCAN_MSGID; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, ">\r\nDelivered-To: ");
	for (unsigned i = 0; i < 100000; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, "@b.test\r\n");
	for (unsigned i = 0; i < 2 * MIME_SCAN_LOOPS; i++)
		buf_addf(&b, "Delivered-To: a%u@b.test\r\n", i);
	s = scan(buf_slice(&b), 4096);
	EQ_INT(s.msgid.len, 0);
	EQ_INT(s.delivered_to, 2 * MIME_SCAN_LOOPS + 1);
	OK(slice_starts(buf_slice(&s.loops), SLICE("a0@b.test\n")));
	OK(slice_ends(buf_slice(&s.loops), SLICE("\na31@b.test\n")));
	mime_scan_fini(&s);
	buf_fini(&b);
}

/* A name of many octets must not come round to one that matters. */
TEST(mime_scan_long_names)
{
	char name[600];

	memset(name, 'a', sizeof name);
	for (size_t n = 0; n + 5 <= sizeof name; n++) {
		struct mime_scan s;

		memcpy(name + n, "From:", 5);
		s = scan(slice_of(name, n + 5), n % 7 + 1);
		EQ_INT(s.has_from, n == 0);
		name[n] = 'a';
	}
}

/* What a hostile header costs is seen in the time this test takes. */
TEST(mime_header_is_linear)
{
	static const char *const pieces[] = {
	    "\n", "\r", "\r\n ", "a: b\r\n", "a", "\r\n\t\r\n ", "\r\r\n\t"};
	const size_t len = 1 << 20;
	char *text = malloc(len);
	struct mime_field f;
	struct mime_scan s;

	if (!OK(text != NULL))
		return;
	for (size_t i = 0; i < NITEMS(pieces); i++) {
		size_t n = strlen(pieces[i]);

		memcpy(text, "A:", 2);
		for (size_t at = 2; at + n <= len; at += n)
			memcpy(text + at, pieces[i], n);
		memcpy(text + len - 1, "x", 1);
		OK(!mime_header_find(slice_of(text, len), SLICE("x"), &f));
		s = scan(slice_of(text, len), 4096);
		OK(s.octets <= len);
		mime_scan_fini(&s);
	}
	free(text);
}
