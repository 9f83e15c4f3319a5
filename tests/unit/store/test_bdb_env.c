/* Opening: what is refused, what comes back, numbers that never come twice. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
path_in(const struct fix *f, const char *name, char *out, size_t max)
{
	(void)snprintf(out, max, "%s/%s", f->conf.data_dir, name);
}

static enum err
try_open(struct fix *f, struct buf *why)
{
	struct store *st = NULL;
	enum err e;

	buf_reset(why);
	e = f->ops->open(&st, &f->conf, f->loop, why);
	f->ops->close(&st);
	return e;
}

TEST(env_refuses_db_config)
{
	struct buf why = BUF_INIT(4096);
	char path[CONF_TEXT + 32];
	struct fix f;

	fix_init(&f);
	EQ_INT(try_open(&f, &why), ERR_OK);
	path_in(&f, "db/DB_CONFIG", path, sizeof path);
	(void)close(open(path, O_CREAT | O_WRONLY, 0600));
	EQ_INT(try_open(&f, &why), ERR_DENIED);
	OK(slice_ends(buf_slice(&why), SLICE("must not exist: remove it")));
	(void)unlink(path);
	EQ_INT(try_open(&f, &why), ERR_OK);
	buf_fini(&why);
	fix_fini(&f);
}

TEST(env_refuses_open_folder)
{
	struct buf why = BUF_INIT(4096);
	char path[CONF_TEXT + 32];
	struct fix f;

	fix_init(&f);
	EQ_INT(try_open(&f, &why), ERR_OK);
	path_in(&f, "db", path, sizeof path);
	(void)chmod(path, 0750);
	EQ_INT(try_open(&f, &why), ERR_DENIED);
	(void)chmod(path, 0700);
	EQ_INT(try_open(&f, &why), ERR_OK);
	buf_fini(&why);
	fix_fini(&f);
}

TEST(env_files_are_ours_alone)
{
	static const char *const names[] = {
	    "db", "tmp", "lock", "ballast", "db/box", "db/log.0000000001"};
	char path[CONF_TEXT + 32];
	struct stat sb;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		unit_case(names[i]);
		path_in(&f, names[i], path, sizeof path);
		EQ_INT(stat(path, &sb), 0);
		EQ_INT(sb.st_mode & 077, 0);
	}
	fix_fini(&f);
}

TEST(env_second_open_is_busy)
{
	struct buf why = BUF_INIT(4096);
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	EQ_INT(try_open(&f, &why), ERR_BUSY);
	buf_fini(&why);
	fix_fini(&f);
}

TEST(env_refuses_newer_layout)
{
	struct buf why = BUF_INIT(4096);
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	EQ_INT(
	    bdb_meta_put(&f.st->loop_work, "layout", BDB_LAYOUT + 1), ERR_OK);
	fix_close(&f);
	EQ_INT(try_open(&f, &why), ERR_UNSUPPORTED);
	OK(slice_find_slice(buf_slice(&why),
	       SLICE("layout 2, this program knows 1: export it ")) < why.len);
	buf_fini(&why);
	fix_fini(&f);
}

TEST(env_data_dir_must_be_absolute)
{
	struct buf why = BUF_INIT(4096);
	struct fix f;
	char dir[CONF_TEXT];

	fix_init(&f);
	memcpy(dir, f.conf.data_dir, sizeof dir);
	(void)snprintf(f.conf.data_dir, sizeof f.conf.data_dir, "here");
	EQ_INT(try_open(&f, &why), ERR_SYNTAX);
	memcpy(f.conf.data_dir, dir, sizeof dir);
	buf_fini(&why);
	fix_fini(&f);
}
