/* Where the recipients of a message lead, and what of that is queued. */
#include "store/store_plan.h"

#include "base/clock.h"
#include "directory.h"
#include "proc/msg.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { S = STORE_NOTIFY_SUCCESS, F = STORE_NOTIFY_FAILURE };

static const struct directory_name names[] = {
    {"alice@a.test", 1, NULL			    },
    {"bob@a.test",   2, NULL			    },
    {"list@a.test",  0, "alice@a.test\nx@far.example\n" },
    {"one@a.test",   0, "x@far.example\n"               },
    {"two@a.test",   0, "x@far.example\ny@far.example\n"},
};
static const struct directory_account accounts[] = {
    {.id = 1,		.name = "alice@a.test"      },
    { .id = 2,  .name = "bob@a.test", .forward = "b@far.example\n"},
    { .id = 9, .name = "hurt@a.test",              .damaged = true},
};
static struct directory dir = DIRECTORY(names, accounts);
static const struct store_getter getter = {directory_get, &dir, NULL};

/* What the plan writes, a line each. */
struct written {
	struct buf lines;
	unsigned left; /* until it fails */
};

static enum err
write_out(void *ctx, const struct store_out *o)
{
	static const char *const reports[] = {[STORE_REPORT_FAILED] = "failed",
	    [STORE_REPORT_DELIVERED] = "delivered",
	    [STORE_REPORT_EXPANDED] = "expanded",
	    [STORE_REPORT_LIMIT] = "limit"};
	struct written *w = ctx;

	if (w->left-- == 0)
		return ERR_FULL;
	EQ_INT(o->since_us, clock_wall_us());
	EQ_INT(o->next_us, clock_wall_us());
	buf_addf(&w->lines, "%.*s", SLICE_ARG(o->addr));
	if (o->state == STORE_OUT_REPORT)
		buf_addf(&w->lines, " %s", reports[o->report]);
	if (o->state == STORE_OUT_HELD)
		buf_add_str(&w->lines, " held");
	if ((o->notify & S) != 0)
		buf_add_str(&w->lines, " notify");
	buf_add_char(&w->lines, '\n');
	return ERR_OK;
}

static enum err
write_trail(void *ctx, const struct store_trail *t)
{
	struct written *w = ctx;

	buf_addf(&w->lines, "(%s) ",
	    t->event == STORE_EV_FAILED ? "failed" : "held");
	return ERR_OK;
}

struct fix {
	struct buf rcpts;
	struct conf conf;
	struct store_deliver q;
	struct store_plan plan;
	struct written w;
	struct store_plan_writer to;
};

static void
begin(struct fix *x)
{
	memset(x, 0, sizeof *x);
	conf_defaults(&x->conf);
	clock_set_for_test(1795443660000000, 1);
	buf_init(&x->rcpts, 65536);
	buf_init(&x->w.lines, 65536);
	x->w.left = 100;
	x->q = (struct store_deliver){
	    .from = SLICE("carol@far.example"), .relay = true, .account = 1};
	x->to = (struct store_plan_writer){write_out, write_trail, &x->w};
}

static void
end(struct fix *x)
{
	store_plan_fini(&x->plan);
	buf_fini(&x->rcpts);
	buf_fini(&x->w.lines);
	clock_set_for_test(0, 0);
}

static void
add(struct fix *x, const char *addr, unsigned notify)
{
	struct store_rcpt r = {.addr = slice_str(addr), .notify = notify};

	store_rcpt_add(&x->rcpts, &r);
	x->q.rcpts = buf_slice(&x->rcpts);
}

static enum err
make(struct fix *x)
{
	return store_plan_make(&getter, &x->conf, NULL, &x->q, &x->plan);
}

static enum err
write_all(struct fix *x)
{
	return store_plan_write(&x->plan, &x->q, &getter, &x->to);
}

static const struct {
	const char *name, *first, *second;
	unsigned notify; /* of both */
	const char *from;
	unsigned boxes;
	const char *lines;
	unsigned queued;
} cases[] = {
    {"here",		"alice@a.test",  NULL,            F,     "c@d.example", 1, "",                0},
    {"elsewhere",           "x@far.example", NULL,            F,     "c@d.example", 0, "x@far.example\n",
     1												     },
    {"both",		"list@a.test",   NULL,            0,     "c@d.example", 1, "x@far.example\n", 1},
    {"twice is once",       "list@a.test",   "x@far.example", 0,     "c@d.example", 1,
     "x@far.example\n",										   1},
    {"forward",             "bob@a.test",    NULL,            0,     "c@d.example", 0, "b@far.example\n", 1},
    {"told: here",          "alice@a.test",  NULL,            S,     "c@d.example", 1,
     "alice@a.test delivered notify\n",								   0},
    {"told: far",           "x@far.example", NULL,            S | F, "c@d.example", 0,
     "x@far.example notify\n",									    1},
    {"told: a list of one", "one@a.test",    NULL,            S,     "c@d.example", 0,
     "x@far.example notify\n",									    1},
    {"told: a list",        "two@a.test",    NULL,            S,     "c@d.example", 0,
     "x@far.example\ny@far.example\ntwo@a.test expanded notify\n",                                        2},
    {"told: a mixed list",  "list@a.test",   NULL,            S,     "c@d.example", 1,
     "x@far.example\nlist@a.test expanded notify\n",                                                      1},
    {"told: the next one",  "x@far.example", "alice@a.test",  S,     "c@d.example", 1,
     "x@far.example notify\nalice@a.test delivered notify\n",                                             1},
    {"nobody to tell",      "alice@a.test",  NULL,            S,     "",            1, "",                0},
};

