/*
 * What is stored and what crosses a channel as octets: records, rows,
 * recipients, changes. What is accepted is written back as the same octets
 * (records) or reads as the same values, and nothing points outside the input.
 * The first octet says what the rest is.
 */
#include "fuzz.h"

#include "store/store.h"
#include "store/store_rcpt.h"
#include "store/store_row.h"

#include <stdbool.h>
#include <string.h>

static bool
inside(struct slice part, struct slice whole)
{
	return part.len == 0 ||
	       (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

static void
same(struct buf *again, struct slice in)
{
	FUZZ_CHECK(again->err == ERR_OK);
	FUZZ_CHECK(slice_eq(buf_slice(again), in));
	buf_fini(again);
}

/* --- records ----------------------------------------------------------- */

static void
fuzz_domain(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct store_domain d;

	if (store_domain_decode(in, &d) != ERR_OK)
		return;
	FUZZ_CHECK(store_domain_encode(&d, &again) == ERR_OK);
	same(&again, in);
}

static void
fuzz_name(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest, t;
	struct store_name n;
	unsigned count = 0;

	if (store_name_decode(in, &n) != ERR_OK)
		return;
	rest = n.targets;
	while (store_name_next(&rest, &t)) {
		FUZZ_CHECK(t.len > 0 && t.len <= STORE_NAME_MAX);
		FUZZ_CHECK(inside(t, in));
		count++;
	}
	FUZZ_CHECK(count == n.ntargets);
	FUZZ_CHECK((n.type == STORE_ALIAS) == (count > 0));
	FUZZ_CHECK(store_name_encode(&n, &again) == ERR_OK);
	same(&again, in);
}

static void
fuzz_account(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct store_account a;

	if (store_account_decode(in, &a) != ERR_OK)
		return;
	FUZZ_CHECK(inside(a.name, in) && inside(a.hash, in));
	FUZZ_CHECK(a.mailbox != 0 && a.name.len > 0);
	FUZZ_CHECK(store_account_encode(&a, &again) == ERR_OK);
	same(&again, in);
}

/* --- what is one behind the other -------------------------------------- */

static void
fuzz_rcpts(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest = in;
	struct store_rcpt r;
	enum err e;

	while ((e = store_rcpt_next(&rest, &r)) == ERR_OK) {
		FUZZ_CHECK(inside(r.addr, in) && inside(r.uidl, in));
		FUZZ_CHECK(slice_find(r.addr, '\n') == r.addr.len);
		FUZZ_CHECK(slice_find(r.orcpt, '\r') == r.orcpt.len);
		FUZZ_CHECK(r.mailbox != 0 || r.addr.len > 0);
		store_rcpt_add(&again, &r);
	}
	FUZZ_CHECK(e == ERR_NOENT || e == ERR_PROTO);
	if (e == ERR_NOENT)
		same(&again, in);
	buf_fini(&again);
}

static void
fuzz_rows(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest = in;
	struct store_row r;
	enum err e;

	while ((e = store_row_next(&rest, &r)) == ERR_OK) {
		FUZZ_CHECK(inside(r.uidl, in) && r.uidl.len <= 70);
		store_row_add(&again, &r);
	}
	FUZZ_CHECK(e == ERR_NOENT || e == ERR_PROTO);
	if (e == ERR_NOENT)
		same(&again, in);
	buf_fini(&again);
}

static void
fuzz_dir_rows(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest = in;
	struct store_dir_row r;
	enum err e;

	while ((e = store_rows_next(&rest, &r)) == ERR_OK) {
		FUZZ_CHECK(inside(r.key, in) && inside(r.value, in));
		FUZZ_CHECK(r.key.len <= STORE_KEY_MAX);
		(void)store_record_valid(STORE_NAME, r.key, r.value);
		store_rows_add(&again, &r);
	}
	FUZZ_CHECK(e == ERR_NOENT || e == ERR_PROTO);
	if (e == ERR_NOENT)
		same(&again, in);
	buf_fini(&again);
}

static void
fuzz_changes(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest = in;
	struct store_change c;
	enum err e;

	while ((e = store_changes_next(&rest, &c)) == ERR_OK) {
		FUZZ_CHECK(inside(c.key, in) && inside(c.value, in));
		FUZZ_CHECK(c.kind >= STORE_DOMAIN && c.kind < STORE_KINDS);
		if (c.value.p != NULL)
			(void)store_record_valid(c.kind, c.key, c.value);
		store_changes_add(&again, &c);
	}
	FUZZ_CHECK(e == ERR_NOENT || e == ERR_PROTO);
	if (e == ERR_NOENT)
		same(&again, in);
	buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const what[])(struct slice) = {fuzz_domain, fuzz_name,
	    fuzz_account, fuzz_rcpts, fuzz_rows, fuzz_dir_rows, fuzz_changes};

	if (size > 0 && data[0] < sizeof what / sizeof what[0])
		what[data[0]](slice_of(data + 1, size - 1));
	return 0;
}
