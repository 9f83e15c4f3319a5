#include "mime/mime_trace.h"

#include "../unit.h"
#include "mime/mime_header.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}
#define DATE "Mon, 23 Nov 2026 14:21:00 +0000"
#define ID "00112233445566778899aabbccddeeff"
#define NOW 1795443660000000
#define X10(s) s s s s s s s s s s

static const struct {
	const char *name;
	struct mime_received r;
	const char *want;
} fields[] = {
    {"everything",
     {.helo = S("client.test"),
	    .peer_ip = S("192.0.2.1"),
	    .peer_name = S("host.test"),
	    .by = S("mx.test"),
	    .with = S("ESMTPS"),
	    .tls = S("TLSv1.3 TLS_AES_256_GCM_SHA384"),
	    .id = S(ID),
	    .only_for = S("ann@mx.test"),
	    .us = NOW},
     "Received: from client.test (host.test [192.0.2.1]) by mx.test with "
	"ESMTPS\r\n\t(TLSv1.3 TLS_AES_256_GCM_SHA384) id " ID
	"\r\n\tfor <ann@mx.test>; " DATE "\r\n"                        },
    {"no TLS, more recipients",
     {.helo = S("c.test"),
	    .peer_ip = S("192.0.2.1"),
	    .by = S("mx.test"),
	    .with = S("SMTP"),
	    .id = S("ab"),
	    .us = NOW},
     "Received: from c.test ([192.0.2.1]) by mx.test with SMTP id "
	"ab;\r\n\t" DATE "\r\n"					},
    {"v6",
     {.helo = S("c"), .peer_ip = S("2001:db8::1"), .by = S("m"), .us = NOW},
     "Received: from c ([IPv6:2001:db8::1]) by m; " DATE "\r\n"        },
    {"no HELO",		 {.peer_ip = S("192.0.2.1"), .by = S("m"), .us = NOW},
     "Received: from [192.0.2.1] ([192.0.2.1]) by m;\r\n\t" DATE "\r\n"},
    {"ours",		    {.by = S("m"), .id = S("ab"), .us = NOW},
     "Received: by m id ab; " DATE "\r\n"                              },
    {"HELO breaks out",
     {.helo = S("a\r\nX: y\0 by evil (c) \\ \"q\" <p>; d,\xc3\xb6"),
	    .peer_ip = S("192.0.2.1"),
	    .by = S("m"),
	    .us = NOW},
     "Received: from a??X:?y??by?evil??c?????q???p???d??? ([192.0.2.1]) by "
	"m;\r\n\t" DATE "\r\n"					 },
    {"HELO literal",
     {.helo = S("[192.0.2.1]"),
	    .peer_ip = S("192.0.2.1"),
	    .by = S("m"),
	    .us = NOW},
     "Received: from [192.0.2.1] ([192.0.2.1]) by m;\r\n\t" DATE "\r\n"},
    {"name breaks out",
     {.helo = S("c"),
	    .peer_ip = S("192.0.2.1"),
	    .peer_name = S("a)\r\nX"),
	    .by = S("m"),
	    .us = NOW},
     "Received: from c (a???X [192.0.2.1]) by m; " DATE "\r\n"         },
    {"recipient with blanks",
     {.by = S("m"), .only_for = S("\"a b;c\"@m"), .us = NOW},
     "Received: by m for <\"a b;c\"@m>; " DATE "\r\n"                  },
    {"recipient breaks out",
     {.by = S("m"), .only_for = S("a\r\nb\0\x7f@m"), .us = NOW},
     "Received: by m for <a??b??@m>; " DATE "\r\n"                     },
};

TEST(mime_trace_writes_received)
{
	struct buf b = BUF_INIT(4000);

	for (size_t i = 0; i < NITEMS(fields); i++) {
		unit_case(fields[i].name);
		buf_reset(&b);
		mime_trace_add_received(&b, &fields[i].r);
		EQ_SLICE(buf_slice(&b), fields[i].want);
	}
	buf_fini(&b);
}

/* Lines stay below 78 octets unless one word alone is longer. */
TEST(mime_trace_folds)
{
	static char name[3000];
	struct buf b = BUF_INIT(8000);
	struct slice rest, line;
	struct mime_field f;

	memset(name, 'n', sizeof name);
	for (size_t n = 0; n < 400; n++) {
		struct mime_received r = {.helo = slice_of(name, n),
		    .peer_ip = SLICE("192.0.2.1"),
		    .peer_name = slice_of(name, n / 3),
		    .by = slice_of(name, n % 60),
		    .with = SLICE("ESMTPSA"),
		    .tls = SLICE("TLSv1.3 TLS_AES_256_GCM_SHA384"),
		    .id = SLICE(ID),
		    .only_for = slice_of(name, n % 70),
		    .us = NOW};

		buf_reset(&b);
		buf_add_str(&b, "Before: x\r\n");
		mime_trace_add_received(&b, &r);
		OK(b.err == ERR_OK);
		rest = slice_skip(buf_slice(&b), 11);
		OK(mime_header_next(&rest, &f) && rest.len == 0);
		for (rest = f.whole; slice_cut(&rest, '\n', &line);) {
			OK(slice_ends(line, SLICE("\r")));
			if (n < 60)
				OK(line.len <= 78);
			OK(line.len < 300);
		}
	}
	buf_fini(&b);
}

TEST(mime_trace_bounds_names)
{
	static const char name[] = X10(X10(X10("nam.")));
	struct mime_received r = {.helo = S(name),
	    .peer_ip = S(name),
	    .peer_name = S(name),
	    .by = S("m"),
	    .us = NOW};
	struct buf b = BUF_INIT(4000);

	mime_trace_add_received(&b, &r);
	EQ_INT(b.err, ERR_OK);
	OK(b.len < 1200);
	buf_fini(&b);
}

TEST(mime_trace_writes_the_others)
{
	struct buf b = BUF_INIT(400);

	mime_trace_add_return_path(&b, SLICE("ann@remote.test"));
	mime_trace_add_return_path(&b, SLICE_NONE);
	mime_trace_add_delivered_to(&b, SLICE("bob@c"));
	mime_trace_add_message_id(&b, SLICE(ID), SLICE("mx.test"));
	mime_trace_add_date(&b, NOW);
	EQ_STR(buf_cstr(&b), "Return-Path: <ann@remote.test>\r\n"
			     "Return-Path: <>\r\n"
			     "Delivered-To: bob@c\r\n"
			     "Message-ID: <" ID "@mx.test>\r\n"
			     "Date: " DATE "\r\n");
	buf_reset(&b);
	mime_trace_add_return_path(&b, SLICE("a\r\nX: y"));
	mime_trace_add_delivered_to(&b, SLICE("a\nb"));
	EQ_STR(buf_cstr(&b), "Return-Path: <a??X: y>\r\n"
			     "Delivered-To: a?b\r\n");
	buf_fini(&b);
}

/* A buffer that is too small says so; nothing worse. */
TEST(mime_trace_meets_the_ceiling)
{
	for (size_t max = 0; max < 240; max++) {
		struct buf b = BUF_INIT(max);

		mime_trace_add_received(&b, &fields[0].r);
		EQ_INT(
		    b.err, max < strlen(fields[0].want) ? ERR_TOOBIG : ERR_OK);
		OK(b.len <= max);
		buf_fini(&b);
	}
}
