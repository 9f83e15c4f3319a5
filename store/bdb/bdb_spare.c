/*
 * Spare log files. A log file grows by what is appended, and each sync of an
 * append also commits the journal of the file system: measured on ext4, 5,000
 * syncs a second against 8,000 to 10,000 of octets that are there already. So
 * the keeper writes the next file with zeros beforehand (the library takes
 * zeros for the end of the log); when the library creates a log file, the spare
 * gets its name. It is also room in the log that a full disk cannot take away.
 *
 * When the log is written faster than spares can be made in passing, there is
 * none: a large batch has one sync for many messages and does not need it.
 */
#include "base/clock.h"
#include "store/bdb/bdb_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	SLICE_OCTETS = 1024 * 1024,
	PAUSE_MS = 4,     /* between slices: others have the disk too */
	BUSY_MS = 3000,   /* a file used up in less: no spare */
	FILLED_PARTS = 4, /* make one when so much (1/4) is used */
	MS = 1000
};

bool bdb_spare_logs = true;

/* The hook below the library knows no store: there is one in a process. */
static struct {
	pthread_mutex_t mutex;
	char path[CONF_TEXT + 32]; /* empty: none */
	uint64_t used_ms;          /* when the last was taken */
} spare = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void
path_of(const struct store *st, const char *name, char *out, size_t max)
{
	(void)snprintf(out, max, "%s/%s", st->dir, name);
}

static bool
have_spare(uint64_t *used_ms)
{
	bool have;

	(void)pthread_mutex_lock(&spare.mutex);
	have = spare.path[0] != '\0';
	*used_ms = spare.used_ms;
	(void)pthread_mutex_unlock(&spare.mutex);
	return have;
}

static void
set_spare(const char *path)
{
	(void)pthread_mutex_lock(&spare.mutex);
	(void)snprintf(spare.path, sizeof spare.path, "%s", path);
	(void)pthread_mutex_unlock(&spare.mutex);
}

static bool
is_log(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && strncmp(slash, "/log.", 5) == 0;
}

bool
bdb_spare_use(const char *path)
{
	bool used = false;

	if (!is_log(path))
		return false;
	(void)pthread_mutex_lock(&spare.mutex);
	if (spare.path[0] != '\0')
		used = rename(spare.path, path) == 0;
	spare.path[0] = '\0';
	spare.used_ms = clock_mono_ms();
	(void)pthread_mutex_unlock(&spare.mutex);
	return used;
}

static void
pause_between(bool gently)
{
	struct timespec t = {0, (long)PAUSE_MS * MS * MS};

	if (gently)
		(void)nanosleep(&t, NULL);
}

static bool
write_zeros(int fd, bool gently)
{
	uint8_t *zeros = calloc(1, SLICE_OCTETS);
	bool ok = zeros != NULL;

	for (off_t at = 0; ok && at < BDB_LOG_FILE; at += SLICE_OCTETS) {
		ok = pwrite(fd, zeros, SLICE_OCTETS, at) == SLICE_OCTETS;
		if (ok && gently)
			ok = fdatasync(fd) == 0;
		pause_between(gently);
	}
	free(zeros);
	return ok && fdatasync(fd) == 0;
}

/* The name says that it is complete. */
static void
make_spare(struct store *st, bool gently)
{
	char path[sizeof spare.path], part[sizeof spare.path];
	int fd;
	bool ok;

	path_of(st, "spare", path, sizeof path);
	path_of(st, "spare.part", part, sizeof part);
	fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	ok = posix_fallocate(fd, 0, BDB_LOG_FILE) == 0 &&
	     write_zeros(fd, gently);
	(void)close(fd);
	if (ok && rename(part, path) == 0)
		set_spare(path);
	else
		(void)unlink(part);
}

void
bdb_spare_open(struct store *st)
{
	char path[sizeof spare.path];
	struct stat sb;

	set_spare("");
	path_of(st, "spare", path, sizeof path);
	if (stat(path, &sb) == 0 && sb.st_size == BDB_LOG_FILE)
		set_spare(path);
	else if (bdb_spare_logs && bdb_space_for(st, 2ull * BDB_LOG_FILE))
		make_spare(st, false);
}

/* Octets of the present log file that are used. */
static uint64_t
filled(struct store *st)
{
	DB_LOG_STAT *log = NULL;
	uint64_t n = 0;

	if (st->env->log_stat(st->env, &log, 0) == 0)
		n = log->st_cur_offset;
	free(log);
	return n;
}

void
bdb_spare_turn(struct store *st)
{
	uint64_t used_ms;

	if (!bdb_spare_logs || have_spare(&used_ms) ||
	    clock_mono_ms() - used_ms < BUSY_MS ||
	    filled(st) < BDB_LOG_FILE / FILLED_PARTS ||
	    !bdb_space_for(st, 2ull * BDB_LOG_FILE))
		return;
	make_spare(st, true);
}
