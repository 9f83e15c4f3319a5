/* A store under test, and its operations as calls that wait. */
#include "tests/unit/store/bdb_fixture.h"

#include "base/num.h"
#include "store/bdb/bdb_priv.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, WAIT_MS = 60000 };

#ifdef __SANITIZE_THREAD__
/* See tests/tsan.supp. */
const char *__tsan_default_options(void);
const char *
__tsan_default_options(void)
{
	return "detect_deadlocks=0";
}
#endif

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fixture: %s failed\n", what);
	abort();
}

/* In memory where that can be had: these tests are not about the disk. */
static const char *
tmp_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp != NULL)
		return tmp;
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

void
fix_init(struct fix *f)
{
	memset(f, 0, sizeof *f);
	(void)snprintf(f->conf.data_dir, sizeof f->conf.data_dir,
	    "%s/restante-test-XXXXXX", tmp_dir());
	need(mkdtemp(f->conf.data_dir) != NULL, "mkdtemp");
	(void)snprintf(
	    f->conf.hostname, sizeof f->conf.hostname, "mx.example.test");
	f->conf.subaddress[0] = '+';
	f->conf.limits.message_size = 50 * (uint64_t)MIB;
	f->conf.store.cache = 64 * (uint64_t)MIB;
	f->conf.store.checkpoint_ms = 60000;
	f->conf.store.checkpoint_bytes = 128 * (uint64_t)MIB;
	f->conf.store.undelete_ms = 7ull * 24 * 3600 * 1000;
	f->conf.queue.trail_ms = 36500ull * 24 * 3600 * 1000;
	f->conf.store.min_free = MIB;
	f->conf.store.ballast = MIB;
	f->ops = &store_bdb;
	bdb_spare_logs = false; /* 64 MiB for each test */
	need((f->loop = net_loop_new()) != NULL, "net_loop_new");
}

void
fix_open(struct fix *f)
{
	struct buf why = BUF_INIT(4096);
	uint32_t node;
	uint64_t floor;
	enum err e = f->ops->open(&f->st, &f->conf, f->loop, &why);

	if (e != ERR_OK)
		fprintf(stderr, "%s: %s\n", err_name(e), buf_cstr(&why));
	need(e == ERR_OK, "open");
	buf_fini(&why);
	need(f->ops->start(f->st) == ERR_OK, "start");
	need(f->ops->node(f->st, &node, &floor) == ERR_OK, "node");
	mail_id_maker_init(&f->maker, node, floor);
}

void
fix_close(struct fix *f)
{
	f->ops->close(&f->st);
}

static int
remove_one(const char *path, const struct stat *sb, int type, struct FTW *where)
{
	(void)sb;
	(void)type;
	(void)where;
	return remove(path);
}

