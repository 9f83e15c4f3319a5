/* mbox in and out, line ends, UIDLs, ids. Covers: ctl/ctl_id.c */
#include "ctl/ctl_mbox.h"

#include "ctl/ctl_id.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *file;
	const char *text[4]; /* of each message, ends with NULL */
} files[] = {
    {"two",
     "From a@b Mon Nov 23 14:21:00 2026\nS: 1\n\nbody\n\nFrom c\nS: "
	"2\n\nx\n",								  {"S: 1\n\nbody\n", "S: 2\n\nx\n"}},
    {"no empty line in front", "From a\nS: 1\n\nbody\nFrom here on\n",
     {"S: 1\n\nbody\nFrom here on\n"}										 },
    {"empty lines stay",       "From a\nS: 1\n\nbody\n\n\n\nFrom b\n\n",
     {"S: 1\n\nbody\n\n\n", ""}										       },
    {"no end",		 "From a\nS: 1",				       {"S: 1"}                         },
    {"CRLF",		   "From a\r\nS: 1\r\n\r\nx\r\n\r\nFrom b\r\n\r\ny\r\n",
     {"S: 1\r\n\r\nx\r\n", "\r\ny\r\n"}									       },
    {"only a From line",       "From a\n",					   {""}                             },
    {"no mbox",		"Subject: x\n",				       {NULL}                           },
    {"empty",		  "",						   {NULL}			   },
};

TEST(ctl_mbox_splits)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct slice rest = slice_str(files[i].file);
		struct ctl_mbox_message m;
		unsigned n = 0;

		unit_case(files[i].name);
		EQ_INT(ctl_mbox_is(rest), files[i].text[0] != NULL);
		for (; ctl_mbox_next(&rest, &m); n++)
			if (OK(n < 4 && files[i].text[n] != NULL))
				EQ_SLICE(m.text, files[i].text[n]);
		OK(n == 4 || files[i].text[n] == NULL);
	}
}

TEST(ctl_mbox_dates)
{
	EQ_INT(ctl_mbox_time(SLICE("From a@b Mon Nov 23 14:21:00 2026")),
	    UINT64_C(1795443660000000));
	EQ_INT(ctl_mbox_time(SLICE("From a@b Mon Nov  2 14:21:00 2026")),
	    UINT64_C(1793629260000000));
	EQ_INT(ctl_mbox_time(SLICE("From a@b yesterday")), 0);
	EQ_INT(ctl_mbox_time(SLICE("From ")), 0);
}

static const struct {
	const char *name, *in, *want;
	bool unquote;
} lines[] = {
    {"LF",		       "a\nb\n",				    "a\r\nb\r\n",          false},
    {"CRLF",		     "a\r\nb\r\n",				"a\r\nb\r\n",          false},
    {"CR alone",		 "a\rb\r\r\nc",                               "a\r\nb\r\n\r\nc\r\n", false},
    {"no end",		   "a\nb",				      "a\r\nb\r\n",          false},
    {"empty",		    "",					  "",                    false},
    {"only ends",                "\n\r\n\r",				  "\r\n\r\n\r\n",        false},
    {"quoted",		   ">From x\n>>From y\n>Fromz\n> From\nFrom\n",
     "From x\r\n>From y\r\n>Fromz\r\n> From\r\nFrom\r\n",                                            true },
    {"quotes stay",              ">From x\n",				 ">From x\r\n",         false},
    {"dots are nothing special", ".\n..\n",                                   ".\r\n..\r\n",         true },
};

static void
gather(struct ctl_canon *k, struct buf *out)
{
	struct slice piece;

	while ((piece = ctl_canon_next(k)).len > 0)
		buf_add_slice(out, piece);
}

TEST(ctl_canon_ends_lines)
{
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct buf out = BUF_INIT(1000);
		struct ctl_canon k;

		unit_case(lines[i].name);
		ctl_canon_init(&k, slice_str(lines[i].in), lines[i].unquote);
		gather(&k, &out);
		EQ_SLICE(buf_slice(&out), lines[i].want);
		ctl_canon_fini(&k);
		buf_fini(&out);
	}
}

/* Lines longer than a piece, and lines that end where a piece does. */
TEST(ctl_canon_in_pieces)
{
	enum { N = 300000 };
	char *in = malloc(N);
	struct buf out = BUF_INIT(2 * N);
	struct ctl_canon k;

	for (int step = 65530; step < 65542; step++) {
		memset(in, 'x', N);
		for (int i = step; i < N; i += step + 1)
			in[i] = '\n';
		buf_reset(&out);
		ctl_canon_init(&k, slice_of(in, N), true);
		gather(&k, &out);
		ctl_canon_fini(&k);
		/* the same with CRLF for each LF, and one at the end */
		size_t o = 0;
		bool same = true;

		for (int i = 0; i < N && same; i++) {
			if (in[i] == '\n')
				same = out.p[o++] == '\r';
			same = same && o < out.len && out.p[o++] == in[i];
		}
		OK(same && o + 2 == out.len && out.p[o] == '\r');
	}
	free(in);
	buf_fini(&out);
}

