/*
 * kill -9 with a queue at work: deliveries, takes and settles under way. What
 * was accepted waits or has gone out, what was acknowledged as sent does not
 * come again, and what was being sent is in doubt.
 */
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WIDTH = 16, ROUNDS = 5, TAKES = 40, MAX = 200000 };

struct note { /* told to the parent through a pipe, once acknowledged */
	struct store_out_key key;
	uint32_t done; /* 0: accepted, with two recipients elsewhere */
};

struct child {
	struct fix *f;
	int pipe;
	unsigned rounds;
	struct store_take take;
	struct store_settle settle;
	struct buf rows, outcomes, reports;
	struct note settled[TAKES];
	unsigned nsettled;
};
struct one {
	struct store_deliver d;
	struct buf rcpts;
	struct child *child;
};

static void
tell(struct child *c, const struct note *n)
{
	if (write(c->pipe, n, sizeof *n) != (ssize_t)sizeof *n)
		_exit(3);
}

/* --- deliveries --- */

static void submit(struct one *o);

static void
submitted(struct store_op *op, enum err e)
{
	struct one *o = LIST_ITEM(op, struct one, d.op);
	struct note n = {
	    {o->d.id, 0},
            0
        };

	if (e == ERR_OK)
		tell(o->child, &n);
	submit(o);
}

static void
submit(struct one *o)
{
	struct fix *f = o->child->f;
	char to[128];

	(void)snprintf(to, sizeof to, "bob@example.test a@d%u.test b@d%u.test",
	    (unsigned)(f->tx % 7), (unsigned)(f->tx % 5));
	o->d = fix_mail(f, &o->rcpts, to, SLICE("Subject: x\r\n\r\nbody\r\n"));
	o->d.from = SLICE("ann@example.test");
	o->d.relay = true;
	o->d.op.done = submitted;
	f->ops->deliver(f->st, &o->d);
}

/* --- relay --- */

static void take(struct child *c);

static void
settled(struct store_op *op, enum err e)
{
	struct child *c = LIST_ITEM(op, struct child, settle.op);

	for (unsigned i = 0; e == ERR_OK && i < c->nsettled; i++)
		tell(c, &c->settled[i]);
	take(c);
}

static void
add_outcome(struct child *c, const struct store_out_row *r)
{
	struct store_outcome o = {.key = r->key, .attempted = true};

	if (c->rounds % 5 == 0) { /* some wait for a moment */
		o.kind = STORE_OUTCOME_DEFERRED;
		o.next_us = clock_wall_us() + 1000;
	} else {
		o.kind = c->rounds % 7 == 0 ? STORE_OUTCOME_FAILED
					    : STORE_OUTCOME_DONE;
		c->settled[c->nsettled].key = r->key;
		c->settled[c->nsettled++].done = 1;
	}
	if (store_outcome_add(&c->outcomes, &o) != ERR_OK)
		_exit(4);
}

static void
taken(struct store_op *op, enum err e)
{
	struct child *c = LIST_ITEM(op, struct child, take.op);
	struct store_report report = {.to = SLICE("ann@example.test"),
	    .body = SLICE("Subject: r\r\n\r\nno\r\n")};
	struct slice rest = buf_slice(&c->rows);
	struct store_out_row r;

	buf_reset(&c->outcomes);
	buf_reset(&c->reports);
	c->nsettled = 0;
	if (e != ERR_OK || c->take.n == 0) {
		take(c);
		return;
	}
	c->rounds++;
	while (store_out_rows_next(&rest, &r) == ERR_OK)
		add_outcome(c, &r);
	report.id = mail_id_make(&c->f->maker);
	c->settle =
	    (struct store_settle){.op.done = settled, .noutcomes = c->take.n};
	if (c->rounds % 7 == 0 &&
	    store_report_add(&c->reports, &report) == ERR_OK)
		c->settle.nreports = 1;
	c->settle.outcomes = buf_slice(&c->outcomes);
	c->settle.reports = buf_slice(&c->reports);
	c->f->ops->settle(c->f->st, &c->settle);
}

