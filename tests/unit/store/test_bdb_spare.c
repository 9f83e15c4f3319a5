/* Spare log files: made, used, and good for recovery. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1024 * 1024 };

static bool
has(const struct fix *f, const char *name, struct stat *sb)
{
	char path[CONF_TEXT + 64];

	(void)snprintf(path, sizeof path, "%s/db/%s", f->conf.data_dir, name);
	return stat(path, sb) == 0;
}

static void
deliver_mib(struct fix *f, unsigned n)
{
	char *body = calloc(1, MIB);

	for (unsigned i = 0; i < n; i++)
		EQ_INT(fix_deliver(
			   f, "ann@example.test", slice_of(body, MIB), NULL),
		    ERR_OK);
	free(body);
}

/* The first file is one, all of its blocks are there, and a spare follows;
 * killed in the second file, everything is there. */
TEST(spare_files_of_zeros)
{
	struct buf out = BUF_INIT(65536);
	uint64_t count = 0;
	struct stat sb;
	struct fix f;
	int status = 0;
	pid_t pid;

	fix_init(&f);
	bdb_spare_logs = true;
	if ((pid = fork()) == 0) {
		net_loop_free(&f.loop);
		f.loop = net_loop_new();
		fix_open(&f);
		fix_domain(&f, "example.test");
		fix_user(&f, 1, "ann@example.test", 0);
		if (!has(&f, "log.0000000001", &sb) ||
		    sb.st_blocks * 512 < BDB_LOG_FILE)
			_exit(1);
		deliver_mib(&f, 40);
		for (unsigned i = 0; i < 600 && !has(&f, "spare", &sb); i++)
			(void)usleep(100000);
		if (!has(&f, "spare", &sb))
			_exit(2);
		deliver_mib(&f, 40);
		if (has(&f, "spare", &sb) || !has(&f, "log.0000000002", &sb) ||
		    sb.st_blocks * 512 < BDB_LOG_FILE)
			_exit(3);
		_exit(0); /* as if killed */
	}
	OK(waitpid(pid, &status, 0) == pid);
	EQ_INT(WEXITSTATUS(status), 0);
	bdb_spare_logs = false;
	fix_open(&f);
	count = fix_count(&f, 1);
	EQ_INT(count, 80);
	EQ_INT(fix_verify(&f, &out), 0);
	buf_fini(&out);
	fix_fini(&f);
}

/* One that was not finished is not used. */
TEST(spare_in_part_is_not_used)
{
	char path[CONF_TEXT + 64];
	struct stat sb;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	fix_close(&f);
	(void)snprintf(path, sizeof path, "%s/db/spare", f.conf.data_dir);
	(void)close(open(path, O_WRONLY | O_CREAT, 0600));
	fix_open(&f);
	OK(!bdb_spare_use("/nowhere/log.0000000009"));
	OK(has(&f, "spare", &sb));
	fix_fini(&f);
}
