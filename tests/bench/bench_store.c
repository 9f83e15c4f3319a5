/*
 * How fast the Berkeley DB store is, beside what the disk gives raw in the same
 * run: bench_store [DIR [MESSAGES]]. Figures are rates a second; "ratio" is to
 * raw append and fdatasync of the same octets in the same batches.
 */
#include "base/clock.h"
#include "store/bdb/bdb_priv.h"
#include "tests/unit/store/bdb_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	BODY = 4096,
	USERS = 100,
	READS = 200000,
	DESTS = 1000,
	MIB = 1024 * 1024
};

struct one { /* a delivery, read or settle in flight */
	struct store_deliver d;
	struct store_read r;
	struct store_settle s;
	struct buf rcpts, out;
	struct bench *b;
	uint64_t begun_us;
};

struct bench {
	struct fix f;
	unsigned left, failed, in_flight; /* to be begun; went wrong */
	uint64_t user;
	uint32_t *took_us; /* of each operation of a run */
	unsigned ntook;
	struct mail_id *ids; /* of mailbox 1 */
	unsigned nids;
	struct store_out_key *keys; /* of what was taken */
	unsigned nkeys;
	uint64_t defer_us; /* until then; 0: what is settled was sent */
	char body[BODY];
	char name[64];
};

/* of the last `many`; p50, p99, slowest */
static double cpu_each, ms[3];

static double
seconds_since(uint64_t us)
{
	return (double)(clock_mono_us() - us) / 1e6;
}

/* Processor time of all threads, which other load on the machine distorts
 * less than the rate. */
