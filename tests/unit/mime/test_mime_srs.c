#include "mime/mime_srs.h"

#include "../unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
enum { TODAY = 20000 };

static const uint8_t key[MIME_SRS_KEY] = {1, 2, 3};
static const struct slice ours = {"ours.test", 9};

static struct mime_addr
addr(const char *text)
{
	struct mime_addr a = {0};

	EQ_INT(mime_addr_parse(slice_str(text), &a), ERR_OK);
	return a;
}

static struct mime_addr
forwarded(const char *text)
{
	struct mime_addr a = addr(text), out = {0};

	EQ_INT(mime_srs_forward(key, TODAY, &a, ours, &out), ERR_OK);
	return out;
}

static void
check_back(const struct mime_addr *a, const char *want)
{
	struct mime_addr back = {0};

	EQ_INT(mime_srs_reverse(key, TODAY + 1, a, &back), ERR_OK);
	EQ_SLICE(mime_addr_slice(&back), want);
}

static const char *const senders[] = {
    "ann@a.test",
    "Ann.O'Neil+list=x@a.test",
    "\"an n\"@a.test",
    "\"a\\\"n\\\\n\"@a.test",
    "\"a..n\"@a.test",
    "=@a.test",
    "==a=@a.test",
    "ann@[192.0.2.1]",
    "ann@[IPv6:2001:db8::1]",
    "\xc3\xa4nn@a.test",
    "SRS0@a.test",
    "SRS0=@a.test",
    "SRS0=x=y@a.test",
    "SRS1=x=y==z@a.test",
    "SRS0=HHHH=TT=b.test=bob@a.test",
    "SRS0+HHHH=TT=b.test=bob@a.test",
    "SRS0-HHHH=TT=b.test=b=o=b@a.test",
};

TEST(srs_there_and_back)
{
	for (size_t i = 0; i < NITEMS(senders); i++) {
		struct mime_addr out;

		unit_case(senders[i]);
		out = forwarded(senders[i]);
		EQ_SLICE(mime_addr_domain(&out), "ours.test");
		check_back(&out, senders[i]);
	}
}

TEST(srs_has_the_shape_others_know)
{
	struct mime_addr out = forwarded("ann@a.test");

	OK(slice_starts(mime_addr_slice(&out), SLICE("SRS0=")));
	OK(slice_ends(
	    mime_addr_slice(&out), SLICE("=RA=a.test=ann@ours.test")));
	EQ_INT(out.text[11], '=');
	out = forwarded("SRS0=HHHH=TT=b.test=bob@a.test");
	OK(slice_starts(mime_addr_slice(&out), SLICE("SRS1=")));
	OK(slice_ends(mime_addr_slice(&out),
	    SLICE("=a.test==HHHH=TT=b.test=bob@ours.test")));
}

/* The third forwarder takes the place of the second. */
TEST(srs_of_srs_stays_short)
{
	struct mime_addr out =
	    forwarded("srs1=abcd=a.test=-HHHH=TT=b.test=bob@second.test");

	OK(slice_ends(mime_addr_slice(&out),
	    SLICE("=a.test=-HHHH=TT=b.test=bob@ours.test")));
	EQ_INT(
	    slice_find_slice(mime_addr_slice(&out), SLICE("second")), out.len);
	check_back(&out, "SRS0-HHHH=TT=b.test=bob@a.test");
}

TEST(srs_survives_folding)
{
	for (size_t i = 0; i < NITEMS(senders); i++) {
		struct mime_addr want = addr(senders[i]), back;
		struct mime_addr up = forwarded(senders[i]), down = up;

		unit_case(senders[i]);
		for (size_t n = 0; n < up.at; n++) {
			up.text[n] = (char)toupper((unsigned char)up.text[n]);
			down.text[n] =
			    (char)tolower((unsigned char)down.text[n]);
		}
		EQ_INT(mime_srs_reverse(key, TODAY, &up, &back), ERR_OK);
		OK(slice_eq_nocase(
		    mime_addr_slice(&back), mime_addr_slice(&want)));
		EQ_INT(mime_srs_reverse(key, TODAY, &down, &back), ERR_OK);
		OK(slice_eq_nocase(
		    mime_addr_slice(&back), mime_addr_slice(&want)));
	}
}

