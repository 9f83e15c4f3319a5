/*
 * Verify finds each kind of damage, names it, and finds none where none is.
 * Covers: store/bdb/bdb_verify_*.c store/bdb/bdb_watch.c
 */
#include "store/bdb/bdb_priv.h"

#include "base/num.h"
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct mail_id id; /* in ann's and bob's mailbox */

static void
begin(struct fix *f)
{
	fix_init(f);
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
	fix_user(f, 2, "bob@example.test", 0);
	EQ_INT(fix_deliver(
		   f, "ann@example.test bob@example.test", SLICE("body"), &id),
	    ERR_OK);
	EQ_INT(fix_deliver(f, "ann@example.test", SLICE("2"), NULL), ERR_OK);
	for (uint64_t i = 0; i < 3; i++) { /* the numbers of the users */
		struct store_new_id q = {.op.done = fix_done};

		f->ops->new_id(f->st, &q);
		EQ_INT(fix_wait(f, &q.op), ERR_OK);
	}
}

static void
put(struct fix *f, enum bdb_db db, const struct bdb_key *k, struct slice v)
{
	EQ_INT(bdb_put(&f->st->loop_work, f->st->db[db], k, v, 0), ERR_OK);
}

static void
total_is_wrong(struct fix *f)
{
	struct bdb_total t;

	EQ_INT(bdb_total_get(&f->st->loop_work, 1, 0, &t), ERR_OK);
	t.octets++;
	EQ_INT(bdb_total_put(&f->st->loop_work, 1, &t), ERR_OK);
}

static void
total_is_damaged(struct fix *f)
{
	struct bdb_key k = bdb_key_id(1);

	put(f, BDB_TOTAL, &k, SLICE("?"));
}

static void
row_is_gone(struct fix *f)
{
	struct bdb_key k = bdb_key_box(1, &id);

	EQ_INT(bdb_del(&f->st->loop_work, f->st->db[BDB_BOX], &k), ERR_OK);
}

static void
row_is_damaged(struct fix *f)
{
	struct bdb_key k = bdb_key_box(1, &id);

	put(f, BDB_BOX, &k, SLICE("?"));
}

static void
body_is_gone(struct fix *f)
{
	struct bdb_key k = bdb_key_body(1, 0);

	EQ_INT(bdb_del(&f->st->loop_work, bdb_bodies(f->st, 1), &k), ERR_OK);
}

static void
body_is_orphan(struct fix *f)
{
	struct bdb_source src = {SLICE("nobody's"), -1, 0};
	uint64_t sum;

	EQ_INT(bdb_body_put(
		   &f->st->loop_work, bdb_body_new(f->st), &src, 0, 1, &sum),
	    ERR_OK);
}

static void
count_is_wrong(struct fix *f)
{
	EQ_INT(bdb_ref_put(&f->st->loop_work, 1, 5), ERR_OK);
}

static void
count_of_nothing(struct fix *f)
{
	EQ_INT(bdb_ref_put(&f->st->loop_work, bdb_body_new(f->st), 2), ERR_OK);
}

static void
no_account(struct fix *f)
{
	struct bdb_key k = bdb_key_id(2);

	EQ_INT(bdb_del(&f->st->loop_work, f->st->db[BDB_ACCOUNT], &k), ERR_OK);
}

static void
no_name(struct fix *f)
{
	EQ_INT(bdb_del_at(&f->st->loop_work, f->st->db[BDB_NAME],
		   SLICE("bob@example.test")),
	    ERR_OK);
}

static void
no_domain(struct fix *f)
{
	EQ_INT(bdb_del_at(&f->st->loop_work, f->st->db[BDB_DOMAIN],
		   SLICE("example.test")),
	    ERR_OK);
}

static void
name_is_damaged(struct fix *f)
{
	EQ_INT(bdb_put_at(&f->st->loop_work, f->st->db[BDB_NAME],
		   SLICE("bob@example.test"), SLICE("12345678?"), 0),
	    ERR_OK);
}

static void
same_mailbox(struct fix *f)
{
	fix_user(f, 2, "cid@example.test", 0);
	fix_user(f, 2, "bob@example.test", 0);
}

static void
strange_meta(struct fix *f)
{
	EQ_INT(bdb_meta_put(&f->st->loop_work, "strange", 1), ERR_OK);
}

