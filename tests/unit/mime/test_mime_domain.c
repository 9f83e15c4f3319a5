/* The domains themselves are in test_mime_addr.c, which is how they are used */
#include "mime/mime_domain.h"

#include "../unit.h"

#include <string.h>

TEST(mime_domain_ends_where_none_goes_on)
{
	static const struct {
		const char *in;
		size_t want;
	} cases[] = {
	    {"a.b>",         3 },
	    {"a-b_9.c",      7 },
	    {"a b",          1 },
	    {"",             0 },
	    {">",            0 },
	    {"a,@b",         1 },
	    {"b\xc3\xbc>",   3 },
	    {"[192.0.2.1]>", 11},
	    {"[a>b]c",       5 },
	    {"[open",        5 },
	    {"a[b]",         1 },
	    {"a:",           1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].in);
		EQ_INT(mime_domain_run(slice_str(cases[i].in)), cases[i].want);
	}
}

TEST(mime_domain_puts_all_of_it)
{
	char out[MIME_DOMAIN_MAX];
	size_t n = 0;

	EQ_INT(mime_domain_put(SLICE("A.b"), false, false, out, &n), ERR_OK);
	EQ_MEM(out, n, "a.b", 3);
	EQ_INT(mime_domain_put(SLICE("[192.0.2.1]"), true, false, out, &n),
	    ERR_OK);
	EQ_MEM(out, n, "[192.0.2.1]", 11);
	EQ_INT(mime_domain_put(SLICE("a>"), false, false, out, &n), ERR_SYNTAX);
	EQ_INT(mime_domain_put(SLICE_NONE, true, true, out, &n), ERR_SYNTAX);
}
