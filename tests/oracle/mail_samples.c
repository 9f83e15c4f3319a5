/*
 * Writes what our code makes of mail into files, for readers of other people
 * to judge: tests/oracle/mail. Without a directory it does nothing.
 *
 *	mail_samples DIR    DIR/NAME.report, DIR/NAME.held
 *	                    DIR/NAME.before, DIR/NAME.after (made 7-bit)
 */
#include "mime/mime_recode.h"
#include "queue/queue_bounce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define US(day) (20000ull + (day)) * 86400 * 1000000
enum { ROOM = 4 << 20, LONG = 100 << 10 };

static const char *dir;

static void
put(const char *name, const char *kind, struct slice text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.%s", dir, name, kind);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(text.p, 1, text.len, f) != text.len ||
	    fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}
#define HEADER "From: ann@a.test\r\nTo: bob@b.test\r\nSubject: "
#define FAILED(said)                                                           \
	{                                                                      \
		.action = QUEUE_FAILED, .addr = {"bob@b.test", 10},            \
		.status = {"5.1.1", 5}, .code = 550,                           \
		.host = {"mx.b.test[192.0.2.1]:25", 23},                       \
		.reply = {said, sizeof(said) - 1}, .last_us = US(1)            \
	}

static const struct {
	const char *name;
	struct queue_bounce_rcpt rcpt;
	struct slice original;
	bool whole, utf8;
} reports[] = {
    {"plain",         FAILED("no such person here"),
     S(HEADER "Hello\r\n\r\nThe text\r\n"),								true,  false},
    {"header",        FAILED("no such person here"),                           S(HEADER "Hello\r\n\r\n"),  false,
     false													     },
    {"nothing",       FAILED("no such person here"),                           S(""),                      false, false},
    {"hostile",
     FAILED("bad\r\n.\r\n--b\0\xff\x1b[31m <a@b.test> \xe2\x80\xae"
	       "=?utf-8?B?eA==?="),
     S(HEADER "a\r\n--\r\n --x\0y\rz\r\n\r\n--=_\r\n--\r\n"),                                              true,  false},
    {"eight",         FAILED("keine solche Person f\xc3\xbcr Sie"),
     S("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	  "Content-Transfer-Encoding: 8bit\r\n" HEADER
	  "x\r\n\r\nf\xc3\xbcr alle und alles\r\n"),
     true,													false},
    {"signed",        FAILED("5.6.3 cannot be converted"),
     S("MIME-Version: 1.0\r\n"
	  "Content-Type: multipart/signed; boundary=b\r\n" HEADER
	  "x\r\n\r\n--b\r\n\r\nf\xc3\xbcr\r\n--b--\r\n"),
     true,													false},
    {"raw_subject",   FAILED("no"),
     S(HEADER
	    "f\xc3\xbcr sehr viele, die auch einen langen Betreff von mehr "
	    "als einer Zeile lesen m\xc3\xb6gen\r\n\r\n"),
     false,												       false},
    {"latin_subject", FAILED("no"),					    S(HEADER "f\xfcr\r\n\r\n"), false, false},
    {"utf8",
     {.action = QUEUE_FAILED,
	    .addr = {"b\xc3\xb6"
		     "b@b.test",
		11},
	    .status = {"5.6.7", 5},
	    .reply = {"SMTPUTF8 is needed", 18}},
     S(HEADER "f\xc3\xbcr\r\n\r\nText\r\n"),							       true,  true },
    {"delayed",
     {.action = QUEUE_DELAYED,
	    .addr = {"bob@b.test", 10},
	    .orcpt = {"rfc822;Bob+2BX@c.test", 21},
	    .status = {"4.4.1", 5},
	    .reply = {"connection timed out", 20},
	    .last_us = US(1),
	    .until_us = US(5)},
     S(HEADER "Hello\r\n\r\n"),									    false, false},
    {"delivered",     {.action = QUEUE_DELIVERED, .addr = {"bob@b.test", 10}},
     S(HEADER "Hello\r\n\r\n"),									    false, false},
    {"relayed",
     {.action = QUEUE_RELAYED,
	    .addr = {"bob@b.test", 10},
	    .code = 250,
	    .reply = {"2.0.0 queued", 12},
	    .host = {"[192.0.2.1]:25", 14}},
     S(HEADER "Hello\r\n\r\n"),									    false, false},
    {"expanded",      {.action = QUEUE_EXPANDED, .addr = {"all@b.test", 10}},
     S(HEADER "Hello\r\n\r\n"),									    false, false},
};

