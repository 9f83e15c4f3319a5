/* Rows of a mailbox listing: there and back, and what is refused. */
#include "store/store_row.h"

#include "tests/unit/unit.h"

#include <string.h>

static const struct mail_id some_id = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255}
};

static const struct {
	const char *name, *uidl;
	uint64_t octets;
	unsigned flags;
} rows[] = {
    {"plain",    "",		      1234,       0             },
    {"imported", "old-uidl!~",            0,          0             },
    {"utf8",     "",		      UINT64_MAX, STORE_ROW_UTF8},
    {"longest",
     "0123456789012345678901234567890123456789"
	"012345678901234567890123456789", 1,          0	     },
};

TEST(row_there_and_back)
{
	struct buf b = BUF_INIT(4096);
	struct store_row r;
	struct slice in;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		r = (struct store_row){some_id, rows[i].octets, rows[i].flags,
		    slice_str(rows[i].uidl)};
		store_row_add(&b, &r);
	}
	in = buf_slice(&b);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unit_case(rows[i].name);
		EQ_INT(store_row_next(&in, &r), ERR_OK);
		OK(mail_id_cmp(&r.id, &some_id) == 0);
		OK(r.octets == rows[i].octets);
		EQ_INT(r.flags, rows[i].flags);
		EQ_SLICE(r.uidl, rows[i].uidl);
	}
	EQ_INT(store_row_next(&in, &r), ERR_NOENT);
	buf_fini(&b);
}

TEST(row_cut_short)
{
	struct buf b = BUF_INIT(4096);
	struct store_row r = {some_id, 5, 0, SLICE("uidl")};
	struct slice in;

	store_row_add(&b, &r);
	for (size_t n = 1; n < b.len; n++) {
		in = slice_first(buf_slice(&b), n);
		EQ_INT(store_row_next(&in, &r), ERR_PROTO);
	}
	buf_fini(&b);
}

TEST(row_uidl_too_long)
{
	struct buf b = BUF_INIT(4096);
	char long_uidl[71];
	struct store_row r = {
	    some_id, 5, 0, {long_uidl, sizeof long_uidl}
        };
	struct slice in;

	memset(long_uidl, 'x', sizeof long_uidl);
	store_row_add(&b, &r);
	in = buf_slice(&b);
	EQ_INT(store_row_next(&in, &r), ERR_PROTO);
	buf_fini(&b);
}
