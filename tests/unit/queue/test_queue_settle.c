/* Outcomes on their way: together, kept, asked again, never lost. */
#include "../unit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "queue/queue_settle.h"

#include <stdlib.h>
#include <string.h>

/* --- memory ----------------------------------------------------------------
 */

void *__real_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *p, size_t size);

static bool no_memory;

void *
__wrap_calloc(size_t n, size_t size)
{
	return no_memory ? NULL : __real_calloc(n, size);
}

void *
__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return no_memory ? NULL : __real_realloc(p, size);
}

/* --- the store: what it was told, and what it says next ---------------------
 */

enum { BAD = 5 }; /* what the store may have trouble with */

static struct net_loop *loop;
static struct queue_settle *settle;
static struct {
	bool up;
	enum err says[32]; /* to the settles, in order */
	struct store_req *asked[64];
	bool has_bad[64]; /* BAD is among its outcomes */
	unsigned nasked, calls, outcomes, reports, answered;
	uint32_t order[9000];
	unsigned norder;
	enum store_outcome_kind last_kind;
	uint64_t last_next_us;
} f;

bool
store_call_up(const struct store_call *c)
{
	(void)c;
	return f.up;
}

void
store_call_settle(struct store_call *c, struct store_req *r, struct slice in,
    unsigned noutcomes, struct slice reports, unsigned nreports)
{
	struct store_outcome o;
	struct store_report rep;

	(void)c;
	OK(!r->busy);
	for (unsigned i = 0; i < noutcomes; i++) {
		EQ_INT(store_outcome_next(&in, &o), ERR_OK);
		f.order[f.norder++] = o.key.n;
		f.last_kind = o.kind;
		f.last_next_us = o.next_us;
	}
	EQ_INT(in.len, 0);
	for (unsigned i = 0; i < nreports; i++)
		EQ_INT(store_report_next(&reports, &rep), ERR_OK);
	EQ_INT(reports.len, 0);
	f.calls++;
	f.outcomes += noutcomes;
	f.reports += nreports;
	f.has_bad[f.nasked] = false;
	for (unsigned i = f.norder - noutcomes; i < f.norder; i++)
		f.has_bad[f.nasked] |= f.order[i] == BAD;
	r->busy = true;
	f.asked[f.nasked++] = r;
}

void
store_req_cancel(struct store_call *c, struct store_req *r)
{
	(void)c;
	for (unsigned i = 0; i < f.nasked; i++)
		if (f.asked[i] == r)
			f.asked[i] = NULL;
	r->busy = false;
}

static void
answer(enum err e)
{
	struct store_req *r = f.asked[0];

	memmove(f.asked, f.asked + 1, --f.nasked * sizeof f.asked[0]);
	memmove(f.has_bad, f.has_bad + 1, f.nasked * sizeof f.has_bad[0]);
	r->busy = false;
	r->done(r, e);
}

static void
answered(void *ctx)
{
	(void)ctx;
	f.answered++;
}

static void
begin(void)
{
	memset(&f, 0, sizeof f);
	f.up = true;
	clock_set_for_test(UINT64_C(1800000000000000), 1000000);
	loop = net_loop_new();
	settle = queue_settle_new(loop, NULL, answered, NULL);
}

static void
end(void)
{
	queue_settle_free(&settle);
	net_loop_free(&loop);
	clock_set_for_test(0, 0);
}

static void
turn(uint64_t ms)
{
	static uint64_t now_us = 1000000;

	now_us += ms * 1000;
	clock_set_for_test(UINT64_C(1800000000000000), now_us);
	net_loop_turn(loop, 0);
}

static void
add(uint32_t n, size_t reply)
{
	static char text[STORE_REPLY_MAX];
	struct store_outcome o = {.key.n = n,
	    .kind = STORE_OUTCOME_DONE,
	    .attempted = true,
	    .reply = slice_of(text, reply)};

	memset(text, 'x', sizeof text);
	EQ_INT(queue_settle_add(settle, &o, 1, NULL, 0), ERR_OK);
}

