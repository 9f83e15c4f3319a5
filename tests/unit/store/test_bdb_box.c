/* Listing and reading: pages, pieces, damage. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

enum { MIB = 1024 * 1024 };

static void
begin(struct fix *f)
{
	fix_init(f);
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
	fix_user(f, 2, "bob@example.test", 0);
}

static enum err
list(struct fix *f, uint64_t mailbox, const struct mail_id *after, unsigned max,
    struct buf *rows, unsigned *n, bool *more)
{
	struct store_list q = {.op.done = fix_done,
	    .mailbox = mailbox,
	    .after = *after,
	    .max = max,
	    .rows = rows};

	buf_reset(rows);
	f->ops->list(f->st, &q);
	(void)fix_wait(f, &q.op);
	*n = q.n;
	*more = q.more;
	return q.op.err;
}

static struct mail_id
last_id(const struct buf *rows)
{
	struct slice rest = buf_slice(rows);
	struct store_row row = {0};

	while (store_row_next(&rest, &row) == ERR_OK)
		continue;
	return row.id;
}

TEST(box_list_in_pages)
{
	static const struct mail_id none;
	struct buf rows = BUF_INIT(MIB), tiny = BUF_INIT(60);
	struct mail_id after = none;
	unsigned n, sum = 0;
	bool more;
	struct fix f;

	begin(&f);
	EQ_INT(list(&f, 1, &none, 10, &rows, &n, &more), ERR_OK);
	OK(n == 0 && !more);
	for (unsigned i = 0; i < 25; i++)
		EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL),
		    ERR_OK);
	EQ_INT(fix_deliver(&f, "bob@example.test", SLICE("x"), NULL), ERR_OK);
	do {
		EQ_INT(list(&f, 1, &after, 10, &rows, &n, &more), ERR_OK);
		sum += n;
		after = last_id(&rows);
	} while (more && sum < 100);
	EQ_INT(sum, 25);
	/* no room for more than two */
	EQ_INT(list(&f, 1, &none, 10, &tiny, &n, &more), ERR_OK);
	OK(n == 2 && more);
	EQ_INT(list(&f, 2, &none, 10, &rows, &n, &more), ERR_OK);
	OK(n == 1 && !more);
	EQ_INT(list(&f, UINT64_MAX, &none, 10, &rows, &n, &more), ERR_OK);
	OK(n == 0 && !more);
	memset(&after, 0xff, sizeof after);
	EQ_INT(list(&f, UINT64_MAX, &after, 10, &rows, &n, &more), ERR_OK);
	OK(n == 0 && !more);
	buf_fini(&rows);
	buf_fini(&tiny);
	fix_fini(&f);
}

/* More than one bulk, so that a cursor is set anew. */
TEST(box_list_many)
{
	struct buf rows = BUF_INIT(MIB);
	struct mail_id before = {0};
	struct store_row row;
	struct slice rest;
	struct fix f;

	begin(&f);
	for (unsigned i = 0; i < 3000; i++)
		(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	EQ_INT(fix_list(&f, 1, &rows), 3000);
	rest = buf_slice(&rows);
	while (store_row_next(&rest, &row) == ERR_OK) {
		OK(mail_id_cmp(&before, &row.id) < 0);
		before = row.id;
	}
	buf_fini(&rows);
	fix_fini(&f);
}

static const struct {
	const char *name;
	uint64_t offset;
	uint32_t max;
	size_t want; /* octets */
} pieces[] = {
    {"all",		 0,		  10 * MIB,   67 + 2 * BDB_CHUNK},
    {"nothing",             0,                  0,          0                 },
    {"part of the prefix",  5,                  20,         20                },
    {"prefix and a little", 60,                 10,         10                },
    {"first of the body",   67,                 1,          1                 },
    {"over a chunk's end",  67 + BDB_CHUNK - 5, 10,         10                },
    {"second chunk",        67 + BDB_CHUNK,     BDB_CHUNK,  BDB_CHUNK         },
    {"last octet",          66 + 2 * BDB_CHUNK, 10,         1                 },
    {"at the end",          67 + 2 * BDB_CHUNK, 10,         0                 },
    {"behind the end",      UINT64_MAX,         UINT32_MAX, 0                 },
};

TEST(box_read_pieces)
{
	struct buf all = BUF_INIT(4 * MIB), out = BUF_INIT(4 * MIB);
	char *body = malloc(2 * BDB_CHUNK);
	struct mail_id id;
	uint64_t total;
	struct fix f;

	begin(&f);
	for (size_t i = 0; i < 2 * BDB_CHUNK; i++)
		body[i] = (char)(i * 7 + (i >> 8));
	EQ_INT(fix_deliver(
		   &f, "ann@example.test", slice_of(body, 2 * BDB_CHUNK), &id),
	    ERR_OK);
	EQ_INT(fix_read(&f, 1, &id, 0, UINT32_MAX, &all, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		unit_case(pieces[i].name);
		buf_reset(&out);
		buf_add_str(&out, "before");
		EQ_INT(fix_read(&f, 1, &id, pieces[i].offset, pieces[i].max,
			   &out, &total),
		    ERR_OK);
		EQ_INT(total, 67 + 2 * BDB_CHUNK);
		EQ_INT(out.len - 6, pieces[i].want);
		OK(out.len == 6 || memcmp(out.p + 6, all.p + pieces[i].offset,
				       out.len - 6) == 0);
	}
	free(body);
	buf_fini(&all);
	buf_fini(&out);
	fix_fini(&f);
}

TEST(box_read_what_is_not_there)
{
	struct buf out = BUF_INIT(MIB);
	struct mail_id id = {{1}};
	struct fix f;

	begin(&f);
	EQ_INT(fix_read(&f, 1, &id, 0, MIB, &out, NULL), ERR_NOENT);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), &id), ERR_OK);
	EQ_INT(fix_read(&f, 2, &id, 0, MIB, &out, NULL), ERR_NOENT);
	EQ_INT(out.len, 0);
	buf_fini(&out);
	fix_fini(&f);
}

