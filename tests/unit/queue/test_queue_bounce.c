/*
 * What others make of reports: tests/oracle/mail.
 *
 * Covers: queue/queue_bounce_text.c
 */
#include "queue/queue_bounce.h"

#include "../unit.h"
#include "mime/mime_text.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define DAY 86400000000ull
#define HEADER "From: ann@a.test\r\nSubject: Hello\r\n\r\n"

static const struct queue_bounce_rcpt bob = {
    .action = QUEUE_FAILED,
    .addr = {"bob@b.test",              10},
    .orcpt = {"rfc822;Bob@c.test",       17},
    .status = {"5.1.1",                   5 },
    .code = 550,
    .host = {"mx.b.test[192.0.2.1]:25", 23},
    .reply = {"no such person",          14},
    .last_us = DAY
};

static struct queue_bounce
about(const struct queue_bounce_rcpt *rcpt, unsigned n)
{
	struct queue_bounce b = {
	    .id = {{1}},
	    .about = {            {2}  },
	    .to = { "ann@a.test",   10},
	    .hostname = {  "mail.a.test",   11},
	    .now_us = 6 * DAY,
	    .arrived_us = DAY,
	    .rcpt = rcpt,
	    .nrcpts = n,
	    .original = {         HEADER,   sizeof HEADER - 1}
        };

	return b;
}

static void
make(const struct queue_bounce *b, struct buf *out)
{
	buf_reset(out);
	EQ_INT(queue_bounce_make(b, out), ERR_OK);
	OK(mime_text_is_plain(buf_slice(out), !queue_bounce_utf8(b)));
}

static bool
holds(struct buf *b, const char *text)
{
	return strstr(buf_cstr(b), text) != NULL;
}

TEST(bounce_whole)
{
	struct queue_bounce b = about(&bob, 1);
	struct buf out = BUF_INIT(100000);

	make(&b, &out);
	EQ_STR(buf_cstr(&out),
	    "From: Mail Delivery System <MAILER-DAEMON@mail.a.test>\r\n"
	    "To: ann@a.test\r\n"
	    "Subject: Undelivered: Hello\r\n"
	    "Date: Wed, 07 Jan 1970 00:00:00 +0000\r\n"
	    "Message-ID: <01000000000000000000000000000000@mail.a.test>\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    "\tboundary=\"=_01000000000000000000000000000000_0\"\r\n"
	    "\r\n"
	    "--=_01000000000000000000000000000000_0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "\r\n"
	    "This is the mail system at host mail.a.test.\r\n"
	    "\r\n"
	    "Your message could not be delivered to\r\n"
	    "\r\n"
	    "    bob@b.test\r\n"
	    "\r\n"
	    "The server mx.b.test[192.0.2.1]:25 said:\r\n"
	    "\r\n"
	    "    550 5.1.1 no such person\r\n"
	    "\r\n"
	    "What this means: the address does not exist there. Check it for "
	    "typing\r\n"
	    "errors, or ask the recipient for the right one.\r\n"
	    "\r\n"
	    "Reference for your postmaster: "
	    "02000000000000000000000000000000\r\n"
	    "\r\n"
	    "--=_01000000000000000000000000000000_0\r\n"
	    "Content-Type: message/delivery-status\r\n"
	    "\r\n"
	    "Reporting-MTA: dns; mail.a.test\r\n"
	    "Arrival-Date: Fri, 02 Jan 1970 00:00:00 +0000\r\n"
	    "\r\n"
	    "Original-Recipient: rfc822;Bob@c.test\r\n"
	    "Final-Recipient: rfc822; bob@b.test\r\n"
	    "Action: failed\r\n"
	    "Status: 5.1.1\r\n"
	    "Remote-MTA: dns; mx.b.test\r\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 no such person\r\n"
	    "Last-Attempt-Date: Fri, 02 Jan 1970 00:00:00 +0000\r\n"
	    "\r\n"
	    "--=_01000000000000000000000000000000_0\r\n"
	    "Content-Type: text/rfc822-headers\r\n"
	    "\r\n"
	    "From: ann@a.test\r\n"
	    "Subject: Hello\r\n"
	    "\r\n"
	    "--=_01000000000000000000000000000000_0--\r\n");
	buf_fini(&out);
}