/* --- tests ------------------------------------------------------------------
 */

TEST(queue_settle_one_a_turn)
{
	begin();
	for (uint32_t i = 0; i < 10; i++)
		add(i, 10);
	EQ_INT(f.calls, 0);
	turn(0);
	EQ_INT(f.calls, 1);
	EQ_INT(f.outcomes, 10);
	OK(!queue_settle_idle(settle));
	OK(queue_settle_octets(settle) > 0);
	answer(ERR_OK);
	EQ_INT(f.answered, 1);
	OK(queue_settle_idle(settle));
	EQ_INT(queue_settle_octets(settle), 0);
	turn(5000);
	EQ_INT(f.calls, 1);
	end();
}

TEST(queue_settle_is_cut_when_full)
{
	begin();
	for (uint32_t i = 0; i < 1200; i++)
		add(i, 0);
	turn(0);
	EQ_INT(f.calls, 3); /* 500 each */
	for (uint32_t i = 0; i < 300; i++)
		add(i, 500);
	turn(0);
	OK(f.calls >= 5 && f.calls < 8); /* 64 KiB each */
	EQ_INT(f.outcomes, 1500);
	end();
}

/* No more than eight at a time; the rest when there is an answer. */
TEST(queue_settle_under_way)
{
	begin();
	for (uint32_t i = 0; i < 20; i++) {
		add(i, 0);
		turn(0);
	}
	EQ_INT(f.calls, QUEUE_SETTLE_UNDER_WAY);
	answer(ERR_OK);
	turn(0);
	EQ_INT(f.calls, QUEUE_SETTLE_UNDER_WAY + 1);
	/* what gathered meanwhile went together */
	EQ_INT(f.outcomes, 20);
	end();
}

static const enum err again[] = {
    ERR_RETRY, ERR_FULL, ERR_BUSY, ERR_IO, ERR_NOMEM};

TEST(queue_settle_asks_again)
{
	for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) {
		unit_case(err_text(again[i]));
		begin();
		add(1, 5);
		turn(0);
		add(2, 5);
		answer(again[i]);
		turn(0);
		EQ_INT(f.calls, 1); /* a pause, for all */
		EQ_INT(f.answered, 0);
		turn(QUEUE_SETTLE_PAUSE_MS + 10);
		turn(0);
		EQ_INT(f.calls, 3);
		EQ_INT(f.order[1], 1); /* in order */
		EQ_INT(f.order[2], 2);
		answer(ERR_OK);
		answer(ERR_OK);
		OK(queue_settle_idle(settle));
		end();
	}
}

/* Refused for good: that is our fault; the others go on. */
TEST(queue_settle_is_refused)
{
	begin();
	add(1, 5);
	turn(0);
	answer(ERR_PROTO);
	OK(queue_settle_idle(settle));
	add(2, 5);
	turn(0);
	EQ_INT(f.calls, 2);
	end();
}

TEST(queue_settle_store_away)
{
	begin();
	add(1, 5);
	turn(0);
	add(2, 5);
	turn(0);
	f.up = false;
	answer(ERR_UNKNOWN);
	answer(ERR_UNKNOWN);
	add(3, 5);
	turn(60 * 1000);
	turn(60 * 1000);
	EQ_INT(f.calls, 2);
	f.up = true;
	queue_settle_up(settle); /* at once, before anything else is asked */
	EQ_INT(f.calls, 5);
	EQ_INT(f.order[2], 1);
	EQ_INT(f.order[3], 2);
	EQ_INT(f.order[4], 3);
	end();
}

