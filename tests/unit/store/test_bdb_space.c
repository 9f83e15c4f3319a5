/*
 * Free space: refused below the floor, and at 0 octets free reading, removing
 * and recovering go on. Needs root, for a file system of its own.
 */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1024 * 1024 };

static void
add_users(struct fix *f)
{
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
}

TEST(space_below_the_floor)
{
	struct store_spill spill = {.op.done = fix_done};
	struct store_space s;
	struct mail_id id;
	struct buf out = BUF_INIT(4096);
	uint64_t lease;
	struct conf c;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	add_users(&f);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), &id), ERR_OK);
	f.ops->space(f.st, &s);
	OK(!s.low && s.floor_octets == MIB && s.free_octets > MIB);
	c = f.conf;
	c.store.min_free = s.free_octets * 2;
	f.ops->reload(f.st, &c);
	f.ops->space(f.st, &s);
	OK(s.low);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_FULL);
	EQ_INT(fix_resolve(&f, 1, "ann@example.test", 0, NULL), ERR_FULL);
	f.ops->spill(f.st, &spill);
	EQ_INT(fix_wait(&f, &spill.op), ERR_FULL);
	/* the way out is open */
	EQ_INT(fix_read(&f, 1, &id, 0, 4096, &out, NULL), ERR_OK);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	EQ_INT(fix_expunge(&f, 1, lease, &id, 1, NULL), ERR_OK);
	f.ops->reload(f.st, &f.conf);
	f.ops->space(f.st, &s);
	OK(!s.low);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_OK);
	buf_fini(&out);
	fix_fini(&f);
}

TEST(space_one_message_too_large)
{
	struct store_space s;
	struct conf c;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	add_users(&f);
	f.ops->space(f.st, &s);
	c = f.conf;
	c.store.min_free = s.free_octets - 500ull * MIB;
	f.ops->reload(f.st, &c);
	EQ_INT(fix_resolve(&f, 1, "ann@example.test", 0, NULL), ERR_OK);
	EQ_INT(fix_resolve(&f, 1, "ann@example.test", 5000ull * MIB, NULL),
	    ERR_FULL);
	fix_fini(&f);
}

static void
checkpoint(struct fix *f)
{
	struct store_op op = {.done = fix_done};

	f->ops->checkpoint(f->st, &op);
	EQ_INT(fix_wait(f, &op), ERR_OK);
}

/* A disk that nobody else writes to. */
static int
still_disk(int fd, struct statvfs *v)
{
	(void)fd;
	*v = (struct statvfs){.f_frsize = 4096, .f_bavail = 1 << 20};
	return 0;
}

/* Files do not shrink: what was purged counts, half way down to nothing. */
TEST(space_purged_mail_makes_room)
{
	static const char body[16 * MIB];
	struct store_purge q = {.op.done = fix_done, .mailbox = 1};
	struct mail_id id;
	struct store_space s;
	uint64_t lease;
	struct conf c;
	struct fix f;

	fix_init(&f);
	bdb_statvfs_fn = still_disk;
	fix_open(&f);
	add_users(&f);
	EQ_INT(fix_deliver(
		   &f, "ann@example.test", slice_of(body, sizeof body), &id),
	    ERR_OK);
	checkpoint(&f);
	f.ops->space(f.st, &s);
	c = f.conf;
	c.store.min_free = s.free_octets + 4 * MIB;
	f.ops->reload(f.st, &c);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_FULL);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	EQ_INT(fix_expunge(&f, 1, lease, &id, 1, NULL), ERR_OK);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_FULL);
	f.ops->purge(f.st, &q);
	EQ_INT(fix_wait(&f, &q.op), ERR_OK);
	checkpoint(&f);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_OK);
	/* also after a restart */
	f.ops->reload(f.st, &f.conf);
	fix_close(&f);
	fix_open(&f);
	EQ_INT(atomic_load(&f.st->space.reusable), sizeof body - 1);
	fix_fini(&f);
	bdb_statvfs_fn = fstatvfs;
}

TEST(space_ballast_comes_back)
{
	char path[CONF_TEXT + 16];
	struct stat sb;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	(void)snprintf(path, sizeof path, "%s/ballast", f.conf.data_dir);
	EQ_INT(stat(path, &sb), 0);
	EQ_INT(sb.st_size, MIB);
	OK(sb.st_blocks * 512 >= MIB);
	OK(bdb_space_release(f.st));
	OK(!bdb_space_release(f.st));
	OK(stat(path, &sb) < 0);
	bdb_space_look(f.st);
	bdb_space_restore(f.st);
	EQ_INT(stat(path, &sb), 0);
	fix_fini(&f);
}

/* --- a disk that is full -------------------------------------------------- */

