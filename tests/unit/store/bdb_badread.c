/* Reads of one file of a store that fail. */
#include "tests/unit/store/bdb_badread.h"

#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *bad_file;
static off_t bad_at;
static unsigned failed;

static bool
is_bad(int fd)
{
	char link[64], path[512];
	const char *name;
	ssize_t n;

	if (bad_file == NULL)
		return false;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	name = strrchr(path, '/');
	return name != NULL && strcmp(name + 1, bad_file) == 0;
}

static ssize_t
read_at(int fd, void *p, size_t n, off_t at)
{
	if (at == 0 || (bad_at != 0 && at != bad_at) || !is_bad(fd))
		return pread(fd, p, n, at);
	failed++;
	errno = EIO;
	return -1;
}

void
badread(const char *file, off_t at)
{
	bad_file = file;
	bad_at = at;
	failed = 0;
	bdb_fetch_fn = read_at;
}

unsigned
badread_end(void)
{
	bad_file = NULL;
	bdb_fetch_fn = pread;
	return failed;
}
