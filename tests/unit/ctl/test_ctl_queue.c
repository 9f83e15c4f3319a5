/*
 * queue list, show, summary, flush, hold, release, delete, bounce, redirect,
 * and trace.
 * Covers: ctl/ctl_filter.c ctl/ctl_queue_edit.c ctl/ctl_queue_list.c
 * Covers: ctl/ctl_queue_numbers.c
 * Covers: ctl/ctl_queue_show.c ctl/ctl_queue_summary.c ctl/ctl_queue_walk.c
 * Covers: ctl/ctl_rpc_queue.c ctl/ctl_trace.c ctl/ctl_trail.c
 */
#include "base/clock.h"
#include "ctl/ctl_queue.h"
#include "tests/unit/ctl/rig_queue.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define HOUR_US (UINT64_C(3600) * 1000000)

static struct mail_id first;

/* The clock stands, so that ages are the same each time. */
static struct ctl_rig *
new_rig(void)
{
	clock_set_for_test(UINT64_C(1795443660000000), 1);
	return rig_new();
}

static void
free_rig(struct ctl_rig **r)
{
	rig_free(r);
	clock_set_for_test(0, 0);
}

/* bob's mail to slow.test has been deferred, and mail of the null path is new
 */
static struct ctl_rig *
some_mail(void)
{
	struct ctl_rig *r = new_rig();
	struct store_outcome o = {.kind = STORE_OUTCOME_DEFERRED,
	    .attempted = true,
	    .next_us = clock_wall_us() + HOUR_US,
	    .code = 451,
	    .status = SLICE("4.7.1"),
	    .reply = SLICE("greylisted"),
	    .host = SLICE("mx.slow.test[192.0.2.9]:25")};

	rig_submit(r, "bob@example.test",
	    "x@slow.test y@slow.test ann@remote.test",
	    "Subject: hello\r\nX: y\r\n\r\nbody\r\n", &first);
	rig_try(r, "@slow.test", o);
	rig_submit(r, "", "bob@slow.test", "Subject: report\r\n\r\n", NULL);
	return r;
}

TEST(ctl_queue_lists)
{
	struct ctl_rig *r = some_mail();

	EQ_INT(rig_run(r, "queue list --from bob@example.test"), EX_OK);
	EQ_STR(rig_plain(rig_out, &first),
	    "ID                                 AGE     SIZE  TRY  NEXT  "
	    "FROM                      TO                        STATUS\n"
	    "ID    0s     30 B    1    1h  bob@example.test          "
	    "x@slow.test +1            deferred: 451 4.7.1 greylisted "
	    "(mx.slow.test[192.0.2.9]:25)\n"
	    "ID    0s     30 B    0   now  bob@example.test          "
	    "ann@remote.test           due\n"
	    "1 message, 3 recipients, 30 B; oldest 0s; 0 held; 0 active\n");
	EQ_INT(rig_run(r, "mailq --to ann@* --json"), EX_OK);
	EQ_STR(rig_plain(rig_out, &first),
	    "{\"id\":\"ID\",\"n\":2,\"from\":\"bob@example.test\",\"to\":"
	    "\"ann@remote.test\",\"state\":\"due\",\"queued\":\"T\",\"next\":"
	    "\"T\",\"attempts\":0,\"octets\":30,\"last\":null,\"code\":0,"
	    "\"status\":\"\",\"reply\":\"\",\"host\":\"\"}\n");
	RUN(r, "queue list --from nobody@example.test", EX_OK,
	    "0 messages, 0 recipients, 0; 0 held; 0 active\n", "");
	free_rig(&r);
}

static struct ctl_rig *numbers_rig;
static uint64_t numbers_max;

/* What `status` says of the queue, without the parent that it asks first. */
static int
numbers(struct ctl *c)
{
	c->rpc = rig_rpc(numbers_rig);
	return ctl_queue_numbers(c, numbers_max);
}

static void
check_numbers(struct ctl_rig *r, uint64_t max, bool json, const char *want)
{
	numbers_rig = r;
	numbers_max = max;
	EQ_INT(rig_call(numbers, json), EX_OK);
	EQ_STR(rig_plain(rig_out, &first), want);
	EQ_STR(rig_err, "");
}

