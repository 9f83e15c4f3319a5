/* One process has the data, and the other learns which. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

TEST(lock_second_is_told_who)
{
	struct buf why = BUF_INIT(4096);
	char want[32];
	struct fix f;
	int a = -1, b = -1;

	fix_init(&f);
	EQ_INT(bdb_lock_take(f.conf.data_dir, &a, &why), ERR_OK);
	EQ_INT(why.len, 0);
	EQ_INT(bdb_lock_take(f.conf.data_dir, &b, &why), ERR_BUSY);
	EQ_INT(b, -1);
	(void)snprintf(want, sizeof want, "(pid %ld)", (long)getpid());
	OK(slice_ends(buf_slice(&why), slice_str(want)));
	(void)close(a);
	EQ_INT(bdb_lock_take(f.conf.data_dir, &a, &why), ERR_OK);
	(void)close(a);
	fix_fini(&f);
	buf_fini(&why);
}

TEST(lock_folder_must_be_there)
{
	struct buf why = BUF_INIT(4096);
	int fd = -1;

	EQ_INT(bdb_lock_take("/nonexistent", &fd, &why), ERR_NOENT);
	OK(slice_starts(buf_slice(&why), SLICE("/nonexistent/lock: ")));
	buf_fini(&why);
}
