/* What the relay process has of the store: takes, settles, bodies, questions;
 * while it is away; what is cancelled. */
#include "store/store_call_queue.h"

#include "base/clock.h"
#include "tests/unit/store/calls.h"

#include <string.h>
#include <sys/socket.h>

struct outs {
	struct calls t;
	struct rig_peer smtp, ctl;
	struct mail_id id;
	unsigned ups, dues;
	struct msg_control asked;
};

struct take {
	struct store_take_req q;
	bool done;
	enum err err;
	struct store_out_key key; /* of the first row */
};

struct value {
	struct store_value_req q;
	bool done;
	enum err err;
};

struct octets {
	struct store_queue_read_req q;
	bool done;
	enum err err;
	char text[16];
};

static void
up(void *ctx)
{
	((struct outs *)ctx)->ups++;
}

static void
due(void *ctx, uint64_t dest, uint64_t us)
{
	EQ_INT(dest, store_dest_of(SLICE("@far.example")));
	OK(us <= clock_wall_us());
	((struct outs *)ctx)->dues++;
}

static void
control(void *ctx, const struct msg_control *m)
{
	((struct outs *)ctx)->asked = *m;
}

static void
begin(struct outs *o)
{
	memset(o, 0, sizeof *o);
	calls_begin(&o->t, ROLE_RELAY);
	store_call_on_up(o->t.c, up, o);
	store_call_on_due(o->t.c, due, o);
	store_call_on_control(o->t.c, control, o);
	rig_join(&o->t.r, &o->smtp, ROLE_SMTP);
	rig_join(&o->t.r, &o->ctl, ROLE_CTL);
	EQ_INT(rig_submit(&o->smtp, "alice@example.test",
		   "a@far.example b@far.example", "the body", &o->id),
	    ERR_OK);
	rig_settle(&o->t.r);
}

static void
end(struct outs *o)
{
	rig_leave(&o->smtp);
	rig_leave(&o->ctl);
	calls_end(&o->t);
}

static void
take_done(struct store_req *r, enum err e)
{
	struct take *k = LIST_ITEM(r, struct take, q.r);
	struct slice rows = k->q.rows;
	struct store_out_row row;

	k->done = true;
	k->err = e;
	if (k->q.n > 0 && OK(store_out_rows_next(&rows, &row) == ERR_OK))
		k->key = row.key;
}

static void
ask_take(struct outs *o, struct take *k)
{
	memset(k, 0, sizeof *k);
	k->q.r.done = take_done;
	k->q.now_us = clock_wall_us();
	k->q.only = k->q.after = UINT64_MAX;
	k->q.dests_max = k->q.per_dest = k->q.rows_max = 10;
	store_call_take(o->t.c, &k->q, NULL, 0);
	OK(!k->done);
}

static enum err
take(struct outs *o, struct take *k)
{
	ask_take(o, k);
	OK(rig_until(&o->t.r, &k->done));
	return k->err;
}

static void
value_done(struct store_req *r, enum err e)
{
	struct value *v = LIST_ITEM(r, struct value, q.r);

	v->done = true;
	v->err = e;
}

static enum err
doubt(struct outs *o, uint64_t *n)
{
	struct value v;

	memset(&v, 0, sizeof v);
	v.q.r.done = value_done;
	store_call_doubt(o->t.c, &v.q, 1, false);
	OK(!v.done);
	OK(rig_until(&o->t.r, &v.done));
	*n = v.q.value;
	return v.err;
}

static void
ask_settle(struct outs *o, struct calls_plain *p, const struct store_out_key *k)
{
	struct store_outcome x = {.key = *k, .kind = STORE_OUTCOME_DONE};
	struct buf b = BUF_INIT(4096);

	memset(p, 0, sizeof *p);
	p->r.done = calls_plain_done;
	store_outcome_add(&b, &x);
	store_call_settle(o->t.c, &p->r, buf_slice(&b), 1, SLICE_NONE, 0);
	buf_fini(&b); /* it has been copied */
	OK(!p->done);
}

TEST(call_queue_works)
{
	struct outs o;
	struct take k;
	struct calls_plain p;
	struct mail_id id;
	uint64_t n;

	begin(&o);
	OK(o.dues > 0);
	OK(store_call_new_id(o.t.c, &id));
	EQ_INT(take(&o, &k), ERR_RETRY); /* not before the doubt */
	EQ_INT(doubt(&o, &n), ERR_OK);
	EQ_INT(n, 0);
	EQ_INT(take(&o, &k), ERR_OK);
	EQ_INT(k.q.n, 2);
	OK(!k.q.more && k.q.next_us == UINT64_MAX);
	EQ_INT(k.q.at, store_dest_of(SLICE("@far.example")));
	ask_settle(&o, &p, &k.key);
	EQ_INT(calls_wait_plain(&o.t, &p), ERR_OK);
	EQ_STR(rig_queue(&o.ctl), "b@far.example sending");
	end(&o);
}

static void
read_done(struct store_req *r, enum err e)
{
	struct octets *q = LIST_ITEM(r, struct octets, q.r);

	q->done = true;
	q->err = e;
	OK(slice_to_str(q->q.octets, q->text, sizeof q->text) == ERR_OK);
}

