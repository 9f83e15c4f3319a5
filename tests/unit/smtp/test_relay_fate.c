/* What one verdict means for one recipient. */
#include "../unit.h"

#include "smtp/relay_fate.h"
#include "store/store_rcpt.h"

#include <string.h>

enum { HOUR_S = 3600, FRESH = 0, LATE = 5 * HOUR_S, OLD = 6 * 24 * HOUR_S };

static const struct {
	const char *name;
	enum err err;
	unsigned notify;
	bool dsn, null, drop, hold;
	unsigned age_s;
	enum store_outcome_kind kind;
	enum relay_tell tell;
} cases[] = {
    {"sent",		   ERR_OK,          0,                    false, false, false, false, FRESH, STORE_OUTCOME_DONE,
     RELAY_TELL_NOBODY															     },
    {"relayed",		ERR_OK,          STORE_NOTIFY_SUCCESS, false, false, false, false, FRESH,
     STORE_OUTCOME_DONE,													 RELAY_TELL_RELAYED},
    {"they will tell",         ERR_OK,          STORE_NOTIFY_SUCCESS, true,  false, false, false,
     FRESH,											      STORE_OUTCOME_DONE,     RELAY_TELL_NOBODY },
    {"nobody to tell",         ERR_OK,          STORE_NOTIFY_SUCCESS, false, true,  false, false,
     FRESH,											      STORE_OUTCOME_DONE,     RELAY_TELL_NOBODY },
    {"failed",		 ERR_DENIED,      0,                    false, false, false, false, FRESH,
     STORE_OUTCOME_FAILED,												       RELAY_TELL_FAILED },
    {"failed, wanted",         ERR_DENIED,      STORE_NOTIFY_FAILURE, true,  false, false,
     false,										       FRESH, STORE_OUTCOME_FAILED,   RELAY_TELL_FAILED },
    {"failed, never",          ERR_DENIED,      STORE_NOTIFY_NEVER,   false, false, false,
     false,										       FRESH, STORE_OUTCOME_FAILED,   RELAY_TELL_NOBODY },
    {"failed, success only",   ERR_DENIED,      STORE_NOTIFY_SUCCESS, false, false,
     false,										false, FRESH, STORE_OUTCOME_FAILED,   RELAY_TELL_NOBODY },
    {"double bounce",          ERR_DENIED,      0,                    false, true,  false, false, FRESH,
     STORE_OUTCOME_FAILED,												       RELAY_TELL_FAILED },
    {"double bounce, dropped", ERR_DENIED,      0,                    false, true,  true,  false, FRESH,
     STORE_OUTCOME_FAILED,												       RELAY_TELL_NOBODY },
    {"later",		  ERR_RETRY,       0,                    false, false, false, false, FRESH,
     STORE_OUTCOME_DEFERRED,												     RELAY_TELL_NOBODY },
    {"no connection",          ERR_TIMEOUT,     0,                    false, false, false, false, FRESH,
     STORE_OUTCOME_DEFERRED,												     RELAY_TELL_NOBODY },
    {"late",		   ERR_RETRY,       0,                    false, false, false, false, LATE,
     STORE_OUTCOME_DEFERRED,												     RELAY_TELL_DELAYED},
    {"late, never",            ERR_RETRY,       STORE_NOTIFY_NEVER,   false, false, false, false,
     LATE,											       STORE_OUTCOME_DEFERRED, RELAY_TELL_NOBODY },
    {"late, null",             ERR_RETRY,       0,                    false, true,  false, false, LATE,
     STORE_OUTCOME_DEFERRED,												     RELAY_TELL_NOBODY },
    {"old",		    ERR_RETRY,       0,                    false, false, false, false, OLD,   STORE_OUTCOME_FAILED,
     RELAY_TELL_FAILED															     },
    {"in doubt",               ERR_UNKNOWN,     0,                    false, false, false, false, FRESH,
     STORE_OUTCOME_DOUBT,													RELAY_TELL_NOBODY },
    {"in doubt, held",         ERR_UNKNOWN,     0,                    false, false, false, true,  FRESH,
     STORE_OUTCOME_HELD,													 RELAY_TELL_NOBODY },
    {"in doubt, old",          ERR_UNKNOWN,     0,                    false, false, false, false, OLD,
     STORE_OUTCOME_FAILED,												       RELAY_TELL_FAILED },
    {"impossible",             ERR_UNSUPPORTED, 0,                    false, false, false, false, FRESH,
     STORE_OUTCOME_FAILED,												       RELAY_TELL_FAILED },
};

