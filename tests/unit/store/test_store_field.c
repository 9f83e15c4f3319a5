/* Tables of fields: every kind there and back, limits, what is no text. Reading
 * spoiled octets: test_store_record.c and test_store_queue.c. */
#include "store/store_field.h"

#include "tests/unit/unit.h"

#include <string.h>

struct sample {
	uint64_t big;
	uint32_t small;
	bool yes;
	struct slice octets, lines, text;
};
static const struct store_field fields[] = {
    STORE_FIELD(1, U64, sample, big, UINT64_MAX),
    STORE_FIELD(2, U32, sample, small, 9),
    STORE_FIELD(4, BOOL, sample, yes, 1),
    STORE_FIELD(5, OCTETS, sample, octets, 4),
    STORE_FIELD(6, LINES, sample, lines, 4),
    STORE_FIELD(7, TEXT, sample, text, 4),
    {0},
};

TEST(fields_there_and_back)
{
	struct sample s = {UINT64_MAX, 9, true, SLICE("\0\r\n\xff"),
	    SLICE("a\nb\n"), SLICE("\xc3\xa4.b")};
	struct sample got;
	struct buf b = BUF_INIT(4096);

	memset(&got, 0, sizeof got);
	EQ_INT(store_fields_encode(fields, &s, &b), ERR_OK);
	EQ_INT(b.len, store_fields_len(fields, &s));
	EQ_INT(store_fields_decode(fields, buf_slice(&b), &got), ERR_OK);
	OK(got.big == UINT64_MAX && got.small == 9 && got.yes);
	EQ_MEM(got.octets.p, got.octets.len, "\0\r\n\xff", 4);
	EQ_SLICE(got.lines, "a\nb\n");
	EQ_SLICE(got.text, "\xc3\xa4.b");
	buf_fini(&b);
}

TEST(fields_left_out)
{
	struct sample s, got;
	struct buf b = BUF_INIT(4096);

	memset(&s, 0, sizeof s);
	memset(&got, 0, sizeof got);
	EQ_INT(store_fields_encode(fields, &s, &b), ERR_OK);
	EQ_INT(b.len, 1);
	EQ_INT(store_fields_len(fields, &s), 1);
	EQ_INT(store_fields_decode(fields, buf_slice(&b), &got), ERR_OK);
	OK(got.big == 0 && got.small == 0 && !got.yes && got.text.len == 0);
	buf_fini(&b);
}

#define S(literal)                                                             \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

static const struct {
	const char *name;
	struct sample s;
	enum err want;
} bad[] = {
    {"number too large", {.small = 10},          ERR_TOOBIG},
    {"octets too many",  {.octets = S("12345")}, ERR_TOOBIG},
    {"text too long",    {.text = S("12345")},   ERR_TOOBIG},
    {"a line's end",     {.text = S("a\n")},     ERR_SYNTAX},
    {"carriage return",  {.lines = S("a\r\n")},  ERR_SYNTAX},
    {"delete",           {.text = S("\x7f")},    ERR_SYNTAX},
    {"not UTF-8",        {.text = S("\xff")},    ERR_SYNTAX},
    {"half a character", {.lines = S("\xc3")},   ERR_SYNTAX},
};

TEST(fields_refused)
{
	struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		unit_case(bad[i].name);
		EQ_INT(store_fields_encode(fields, &bad[i].s, &b), bad[i].want);
		EQ_INT(b.len, 0);
	}
	buf_fini(&b);
}

static const struct {
	const char *name;
	struct slice octets;
} spoiled[] = {
    {"empty",             S("")			      },
    {"newer",             S("\2")			    },
    {"tag between two",   S("\1\3\0\0\0\x8\0\0\0\0\0\0\0\1") },
    {"tag behind all",    S("\1\x8\0\0\0\1x")                },
    {"twice",             S("\1\5\0\0\0\1x\5\0\0\0\1x")      },
    {"backwards",         S("\1\6\0\0\0\1x\5\0\0\0\1x")      },
    {"over its limit",    S("\1\2\0\0\0\x8\0\0\0\0\0\0\0\xa")},
    {"a flag of 2",       S("\1\4\0\0\0\x8\0\0\0\0\0\0\0\2") },
    {"control in a text", S("\1\7\0\0\0\2a\n")               },
    {"length past end",   S("\1\7\0\0\0\4a")                 },
    {"half a head",       S("\1\7\0\0")                      },
};

TEST(fields_spoiled)
{
	struct sample got;

	for (size_t i = 0; i < sizeof spoiled / sizeof spoiled[0]; i++) {
		unit_case(spoiled[i].name);
		memset(&got, 0, sizeof got);
		EQ_INT(store_fields_decode(fields, spoiled[i].octets, &got),
		    ERR_CORRUPT);
	}
}
