/* Files below the library: a failure is remembered, and what open must keep. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
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
