#include "mime/mime_date.h"

#include "../unit.h"

#include <string.h>
#include <time.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define S_US 1000000ull
#define NOW 1795443660ull /* 2026-11-23 14:21:00 */

TEST(mime_date_writes)
{
	static const struct {
		uint64_t us;
		const char *mail, *rfc3339;
	} cases[] = {
	    {0,		   "Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z"},
	    {NOW * S_US + 999999, "Mon, 23 Nov 2026 14:21:00 +0000",
             "2026-11-23T14:21:00Z"							},
	    {951782400 * S_US,    "Tue, 29 Feb 2000 00:00:00 +0000",
             "2000-02-29T00:00:00Z"							},
	    {1735689599 * S_US,   "Tue, 31 Dec 2024 23:59:59 +0000",
             "2024-12-31T23:59:59Z"							},
	    {4107542400 * S_US,   "Mon, 01 Mar 2100 00:00:00 +0000",
             "2100-03-01T00:00:00Z"							},
	    {253402300799 * S_US, "Fri, 31 Dec 9999 23:59:59 +0000",
             "9999-12-31T23:59:59Z"							},
	    {UINT64_MAX,          "Fri, 31 Dec 9999 23:59:59 +0000",
             "9999-12-31T23:59:59Z"							},
	};
	struct buf b = BUF_INIT(64);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].rfc3339);
		buf_reset(&b);
		mime_date_add(&b, cases[i].us);
		EQ_STR(buf_cstr(&b), cases[i].mail);
		buf_reset(&b);
		mime_date_add_rfc3339(&b, cases[i].us);
		EQ_STR(buf_cstr(&b), cases[i].rfc3339);
	}
	buf_fini(&b);
}

/* Each day for 400 years, which is the whole calendar, as the C library. */
TEST(mime_date_agrees_with_the_c_library)
{
	struct buf b = BUF_INIT(64);
	unsigned wrong = 0;
	char want[64];
	struct tm tm;
	time_t t;

	for (unsigned day = 0; day < 146097; day++) {
		t = (time_t)day * 86400 + day % 86400;
		gmtime_r(&t, &tm);
		strftime(want, sizeof want, "%a, %d %b %Y %T +0000", &tm);
		buf_reset(&b);
		mime_date_add(&b, (uint64_t)t * S_US);
		wrong += strcmp(buf_cstr(&b), want) != 0;
	}
	EQ_INT(wrong, 0);
	buf_fini(&b);
}

struct read_case {
	const char *in;
	enum err want;
	uint64_t s;
};

static void
check(const struct read_case *c, size_t n,
    enum err (*read)(struct slice, uint64_t *))
{
	for (; n > 0; n--, c++) {
		uint64_t us = 77;

		unit_case(c->in);
		EQ_INT(read(slice_str(c->in), &us), c->want);
		EQ_INT(us, c->want == ERR_OK ? c->s * S_US : 77);
	}
}

TEST(mime_date_reads_rfc3339)
{
	/* clang-format off */
	static const struct read_case cases[] = {
	    {"2026-11-23T14:21:00Z", ERR_OK, NOW},
	    {"2026-11-23t14:21:00z", ERR_OK, NOW},
	    {"2026-11-23T15:21:00+01:00", ERR_OK, NOW},
	    {"2026-11-23T04:51:00-09:30", ERR_OK, NOW},
	    {"2026-11-24T02:21:00+12:00", ERR_OK, NOW},
	    {"2026-11-23", ERR_OK, NOW - 14 * 3600 - 21 * 60},
	    {"2026-11-23 14:21", ERR_OK, NOW},
	    {"2026-11-23 14:21:00", ERR_OK, NOW},
	    {"2026-11-23T14:21Z", ERR_OK, NOW},
	    {"1970-01-01T00:00:00Z", ERR_OK, 0},
	    {"1970-01-01T00:00:00+00:01", ERR_TOOBIG, 0},
	    {"1969-12-31", ERR_TOOBIG, 0},
	    {"0001-01-01", ERR_TOOBIG, 0},
	    {"0000-01-01", ERR_SYNTAX, 0},
	    {"9999-12-31T23:59:59Z", ERR_OK, 253402300799},
	    {"9999-12-31T23:59:59-00:01", ERR_TOOBIG, 0},
	    {"9999-12-31T23:59:60Z", ERR_TOOBIG, 0},
	    {"2016-12-31T23:59:60Z", ERR_OK, 1483228800},
	    {"2024-02-29", ERR_OK, 1709164800},
	    {"2000-02-29", ERR_OK, 951782400},
	    {"2023-02-29", ERR_SYNTAX, 0},
	    {"2100-02-29", ERR_SYNTAX, 0},
	    {"2026-11-31", ERR_SYNTAX, 0},
	    {"2026-13-01", ERR_SYNTAX, 0},
	    {"2026-00-01", ERR_SYNTAX, 0},
	    {"2026-01-00", ERR_SYNTAX, 0},
	    {"2026-11-23T24:00:00Z", ERR_SYNTAX, 0},
	    {"2026-11-23T14:60:00Z", ERR_SYNTAX, 0},
	    {"2026-11-23T14:21:61Z", ERR_SYNTAX, 0},
	    {"2026-11-23T14:21:00+24:00", ERR_SYNTAX, 0},
	    {"2026-11-23T14:21:00+01:60", ERR_SYNTAX, 0},
	    {"2026-11-23T14:21:00+0100", ERR_SYNTAX, 0},
	    {"2026-11-23T14:21:00+", ERR_SYNTAX, 0},
	    {"2026-11-23T14:21:00.Z", ERR_SYNTAX, 0},
	    {"2026-11-23T14:21:00Zx", ERR_SYNTAX, 0},
	    {"2026-11-23T14:21:", ERR_SYNTAX, 0},
	    {"2026-11-23T", ERR_SYNTAX, 0},
	    {"2026-11-23x14:21", ERR_SYNTAX, 0},
	    {"2026-11-3", ERR_SYNTAX, 0},
	    {"26-11-23", ERR_SYNTAX, 0},
	    {"12026-11-23", ERR_SYNTAX, 0},
	    {" 2026-11-23", ERR_SYNTAX, 0},
	    {"2026-11-23 ", ERR_SYNTAX, 0},
	    {"", ERR_SYNTAX, 0},
	};
	/* clang-format on */
	uint64_t us;

	check(cases, NITEMS(cases), mime_date_parse_rfc3339);
	EQ_INT(mime_date_parse_rfc3339(SLICE("1970-01-01T00:00:01.5Z"), &us),
	    ERR_OK);
	EQ_INT(us, 1500000);
	EQ_INT(mime_date_parse_rfc3339(
		   SLICE("1970-01-01T00:00:01.123456789012345Z"), &us),
	    ERR_OK);
	EQ_INT(us, 1123456);
	EQ_INT(mime_date_parse_rfc3339(SLICE_NONE, &us), ERR_SYNTAX);
}