static bool
mount_disk(struct fix *f, unsigned mib)
{
	char size[32];

	fix_init(f);
	(void)snprintf(size, sizeof size, "size=%um", mib);
	if (geteuid() == 0 && mount("tmpfs", f->conf.data_dir, "tmpfs",
				  MS_NOSUID | MS_NODEV, size) == 0) {
		bdb_spare_logs = true;
		f->conf.store.ballast = 32 * MIB;
		f->conf.store.min_free = 16 * MIB;
		f->conf.store.cache = 16 * MIB;
		return true;
	}
	printf("(skipped: no file system of its own) ");
	fix_fini(f);
	return false;
}

static void
unmount_disk(struct fix *f)
{
	if (f->st != NULL)
		fix_close(f);
	bdb_spare_logs = false;
	EQ_INT(umount(f->conf.data_dir), 0);
	fix_fini(f);
}

/* Somebody else takes all the rest. */
static void
fill_disk(const struct fix *f)
{
	static const char block[65536];
	char path[CONF_TEXT + 16];
	size_t n = sizeof block;
	int fd;

	(void)snprintf(path, sizeof path, "%s/other", f->conf.data_dir);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	while (n > 0) {
		if (write(fd, block, n) <= 0)
			n /= 2;
	}
	(void)close(fd);
}

static void
clear_disk(const struct fix *f)
{
	char path[CONF_TEXT + 16];

	(void)snprintf(path, sizeof path, "%s/other", f->conf.data_dir);
	(void)unlink(path);
}

static void
load(struct fix *f, struct mail_id *ids, unsigned n)
{
	static const char body[4096];

	for (unsigned i = 0; i < n; i++)
		EQ_INT(fix_deliver(f, "ann@example.test",
			   slice_of(body, sizeof body), &ids[i]),
		    ERR_OK);
}

TEST(space_full_disk)
{
	enum { N = 500 };
	static struct mail_id ids[N];
	struct buf out = BUF_INIT(65536);
	unsigned removed;
	uint64_t lease;
	struct fix f;

	if (!mount_disk(&f, 300))
		return;
	fix_open(&f);
	add_users(&f);
	load(&f, ids, N);
	fill_disk(&f);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_FULL);
	EQ_INT(fix_resolve(&f, 1, "ann@example.test", 0, NULL), ERR_FULL);
	EQ_INT(fix_count(&f, 1), N);
	EQ_INT(fix_read(&f, 1, &ids[7], 0, 65536, &out, NULL), ERR_OK);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	EQ_INT(fix_expunge(&f, 1, lease, ids, N / 2, &removed), ERR_OK);
	EQ_INT(removed, N / 2);
	/* starting on a full disk, the rest is there */
	fix_close(&f);
	fill_disk(&f);
	fix_open(&f);
	EQ_INT(fix_count(&f, 1), N / 2);
	EQ_INT(fix_verify(&f, &out), 0);
	/* with room the ballast comes first, then mail */
	clear_disk(&f);
	bdb_space_look(f.st);
	bdb_space_restore(f.st);
	EQ_INT(atomic_load(&f.st->space.missing), 0);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_OK);
	unmount_disk(&f);
	buf_fini(&out);
}

/* Killed while the disk was full: the ballast makes recovery possible. */
TEST(space_recovery_on_a_full_disk)
{
	enum { N = 2000 };
	static struct mail_id ids[N];
	struct buf out = BUF_INIT(65536);
	struct fix f;
	pid_t pid;

	if (!mount_disk(&f, 300))
		return;
	f.conf.store.checkpoint_ms = 3600 * 1000;
	fix_open(&f);
	add_users(&f);
	fix_close(&f);
	if ((pid = fork()) == 0) {
		net_loop_free(&f.loop);
		f.loop = net_loop_new();
		fix_open(&f);
		load(&f, ids, N);
		_exit(0); /* as if killed: nothing is closed */
	}
	EQ_INT(pid > 0 && waitpid(pid, NULL, 0) == pid, true);
	fill_disk(&f);
	fix_open(&f);
	EQ_INT(fix_count(&f, 1), N);
	EQ_INT(fix_verify(&f, &out), 0);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_FULL);
	unmount_disk(&f);
	buf_fini(&out);
}

/* Mail until there is no room, with what the store itself needs: it is refused
 * in time, and nothing acknowledged is lost. */
TEST(space_runs_out)
{
	static const char body[65536];
	struct buf out = BUF_INIT(65536);
	unsigned n = 0;
	enum err e = ERR_OK;
	struct fix f;

	if (!mount_disk(&f, 300))
		return;
	f.conf.store.checkpoint_bytes = 8 * MIB;
	fix_open(&f);
	add_users(&f);
	while (e == ERR_OK && n < 100000) {
		e = fix_deliver(
		    &f, "ann@example.test", slice_of(body, sizeof body), NULL);
		n += e == ERR_OK;
	}
	EQ_INT(e, ERR_FULL);
	OK(n > 100);
	EQ_INT(fix_count(&f, 1), n);
	EQ_INT(fix_verify(&f, &out), 0);
	fix_close(&f);
	fix_open(&f);
	EQ_INT(fix_count(&f, 1), n);
	EQ_INT(fix_verify(&f, &out), 0);
	unmount_disk(&f);
	buf_fini(&out);
}
