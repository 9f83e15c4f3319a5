#include "../unit.h"
#include "auth/auth_digest.h"
#include "base/num.h"

TEST(digest_tells_inputs_apart)
{
	static const struct {
		const char *name;
		struct slice a[2], b[2];
		bool same;
	} cases[] = {
	    {"equal",         {{"ann", 3}, {"pw", 2}}, {{"ann", 3}, {"pw", 2}}, true },
	    {"other",         {{"ann", 3}, {"pw", 2}}, {{"ann", 3}, {"pv", 2}}, false},
	    {"cut elsewhere", {{"ann", 3}, {"pw", 2}}, {{"annp", 4}, {"w", 1}},
             false								   },
	    {"empty",         {{NULL, 0}, {"", 0}},    {{"", 0}, {NULL, 0}},    true },
	};
	uint8_t a[AUTH_DIGEST_LEN], b[AUTH_DIGEST_LEN];
	struct auth_digest *d = auth_digest_new();

	OK(d != NULL);
	for (unsigned i = 0; d != NULL && i < 4; i++) {
		unit_case(cases[i].name);
		EQ_INT(auth_digest_run(d, cases[i].a, 2, a), ERR_OK);
		EQ_INT(auth_digest_run(d, cases[i].b, 2, b), ERR_OK);
		OK(slice_eq(slice_of(a, sizeof a), slice_of(b, sizeof b)) ==
		    cases[i].same);
	}
	auth_digest_free(&d);
	OK(d == NULL);
}

TEST(digest_key_differs)
{
	uint8_t a[AUTH_DIGEST_LEN], b[AUTH_DIGEST_LEN];
	struct auth_digest *x = auth_digest_new(), *y = auth_digest_new();
	struct slice in = SLICE("same");

	OK(x != NULL && y != NULL);
	if (x != NULL && y != NULL) {
		EQ_INT(auth_digest_run(x, &in, 1, a), ERR_OK);
		EQ_INT(auth_digest_run(y, &in, 1, b), ERR_OK);
		OK(!slice_eq(slice_of(a, sizeof a), slice_of(b, sizeof b)));
	}
	auth_digest_free(&x);
	auth_digest_free(&y);
}

/* RFC 7914, section 11: PBKDF2-HMAC-SHA-256 ("passwd", "salt", 1) */
TEST(digest_stretch_known_answer)
{
	uint8_t out[AUTH_DIGEST_LEN], want[AUTH_DIGEST_LEN];

	EQ_INT(num_hex(SLICE("55ac046e56e3089fec1691c22544b605"
			     "f94185216dde0465e68b9d57c20dacbc"),
		   want, sizeof want),
	    ERR_OK);
	EQ_INT(auth_digest_stretch(SLICE("passwd"), SLICE("salt"), 1, out),
	    ERR_OK);
	EQ_MEM(out, sizeof out, want, sizeof want);
}
