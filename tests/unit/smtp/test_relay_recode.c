/* Texts that are made 7-bit: never too much of them in memory. */
#include "../unit.h"
#include "relay_fake.h"

static struct fake_record *
begin(void)
{
	struct fake_record *r;

	fake_begin();
	fake_route("there.test", "mx.there.test", NULL);
	fake_host("mx.there.test")->seven = true;
	fake_text(1, "A: b\r\n\r\n\xc3\xa4\r\n");
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_store_up();
	return r;
}

TEST(relay_recode_counts)
{
	struct fake_record *r = begin();

	fake_host("mx.there.test")->stays_silent = true;
	fake_run();
	EQ_INT(r->state, STORE_OUT_SENDING);
	EQ_INT(fake.relay->recoded, r->octets);
	EQ_INT(fake.relay->recoding, 0);
	fake_host("mx.there.test")->stays_silent = false;
	smtp_client_body(
	    LIST_ITEM(fake.relay->jobs.head.next, struct relay_job, node)
		->conn->client,
	    SLICE_NONE, ERR_OK);
	fake_run();
	OK(r->gone);
	EQ_INT(fake.relay->recoded, 0);
	fake_end();
}

TEST(relay_recode_waits_for_memory)
{
	struct fake_record *r = begin();

	fake.relay->recoded = RELAY_RECODED_MAX;
	fake_run();
	EQ_INT(r->state, STORE_OUT_SENDING);
	EQ_INT(fake_host("mx.there.test")->messages, 0);
	fake_wait(RELAY_RECODE_WAIT_MS / 1000 - 10);
	EQ_INT(r->state, STORE_OUT_SENDING);
	fake.relay->recoded = 0; /* the others have been sent */
	fake_wait(2);
	OK(r->gone);
	EQ_SLICE(
	    buf_slice(&fake_host("mx.there.test")->text), "recoded\r\n\r\n12");
	fake_end();
}

TEST(relay_recode_waits_in_vain)
{
	struct fake_record *r = begin();

	fake.relay->recoded = RELAY_RECODED_MAX;
	fake_run();
	fake_wait(RELAY_RECODE_WAIT_MS / 1000 + 2);
	EQ_INT(r->state, STORE_OUT_DEFERRED);
	EQ_STR(r->status, "4.3.0");
	EQ_INT(fake.relay->recodes.count, 0);
	fake_end();
}

/* A large text that goes out slowly is no reason to take nothing for others. */
TEST(relay_recode_does_not_stop_others)
{
	struct fake_record *other;

	begin();
	fake_route("two.test", "mx.two.test", NULL);
	fake_run();
	fake.relay->recoded = RELAY_RECODED_MAX;
	fake.relay->held += RELAY_RECODED_MAX / 2 * 3;
	other = fake_queue(2, "me@our.test", "x@two.test");
	fake_tell(other);
	fake_run();
	OK(other->gone);
	fake.relay->held -= RELAY_RECODED_MAX / 2 * 3;
	fake_end();
}

static const struct {
	const char *name, *body, *sent;
} long_ones[] = {
    {"short lines", "A: b\r\n\r\nc\r\n",                "A: b\r\n\r\nc\r\n"},
    {"long lines",  "A: b\r\n\r\na long line\r\n",      "recoded\r\n\r\n21"},
    {"signed",      "A: b\r\n\r\nsigned long line\r\n",
     "A: b\r\n\r\nsigned long line\r\n"                                    },
};

/* Lines that are too long are broken by an encoding; what cannot be encoded
 * goes as it is. */
TEST(relay_recode_long_lines)
{
	for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++) {
		struct fake_record *r;

		unit_case(long_ones[i].name);
		fake_begin();
		fake_route("there.test", "mx.there.test", NULL);
		fake_text(1, long_ones[i].body);
		r = fake_queue(1, "me@our.test", "x@there.test");
		fake_store_up();
		fake_run();
		OK(r->gone);
		EQ_STR(buf_cstr(&fake_host("mx.there.test")->text),
		    long_ones[i].sent);
		EQ_INT(fake.relay->recoded, 0);
		fake_end();
	}
}
