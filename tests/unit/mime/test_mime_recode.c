#include "mime/mime_recode.h"

#include "../unit.h"
#include "gmime_view.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define ROOM (64 << 20)
#define MIME "MIME-Version: 1.0\r\n"
#define MULTI MIME "Content-Type: multipart/mixed; boundary=b\r\n"
#define INNER "Content-Type: multipart/alternative; boundary=c\r\n"
#define UTF8 "Content-Type: text/plain; charset=utf-8\r\n"
#define CTE(how) "Content-Transfer-Encoding: " how "\r\n"
#define AE "\xc3\xa4"

/* What must not change, as others read it. */
static void
check_same(struct slice in, struct slice recoded)
{
	struct buf before = BUF_INIT(ROOM), after = BUF_INIT(ROOM);

	g_mime_init();
	gmime_view(in, &before);
	gmime_view(recoded, &after);
	EQ_MEM(after.p, after.len, before.p, before.len);
	buf_fini(&before);
	buf_fini(&after);
}

static void
check_lines(struct slice text)
{
	struct slice line;

	OK(slice_is_ascii(text));
	while (slice_cut(&text, '\n', &line))
		OK(slice_ends(line, SLICE("\r")));
	EQ_INT(text.len, 0);
}

static const struct {
	const char *name, *in, *want;
} cases[] = {
    {"utf-8 text",                  MIME UTF8 CTE("8bit") "\r\nm" AE "chtig viel Text\r\n",
     MIME UTF8 CTE("quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n"									       },
    {"latin1, label in other case",
     MIME
	"Content-Type: text/html; charset=iso-8859-1\r\n"
	"content-transfer-encoding:8BIT\r\nSubject: x\r\n\r\nm\xe4nner\r\n",		MIME "Content-Type: text/html; charset=iso-8859-1\r\n" CTE(
	    "quoted-printable") "Subject: x\r\n\r\nm=E4nner\r\n"          },
    {"no label",		    MIME UTF8 "\r\nm" AE "chtig viel Text\r\n",
     MIME UTF8 CTE("quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n"									       },
    {"wrong label",                 MIME UTF8 CTE("7bit") "\r\nm" AE "chtig viel Text\r\n",
     MIME UTF8 CTE("quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n"									       },
    {"no MIME at all",              "Subject: x\r\n\r\nm" AE "chtig viel Text\r\n",
     "Subject: x\r\n" MIME
	"Content-Type: text/plain; charset=unknown-8bit\r\n" CTE(
	    "quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n"										      },
    {"no header at all",            "\r\nm" AE "chtig viel Text\r\n",
     MIME "Content-Type: text/plain; charset=unknown-8bit\r\n" CTE(
	    "quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n"										      },
    {"no version",                  UTF8 "\r\nm" AE "chtig viel Text\r\n",
     UTF8 MIME CTE("quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n"									       },
    {"mostly not ASCII",            MIME UTF8 "\r\n" AE AE AE "\r\n",
     MIME UTF8 CTE("base64") "\r\nw6TDpMOkDQo=\r\n"												   },
    {"binary",
     MIME "Content-Type: application/octet-stream\r\n" CTE(
	    "binary") "\r\nmostly text\xff",
     MIME "Content-Type: application/octet-stream\r\n" CTE(
	    "base64") "\r\nbW9zdGx5IHRleHT/\r\n"												      },
    {"bare LF",		     MIME UTF8 "\r\nm" AE "chtig\nviel Text\r\n",
     MIME UTF8 CTE("base64") "\r\nbcOkY2h0aWcKdmllbCBUZXh0DQo=\r\n"										   },
    {"dots, From, blanks",
     MIME UTF8 "\r\nm" AE "chtig viel Text\r\n.\r\n..\r\nFrom x \r\n\t\r\n",
     MIME UTF8 CTE("quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n"
					  ".\r\n..\r\nFrom x=20\r\n=09\r\n"									   },
    {"one part of two",
     MULTI CTE("8bit") "\r\npre \r\n--b \r\n" UTF8 CTE(
	    "8bit") "\r\nm" AE "chtig viel Text \r\n--b\r\n"
		    "X-Odd :  field \r\nContent-Type: text/html\r\n\r\n"
		    "\r\nstays=as it is \r\n\r\n--b-- \r\nepi",			     MULTI CTE("7bit") "\r\npre \r\n--b \r\n" UTF8 CTE(
	    "quoted-printable") "\r\nm=C3=A4chtig viel Text=20\r\n--b\r\n"
				"X-Odd :  field \r\n"
				"Content-Type: text/html\r\n\r\n"
				"\r\nstays=as it is \r\n\r\n--b-- \r\nepi"             },
    {"attachment",
     MULTI "\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: image/x\r\n\r\n"
	      "\xff\xd8 \r\n--b--\r\n",						     MULTI "\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: image/x\r\n" CTE(
	    "base64") "\r\n/9gg\r\n--b--\r\n"								  },
    {"nested",
     MULTI CTE("binary") "\r\n--b\r\n" INNER
	    CTE("8bit") "\r\n--c\r\n\r\none\r\n--c\r\n" UTF8 CTE(
		"8bit") "\r\nm" AE
			"chtig viel Text\r\n--c--\r\n--b\r\n" INNER CTE(
			    "8bit") "\r\n--c\r\n\r\ntwo\r\n--c--\r\n--b--\r\n",
     MULTI CTE("7bit") "\r\n--b\r\n" INNER
	    CTE("7bit") "\r\n--c\r\n\r\none\r\n--c\r\n" UTF8 CTE(
		"quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n--c--\r\n--b"
				    "\r\n" INNER CTE("8bit") "\r\n--c\r\n\r\n"
							     "two\r\n--c--\r\n"
							     "--b--\r\n"									      },
    {"inner end missing",
     MULTI "\r\n--b\r\n" INNER CTE("8bit") "\r\n--c\r\n" UTF8 "\r\nm" AE
					      "chtig viel Text\r\n--b--\r\n",	       MULTI "\r\n--b\r\n" INNER CTE("7bit") "\r\n--c\r\n" UTF8 CTE(
	    "quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n--b--\r\n"},
    {"message in a part",
     MULTI "\r\n--b\r\nContent-Type: message/rfc822\r\n" CTE(
	    "8bit") "\r\nSubject: in\r\n\r\nm" AE
		    "chtig viel Text\r\n--b--\r\n",					 MULTI "\r\n--b\r\nContent-Type: message/rfc822\r\n" CTE(
	    "7bit") "\r\nSubject: in\r\n" CTE("quoted-printable") "\r\nm=C3="
								  "A4chtig "
								  "viel "
								  "Text\r\n--b-"
								  "-\r\n"                          },
    {"multipart without version",
     "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" UTF8
	"\r\nm" AE "chtig viel Text\r\n--b--\r\n",
     "Content-Type: multipart/mixed; boundary=b\r\n" MIME
	"\r\n--b\r\n" UTF8 CTE(
	    "quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n--b--\r\n"									     },
    {"around the parts",
     MULTI CTE("8bit") "\r\nf" AE "r\r\n--b\r\n\r\none\r\n--b--\r\n" AE,
     MULTI CTE("7bit") "\r\nf??r\r\n--b\r\n\r\none\r\n--b--\r\n??"										    },
    {"end missing",
     MULTI "\r\n--b\r\nContent-Type: image/x\r\n\r\n\xff\xd8\r\n",
     MULTI "\r\n--b\r\nContent-Type: image/x\r\n" CTE(
	    "base64") "\r\n/9gNCg==\r\n"													      },
    {"signature beside",
     MULTI "\r\n--b\r\nContent-Type: multipart/signed; boundary=c\r\n\r\n"
	      "--c\r\n\r\none\r\n--c--\r\n--b\r\n" UTF8 "\r\nm" AE
	      "chtig viel Text\r\n--b--\r\n",					       MULTI
	"\r\n--b\r\nContent-Type: multipart/signed; boundary=c\r\n\r\n"
	"--c\r\n\r\none\r\n--c--\r\n--b\r\n" UTF8 CTE(
	    "quoted-printable") "\r\nm=C3=A4chtig viel Text\r\n--b--\r\n"                                },
};

TEST(recode_decodes_to_the_same)
{
	struct buf b = BUF_INIT(10000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].name);
		buf_reset(&b);
		EQ_INT(mime_recode_7bit(slice_str(cases[i].in), &b), ERR_OK);
		EQ_STR(buf_cstr(&b), cases[i].want);
		OK(slice_is_ascii(buf_slice(&b)));
		check_same(slice_str(cases[i].in), buf_slice(&b));
	}
	buf_fini(&b);
}

static const struct {
	const char *name, *before, *behind;
	size_t len;        /* of the line between */
	const char *label; /* that comes to be; NULL: nothing changes */
} long_lines[] = {
    {"as long as may be", "\r\n",					  "\r\n",          998,  NULL                   },
    {"no MIME",           "\r\n",					  "\r\n",          999,  CTE("quoted-printable")},
    {"no line end",       "\r\n",					  "",              999,  CTE("quoted-printable")},
    {"a part",            MULTI "\r\n--b\r\n" CTE("7bit") "\r\n",          "\r\n--b--\r\n", 2000,
     CTE("quoted-printable")											     },
    {"binary",            MIME "Content-Type: application/x\r\n\r\n",      "\r\n",          999,
     CTE("base64")												       },
    {"encoded already",   MIME CTE("base64") "\r\n",                       "\r\n",          1000, NULL                   },
    {"signed",
     MIME "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n",
     "\r\n--b--\r\n",								       999,  NULL                   },
};

TEST(recode_breaks_long_lines)
{
	struct buf in = BUF_INIT(10000), out = BUF_INIT(20000);

	for (size_t i = 0; i < NITEMS(long_lines); i++) {
		const char *label = long_lines[i].label;

		unit_case(long_lines[i].name);
		buf_reset(&in);
		buf_reset(&out);
		buf_add_str(&in, long_lines[i].before);
		for (size_t n = 0; n < long_lines[i].len; n++)
			buf_add_char(&in, 'x');
		buf_add_str(&in, long_lines[i].behind);
		EQ_INT(
		    mime_long_lines(buf_slice(&in)), long_lines[i].len > 998);
		EQ_INT(mime_recode_7bit(buf_slice(&in), &out), ERR_OK);
		if (label == NULL) {
			EQ_MEM(out.p, out.len, in.p, in.len);
			continue;
		}
		OK(!mime_long_lines(buf_slice(&out)));
		OK(strstr(buf_cstr(&out), label) != NULL);
		OK(strstr(buf_cstr(&out), "unknown-8bit") == NULL);
		check_same(buf_slice(&in), buf_slice(&out));
	}
	buf_fini(&in);
	buf_fini(&out);
}

TEST(recode_leaves_seven_bits_alone)
{
	struct buf b = BUF_INIT(10000), again = BUF_INIT(10000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].name);
		buf_reset(&b);
		buf_reset(&again);
		buf_add_str(&b, cases[i].want);
		EQ_INT(mime_recode_7bit(buf_slice(&b), &again), ERR_OK);
		EQ_MEM(again.p, again.len, b.p, b.len);
	}
	EQ_INT(mime_recode_7bit(SLICE_NONE, &again), ERR_OK);
	buf_fini(&b);
	buf_fini(&again);
}

TEST(recode_says_what_it_cannot)
{
	static const struct {
		const char *name, *in;
		enum err want;
	} bad[] = {
	    {"signed",
             MIME "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n"
		     "\r\n" AE "\r\n--b--\r\n",
             ERR_DENIED									     },
	    {"encrypted",
             MIME "Content-Type: Multipart/Encrypted; boundary=b\r\n\r\n"
		     "--b\r\n\r\n" AE "\r\n--b--\r\n",
             ERR_DENIED									     },
	    {"deep in what is signed",
             MIME "Content-Type: multipart/signed; "
		     "boundary=b\r\n\r\n--b\r\n" INNER
		     "\r\n--c\r\n\r\none\r\n--c\r\n\r\n" AE,
             ERR_DENIED									     },
	    {"preamble in what is signed",
             MIME "Content-Type: multipart/signed; "
		     "boundary=b\r\n\r\n--b\r\n" INNER "\r\n" AE
		     "\r\n--c\r\n\r\none\r\n--c--",				  ERR_DENIED     },
	    {"header in what is signed",
             MIME "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n"
		     "A: " AE "\r\n\r\none\r\n--b--\r\n",
             ERR_DENIED									     },
	    {"signed in a message",
             MULTI "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
		      "Content-Type: multipart/signed; boundary=c\r\n\r\n"
		      "--c\r\n\r\n" AE "\r\n--c--\r\n--b--\r\n",
             ERR_DENIED									     },
	    {"S/MIME",
             MIME "Content-Type: application/pkcs7-mime\r\n\r\n\xff\r\n",
             ERR_DENIED									     },
	    {"S/MIME of old",
             MIME "Content-Type: application/x-pkcs7-mime; x=y\r\n\r\n\xff",
             ERR_DENIED									     },
	    {"header",                     "Subject: " AE "\r\n\r\ntext\r\n",        ERR_UNSUPPORTED},
	    {"header of a part",
             MULTI "\r\n--b\r\nContent-Disposition: attachment; filename=" AE
		      "\r\n\r\none\r\n--b--\r\n",				    ERR_UNSUPPORTED},
	    {"header of a multipart",
             MULTI "X: " AE "\r\n\r\n--b\r\n\r\none\r\n--b--\r\n",
             ERR_UNSUPPORTED									},
	    {"broken header",              "Subject: x\r\nbroken\r\n\r\n" AE "\r\n",
             ERR_UNSUPPORTED									},
	    {"no boundary",
             MIME "Content-Type: multipart/mixed\r\n\r\n" AE "\r\n",
             ERR_UNSUPPORTED									},
	    {"encoded already",
             MIME UTF8 CTE("quoted-printable") "\r\n=41" AE "\r\n",
             ERR_UNSUPPORTED									},
	    {"delivery status",
             MIME "Content-Type: message/delivery-status\r\n\r\n" AE "\r\n",
             ERR_UNSUPPORTED									},
	};
	struct buf b = BUF_INIT(10000);

	buf_add_str(&b, "kept");
	for (size_t i = 0; i < NITEMS(bad); i++) {
		unit_case(bad[i].name);
		EQ_INT(mime_recode_7bit(slice_str(bad[i].in), &b), bad[i].want);
		EQ_STR(buf_cstr(&b), "kept");
	}
	buf_fini(&b);
}

TEST(recode_depth_is_bounded)
{
	struct buf in = BUF_INIT(10000), out = BUF_INIT(20000);

	for (int depth = 49; depth <= 51; depth++) {
		buf_reset(&in);
		for (int i = 0; i < depth; i++)
			buf_add_str(
			    &in, "Content-Type: message/rfc822\r\n\r\n");
		buf_add_str(&in, "Subject: deep\r\n\r\n" AE "\r\n");
		EQ_INT(mime_recode_7bit(buf_slice(&in), &out),
		    depth > 50 ? ERR_UNSUPPORTED : ERR_OK);
	}
	buf_fini(&in);
	buf_fini(&out);
}

TEST(recode_meets_the_ceiling)
{
	struct buf b = BUF_INIT(100);

	EQ_INT(mime_recode_7bit(slice_str(cases[0].in), &b), ERR_TOOBIG);
	buf_fini(&b);
}

/* RFC 6532 section 3.7: the one kind of message that may be encoded whole.
 * GMime does not look into it then. */
TEST(recode_of_global_message)
{
	struct buf b = BUF_INIT(1000);

	EQ_INT(mime_recode_7bit(
		   SLICE(MULTI "\r\n--b\r\n"
			       "Content-Type: message/global\r\n\r\n"
			       "Subject: " AE "\r\n\r\n\r\n--b--\r\n"),
		   &b),
	    ERR_OK);
	EQ_STR(buf_cstr(&b),
	    MULTI "\r\n--b\r\nContent-Type: message/global\r\n" CTE(
		"base64") "\r\nU3ViamVjdDogw6QNCg0K\r\n--b--\r\n");
	buf_fini(&b);
}

#define TEN "0123456789"
/* A soft line break, or a mask, in front of what would then be a boundary */
TEST(recode_makes_no_boundary)
{
	struct slice soft =
	    SLICE(MULTI "\r\n--b\r\n" UTF8 "\r\n" AE TEN TEN TEN TEN TEN TEN
			"012345678--b\r\nx\r\n--b--\r\n");
	struct slice masked =
	    SLICE("Content-Type: multipart/x; boundary=\"b?\""
		  "\r\n\r\n--b\xff\r\n--b?\r\n\r\nx\r\n--b?--\r\n");
	struct buf b = BUF_INIT(1000);

	EQ_INT(mime_recode_7bit(soft, &b), ERR_OK);
	check_same(soft, buf_slice(&b));
	OK(slice_find_slice(buf_slice(&b), SLICE("base64")) < b.len);
	EQ_INT(mime_recode_7bit(masked, &b), ERR_UNSUPPORTED);
	buf_fini(&b);
}

static uint32_t
next_random(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 16;
}

/* A large message: lines up to 64 KiB, thousands of "--" lines, many parts. */
TEST(recode_large)
{
	struct buf in = BUF_INIT(ROOM), out = BUF_INIT(2 * ROOM);
	uint32_t x = 1;

	buf_add_str(&in, MULTI "\r\n");
	for (int part = 0; part < 40; part++) {
		buf_add_str(&in, part % 2 ? "--b\r\n" UTF8 "\r\n"
					  : "--b\r\nContent-Type: a/b\r\n\r\n");
		for (int line = 0; line < 30; line++) {
			size_t len = next_random(&x) % 65536;

			for (size_t i = 0; i < len; i++)
				buf_add_char(&in, i % 9 == 0
						      ? '\xe4'
						      : (char)(0x20 + i % 94));
			buf_add_str(&in, "\r\n--bb\r\n--\r\n");
		}
	}
	buf_add_str(&in, "\r\n--b--\r\n");
	EQ_INT(in.err, ERR_OK);
	EQ_INT(mime_recode_7bit(buf_slice(&in), &out), ERR_OK);
	check_lines(buf_slice(&out));
	check_same(buf_slice(&in), buf_slice(&out));
	buf_fini(&in);
	buf_fini(&out);
}

TEST(recode_sees_eight_bits)
{
	static const struct {
		const char *in;
		bool header, body;
	} eights[] = {
	    {"A: b\r\n\r\ntext of some length\r\n",  false, false},
	    {"A: b\r\n\r\ntext of some length \xff", false, true },
	    {"A: \xff\r\n\r\ntext\r\n",              true,  false},
	    {"A: \xff\r\n b\xff\r\n\r\n\xff",        true,  true },
	    {"\xff",				 false, true },
	    {"",				     false, false},
	};

	for (size_t i = 0; i < NITEMS(eights); i++) {
		bool header = !eights[i].header, body = !eights[i].body;

		unit_case(eights[i].in);
		mime_eight(slice_str(eights[i].in), &header, &body);
		EQ_INT(header, eights[i].header);
		EQ_INT(body, eights[i].body);
	}
}
