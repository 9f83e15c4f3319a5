#include "mime/mime_part.h"

#include "../unit.h"
#include "base/buf.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

/* The walk as text: M( and m( for multiparts and messages that begin, L[..]
 * for a leaf, #[..] for what is around parts, ! for what is odd. */
static void
tell(struct slice message, struct buf *out)
{
	static struct mime_walk w;
	struct mime_part p;
	struct slice text;
	bool header = true;

	mime_walk_init(&w, message);
	for (;;) {
		const char *mark = "#[";

		while (header) {
			mime_walk_header(&w, &p);
			if (p.odd)
				buf_add_char(out, '!');
			header = p.kind == MIME_PART_MESSAGE;
			mark = p.kind == MIME_PART_LEAF ? "L[" : "#[";
			if (p.kind != MIME_PART_LEAF)
				buf_add_str(out, header ? "m(" : "M(");
		}
		header = mime_walk_content(&w, &text);
		buf_add_str(out, mark);
		buf_add_slice(out, text);
		buf_addf(out, "]%u ", w.depth);
		if (!header)
			return;
		header = mime_walk_at_part(&w);
	}
}

#define MULTI "Content-Type: multipart/mixed; boundary=b\r\n"
static const struct {
	const char *name, *in, *want;
} cases[] = {
    {"plain",		      "A: b\r\n\r\ntext\r\n",                                 "L[text\r\n]0 "                                              },
    {"empty",		      "",						     "L[]0 "						      },
    {"header only",                "A: b\r\n",					     "L[]0 "						      },
    {"no header",		  "\r\ntext",					     "L[text]0 "						  },
    {"broken header",              "A: b\r\nno field\r\n\r\ntext",                         "!L[text]0 "                                                 },
    {"bare LF in header",          "A: b\nC: d\r\n\r\ntext",                               "!L[text]0 "                                                 },
    {"two parts",
     MULTI
	"\r\npre\r\n--b\r\n\r\none\r\n--b\r\nA: b\r\n\r\ntwo\r\n--b--\r\nepi",	     "M(#[pre]1 L[one]1 L[two]0 #[epi]0 "                         },
    {"blanks behind the boundary", MULTI "\r\n--b \t\r\n\r\none\r\n--b-- \r\n",
     "M(#[]1 L[one]0 #[]0 "															     },
    {"not quite the boundary",
     MULTI
	"\r\n--b\r\n\r\n--bb\r\n --b\r\n--B\r\n-b\r\n--b-\r\n--b x\r\n--b--",	      "M(#[]1 L[--bb\r\n --b\r\n--B\r\n-b\r\n--b-\r\n--b x]0 #[]0 "},
    {"empty parts",                MULTI "\r\n--b\r\n\r\n--b\r\n\r\n\r\n--b\r\n--b--\r\n",
     "M(#[]1 L[]1 L[]1 L[]0 #[]0 "														      },
    {"only an empty line",         MULTI "\r\n--b\r\n\r\n\r\n\r\n--b--\r\n",
     "M(#[]1 L[\r\n]0 #[]0 "															    },
    {"no end",		     MULTI "\r\n--b\r\n\r\none\r\n",                         "M(#[]1 L[one\r\n]1 "                                        },
    {"bare LF",		    MULTI "\r\n--b\n\none\n--b--\n",                        "M(#[]1 L[one]0 #[]0 "                                       },
    {"field that is a boundary",
     "Content-Type: multipart/mixed; boundary=\"b:c\"\r\n\r\n"
	"--b:c\r\nA: b\r\n--b:c\r\n\r\nx\r\n--b:c--\r\n",				  "M(#[]1 L[]1 L[x]0 #[]0 "				    },
    {"nested",
     MULTI "\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
	      "--c\r\n\r\none\r\n--c--\r\nepi\r\n--b\r\n\r\ntwo\r\n--b--\r\n",	     "M(#[]1 M(#[]2 L[one]1 #[epi]1 L[two]0 #[]0 "                },
    {"inner end missing",
     MULTI "\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
	      "--c\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n",			     "M(#[]1 M(#[]2 L[one]1 L[two]0 #[]0 "                        },
    {"message",
     MULTI "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
	      "A: b\r\n\r\none\r\n--b--\r\n",					      "M(#[]1 m(L[one]0 #[]0 "				     },
    {"encoded message",
     "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n"
	"\r\nQQ==",									"L[QQ==]0 "						  },
    {"digest",
     "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nA: b\r\n"
	"\r\none\r\n--b\r\nContent-Type: text/plain\r\n\r\ntwo\r\n--b--\r\n",	      "M(#[]1 m(L[one]1 L[two]0 #[]0 "                             },
    {"no boundary",                "Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nx",
     "!L[--\r\n\r\nx]0 "																},
    {"boundary of both",
     MULTI "\r\n--b\r\n" MULTI "\r\n--b\r\n\r\none\r\n--b--\r\n",
     "M(#[]1 !L[]1 L[one]0 #[]0 "														       },
    {"end that is a boundary",
     MULTI "\r\n--b\r\nContent-Type: multipart/x; boundary=b--\r\n\r\n"
	      "--b--\r\n",								 "M(#[]1 !L[]0 #[]0 "					 },
    {"odd boundary",
     "Content-Type: multipart/mixed; boundary*=b\r\n\r\n--b\r\n\r\nx",		     "!L[--b\r\n\r\nx]0 "					 },
    {"no type", "Content-Type: multipart\r\n\r\nx", "!L[x]0 "},
    {"two types",		  MULTI "Content-Type: text/plain\r\n\r\n--b\r\n\r\nx",
     "!L[--b\r\n\r\nx]0 "															       },
    {"two encodings",
     "Content-Transfer-Encoding: 8bit\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\nx",				      "!L[x]0 "						    },
};

