/*
 * How many connections there are, by listener and address unit, over all
 * workers of a role: counters in memory that all of them map.
 *
 * An address unit has a bucket by a keyed hash; units that share a bucket share
 * its limit, so that a limit can come early, never late. The key is random and
 * lives in the memory, out of sight of strangers, who therefore cannot choose
 * whom to share with. A worker that was taken over can spoil the counts, which
 * are limits and no more: sizes are sealed and never read from the memory.
 */
#include "net/net_listen.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BUCKETS = 16384,
	LISTENERS = 16,
	WORKERS_MAX = 256,
	MINUTE_MS = 60 * 1000,
};

/* One worker's connections. Only that worker writes here. */
struct row {
	_Atomic uint32_t total[LISTENERS];
	_Atomic uint16_t count[BUCKETS];
};

/* New connections, counted in fixed windows of a minute: the minute in the
 * upper half, the count in the lower. Written by all. */
struct shared {
	uint64_t seed[2];
	_Atomic uint32_t fresh[BUCKETS];
	struct row row[];
};

struct net_census {
	struct shared *shared;
	struct row *mine;
	size_t size;
	unsigned workers;
	uint64_t seed[2];
};

static size_t
size_for(unsigned workers)
{
	return sizeof(struct shared) + workers * sizeof(struct row);
}

/* The memory has a random seed in front and zeroes behind. Sealed, it cannot
 * be cut short under another process, which would die of it. */
static bool
fill(int fd, unsigned workers)
{
	uint64_t seed[2];

	secret_random(seed, sizeof seed);
	return ftruncate(fd, (off_t)size_for(workers)) == 0 &&
	       pwrite(fd, seed, sizeof seed, 0) == (ssize_t)sizeof seed &&
	       fcntl(fd, F_ADD_SEALS,
		   F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
}

enum err
net_census_create(unsigned workers, int *fd_out)
{
	int fd;
	enum err e;

	if (workers == 0 || workers > WORKERS_MAX)
		return ERR_TOOBIG;
	fd = memfd_create("census", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_from_errno(errno);
	if (!fill(fd, workers)) {
		e = err_from_errno(errno);
		(void)close(fd);
		return e;
	}
	*fd_out = fd;
	return ERR_OK;
}

/* How many rows the memory behind fd has room for; 0 when it is not ours. */
static unsigned
workers_of(int fd)
{
	struct stat st;
	unsigned n;

	if (fstat(fd, &st) != 0 || st.st_size <= (off_t)size_for(0) ||
	    st.st_size > (off_t)size_for(WORKERS_MAX))
		return 0;
	n = (unsigned)(((size_t)st.st_size - size_for(0)) / sizeof(struct row));
	return (size_t)st.st_size == size_for(n) ? n : 0;
}

struct net_census *
net_census_open(int fd, unsigned worker)
{
	struct net_census *c = calloc(1, sizeof *c);
	void *p;

	if (c == NULL)
		return NULL;
	c->workers = workers_of(fd);
	c->size = size_for(c->workers);
	p = worker >= c->workers ? MAP_FAILED
				 : mmap(NULL, c->size, PROT_READ | PROT_WRITE,
				       MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		free(c);
		return NULL;
	}
	c->shared = p;
	c->mine = &c->shared->row[worker];
	memset(c->mine, 0, sizeof *c->mine);
	memcpy(c->seed, c->shared->seed, sizeof c->seed);
	return c;
}

void
net_census_free(struct net_census **c)
{
	if (*c == NULL)
		return;
	(void)munmap((*c)->shared, (*c)->size);
	free(*c);
	*c = NULL;
}

static size_t
bucket_of(
    const struct net_census *c, unsigned listener, const struct net_addr *addr)
{
	struct net_addr unit;
	char key[sizeof unit.ip + 1];

	net_addr_unit(addr, &unit);
	memcpy(key, unit.ip, sizeof unit.ip);
	key[sizeof unit.ip] = (char)listener;
	return map_hash(c->seed, slice_of(key, sizeof key)) % BUCKETS;
}

unsigned
net_census_total(const struct net_census *c, unsigned listener)
{
	unsigned sum = 0;

	assert(listener < LISTENERS);
	for (unsigned i = 0; i < c->workers; i++)
		sum += atomic_load(&c->shared->row[i].total[listener]);
	return sum;
}

static unsigned
count_of(const struct net_census *c, size_t bucket)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < c->workers; i++)
		sum += atomic_load(&c->shared->row[i].count[bucket]);
	return sum;
}

/* Count one more in this minute, unless max have been. */
static bool
count_fresh(struct net_census *c, size_t bucket, unsigned max)
{
	_Atomic uint32_t *at = &c->shared->fresh[bucket];
	uint32_t minute = (uint16_t)(clock_mono_ms() / MINUTE_MS);
	uint32_t old = atomic_load(at), now;

	do {
		now = old >> 16 == minute ? old & UINT16_MAX : 0;
		if (max != 0 && now >= max)
			return false;
		if (now < UINT16_MAX)
			now++;
	} while (!atomic_compare_exchange_weak(at, &old, minute << 16 | now));
	return true;
}

/*
 * Counted first and checked then, so that workers that count at the same time
 * cannot exceed a limit together.
 */
enum net_admit
net_census_add(struct net_census *c, unsigned listener,
    const struct net_addr *addr, const struct net_limits *limits)
{
	size_t bucket = bucket_of(c, listener, addr);
	enum net_admit a = NET_ADMIT;

	assert(listener < LISTENERS);
	if (atomic_load(&c->mine->count[bucket]) == UINT16_MAX)
		return NET_FULL_ADDR;
	atomic_fetch_add(&c->mine->total[listener], 1);
	atomic_fetch_add(&c->mine->count[bucket], 1);
	if (net_census_total(c, listener) > limits->max_clients)
		a = NET_FULL;
	else if (count_of(c, bucket) > limits->max_clients_per_ip)
		a = NET_FULL_ADDR;
	else if (!count_fresh(c, bucket, limits->max_new_per_minute))
		a = NET_FAST;
	if (a != NET_ADMIT)
		net_census_drop(c, listener, addr);
	return a;
}

void
net_census_drop(
    struct net_census *c, unsigned listener, const struct net_addr *addr)
{
	size_t bucket = bucket_of(c, listener, addr);

	assert(listener < LISTENERS);
	/* only we write here, unless a worker was taken over */
	if (atomic_load(&c->mine->total[listener]) > 0)
		atomic_fetch_sub(&c->mine->total[listener], 1);
	if (atomic_load(&c->mine->count[bucket]) > 0)
		atomic_fetch_sub(&c->mine->count[bucket], 1);
}
