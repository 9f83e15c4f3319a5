/* Maildir folders. */
#include "ctl/ctl_maildir.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/num.h"
#include "ctl/ctl_mbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UIDLIST_MAX = 256 * 1024 * 1024 };

struct uidl { /* a line of dovecot-uidlist */
	struct map_node node;
	char text[72];
	struct slice base; /* lies in the file's text */
};
struct entry {
	uint64_t us;
	unsigned sub; /* of subs */
	char name[];
};
static const char *const subs[] = {"cur", "new"};
enum { SUBS = sizeof subs / sizeof *subs };

struct maildir {
	int dir[SUBS]; /* open, or -1 */
	uint64_t skipped;
	struct map uidls;
	struct buf uidlist;
	struct entry **entry;
	size_t n, cap;
};

bool
ctl_maildir_is(const char *path)
{
	char cur[PATH_MAX];
	struct stat st;

	return snprintf(cur, sizeof cur, "%s/cur", path) < (int)sizeof cur &&
	       lstat(cur, &st) == 0 && S_ISDIR(st.st_mode);
}

/* --- dovecot-uidlist ------------------------------------------------- */

bool
ctl_uidlist_head(struct slice line, uint32_t *validity_out)
{
	struct slice word;

	slice_cut(&line, ' ', &word);
	if (!slice_eq(word, SLICE("3")))
		return false;
	while (line.len > 0) {
		slice_cut(&line, ' ', &word);
		if (word.len > 1 && word.p[0] == 'V')
			return num_u32(slice_skip(word, 1), 1, UINT32_MAX,
				   validity_out) == ERR_OK;
	}
	return false;
}

/* "17 W1234 P4711abcd :1700000000.M1P2.host": P is a UIDL that was kept from
 * yet another server; without it, Dovecot's default is uid and validity. */
bool
ctl_uidlist_line(struct slice line, uint32_t validity, struct slice *base_out,
    char uidl_out[72])
{
	struct slice word;
	uint32_t uid;

	slice_cut(&line, ' ', &word);
	if (num_u32(word, 1, UINT32_MAX, &uid) != ERR_OK)
		return false;
	(void)snprintf(uidl_out, 72, "%08X%08X", uid, validity);
	while (line.len > 0 && line.p[0] != ':') {
		slice_cut(&line, ' ', &word);
		if (word.len > 1 && word.p[0] == 'P' &&
		    ctl_uidl_good(slice_skip(word, 1)))
			(void)slice_to_str(slice_skip(word, 1), uidl_out, 72);
	}
	line = slice_skip(line, 1);
	*base_out = slice_first(line, slice_find(line, ':'));
	return base_out->len > 0;
}

static enum err
add_uidl(struct maildir *m, struct slice base, const char *text)
{
	struct uidl *u = calloc(1, sizeof *u);

	if (u == NULL)
		return ERR_NOMEM;
	(void)slice_to_str(slice_str(text), u->text, sizeof u->text);
	u->base = base;
	if (map_put(&m->uidls, &u->node, base) != ERR_OK)
		free(u); /* twice in the list: the first one counts */
	return ERR_OK;
}

/* A list that is not there, or not understood, is no list. */
static enum err
read_uidlist(struct maildir *m, const char *path)
{
	char name[PATH_MAX], uidl[72], chunk[65536];
	struct slice rest, line, base;
	uint32_t validity;
	ssize_t n;
	int fd;
	enum err e = ERR_OK;

	if (snprintf(name, sizeof name, "%s/dovecot-uidlist", path) >=
		(int)sizeof name ||
	    (fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) <
		0)
		return ERR_OK;
	while ((n = read(fd, chunk, sizeof chunk)) > 0)
		buf_add(&m->uidlist, chunk, (size_t)n);
	(void)close(fd);
	rest = buf_slice(&m->uidlist);
	slice_cut(&rest, '\n', &line);
	if (n < 0 || m->uidlist.err != ERR_OK ||
	    !ctl_uidlist_head(line, &validity))
		return ERR_OK;
	while (e == ERR_OK && rest.len > 0) {
		slice_cut(&rest, '\n', &line);
		if (ctl_uidlist_line(line, validity, &base, uidl))
			e = add_uidl(m, base, uidl);
	}
	return e;
}

/* --- files ----------------------------------------------------------- */

/* "1700000000.M123P4.host:2,S": seconds, and microseconds where they are said
 */
static uint64_t
time_of(const char *name, const struct stat *st)
{
	struct slice rest = slice_str(name), seconds;
	uint64_t s;

	if (slice_cut(&rest, '.', &seconds) &&
	    num_u64(seconds, 1, UINT64_MAX / 2000000, &s) == ERR_OK)
		return s * 1000000;
	return st->st_mtime > 0 ? (uint64_t)st->st_mtime * 1000000 : 0;
}

