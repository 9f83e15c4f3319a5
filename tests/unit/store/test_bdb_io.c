/* Files below the library: a failure is remembered, and what open must keep. */
#include "base/clock.h"
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_badread.h"
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int code;
static unsigned syncs;

static int
count_sync(int fd)
{
	(void)fd;
	syncs++;
	errno = code;
	return code == 0 ? 0 : -1;
}

static const struct {
	const char *name;
	int code;
} cases[] = {
    {"as it should be", 0     },
    {"EIO",	     EIO   },
    {"EINTR",           EINTR },
    {"EAGAIN",          EAGAIN},
    {"EBUSY",           EBUSY },
    {"ENOSPC",          ENOSPC},
};

/* The library alone would try some of these a hundred times. */
TEST(io_sync_is_tried_once)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fix f;
		DBT x = bdb_dbt(SLICE("x"));
		DB_LSN lsn;
		int ret;

		unit_case(cases[i].name);
		fix_init(&f);
		fix_open(&f);
		fix_domain(&f, "example.test");
		syncs = 0;
		code = cases[i].code;
		bdb_sync_fn = count_sync;
		/* something to be flushed, without the writer */
		EQ_INT(f.st->env->log_put(f.st->env, &lsn, &x, 0), 0);
		ret = f.st->env->log_flush(f.st->env, NULL);
		EQ_INT(ret, cases[i].code);
		EQ_INT(syncs, 1);
		EQ_INT(bdb_io_failed(), cases[i].code);
		bdb_sync_fn = fdatasync;
		bdb_io_reset();
		EQ_INT(bdb_io_failed(), 0);
		fix_fini(&f);
	}
}

/* A second of the library's is none of ours; no wait is none. */
TEST(io_pause_is_short)
{
	uint64_t before = clock_mono_us();

	EQ_INT(bdb_io_pause(0, 1000), 0);
	OK(clock_mono_us() - before >= 1000);
	before = clock_mono_us();
	EQ_INT(bdb_io_pause(0, 0), 0);
	EQ_INT(bdb_io_pause(1, 0), 0);
	EQ_INT(bdb_io_pause(0, 900 * 1000), 0);
	OK(clock_mono_us() - before >= 10000);
	OK(clock_mono_us() - before < 1000 * 1000);
}

static struct {
	unsigned n;
	off_t octets;
} told;

static int
note_ahead(int fd, off_t at, off_t n, unsigned flags)
{
	OK(fd >= 0 && at >= 0 && n > 0);
	EQ_INT(flags, SYNC_FILE_RANGE_WRITE);
	told.n++;
	told.octets += n;
	return 0;
}

/* What a checkpoint writes is told to the disk; what others write is not. */
TEST(io_ahead_of_a_checkpoint)
{
	enum { BODY = 1024 * 1024, MANY = 8 };
	struct store_op op = {.done = fix_done};
	struct fix f;
	char *body = calloc(1, BODY);

	fix_init(&f);
	fix_open(&f);
	fix_domain(&f, "example.test");
	fix_user(&f, 1, "ann@example.test", 0);
	memset(&told, 0, sizeof told);
	bdb_ahead_fn = note_ahead;
	for (unsigned i = 0; i < MANY; i++)
		EQ_INT(fix_deliver(
			   &f, "ann@example.test", slice_of(body, BODY), NULL),
		    ERR_OK);
	EQ_INT(told.n, 0);
	f.ops->checkpoint(f.st, &op);
	EQ_INT(fix_wait(&f, &op), ERR_OK);
	OK(told.n > 0 && told.octets >= MANY * BODY);
	fix_fini(&f);
	bdb_ahead_fn = sync_file_range;
	free(body);
}

/* The library alone would try it a hundred times more, in the writer. */
TEST(io_read_is_tried_once)
{
	struct buf value = BUF_INIT(100);
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	fix_domain(&f, "example.test");
	fix_close(&f);
	fix_open(&f);
	badread("domain", 0);
	EQ_INT(fix_get(&f, STORE_DOMAIN, SLICE("example.test"), &value, NULL),
	    ERR_RETRY);
	EQ_INT(badread_end(), 1);
	EQ_INT(fix_get(&f, STORE_DOMAIN, SLICE("example.test"), &value, NULL),
	    ERR_OK);
	buf_fini(&value);
	fix_fini(&f);
}
