/* Records and runs of them: sizes, limits, where a run goes on. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *key, *after;
	uint32_t len;
} keys[] = {
    {"one more",    "\0\1",       "\0\2",   2},
    {"carry",       "\0\377",     "\1\0",   2},
    {"carry twice", "\1\377\377", "\2\0\0", 3},
    {"the last",    "\377\377",   NULL,     2},
};

TEST(rec_key_after)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct bdb_key k = {.len = keys[i].len};

		unit_case(keys[i].name);
		memcpy(k.b, keys[i].key, keys[i].len);
		EQ_INT(bdb_key_after(&k), keys[i].after != NULL);
		if (keys[i].after != NULL)
			EQ_MEM(k.b, k.len, keys[i].after, keys[i].len);
	}
}

static const size_t sizes[] = {0, 1, 511, 512, 513, 4096, 100000, 262000};

TEST(rec_all_sizes)
{
	char *value = calloc(1, 300000);
	struct buf out = BUF_INIT(300000), small = BUF_INIT(600);
	struct bdb_key k = bdb_key_id(1);
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct bdb_work *w = &f.st->loop_work;
		struct slice v = slice_of(value, sizes[i]);
		enum err want = sizes[i] <= 600 ? ERR_OK : ERR_TOOBIG;

		memset(value, (int)i + 'a', sizes[i]);
		EQ_INT(bdb_put(w, f.st->bodies[0], &k, v, 0), ERR_OK);
		buf_reset(&out);
		EQ_INT(bdb_get(w, f.st->bodies[0], &k, 0, &out), ERR_OK);
		EQ_MEM(out.p, out.len, value, sizes[i]);
		buf_reset(&small);
		EQ_INT(bdb_get(w, f.st->bodies[0], &k, 0, &small), want);
	}
	free(value);
	buf_fini(&out);
	buf_fini(&small);
	fix_fini(&f);
}

TEST(rec_not_there)
{
	struct bdb_key k = bdb_key_id(1);
	struct buf out = BUF_INIT(100);
	struct bdb_work *w;
	struct bdb_bulk b;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	w = &f.st->loop_work;
	EQ_INT(bdb_get(w, f.st->db[BDB_BOX], &k, 0, &out), ERR_NOENT);
	EQ_INT(bdb_del(w, f.st->db[BDB_BOX], &k), ERR_NOENT);
	EQ_INT(bdb_exists(w, f.st->db[BDB_BOX], &k), ERR_NOENT);
	EQ_INT(bdb_bulk_seek(w, &b, f.st->db[BDB_BOX], SLICE(""), BDB_BULK),
	    ERR_NOENT);
	EQ_INT(bdb_bulk_next(&b), ERR_NOENT);
	EQ_INT(bdb_put(w, f.st->db[BDB_BOX], &k, SLICE("x"), DB_NOOVERWRITE),
	    ERR_OK);
	EQ_INT(bdb_put(w, f.st->db[BDB_BOX], &k, SLICE("y"), DB_NOOVERWRITE),
	    ERR_EXISTS);
	EQ_INT(bdb_exists(w, f.st->db[BDB_BOX], &k), ERR_OK);
	buf_fini(&out);
	fix_fini(&f);
}

TEST(rec_bulk_in_order)
{
	struct bdb_key k;
	struct bdb_work *w;
	struct bdb_bulk b;
	uint64_t id, want = 100;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	w = &f.st->loop_work;
	for (uint64_t i = 0; i < 300; i++) {
		k = bdb_key_id(i);
		EQ_INT(bdb_put(w, f.st->db[BDB_STAGING], &k, SLICE("v"), 0),
		    ERR_OK);
	}
	k = bdb_key_id(want);
	EQ_INT(bdb_bulk_seek(
		   w, &b, f.st->db[BDB_STAGING], bdb_key_slice(&k), BDB_BULK),
	    ERR_OK);
	while (bdb_bulk_next(&b) == ERR_OK) {
		EQ_INT(bdb_key_read_id(b.key, &id), ERR_OK);
		EQ_INT(id, want++);
		EQ_SLICE(b.value, "v");
	}
	EQ_INT(want, 300);
	fix_fini(&f);
}