TEST(part_walks_in_order)
{
	struct buf b = BUF_INIT(10000);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].name);
		buf_reset(&b);
		tell(slice_str(cases[i].in), &b);
		EQ_STR(buf_cstr(&b), cases[i].want);
	}
	buf_fini(&b);
}

TEST(part_has_facts_of_its_header)
{
	static struct mime_walk w;
	struct mime_part p;

	mime_walk_init(
	    &w, SLICE("mime-version: 1.0\r\ncontent-type: Text/HTML\r\n"
		      "content-transfer-encoding: 8Bit (x)\r\n\r\nbody"));
	mime_walk_header(&w, &p);
	OK(p.has_version && p.has_type && !p.odd);
	EQ_SLICE(p.type.subtype, "HTML");
	EQ_SLICE(p.encoding, "8Bit");
	EQ_INT(p.encodings, 1);
	EQ_INT(p.header.len + 2, w.at);
	OK(!mime_part_is_encoded(&p));
	p.encoding = SLICE("X-UUencode");
	OK(mime_part_is_encoded(&p));
}

/* Deeper than anybody sends: it stays a leaf. */
TEST(part_depth_is_bounded)
{
	struct buf b = BUF_INIT(100000);
	static struct mime_walk w;
	struct mime_part p;

	for (int i = 0; i < MIME_PART_DEPTH; i++)
		buf_add_str(&b, "Content-Type: message/rfc822\r\n\r\n");
	buf_add_str(&b, MULTI "\r\n--b\r\n\r\nx");
	mime_walk_init(&w, buf_slice(&b));
	for (int i = 0; i < MIME_PART_DEPTH; i++) {
		mime_walk_header(&w, &p);
		EQ_INT(p.kind, MIME_PART_MESSAGE);
	}
	mime_walk_header(&w, &p);
	EQ_INT(p.kind, MIME_PART_LEAF);
	OK(p.odd);
	EQ_INT(w.depth, MIME_PART_DEPTH);
	buf_fini(&b);
}