static const struct {
	const char *name, *in, *uidl, *rest;
} uidls[] = {
    {"first",         "X-UIDL: abc\nS: 1\n\nx",   "abc", "S: 1\n\nx"               },
    {"later",         "S: 1\nx-uidl:  abc \n\nx", "abc", "S: 1\nx-uidl:  abc \n\nx"},
    {"in the body",   "S: 1\n\nX-UIDL: abc\n",    "",    "S: 1\n\nX-UIDL: abc\n"   },
    {"not printable", "X-UIDL: a\001c\n\n",       "",    "X-UIDL: a\001c\n\n"      },
    {"with a space",  "X-UIDL: a c\n\n",          "",    "X-UIDL: a c\n\n"         },
    {"empty",         "X-UIDL:\n\n",              "",    "X-UIDL:\n\n"             },
    {"too long",
     "X-UIDL: 12345678901234567890123456789012345678901234567890"
	"123456789012345678901\n\n",	      "",
     "X-UIDL: 12345678901234567890123456789012345678901234567890"
	"123456789012345678901\n\n"						},
    {"none",          "",			 "",    ""			},
};

TEST(ctl_mbox_finds_uidls)
{
	for (size_t i = 0; i < sizeof uidls / sizeof *uidls; i++) {
		struct slice s = slice_str(uidls[i].in), uidl;

		unit_case(uidls[i].name);
		EQ_INT(ctl_mbox_uidl(&s, &uidl), *uidls[i].uidl != '\0');
		EQ_SLICE(uidl, uidls[i].uidl);
		EQ_SLICE(s, uidls[i].rest);
	}
}

static const struct {
	const char *name, *in, *want;
} writes[] = {
    {"plain",      "S: 1\r\n\r\nx\r\n",                       "S: 1\n\nx\n\n"           },
    {"From lines", "From x\r\n>From y\r\n From z\r\nFro\r\n",
     ">From x\n>>From y\n From z\nFro\n\n"					      },
    {"almost",     ">>>Fromage\r\nF\r\n>\r\n>>",              ">>>Fromage\nF\n>\n>>\n\n"},
    {"no end",     "x",				       "x\n\n"                   },
    {"CR stays",   "a\rb\r\n",				"a\rb\n\n"                },
    {"nothing",    "",					"\n"                      },
};

TEST(ctl_mbox_writes)
{
	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
		/* in pieces of every size */
		for (size_t step = 1; step < 20; step++) {
			struct slice rest = slice_str(writes[i].in);
			char *text = NULL;
			size_t size = 0;
			FILE *f = open_memstream(&text, &size);
			struct ctl_mbox_writer w;
			const char *head =
			    "From MAILER-DAEMON Mon Nov  2 14:21:00 2026\n"
			    "X-UIDL: u1\n";

			unit_case(writes[i].name);
			ctl_mbox_writer_init(&w, f);
			ctl_mbox_begin(&w, UINT64_C(1793629260000000),
			    SLICE_NONE, SLICE("u1"));
			for (; rest.len > 0; rest = slice_skip(rest, step))
				ctl_mbox_write(&w, slice_first(rest, step));
			ctl_mbox_end(&w);
			fclose(f);
			if (OK(size > strlen(head)) &&
			    OK(strncmp(text, head, strlen(head)) == 0))
				EQ_STR(text + strlen(head), writes[i].want);
			free(text);
		}
}

/* Out and in again: the same octets. */
TEST(ctl_mbox_round_trip)
{
	const char *in = "Subject: x\r\n\r\nFrom a\r\n>From b\r\n\r\nFrom c\r\n"
			 "\r\n\r\n";
	struct ctl_mbox_message m;
	struct ctl_mbox_writer w;
	struct buf out = BUF_INIT(1000);
	struct slice rest, uidl;
	struct ctl_canon k;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	for (int i = 0; i < 2; i++) {
		ctl_mbox_writer_init(&w, f);
		ctl_mbox_begin(&w, 1, SLICE("a@b"), SLICE("u"));
		ctl_mbox_write(&w, slice_str(in));
		ctl_mbox_end(&w);
	}
	fclose(f);
	rest = slice_of(text, size);
	for (int i = 0; i < 2; i++) {
		OK(ctl_mbox_next(&rest, &m));
		OK(ctl_mbox_uidl(&m.text, &uidl));
		buf_reset(&out);
		ctl_canon_init(&k, m.text, true);
		gather(&k, &out);
		ctl_canon_fini(&k);
		EQ_SLICE(buf_slice(&out), in);
	}
	EQ_INT(rest.len, 0);
	buf_fini(&out);
	free(text);
}

TEST(ctl_id_is_the_same_for_the_same)
{
	struct mail_id a, b;

	ctl_id_make(5, SLICE("u"), SLICE("text"), &a);
	ctl_id_make(5, SLICE("u"), SLICE("text"), &b);
	EQ_INT(mail_id_cmp(&a, &b), 0);
	EQ_INT(mail_id_us(&a), 5);
	ctl_id_make(5, SLICE("ut"), SLICE("ext"), &b);
	OK(mail_id_cmp(&a, &b) != 0);
	ctl_id_make(6, SLICE("u"), SLICE("text"), &b);
	OK(mail_id_cmp(&a, &b) < 0);
	/* the published values of FNV-1a */
	OK(ctl_sum(CTL_SUM_INIT, SLICE("a")) == UINT64_C(0xaf63dc4c8601ec8c));
	OK(ctl_sum(CTL_SUM_INIT, SLICE("foobar")) ==
	    UINT64_C(0x85944171f73967e8));
}