static struct conf conf;

TEST(relay_fate_cases)
{
	uint64_t now = UINT64_C(1800000000000000);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct store_envelope env = {.from = SLICE("me@our.test")};
		struct store_out out = {.notify = cases[i].notify,
		    .since_us = now - cases[i].age_s * UINT64_C(1000000)};
		struct smtp_verdict v;
		struct relay_facts f = {.conf = &conf,
		    .route = &conf.outbound.all,
		    .env = &env,
		    .out = &out,
		    .verdict = &v,
		    .dsn = cases[i].dsn,
		    .now_us = now};
		struct relay_fate fate;

		unit_case(cases[i].name);
		conf_defaults(&conf);
		conf.queue.drop_double = cases[i].drop;
		conf.queue.hold_doubt = cases[i].hold;
		if (cases[i].null)
			env.from = SLICE_NONE;
		relay_verdict(&v, cases[i].err, "4.2.1", "why %d", 7);
		relay_fate_of(&f, &fate);
		EQ_INT(fate.kind, cases[i].kind);
		EQ_INT(fate.tell, cases[i].tell);
		EQ_STR(fate.status, "4.2.1");
		OK((fate.next_us > now) ==
		    (fate.kind == STORE_OUTCOME_DEFERRED ||
			fate.kind == STORE_OUTCOME_DOUBT));
		OK((fate.until_us > now) == (fate.tell == RELAY_TELL_DELAYED));
	}
}

static void
old_text(enum err e, const char *text, uint64_t lifetime_ms, struct buf *out)
{
	struct store_envelope env = {.from = SLICE("me@our.test")};
	struct store_out o = {.since_us = 1};
	struct smtp_verdict v;
	struct relay_facts f = {.conf = &conf,
	    .route = &conf.outbound.all,
	    .env = &env,
	    .out = &o,
	    .verdict = &v,
	    .now_us = UINT64_C(1800000000000000)};
	struct relay_fate fate;

	conf_defaults(&conf);
	conf.outbound.all.lifetime_ms = lifetime_ms;
	relay_verdict(&v, e, "4.0.0", "%s", text);
	relay_fate_of(&f, &fate);
	buf_reset(out);
	buf_add(out, fate.text, fate.len);
}

TEST(relay_fate_last_words)
{
	struct buf b = BUF_INIT(1000);
	char umlauts[700];

	old_text(ERR_RETRY, "full", 5 * 24 * 3600 * 1000, &b);
	EQ_SLICE(buf_slice(&b), "not delivered within 5 days; last: full");
	old_text(ERR_RETRY, "full", 90 * 60 * 1000, &b);
	EQ_SLICE(buf_slice(&b), "not delivered within 90 minutes; last: full");
	old_text(ERR_RETRY, "full", 3600 * 1000, &b);
	EQ_SLICE(buf_slice(&b), "not delivered within 1 hour; last: full");
	old_text(ERR_UNKNOWN, "cut", 30 * 1000, &b);
	EQ_SLICE(buf_slice(&b), "it may have been delivered, but this could "
				"not be confirmed within 30 seconds; last: "
				"cut");
	/* cut between characters */
	for (unsigned i = 0; i + 2 < sizeof umlauts; i += 2)
		memcpy(umlauts + i, "\xc3\xa4", 3);
	old_text(ERR_RETRY, umlauts, 3600 * 1000, &b);
	OK(b.len > 490 && b.len <= STORE_REPLY_MAX);
	OK(slice_is_utf8(buf_slice(&b)));
	buf_fini(&b);
}