TEST(ctl_queue_in_numbers)
{
	struct ctl_rig *r = some_mail();

	check_numbers(r, 4, false,
	    "queue: 2 messages, 4 recipients; oldest 0s; 2 deferred; 0 held; "
	    "0 active\n");
	/* no more than so many are looked at */
	check_numbers(r, 3, false,
	    "queue: at least 1 message, 3 recipients; oldest 0s; 2 deferred; "
	    "0 held; 0 active\n");
	EQ_INT(rig_run(r, "queue hold --to ann@remote.test -q"), EX_OK);
	check_numbers(r, 4, true,
	    "{\"queue_messages\":2,\"queue_recipients\":4,"
	    "\"queue_deferred\":2,\"queue_held\":1,\"queue_active\":0,"
	    "\"queue_oldest\":\"T\",\"queue_more\":false}\n");
	free_rig(&r);
}

TEST(ctl_queue_in_numbers_empty)
{
	struct ctl_rig *r = new_rig();

	check_numbers(r, 4, false,
	    "queue: 0 messages, 0 recipients; 0 deferred; 0 held; 0 active\n");
	check_numbers(r, 4, true,
	    "{\"queue_messages\":0,\"queue_recipients\":0,"
	    "\"queue_deferred\":0,\"queue_held\":0,\"queue_active\":0,"
	    "\"queue_oldest\":null,\"queue_more\":false}\n");
	free_rig(&r);
}

/* How many recipients each filter leaves, of four. */
TEST(ctl_queue_filters)
{
	static const struct {
		const char *filter;
		unsigned n;
	} cases[] = {
	    {"",			     4},
	    {"--from <>",                    1},
	    {"--from BOB@Example.test",      3},
	    {"--from @example.test",         3},
	    {"--from *@example.test",        3},
	    {"--to ?@slow.test",             2},
	    {"--to bob@example.test",        0},
	    {"--domain SLOW.test",           3},
	    {"--domain low.test",            0},
	    {"--status deferred",            2},
	    {"--status due",                 2},
	    {"--status held",                0},
	    {"--reason GREY",                2},
	    {"--reason 4.7.1",               2},
	    {"--reason mx.slow",             2},
	    {"--reason nothing",             0},
	    {"--older 1h",                   0},
	    {"--older 0",                    4},
	    {"--domain slow.test --from <>", 1},
	};
	struct ctl_rig *r = some_mail();
	char line[200], hex[MAIL_ID_HEX], want[32];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(line, sizeof line, "queue list %s", cases[i].filter);
		if (cases[i].filter[0] == '\0')
			line[10] = '\0';
		unit_case(line);
		EQ_INT(rig_run(r, line), EX_OK);
		snprintf(want, sizeof want, ", %u recipient%s,", cases[i].n,
		    cases[i].n == 1 ? "" : "s");
		OK(strstr(rig_out, want) != NULL);
	}
	mail_id_hex(&first, hex);
	snprintf(line, sizeof line, "queue list %.32s", hex);
	EQ_INT(rig_run(r, line), EX_OK);
	OK(strstr(rig_out, "1 message, 3 recipients,") != NULL);
	snprintf(line, sizeof line, "queue list --id %.32s,%.32s", hex, hex);
	EQ_INT(rig_run(r, line), EX_OK);
	OK(strstr(rig_out, "1 message, 3 recipients,") != NULL);
	RUN(r, "queue list nonsense", EX_USAGE, "",
	    "restante: \"nonsense\" is no id of a message (32 digits, as "
	    "\"queue list\" shows them)\n");
	RUN(r, "queue list --status lost", EX_USAGE, "",
	    "restante: --status: \"lost\" is none of: due, deferred, sending, "
	    "in-doubt, held, report\n");
	RUN(r, "queue list --older yesterday", EX_USAGE, "",
	    "restante: --older: \"yesterday\" is no time span (for example "
	    "30m, 2h, 3d)\n");
	/* a variable that was not set does not mean all */
	RUN(r, "queue delete --reason= --yes", EX_USAGE, "",
	    "restante: --reason: there is nothing in it\n");
	RUN(r, "queue delete --from= --yes", EX_USAGE, "",
	    "restante: --from: there is nothing in it (the null sender is "
	    "<>)\n");
	RUN(r, "queue hold --id=", EX_USAGE, "",
	    "restante: --id: there is nothing in it\n");
	EQ_INT(rig_run(r, "queue list"), EX_OK);
	OK(strstr(rig_out, "2 messages, 4 recipients,") != NULL);
	free_rig(&r);
}