static enum err
add_entry(struct maildir *m, unsigned sub, const char *name, uint64_t us)
{
	size_t size = strlen(name) + 1;
	struct entry *x = malloc(sizeof *x + size), **p;

	if (x == NULL)
		return ERR_NOMEM;
	memcpy(x->name, name, size);
	x->us = us;
	x->sub = sub;
	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 256 : m->cap * 2;
		if ((p = reallocarray(m->entry, m->cap, sizeof *p)) == NULL) {
			free(x);
			return ERR_NOMEM;
		}
		m->entry = p;
	}
	m->entry[m->n++] = x;
	return ERR_OK;
}

static enum err
add_file(struct maildir *m, unsigned sub, const char *name)
{
	struct stat st;

	if (fstatat(m->dir[sub], name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return ERR_OK; /* a client has moved it just now */
	if (S_ISREG(st.st_mode))
		return add_entry(m, sub, name, time_of(name, &st));
	m->skipped++;
	return ERR_OK;
}

/* cur or new; what is not there holds nothing */
static enum err
add_folder(struct maildir *m, const char *path, unsigned sub)
{
	char dir[PATH_MAX];
	struct dirent *d;
	DIR *dp;
	int fd;
	enum err e = ERR_OK;

	if (snprintf(dir, sizeof dir, "%s/%s", path, subs[sub]) >=
	    (int)sizeof dir)
		return ERR_TOOBIG;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	m->dir[sub] = fd;
	if ((fd = dup(fd)) < 0 || (dp = fdopendir(fd)) == NULL)
		return ERR_IO;
	while (e == ERR_OK && (d = readdir(dp)) != NULL)
		if (d->d_name[0] != '.')
			e = add_file(m, sub, d->d_name);
	(void)closedir(dp);
	return e;
}

static int
by_time(const void *pa, const void *pb)
{
	const struct entry *a = *(struct entry *const *)pa;
	const struct entry *b = *(struct entry *const *)pb;

	if (a->us != b->us)
		return a->us < b->us ? -1 : 1;
	if (a->sub != b->sub)
		return a->sub < b->sub ? -1 : 1;
	return strcmp(a->name, b->name);
}

static struct slice
find_uidl(const struct maildir *m, const char *name)
{
	struct slice base = slice_str(name);
	struct map_node *node;

	base = slice_first(base, slice_find(base, ':'));
	node = map_get(&m->uidls, base);
	return node == NULL
		   ? SLICE_NONE
		   : slice_str(MAP_ITEM(node, struct uidl, node)->text);
}

static void
fini(struct maildir *m)
{
	struct map_node *node;

	while ((node = map_next(&m->uidls, NULL)) != NULL) {
		map_remove(&m->uidls, node);
		free(MAP_ITEM(node, struct uidl, node));
	}
	map_fini(&m->uidls);
	for (size_t i = 0; i < m->n; i++)
		free(m->entry[i]);
	free(m->entry);
	for (unsigned i = 0; i < SUBS; i++)
		if (m->dir[i] >= 0)
			(void)close(m->dir[i]);
	buf_fini(&m->uidlist);
}

static enum err
call(struct maildir *m, const char *path, const struct entry *x,
    ctl_maildir_fn *each, void *ctx)
{
	char full[PATH_MAX];
	struct ctl_maildir_file f = {.path = full, .us = x->us};

	if (snprintf(full, sizeof full, "%s/%s/%s", path, subs[x->sub],
		x->name) >= (int)sizeof full)
		return ERR_TOOBIG;
	f.fd = openat(m->dir[x->sub], x->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (f.fd < 0 && (errno == ENOENT || errno == ELOOP)) {
		m->skipped++;
		return ERR_OK;
	}
	if (f.fd < 0)
		return ERR_IO;
	f.uidl = find_uidl(m, x->name);
	return each(ctx, &f);
}

enum err
ctl_maildir_each(
    const char *path, ctl_maildir_fn *each, void *ctx, uint64_t *skipped_out)
{
	struct maildir m = {
	    .uidlist = BUF_INIT(UIDLIST_MAX), .dir = {-1, -1}
        };
	enum err e;

	map_init(&m.uidls);
	e = read_uidlist(&m, path);
	for (unsigned i = 0; i < SUBS && e == ERR_OK; i++)
		e = add_folder(&m, path, i);
	if (m.n > 0)
		qsort(m.entry, m.n, sizeof *m.entry, by_time);
	for (size_t i = 0; i < m.n && e == ERR_OK; i++)
		e = call(&m, path, m.entry[i], each, ctx);
	*skipped_out = m.skipped;
	fini(&m);
	return e;
}

unsigned
ctl_maildir_folders(const char *path)
{
	DIR *dp = opendir(path);
	char sub[PATH_MAX];
	struct dirent *d;
	unsigned n = 0;

	while (dp != NULL && (d = readdir(dp)) != NULL)
		if (d->d_name[0] == '.' && d->d_name[1] != '.' &&
		    d->d_name[1] != '\0' &&
		    snprintf(sub, sizeof sub, "%s/%s", path, d->d_name) <
			(int)sizeof sub)
			n += ctl_maildir_is(sub);
	if (dp != NULL)
		(void)closedir(dp);
	return n;
}
