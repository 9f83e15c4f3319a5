/* An operator's word about what waits. */
#include "base/clock.h"
#include "mime/mime_code.h"
#include "store/bdb/bdb_out.h"

enum { ORCPT_MAX = 500 };

struct edit {
	struct bdb_work *w;
	struct store_edit *q;
	struct bdb_letter letter;
	struct store_trail trail; /* of the change, addr filled in */
	uint64_t now_us;
	struct buf orcpt;
};

/* Each gives NOENT when the record is none that this can be done to. */

static enum err
flush(struct edit *x)
{
	struct store_out o = x->letter.out;

	if (o.state == STORE_OUT_HELD)
		return ERR_NOENT;
	o.next_us = x->now_us;
	x->trail.event = STORE_EV_FLUSHED;
	return bdb_letter_put(&x->letter, &o);
}

static enum err
hold(struct edit *x)
{
	struct store_out o = x->letter.out;

	if (o.state == STORE_OUT_HELD)
		return ERR_NOENT;
	o.state = STORE_OUT_HELD;
	x->trail.event = STORE_EV_HELD;
	x->trail.reply = SLICE("by the operator");
	if (o.report == 0)
		o.reply = x->trail.reply;
	return bdb_letter_put(&x->letter, &o);
}

static enum err
release(struct edit *x)
{
	struct store_out o = x->letter.out;

	if (o.state != STORE_OUT_HELD)
		return ERR_NOENT;
	o.state = bdb_out_ready(&o);
	o.next_us = x->now_us;
	x->trail.event = STORE_EV_RELEASED;
	return bdb_letter_put(&x->letter, &o);
}

static enum err
drop(struct edit *x)
{
	x->trail.event = STORE_EV_DELETED;
	return bdb_letter_drop(&x->letter);
}

/* Relay writes the report, as of anything that has failed. */
static enum err
bounce(struct edit *x)
{
	struct store_out o = x->letter.out;

	if (o.report != 0)
		return ERR_NOENT;
	o.state = STORE_OUT_REPORT;
	o.report = STORE_REPORT_FAILED;
	o.next_us = o.last_us = x->now_us;
	o.code = 0;
	o.host = SLICE_NONE;
	o.status = x->trail.status = SLICE("5.0.0");
	o.reply = x->trail.reply =
	    x->q->text.len > 0 ? x->q->text : SLICE("returned by the operator");
	x->trail.event = STORE_EV_FAILED;
	return bdb_letter_put(&x->letter, &o);
}

/* RFC 3461, section 4.2: what the sender knew it by */
static struct slice
original(struct edit *x)
{
	const struct store_out *o = &x->letter.out;

	if (o->orcpt.len > 0)
		return o->orcpt;
	buf_reset(&x->orcpt);
	buf_add_str(&x->orcpt, "rfc822;");
	mime_code_add_xtext(&x->orcpt, o->addr);
	return x->orcpt.err == ERR_OK ? buf_slice(&x->orcpt) : SLICE_NONE;
}

static enum err
redirect(struct edit *x)
{
	struct store_out o = x->letter.out;
	enum err e;

	if (o.report != 0)
		return ERR_NOENT;
	o.orcpt = original(x);
	o.addr = x->trail.reply = x->q->text;
	o.state = STORE_OUT_DUE;
	o.next_us = x->now_us;
	o.attempts = 0;
	o.code = 0;
	o.status = o.reply = o.host = SLICE_NONE;
	x->trail.event = STORE_EV_REDIRECTED;
	e = bdb_letter_put(&x->letter, &o);
	return e == ERR_OK ? bdb_trail_word(x->w, &x->letter.key.id, o.addr)
			   : e;
}

static enum err
change(struct edit *x)
{
	switch (x->q->kind) {
	case STORE_EDIT_FLUSH:
		return flush(x);
	case STORE_EDIT_HOLD:
		return hold(x);
	case STORE_EDIT_RELEASE:
		return release(x);
	case STORE_EDIT_DELETE:
		return drop(x);
	case STORE_EDIT_BOUNCE:
		return bounce(x);
	case STORE_EDIT_REDIRECT:
		return redirect(x);
	}
	return ERR_PROTO;
}

static enum err
edit_one(struct edit *x, const struct store_out_key *k)
{
	enum err e = bdb_letter_open(&x->letter, k);

	if (e == ERR_NOENT || e == ERR_CORRUPT)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	if (x->letter.out.state == STORE_OUT_SENDING) {
		x->q->busy++;
		return ERR_OK;
	}
	x->trail = (struct store_trail){.addr = x->letter.out.addr};
	if ((e = change(x)) == ERR_OK) {
		x->q->done++;
		e = bdb_trail_add(x->w, &k->id, &x->trail);
	}
	return e == ERR_NOENT ? ERR_OK : e;
}

static enum err
edit_all(struct edit *x)
{
	struct slice rest = x->q->keys;
	struct store_out_key k;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < x->q->n && e == ERR_OK; i++) {
		if (store_out_key_next(&rest, &k) != ERR_OK)
			return ERR_PROTO;
		e = edit_one(x, &k);
	}
	return e;
}

enum err
bdb_run_edit(struct bdb_work *w, struct store_edit *q)
{
	struct edit x = {.w = w, .q = q, .now_us = clock_wall_us()};
	struct bdb_dues *dues = bdb_dues_of(&q->op, sizeof *dues);
	enum err e;

	q->done = q->busy = 0;
	if (dues == NULL)
		return ERR_RETRY;
	if (q->kind == STORE_EDIT_REDIRECT && q->text.len == 0)
		return ERR_PROTO;
	buf_init(&x.orcpt, ORCPT_MAX);
	bdb_letter_init(&x.letter, w, dues);
	e = bdb_letter_close(&x.letter, edit_all(&x));
	w->idle = q->done == 0;
	buf_fini(&x.orcpt);
	return e;
}
