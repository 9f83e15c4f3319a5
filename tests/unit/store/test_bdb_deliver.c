/*
 * Delivery: into all mailboxes or none, once, large and small.
 * Covers: store/bdb/bdb_body.c store/bdb/bdb_drop.c
 */
#include "store/bdb/bdb_priv.h"

#include "proc/msg.h"
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIB = 1024 * 1024 };

static void
begin(struct fix *f)
{
	fix_init(f);
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
	fix_user(f, 2, "bob@example.test", 0);
	fix_user(f, 3, "cid@example.test", 300);
	fix_alias(f, "all@example.test",
	    "ann@example.test\nbob@example.test\nall@example.test\n");
}

/* Octets that tell their place. */
static char *
pattern(size_t n)
{
	char *p = malloc(n + 1);
	uint32_t x = 12345;

	for (size_t i = 0; p != NULL && i < n; i++) {
		x = x * 1103515245 + 12345;
		p[i] = (char)(x >> 16);
	}
	return p;
}

static uint64_t
records(struct fix *f, DB *db)
{
	struct bdb_bulk b;
	uint64_t n = 0;
	struct bdb_work *w = &f->st->loop_work;

	if (bdb_bulk_seek(w, &b, db, SLICE(""), BDB_BULK) == ERR_OK)
		while (bdb_bulk_next(&b) == ERR_OK)
			n++;
	return n;
}

static uint64_t
bodies(struct fix *f)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < BDB_BODIES; i++)
		n += records(f, f->st->bodies[i]);
	return n;
}

static enum err
deliver(struct fix *f, struct store_deliver *q)
{
	q->op.done = fix_done;
	f->ops->deliver(f->st, q);
	return fix_wait(f, &q->op);
}

TEST(deliver_body_is_kept_once)
{
	struct buf out = BUF_INIT(MIB);
	struct mail_id id;
	struct fix f;

	begin(&f);
	EQ_INT(fix_deliver(&f,
		   "ann@example.test all@example.test "
		   "bob+x@example.test",
		   SLICE("body\r\n"), &id),
	    ERR_OK);
	EQ_INT(bodies(&f), 1);
	EQ_INT(records(&f, f.st->db[BDB_BODYREF]), 1);
	EQ_INT(fix_count(&f, 1), 1);
	EQ_INT(fix_count(&f, 2), 1);
	EQ_INT(fix_read(&f, 1, &id, 0, MIB, &out, NULL), ERR_OK);
	EQ_SLICE(buf_slice(&out), "Return-Path: <sender@remote.test>\r\n"
				  "Delivered-To: ann@example.test\r\nbody\r\n");
	/* bob has it through the alias, which came first */
	buf_reset(&out);
	EQ_INT(fix_read(&f, 2, &id, 0, MIB, &out, NULL), ERR_OK);
	EQ_SLICE(buf_slice(&out), "Return-Path: <sender@remote.test>\r\n"
				  "Delivered-To: all@example.test\r\nbody\r\n");
	EQ_INT(fix_verify(&f, &out), 0);
	buf_fini(&out);
	fix_fini(&f);
}

TEST(deliver_none_when_one_fails)
{
	static const char body[400];
	struct slice b = slice_of(body, sizeof body);
	struct fix f;

	begin(&f);
	EQ_INT(fix_deliver(&f, "ann@example.test eve@example.test", b, NULL),
	    ERR_NOENT);
	EQ_INT(fix_deliver(&f, "ann@example.test x@other.test", b, NULL),
	    ERR_NOENT);
	EQ_INT(fix_deliver(&f, "ann@example.test cid@example.test", b, NULL),
	    ERR_QUOTA);
	EQ_INT(fix_count(&f, 1), 0);
	EQ_INT(fix_count(&f, 3), 0);
	EQ_INT(bodies(&f), 0);
	EQ_INT(fix_total(&f, 1).count, 0);
	fix_fini(&f);
}

TEST(deliver_twice_is_once)
{
	struct buf rcpts = BUF_INIT(4096), problems = BUF_INIT(4096);
	struct store_deliver q;
	struct fix f;

	begin(&f);
	q = fix_mail(&f, &rcpts, "ann@example.test", SLICE("body"));
	EQ_INT(deliver(&f, &q), ERR_OK);
	EQ_INT(q.delivered, 1);
	EQ_INT(deliver(&f, &q), ERR_OK);
	EQ_INT(q.delivered, 1);
	EQ_INT(fix_count(&f, 1), 1);
	EQ_INT(fix_total(&f, 1).count, 1);
	EQ_INT(bodies(&f), 1);
	/* one more mailbox the second time: only that gets it */
	q.rcpts = SLICE_NONE;
	buf_reset(&rcpts);
	store_rcpt_add(
	    &rcpts, &(struct store_rcpt){.addr = SLICE("all@example.test")});
	q.rcpts = buf_slice(&rcpts);
	EQ_INT(deliver(&f, &q), ERR_OK);
	EQ_INT(fix_count(&f, 1), 1);
	EQ_INT(fix_count(&f, 2), 1);
	EQ_INT(fix_verify(&f, &problems), 0);
	buf_fini(&rcpts);
	buf_fini(&problems);
	fix_fini(&f);
}

