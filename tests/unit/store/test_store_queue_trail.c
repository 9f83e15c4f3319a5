/* The trail as octets; what a front process may say of a message. */
#include "store/store_queue.h"
#include "tests/unit/unit.h"

#include <string.h>

/* as SLICE, for tables */
#define S(literal)                                                             \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

TEST(trail_there_and_back)
{
	struct store_trail t = {
	    .event = STORE_EV_RECEIVED,
	    .from = SLICE("a@x.test"),
	    .addr = SLICE("b@y.test"),
	    .local = SLICE("c@z.test\nd@z.test\n"),
	    .client = SLICE("mx.x.test[192.0.2.1]"),
	    .proto = SLICE("ESMTPSA"),
	    .login = SLICE("a@x.test"),
	    .tls = SLICE("TLSv1.3"),
	    .msgid = SLICE("<1@x.test>"),
	    .octets = 1ull << 40,
	    .rcpts = 2,
	    .code = 250,
	    .status = SLICE("2.0.0"),
	    .reply = SLICE("250 ok"),
	    .host = SLICE("mx.y.test[192.0.2.2]:25"),
	    .ref_us = 9,
	    .ref = SLICE("00112233445566778899aabbccddeeff"),
	};
	struct store_trail got;
	struct buf b = BUF_INIT(1 << 16);

	EQ_INT(store_trail_encode(&t, &b), ERR_OK);
	EQ_INT(store_trail_decode(buf_slice(&b), &got), ERR_OK);
	EQ_INT(got.event, STORE_EV_RECEIVED);
	OK(slice_eq(got.from, t.from) && slice_eq(got.addr, t.addr) &&
	    slice_eq(got.local, t.local) && slice_eq(got.client, t.client) &&
	    slice_eq(got.proto, t.proto) && slice_eq(got.login, t.login) &&
	    slice_eq(got.tls, t.tls) && slice_eq(got.msgid, t.msgid));
	OK(got.octets == 1ull << 40 && got.rcpts == 2 && got.code == 250 &&
	    got.ref_us == 9);
	OK(slice_eq(got.status, t.status) && slice_eq(got.reply, t.reply) &&
	    slice_eq(got.host, t.host) && slice_eq(got.ref, t.ref));
	t.event = (enum store_event)0;
	EQ_INT(store_trail_encode(&t, &b), ERR_TOOBIG);
	t.event = STORE_EVENTS;
	EQ_INT(store_trail_encode(&t, &b), ERR_TOOBIG);
	EQ_INT(store_trail_decode(SLICE("\1"), &got), ERR_CORRUPT);
	buf_fini(&b);
}

/* Whole addresses only, whatever else the record holds. */
TEST(trail_cuts_local)
{
	struct store_trail t = {.event = STORE_EV_RECEIVED}, got;
	struct buf local = BUF_INIT(1 << 20), b = BUF_INIT(1 << 16);
	char reply[STORE_REPLY_MAX];

	memset(reply, 'x', sizeof reply);
	for (unsigned i = 0; i < 1000; i++)
		buf_addf(&local, "user%u@example.test\n", i);
	t.local = buf_slice(&local);
	for (size_t n = 0; n < 24; n++) {
		buf_reset(&b);
		t.reply = slice_of(reply, n);
		EQ_INT(store_trail_encode(&t, &b), ERR_OK);
		OK(b.len <= STORE_TRAIL_MAX && b.len > STORE_TRAIL_MAX - 24);
		EQ_INT(store_trail_decode(buf_slice(&b), &got), ERR_OK);
		OK(slice_ends(got.local, SLICE("\n")));
		OK(slice_starts(t.local, got.local));
	}
	memset(local.p, 'x', local.len);
	buf_reset(&b);
	EQ_INT(store_trail_encode(&t, &b), ERR_OK);
	EQ_INT(store_trail_decode(buf_slice(&b), &got), ERR_OK);
	EQ_INT(got.local.len, 0);
	buf_fini(&local);
	buf_fini(&b);
}

/* As large as all but `local` can be. */
TEST(trail_full)
{
	static char big[998];
	struct store_trail t = {.event = STORE_EV_FAILED};
	struct buf b = BUF_INIT(1 << 16);

	memset(big, 'x', sizeof big);
	t.from = t.addr = t.login = slice_of(big, 320);
	t.client = t.host = slice_of(big, STORE_HOST_MAX);
	t.proto = slice_of(big, 31);
	t.tls = slice_of(big, 63);
	t.msgid = slice_of(big, 998);
	t.status = slice_of(big, STORE_STATUS_MAX);
	t.reply = slice_of(big, STORE_REPLY_MAX);
	t.ref = slice_of(big, MAIL_ID_HEX);
	t.octets = t.ref_us = UINT64_MAX;
	t.rcpts = UINT32_MAX;
	t.code = 999;
	t.local = SLICE("a@x.test\n");
	EQ_INT(store_trail_encode(&t, &b), ERR_OK);
	OK(b.len < STORE_TRAIL_MAX);
	/* and what a front may say fits its limit */
	OK(5 * 5 + 14 + STORE_HOST_MAX + 31 + 320 + 63 + 998 < STORE_INFO_MAX);
	buf_fini(&b);
}

