/* Keys and records: there and back, in order, and what is refused. */
#include "store/bdb/bdb_schema.h"

#include "tests/unit/unit.h"

#include <string.h>

static const struct mail_id id = {
    {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
};

TEST(schema_keys)
{
	struct bdb_key k = bdb_key_body(0x0102030405060708, 0x090a);
	struct mail_id got;
	uint64_t a, b;
	unsigned chunk;

	EQ_MEM(k.b, k.len, "\1\2\3\4\5\6\7\10\11\12", 10);
	EQ_INT(bdb_key_read_body(bdb_key_slice(&k), &a, &chunk), ERR_OK);
	EQ_INT(a, 0x0102030405060708);
	EQ_INT(chunk, 0x090a);
	EQ_INT(bdb_key_read_id(bdb_key_slice(&k), &a), ERR_CORRUPT);
	k = bdb_key_box(77, &id);
	EQ_INT(bdb_key_read_box(bdb_key_slice(&k), &a, &got), ERR_OK);
	EQ_INT(a, 77);
	OK(memcmp(&got, &id, sizeof id) == 0);
	EQ_INT(bdb_key_read_gone(bdb_key_slice(&k), &a, &b, &got), ERR_CORRUPT);
	k = bdb_key_gone(77, 88, &id);
	EQ_INT(bdb_key_read_gone(bdb_key_slice(&k), &a, &b, &got), ERR_OK);
	EQ_INT(a, 77);
	EQ_INT(b, 88);
	OK(memcmp(&got, &id, sizeof id) == 0);
	EQ_INT(bdb_key_read_box(bdb_key_slice(&k), &a, &got), ERR_CORRUPT);
	EQ_INT(bdb_key_read_body(bdb_key_slice(&k), &a, &chunk), ERR_CORRUPT);
	k = bdb_key_id(256);
	EQ_MEM(k.b, k.len, "\0\0\0\0\0\0\1\0", 8);
	EQ_INT(bdb_key_read_id(bdb_key_slice(&k), &a), ERR_OK);
	EQ_INT(a, 256);
}

static struct bdb_row
full_row(void)
{
	return (struct bdb_row){.body = UINT64_MAX,
	    .octets = 272,
	    .sum = 0x1122334455667788,
	    .flags = 1,
	    .notify = 12,
	    .ret = 2,
	    .prefix = SLICE("Return-Path: <>\r\n"),
	    .uidl = SLICE("abc"),
	    .orcpt = SLICE("rfc822;x@y"),
	    .envid = SLICE("QQ+2B")};
}

TEST(schema_row_there_and_back)
{
	struct bdb_row r = full_row(), got;
	struct buf b = BUF_INIT(BDB_ROW_MAX);

	EQ_INT(bdb_row_encode(&r, &b), ERR_OK);
	EQ_INT(bdb_row_decode(buf_slice(&b), &got), ERR_OK);
	OK(got.body == r.body && got.octets == 272 && got.sum == r.sum);
	OK(got.flags == 1 && got.notify == 12 && got.ret == 2);
	EQ_SLICE(got.prefix, "Return-Path: <>\r\n");
	EQ_SLICE(got.uidl, "abc");
	EQ_SLICE(got.orcpt, "rfc822;x@y");
	EQ_SLICE(got.envid, "QQ+2B");
	EQ_INT(bdb_row_body_octets(&got), 272 - 17);
	buf_fini(&b);
}

TEST(schema_row_cut_anywhere)
{
	struct bdb_row r = full_row(), got;
	struct buf b = BUF_INIT(BDB_ROW_MAX);

	EQ_INT(bdb_row_encode(&r, &b), ERR_OK);
	for (size_t n = 0; n < b.len; n++)
		EQ_INT(bdb_row_decode(slice_of(b.p, n), &got), ERR_CORRUPT);
	buf_add_char(&b, 'x');
	EQ_INT(bdb_row_decode(buf_slice(&b), &got), ERR_CORRUPT);
	buf_fini(&b);
}

static const struct {
	const char *name;
	size_t at;
	int octet;
} bad_rows[] = {
    {"version 0",		  0,  0   },
    {"version of the future",      0,  2   },
    {"octets less than prefix",    18, 0   },
    {"more octets than any chunk", 12, 0xff},
    {"longer prefix",              29, 18  },
    {"longer uidl",                33, 4   },
};

TEST(schema_row_damaged)
{
	for (size_t i = 0; i < sizeof bad_rows / sizeof *bad_rows; i++) {
		struct bdb_row r = full_row(), got;
		struct buf b = BUF_INIT(BDB_ROW_MAX);

		unit_case(bad_rows[i].name);
		EQ_INT(bdb_row_encode(&r, &b), ERR_OK);
		b.p[bad_rows[i].at] = (char)bad_rows[i].octet;
		EQ_INT(bdb_row_decode(buf_slice(&b), &got), ERR_CORRUPT);
		buf_fini(&b);
	}
}

TEST(schema_row_limits)
{
	static char much[2000];
	struct buf b = BUF_INIT(BDB_ROW_MAX);
	struct bdb_row r = full_row();

	r.octets = 5000;
	r.prefix = slice_of(much, 1025);
	EQ_INT(bdb_row_encode(&r, &b), ERR_TOOBIG);
	r = full_row();
	r.uidl = slice_of(much, 71);
	EQ_INT(bdb_row_encode(&r, &b), ERR_TOOBIG);
	r = full_row();
	r.octets = 16;
	EQ_INT(bdb_row_encode(&r, &b), ERR_TOOBIG);
	EQ_INT(b.len, 0);
	/* the largest row fits */
	r.prefix = slice_of(much, 1024);
	r.orcpt = slice_of(much, 600);
	r.envid = slice_of(much, 126);
	r.uidl = slice_of(much, 70);
	r.octets = 1024;
	EQ_INT(bdb_row_encode(&r, &b), ERR_OK);
	buf_fini(&b);
}

TEST(schema_total_and_number)
{
	struct bdb_total t = {1, 2, 3, 4, UINT64_MAX}, got;
	uint8_t b[BDB_TOTAL_LEN], n[BDB_NUMBER_LEN];
	uint64_t number;

	bdb_total_encode(&t, b);
	EQ_INT(bdb_total_decode(slice_of(b, sizeof b), &got), ERR_OK);
	OK(got.count == 1 && got.octets == 2 && got.gone_count == 3 &&
	    got.gone_octets == 4 && got.last_open_us == UINT64_MAX);
	EQ_INT(bdb_total_decode(slice_of(b, sizeof b - 1), &got), ERR_CORRUPT);
	b[0] = 9;
	EQ_INT(bdb_total_decode(slice_of(b, sizeof b), &got), ERR_CORRUPT);
	bdb_number_encode(12345678901, n);
	EQ_INT(bdb_number_decode(slice_of(n, sizeof n), &number), ERR_OK);
	EQ_INT(number, 12345678901);
	EQ_INT(
	    bdb_number_decode(slice_of(n, sizeof n - 1), &number), ERR_CORRUPT);
	n[0] = 0;
	EQ_INT(bdb_number_decode(slice_of(n, sizeof n), &number), ERR_CORRUPT);
}

static const struct {
	const char *name;
	uint64_t octets;
	unsigned want;
} chunks[] = {
    {"none",     0,             0},
    {"one",      1,             1},
    {"full",     BDB_CHUNK,     1},
    {"one more", BDB_CHUNK + 1, 2},
};

TEST(schema_chunks)
{
	for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
		unit_case(chunks[i].name);
		EQ_INT(bdb_chunks(chunks[i].octets), chunks[i].want);
	}
}

/* Of the format: another value here makes every stored mail unreadable. */
TEST(schema_sums_are_for_ever)
{
	uint64_t one = bdb_sum_chunk(1, 0, SLICE("hello"));
	uint64_t sums[2] = {one, bdb_sum_chunk(1, 1, SLICE("hello"))};

	OK(one == bdb_sum_chunk(1, 0, SLICE("hello")));
	OK(sums[0] != sums[1]);
	OK(one != bdb_sum_chunk(2, 0, SLICE("hello")));
	EQ_INT(bdb_sum_body(sums, 0, 0), 0);
	OK(bdb_sum_body(sums, 1, 5) != bdb_sum_body(sums, 1, 6));
	OK(bdb_sum_body(sums, 2, 10) ==
	    bdb_sum_add(bdb_sum_add(10, sums[0]), sums[1]));
	OK(one == 0x74b07ed397a89e92);
	OK(bdb_sum_body(&one, 1, 5) == 0x09bfcc48f5bef054);
}