TEST(call_queue_reads)
{
	struct outs o;
	struct octets q;
	struct mail_id none = {{1}};

	begin(&o);
	memset(&q, 0, sizeof q);
	q.q.r.done = read_done;
	store_call_queue_read(o.t.c, &q.q, &o.id, 4, 100);
	OK(!q.done);
	OK(rig_until(&o.t.r, &q.done));
	EQ_INT(q.err, ERR_OK);
	EQ_STR(q.text, "body");
	EQ_INT(q.q.total, 8);
	memset(&q, 0, sizeof q);
	q.q.r.done = read_done;
	store_call_queue_read(o.t.c, &q.q, &none, 0, 100);
	OK(rig_until(&o.t.r, &q.done));
	EQ_INT(q.err, ERR_NOENT);
	unit_case("cancelled");
	memset(&q, 0, sizeof q);
	q.q.r.done = read_done;
	store_call_queue_read(o.t.c, &q.q, &o.id, 0, 100);
	store_req_cancel(o.t.c, &q.q.r);
	rig_settle(&o.t.r);
	OK(!q.done);
	end(&o);
}

TEST(call_queue_too_big)
{
	struct outs o;
	struct take k;
	struct calls_plain p;
	static char big[STORE_CALL_TAIL_MAX + 1];
	static uint64_t skip[STORE_CALL_SKIP_MAX + 1];

	begin(&o);
	memset(&p, 0, sizeof p);
	p.r.done = calls_plain_done;
	store_call_settle(
	    o.t.c, &p.r, slice_of(big, sizeof big), 1, SLICE_NONE, 0);
	EQ_INT(calls_wait_plain(&o.t, &p), ERR_TOOBIG);
	memset(&k, 0, sizeof k);
	k.q.r.done = take_done;
	store_call_take(o.t.c, &k.q, skip, STORE_CALL_SKIP_MAX + 1);
	OK(rig_until(&o.t.r, &k.done));
	EQ_INT(k.err, ERR_TOOBIG);
	end(&o);
}

/* What it would have brought is given back. */
TEST(call_queue_take_cancelled)
{
	struct outs o;
	struct take k;
	uint64_t n;

	begin(&o);
	EQ_INT(doubt(&o, &n), ERR_OK);
	store_mem_hang(o.t.r.st, true);
	ask_take(&o, &k);
	rig_settle(&o.t.r);
	store_req_cancel(o.t.c, &k.q.r);
	store_mem_hang(o.t.r.st, false);
	rig_settle(&o.t.r);
	OK(!k.done);
	EQ_STR(rig_queue(&o.ctl), "a@far.example due, b@far.example due");
	EQ_INT(take(&o, &k), ERR_OK);
	EQ_INT(k.q.n, 2);
	end(&o);
}

TEST(call_queue_store_goes_away)
{
	struct outs o;
	struct take k, late;
	struct calls_plain p;
	uint64_t n;

	begin(&o);
	EQ_INT(doubt(&o, &n), ERR_OK);
	EQ_INT(take(&o, &k), ERR_OK);
	store_mem_hang(o.t.r.st, true);
	ask_settle(&o, &p, &k.key);
	ask_take(&o, &late);
	rig_settle(&o.t.r);
	rig_leave(&o.smtp);
	rig_leave(&o.ctl);
	calls_kill_store(&o.t);
	EQ_INT(calls_wait_plain(&o.t, &p), ERR_UNKNOWN);
	OK(rig_until(&o.t.r, &late.done));
	EQ_INT(late.err, ERR_RETRY);
	unit_case("away");
	EQ_INT(take(&o, &late), ERR_RETRY);
	EQ_INT(doubt(&o, &n), ERR_RETRY);
	ask_settle(&o, &p, &k.key);
	EQ_INT(calls_wait_plain(&o.t, &p), ERR_RETRY);
	unit_case("back");
	EQ_INT(o.ups, 0);
	store_mem_hang(o.t.r.st, false);
	calls_come_back(&o.t, ROLE_RELAY);
	EQ_INT(o.ups, 1);
	EQ_INT(take(&o, &late), ERR_RETRY);
	EQ_INT(doubt(&o, &n), ERR_OK);
	EQ_INT(n, 1); /* the settle was done, the other one is in doubt */
	EQ_INT(take(&o, &k), ERR_OK);
	EQ_INT(k.q.n, 1);
	rig_join(&o.t.r, &o.smtp, ROLE_SMTP);
	rig_join(&o.t.r, &o.ctl, ROLE_CTL);
	end(&o);
}

TEST(call_queue_questions)
{
	struct outs o;
	struct msg_control m;

	begin(&o);
	memset(&m, 0, sizeof m);
	m.req = 8;
	m.what = CONTROL_QUEUE_SUMMARY;
	msg_send_control(o.ctl.chan, &m, SLICE_NONE, -1);
	rig_settle(&o.t.r);
	EQ_INT(o.asked.what, CONTROL_QUEUE_SUMMARY);
	store_call_control_row(o.t.c, o.asked.req, SLICE("dest=x\0"));
	store_call_control_done(o.t.c, o.asked.req, ERR_OK, 1);
	EQ_INT(rig_get(&o.ctl, MSG_CONTROL_ROW)->m.control_row.req, 8);
	EQ_INT(rig_done(&o.ctl, 8, NULL), ERR_OK);
	unit_case("nobody answers them");
	store_call_on_control(o.t.c, NULL, NULL);
	msg_send_control(o.ctl.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&o.ctl, 8, NULL), ERR_UNSUPPORTED);
	end(&o);
}