static const struct {
	const char *name;
	void (*damage)(struct fix *);
	uint64_t problems;
	const char *says; /* part of the text */
} cases[] = {
    {"total is wrong",   total_is_wrong,   1, "mailbox 1: total says 2 messages"               },
    {"total is damaged", total_is_damaged, 1, "mailbox 1: total is damaged"                    },
    {"row is gone",      row_is_gone,      2,
     "body 1: 2 references are counted, there are 1"                                           },
    {"row is damaged",   row_is_damaged,   3, ": record is damaged"                            },
    {"body is gone",     body_is_gone,     2, ": body is damaged"                              },
    {"body is orphan",   body_is_orphan,   1, ": no message has it"                            },
    {"count is wrong",   count_is_wrong,   1, "5 references are counted"                       },
    {"count of nothing", count_of_nothing, 1, ": counted, no message has it"                   },
    {"no account",       no_account,       2, "mailbox 2: no account has it"                   },
    {"no name",          no_name,          1, "account 2: name bob@example.test does not exist"},
    {"no domain",        no_domain,        2, ": its domain does not exist"                    },
    {"name is damaged",  name_is_damaged,  1,
     "name bob@example.test: record is damaged"                                                },
    {"two names",        same_mailbox,     0, NULL					     },
    {"strange meta",     strange_meta,     1, "meta strange: unknown record"                   },
};

TEST(verify_names_each_problem)
{
	struct buf text = BUF_INIT(1 << 20);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fix f;
		bool said;

		unit_case(cases[i].name);
		begin(&f);
		buf_reset(&text);
		EQ_INT(fix_verify(&f, &text), 0);
		EQ_SLICE(buf_slice(&text), "");
		cases[i].damage(&f);
		EQ_INT(fix_verify(&f, &text), cases[i].problems);
		said = cases[i].says == NULL ||
		       slice_find_slice(buf_slice(&text),
			   slice_str(cases[i].says)) < text.len;
		if (!OK(said))
			EQ_SLICE(buf_slice(&text), cases[i].says);
		fix_fini(&f);
	}
	buf_fini(&text);
}

/* A page that the library would end the process for, or worse, believe. */
TEST(verify_damaged_page)
{
	struct buf text = BUF_INIT(1 << 20);
	struct store_op op = {.done = fix_done};
	char path[CONF_TEXT + 32];
	uint8_t octet;
	struct fix f;
	int fd;

	begin(&f);
	f.ops->checkpoint(f.st, &op);
	EQ_INT(fix_wait(&f, &op), ERR_OK);
	(void)snprintf(path, sizeof path, "%s/db/box", f.conf.data_dir);
	fd = open(path, O_RDWR);
	EQ_INT(pread(fd, &octet, 1, 4096 + 3000), 1);
	octet ^= 1;
	EQ_INT(pwrite(fd, &octet, 1, 4096 + 3000), 1);
	EQ_INT(fix_verify(&f, &text), 1);
	EQ_SLICE(buf_slice(&text), "box: page 1 is damaged\n");
	octet ^= 1;
	EQ_INT(pwrite(fd, &octet, 1, 4096 + 3000), 1);
	EQ_INT(fix_verify(&f, &text), 0);
	(void)close(fd);
	buf_fini(&text);
	fix_fini(&f);
}

/* While mail comes, goes and comes back nothing is wrong. */
TEST(verify_while_serving)
{
	enum { N = 40 };
	static struct store_deliver q[N];
	static struct buf rcpts[N];
	struct buf text = BUF_INIT(1 << 20);
	struct store_verify v = {.op.done = fix_done};
	uint64_t lease;
	struct mail_id ids[N];
	struct fix f;

	begin(&f);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	for (unsigned round = 0; round < 20; round++) {
		v.op.done = fix_done;
		f.ops->verify(f.st, &v);
		for (unsigned i = 0; i < N; i++) {
			buf_init(&rcpts[i], 4096);
			q[i] = fix_mail(&f, &rcpts[i],
			    "ann@example.test bob@example.test", SLICE("x"));
			ids[i] = q[i].id;
			f.ops->deliver(f.st, &q[i]);
		}
		for (unsigned i = 0; i < N; i++) {
			EQ_INT(fix_wait(&f, &q[i].op), ERR_OK);
			buf_fini(&rcpts[i]);
		}
		EQ_INT(fix_expunge(&f, 1, lease, ids, N / 2, NULL), ERR_OK);
		EQ_INT(fix_wait(&f, &v.op), ERR_OK);
		EQ_INT(v.problems, 0);
	}
	OK(v.messages > 0);
	buf_fini(&text);
	fix_fini(&f);
}