/* More than one page, in constant memory. */
TEST(ctl_queue_pages)
{
	struct ctl_rig *r = new_rig();
	struct buf rcpts = BUF_INIT(1 << 16);

	for (unsigned i = 0; i < 250; i++)
		buf_addf(&rcpts, "%suser%u@slow.test", i == 0 ? "" : " ", i);
	for (unsigned i = 0; i < 10; i++)
		rig_submit(
		    r, "a@example.test", buf_cstr(&rcpts), "x\r\n", NULL);
	EQ_INT(rig_run(r, "queue list"), EX_OK);
	OK(strstr(rig_out, "\n10 messages, 2500 recipients, ") != NULL);
	OK(strstr(rig_out, "user0@slow.test +249  ") != NULL);
	RUN(r, "queue delete --domain slow.test --yes", EX_OK, "",
	    "deleted 2500 recipients\n");
	EQ_INT(rig_run(r, "queue list"), EX_OK);
	OK(strstr(rig_out, "0 messages, ") != NULL);
	buf_fini(&rcpts);
	free_rig(&r);
}

TEST(ctl_queue_sums_up)
{
	struct ctl_rig *r = some_mail();

	RUN(r, "queue summary", EX_OK,
	    "DOMAIN       TOTAL  5m  20m  1h  4h  16h  2d  5d  HELD\n"
	    "slow.test        3   3    -   -   -    -   -   -     -\n"
	    "remote.test      1   1    -   -   -    -   -   -     -\n",
	    "");
	RUN(r, "queue hold --to ann@remote.test -q", EX_OK, "", "");
	RUN(r, "queue summary --domain remote.test --json", EX_OK,
	    "{\"domain\":\"remote.test\",\"total\":1,\"5m\":1,\"20m\":0,"
	    "\"1h\":0,\"4h\":0,\"16h\":0,\"2d\":0,\"5d\":0,\"held\":1}\n",
	    "");
	free_rig(&r);
}

TEST(ctl_queue_shows)
{
	struct ctl_rig *r = some_mail();
	char line[100], hex[MAIL_ID_HEX];

	mail_id_hex(&first, hex);
	snprintf(line, sizeof line, "queue show %.32s", hex);
	EQ_INT(rig_run(r, line), EX_OK);
	EQ_STR(rig_plain(rig_out, &first),
	    "Id           ID\n"
	    "From         bob@example.test\n"
	    "Size         30 B\n"
	    "Accepted     T\n"
	    "Waiting      3\n"
	    "Recipients   3\n"
	    "Envelope id  -\n"
	    "Return       -\n"
	    "SMTPUTF8     no\n"
	    "8BITMIME     no\n"
	    "\n"
	    "TO               STATE     TRY  LAST              NEXT            "
	    "  NOTIFY  SENDER  REASON\n"
	    "x@slow.test      deferred    1  T  T  delay   -       451 4.7.1 "
	    "greylisted (mx.slow.test[192.0.2.9]:25)\n"
	    "y@slow.test      deferred    1  T  T  delay   -       451 4.7.1 "
	    "greylisted (mx.slow.test[192.0.2.9]:25)\n"
	    "ann@remote.test  due         0  never             T  delay   -   "
	    "    -\n"
	    "\n"
	    "Subject: hello\n"
	    "X: y\n"
	    "\n"
	    "T ID received   bob@example.test from localhost[uid 5] (ESMTP) 30 "
	    "B "
	    "<1@here>; to send to 3\n"
	    "T ID deferred   x@slow.test  mx.slow.test[192.0.2.9]:25  451 "
	    "4.7.1 greylisted; next try T\n"
	    "T ID deferred   y@slow.test  mx.slow.test[192.0.2.9]:25  451 "
	    "4.7.1 greylisted; next try T\n");
	snprintf(line, sizeof line, "queue show %.32s --json", hex);
	EQ_INT(rig_run(r, line), EX_OK);
	OK(strstr(rig_out, "\"from\":\"bob@example.test\",\"octets\":30,") !=
	    NULL);
	OK(strstr(rig_out,
	       "{\"header\":\"Subject: hello\\r\\nX: y\\r\\n\"}\n") != NULL);
	OK(strstr(rig_out, "\"notify\":[\"delay\"]") != NULL);
	RUN(r, "queue show 00000000000000000000000000000001", EX_NOINPUT, "",
	    "restante: 00000000000000000000000000000001 waits no more, or "
	    "never did (restante trace 00000000000000000000000000000001)\n");
	store_mem_damage_queued(rig_store(r), &first);
	snprintf(line, sizeof line, "queue show %.32s", hex);
	EQ_INT(rig_run(r, line), EX_IOERR);
	free_rig(&r);
}

