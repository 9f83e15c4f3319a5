/* What verify leaves out: noted only while it runs. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

TEST(watch_while_it_runs)
{
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	bdb_watch(f.st, 1);
	bdb_watch_start(f.st);
	OK(!bdb_watch_has(f.st, 1));
	bdb_watch(f.st, 2);
	bdb_watch(f.st, 2);
	OK(bdb_watch_has(f.st, 2));
	OK(!bdb_watch_has(f.st, 3));
	bdb_watch_stop(f.st);
	OK(!bdb_watch_has(f.st, 2));
	bdb_watch(f.st, 4);
	OK(!bdb_watch_has(f.st, 4));
	fix_fini(&f);
}

TEST(watch_is_bounded)
{
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	bdb_watch_start(f.st);
	for (uint64_t i = 0; i < 1000100; i++)
		bdb_watch(f.st, i);
	OK(bdb_watch_full(f.st));
	/* whoever asks is told to leave it out */
	OK(bdb_watch_has(f.st, UINT64_MAX));
	bdb_watch_stop(f.st);
	OK(!bdb_watch_full(f.st));
	fix_fini(&f);
}
