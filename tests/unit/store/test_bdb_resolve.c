/* RCPT: where addresses lead, and promises of room. */
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

static void
begin(struct fix *f)
{
	fix_init(f);
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
	fix_user(f, 2, "bob@example.test", 1000);
	fix_alias(f, "all@example.test",
	    "ann@example.test\nbob@example.test\nann+x@example.test\n");
}

static const struct {
	const char *name, *addr;
	enum err want;
	unsigned mailboxes;
} cases[] = {
    {"user",           "ann@example.test",     ERR_OK,     1},
    {"subaddress",     "ann+box@example.test", ERR_OK,     1},
    {"alias",          "all@example.test",     ERR_OK,     2},
    {"nobody",         "eve@example.test",     ERR_NOENT,  0},
    {"not our domain", "ann@other.test",       ERR_DENIED, 0},
};

TEST(resolve_addresses)
{
	struct fix f;

	begin(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned n = 0;

		unit_case(cases[i].name);
		EQ_INT(fix_resolve(&f, i, cases[i].addr, 0, &n), cases[i].want);
		if (cases[i].want == ERR_OK)
			EQ_INT(n, cases[i].mailboxes);
	}
	fix_fini(&f);
}

TEST(resolve_promises_room)
{
	struct fix f;

	begin(&f);
	EQ_INT(fix_resolve(&f, 1, "bob@example.test", 600, NULL), ERR_OK);
	EQ_INT(fix_resolve(&f, 1, "all@example.test", 600, NULL), ERR_OK);
	EQ_INT(fix_resolve(&f, 2, "bob@example.test", 600, NULL), ERR_QUOTA);
	EQ_INT(fix_resolve(&f, 2, "all@example.test", 600, NULL), ERR_QUOTA);
	EQ_INT(fix_resolve(&f, 2, "bob@example.test", 0, NULL), ERR_OK);
	f.ops->tx_end(f.st, 1, 1);
	EQ_INT(fix_resolve(&f, 2, "bob@example.test", 600, NULL), ERR_OK);
	EQ_INT(fix_resolve(&f, 3, "bob@example.test", 600, NULL), ERR_QUOTA);
	f.ops->owner_gone(f.st, 1);
	EQ_INT(fix_resolve(&f, 3, "bob@example.test", 600, NULL), ERR_OK);
	fix_fini(&f);
}

/* A sender that did not say its size cannot take what was promised. */
TEST(resolve_promise_is_kept)
{
	static const char body[500];
	struct buf rcpts = BUF_INIT(4096);
	struct store_deliver q;
	struct fix f;

	begin(&f);
	EQ_INT(fix_resolve(&f, 1000, "bob@example.test", 600, NULL), ERR_OK);
	EQ_INT(fix_deliver(
		   &f, "bob@example.test", slice_of(body, sizeof body), NULL),
	    ERR_QUOTA);
	q = fix_mail(
	    &f, &rcpts, "bob@example.test", slice_of(body, sizeof body));
	q.tx = 1000;
	f.ops->deliver(f.st, &q);
	EQ_INT(fix_wait(&f, &q.op), ERR_OK);
	/* the promise has become mail: nothing is promised any more */
	EQ_INT(fix_resolve(&f, 2, "bob@example.test", 400, NULL), ERR_OK);
	EQ_INT(fix_resolve(&f, 3, "bob@example.test", 400, NULL), ERR_QUOTA);
	buf_fini(&rcpts);
	fix_fini(&f);
}

static const struct {
	const char *name, *addr;
	bool relay;
	enum err want;
	unsigned mailboxes, remotes;
} far[] = {
    {"elsewhere",              "x@other.test",              true,  ERR_OK,     0, 1},
    {"elsewhere, not allowed", "x@other.test",              false, ERR_DENIED, 0, 0},
    {"forwarded",              "out@example.test",          false, ERR_OK,     0, 1},
    {"both",		   "both@example.test",         false, ERR_OK,     1, 1},
    {"here all the same",      "ann@example.test",          true,  ERR_OK,     1, 0},
    {"rewritten, forged",      "SRS0=a=b=c=d@example.test", true,  ERR_NOENT,  0, 0},
};

/* Twice each: what is remembered of one who may relay is for such only. */
TEST(resolve_addresses_elsewhere)
{
	struct store_resolve q;
	struct fix f;

	begin(&f);
	fix_alias(&f, "out@example.test", "x@other.test\n");
	fix_alias(&f, "both@example.test", "x@other.test\nann@example.test\n");
	for (size_t i = 0; i < 2 * (sizeof far / sizeof *far); i++) {
		size_t n = i % (sizeof far / sizeof *far);

		unit_case(far[n].name);
		q = (struct store_resolve){.op.done = fix_done,
		    .addr = slice_str(far[n].addr),
		    .tx_owner = 1,
		    .tx = i,
		    .relay = far[n].relay};
		f.ops->resolve(f.st, &q);
		EQ_INT(fix_wait(&f, &q.op), far[n].want);
		if (far[n].want == ERR_OK) {
			EQ_INT(q.mailboxes, far[n].mailboxes);
			EQ_INT(q.remotes, far[n].remotes);
		}
	}
	fix_fini(&f);
}
