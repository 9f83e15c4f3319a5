/* Checkpoints by octets and by time, and logs that go with them. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MIB = 1024 * 1024 };

static uint64_t
log_since(struct fix *f)
{
	DB_LOG_STAT *s = NULL;
	uint64_t n = 0;

	if (f->st->env->log_stat(f->st->env, &s, 0) == 0)
		n = ((uint64_t)s->st_wc_mbytes << 20) + s->st_wc_bytes;
	free(s);
	return n;
}

static void
begin(struct fix *f, uint64_t bytes, uint64_t ms)
{
	fix_init(f);
	f->conf.store.checkpoint_bytes = bytes;
	f->conf.store.checkpoint_ms = ms;
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
}

static void
deliver(struct fix *f, unsigned n)
{
	char *body = calloc(1, MIB);

	for (unsigned i = 0; i < n; i++)
		EQ_INT(fix_deliver(
			   f, "ann@example.test", slice_of(body, MIB), NULL),
		    ERR_OK);
	free(body);
}

/* Until so little is left, or for a minute. */
static bool
wait_for(struct fix *f, uint64_t octets)
{
	for (unsigned i = 0; i < 600 && log_since(f) >= octets; i++)
		net_loop_turn(f->loop, 100);
	return log_since(f) < octets;
}

TEST(keeper_checkpoint_by_octets)
{
	struct fix f;

	begin(&f, 4 * MIB, 3600 * 1000);
	deliver(&f, 2);
	OK(!wait_for(&f, MIB) || log_since(&f) == 0);
	deliver(&f, 8);
	OK(wait_for(&f, 4 * MIB)); /* it may have come between two of them */
	fix_fini(&f);
}

TEST(keeper_checkpoint_by_time)
{
	struct fix f;

	begin(&f, 1024ull * MIB, 500);
	deliver(&f, 2);
	OK(wait_for(&f, MIB));
	fix_fini(&f);
}

TEST(keeper_checkpoint_when_asked)
{
	struct store_op op = {.done = fix_done};
	struct fix f;

	begin(&f, 1024ull * MIB, 3600 * 1000);
	deliver(&f, 2);
	f.ops->checkpoint(f.st, &op);
	EQ_INT(fix_wait(&f, &op), ERR_OK);
	OK(log_since(&f) < MIB);
	fix_fini(&f);
}

/* Logs that no recovery needs are not kept. */
TEST(keeper_removes_logs)
{
	struct store_op op = {.done = fix_done};
	char path[CONF_TEXT + 64];
	struct fix f;

	begin(&f, 16 * MIB, 3600 * 1000);
	deliver(&f, 140);
	for (unsigned i = 0; i < 2; i++) {
		op.done = fix_done;
		f.ops->checkpoint(f.st, &op);
		EQ_INT(fix_wait(&f, &op), ERR_OK);
	}
	(void)snprintf(
	    path, sizeof path, "%s/db/log.0000000001", f.conf.data_dir);
	OK(access(path, F_OK) != 0);
	(void)snprintf(
	    path, sizeof path, "%s/db/log.0000000003", f.conf.data_dir);
	OK(access(path, F_OK) == 0);
	fix_fini(&f);
}