TEST(deliver_quota_is_exact)
{
	/* what RETR sends: trace fields of 67 octets, and the body */
	static const char body[233];
	struct slice all = slice_of(body, sizeof body);
	struct fix f;

	begin(&f);
	EQ_INT(fix_deliver(&f, "cid@example.test", all, NULL), ERR_OK);
	EQ_INT(fix_total(&f, 3).octets, 300);
	EQ_INT(fix_deliver(&f, "cid@example.test", SLICE(""), NULL), ERR_QUOTA);
	fix_fini(&f);
	begin(&f);
	EQ_INT(fix_deliver(&f, "cid@example.test",
		   slice_of(body, sizeof body - 1), NULL),
	    ERR_OK);
	fix_fini(&f);
}

TEST(deliver_import_names_mailboxes)
{
	struct buf rcpts = BUF_INIT(4096), out = BUF_INIT(MIB);
	struct store_rcpt r = {.mailbox = 9, .uidl = SLICE("old.uidl")};
	struct store_deliver q;
	struct store_row row;
	struct slice rest;
	struct fix f;

	begin(&f);
	q = fix_mail(&f, &rcpts, "", SLICE("From: x\r\n\r\nbody\r\n"));
	store_rcpt_add(&rcpts, &r);
	q.rcpts = buf_slice(&rcpts);
	q.nrcpts = 1;
	q.flags = MSG_DELIVER_IMPORT | MSG_DELIVER_UTF8;
	EQ_INT(deliver(&f, &q), ERR_OK);
	EQ_INT(fix_list(&f, 9, &out), 1);
	rest = buf_slice(&out);
	EQ_INT(store_row_next(&rest, &row), ERR_OK);
	EQ_SLICE(row.uidl, "old.uidl");
	EQ_INT(row.flags, STORE_ROW_UTF8);
	buf_reset(&out);
	EQ_INT(fix_read(&f, 9, &q.id, 0, MIB, &out, NULL), ERR_OK);
	EQ_SLICE(buf_slice(&out), "From: x\r\n\r\nbody\r\n");
	/* without the flag the number counts for nothing */
	q.id = mail_id_make(&f.maker);
	q.flags = 0;
	EQ_INT(deliver(&f, &q), ERR_NOENT);
	buf_fini(&rcpts);
	buf_fini(&out);
	fix_fini(&f);
}

TEST(deliver_keeps_dsn_parameters)
{
	struct buf rcpts = BUF_INIT(4096), value = BUF_INIT(4096);
	struct store_rcpt r = {.addr = SLICE("ann@example.test"),
	    .orcpt = SLICE("rfc822;ann@example.test"),
	    .notify = STORE_NOTIFY_SUCCESS};
	struct store_deliver q;
	struct bdb_key k;
	struct bdb_row row;
	struct fix f;

	begin(&f);
	q = fix_mail(&f, &rcpts, "", SLICE("body"));
	store_rcpt_add(&rcpts, &r);
	q.rcpts = buf_slice(&rcpts);
	q.envid = SLICE("QQ314159");
	q.ret = 2;
	EQ_INT(deliver(&f, &q), ERR_OK);
	k = bdb_key_box(1, &q.id);
	EQ_INT(bdb_get(&f.st->loop_work, f.st->db[BDB_BOX], &k, 0, &value),
	    ERR_OK);
	EQ_INT(bdb_row_decode(buf_slice(&value), &row), ERR_OK);
	EQ_SLICE(row.orcpt, "rfc822;ann@example.test");
	EQ_SLICE(row.envid, "QQ314159");
	EQ_INT(row.notify, STORE_NOTIFY_SUCCESS);
	EQ_INT(row.ret, 2);
	buf_fini(&rcpts);
	buf_fini(&value);
	fix_fini(&f);
}

static const struct {
	const char *name;
	size_t head, rest;
} sizes[] = {
    {"empty",             0,         0			    },
    {"one octet",         1,         0			    },
    {"one chunk",         BDB_CHUNK, 0                            },
    {"one chunk and one", BDB_CHUNK, 1                            },
    {"all in the file",   0,         5000                         },
    {"a step",            100,       BDB_STEP_OCTETS - 100        },
    {"a step and one",    100,       BDB_STEP_OCTETS - 99         },
    {"two steps and one", MIB,       2 * BDB_STEP_OCTETS - MIB + 1},
    {"head over a step",  3 * MIB,   MIB                          },
    {"20 MiB",            65536,     20 * MIB                     },
};

