#include "base/mac.h"

#include "../unit.h"
#include "base/num.h"

TEST(mac_tells_inputs_apart)
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
	uint8_t a[MAC_LEN], b[MAC_LEN];
	struct mac *d = mac_new_random();

	OK(d != NULL);
	for (unsigned i = 0; d != NULL && i < 4; i++) {
		unit_case(cases[i].name);
		EQ_INT(mac_run(d, cases[i].a, 2, a), ERR_OK);
		EQ_INT(mac_run(d, cases[i].b, 2, b), ERR_OK);
		OK(slice_eq(slice_of(a, sizeof a), slice_of(b, sizeof b)) ==
		    cases[i].same);
	}
	mac_free(&d);
	OK(d == NULL);
}

TEST(mac_key_differs)
{
	uint8_t a[MAC_LEN], b[MAC_LEN];
	struct mac *x = mac_new_random(), *y = mac_new_random();
	struct slice in = SLICE("same");

	OK(x != NULL && y != NULL);
	if (x != NULL && y != NULL) {
		EQ_INT(mac_run(x, &in, 1, a), ERR_OK);
		EQ_INT(mac_run(y, &in, 1, b), ERR_OK);
		OK(!slice_eq(slice_of(a, sizeof a), slice_of(b, sizeof b)));
	}
	mac_free(&x);
	mac_free(&y);
}

/* As any other HMAC-SHA-256 has it; a piece is its length, then its octets. */
TEST(mac_known_answers)
{
	uint8_t out[MAC_LEN], want[MAC_LEN];
	struct slice piece = SLICE("what do ya want for nothing?");
	struct mac *m = mac_new(SLICE("Jefe"));

	OK(m != NULL);
	if (m == NULL)
		return;
	EQ_INT(mac_run(m, &piece, 1, out), ERR_OK);
	EQ_INT(num_hex(SLICE("f80838b2e599dfbe7a38f7a7a1780994"
			     "6762357529df986b87919b732a79be43"),
		   want, sizeof want),
	    ERR_OK);
	EQ_MEM(out, sizeof out, want, sizeof want);
	mac_free(&m);
	mac_free(&m);
}