TEST(queue_settle_with_reports)
{
	static char body[QUEUE_SETTLE_REPORT_MAX + 1];
	struct store_outcome o[2] = {
	    {.key.n = 1, .kind = STORE_OUTCOME_FAILED},
	    {.key.n = 2, .kind = STORE_OUTCOME_FAILED}
        };
	struct store_report r = {.to = SLICE("me@our.test")};

	begin();
	memset(body, 'x', sizeof body);
	add(7, 5);
	r.body = slice_of(body, 1000000);
	EQ_INT(queue_settle_add(settle, o, 2, &r, 1), ERR_OK);
	add(8, 5);
	turn(0);
	EQ_INT(f.calls, 3); /* a large one goes alone */
	EQ_INT(f.reports, 1);
	EQ_INT(f.outcomes, 4);

	r.body.len = sizeof body;
	EQ_INT(queue_settle_add(settle, o, 2, &r, 1), ERR_TOOBIG);
	turn(0);
	EQ_INT(f.calls, 3);
	end();
}

/* A field over its limit spoils nothing but itself. */
TEST(queue_settle_bad_outcome)
{
	char text[STORE_REPLY_MAX + 1] = "";
	struct store_outcome o = {
	    .kind = STORE_OUTCOME_DONE, .reply = slice_of(text, sizeof text)};

	begin();
	memset(text, 'x', sizeof text);
	add(1, 1);
	EQ_INT(queue_settle_add(settle, &o, 1, NULL, 0), ERR_TOOBIG);
	add(2, 1);
	turn(0);
	EQ_INT(f.outcomes, 2);
	end();
}

static void
add_reported(uint32_t n)
{
	struct store_outcome o = {.key.n = n, .kind = STORE_OUTCOME_FAILED};
	struct store_report r = {
	    .to = SLICE("me@our.test"), .body = SLICE("x")};

	EQ_INT(queue_settle_add(settle, &o, 1, &r, 1), ERR_OK);
}

/* On a full disk the store takes nothing with reports: what is without goes on,
 * however much waits with them. */
TEST(queue_settle_full_with_reports)
{
	begin();
	for (uint32_t i = 0; i < QUEUE_SETTLE_UNDER_WAY; i++) {
		add_reported(i);
		turn(0);
	}
	add_reported(90);
	add(91, 5);
	EQ_INT(f.calls, QUEUE_SETTLE_UNDER_WAY);
	for (uint32_t i = 0; i < QUEUE_SETTLE_UNDER_WAY; i++)
		answer(ERR_FULL);
	turn(QUEUE_SETTLE_PAUSE_MS + 10);
	turn(0);
	EQ_INT(f.order[QUEUE_SETTLE_UNDER_WAY], 90);
	EQ_INT(f.order[QUEUE_SETTLE_UNDER_WAY + 1], 91);
	end();
}

/* A report that is refused costs nothing but itself. */
TEST(queue_settle_report_is_refused)
{
	begin();
	add_reported(1);
	turn(0);
	EQ_INT(f.reports, 1);
	answer(ERR_PROTO);
	turn(0);
	EQ_INT(f.calls, 2);
	EQ_INT(f.reports, 1);
	EQ_INT(f.order[1], 1);
	answer(ERR_OK);
	OK(queue_settle_idle(settle));
	EQ_INT(queue_settle_octets(settle), 0);
	end();
}

/* --- what cannot be settled now --------------------------------------------
 */

/* Everything that is asked, as long as there is something: e for BAD. */
static void
answer_all(enum err e)
{
	while (f.nasked > 0) {
		answer(f.has_bad[0] ? e : ERR_OK);
		turn(0);
	}
}

/* One record that the store cannot read does not keep the others from being
 * settled, and is asked about seldom; until it can be read. */