/* --- an operator's word ------------------------------------------------------
 */

/* States of all, in order, as JSON has them: "due,held" */
static const char *
states(struct ctl_rig *r)
{
	static char text[1000];
	const char *at;
	size_t n = 0;

	text[0] = '\0';
	EQ_INT(rig_run(r, "queue list --json"), EX_OK);
	for (at = rig_out; (at = strstr(at, "\"state\":\"")) != NULL;) {
		at += 9;
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s",
		    n == 0 ? "" : ",", (int)strcspn(at, "\""), at);
	}
	return text;
}

TEST(ctl_queue_edits)
{
	struct ctl_rig *r = some_mail();
	char line[200], hex[MAIL_ID_HEX];

	EQ_STR(states(r), "deferred,deferred,due,due");
	RUN(r, "queue hold --domain slow.test", EX_OK, "",
	    "held 3 recipients\n");
	EQ_STR(states(r), "held,held,due,held");
	RUN(r, "queue flush", EX_OK, "", "flushed 1 recipient\n");
	RUN(r, "queue flush --domain slow.test", EX_NOINPUT, "",
	    "restante: nothing was flushed: what was found is held (restante "
	    "queue release)\n");
	RUN(r, "queue hold --to x@slow.test", EX_NOINPUT, "",
	    "restante: nothing was held: what was found is held already\n");
	RUN(r, "queue release --from <> --json", EX_OK,
	    "{\"done\":\"released\",\"name\":\"1 recipient\"}\n", "");
	EQ_STR(states(r), "held,held,due,due");
	RUN(r, "queue release", EX_OK, "", "released 2 recipients\n");
	/* what destroys says what it means, and asks */
	RUN(r, "queue delete", EX_USAGE, "",
	    "restante: of what? Name ids or a filter (--from, --to, --domain, "
	    "--older, --status, --reason), or say --all\n");
	RUN(r, "queue delete --to x@slow.test", EX_USAGE, "",
	    "restante: Delete, without telling anybody, 1 recipient: needs "
	    "--yes without a terminal\n");
	RUN(r, "queue bounce --all", EX_USAGE, "",
	    "restante: Return to their senders 4 recipients: needs --yes "
	    "without a terminal\n");
	RUN(r, "queue delete --to x@slow.test --yes", EX_OK, "",
	    "deleted 1 recipient\n");
	RUN(r, "queue delete --to x@slow.test --yes", EX_NOINPUT, "",
	    "restante: nothing like that waits\n");
	RUN(r, "queue bounce --to y@slow.test --yes --because moved", EX_OK, "",
	    "bounced 1 recipient\n");
	mail_id_hex(&first, hex);
	snprintf(line, sizeof line,
	    "queue redirect Eve@new.test %.32s --to "
	    "ann@remote.test",
	    hex);
	EQ_INT(rig_run(r, line), EX_USAGE);
	EQ_STR(rig_err, "restante: Redirect 1 recipient to Eve@new.test: needs "
			"--yes without a terminal\n");
	strcat(line, " --yes");
	EQ_INT(rig_run(r, line), EX_OK);
	EQ_STR(rig_err, "redirected 1 recipient\n");
	EQ_STR(states(r), "report,due,due");
	OK(strstr(rig_out, "\"to\":\"Eve@new.test\"") != NULL);
	RUN(r, "queue redirect bob@Example.test --all --yes", EX_DATAERR, "",
	    "restante: bob@Example.test is here: what waits can be redirected "
	    "to other servers only (\"queue bounce\" returns it to its "
	    "sender)\n");
	RUN(r, "queue redirect nonsense --all --yes", EX_USAGE, "",
	    "restante: \"nonsense\" is not an address\n");
	RUN(r, "queue delete --all --yes", EX_OK, "", "deleted 3 recipients\n");
	free_rig(&r);
}