static const struct {
	const char *name;
	struct store_trail t;
	bool want;
} infos[] = {
    {"all a front may say",
     {.event = STORE_EV_RECEIVED,
	    .client = S("a[192.0.2.1]"),
	    .proto = S("ESMTP"),
	    .login = S("a@x.test"),
	    .tls = S("TLSv1.3"),
	    .msgid = S("<1@x>")},
     true										},
    {"nothing of it",       {.event = STORE_EV_RECEIVED},                           true },
    {"another event",       {.event = STORE_EV_SENT},                               false},
    {"a sender",            {.event = STORE_EV_RECEIVED, .from = S("a@x.test")},    false},
    {"a recipient",         {.event = STORE_EV_RECEIVED, .addr = S("a@x.test")},    false},
    {"mailboxes",           {.event = STORE_EV_RECEIVED, .local = S("a@x.test\n")},
     false									       },
    {"a size",              {.event = STORE_EV_RECEIVED, .octets = 1},              false},
    {"recipients",          {.event = STORE_EV_RECEIVED, .rcpts = 1},               false},
    {"a code",              {.event = STORE_EV_RECEIVED, .code = 250},              false},
    {"a status",            {.event = STORE_EV_RECEIVED, .status = S("2.0.0")},     false},
    {"a reply",             {.event = STORE_EV_RECEIVED, .reply = S("x")},          false},
    {"a host",              {.event = STORE_EV_RECEIVED, .host = S("x")},           false},
    {"a time",              {.event = STORE_EV_RECEIVED, .ref_us = 1},              false},
    {"a reference",         {.event = STORE_EV_RECEIVED, .ref = S("00")},           false},
};

TEST(trail_info)
{
	static char big[STORE_INFO_MAX + 1];
	struct buf b = BUF_INIT(1 << 16);

	for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++) {
		buf_reset(&b);
		unit_case(infos[i].name);
		EQ_INT(store_trail_encode(&infos[i].t, &b), ERR_OK);
		EQ_INT(store_trail_info_valid(buf_slice(&b)), infos[i].want);
	}
	unit_case("");
	OK(store_trail_info_valid(SLICE_NONE));
	OK(!store_trail_info_valid(SLICE("\1")));
	OK(!store_trail_info_valid(slice_of(big, sizeof big)));
	buf_fini(&b);
}

TEST(trail_rows)
{
	struct store_trail_row r = {{{1, 2}}, 77, SLICE("record")}, got;
	struct buf b = BUF_INIT(4096);
	struct slice in;

	store_trail_rows_add(&b, &r);
	in = buf_slice(&b);
	EQ_INT(store_trail_rows_next(&in, &got), ERR_OK);
	OK(mail_id_cmp(&got.id, &r.id) == 0 && got.us == 77);
	EQ_SLICE(got.record, "record");
	EQ_INT(store_trail_rows_next(&in, &got), ERR_NOENT);
	for (size_t n = 1; n < b.len; n++) {
		in = slice_of(b.p, n);
		EQ_INT(store_trail_rows_next(&in, &got), ERR_PROTO);
	}
	buf_fini(&b);
}

TEST(queue_names)
{
	EQ_STR(store_event_name(STORE_EV_RECEIVED), "received");
	EQ_STR(store_event_name(STORE_EV_DOUBT), "in-doubt");
	EQ_STR(store_event_name(STORE_EV_DROPPED), "dropped");
	EQ_STR(store_event_name(STORE_EVENTS), "?");
	EQ_STR(store_out_state_name(STORE_OUT_DUE), "due");
	EQ_STR(store_out_state_name(STORE_OUT_DOUBT), "in-doubt");
	EQ_STR(store_out_state_name(STORE_OUT_REPORT), "report");
	EQ_STR(store_out_state_name((enum store_out_state)0), "?");
	EQ_STR(store_out_state_name((enum store_out_state)7), "?");
	for (unsigned e = 1; e < STORE_EVENTS; e++)
		OK(strcmp(store_event_name((enum store_event)e), "?") != 0);
}