TEST(queue_settle_one_is_stuck)
{
	unsigned calls;

	begin();
	for (uint32_t i = 0; i < 100; i++)
		add(i, 10);
	turn(0);
	for (unsigned i = 0; i < 60; i++) {
		answer_all(ERR_RETRY);
		turn(QUEUE_SETTLE_PAUSE_MS + 10);
	}
	answer_all(ERR_RETRY);
	OK(!queue_settle_idle(settle));
	OK(f.calls < 60);
	calls = f.calls;
	add(200, 10); /* at once */
	turn(0);
	EQ_INT(f.calls, calls + 1);
	answer_all(ERR_RETRY);
	OK(!queue_settle_idle(settle));
	for (unsigned i = 0; i < 61; i++) {
		turn(QUEUE_SETTLE_PAUSE_MS + 10);
		answer_all(ERR_OK);
	}
	EQ_INT(f.calls, calls + 2);
	EQ_INT(f.order[f.norder - 1], BAD);
	OK(queue_settle_idle(settle));
	EQ_INT(queue_settle_octets(settle), 0);
	end();
}

/* The store is there again: nothing waits any longer. */
TEST(queue_settle_stuck_until_up)
{
	begin();
	add(BAD, 10);
	turn(0);
	for (unsigned i = 0; i < 5; i++) {
		answer_all(ERR_RETRY);
		turn(QUEUE_SETTLE_PAUSE_MS + 10);
	}
	EQ_INT(f.calls, 3);
	queue_settle_up(settle);
	EQ_INT(f.calls, 4);
	end();
}

/* Refused for good: it alone. */
TEST(queue_settle_one_is_refused)
{
	begin();
	for (uint32_t i = 0; i < 100; i++)
		add(i, 10);
	turn(0);
	answer_all(ERR_PROTO);
	OK(queue_settle_idle(settle));
	EQ_INT(queue_settle_octets(settle), 0);
	OK(f.calls < 20);
	EQ_INT(f.answered, f.calls / 2 + 1);
	end();
}

/* --- without memory --------------------------------------------------------
 */

TEST(queue_settle_without_memory)
{
	struct store_outcome o = {.key.n = 3,
	    .kind = STORE_OUTCOME_DOUBT,
	    .attempted = true,
	    .next_us = 12345,
	    .reply = SLICE("words")};
	struct store_report r = {
	    .to = SLICE("me@our.test"), .body = SLICE("x")};

	begin();
	no_memory = true;
	EQ_INT(queue_settle_add(settle, &o, 1, &r, 1), ERR_NOMEM);
	OK(queue_settle_idle(settle));
	EQ_INT(queue_settle_add(settle, &o, 1, NULL, 0), ERR_OK);
	OK(!queue_settle_idle(settle));
	turn(QUEUE_SETTLE_PAUSE_MS + 10);
	turn(QUEUE_SETTLE_PAUSE_MS + 10);
	EQ_INT(f.outcomes, 0);
	no_memory = false;
	turn(QUEUE_SETTLE_PAUSE_MS + 10);
	turn(0);
	EQ_INT(f.outcomes, 1);
	EQ_INT(f.last_kind, STORE_OUTCOME_DOUBT);
	EQ_INT(f.last_next_us, 12345);
	answer_all(ERR_OK);
	OK(queue_settle_idle(settle));
	end();
}

/* Bounded; whoever takes more is told in time not to. */
TEST(queue_settle_owes_much)
{
	struct store_outcome o = {.kind = STORE_OUTCOME_DONE};

	begin();
	no_memory = true;
	for (unsigned i = 0; i < QUEUE_SETTLE_OWED; i++) {
		OK(i > QUEUE_SETTLE_OWED / 2 ||
		    queue_settle_octets(settle) == 0);
		EQ_INT(queue_settle_add(settle, &o, 1, NULL, 0), ERR_OK);
	}
	OK(queue_settle_octets(settle) == SIZE_MAX);
	EQ_INT(queue_settle_add(settle, &o, 1, NULL, 0), ERR_NOMEM);
	no_memory = false;
	turn(QUEUE_SETTLE_PAUSE_MS + 10);
	for (unsigned i = 0; i < 20; i++) {
		answer_all(ERR_OK);
		turn(0);
	}
	EQ_INT(f.outcomes, QUEUE_SETTLE_OWED);
	OK(queue_settle_idle(settle));
	end();
}
