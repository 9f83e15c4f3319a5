/* A backup taken under load opens as a store, and has all that was there. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct copy {
	char dir[512];
	int fd;
	char file[64];
	uint64_t at;
	unsigned files, give_up_after;
};

static enum err
piece(void *ctx, const char *file, uint64_t offset, struct slice data, bool end)
{
	struct copy *c = ctx;
	char path[700];

	if (c->fd < 0) {
		(void)snprintf(path, sizeof path, "%s/%s", c->dir, file);
		c->fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		(void)snprintf(c->file, sizeof c->file, "%s", file);
		c->at = 0;
		c->files++;
	}
	if (c->fd < 0 || strcmp(c->file, file) != 0 || c->at != offset)
		return ERR_IO;
	if (c->give_up_after != 0 && c->files > c->give_up_after)
		return ERR_CLOSED;
	if (data.len > 0 && write(c->fd, data.p, data.len) < 0)
		return ERR_IO;
	c->at += data.len;
	if (end) {
		(void)close(c->fd);
		c->fd = -1;
	}
	return ERR_OK;
}

static void
begin(struct fix *f)
{
	fix_init(f);
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
}

/* One that waits to go out; how many there are. */
static void
queue_one(struct fix *f)
{
	struct buf rcpts = BUF_INIT(4096);
	struct store_deliver q =
	    fix_mail(f, &rcpts, "x@remote.test", SLICE("body"));

	q.relay = true;
	f->ops->deliver(f->st, &q);
	EQ_INT(fix_wait(f, &q.op), ERR_OK);
	buf_fini(&rcpts);
}

static unsigned
queued(struct fix *f)
{
	struct buf rows = BUF_INIT(1 << 20);
	struct store_queue_list q = {
	    .op.done = fix_done, .max = 10, .rows = &rows};

	f->ops->queue_list(f->st, &q);
	EQ_INT(fix_wait(f, &q.op), ERR_OK);
	buf_fini(&rows);
	return q.n;
}

TEST(backup_restores)
{
	enum { N = 500 };
	static struct mail_id ids[N];
	struct buf out = BUF_INIT(1 << 20);
	struct store_backup q = {.op.done = fix_done, .piece = piece};
	struct copy c = {.fd = -1};
	char spare[700];
	struct fix f, g;
	unsigned during = 0;
	int fd;

	begin(&f);
	fix_init(&g);
	/* a file that is none of the library's; it stays at home */
	(void)snprintf(spare, sizeof spare, "%s/db/spare", f.conf.data_dir);
	fd = open(spare, O_WRONLY | O_CREAT, 0600);
	EQ_INT(ftruncate(fd, BDB_LOG_FILE), 0);
	(void)close(fd);
	(void)snprintf(c.dir, sizeof c.dir, "%s/db", g.conf.data_dir);
	EQ_INT(mkdir(c.dir, 0700), 0);
	for (unsigned i = 0; i < N; i++)
		EQ_INT(
		    fix_deliver(&f, "ann@example.test", SLICE("body"), &ids[i]),
		    ERR_OK);
	queue_one(&f);
	q.ctx = &c;
	f.ops->backup(f.st, &q);
	/* mail and checkpoints go on meanwhile */
	while (q.op.done != NULL) {
		struct store_op ckp = {.done = fix_done};

		(void)fix_deliver(&f, "ann@example.test", SLICE("new"), NULL);
		during++;
		f.ops->checkpoint(f.st, &ckp);
		EQ_INT(fix_wait(&f, &ckp), ERR_OK);
	}
	EQ_INT(q.op.err, ERR_OK);
	OK(c.files > 25);
	(void)snprintf(spare, sizeof spare, "%s/spare", c.dir);
	OK(access(spare, F_OK) != 0);
	fix_open(&g);
	OK(fix_count(&g, 1) >= N && fix_count(&g, 1) <= N + during);
	for (unsigned i = 0; i < N; i++) {
		buf_reset(&out);
		EQ_INT(fix_read(&g, 1, &ids[i], 0, 1000, &out, NULL), ERR_OK);
	}
	EQ_INT(queued(&g), 1);
	EQ_INT(fix_verify(&g, &out), 0);
	/* it is an ordinary store from now on */
	EQ_INT(fix_deliver(&g, "ann@example.test", SLICE("z"), NULL), ERR_OK);
	fix_close(&g);
	fix_open(&g);
	EQ_INT(fix_verify(&g, &out), 0);
	fix_fini(&g);
	fix_fini(&f);
	buf_fini(&out);
}

TEST(backup_that_is_given_up)
{
	struct store_backup q = {.op.done = fix_done, .piece = piece};
	struct copy c = {.fd = -1, .give_up_after = 3};
	struct fix f, g;

	begin(&f);
	fix_init(&g);
	(void)snprintf(c.dir, sizeof c.dir, "%s", g.conf.data_dir);
	q.ctx = &c;
	f.ops->backup(f.st, &q);
	EQ_INT(fix_wait(&f, &q.op), ERR_CLOSED);
	(void)close(c.fd);
	/* and mail goes on */
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_OK);
	fix_fini(&g);
	fix_fini(&f);
}