static double
cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
report(const char *what, double rate, double raw_rate)
{
	printf("%-34s %10.0f/s", what, rate);
	if (cpu_each > 0)
		printf("   cpu %5.1f us", cpu_each * 1e6);
	if (raw_rate > 0)
		printf("   raw x %.2f", rate / raw_rate);
	if (cpu_each > 0)
		printf("   ms p50 %.2f p99 %.2f max %.1f", ms[0], ms[1], ms[2]);
	printf("\n");
	cpu_each = 0;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static void
percentiles(uint32_t *us, unsigned n)
{
	qsort(us, n, sizeof *us, by_size);
	ms[0] = us[n / 2] / 1e3;
	ms[1] = us[n - 1 - n / 100] / 1e3;
	ms[2] = us[n - 1] / 1e3;
}

/* Batches of append and fdatasync a second, times batch. */
static double
raw(const char *dir, unsigned batch, unsigned total, bool preallocated)
{
	char path[512], *block = calloc(batch, BODY);
	uint64_t start;
	double rate;
	int fd;

	(void)snprintf(path, sizeof path, "%s/raw", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || block == NULL)
		abort();
	memset(block, 'x', (size_t)batch * BODY);
	for (unsigned n = 0; preallocated && n < total; n += batch)
		if (write(fd, block, (size_t)batch * BODY) < 0)
			abort();
	(void)fsync(fd);
	(void)lseek(fd, 0, SEEK_SET);
	start = clock_mono_us();
	for (unsigned n = 0; n < total; n += batch)
		if (write(fd, block, (size_t)batch * BODY) < 0 ||
		    fdatasync(fd) < 0)
			abort();
	rate = total / seconds_since(start);
	(void)close(fd);
	(void)unlink(path);
	free(block);
	return rate;
}

static void
took(struct one *o)
{
	o->b->took_us[o->b->ntook++] =
	    (uint32_t)(clock_mono_us() - o->begun_us);
	o->b->in_flight--;
}

static void deliver_next(struct one *o);

static void
delivered(struct store_op *op, enum err e)
{
	struct one *o = LIST_ITEM(op, struct one, d.op);

	if (e != ERR_OK)
		o->b->failed++;
	took(o);
	deliver_next(o);
}

static void
deliver_next(struct one *o)
{
	struct bench *b = o->b;

	if (b->left == 0)
		return;
	b->left--;
	b->in_flight++;
	(void)snprintf(b->name, sizeof b->name, "user%llu@example.test",
	    (unsigned long long)(b->user == 0 ? 1 + b->left % USERS : b->user));
	o->d = fix_mail(&b->f, &o->rcpts, b->name, slice_of(b->body, BODY));
	o->d.op.done = delivered;
	o->begun_us = clock_mono_us();
	b->f.ops->deliver(b->f.st, &o->d);
}

static void read_next(struct one *o);

static void
was_read(struct store_op *op, enum err e)
{
	struct one *o = LIST_ITEM(op, struct one, r.op);

	if (e != ERR_OK)
		o->b->failed++;
	took(o);
	read_next(o);
}

static void
read_next(struct one *o)
{
	struct bench *b = o->b;

	if (b->left == 0)
		return;
	b->left--;
	b->in_flight++;
	buf_reset(&o->out);
	o->r = (struct store_read){.op.done = was_read,
	    .mailbox = 1,
	    .id = b->ids[b->left % b->nids],
	    .max = 65536,
	    .out = &o->out};
	o->begun_us = clock_mono_us();
	b->f.ops->read(b->f.st, &o->r);
}

/* --- mail out --- */

static void submit_next(struct one *o);

static void
submitted(struct store_op *op, enum err e)
{
	struct one *o = LIST_ITEM(op, struct one, d.op);

	if (e != ERR_OK)
		o->b->failed++;
	took(o);
	submit_next(o);
}

static void
submit_next(struct one *o)
{
	struct bench *b = o->b;

	if (b->left == 0)
		return;
	b->left--;
	b->in_flight++;
	(void)snprintf(
	    b->name, sizeof b->name, "someone@remote%u.test", b->left % DESTS);
	o->d = fix_mail(&b->f, &o->rcpts, b->name, slice_of(b->body, BODY));
	o->d.from = SLICE("user1@example.test");
	o->d.account = 1;
	o->d.relay = true;
	o->d.op.done = submitted;
	o->begun_us = clock_mono_us();
	b->f.ops->deliver(b->f.st, &o->d);
}

static void settle_next(struct one *o);

static void
settled(struct store_op *op, enum err e)
{
	struct one *o = LIST_ITEM(op, struct one, s.op);

	if (e != ERR_OK)
		o->b->failed++;
	took(o);
	settle_next(o);
}

static void
settle_next(struct one *o)
{
	struct store_outcome x = {.kind = STORE_OUTCOME_DONE,
	    .attempted = true,
	    .code = 250,
	    .status = SLICE("2.0.0"),
	    .reply = SLICE("2.0.0 Ok: queued as 4ZxY1234567890"),
	    .host = SLICE("mx.remote.test[192.0.2.1]:25")};
	struct bench *b = o->b;

	if (b->left == 0)
		return;
	b->in_flight++;
	if ((x.next_us = b->defer_us) != 0)
		x.kind = STORE_OUTCOME_DEFERRED;
	x.key = b->keys[--b->left];
	buf_reset(&o->out);
	if (store_outcome_add(&o->out, &x) != ERR_OK)
		abort();
	o->s = (struct store_settle){
	    .op.done = settled, .outcomes = buf_slice(&o->out), .noutcomes = 1};
	o->begun_us = clock_mono_us();
	b->f.ops->settle(b->f.st, &o->s);
}

/* One round of a relay that has room for 64 more; false: nothing is due. */
static bool
take_some(struct bench *b, struct store_take *q, struct buf *rows)
{
	struct slice rest;
	struct store_out_row r;

	buf_reset(rows);
	*q = (struct store_take){.op.done = fix_done,
	    .now_us = clock_wall_us(),
	    .only = UINT64_MAX,
	    .after = UINT64_MAX,
	    .dests_max = 64,
	    .per_dest = 16,
	    .rows_max = 64,
	    .rows = rows};
	b->f.ops->take(b->f.st, q);
	if (fix_wait(&b->f, &q->op) != ERR_OK)
		abort();
	rest = buf_slice(rows);
	while (store_out_rows_next(&rest, &r) == ERR_OK)
		b->keys[b->nkeys++] = r.key;
	return q->n > 0;
}

static void
take_all(struct bench *b, unsigned n)
{
	struct buf rows = BUF_INIT(MIB);
	uint64_t start = clock_mono_us();
	double cpu = cpu_seconds();
	struct store_take q;

	free(b->keys);
	b->nkeys = 0;
	if ((b->keys = calloc(n + 64, sizeof *b->keys)) == NULL)
		abort();
	while (b->nkeys < n && take_some(b, &q, &rows))
		continue;
	cpu_each = (cpu_seconds() - cpu) / b->nkeys;
	ms[0] = ms[1] = ms[2] = 0;
	report("take, 64 rows each", b->nkeys / seconds_since(start), 0);
	buf_fini(&rows);
}

/* n operations, `width` of them at a time; the rate. */
static double
many(struct bench *b, unsigned n, unsigned width, void (*next)(struct one *))
{
	struct one *o = calloc(width, sizeof *o);
	uint64_t start = clock_mono_us();
	double rate, cpu = cpu_seconds();

	b->took_us = calloc(n, sizeof *b->took_us);
	b->ntook = 0;
	if (o == NULL || b->took_us == NULL)
		abort();
	b->left = n;
	for (unsigned i = 0; i < width; i++) {
		o[i].b = b;
		buf_init(&o[i].rcpts, 4096);
		buf_init(&o[i].out, MIB);
		next(&o[i]);
	}
	while (b->in_flight > 0)
		net_loop_turn(b->f.loop, 1000);
	rate = n / seconds_since(start);
	cpu_each = (cpu_seconds() - cpu) / n;
	percentiles(b->took_us, n);
	free(b->took_us);
	for (unsigned i = 0; i < width; i++) {
		buf_fini(&o[i].rcpts);
		buf_fini(&o[i].out);
	}
	free(o);
	if (b->failed > 0)
		printf("%u failed\n", b->failed);
	return rate;
}

static void
take_ids(struct bench *b, const struct buf *rows, unsigned n)
{
	struct slice rest = buf_slice(rows);
	struct store_row row;

	free(b->ids);
	b->nids = 0;
	if ((b->ids = calloc(n, sizeof *b->ids)) == NULL)
		abort();
	while (b->nids < n && store_row_next(&rest, &row) == ERR_OK)
		b->ids[b->nids++] = row.id;
}

static void
list_mailbox(struct bench *b)
{
	struct buf rows = BUF_INIT(256 * MIB);
	double best = 1e9;
	unsigned n = 0;

	for (unsigned i = 0; i < 5; i++) {
		uint64_t start = clock_mono_us();

		n = fix_list(&b->f, 1, &rows);
		if (seconds_since(start) < best)
			best = seconds_since(start);
	}
	printf("list of %-7u rows %18.2f ms\n", n, best * 1e3);
	take_ids(b, &rows, n);
	buf_fini(&rows);
}

static void
mail_out(struct bench *b, unsigned n)
{
	report("submit, 64 in flight", many(b, n, 64, submit_next), 0);
	take_all(b, n);
	report("settle, 64 in flight", many(b, b->nkeys, 64, settle_next), 0);
}

/* The same beside as many that wait. */
static void
mail_out_beside(struct bench *b, unsigned n)
{
	b->defer_us = clock_wall_us() + 3600ull * 1000000;
	mail_out(b, n);
	b->defer_us = 0;
	printf("beside %u that wait:\n", n);
	mail_out(b, n);
	free(b->keys);
	b->keys = NULL;
}

static void
expunge_all(struct bench *b)
{
	uint64_t start, lease;
	unsigned removed;

	if (fix_lease(&b->f, 1, &lease) != ERR_OK)
		abort();
	start = clock_mono_us();
	if (fix_expunge(&b->f, 1, lease, b->ids, b->nids, &removed) != ERR_OK)
		abort();
	printf("expunge of %-7u rows %15.2f ms\n", removed,
	    seconds_since(start) * 1e3);
}

int
main(int argc, char **argv)
{
	unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 50000;
	struct bench b = {.user = 0};
	double raw64, raw1, raw1p;
	char addr[64];

	if (argc > 1)
		(void)setenv("TMPDIR", argv[1], 1);
	memset(b.body, 'a', sizeof b.body);
	fix_init(&b.f);
	bdb_spare_logs = true;
	b.f.conf.store.cache = 1024ull * MIB;
	b.f.conf.store.min_free = 0;
	b.f.conf.store.ballast = 64ull * MIB;
	raw64 = raw(b.f.conf.data_dir, 64, 65536, false);
	raw1 = raw(b.f.conf.data_dir, 1, 8192, false);
	raw1p = raw(b.f.conf.data_dir, 1, 8192, true);
	report("raw append, fdatasync each 64", raw64, 0);
	report("raw append, fdatasync each", raw1, 0);
	report("raw overwrite, fdatasync each", raw1p, 0);
	fix_open(&b.f);
	fix_domain(&b.f, "example.test");
	for (uint64_t i = 1; i <= USERS; i++) {
		(void)snprintf(addr, sizeof addr, "user%llu@example.test",
		    (unsigned long long)i);
		fix_user(&b.f, i, addr, 0);
	}
	report("deliver, 64 in flight", many(&b, n, 64, deliver_next) / 1, 0);
	report(
	    "deliver, 64 in flight, again", many(&b, n, 64, deliver_next), 0);
	report("deliver, 1 in flight", many(&b, 5000, 1, deliver_next), 0);
	b.user = 1;
	report(
	    "deliver to one mailbox, 64", many(&b, 20000, 64, deliver_next), 0);
	list_mailbox(&b);
	report("read, 256 in flight", many(&b, READS, 256, read_next), 0);
	report("read, 1 in flight", many(&b, 20000, 1, read_next), 0);
	expunge_all(&b);
	mail_out(&b, n);
	mail_out_beside(&b, n);
	free(b.ids);
	fix_fini(&b.f);
	return 0;
}