TEST(mime_date_reads_mail_dates)
{
	/* clang-format off */
	static const struct read_case cases[] = {
	    {"Mon, 23 Nov 2026 14:21:00 +0000", ERR_OK, NOW},
	    {"Mon, 23 Nov 2026 14:21:00 -0000", ERR_OK, NOW},
	    {"23 Nov 2026 14:21 +0000", ERR_OK, NOW},
	    {"Mon, 23 Nov 2026 15:21:00 +0100 (CET)", ERR_OK, NOW},
	    {"Mon, 23 Nov 2026 15:21:00 +0100 (a (b\\)) c)", ERR_OK, NOW},
	    {"Mon,23 Nov 2026 09:21:00 EST", ERR_OK, NOW},
	    {"mon, 23 november 2026 07:21:00 pdt", ERR_OK, NOW},
	    {"Mon, 23 Nov 2026 14:21:00 GMT", ERR_OK, NOW},
	    {"Mon, 23 Nov 2026 14:21:00 UT", ERR_OK, NOW},
	    {"Mon, 23 Nov 2026 14:21:00 A", ERR_OK, NOW},
	    {"Mon, 23 Nov 2026 14:21:00 CEST", ERR_OK, NOW},
	    {"Mon, 23 Nov 2026 14:21:00", ERR_OK, NOW},
	    {"Tue, 23 Nov 2026 14:21:00 +0000", ERR_OK, NOW},
	    {" \r\n\tMon (x) ,\r\n 23 Nov 2026\r\n 14 : 21 : 00 +0000 ", ERR_OK, NOW},
	    {"1 Jan 70 00:00:00 +0000", ERR_OK, 0},
	    {"1 Jan 00 00:00:00 +0000", ERR_OK, 946684800},
	    {"1 Jan 49 0:00:00 +0000", ERR_OK, 2493072000},
	    {"1 Jan 100 0:00 Z", ERR_OK, 946684800},
	    {"Mon Nov 23 14:21:00 2026", ERR_OK, NOW},
	    {"Sun Nov  1 14:21:00 2026", ERR_OK, NOW - 22 * 86400},
	    {"Mon Nov 23 15:21:00 +0100 2026", ERR_OK, NOW},
	    {"Mon Nov 23 15:21:00 2026 +0100", ERR_OK, NOW},
	    {"Mon Nov 23 09:21:00 EST 2026", ERR_OK, NOW},
	    {"1 Jan 1950 00:00:00 +0000", ERR_TOOBIG, 0},
	    {"1 Jan 50 00:00:00 +0000", ERR_TOOBIG, 0},
	    {"31 Nov 2026 14:21:00 +0000", ERR_SYNTAX, 0},
	    {"23 Foo 2026 14:21:00 +0000", ERR_SYNTAX, 0},
	    {"23 No 2026 14:21:00 +0000", ERR_SYNTAX, 0},
	    {"23 Nov 2026", ERR_SYNTAX, 0},
	    {"23 Nov 2026 14", ERR_SYNTAX, 0},
	    {"23 Nov 2026 14:", ERR_SYNTAX, 0},
	    {"23 Nov 20261 14:21:00 +0000", ERR_SYNTAX, 0},
	    {"23 Nov 6 14:21:00 +0000", ERR_SYNTAX, 0},
	    {"123 Nov 2026 14:21:00 +0000", ERR_SYNTAX, 0},
	    {"23 Nov 2026 25:21:00 +0000", ERR_SYNTAX, 0},
	    {"23 Nov 2026 14:21:00 +2400", ERR_SYNTAX, 0},
	    {"23 Nov 2026 14:21:00 +0060", ERR_SYNTAX, 0},
	    {"23 Nov 2026 14:21:00 +01", ERR_SYNTAX, 0},
	    {"23 Nov 2026 14:21:00 +0100 x", ERR_SYNTAX, 0},
	    {"Mon,", ERR_SYNTAX, 0},
	    {"(", ERR_SYNTAX, 0},
	    {"(\\", ERR_SYNTAX, 0},
	    {"", ERR_SYNTAX, 0},
	};
	/* clang-format on */
	uint64_t us;

	check(cases, NITEMS(cases), mime_date_parse);
	EQ_INT(mime_date_parse(SLICE_NONE, &us), ERR_SYNTAX);
	EQ_INT(mime_date_parse(SLICE("23 Nov 2026 14:21\0"), &us), ERR_SYNTAX);
}
