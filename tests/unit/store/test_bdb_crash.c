/*
 * kill -9 under load: what was acknowledged is there byte for byte, what was
 * not is there whole or not at all, and nothing has to be cleaned up.
 */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WIDTH = 48, ROUNDS = 6, LARGE = 3 * 1024 * 1024 };

struct sent { /* told to the parent through a pipe, once acknowledged */
	struct mail_id id;
	uint32_t len, seed;
};

struct one {
	struct store_deliver d;
	struct buf rcpts;
	char *body;
	struct sent sent;
	struct child *child;
};

struct child {
	struct fix *f;
	int pipe;
	uint32_t seed;
};

/* Any octets, the same for the same seed; mostly small, some large. */
static uint32_t
make_body(uint32_t seed, char *out)
{
	uint32_t x = seed * 2654435761u + 1;
	uint32_t len = seed % 50 == 0 ? LARGE - x % 1000 : x % 9000;

	for (uint32_t i = 0; i < len; i++) {
		if (i % 4 == 0)
			x = x * 1664525 + 1013904223;
		out[i] = (char)(x >> (i % 4 * 8));
	}
	return len;
}

static void next(struct one *o);

static void
delivered(struct store_op *op, enum err e)
{
	struct one *o = LIST_ITEM(op, struct one, d.op);

	if (e == ERR_OK && write(o->child->pipe, &o->sent, sizeof o->sent) !=
			       (ssize_t)sizeof o->sent)
		_exit(3);
	next(o);
}

static void
next(struct one *o)
{
	struct child *c = o->child;

	o->sent.seed = ++c->seed;
	o->sent.len = make_body(o->sent.seed, o->body);
	o->d = fix_mail(c->f, &o->rcpts, "ann@example.test bob@example.test",
	    slice_of(o->body, o->sent.len));
	o->d.op.done = delivered;
	o->sent.id = o->d.id;
	c->f->ops->deliver(c->f->st, &o->d);
}

static void
run_child(struct fix *f, int pipe, uint32_t seed)
{
	static struct one ones[WIDTH];
	struct child c = {f, pipe, seed};

	fix_open(f);
	for (unsigned i = 0; i < WIDTH; i++) {
		ones[i].child = &c;
		ones[i].body = malloc(LARGE);
		buf_init(&ones[i].rcpts, 4096);
		next(&ones[i]);
	}
	for (;;)
		net_loop_turn(f->loop, 1000);
}

/* A child that delivers until it is killed; what it has acknowledged. */
static unsigned
load_and_kill(struct fix *f, unsigned round, struct sent *sent, unsigned max)
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
		run_child(f, fds[1], (round + 1) * 1000000);
	}
	(void)close(fds[1]);
	/* at another moment each time, and under way in any case */
	while (n < 40 + round * 97 && n < max &&
	       read(fds[0], &sent[n], sizeof *sent) == (ssize_t)sizeof *sent)
		n++;
	(void)kill(pid, SIGKILL);
	while (n < max &&
	       read(fds[0], &sent[n], sizeof *sent) == (ssize_t)sizeof *sent)
		n++;
	(void)close(fds[0]);
	(void)waitpid(pid, &status, 0);
	return n;
}

static void
check(struct fix *f, const struct sent *s, struct buf *out, char *body)
{
	uint32_t len = make_body(s->seed, body);

	for (uint64_t mailbox = 1; mailbox <= 2; mailbox++) {
		buf_reset(out);
		if (fix_read(f, mailbox, &s->id, 0, UINT32_MAX, out, NULL) !=
			ERR_OK ||
		    len != s->len || out->len != len + 67 ||
		    memcmp(out->p + 67, body, len) != 0)
			OK(!"an acknowledged message is there");
	}
}

TEST(crash_kill_9_under_load)
{
	enum { MAX = 20000 };
	struct sent *sent = calloc(MAX, sizeof *sent);
	struct buf out = BUF_INIT(16 * 1024 * 1024);
	char *body = malloc(LARGE);
	unsigned n = 0;
	struct fix f;

	fix_init(&f);
	f.conf.store.checkpoint_ms = 50; /* some are killed in one */
	fix_open(&f);
	fix_domain(&f, "example.test");
	fix_user(&f, 1, "ann@example.test", 0);
	fix_user(&f, 2, "bob@example.test", 0);
	fix_close(&f);
	for (unsigned round = 0; round < ROUNDS; round++) {
		n += load_and_kill(&f, round, sent + n, MAX - n);
		fix_open(&f);
		for (unsigned i = 0; i < n; i++)
			check(&f, &sent[i], &out, body);
		EQ_INT(fix_verify(&f, &out), 0);
		EQ_INT(fix_count(&f, 1), fix_count(&f, 2));
		OK(fix_count(&f, 1) >= n);
		fix_close(&f);
	}
	OK(n > 40 * ROUNDS);
	free(sent);
	free(body);
	buf_fini(&out);
	fix_fini(&f);
}
