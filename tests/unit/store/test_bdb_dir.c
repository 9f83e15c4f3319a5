/*
 * The directory: versions, all or none, scans in pages.
 * Covers: store/bdb/bdb_walk.c
 */
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct store_change
change(const char *key, const char *value, uint64_t expect)
{
	struct store_change c = {.kind = STORE_NAME, .expect = expect};

	c.key = slice_str(key);
	c.value = slice_str(value);
	return c;
}

static const struct {
	const char *name;
	bool exists;
	int64_t expect; /* relative to the version it has; see below */
	bool remove;
	enum err want;
} cases[] = {
    {"new",		      false, 0,  false, ERR_OK    },
    {"new, but it exists",       true,  0,  false, ERR_EXISTS},
    {"change",		   true,  1,  false, ERR_OK    },
    {"change of an old version", true,  2,  false, ERR_BUSY  },
    {"change of nothing",        false, 1,  false, ERR_NOENT },
    {"whatever it is",           true,  -1, false, ERR_OK    },
    {"whatever, even nothing",   false, -1, false, ERR_OK    },
    {"remove",		   true,  1,  true,  ERR_OK    },
    {"remove an old version",    true,  2,  true,  ERR_BUSY  },
    {"remove whatever",          true,  -1, true,  ERR_OK    },
    {"remove nothing",           false, 1,  true,  ERR_NOENT },
};

/* expect: 0 as it is; 1 the version it has; 2 another one; -1 any */
static uint64_t
expected(int64_t expect, uint64_t version)
{
	if (expect <= 0)
		return expect == 0 ? 0 : UINT64_MAX;
	return expect == 1 && version != 0 ? version : version + 1000;
}

TEST(dir_versions)
{
	struct buf v = BUF_INIT(4096);
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct store_change c = change("key", "old", UINT64_MAX);
		uint64_t version = 0, after = 0;
		enum err e;

		unit_case(cases[i].name);
		if (!cases[i].exists)
			c.value = SLICE_NONE;
		(void)fix_commit(&f, &c, 1, NULL);
		buf_reset(&v);
		(void)fix_get(&f, STORE_NAME, c.key, &v, &version);
		c = change("key", "new", expected(cases[i].expect, version));
		if (cases[i].remove)
			c.value = SLICE_NONE;
		EQ_INT(fix_commit(&f, &c, 1, NULL), cases[i].want);
		buf_reset(&v);
		e = fix_get(&f, STORE_NAME, c.key, &v, &after);
		if (cases[i].want != ERR_OK) {
			EQ_INT(e, cases[i].exists ? ERR_OK : ERR_NOENT);
			OK(e == ERR_NOENT || after == version);
		} else if (cases[i].remove) {
			EQ_INT(e, ERR_NOENT);
		} else {
			EQ_SLICE(buf_slice(&v), "new");
			OK(after > version);
		}
	}
	buf_fini(&v);
	fix_fini(&f);
}

TEST(dir_all_or_none)
{
	struct buf v = BUF_INIT(4096);
	struct store_change c[3];
	unsigned failed = 99;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	c[0] = change("a", "1", 0);
	c[1] = change("b", "2", 0);
	c[2] = change("a", "3", 0);
	EQ_INT(fix_commit(&f, c, 3, &failed), ERR_EXISTS);
	EQ_INT(failed, 2);
	EQ_INT(fix_get(&f, STORE_NAME, SLICE("a"), &v, NULL), ERR_NOENT);
	EQ_INT(fix_get(&f, STORE_NAME, SLICE("b"), &v, NULL), ERR_NOENT);
	EQ_INT(fix_commit(&f, c, 2, &failed), ERR_OK);
	EQ_INT(fix_get(&f, STORE_NAME, SLICE("b"), &v, NULL), ERR_OK);
	EQ_SLICE(buf_slice(&v), "2");
	buf_fini(&v);
	fix_fini(&f);
}

TEST(dir_kinds_are_apart)
{
	struct buf v = BUF_INIT(4096);
	struct store_change c = change("a", "1", 0);
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	EQ_INT(fix_commit(&f, &c, 1, NULL), ERR_OK);
	EQ_INT(fix_get(&f, STORE_DOMAIN, c.key, &v, NULL), ERR_NOENT);
	EQ_INT(fix_get(&f, STORE_ACCOUNT, c.key, &v, NULL), ERR_NOENT);
	buf_fini(&v);
	fix_fini(&f);
}

static void
fill(struct fix *f, unsigned n, size_t value_len)
{
	char key[32], *value = malloc(value_len + 1);

	if (value == NULL)
		return;
	memset(value, 'v', value_len);
	value[value_len] = '\0';
	for (unsigned i = 0; i < n; i++) {
		struct store_change c;

		(void)snprintf(key, sizeof key, "key%05u", i);
		c = change(key, value, 0);
		EQ_INT(fix_commit(f, &c, 1, NULL), ERR_OK);
	}
	free(value);
}

/* Rows from `after` on; the last key goes to last. */
static unsigned
scan(struct fix *f, const char *after, unsigned max, bool *more, char last[32])
{
	struct buf rows = BUF_INIT(1 << 20);
	struct store_scan q = {.op.done = fix_done, .kind = STORE_NAME};
	struct store_dir_row row;
	struct slice rest;

	q.after = slice_str(after);
	q.max = max;
	q.rows = &rows;
	f->ops->scan(f->st, &q);
	EQ_INT(fix_wait(f, &q.op), ERR_OK);
	*more = q.more;
	rest = buf_slice(&rows);
	for (unsigned i = 0; i < q.n; i++) {
		EQ_INT(store_rows_next(&rest, &row), ERR_OK);
		(void)snprintf(last, 32, "%.*s", SLICE_ARG(row.key));
		OK(row.version > 0);
	}
	EQ_INT(rest.len, 0);
	buf_fini(&rows);
	return q.n;
}

TEST(dir_scan_in_pages)
{
	char last[32] = "";
	bool more = true;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	EQ_INT(scan(&f, "", 10, &more, last), 0);
	OK(!more);
	fill(&f, 25, 10);
	EQ_INT(scan(&f, "", 10, &more, last), 10);
	OK(more);
	EQ_STR(last, "key00009");
	EQ_INT(scan(&f, last, 10, &more, last), 10);
	OK(more);
	EQ_INT(scan(&f, last, 10, &more, last), 5);
	OK(!more);
	EQ_STR(last, "key00024");
	EQ_INT(scan(&f, "key00023x", 10, &more, last), 1);
	EQ_INT(scan(&f, last, 10, &more, last), 0);
	fix_fini(&f);
}

/* The largest records: one page of an answer holds at most about 512 KiB. */
TEST(dir_scan_large_records)
{
	char last[32] = "";
	bool more = true;
	unsigned n = 0;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	fill(&f, 9, STORE_VALUE_MAX - 100);
	for (unsigned i = 0; more && i < 20; i++) {
		unsigned got = scan(&f, last, 100, &more, last);

		EQ_INT(got, 1);
		n += got;
	}
	EQ_INT(n, 9);
	fix_fini(&f);
}
