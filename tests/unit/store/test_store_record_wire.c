/* Rows of a scan and changes of a commit: there and back; what is refused. */
#include "store/store.h"

#include "base/num.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

/* as SLICE, for tables */
#define S(literal)                                                             \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

TEST(dir_row_there_and_back)
{
	struct buf b = BUF_INIT(4096);
	struct store_dir_row r = {SLICE("key"), SLICE("value"), 42};
	struct slice in;

	store_rows_add(&b, &r);
	r = (struct store_dir_row){SLICE("k2"), SLICE_NONE, UINT64_MAX};
	store_rows_add(&b, &r);
	in = buf_slice(&b);
	EQ_INT(store_rows_next(&in, &r), ERR_OK);
	EQ_SLICE(r.key, "key");
	EQ_SLICE(r.value, "value");
	EQ_INT(r.version, 42);
	EQ_INT(store_rows_next(&in, &r), ERR_OK);
	EQ_SLICE(r.key, "k2");
	EQ_INT(r.value.len, 0);
	OK(r.version == UINT64_MAX);
	EQ_INT(store_rows_next(&in, &r), ERR_NOENT);
	buf_fini(&b);
}

TEST(dir_row_cut_short)
{
	struct buf b = BUF_INIT(4096);
	struct store_dir_row r = {SLICE("key"), SLICE("value"), 42};
	struct slice in;

	store_rows_add(&b, &r);
	for (size_t n = 1; n < b.len; n++) {
		in = slice_first(buf_slice(&b), n);
		EQ_INT(store_rows_next(&in, &r), ERR_PROTO);
	}
	buf_fini(&b);
}

static const struct {
	const char *name;
	struct store_change c;
} changes[] = {
    {"new",    {STORE_DOMAIN, S("a.test"), S("\1"), 0}         },
    {"edit",   {STORE_NAME, S("@a.test"), S("\1xyz"), 7}       },
    {"remove", {STORE_ACCOUNT, S("12345678"), {NULL, 0}, 9}    },
    {"any",    {STORE_NAME, S("b@a.test"), S("\1"), UINT64_MAX}},
};

TEST(change_there_and_back)
{
	struct buf b = BUF_INIT(4096);
	struct store_change c;
	struct slice in;

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		store_changes_add(&b, &changes[i].c);
	in = buf_slice(&b);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		unit_case(changes[i].name);
		EQ_INT(store_changes_next(&in, &c), ERR_OK);
		EQ_INT(c.kind, changes[i].c.kind);
		OK(slice_eq(c.key, changes[i].c.key));
		OK(slice_eq(c.value, changes[i].c.value));
		OK((c.value.p == NULL) == (changes[i].c.value.p == NULL));
		OK(c.expect == changes[i].c.expect);
	}
	EQ_INT(store_changes_next(&in, &c), ERR_NOENT);
	buf_fini(&b);
}

/* One octet or length of a good change spoiled. */
static const struct {
	const char *name;
	size_t at;
	char octet;
} spoiled[] = {
    {"kind 0",          0,  0          },
    {"unknown kind",    0,  STORE_KINDS},
    {"odd delete",      1,  2          },
    {"delete of value", 1,  1          },
    {"key too long",    10, 2          },
    {"value too long",  12, 1          },
    {"value longer",    15, 9          },
};

TEST(change_spoiled)
{
	struct store_change c = {STORE_NAME, SLICE("b@a.test"), SLICE("v"), 1};
	struct buf b = BUF_INIT(4096);
	struct slice in;

	for (size_t i = 0; i < sizeof spoiled / sizeof spoiled[0]; i++) {
		unit_case(spoiled[i].name);
		buf_reset(&b);
		store_changes_add(&b, &c);
		b.p[spoiled[i].at] = spoiled[i].octet;
		in = buf_slice(&b);
		EQ_INT(store_changes_next(&in, &(struct store_change){0}),
		    ERR_PROTO);
	}
	unit_case("cut short");
	buf_reset(&b);
	store_changes_add(&b, &c);
	for (size_t n = 1; n < b.len; n++) {
		in = slice_first(buf_slice(&b), n);
		EQ_INT(store_changes_next(&in, &(struct store_change){0}),
		    ERR_PROTO);
	}
	buf_fini(&b);
}

/* A key or value over the limit is refused although it is all there. */
TEST(pair_too_large)
{
	char *big = calloc(1, STORE_VALUE_MAX + 1);
	struct buf b = BUF_INIT(2 * STORE_VALUE_MAX);
	struct store_dir_row r = {
	    SLICE("k"), {big, STORE_VALUE_MAX + 1},
             1
        };
	struct slice in;

	store_rows_add(&b, &r);
	in = buf_slice(&b);
	EQ_INT(store_rows_next(&in, &r), ERR_PROTO);
	buf_reset(&b);
	r = (struct store_dir_row){
	    {big, STORE_KEY_MAX + 1},
            SLICE("v"), 1
        };
	store_rows_add(&b, &r);
	in = buf_slice(&b);
	EQ_INT(store_rows_next(&in, &r), ERR_PROTO);
	buf_fini(&b);
	free(big);
}
