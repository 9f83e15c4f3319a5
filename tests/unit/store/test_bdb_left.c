/*
 * Pages that the disk does not give: what is on them stays where it is, is
 * looked at again, and costs nothing else.
 * Covers: store/bdb/bdb_take.c store/bdb/bdb_doubt.c store/bdb/bdb_settle.c
 */
#include "tests/unit/store/bdb_badread.h"
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nothing is in the cache. */
static void
reopen(struct out_fix *x)
{
	fix_close(&x->f);
	fix_open(&x->f);
}

/* The time has passed in which it is left alone. */
static void
let_pass(struct out_fix *x)
{
	struct bdb_left *l = &x->f.st->left;

	(void)pthread_mutex_lock(&l->mutex);
	for (unsigned i = 0; i < l->n; i++)
		l->row[i].until_ms = 0;
	(void)pthread_mutex_unlock(&l->mutex);
}

static void
turn(struct out_fix *x)
{
	bool asking = true;

	let_pass(x);
	bdb_left_turn(x->f.st);
	for (unsigned i = 0; i < 100 && asking; i++) {
		(void)net_loop_turn(x->f.loop, 20);
		asking = x->f.st->left.asking;
	}
	OK(!asking);
}

static const struct {
	const char *name, *file;
} files[] = {
    {"recipient", "rcpt"   },
    {"envelope",  "queue"  },
    {"account",   "account"},
};

TEST(left_stays_due)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct out_fix x;
		uint64_t now;

		unit_case(files[i].name);
		out_begin(&x);
		EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
		reopen(&x);
		badread(files[i].file, 0);
		EQ_INT(out_take_all(&x), 0);
		now = clock_wall_us();
		OK(x.take.next_us > now && x.take.next_us != UINT64_MAX);
		EQ_INT(out_records(&x, BDB_DUE), 1);
		/* not at each take */
		OK(badread_end() > 0);
		badread(files[i].file, 0);
		EQ_INT(out_take_all(&x), 0);
		EQ_INT(badread_end(), 0);
		let_pass(&x);
		EQ_INT(out_take_all(&x), 1);
		EQ_STR(out_verify(&x), "");
		out_end(&x);
	}
}