/* Every octet changed to every other that an address may have there */
static void
tamper(const struct mime_addr *good, size_t at)
{
	for (int c = 0x21; c < 0x7f; c++) {
		struct mime_addr bad = *good, back;

		if (tolower(c) == tolower((unsigned char)good->text[at]) ||
		    strchr("\"\\", c) != NULL)
			continue;
		bad.text[at] = (char)c;
		EQ_INT(mime_srs_reverse(key, TODAY, &bad, &back),
		    at < 5 && !(at == 3 && (c == '0' || c == '1'))
			? ERR_NOENT
			: ERR_DENIED);
	}
}

TEST(srs_does_not_take_what_was_changed)
{
	static const char *const some[] = {
	    "ann@a.test", "SRS0=HHHH=TT=b.test=bob@a.test"};

	for (size_t i = 0; i < NITEMS(some); i++) {
		struct mime_addr good = forwarded(some[i]), back;

		unit_case(some[i]);
		for (size_t at = 0; at < good.at; at++)
			tamper(&good, at);
		for (size_t len = 5; len < good.at; len++) {
			struct mime_addr cut = good;

			cut.at = cut.len = (uint16_t)len;
			EQ_INT(mime_srs_reverse(key, TODAY, &cut, &back),
			    ERR_DENIED);
		}
	}
}

TEST(srs_knows_its_own_key)
{
	static const uint8_t other[MIME_SRS_KEY] = {1, 2, 4};
	struct mime_addr a = forwarded("ann@a.test"), back;

	EQ_INT(mime_srs_reverse(other, TODAY, &a, &back), ERR_DENIED);
}

TEST(srs_expires)
{
	static const struct {
		uint64_t day;
		enum err want;
	} cases[] = {
	    {TODAY - 2,                 ERR_TIMEOUT},
	    {TODAY - 1,                 ERR_OK     }, /* another clock */
	    {TODAY,		     ERR_OK     },
	    {TODAY + MIME_SRS_DAYS,     ERR_OK     },
	    {TODAY + MIME_SRS_DAYS + 1, ERR_TIMEOUT},
	    {TODAY + 1022,              ERR_TIMEOUT},
	};
	struct mime_addr a = forwarded("ann@a.test"), back;

	for (size_t i = 0; i < NITEMS(cases); i++)
		EQ_INT(mime_srs_reverse(key, cases[i].day, &a, &back),
		    cases[i].want);
}

/* Stamps go round all 1024 days. */
TEST(srs_works_on_any_day)
{
	struct mime_addr a = addr("ann@a.test"), out, back;

	for (uint64_t day = 0; day < 1100; day++) {
		EQ_INT(mime_srs_forward(key, day, &a, ours, &out), ERR_OK);
		EQ_INT(mime_srs_reverse(key, day + 5, &out, &back), ERR_OK);
		EQ_SLICE(mime_addr_slice(&back), "ann@a.test");
	}
}

TEST(srs_leaves_others_alone)
{
	static const char *const others[] = {"ann@ours.test", "SRS0@ours.test",
	    "SRS2=a=b=c=d@ours.test", "SRS0+a=b=c=d@ours.test",
	    "\"SRS 0=\"@ours.test"};
	struct mime_addr none = {0}, a, back;

	for (size_t i = 0; i < NITEMS(others); i++) {
		unit_case(others[i]);
		a = addr(others[i]);
		EQ_INT(mime_srs_reverse(key, TODAY, &a, &back), ERR_NOENT);
	}
	EQ_INT(mime_srs_reverse(key, TODAY, &none, &back), ERR_NOENT);
	back = addr("ann@a.test");
	EQ_INT(mime_srs_forward(key, TODAY, &none, ours, &back), ERR_OK);
	EQ_INT(back.len, 0);
}

TEST(srs_says_what_does_not_fit)
{
	struct mime_addr a, out = addr("kept@a.test");

	a = addr("a-local-part-of-some-length@a-rather-long-domain.example");
	EQ_INT(mime_srs_forward(key, TODAY, &a, ours, &out), ERR_TOOBIG);
	a = addr("ann@a.test");
	EQ_INT(mime_srs_forward(key, TODAY, &a, SLICE("no domain"), &out),
	    ERR_SYNTAX);
	EQ_SLICE(mime_addr_slice(&out), "kept@a.test");
}
