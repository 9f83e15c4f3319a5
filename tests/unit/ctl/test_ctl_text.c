/* Words for people. */
#include "tests/unit/ctl/rig.h"

#include "base/clock.h"
#include "ctl/ctl_text.h"

#define NITEMS(a) (sizeof(a) / sizeof *(a))

TEST(ctl_text_spans)
{
	static const struct {
		uint64_t seconds;
		const char *want;
	} cases[] = {
	    {0,      "0s" },
            {59,     "59s"},
            {60,     "1m" },
            {3599,   "59m"},
            {7300,   "2h" },
	    {432000, "5d" }
        };

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct buf b = BUF_INIT(64);

		ctl_text_span(&b, 5, 5 + cases[i].seconds * 1000000);
		EQ_STR(buf_cstr(&b), cases[i].want);
		buf_reset(&b);
		ctl_text_span(&b, 5 + cases[i].seconds * 1000000, 5);
		EQ_STR(buf_cstr(&b), "0s");
		buf_fini(&b);
	}
}

TEST(ctl_text_times)
{
	struct buf b = BUF_INIT(64);

	ctl_text_time(&b, UINT64_C(1795443660000000));
	EQ_STR(buf_cstr(&b), "2026-11-23 14:21:00");
	buf_fini(&b);
}

TEST(ctl_text_replies)
{
	static const struct {
		uint32_t code;
		const char *status, *reply, *want;
	} cases[] = {
	    {0,   "",      "",                     ""                    },
	    {0,   "4.4.1", "connect: timed out",   "connect: timed out"  },
	    {451, "4.7.1", "greylisted",           "451 4.7.1 greylisted"},
	    {451, "4.7.1", "451 4.7.1 greylisted", "451 4.7.1 greylisted"},
	    {451, "4.7.1", "4.7.1 greylisted",     "451 4.7.1 greylisted"},
	    {250, "",      "",                     "250"                 },
	    {250, "2.0.0", "",                     "250 2.0.0"           },
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct buf b = BUF_INIT(100);

		ctl_text_reply(&b, cases[i].code, slice_str(cases[i].status),
		    slice_str(cases[i].reply));
		EQ_STR(buf_cstr(&b), cases[i].want);
		buf_fini(&b);
	}
}
