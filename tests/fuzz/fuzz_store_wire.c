/*
 * What is stored and what crosses a channel as octets: records, rows,
 * recipients, changes. What is accepted is written back as the same octets
 * (records) or reads as the same values, and nothing points outside the input.
 * The first octet says what the rest is.
 */
#include "fuzz.h"

#include "store/store.h"
#include "store/store_queue.h"
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

/* --- the queue ---------------------------------------------------------- */

static void
fuzz_envelope(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct store_envelope v;

	if (store_envelope_decode(in, &v) != ERR_OK)
		return;
	FUZZ_CHECK(inside(v.from, in) && inside(v.envid, in));
	FUZZ_CHECK(v.left <= v.rcpts);
	FUZZ_CHECK(store_envelope_encode(&v, &again) == ERR_OK);
	same(&again, in);
}

static void
fuzz_out(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct store_out o;

	if (store_out_decode(in, &o) != ERR_OK)
		return;
	FUZZ_CHECK(inside(o.addr, in) && inside(o.reply, in));
	FUZZ_CHECK(slice_find(o.reply, '\n') == o.reply.len);
	FUZZ_CHECK(store_dest_of(o.addr) != STORE_DEST_REPORT);
	FUZZ_CHECK(strcmp(store_out_state_name(o.state), "?") != 0);
	FUZZ_CHECK(store_out_encode(&o, &again) == ERR_OK);
	same(&again, in);
}

static void
fuzz_out_rows(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest = in;
	struct store_out_row r;
	enum err e;

	while ((e = store_out_rows_next(&rest, &r)) == ERR_OK) {
		FUZZ_CHECK(inside(r.envelope, in) && inside(r.out, in));
		store_out_rows_add(&again, &r);
	}
	FUZZ_CHECK(e == ERR_NOENT || e == ERR_PROTO);
	if (e == ERR_NOENT)
		same(&again, in);
	buf_fini(&again);
}

static void
fuzz_outcomes(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest = in;
	struct store_outcome o;
	enum err e;

	while ((e = store_outcome_next(&rest, &o)) == ERR_OK) {
		FUZZ_CHECK(inside(o.reply, in) && inside(o.tls, in));
		FUZZ_CHECK(o.kind > 0 && o.kind < STORE_OUTCOME_KINDS);
		FUZZ_CHECK(store_outcome_add(&again, &o) == ERR_OK);
	}
	FUZZ_CHECK(e == ERR_NOENT || e == ERR_PROTO);
	if (e == ERR_NOENT)
		same(&again, in);
	buf_fini(&again);
}

static void
fuzz_reports(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest = in;
	struct store_report r;
	enum err e;

	while ((e = store_report_next(&rest, &r)) == ERR_OK) {
		FUZZ_CHECK(inside(r.to, in) && inside(r.body, in));
		FUZZ_CHECK(store_report_add(&again, &r) == ERR_OK);
	}
	FUZZ_CHECK(e == ERR_NOENT || e == ERR_PROTO);
	if (e == ERR_NOENT)
		same(&again, in);
	buf_fini(&again);
}

static void
fuzz_trail(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct store_trail t;

	FUZZ_CHECK(!store_trail_info_valid(in) || in.len <= STORE_INFO_MAX);
	if (store_trail_decode(in, &t) != ERR_OK)
		return;
	FUZZ_CHECK(inside(t.local, in) && inside(t.msgid, in));
	FUZZ_CHECK(strcmp(store_event_name(t.event), "?") != 0);
	FUZZ_CHECK(store_trail_encode(&t, &again) == ERR_OK);
	same(&again, in);
}

static void
fuzz_trail_rows(struct slice in)
{
	struct buf again = BUF_INIT(STORE_VALUE_MAX);
	struct slice rest = in;
	struct store_trail_row r;
	enum err e;

	while ((e = store_trail_rows_next(&rest, &r)) == ERR_OK) {
		FUZZ_CHECK(inside(r.record, in));
		store_trail_rows_add(&again, &r);
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
	    fuzz_account, fuzz_rcpts, fuzz_rows, fuzz_dir_rows, fuzz_changes,
	    fuzz_envelope, fuzz_out, fuzz_out_rows, fuzz_outcomes, fuzz_reports,
	    fuzz_trail, fuzz_trail_rows};

	if (size > 0 && data[0] < sizeof what / sizeof what[0])
		what[data[0]](slice_of(data + 1, size - 1));
	return 0;
}
