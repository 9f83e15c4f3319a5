#include "base/num.h"

#include "../unit.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

/* clang-format off */
static const struct {
	const char *name, *in;
	uint64_t min, max;
	enum err want;
	uint64_t n;
} numbers[] = {
    {"plain", "17", 0, 100, ERR_OK, 17},
    {"zero", "0", 0, 100, ERR_OK, 0},
    {"zeros", "0000000000000000000000017", 0, 100, ERR_OK, 17},
    {"max", "100", 0, 100, ERR_OK, 100},
    {"over max", "101", 0, 100, ERR_TOOBIG, 0},
    {"under min", "0", 1, 100, ERR_TOOBIG, 0},
    {"min", "1", 1, 100, ERR_OK, 1},
    {"2^32+2", "4294967298", 1, UINT32_MAX, ERR_TOOBIG, 0},
    {"2^32-1", "4294967295", 1, UINT32_MAX, ERR_OK, UINT32_MAX},
    {"2^64-1", "18446744073709551615", 0, UINT64_MAX, ERR_OK, UINT64_MAX},
    {"2^64", "18446744073709551616", 0, UINT64_MAX, ERR_TOOBIG, 0},
    {"2^64 * 10", "184467440737095516150", 0, UINT64_MAX, ERR_TOOBIG, 0},
    {"empty", "", 0, 100, ERR_SYNTAX, 0},
    {"plus", "+1", 0, 100, ERR_SYNTAX, 0},
    {"minus", "-1", 0, 100, ERR_SYNTAX, 0},
    {"blank before", " 1", 0, 100, ERR_SYNTAX, 0},
    {"blank behind", "1 ", 0, 100, ERR_SYNTAX, 0},
    {"hex", "0x1", 0, 100, ERR_SYNTAX, 0},
    {"decimal", "1.0", 0, 100, ERR_SYNTAX, 0},
    {"long rubbish", "99999999999999999999x", 0, 100, ERR_SYNTAX, 0},
};
/* clang-format on */

TEST(num_reads_numbers)
{
	for (size_t i = 0; i < NITEMS(numbers); i++) {
		struct slice s = slice_str(numbers[i].in);
		uint64_t n = 7777;
		uint32_t n32 = 7777;

		unit_case(numbers[i].name);
		EQ_INT(num_u64(s, numbers[i].min, numbers[i].max, &n),
		    numbers[i].want);
		OK(n == (numbers[i].want == ERR_OK ? numbers[i].n : 7777));
		if (numbers[i].max > UINT32_MAX)
			continue;
		EQ_INT(num_u32(s, (uint32_t)numbers[i].min,
			   (uint32_t)numbers[i].max, &n32),
		    numbers[i].want);
		OK(n32 == (numbers[i].want == ERR_OK ? numbers[i].n : 7777));
	}
	EQ_INT(num_u64(SLICE("1\0"), 0, 9, &(uint64_t){0}), ERR_SYNTAX);
	EQ_INT(num_u64(SLICE_NONE, 0, 9, &(uint64_t){0}), ERR_SYNTAX);
}

TEST(num_reads_hex)
{
	unsigned char o[3] = {1, 2, 3};

	EQ_INT(num_hex(SLICE("00fFa9"), o, 3), ERR_OK);
	EQ_MEM(o, 3, "\x00\xff\xa9", 3);
	EQ_INT(num_hex(SLICE("00fFa"), o, 3), ERR_SYNTAX);
	EQ_INT(num_hex(SLICE("00fFa900"), o, 3), ERR_SYNTAX);
	EQ_INT(num_hex(SLICE("11111g"), o, 3), ERR_SYNTAX);
	EQ_INT(num_hex(SLICE("1111 1"), o, 3), ERR_SYNTAX);
	EQ_INT(num_hex(SLICE("0x1111"), o, 3), ERR_SYNTAX);
	EQ_INT(num_hex(SLICE(""), o, SIZE_MAX / 2 + 1), ERR_SYNTAX);
	EQ_MEM(o, 3, "\x00\xff\xa9", 3);
	EQ_INT(num_hex(SLICE(""), o, 0), ERR_OK);
}

/* clang-format off */
static const struct {
	const char *in;
	enum err want;
	uint64_t n;
	const char *again; /* what num_add_size makes of it */
} sizes[] = {
    {"0", ERR_OK, 0, "0"},
    {"10", ERR_OK, 10, "10"},
    {"10k", ERR_OK, 10240, "10k"},
    {"10K", ERR_OK, 10240, "10k"},
    {"1024k", ERR_OK, 1 << 20, "1M"},
    {"1025k", ERR_OK, 1049600, "1025k"},
    {"50m", ERR_OK, 50 << 20, "50M"},
    {"2G", ERR_OK, 2ull << 30, "2G"},
    {"1T", ERR_OK, 1ull << 40, "1T"},
    {"0T", ERR_OK, 0, "0"},
    {"16777215T", ERR_OK, 16777215ull << 40, "16777215T"},
    {"18446744073709551615", ERR_OK, UINT64_MAX, "18446744073709551615"},
    {"16777216T", ERR_TOOBIG, 0, NULL},
    {"18446744073709551616", ERR_TOOBIG, 0, NULL},
    {"", ERR_SYNTAX, 0, NULL},
    {"M", ERR_SYNTAX, 0, NULL},
    {"1.5M", ERR_SYNTAX, 0, NULL},
    {"10 k", ERR_SYNTAX, 0, NULL},
    {"10kB", ERR_SYNTAX, 0, NULL},
    {"10P", ERR_SYNTAX, 0, NULL},
    {"-1k", ERR_SYNTAX, 0, NULL},
};
/* clang-format on */

