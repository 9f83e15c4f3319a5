/* Keys and values of the mailbox databases: read or refused, and what was read
 * writes back as it was. The first octet says which. */
#include "fuzz.h"

#include "store/bdb/bdb_schema.h"
#include "store/store_record.h"

#include <string.h>

static bool
is_within(struct slice all, struct slice part)
{
	return part.len == 0 ||
	       (part.p >= all.p && part.p + part.len <= all.p + all.len);
}

static void
try_row(struct slice in)
{
	struct buf out = BUF_INIT(BDB_ROW_MAX);
	struct bdb_row r;

	if (bdb_row_decode(in, &r) != ERR_OK)
		return;
	FUZZ_CHECK(is_within(in, r.prefix) && is_within(in, r.uidl));
	FUZZ_CHECK(is_within(in, r.orcpt) && is_within(in, r.envid));
	FUZZ_CHECK(bdb_row_body_octets(&r) <= r.octets);
	FUZZ_CHECK(bdb_chunks(bdb_row_body_octets(&r)) <= UINT16_MAX);
	FUZZ_CHECK(bdb_row_encode(&r, &out) == ERR_OK);
	FUZZ_CHECK(slice_eq(buf_slice(&out), in));
	buf_fini(&out);
}

static void
try_total(struct slice in)
{
	uint8_t out[BDB_TOTAL_LEN];
	struct bdb_total t;

	if (bdb_total_decode(in, &t) != ERR_OK)
		return;
	bdb_total_encode(&t, out);
	FUZZ_CHECK(slice_eq(slice_of(out, sizeof out), in));
}

static void
try_number(struct slice in)
{
	uint8_t out[BDB_NUMBER_LEN];
	uint64_t n;

	if (bdb_number_decode(in, &n) != ERR_OK)
		return;
	bdb_number_encode(n, out);
	FUZZ_CHECK(slice_eq(slice_of(out, sizeof out), in));
}

static void
check_key(struct bdb_key k, struct slice in)
{
	FUZZ_CHECK(slice_eq(bdb_key_slice(&k), in));
}

static void
try_keys(struct slice in)
{
	struct mail_id id;
	uint64_t a, b;
	unsigned chunk;

	if (bdb_key_read_id(in, &a) == ERR_OK)
		check_key(bdb_key_id(a), in);
	if (bdb_key_read_body(in, &a, &chunk) == ERR_OK)
		check_key(bdb_key_body(a, chunk), in);
	if (bdb_key_read_box(in, &a, &id) == ERR_OK)
		check_key(bdb_key_box(a, &id), in);
	if (bdb_key_read_gone(in, &a, &b, &id) == ERR_OK)
		check_key(bdb_key_gone(a, b, &id), in);
}

/* Of what waits to go out. */
static void
try_keys_out(struct slice in)
{
	struct store_out_key k;
	struct mail_id id;
	uint64_t a, b;

	if (bdb_key_read_mail(in, &id) == ERR_OK)
		check_key(bdb_key_mail(&id), in);
	if (bdb_key_read_out(in, &k) == ERR_OK)
		check_key(bdb_key_out(&k), in);
	if (bdb_key_read_due(in, &a, &b, &k) == ERR_OK)
		check_key(bdb_key_due(a, b, &k), in);
	if (bdb_key_read_trail(in, &id, &a) == ERR_OK)
		check_key(bdb_key_trail(&id, a), in);
	if (bdb_key_read_seen(in, &a, &id) == ERR_OK)
		check_key(bdb_key_seen(a, &id), in);
}

static void
try_sent(struct slice in)
{
	uint8_t out[BDB_SENT_LEN];
	struct bdb_sent s;

	if (bdb_sent_decode(in, &s) != ERR_OK)
		return;
	bdb_sent_encode(&s, out);
	FUZZ_CHECK(slice_eq(slice_of(out, sizeof out), in));
}

/* Records of the queue and the trail: what was read writes back as it was. */
static void
try_queue(struct slice in)
{
	struct buf out = BUF_INIT(2 * STORE_VALUE_MAX);
	struct store_envelope env;
	struct store_out o;
	struct store_trail t;

	if (store_envelope_decode(in, &env) == ERR_OK) {
		FUZZ_CHECK(store_envelope_encode(&env, &out) == ERR_OK);
		FUZZ_CHECK(slice_eq(buf_slice(&out), in));
	}
	buf_reset(&out);
	if (store_out_decode(in, &o) == ERR_OK) {
		FUZZ_CHECK(store_out_encode(&o, &out) == ERR_OK);
		FUZZ_CHECK(slice_eq(buf_slice(&out), in));
	}
	buf_reset(&out);
	if (store_trail_decode(in, &t) == ERR_OK)
		FUZZ_CHECK(store_trail_encode(&t, &out) == ERR_OK);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct slice) = {try_row, try_total,
	    try_number, try_keys, try_keys_out, try_sent, try_queue};

	if (size > 0)
		tries[data[0] % (sizeof tries / sizeof *tries)](
		    slice_of(data + 1, size - 1));
	return 0;
}