/* What is being sent is left alone. */
TEST(ctl_queue_edits_busy)
{
	struct ctl_rig *r = new_rig();
	struct store_outcome none = {0};

	rig_submit(r, "a@example.test", "b@remote.test", "x\r\n", NULL);
	rig_try(r, NULL, none);
	EQ_STR(states(r), "sending");
	RUN(r, "queue delete --all --yes", EX_TEMPFAIL, "",
	    "1 recipient is being sent right now: left alone\n"
	    "deleted 0 recipients\n");
	free_rig(&r);
}

TEST(ctl_queue_when_the_store_cannot)
{
	struct ctl_rig *r = some_mail();

	store_mem_fail(rig_store(r), STORE_MEM_EDIT, ERR_FULL, 1, false);
	RUN(r, "queue hold", EX_IOERR, "",
	    "0 recipients held before that\nrestante: queue: no space left\n");
	store_mem_fail(rig_store(r), STORE_MEM_QUEUE_LIST, ERR_RETRY, 1, false);
	RUN(r, "queue list", EX_TEMPFAIL, "",
	    "restante: queue: temporary failure, nothing was done\n");
	free_rig(&r);
}

/* --- trace -------------------------------------------------------------------
 */

TEST(ctl_trace_tells)
{
	struct ctl_rig *r = some_mail();
	char line[100], hex[MAIL_ID_HEX];
	static const char story[] =
	    "T ID received   bob@example.test from localhost[uid 5] (ESMTP) 30 "
	    "B "
	    "<1@here>; to send to 3\n"
	    "T ID deferred   x@slow.test  mx.slow.test[192.0.2.9]:25  451 "
	    "4.7.1 greylisted; next try T\n"
	    "T ID deferred   y@slow.test  mx.slow.test[192.0.2.9]:25  451 "
	    "4.7.1 greylisted; next try T\n";

	mail_id_hex(&first, hex);
	snprintf(line, sizeof line, "trace %.32s", hex);
	EQ_INT(rig_run(r, line), EX_OK);
	EQ_STR(rig_plain(rig_out, &first), story);
	EQ_INT(rig_run(r, "trace X@Slow.test"), EX_OK);
	EQ_STR(rig_plain(rig_out, &first), story);
	EQ_INT(rig_run(r, "trace <1@here>"), EX_OK);
	OK(slice_starts(
	    slice_str(rig_plain(rig_out, &first)), slice_str(story)));
	EQ_INT(rig_run(r, "trace 1@here --since 1h --json"), EX_OK);
	OK(strstr(rig_plain(rig_out, &first),
	       "{\"time\":\"T\",\"id\":\"ID\",\"event\":\"deferred\",\"from\":"
	       "\"\",\"to\":\"x@slow.test\",\"client\":\"\",\"protocol\":\"\","
	       "\"login\":\"\",\"tls\":\"\",\"message_id\":\"\",\"octets\":0,"
	       "\"recipients\":0,\"local\":[],\"code\":451,\"status\":"
	       "\"4.7.1\",\"reply\":\"greylisted\",\"host\":"
	       "\"mx.slow.test[192.0.2.9]:25\",\"next\":\"T\",\"reference\":"
	       "\"\"}\n") != NULL);
	RUN(r, "trace x@slow.test --since 2099-01-01", EX_NOINPUT, "",
	    "restante: nothing is known of x@slow.test (an id of a message, an "
	    "address, or a Message-ID; kept for queue.trail). Mail "
	    "that was refused is in the log only, in lines with \"reject\"\n");
	EQ_INT(rig_run(r, "trace nobody@nowhere.test"), EX_NOINPUT);
	EQ_INT(rig_run(r, "trace x@slow.test --since nonsense"), EX_USAGE);
	free_rig(&r);
}