TEST(num_reads_sizes)
{
	struct buf b = BUF_INIT(30);

	for (size_t i = 0; i < NITEMS(sizes); i++) {
		uint64_t n = 7;

		unit_case(sizes[i].in);
		EQ_INT(num_size(slice_str(sizes[i].in), &n), sizes[i].want);
		OK(n == (sizes[i].want == ERR_OK ? sizes[i].n : 7));
		if (sizes[i].again == NULL)
			continue;
		buf_reset(&b);
		num_add_size(&b, n);
		EQ_STR(buf_cstr(&b), sizes[i].again);
	}
	buf_fini(&b);
}

/* clang-format off */
static const struct {
	const char *in;
	enum err want;
	uint64_t n;
	const char *again;
} durations[] = {
    {"0", ERR_OK, 0, "0"},
    {"0s", ERR_OK, 0, "0"},
    {"250ms", ERR_OK, 250, "250ms"},
    {"30s", ERR_OK, 30000, "30s"},
    {"90s", ERR_OK, 90000, "90s"},
    {"5m", ERR_OK, 300000, "5m"},
    {"120m", ERR_OK, 7200000, "2h"},
    {"5d", ERR_OK, 432000000, "5d"},
    {"14d", ERR_OK, 1209600000, "2w"},
    {"1500ms", ERR_OK, 1500, "1500ms"},
    {"5", ERR_SYNTAX, 0, NULL},
    {"00", ERR_SYNTAX, 0, NULL},
    {"", ERR_SYNTAX, 0, NULL},
    {"s", ERR_SYNTAX, 0, NULL},
    {"5M", ERR_SYNTAX, 0, NULL},
    {"5 m", ERR_SYNTAX, 0, NULL},
    {"5min", ERR_SYNTAX, 0, NULL},
    {"1h30m", ERR_SYNTAX, 0, NULL},
    {"99999999999999999w", ERR_TOOBIG, 0, NULL},
    {"99999999999999999999ms", ERR_TOOBIG, 0, NULL},
};
/* clang-format on */

TEST(num_reads_durations)
{
	struct buf b = BUF_INIT(30);

	for (size_t i = 0; i < NITEMS(durations); i++) {
		uint64_t n = 7;

		unit_case(durations[i].in);
		EQ_INT(num_duration(slice_str(durations[i].in), &n),
		    durations[i].want);
		OK(n == (durations[i].want == ERR_OK ? durations[i].n : 7));
		if (durations[i].again == NULL)
			continue;
		buf_reset(&b);
		num_add_duration(&b, n);
		EQ_STR(buf_cstr(&b), durations[i].again);
	}
	buf_fini(&b);
}

TEST(num_shows_sizes_to_people)
{
	static const struct {
		uint64_t n;
		const char *want;
	} cases[] = {
	    {0,           "0"          },
	    {1,           "1 B"        },
	    {1023,        "1023 B"     },
	    {1024,        "1 kB"       },
	    {1025,        "1 kB"       },
	    {1127,        "1.1 kB"     },
	    {1536,        "1.5 kB"     },
	    {2000,        "2 kB"       },
	    {10239,       "10 kB"      },
	    {14311,       "14 kB"      },
	    {1048063,     "1023 kB"    },
	    {1048064,     "1 MB"       }, /* 1023.5 kB */
	    {1048575,     "1 MB"       },
	    {1288490189,  "1.2 GB"     },
	    {1ull << 40,  "1 TB"       },
	    {10ull << 40, "10 TB"      },
	    {UINT64_MAX,  "16777216 TB"},
	};
	struct buf b = BUF_INIT(30);

	for (size_t i = 0; i < NITEMS(cases); i++) {
		buf_reset(&b);
		num_add_size_human(&b, cases[i].n);
		EQ_STR(buf_cstr(&b), cases[i].want);
	}
	buf_fini(&b);
}

TEST(num_big_endian)
{
	unsigned char o[9];

	num_put_be16(o + 1, 0x0102);
	EQ_MEM(o + 1, 2, "\1\2", 2);
	OK(num_get_be16(o + 1) == 0x0102);
	num_put_be32(o + 1, 0x01020384);
	EQ_MEM(o + 1, 4, "\1\2\3\x84", 4);
	OK(num_get_be32(o + 1) == 0x01020384);
	num_put_be64(o + 1, 0x0102030405060788);
	EQ_MEM(o + 1, 8, "\1\2\3\4\5\6\7\x88", 8);
	OK(num_get_be64(o + 1) == 0x0102030405060788);
}