/* Those with one fate stand together, the others have their own words. */
/* Without a domain the field would be no address (RFC 5322 section 3.4). */
TEST(bounce_to_a_bare_postmaster)
{
	struct queue_bounce b = about(&bob, 1);
	struct buf out = BUF_INIT(1 << 16);

	b.to = SLICE("postmaster");
	make(&b, &out);
	OK(holds(&out, "\r\nTo: postmaster@mail.a.test\r\n"));
	buf_fini(&out);
}

TEST(bounce_groups_recipients)
{
	struct queue_bounce_rcpt r[3] = {bob, bob, bob};
	struct queue_bounce b = about(r, 3);
	struct buf out = BUF_INIT(100000);

	r[1].addr = SLICE("carol@b.test");
	r[2].addr = SLICE("dave@d.test");
	r[2].status = SLICE("4.4.1");
	r[2].code = 0;
	r[2].reply = SLICE("connection refused");
	make(&b, &out);
	OK(holds(
	    &out, "    bob@b.test\r\n    carol@b.test\r\n\r\nThe server "));
	OK(holds(&out,
	    "could not be delivered to\r\n\r\n    dave@d.test\r\n\r\n"
	    "The reason:\r\n\r\n    connection refused\r\n\r\n"
	    "It was tried again and again for 5 days. Now this system has "
	    "given up.\r\n"));
	OK(holds(&out, "Status: 4.4.1\r\n"));
	buf_fini(&out);
}

TEST(bounce_of_many_names_some)
{
	static struct queue_bounce_rcpt r[300];
	struct queue_bounce b = about(r, NITEMS(r));
	struct buf out = BUF_INIT(1000000);
	unsigned n = 0;

	for (size_t i = 0; i < NITEMS(r); i++)
		r[i] = bob;
	make(&b, &out);
	OK(holds(&out, "The same goes for 200 more recipients"));
	for (const char *p = buf_cstr(&out);
	     (p = strstr(p, "\r\nFinal-Recipient:")) != NULL; p++)
		n++;
	EQ_INT(n, 300);
	buf_fini(&out);
}

TEST(bounce_of_other_actions)
{
	static const struct {
		enum queue_action action;
		const char *subject, *says, *field;
	} cases[] = {
	    {QUEUE_DELAYED,   "Subject: Delayed: Hello\r\n",
             "You need not\r\ndo anything", "Action: delayed\r\n"
		"Status: 4.0.0\r\n"      },
	    {QUEUE_DELIVERED, "Subject: Delivered: Hello\r\n",
             "has been delivered to",       "Action: delivered\r\nStatus: 2.0.0\r\n"},
	    {QUEUE_RELAYED,   "Subject: Delivered: Hello\r\n",
             "sends no reports, for",       "Action: relayed\r\nStatus: 2.0.0\r\n"  },
	    {QUEUE_EXPANDED,  "Subject: Delivered: Hello\r\n",
             "behind the address",          "Action: expanded\r\nStatus: 2.0.0\r\n" },
	};
	struct buf out = BUF_INIT(100000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct queue_bounce_rcpt r = {
		    .action = cases[i].action,
		    .addr = {"bob@b.test", 10},
		    .until_us = 9 * DAY
                };
		struct queue_bounce b = about(&r, 1);

		unit_case(cases[i].subject);
		make(&b, &out);
		OK(holds(&out, cases[i].subject));
		OK(holds(&out, cases[i].says));
		OK(holds(&out, cases[i].field));
		EQ_INT(holds(&out, "Will-Retry-Until: Sat, 10 Jan 1970"),
		    cases[i].action == QUEUE_DELAYED);
	}
	buf_fini(&out);
}