static void
take(struct child *c)
{
	buf_reset(&c->rows);
	c->take = (struct store_take){.op.done = taken,
	    .now_us = clock_wall_us(),
	    .only = UINT64_MAX,
	    .after = UINT64_MAX,
	    .dests_max = 20,
	    .per_dest = 8,
	    .rows_max = TAKES,
	    .rows = &c->rows};
	c->f->ops->take(c->f->st, &c->take);
}

static void
run_child(struct fix *f, int pipe)
{
	static struct one ones[WIDTH];
	static struct child c;

	c.f = f;
	c.pipe = pipe;
	buf_init(&c.rows, OUT_MIB);
	buf_init(&c.outcomes, OUT_MIB);
	buf_init(&c.reports, OUT_MIB);
	fix_open(f);
	take(&c);
	for (unsigned i = 0; i < WIDTH; i++) {
		ones[i].child = &c;
		buf_init(&ones[i].rcpts, 4096);
		submit(&ones[i]);
	}
	for (;;)
		net_loop_turn(f->loop, 1000);
}

/* --- the parent --- */

static unsigned
load_and_kill(struct fix *f, unsigned want, struct note *notes, unsigned max)
{
	unsigned n = 0;
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		(void)close(fds[0]);
		net_loop_free(&f->loop); /* not the parent's epoll */
		f->loop = net_loop_new();
		run_child(f, fds[1]);
	}
	(void)close(fds[1]);
	while (n < want && n < max &&
	       read(fds[0], &notes[n], sizeof *notes) == (ssize_t)sizeof *notes)
		n++;
	(void)kill(pid, SIGKILL);
	while (n < max &&
	       read(fds[0], &notes[n], sizeof *notes) == (ssize_t)sizeof *notes)
		n++;
	(void)close(fds[0]);
	(void)waitpid(pid, &status, 0);
	return n;
}

static bool
waits(struct out_fix *x, const struct store_out_key *k)
{
	struct bdb_key key = bdb_key_out(k);

	return bdb_exists(&x->f.st->loop_work, x->f.st->db[BDB_RCPT], &key) ==
	       ERR_OK;
}

/* How many records of the trail say that it has left the queue. */
static unsigned
ends(struct out_fix *x, const struct mail_id *id)
{
	struct slice rest = slice_str(out_story(x, id)), word;
	unsigned n = 0;

	while (rest.len > 0) {
		(void)slice_cut(&rest, ' ', &word);
		n += slice_eq(word, SLICE("sent")) ||
		     slice_eq(word, SLICE("failed"));
	}
	return n;
}

static void
check(struct out_fix *x, const struct note *n)
{
	struct store_out_key first = {n->key.id, 0}, second = {n->key.id, 1};
	unsigned left = waits(x, &first) + waits(x, &second);

	if (n->done && waits(x, &n->key))
		OK(!"what was sent does not wait");
	if (!n->done && left + ends(x, &n->key.id) != 2)
		OK(!"what was accepted waits or was sent, once");
}

TEST(crash_out_kill_9_with_a_queue)
{
	struct note *notes = calloc(MAX, sizeof *notes);
	unsigned n = 0, accepted = 0;
	struct out_fix x;

	out_begin(&x);
	fix_close(&x.f);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t sending;

		n += load_and_kill(&x.f, 200 + round * 531, notes + n, MAX - n);
		fix_open(&x.f);
		EQ_STR(out_verify(&x), "");
		for (unsigned i = 0; i < n; i++)
			check(&x, &notes[i]);
		sending = out_records(&x, BDB_SENDING);
		EQ_INT(out_doubt(&x, clock_wall_us(), false), sending);
		EQ_STR(out_verify(&x), "");
		fix_close(&x.f);
	}
	for (unsigned i = 0; i < n; i++)
		accepted += !notes[i].done;
	fix_open(&x.f);
	OK(fix_count(&x.f, 2) >= accepted);
	OK(accepted > 100 && accepted < n);
	free(notes);
	out_end(&x);
}
