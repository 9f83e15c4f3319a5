/*
 * Free space. A full disk does no harm to a running environment, but recovery
 * on one fails: so new mail is refused well before, and a file of ballast is
 * kept that is given back when even deleting and recovering need room.
 *
 * Files never shrink: pages of purged mail serve new mail. (Compaction would
 * cut the files, but walks all of them, and held the writer up for half a
 * second at 1 GB.) So with purged pages in the files less free space is asked
 * for, or deleting would never end a full disk.
 */
#include "base/log.h"
#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { FLOOR_MIN = 128 * 1024 * 1024 };

int (*bdb_statvfs_fn)(int fd, struct statvfs *v) = fstatvfs;

static uint64_t
floor_octets(const struct conf *c)
{
	uint64_t four = 4 * c->limits.message_size;

	if (c->store.min_free != 0)
		return c->store.min_free;
	return four < FLOOR_MIN ? FLOOR_MIN : four;
}

static uint64_t
free_octets(int dir_fd)
{
	struct statvfs v;

	if (bdb_statvfs_fn(dir_fd, &v) < 0)
		return UINT64_MAX; /* writes will tell */
	return (uint64_t)v.f_bavail * v.f_frsize;
}

/* The floor, or half of it when so much fits into the files as they are: the
 * log still needs the rest. */
static uint64_t
needed(const struct bdb_space *s)
{
	uint64_t floor = atomic_load(&s->floor);
	uint64_t reusable = atomic_load(&s->reusable);

	return floor - (reusable < floor / 2 ? reusable : floor / 2);
}

static void
log_low(const struct bdb_space *s, bool low)
{
	struct log_line l;

	log_begin(&l, low ? LOG_ERROR : LOG_INFO,
	    low ? "disk_full" : "disk_has_room");
	log_u64(&l, "free", atomic_load(&s->free));
	log_u64(&l, "min_free", atomic_load(&s->floor));
	log_end(&l);
}

/* What is in the cache has no place on the disk yet, and ballast that was given
 * back is to be made again: both count as used. */
void
bdb_space_look(struct store *st)
{
	struct bdb_space *s = &st->space;
	uint64_t on_disk = free_octets(s->dir_fd);
	uint64_t used = atomic_load(&s->dirty) + atomic_load(&s->missing);
	bool low;

	atomic_store(&s->free, on_disk > used ? on_disk - used : 0);
	low = atomic_load(&s->free) < needed(s);
	if (atomic_exchange(&s->low, low) != low)
		log_low(s, low);
}

bool
bdb_space_for(struct store *st, uint64_t octets)
{
	uint64_t free = atomic_load(&st->space.free);
	uint64_t need = needed(&st->space);

	return free >= need && octets <= free - need;
}

void
bdb_space_freed(struct store *st, uint64_t octets)
{
	atomic_fetch_add(&st->space.reusable, octets);
}

void
bdb_space_taken(struct store *st, uint64_t octets)
{
	uint64_t now = atomic_load(&st->space.reusable);

	atomic_fetch_sub(&st->space.reusable, octets < now ? octets : now);
}

/* Of no consequence when it fails: it is an estimate. */
void
bdb_space_save(struct bdb_work *w)
{
	struct bdb_space *s = &w->st->space;
	uint64_t now = atomic_load(&s->reusable);

	if (now != s->saved &&
	    bdb_meta_put(w, bdb_meta_reusable, now) == ERR_OK)
		s->saved = now;
}

enum err
bdb_space_load(struct bdb_work *w)
{
	struct bdb_space *s = &w->st->space;
	enum err e = bdb_meta_get(w, bdb_meta_reusable, &s->saved);

	if (e != ERR_OK)
		s->saved = 0;
	atomic_store(&s->reusable, s->saved);
	return e == ERR_NOENT ? ERR_OK : e;
}

bool
bdb_space_release(struct store *st)
{
	struct bdb_space *s = &st->space;
	bool had;

	(void)pthread_mutex_lock(&s->mutex);
	had = atomic_load(&s->missing) == 0 &&
	      unlinkat(s->dir_fd, "ballast", 0) == 0;
	if (had)
		atomic_store(&s->missing, atomic_load(&s->ballast));
	(void)pthread_mutex_unlock(&s->mutex);
	if (had)
		log_textf(LOG_WARN, "ballast", "given back to a full disk");
	return had;
}

/* A file of that many octets, all of them allocated. */
static bool
make_ballast(int dir_fd, uint64_t octets)
{
	int fd = openat(
	    dir_fd, "ballast", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool made;

	if (fd < 0)
		return false;
	made = posix_fallocate(fd, 0, (off_t)octets) == 0 &&
	       ftruncate(fd, (off_t)octets) == 0;
	(void)close(fd);
	if (!made)
		(void)unlinkat(dir_fd, "ballast", 0);
	return made;
}

void
bdb_space_restore(struct store *st)
{
	struct bdb_space *s = &st->space;
	uint64_t octets;

	(void)pthread_mutex_lock(&s->mutex);
	octets = atomic_load(&s->missing);
	/* bdb_space_look has counted it as used: there is room for it */
	if (octets > 0 && bdb_space_for(st, 0) &&
	    make_ballast(s->dir_fd, octets))
		atomic_store(&s->missing, 0);
	(void)pthread_mutex_unlock(&s->mutex);
}

void
bdb_space_conf(struct store *st)
{
	atomic_store(&st->space.floor, floor_octets(&st->conf));
	atomic_store(&st->space.ballast, st->conf.store.ballast);
}

enum err
bdb_space_open(struct store *st, struct buf *why)
{
	struct bdb_space *s = &st->space;
	struct stat sb;

	s->dir_fd = open(st->conf.data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0 || pthread_mutex_init(&s->mutex, NULL) != 0) {
		buf_addf(why, "%s: %s", st->conf.data_dir, strerror(errno));
		return err_from_errno(errno);
	}
	/* its size is that of the configuration of the first start */
	if (fstatat(s->dir_fd, "ballast", &sb, 0) < 0)
		atomic_store(&s->missing, st->conf.store.ballast);
	bdb_space_conf(st);
	bdb_space_look(st);
	/* recovery needs room, and cannot be asked how much */
	if (atomic_load(&s->low))
		(void)bdb_space_release(st);
	return ERR_OK;
}

void
bdb_space_close(struct store *st)
{
	if (st->space.dir_fd < 0)
		return;
	(void)close(st->space.dir_fd);
	(void)pthread_mutex_destroy(&st->space.mutex);
	st->space.dir_fd = -1;
}

/* --- spill files --- */

/* Where O_TMPFILE is not known: a name that is gone at once. */
static int
open_named(int dir_fd, const struct store_spill *q)
{
	char name[32];
	int fd;

	(void)snprintf(name, sizeof name, "%p", (const void *)q);
	fd = openat(dir_fd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		(void)unlinkat(dir_fd, name, 0);
	return fd;
}

enum err
bdb_run_spill(struct bdb_work *w, struct store_spill *q)
{
	if (!bdb_space_for(w->st, q->size))
		return ERR_FULL;
	q->fd =
	    openat(w->st->tmp_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (q->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		q->fd = open_named(w->st->tmp_fd, q);
	if (q->fd >= 0)
		return ERR_OK;
	if (errno == ENOSPC || errno == EDQUOT)
		return ERR_FULL;
	log_errno(LOG_ERROR, "spill", "open", errno);
	return ERR_RETRY;
}