TEST(plan_leads)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fix x;

		unit_case(cases[i].name);
		begin(&x);
		x.q.from = slice_str(cases[i].from);
		add(&x, cases[i].first, cases[i].notify);
		if (cases[i].second != NULL)
			add(&x, cases[i].second, cases[i].notify);
		EQ_INT(make(&x), ERR_OK);
		EQ_INT(x.plan.dests.n, cases[i].boxes);
		EQ_INT(x.plan.nrcpt, cases[i].boxes);
		EQ_INT(x.plan.nfar, x.plan.dests.nremotes);
		EQ_INT(store_plan_queues(&x.plan), *cases[i].lines != '\0');
		EQ_INT(write_all(&x), ERR_OK);
		EQ_STR(buf_cstr(&x.w.lines), cases[i].lines);
		EQ_INT(x.q.queued, cases[i].queued);
		EQ_INT(x.q.held, 0);
		end(&x);
	}
}

TEST(plan_of_nothing)
{
	static const struct {
		const char *addr;
		bool relay;
	} nowhere[] = {
	    {"nobody@a.test", true }, /* gone since RCPT */
	    {"x@far.example", false},
	};
	struct fix x;

	for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
		unit_case(nowhere[i].addr);
		begin(&x);
		x.q.relay = nowhere[i].relay;
		add(&x, "alice@a.test", 0);
		add(&x, nowhere[i].addr, 0);
		EQ_INT(make(&x), ERR_NOENT);
		end(&x);
	}
	unit_case("no recipient");
	begin(&x);
	EQ_INT(make(&x), ERR_NOENT);
	end(&x);
	unit_case("half a recipient");
	begin(&x);
	add(&x, "alice@a.test", 0);
	x.q.rcpts.len--;
	EQ_INT(make(&x), ERR_PROTO);
	end(&x);
}

/* It names its mailboxes, and nobody is told. */
TEST(plan_of_an_import)
{
	struct fix x;

	begin(&x);
	x.q.flags = MSG_DELIVER_IMPORT;
	for (unsigned i = 0; i < 6; i++)
		store_rcpt_add(&x.rcpts,
		    &(struct store_rcpt){.mailbox = 7 + i % 5, .notify = S});
	x.q.rcpts = buf_slice(&x.rcpts);
	EQ_INT(make(&x), ERR_OK);
	EQ_INT(x.plan.dests.n, 5);
	EQ_INT(x.plan.dests.dest[4].mailbox, 11);
	OK(!store_plan_queues(&x.plan));
	end(&x);
}

TEST(plan_fails_what_loops)
{
	struct fix x;

	begin(&x);
	x.q.loops = SLICE("bob@a.test\n");
	add(&x, "bob@a.test", 0);
	EQ_INT(make(&x), ERR_OK);
	EQ_INT(write_all(&x), ERR_OK);
	EQ_STR(buf_cstr(&x.w.lines), "(failed) b@far.example failed\n");
	EQ_INT(x.q.queued, 0);
	end(&x);
}

static const struct {
	const char *name;
	uint64_t account;
	const char *from;
	bool tell;
	const char *lines;
} limits[] = {
    {"told before", 1,  "c@a.test", false, ""                                  },
    {"to be told",  1,  "c@a.test", true,
     "alice@a.test limit\npostmaster limit\n"                                  },
    {"gone",        77, "c@a.test", true,  "c@a.test limit\npostmaster limit\n"},
    {"damaged",     9,  "c@a.test", true,  "c@a.test limit\npostmaster limit\n"},
    {"nobody",      77, "",         true,  "postmaster limit\n"                },
};

TEST(plan_holds_what_is_too_much)
{
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct buf want = BUF_INIT(4096);
		struct fix x;

		unit_case(limits[i].name);
		begin(&x);
		add(&x, "x@far.example", 0);
		x.q.account = limits[i].account;
		x.q.from = slice_str(limits[i].from);
		x.plan.verdict = (struct store_verdict){
		    true, limits[i].tell, "hourly limit"};
		EQ_INT(make(&x), ERR_OK);
		EQ_INT(write_all(&x), ERR_OK);
		buf_addf(
		    &want, "(held) x@far.example held\n%s", limits[i].lines);
		EQ_STR(buf_cstr(&x.w.lines), buf_cstr(&want));
		EQ_INT(x.q.queued, 1);
		EQ_INT(x.q.held, 1);
		buf_fini(&want);
		end(&x);
	}
}

/* What the writer says ends it. */
TEST(plan_ends_with_its_writer)
{
	for (unsigned left = 0; left < 5; left++) {
		struct fix x;

		begin(&x);
		x.w.left = left;
		add(&x, "two@a.test", S);
		x.plan.verdict.tell = true;
		EQ_INT(make(&x), ERR_OK);
		EQ_INT(write_all(&x), ERR_FULL);
		end(&x);
	}
}

TEST(plan_has_an_envelope)
{
	static const struct {
		unsigned flags, want;
	} flags[] = {
	    {0,		0             },
	    {MSG_DELIVER_UTF8, STORE_ENV_UTF8},
	    {MSG_DELIVER_8BIT, STORE_ENV_8BIT},
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		struct store_envelope env;
		struct fix x;

		begin(&x);
		add(&x, "x@far.example", 0);
		x.q.flags = flags[i].flags;
		x.q.envid = SLICE("QQ1");
		x.q.ret = 1;
		EQ_INT(make(&x), ERR_OK);
		env = store_plan_envelope(&x.plan, &x.q);
		EQ_SLICE(env.from, "carol@far.example");
		EQ_SLICE(env.envid, "QQ1");
		EQ_INT(env.flags, flags[i].want);
		EQ_INT(env.ret, 1);
		EQ_INT(env.account, 1);
		EQ_INT(env.made_us, clock_wall_us());
		end(&x);
	}
}
