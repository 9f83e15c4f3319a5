/*
 * Verify pages, before the library looks at them: one with a wrong sum is a
 * panic of the whole environment there, and here a line with its number. Read
 * from the files beside the cache; a page that is being written just then is
 * read again.
 *
 * The layout is the library's (db_page.h, release 5.3): at 8 the page's number,
 * at 25 its type, at 28 a sum of the page with the sum itself as zero.
 */
#include "store/bdb/bdb_verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	AT_NUMBER = 8,
	AT_TYPE = 25,
	AT_SUM = 28,
	TYPE_INVALID = 0,
	TRIES = 5,
	TRY_US = 20 * 1000
};

static uint32_t
sum_of(const uint8_t *page)
{
	uint32_t h = 0;

	for (unsigned i = 0; i < PAGE; i++)
		h = h * 33 +
		    (i >= AT_SUM && i < AT_SUM + sizeof h ? 0 : page[i]);
	return h;
}

/* A hole in the file: the page was never written. */
static bool
is_hole(const uint8_t *page)
{
	static const uint8_t zeros[AT_NUMBER + 4];

	return page[AT_TYPE] == TYPE_INVALID &&
	       memcmp(page, zeros, sizeof zeros) == 0;
}

static bool
is_well(const uint8_t *page)
{
	uint32_t sum;

	memcpy(&sum, page + AT_SUM, sizeof sum);
	return is_hole(page) || sum == sum_of(page);
}

static bool
check_again(int fd, off_t at)
{
	uint8_t page[PAGE];

	for (unsigned i = 0; i < TRIES; i++) {
		(void)usleep(TRY_US);
		if (pread(fd, page, PAGE, at) != PAGE || is_well(page))
			return true; /* or cut off meanwhile */
	}
	return false;
}

static void
check_file(struct verify *v, int fd, const char *name)
{
	uint8_t *pages = v->w->bulk;
	off_t at = PAGE; /* the first has another layout; opening reads it */
	ssize_t n;

	while ((n = pread(fd, pages, BDB_BULK, at)) >= PAGE) {
		for (ssize_t i = 0; i + PAGE <= n; i += PAGE)
			if (!is_well(pages + i) && !check_again(fd, at + i))
				bdb_problem(v, "%s: page %llu is damaged", name,
				    (unsigned long long)(at + i) / PAGE);
		at += n - n % PAGE;
	}
	if (n < 0)
		bdb_problem(v, "%s: cannot be read on behind page %llu", name,
		    (unsigned long long)at / PAGE);
}

bool
bdb_verify_pages(struct verify *v)
{
	char path[sizeof v->w->st->dir + 16];
	uint64_t before = v->q->problems;
	int fd;

	for (unsigned i = 0; i < BDB_DBS; i++) {
		const char *name = bdb_db_name((enum bdb_db)i);

		(void)snprintf(path, sizeof path, "%s/%s", v->w->st->dir, name);
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
			bdb_problem(v, "%s: cannot be opened", name);
			continue;
		}
		check_file(v, fd, name);
		(void)close(fd);
	}
	return v->q->problems == before;
}
