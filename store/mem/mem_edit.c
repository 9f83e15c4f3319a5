/* An operator's word about what waits, in memory. */
#include "base/clock.h"
#include "mime/mime_code.h"
#include "store/mem/mem_priv.h"

enum { ORCPT_MAX = 500 };

struct edit {
	struct store *s;
	const struct store_edit *op;
	struct mem_letter l;
	struct store_out out; /* what it becomes */
	struct store_trail trail;
	struct buf orcpt;
	uint64_t now_us;
};

/* Each is false when the record is none that this can be done to. */

static bool
flush(struct edit *x)
{
	x->trail.event = STORE_EV_FLUSHED;
	x->out.next_us = x->now_us;
	return x->out.state != STORE_OUT_HELD;
}

static bool
hold(struct edit *x)
{
	bool held = x->out.state == STORE_OUT_HELD;

	x->trail.event = STORE_EV_HELD;
	x->trail.reply = SLICE("by the operator");
	x->out.state = STORE_OUT_HELD;
	if (x->out.report == 0)
		x->out.reply = x->trail.reply;
	return !held;
}

static bool
release(struct edit *x)
{
	bool held = x->out.state == STORE_OUT_HELD;

	x->trail.event = STORE_EV_RELEASED;
	x->out.state = mem_out_ready(&x->out);
	x->out.next_us = x->now_us;
	return held;
}

static bool
bounce(struct edit *x)
{
	if (x->out.report != 0)
		return false;
	x->out.state = STORE_OUT_REPORT;
	x->out.report = STORE_REPORT_FAILED;
	x->out.next_us = x->out.last_us = x->now_us;
	x->out.code = 0;
	x->out.host = SLICE_NONE;
	x->out.status = SLICE("5.0.0");
	x->out.reply = x->op->text.len > 0 ? x->op->text
					   : SLICE("returned by the operator");
	x->trail.event = STORE_EV_FAILED;
	x->trail.status = x->out.status;
	x->trail.reply = x->out.reply;
	return true;
}

/* RFC 3461, section 4.2: what the sender knew it by stays */
static bool
redirect(struct edit *x)
{
	if (x->out.report != 0)
		return false;
	if (x->out.orcpt.len == 0) {
		buf_add_str(&x->orcpt, "rfc822;");
		mime_code_add_xtext(&x->orcpt, x->out.addr);
		x->out.orcpt = buf_slice(&x->orcpt);
	}
	x->out.addr = x->op->text;
	x->out.state = STORE_OUT_DUE;
	x->out.next_us = x->now_us;
	x->out.attempts = 0;
	x->out.code = 0;
	x->out.status = x->out.reply = x->out.host = SLICE_NONE;
	x->trail.event = STORE_EV_REDIRECTED;
	x->trail.reply = x->op->text;
	return true;
}

static bool
change(struct edit *x)
{
	switch (x->op->kind) {
	case STORE_EDIT_FLUSH:
		return flush(x);
	case STORE_EDIT_HOLD:
		return hold(x);
	case STORE_EDIT_RELEASE:
		return release(x);
	case STORE_EDIT_DELETE:
		x->trail.event = STORE_EV_DELETED;
		return true;
	case STORE_EDIT_BOUNCE:
		return bounce(x);
	case STORE_EDIT_REDIRECT:
		return redirect(x);
	}
	return false;
}

static enum err
edit_one(struct edit *x, const struct store_out_key *k, unsigned *done)
{
	enum err e;

	x->out = x->l.out;
	x->trail = (struct store_trail){.addr = x->l.out.addr};
	buf_reset(&x->orcpt);
	if (!change(x))
		return ERR_OK;
	++*done;
	e = mem_trail_add(x->s, &k->id, &x->trail, x->trail.reply);
	if (e != ERR_OK)
		return e;
	if (x->op->kind != STORE_EDIT_DELETE)
		return mem_letter_put(x->s, &x->l, &x->out);
	mem_letter_drop(x->s, &x->l);
	return ERR_OK;
}

enum err
mem_edit(struct store *s, struct store_edit *op)
{
	struct edit x = {.s = s, .op = op, .now_us = clock_wall_us()};
	struct slice rest = op->keys;
	struct store_out_key k;
	enum err e = ERR_OK;

	op->done = op->busy = 0;
	buf_init(&x.orcpt, ORCPT_MAX);
	for (unsigned i = 0; i < op->n && e == ERR_OK; i++) {
		if (store_out_key_next(&rest, &k) != ERR_OK)
			e = ERR_PROTO;
		else if (mem_letter_open(s, &k, &x.l) != ERR_OK)
			continue;
		else if (x.l.out.state == STORE_OUT_SENDING)
			op->busy++;
		else
			e = edit_one(&x, &k, &op->done);
	}
	buf_fini(&x.orcpt);
	return e;
}