void
fix_remove(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
fix_fini(struct fix *f)
{
	if (f->st != NULL)
		fix_close(f);
	net_loop_free(&f->loop);
	fix_remove(f->conf.data_dir);
}

void
fix_done(struct store_op *op, enum err e)
{
	op->err = e;
	op->done = NULL;
}

enum err
fix_wait(struct fix *f, const struct store_op *op)
{
	for (unsigned i = 0; op->done != NULL && i < WAIT_MS / 100; i++)
		net_loop_turn(f->loop, 100);
	need(op->done == NULL, "an answer within a minute");
	return op->err;
}

#define OP(kind)                                                               \
	(struct store_##kind)                                                  \
	{                                                                      \
		.op.done = fix_done                                            \
	}

enum err
fix_get(struct fix *f, enum store_kind k, struct slice key, struct buf *value,
    uint64_t *version)
{
	struct store_get q = OP(get);
	enum err e;

	q.kind = k;
	q.key = key;
	q.value = value;
	f->ops->get(f->st, &q);
	e = fix_wait(f, &q.op);
	if (version != NULL)
		*version = q.version;
	return e;
}

enum err
fix_commit(
    struct fix *f, const struct store_change *c, unsigned n, unsigned *failed)
{
	struct store_commit q = OP(commit);
	enum err e;

	q.change = c;
	q.n = n;
	f->ops->commit(f->st, &q);
	e = fix_wait(f, &q.op);
	if (failed != NULL)
		*failed = q.failed;
	return e;
}

void
fix_domain(struct fix *f, const char *domain)
{
	struct buf v = BUF_INIT(4096);
	struct store_domain d = {.created_us = 1};
	struct store_change c = {.kind = STORE_DOMAIN, .expect = UINT64_MAX};

	need(store_domain_encode(&d, &v) == ERR_OK, "encode");
	c.key = slice_str(domain);
	c.value = buf_slice(&v);
	need(fix_commit(f, &c, 1, NULL) == ERR_OK, "domain");
	buf_fini(&v);
}

void
fix_user(struct fix *f, uint64_t id, const char *addr, uint64_t quota)
{
	struct buf name = BUF_INIT(4096), account = BUF_INIT(4096);
	struct store_name n = {.type = STORE_MAILBOX, .account = id};
	struct store_account a = {.name = slice_str(addr),
	    .state = STORE_ACTIVE,
	    .mailbox = id,
	    .quota = quota};
	struct store_change c[2] = {
	    {.kind = STORE_NAME,    .expect = UINT64_MAX},
	    {.kind = STORE_ACCOUNT, .expect = UINT64_MAX}
        };
	uint8_t key[8];

	num_put_be64(key, id);
	need(store_name_encode(&n, &name) == ERR_OK, "encode");
	need(store_account_encode(&a, &account) == ERR_OK, "encode");
	c[0].key = slice_str(addr);
	c[0].value = buf_slice(&name);
	c[1].key = slice_of(key, sizeof key);
	c[1].value = buf_slice(&account);
	need(fix_commit(f, c, 2, NULL) == ERR_OK, "user");
	buf_fini(&name);
	buf_fini(&account);
}

void
fix_alias(struct fix *f, const char *addr, const char *targets)
{
	struct buf v = BUF_INIT(1 << 16);
	struct store_name n = {
	    .type = STORE_ALIAS, .targets = slice_str(targets)};
	struct store_change c = {.kind = STORE_NAME, .expect = UINT64_MAX};

	need(store_name_encode(&n, &v) == ERR_OK, "encode");
	c.key = slice_str(addr);
	c.value = buf_slice(&v);
	need(fix_commit(f, &c, 1, NULL) == ERR_OK, "alias");
	buf_fini(&v);
}

enum err
fix_resolve(struct fix *f, uint64_t tx, const char *addr, uint64_t size,
    unsigned *mailboxes)
{
	struct store_resolve q = OP(resolve);
	enum err e;

	q.addr = slice_str(addr);
	q.tx_owner = 1;
	q.tx = tx;
	q.size = size;
	f->ops->resolve(f->st, &q);
	e = fix_wait(f, &q.op);
	if (mailboxes != NULL)
		*mailboxes = q.mailboxes;
	return e;
}

struct store_deliver
fix_mail(struct fix *f, struct buf *rcpts, const char *to, struct slice body)
{
	struct store_deliver q = OP(deliver);
	struct slice rest = slice_str(to);
	struct store_rcpt r = {0};

	buf_reset(rcpts);
	while (rest.len > 0) {
		(void)slice_cut(&rest, ' ', &r.addr);
		store_rcpt_add(rcpts, &r);
		q.nrcpts++;
	}
	q.id = mail_id_make(&f->maker);
	q.from = SLICE("sender@remote.test");
	q.rcpts = buf_slice(rcpts);
	q.tx_owner = 1;
	q.tx = ++f->tx;
	q.head = body;
	q.fd = -1;
	return q;
}

enum err
fix_deliver(
    struct fix *f, const char *to, struct slice body, struct mail_id *id)
{
	struct buf rcpts = BUF_INIT(1 << 20);
	struct store_deliver q = fix_mail(f, &rcpts, to, body);
	enum err e;

	f->ops->deliver(f->st, &q);
	e = fix_wait(f, &q.op);
	if (id != NULL)
		*id = q.id;
	buf_fini(&rcpts);
	return e;
}

enum err
fix_lease(struct fix *f, uint64_t mailbox, uint64_t *lease)
{
	struct store_lease q = OP(lease);
	enum err e;

	q.mailbox = mailbox;
	q.owner = 1;
	f->ops->lease_take(f->st, &q);
	e = fix_wait(f, &q.op);
	*lease = q.lease;
	return e;
}

unsigned
fix_list(struct fix *f, uint64_t mailbox, struct buf *rows)
{
	struct store_list q = OP(list);
	struct slice rest;
	struct store_row row;
	unsigned n = 0;

	buf_reset(rows);
	do {
		size_t had = rows->len;

		q.op.done = fix_done;
		q.mailbox = mailbox;
		q.max = 20000;
		q.rows = rows;
		f->ops->list(f->st, &q);
		need(fix_wait(f, &q.op) == ERR_OK, "list");
		n += q.n;
		rest = slice_skip(buf_slice(rows), had);
		while (store_row_next(&rest, &row) == ERR_OK)
			q.after = row.id;
	} while (q.more);
	return n;
}

unsigned
fix_count(struct fix *f, uint64_t mailbox)
{
	struct buf rows = BUF_INIT(64 * MIB);
	unsigned n = fix_list(f, mailbox, &rows);

	buf_fini(&rows);
	return n;
}

enum err
fix_read(struct fix *f, uint64_t mailbox, const struct mail_id *id,
    uint64_t offset, uint32_t max, struct buf *out, uint64_t *total)
{
	struct store_read q = OP(read);
	enum err e;

	q.mailbox = mailbox;
	q.id = *id;
	q.offset = offset;
	q.max = max;
	q.out = out;
	f->ops->read(f->st, &q);
	e = fix_wait(f, &q.op);
	if (total != NULL)
		*total = q.total;
	return e;
}

enum err
fix_expunge(struct fix *f, uint64_t mailbox, uint64_t lease,
    const struct mail_id *ids, unsigned n, unsigned *removed)
{
	struct store_expunge q = OP(expunge);
	enum err e;

	q.mailbox = mailbox;
	q.lease = lease;
	q.ids = ids;
	q.n = n;
	f->ops->expunge(f->st, &q);
	e = fix_wait(f, &q.op);
	if (removed != NULL)
		*removed = q.removed;
	return e;
}

struct store_total
fix_total(struct fix *f, uint64_t mailbox)
{
	struct store_total q = OP(total);

	q.mailbox = mailbox;
	f->ops->total(f->st, &q);
	need(fix_wait(f, &q.op) == ERR_OK, "total");
	return q;
}

static void
problem(void *ctx, const char *text)
{
	struct buf *b = ctx;

	buf_addf(b, "%s\n", text);
}

uint64_t
fix_verify(struct fix *f, struct buf *problems)
{
	struct store_verify q = OP(verify);

	q.problem = problem;
	q.ctx = problems;
	f->ops->verify(f->st, &q);
	need(fix_wait(f, &q.op) == ERR_OK, "verify");
	return q.problems;
}