/* Change one octet of a stored value. */
static void
damage(struct fix *f, DB *db, const struct bdb_key *k, size_t at)
{
	struct bdb_work *w = &f->st->loop_work;
	struct buf v = BUF_INIT(MIB);

	EQ_INT(bdb_get(w, db, k, 0, &v), ERR_OK);
	v.p[at] ^= 1;
	EQ_INT(bdb_put(w, db, k, buf_slice(&v), 0), ERR_OK);
	buf_fini(&v);
}

static uint64_t
body_of(struct fix *f, uint64_t mailbox, const struct mail_id *id)
{
	struct bdb_key k = bdb_key_box(mailbox, id);
	struct buf v = BUF_INIT(MIB);
	struct bdb_row r = {0};

	EQ_INT(
	    bdb_get(&f->st->loop_work, f->st->db[BDB_BOX], &k, 0, &v), ERR_OK);
	EQ_INT(bdb_row_decode(buf_slice(&v), &r), ERR_OK);
	buf_fini(&v);
	return r.body;
}

static const struct {
	const char *name;
	bool in_row;
	size_t at;
	enum err want;
} damages[] = {
    {"body octet",     false, 8,  ERR_CORRUPT},
    {"sum of a chunk", false, 0,  ERR_CORRUPT},
    {"row version",    true,  0,  ERR_CORRUPT},
    {"row length",     true,  19, ERR_CORRUPT},
    {"row sum",        true,  27, ERR_CORRUPT},
    {"row body",       true,  11, ERR_CORRUPT},
};

/* One damaged message is one error; its neighbours are well. */
TEST(box_read_damaged)
{
	struct buf out = BUF_INIT(MIB);
	struct mail_id good, bad;
	struct fix f;

	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		struct bdb_key k;

		unit_case(damages[i].name);
		begin(&f);
		EQ_INT(
		    fix_deliver(&f, "ann@example.test", SLICE("good"), &good),
		    ERR_OK);
		EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("bad"), &bad),
		    ERR_OK);
		k = bdb_key_body(body_of(&f, 1, &bad), 0);
		if (damages[i].in_row)
			k = bdb_key_box(1, &bad);
		damage(&f,
		    damages[i].in_row ? f.st->db[BDB_BOX]
				      : bdb_bodies(f.st, body_of(&f, 1, &bad)),
		    &k, damages[i].at);
		buf_reset(&out);
		EQ_INT(
		    fix_read(&f, 1, &bad, 0, MIB, &out, NULL), damages[i].want);
		EQ_INT(out.len, 0);
		EQ_INT(fix_read(&f, 1, &good, 0, MIB, &out, NULL), ERR_OK);
		OK(fix_verify(&f, &out) > 0);
		fix_fini(&f);
	}
	buf_fini(&out);
}

/* A row that nobody can read does not close the mailbox. */
TEST(box_list_leaves_out_damaged_rows)
{
	struct mail_id id;
	struct bdb_key k;
	struct fix f;

	begin(&f);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("1"), NULL), ERR_OK);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("2"), &id), ERR_OK);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("3"), NULL), ERR_OK);
	k = bdb_key_box(1, &id);
	damage(&f, f.st->db[BDB_BOX], &k, 0);
	EQ_INT(fix_count(&f, 1), 2);
	fix_fini(&f);
}
