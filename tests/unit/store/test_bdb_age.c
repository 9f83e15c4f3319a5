/* When the wall clock is believed, step by step. */
#include "store/bdb/bdb_priv.h"
#include "tests/unit/unit.h"

enum { H = 3600, D = 24 * H };
#define WALL 1700000000LL

static const struct {
	const char *name;
	struct {
		long long mono,
		    jump; /* seconds; the wall clock is WALL + both */
		bool believed;
	} step[8]; /* until mono is 0 */
} cases[] = {
    {"runs",					 {{1, 0, true}, {D, 0, true}, {30 * D, 0, true}}},
    {"small steps",				  {{1, 0, true}, {2, H / 2, true}, {3, H, true}} },
    {"many small steps",
     {{1, 0, true}, {2, H / 2, true}, {3, H, true}, {4, H + 2, false}}                              },
    {"ahead for good",			       {{1, 0, true}, {9, 10 * D, false}, {D, 10 * D, false},
			   {D + 8, 10 * D, false}, {D + 9, 10 * D, true},
			   {D + 10, 10 * D + H, true}}                        },
    {"ahead and back",
     {{1, 0, true}, {9, D, false}, {10, 0, true}, {D + 9, 0, true},
	    {D + 10, D, false}, {2 * D, D, false}}						  },
    {"further ahead begins anew",
     {{1, 0, true}, {9, 10 * D, false}, {D, 20 * D, false},
	    {D + 10, 20 * D, false}, {2 * D, 20 * D, true}}                                         },
    {"back is believed at once, ahead again is not",
     {{1, 0, true}, {9, -10 * D, true}, {10, 0, false}, {D + 9, 0, false},
	    {D + 10, 0, true}}								      },
    {"before 1970 and right again",
     {{1, -WALL, true}, {9, 0, false}, {D + 9, 0, true}}                                            },
};

TEST(age_steps)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bdb_age a = {.begun = false};

		unit_case(cases[i].name);
		for (size_t k = 0; k < 8 && cases[i].step[k].mono != 0; k++) {
			uint64_t mono = (uint64_t)cases[i].step[k].mono;
			uint64_t wall = (uint64_t)WALL + mono +
					(uint64_t)cases[i].step[k].jump;

			EQ_INT(
			    bdb_age_believe(&a, wall * 1000000, mono * 1000000),
			    cases[i].step[k].believed);
		}
	}
}