static void
report(const char *name, const struct queue_bounce_rcpt *rcpt,
    struct slice original, bool whole, bool utf8)
{
	struct queue_bounce b = {
	    .id = {{1, 2, 3}},
	    .about = {            {4, 5, 6}        },
	    .to = { "ann@a.test",         10},
	    .hostname = {        "mail.a.test",         11},
	    .envid = {             "QQ+2B1",         6},
	    .now_us = US(5),
	    .arrived_us = US(0),
	    .rcpt = rcpt,
	    .nrcpts = 1,
	    .original = original,
	    .whole = whole,
	    .utf8 = utf8
        };
	struct buf out = BUF_INIT(ROOM);

	if (queue_bounce_make(&b, &out) != ERR_OK)
		exit(1);
	put(name, "report", buf_slice(&out));
	buf_fini(&out);
}

/* A header line of 100 KiB, and a message that knows the boundaries */
static void
hostile_reports(void)
{
	static char text[LONG + 1000];
	struct queue_bounce_rcpt r = FAILED("no");
	int n = 0;

	memset(text, 'x', sizeof text);
	memcpy(text, "X: ", 3);
	memcpy(text + LONG, "\r\n\r\n", 4);
	report("long_line", &r, slice_of(text, LONG + 4), false, false);
	report("long_line_whole", &r, slice_of(text, LONG + 4), true, false);
	n += snprintf(text, sizeof text, HEADER "x\r\n\r\n");
	for (int i = 0; i < 150; i++)
		n += snprintf(text + n, sizeof text - (size_t)n,
		    "--=_010203%026d_%d\r\n--=_010203%026d_%d--\r\n", 0, i, 0,
		    i);
	report("knows_all", &r, slice_of(text, (size_t)n), true, false);
	report(
	    "knows_all_of_header", &r, slice_of(text, (size_t)n), false, false);
}

static void
held(void)
{
	struct queue_held_notice n = {
	    .id = {{1, 2, 3}},
	    .about = {            {4, 5, 6}        },
	    .to = { "ann@a.test",         10},
	    .account = {         "ann@a.test",         10},
	    .hostname = {        "mail.a.test",         11},
	    .now_us = US(0),
	    .messages = 200,
	    .recipients = 1000
        };
	struct buf out = BUF_INIT(ROOM);

	if (queue_held_make(&n, &out) != ERR_OK)
		exit(1);
	put("notice", "held", buf_slice(&out));
	buf_fini(&out);
}

#define MULTI                                                                  \
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
#define UTF8 "Content-Type: text/plain; charset=utf-8\r\n"
static const struct {
	const char *name, *text;
} eights[] = {
    {"text",    "MIME-Version: 1.0\r\n" UTF8
	     "Content-Transfer-Encoding: 8bit\r\n\r\nf\xc3\xbcr alle \r\n.\r\n"
	     "From hier\r\n\t\r\n"               },
    {"no_mime", "Subject: x\r\n\r\nf\xfcr alle und alles\r\n"},
    {"parts",   MULTI "Content-Transfer-Encoding: 8bit\r\n\r\npre\r\n--b\r\n" UTF8
		    "\r\nf\xc3\xbcr alle \r\n--b\r\nContent-Type: image/x\r\n"
		    "Content-Transfer-Encoding: binary\r\n\r\n\xff\xd8 "
		    "\r\n--b--\r\nepi\r\n"      },
    {"nested",
     MULTI "\r\n--b\r\nContent-Type: multipart/alternative;\r\n"
	      "\tboundary=\"c\"\r\n\r\n--c\r\n\r\none\r\n--c\r\n" UTF8
	      "\r\n\xc3\xbc\xc3\xb6\xc3\xa4\r\n--c--\r\n--b\r\n"
	      "Content-Type: message/rfc822\r\n"
	      "Content-Transfer-Encoding: 8bit\r\n\r\nSubject: in\r\n" UTF8
	      "\r\nf\xc3\xbcr alle und alles\r\n--b--\r\n"   },
};

static void
recoded(void)
{
	struct buf out = BUF_INIT(ROOM);

	for (size_t i = 0; i < NITEMS(eights); i++) {
		struct slice text = slice_str(eights[i].text);

		buf_reset(&out);
		if (mime_recode_7bit(text, &out) != ERR_OK)
			exit(1);
		put(eights[i].name, "before", text);
		put(eights[i].name, "after", buf_slice(&out));
	}
	buf_fini(&out);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 0;
	dir = argv[1];
	for (size_t i = 0; i < NITEMS(reports); i++)
		report(reports[i].name, &reports[i].rcpt, reports[i].original,
		    reports[i].whole, reports[i].utf8);
	hostile_reports();
	held();
	recoded();
	return 0;
}
