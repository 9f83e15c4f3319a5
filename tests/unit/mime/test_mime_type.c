#include "mime/mime_type.h"

#include "../unit.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

TEST(type_finds_type_and_boundary)
{
	static const struct {
		const char *value, *type, *subtype, *boundary;
		bool odd;
	} cases[] = {
	    {" text/plain",						     "text",      "plain", "",        false},
	    {"Text / Plain; charset=utf-8",                                     "Text",      "Plain", "",        false},
	    {" multipart/mixed; boundary=abc",                                  "multipart", "mixed", "abc",
             false												    },
	    {" multipart/mixed;\r\n\tboundary=\"a b;(c)\"",                     "multipart",
             "mixed",										 "a b;(c)", false},
	    {" multipart/mixed; BOUNDARY = \"x\" ; a=b",                        "multipart", "mixed",
             "x",												false},
	    {" multipart/mixed; boundary=----=_Part_1_2",                       "multipart", "mixed",
             "----=_Part_1_2",										   false},
	    {" (a (nested \\) one)) multipart(x)/(y)mixed (z); boundary=b (w)",
             "multipart",								    "mixed", "b",       false},
	    {" text/plain;",						    "text",      "plain", "",        false},
	    {" text/plain;; charset=x",					 "text",      "plain", "",        false},
	    {" multipart/mixed; boundary=",                                     "multipart", "mixed", "",        true },
	    {" multipart/mixed; boundary=\"\"",                                 "multipart", "mixed", "",        true },
	    {" multipart/mixed; boundary=\"a",                                  "multipart", "mixed", "a",       true },
	    {" multipart/mixed; boundary=\"a\\b\"",                             "multipart", "mixed",
             "a\\b",											     true },
	    {" multipart/mixed; boundary=\"a \"",                               "multipart", "mixed", "a ",
             true												     },
	    {" multipart/mixed; boundary=a; boundary=b",                        "multipart", "mixed",
             "b",												true },
	    {" multipart/mixed; boundary*0=a; boundary*1=b",                    "multipart",
             "mixed",										 "b",       true },
	    {" multipart/mixed boundary=a",                                     "multipart", "mixed", "",        true },
	    {" multipart/mixed; boundary",                                      "multipart", "mixed", "",        true },
	    {" text/plain (never ends",					 "text",      "plain", "",        false},
	    {" text/plain; x=\"\\",					     "text",      "plain", "",        false},
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct mime_type t;

		unit_case(cases[i].value);
		OK(mime_type_parse(slice_str(cases[i].value), &t));
		EQ_SLICE(t.type, cases[i].type);
		EQ_SLICE(t.subtype, cases[i].subtype);
		EQ_SLICE(t.boundary, cases[i].boundary);
		EQ_INT(t.odd, cases[i].odd);
	}
}

TEST(type_knows_none)
{
	static const char *const none[] = {
	    "", "text", "/plain", "text/", "text;x=y", "(text/plain)", "=?x?="};
	struct mime_type t;

	for (size_t i = 0; i < NITEMS(none); i++) {
		unit_case(none[i]);
		OK(!mime_type_parse(slice_str(none[i]), &t));
		EQ_INT(t.type.len, 0);
		OK(!mime_type_is(&t, "text", NULL));
	}
}

TEST(type_compares_without_case)
{
	struct mime_type t;

	OK(mime_type_parse(SLICE("Multipart/Signed"), &t));
	OK(mime_type_is(&t, "multipart", NULL));
	OK(mime_type_is(&t, "multipart", "signed"));
	OK(!mime_type_is(&t, "multipart", "sign"));
	OK(!mime_type_is(&t, "text", "signed"));
}

TEST(type_word)
{
	EQ_SLICE(mime_type_word(SLICE(" 8bit")), "8bit");
	EQ_SLICE(mime_type_word(SLICE("\r\n\t(x) Base64 (y)")), "Base64");
	EQ_SLICE(mime_type_word(SLICE("8bit;")), "8bit");
	EQ_SLICE(mime_type_word(SLICE("")), "");
	EQ_SLICE(mime_type_word(SLICE("(")), "");
}