/* A bad page holds some of many rows: all others are taken. */
TEST(left_costs_no_other)
{
	enum { MANY = 300, PAGE = 4096 };
	struct out_fix x;
	unsigned n;

	out_begin(&x);
	for (unsigned i = 0; i < MANY; i++)
		EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	reopen(&x);
	badread("rcpt", (off_t)2 * PAGE);
	x.take = (struct store_take){.only = UINT64_MAX,
	    .after = UINT64_MAX,
	    .dests_max = 1000,
	    .per_dest = 1,
	    .rows_max = 1};
	/* a few rows at a time are found to be bad */
	for (unsigned i = 0; i < 20; i++)
		(void)out_try_take(&x, clock_wall_us());
	n = out_take_all(&x);
	OK(n > MANY / 2 && n < MANY);
	OK(badread_end() > 0);
	let_pass(&x);
	OK(out_take_all(&x) > 0);
	EQ_INT(out_records(&x, BDB_DUE), 0);
	EQ_INT(out_records(&x, BDB_SENDING), MANY);
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

TEST(left_is_settled_later)
{
	struct store_outcome o = {.kind = STORE_OUTCOME_DONE};
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	o.key = x.row[0].key;
	reopen(&x);
	badread("rcpt", 0);
	EQ_INT(out_settle(&x, &o, NULL), ERR_RETRY);
	EQ_INT(out_records(&x, BDB_SENDING), 1);
	OK(badread_end() > 0);
	EQ_INT(out_settle(&x, &o, NULL), ERR_OK);
	EQ_INT(out_list(&x), 0);
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

/* In doubt as soon as it can be read; nobody has to ask again. */
TEST(left_is_in_doubt_later)
{
	for (int hold = 0; hold < 2; hold++) {
		struct mail_id id;
		struct out_fix x;

		out_begin(&x);
		EQ_INT(out_send(&x, "a@one.test b@two.test", &id), ERR_OK);
		EQ_INT(out_take_all(&x), 2);
		reopen(&x);
		badread("rcpt", 0);
		EQ_INT(out_doubt(&x, 1, hold != 0), 0);
		turn(&x);
		EQ_INT(out_records(&x, BDB_SENDING), 2);
		OK(badread_end() > 0);
		turn(&x);
		EQ_INT(out_records(&x, BDB_SENDING), 0);
		EQ_INT(out_records(&x, BDB_DUE), hold ? 0 : 2);
		EQ_INT(out_list(&x), 2);
		EQ_INT(x.row[0].out.state,
		    hold ? STORE_OUT_HELD : STORE_OUT_DOUBT);
		EQ_STR(out_story(&x, &id), "received in-doubt in-doubt");
		EQ_INT(x.f.st->left.n, 0);
		EQ_STR(out_verify(&x), "");
		out_end(&x);
	}
}

/* Settled meanwhile, and taken again: that attempt is not in doubt. */
TEST(left_is_not_in_doubt_of_a_later_attempt)
{
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	reopen(&x);
	badread("rcpt", 0);
	EQ_INT(out_doubt(&x, 1, false), 0);
	OK(badread_end() > 0);
	EQ_INT(out_settle_row(&x, 0, STORE_OUTCOME_RELEASE), ERR_OK);
	let_pass(&x);
	EQ_INT(out_take_all(&x), 1);
	turn(&x);
	EQ_INT(out_records(&x, BDB_SENDING), 1);
	EQ_INT(x.f.st->left.n, 0);
	out_end(&x);
}

/* Octets: not damaged, but not to be had. */
TEST(left_texts_are_not_damaged)
{
	struct store_queue_read q = {.op.done = fix_done, .max = 4096};
	struct store_read r = {.op.done = fix_done, .mailbox = 2, .max = 4096};
	char file[16];
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test bob@example.test", &q.id), ERR_OK);
	r.id = q.id;
	q.out = r.out = &x.rows;
	reopen(&x);
	for (unsigned i = 0; i < 2; i++) {
		enum err want = i == 0 ? ERR_IO : ERR_OK;

		(void)snprintf(
		    file, sizeof file, "bodies.%02u", 1u % BDB_BODIES);
		if (i == 0)
			badread(file, 0);
		buf_reset(&x.rows);
		x.f.ops->queue_read(x.f.st, &q);
		EQ_INT(fix_wait(&x.f, &q.op), want);
		x.f.ops->read(x.f.st, &r);
		EQ_INT(fix_wait(&x.f, &r.op), want);
		if (i == 0)
			OK(badread_end() > 0);
		q.op.done = r.op.done = fix_done;
	}
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

static void
note_broken(void *ctx)
{
	++*(unsigned *)ctx;
}

static void
flip(const struct out_fix *x, const char *file, off_t at)
{
	char path[CONF_TEXT + 32], c;
	int fd;

	(void)snprintf(path, sizeof path, "%s/db/%s", x->f.conf.data_dir, file);
	fd = open(path, O_RDWR);
	EQ_INT(pread(fd, &c, 1, at), 1);
	c = (char)~c;
	EQ_INT(pwrite(fd, &c, 1, at), 1);
	EQ_INT(close(fd), 0);
}

/* In a process of its own: the library keeps its memory after a panic. */
static bool
takes_until_broken(struct out_fix *x)
{
	unsigned broken = 0;
	bool ok;

	fix_open(&x->f);
	x->f.ops->on_broken(x->f.st, note_broken, &broken);
	x->take = (struct store_take){.only = UINT64_MAX,
	    .after = UINT64_MAX,
	    .dests_max = 1,
	    .per_dest = 1,
	    .rows_max = 1};
	ok = out_try_take(x, clock_wall_us()) == ERR_RETRY && broken == 1;
	return ok && out_try_take(x, clock_wall_us()) == ERR_RETRY;
}

/* A page with a wrong sum is a panic of the library: the process ends, to come
 * again with recovery, and nothing on the page is given up meanwhile. */
TEST(left_by_a_panic)
{
	enum { IN_PAGE = 4096 + 4000 };
	struct out_fix x;
	int status = -1;
	pid_t pid;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	fix_close(&x.f);
	flip(&x, "rcpt", IN_PAGE);
	if ((pid = fork()) == 0)
		_exit(takes_until_broken(&x) ? 0 : 1);
	EQ_INT(waitpid(pid, &status, 0), pid);
	EQ_INT(status, 0);
	flip(&x, "rcpt", IN_PAGE);
	fix_open(&x.f);
	EQ_INT(out_take_all(&x), 1);
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

/* What is damaged is out of the schedule, and seen: by the log, the list,
 * verify. An attempt does not stay under way for it. */
TEST(left_but_damaged_is_final)
{
	struct bdb_key k;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	k = bdb_key_out(&x.row[0].key);
	EQ_INT(bdb_put(
		   &x.f.st->loop_work, x.f.st->db[BDB_RCPT], &k, SLICE("x"), 0),
	    ERR_OK);
	EQ_INT(out_settle_row(&x, 0, STORE_OUTCOME_DONE), ERR_OK);
	EQ_INT(out_records(&x, BDB_SENDING), 0);
	OK(strstr(out_verify(&x), "record is damaged") != NULL);
	out_end(&x);
}

/* So is a record larger than any can be; the others are taken. */
TEST(left_but_too_large_is_damaged)
{
	static char octets[9000];
	struct bdb_key k;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test b@one.test", NULL), ERR_OK);
	EQ_INT(out_list(&x), 2);
	k = bdb_key_out(&x.row[0].key);
	EQ_INT(bdb_put(&x.f.st->loop_work, x.f.st->db[BDB_RCPT], &k,
		   slice_of(octets, sizeof octets), 0),
	    ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	EQ_SLICE(x.row[0].out.addr, "b@one.test");
	EQ_INT(out_records(&x, BDB_DUE), 0);
	out_end(&x);
}