TEST(bounce_returns_what_it_can)
{
#define TEXT "Content-Type: text/plain; charset=utf-8\r\n"
	static const struct {
		const char *name, *original;
		bool whole;
		const char *holds;
	} cases[] = {
	    {"whole",             HEADER "text\r\n",                           true,
             "Content-Type: message/rfc822\r\n\r\n" HEADER
		"text\r\n\r\n--="									 },
	    {"header",            HEADER "text\r\n",                           false,
             "Content-Type: text/rfc822-headers\r\n\r\nFrom: ann@a.test\r\n"
		"Subject: Hello\r\n\r\n--="							       },
	    {"recoded",           TEXT HEADER "f\xc3\xbcr alle und alles\r\n", true,
             "quoted-printable\r\n\r\nf=C3=BCr alle und alles\r\n\r\n--="                                 },
	    {"8-bit header",      "Subject: f\xc3\xbcr\r\n\r\ntext\r\n",       true,
             "headers\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
		"Subject: f=C3=BCr\r\n\r\n--="							    },
	    {"bare LF in header", "Subject: a\nb\r\n\r\ntext\r\n",             true,
             "headers\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		"U3ViamVjdDogYQpiDQo=\r\n--="							     },
	    {"no subject",        "From: x\r\n\r\n",                           false,
             "Subject: Undelivered: (no subject)\r\n"                                                     },
	    {"nothing",           "",					  true,  "no such person\r\n"},
	};
	struct buf out = BUF_INIT(100000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct queue_bounce b = about(&bob, 1);

		unit_case(cases[i].name);
		b.original = slice_str(cases[i].original);
		b.whole = cases[i].whole;
		make(&b, &out);
		OK(holds(&out, cases[i].holds));
	}
	buf_fini(&out);
}

TEST(bounce_needs_utf8)
{
	static const struct {
		const char *name, *to, *addr, *original;
		bool utf8, want;
	} cases[] = {
	    {"ASCII",                   "a@a.test",        "b@b.test",        HEADER "\xff",               true,  false},
	    {"sender",                  "\xc3\xa4@a.test", "b@b.test",        HEADER,                      false, true },
	    {"recipient",               "a@a.test",        "\xc3\xa4@b.test", HEADER,                      true,  true },
	    {"recipient, but not said", "a@a.test",        "\xc3\xa4@b.test", HEADER,
             false,											       false},
	    {"header",                  "a@a.test",        "b@b.test",        "Subject: \xc3\xa4\r\n\r\n",
             true,												true },
	    {"header, but not said",    "a@a.test",        "b@b.test",
             "Subject: \xff\r\n\r\n",								      false, false},
	};
	struct buf out = BUF_INIT(100000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct queue_bounce_rcpt r = bob;
		struct queue_bounce b = about(&r, 1);

		unit_case(cases[i].name);
		r.addr = slice_str(cases[i].addr);
		b.to = slice_str(cases[i].to);
		b.original = slice_str(cases[i].original);
		b.utf8 = cases[i].utf8;
		EQ_INT(queue_bounce_utf8(&b), cases[i].want);
		make(&b, &out);
		EQ_INT(holds(&out, "message/global-delivery-status"),
		    cases[i].want);
	}
	buf_fini(&out);
}

TEST(bounce_avoids_its_boundary)
{
	struct queue_bounce b = about(&bob, 1);
	struct buf out = BUF_INIT(100000);

	b.original = SLICE(HEADER "--=_01000000000000000000000000000000_0\r\n");
	b.whole = true;
	make(&b, &out);
	OK(holds(&out, "\tboundary=\"=_01000000000000000000000000000000_1\""));
	buf_fini(&out);
}

TEST(bounce_meets_the_ceiling)
{
	struct queue_bounce b = about(&bob, 1);
	struct buf out;

	for (size_t max = 0; max < 1200; max += 100) {
		buf_init(&out, max);
		EQ_INT(queue_bounce_make(&b, &out), ERR_TOOBIG);
		buf_fini(&out);
	}
}
