/* Keys and records of what waits: there and back, in order, and what is
 * refused. */
#include "base/num.h"
#include "store/bdb/bdb_schema.h"
#include "tests/unit/unit.h"

#include <string.h>

#define DAY_US ((uint64_t)24 * 3600 * 1000000)

static const struct mail_id id = {
    {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
};

TEST(schema_out_keys)
{
	struct store_out_key k = {id, 0x01020304}, out;
	struct bdb_key key = bdb_key_out(&k);
	struct mail_id got;
	uint64_t dest, us;

	EQ_INT(key.len, STORE_OUT_KEY);
	EQ_INT(bdb_key_read_out(bdb_key_slice(&key), &out), ERR_OK);
	OK(mail_id_cmp(&out.id, &id) == 0 && out.n == k.n);
	key = bdb_key_due(5, 6, &k);
	EQ_INT(bdb_key_read_due(bdb_key_slice(&key), &dest, &us, &out), ERR_OK);
	OK(dest == 5 && us == 6 && out.n == k.n);
	EQ_INT(bdb_key_read_out(bdb_key_slice(&key), &out), ERR_CORRUPT);
	key = bdb_key_mail(&id);
	EQ_INT(bdb_key_read_mail(bdb_key_slice(&key), &got), ERR_OK);
	OK(mail_id_cmp(&got, &id) == 0);
	EQ_INT(bdb_key_read_due(bdb_key_slice(&key), &dest, &us, &out),
	    ERR_CORRUPT);
	key = bdb_key_trail(&id, 7);
	EQ_INT(bdb_key_read_trail(bdb_key_slice(&key), &got, &us), ERR_OK);
	OK(mail_id_cmp(&got, &id) == 0 && us == 7);
	EQ_INT(bdb_key_read_mail(bdb_key_slice(&key), &got), ERR_CORRUPT);
	key = bdb_key_seen(8, &id);
	EQ_INT(bdb_key_read_seen(bdb_key_slice(&key), &us, &got), ERR_OK);
	OK(mail_id_cmp(&got, &id) == 0 && us == 8);
	EQ_INT(bdb_key_read_trail(bdb_key_slice(&key), &got, &us), ERR_CORRUPT);
	key.b[3] ^= 1; /* a day that is not the message's */
	EQ_INT(bdb_key_read_seen(bdb_key_slice(&key), &us, &got), ERR_CORRUPT);
}

/* due: by destination, then time; seen: by day, then word, then message */
TEST(schema_out_order)
{
	struct mail_id early = {{0}}, late = {{0}}, next = {{0}};
	struct bdb_key a, b, c, d;
	struct store_out_key k = {id, 0};

	a = bdb_key_due(1, 500, &k);
	b = bdb_key_due(2, 3, &k);
	c = bdb_key_due(2, 256, &k);
	OK(slice_cmp(bdb_key_slice(&a), bdb_key_slice(&b)) < 0);
	OK(slice_cmp(bdb_key_slice(&b), bdb_key_slice(&c)) < 0);
	num_put_be64(early.b, 3 * DAY_US);
	num_put_be64(late.b, 4 * DAY_US - 1);
	num_put_be64(next.b, 4 * DAY_US);
	a = bdb_key_seen(1, &late);
	b = bdb_key_seen(2, &early);
	c = bdb_key_seen(2, &late);
	d = bdb_key_seen(1, &next);
	OK(slice_cmp(bdb_key_slice(&a), bdb_key_slice(&b)) < 0);
	OK(slice_cmp(bdb_key_slice(&b), bdb_key_slice(&c)) < 0);
	OK(slice_cmp(bdb_key_slice(&c), bdb_key_slice(&d)) < 0);
}

TEST(schema_out_words)
{
	uint64_t a = bdb_sum_word(1, SLICE("Ann@Example.test"));

	OK(a == bdb_sum_word(1, SLICE("ann@example.TEST")));
	OK(a != bdb_sum_word(1, SLICE("bob@example.test")));
	OK(a != bdb_sum_word(2, SLICE("ann@example.test")));
}

TEST(schema_out_sent)
{
	struct bdb_sent s =
			    {
				1, 2, {3, 4},
                                  {5, 6}
        },
			got;
	uint8_t b[BDB_SENT_LEN + 1] = {0};

	bdb_sent_encode(&s, b);
	EQ_INT(bdb_sent_decode(slice_of(b, BDB_SENT_LEN), &got), ERR_OK);
	OK(memcmp(&s, &got, sizeof s) == 0);
	EQ_INT(bdb_sent_decode(slice_of(b, sizeof b), &got), ERR_CORRUPT);
	EQ_INT(
	    bdb_sent_decode(slice_of(b, BDB_SENT_LEN - 1), &got), ERR_CORRUPT);
	b[0]++;
	EQ_INT(bdb_sent_decode(slice_of(b, BDB_SENT_LEN), &got), ERR_CORRUPT);
}