static void
deliver_sized(struct fix *f, size_t head, size_t rest)
{
	struct buf rcpts = BUF_INIT(4096), out = BUF_INIT(64 * MIB);
	char *body = pattern(head + rest);
	struct store_deliver q = fix_mail(f, &rcpts,
	    "ann@example.test bob@example.test", slice_of(body, head));
	struct store_spill spill = {.op.done = fix_done, .size = rest};
	uint64_t total = 0;
	size_t prefix;

	f->ops->spill(f->st, &spill);
	EQ_INT(fix_wait(f, &spill.op), ERR_OK);
	EQ_INT(write(spill.fd, body + head, rest), rest);
	q.fd = spill.fd;
	q.fd_len = rest;
	EQ_INT(deliver(f, &q), ERR_OK);
	(void)close(spill.fd);
	EQ_INT(fix_read(f, 2, &q.id, 0, 64 * MIB, &out, &total), ERR_OK);
	EQ_INT(out.len, total);
	prefix = total - head - rest;
	OK(prefix == 67);
	OK(memcmp(out.p + prefix, body, head + rest) == 0);
	buf_fini(&rcpts);
	buf_fini(&out);
	free(body);
}

TEST(deliver_all_sizes)
{
	struct buf problems = BUF_INIT(65536);
	struct fix f;

	begin(&f);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unit_case(sizes[i].name);
		deliver_sized(&f, sizes[i].head, sizes[i].rest);
		EQ_INT(fix_count(&f, 1), i + 1);
	}
	EQ_INT(records(&f, f.st->db[BDB_STAGING]), 0);
	EQ_INT(fix_verify(&f, &problems), 0);
	EQ_SLICE(buf_slice(&problems), "");
	buf_fini(&problems);
	fix_fini(&f);
}

/* The file is shorter than said: nothing of it stays. */
TEST(deliver_staged_that_fails)
{
	struct buf rcpts = BUF_INIT(4096), problems = BUF_INIT(65536);
	struct store_spill spill = {.op.done = fix_done};
	struct store_deliver q;
	struct fix f;

	begin(&f);
	q = fix_mail(&f, &rcpts, "ann@example.test", SLICE("head"));
	f.ops->spill(f.st, &spill);
	EQ_INT(fix_wait(&f, &spill.op), ERR_OK);
	EQ_INT(ftruncate(spill.fd, 6 * MIB), 0);
	q.fd = spill.fd;
	q.fd_len = 7 * MIB;
	EQ_INT(deliver(&f, &q), ERR_RETRY);
	EQ_INT(fix_count(&f, 1), 0);
	for (unsigned i = 0; i < 6000 && records(&f, f.st->db[BDB_STAGING]) > 0;
	     i++)
		net_loop_turn(f.loop, 10);
	EQ_INT(records(&f, f.st->db[BDB_STAGING]), 0);
	EQ_INT(bodies(&f), 0);
	EQ_INT(fix_verify(&f, &problems), 0);
	(void)close(spill.fd);
	buf_fini(&rcpts);
	buf_fini(&problems);
	fix_fini(&f);
}

/* Small mail does not wait for a large one. */
TEST(deliver_small_overtakes_large)
{
	struct buf rcpts = BUF_INIT(4096), small_rcpts = BUF_INIT(4096);
	struct store_spill spill = {.op.done = fix_done};
	struct store_deliver large, small;
	struct fix f;

	begin(&f);
	large = fix_mail(&f, &rcpts, "ann@example.test", SLICE("head"));
	f.ops->spill(f.st, &spill);
	EQ_INT(fix_wait(&f, &spill.op), ERR_OK);
	EQ_INT(ftruncate(spill.fd, 40 * MIB), 0);
	large.fd = spill.fd;
	large.fd_len = 40 * MIB;
	large.op.done = fix_done;
	f.ops->deliver(f.st, &large);
	small = fix_mail(&f, &small_rcpts, "bob@example.test", SLICE("x"));
	EQ_INT(deliver(&f, &small), ERR_OK);
	OK(large.op.done != NULL); /* is under way still */
	EQ_INT(fix_count(&f, 1), 0);
	EQ_INT(fix_wait(&f, &large.op), ERR_OK);
	EQ_INT(fix_count(&f, 1), 1);
	(void)close(spill.fd);
	buf_fini(&rcpts);
	buf_fini(&small_rcpts);
	fix_fini(&f);
}
