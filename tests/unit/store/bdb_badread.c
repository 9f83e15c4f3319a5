/* Reads of one file of a store that fail. */
#include "tests/unit/store/bdb_badread.h"

#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Threads of a store read while a test says what is bad. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *bad_file;
static off_t bad_at;
static unsigned failed;

static bool
is_file(int fd, const char *file)
{
	char link[64], path[512];
	const char *name;
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	name = strrchr(path, '/');
	return name != NULL && strcmp(name + 1, file) == 0;
}

static bool
is_bad(int fd, off_t at)
{
	bool bad;

	(void)pthread_mutex_lock(&mutex);
	bad = bad_file != NULL && at != 0 && (bad_at == 0 || at == bad_at) &&
	      is_file(fd, bad_file);
	failed += bad;
	(void)pthread_mutex_unlock(&mutex);
	return bad;
}

static ssize_t
read_at(int fd, void *p, size_t n, off_t at)
{
	if (!is_bad(fd, at))
		return pread(fd, p, n, at);
	errno = EIO;
	return -1;
}

/* Before there are threads that read. */
__attribute__((constructor)) static void
install(void)
{
	bdb_fetch_fn = read_at;
}

void
badread(const char *file, off_t at)
{
	(void)pthread_mutex_lock(&mutex);
	bad_file = file;
	bad_at = at;
	failed = 0;
	(void)pthread_mutex_unlock(&mutex);
}

unsigned
badread_end(void)
{
	unsigned n;

	(void)pthread_mutex_lock(&mutex);
	bad_file = NULL;
	n = failed;
	(void)pthread_mutex_unlock(&mutex);
	return n;
}
