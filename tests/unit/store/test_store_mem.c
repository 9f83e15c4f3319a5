/*
 * The backend in memory: what it promises to the tests that use it.
 * Covers: store/mem/mem_*.c
 */
#include "base/num.h"
#include "tests/unit/store/rig.h"

#include <string.h>

struct one {
	struct store_new_id op;
	bool done;
	enum err err;
};

static void
one_done(struct store_op *op, enum err e)
{
	struct one *o = LIST_ITEM(op, struct one, op.op);

	OK(!o->done);
	o->done = true;
	o->err = e;
}

static void
ask(struct rig *r, struct one *o)
{
	memset(o, 0, sizeof *o);
	o->op.op.done = one_done;
	r->ops->new_id(r->st, &o->op);
	OK(!o->done); /* never from inside the call */
}

TEST(mem_delay_and_fail)
{
	struct rig r;
	struct one a, b, c;

	rig_open(&r);
	store_mem_delay(r.st, STORE_MEM_NEW_ID, 1000);
	ask(&r, &a);
	store_mem_delay(r.st, STORE_MEM_NEW_ID, 0);
	store_mem_fail(r.st, STORE_MEM_NEW_ID, ERR_UNKNOWN, 1, true);
	ask(&r, &b);
	rig_settle(&r);
	unit_case("the quick one first, done although it says otherwise");
	OK(b.done && !a.done);
	EQ_INT(b.err, ERR_UNKNOWN);
	EQ_INT(b.op.id, 1);
	OK(rig_until(&r, &a.done));
	EQ_INT(a.err, ERR_OK);
	EQ_INT(a.op.id, 2);
	unit_case("not done");
	store_mem_fail(r.st, STORE_MEM_NEW_ID, ERR_RETRY, 1, false);
	ask(&r, &c);
	OK(rig_until(&r, &c.done));
	EQ_INT(c.err, ERR_RETRY);
	EQ_INT(c.op.id, 0);
	EQ_INT(store_mem_count(r.st, STORE_MEM_NEW_ID), 3);
	rig_close(&r);
}

TEST(mem_close_ends_all)
{
	struct rig r;
	struct one a, b;

	rig_open(&r);
	store_mem_delay(r.st, STORE_MEM_NEW_ID, 1000);
	ask(&r, &a);
	store_mem_hang(r.st, true);
	ask(&r, &b);
	rig_settle(&r);
	OK(!a.done && !b.done);
	rig_close(&r);
	OK(a.done && b.done);
	EQ_INT(a.err, ERR_RETRY);
	EQ_INT(b.err, ERR_RETRY);
}

static void
note(void *ctx)
{
	*(bool *)ctx = true;
}

TEST(mem_breaks)
{
	struct rig r;
	bool broken = false;

	rig_open(&r);
	store_mem_break(r.st);
	r.ops->on_broken(r.st, note, &broken);
	OK(!broken);
	store_mem_break(r.st);
	OK(broken);
	rig_close(&r);
}

/* A mark in a commit is enough for a mailbox to go, nobody asks for more. */
TEST(mem_removes_a_mailbox)
{
	struct store_removing r = {SLICE("alice@example.test")};
	struct msg_dir_commit m = {1, 1, 0};
	struct store_change c = {.kind = STORE_REMOVING, .expect = UINT64_MAX};
	struct buf value = BUF_INIT(4096), tail = BUF_INIT(4096);
	struct rig_peer ctl, smtp;
	struct mail_id id;
	uint8_t key[8];
	struct rig g;

	rig_open(&g);
	rig_join(&g, &ctl, ROLE_CTL);
	rig_join(&g, &smtp, ROLE_SMTP);
	EQ_INT(rig_deliver(&smtp, "alice@example.test", "x", &id), ERR_OK);
	EQ_INT(rig_count(&g, RIG_ALICE), 1);
	num_put_be64(key, RIG_ALICE);
	store_removing_encode(&r, &value);
	c.key = slice_of(key, sizeof key);
	c.value = buf_slice(&value);
	store_changes_add(&tail, &c);
	msg_send_dir_commit(ctl.chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(&ctl, 1, NULL), ERR_OK);
	EQ_INT(rig_count(&g, RIG_ALICE), 0);
	buf_fini(&value);
	buf_fini(&tail);
	rig_leave(&ctl);
	rig_leave(&smtp);
	rig_close(&g);
}
