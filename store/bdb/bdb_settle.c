/*
 * What became of recipients that were taken: all outcomes and the reports they
 * cause, in one transaction. An outcome of a record that is not SENDING has no
 * effect, and reports that no outcome stands for any more are not written.
 */
#include "base/clock.h"
#include "store/bdb/bdb_deliver.h"
#include "store/bdb/bdb_out.h"

#include <stdlib.h>

enum { REPORTS_MAX = 256 }; /* numbers of bodies are reserved for a batch */

struct settle {
	struct bdb_work *w;
	struct bdb_letter letter;
	struct store_report *report;
	struct mail_id *of; /* the message that each report speaks of */
	unsigned nreports, settled;
	uint64_t now_us;
};

/* --- which report speaks of whom --- */

static enum err
read_reports(struct settle *s, const struct store_settle *q)
{
	struct slice rest = q->reports;
	enum err e = ERR_OK;

	if (q->nreports > REPORTS_MAX)
		return ERR_TOOBIG;
	if (q->nreports == 0)
		return ERR_OK;
	s->report = calloc(q->nreports, sizeof *s->report);
	s->of = calloc(q->nreports, sizeof *s->of);
	if (s->report == NULL || s->of == NULL)
		return ERR_RETRY;
	while (s->nreports < q->nreports && e == ERR_OK)
		e = store_report_next(&rest, &s->report[s->nreports++]);
	return e == ERR_OK ? ERR_OK : ERR_PROTO;
}

/* The first report to its sender that speaks of no other message. */
static const struct store_report *
find_report(struct settle *s)
{
	const struct bdb_letter *l = &s->letter;
	bool limit = l->out.report == STORE_REPORT_LIMIT;
	struct slice to = limit ? l->out.addr : l->env.from;

	for (unsigned i = 0; i < s->nreports; i++) {
		if (!slice_eq_nocase(s->report[i].to, to) ||
		    (!mail_id_is_zero(&s->of[i]) &&
			mail_id_cmp(&s->of[i], &l->key.id) != 0))
			continue;
		s->of[i] = l->key.id;
		return &s->report[i];
	}
	return NULL;
}

/* --- the trail --- */

static enum store_event
event_of(const struct settle *s, const struct store_outcome *o)
{
	bool report = s->letter.out.report != 0;

	switch (o->kind) {
	case STORE_OUTCOME_DONE:
		return report ? STORE_EV_REPORTED : STORE_EV_SENT;
	case STORE_OUTCOME_FAILED:
		return report ? STORE_EV_DROPPED : STORE_EV_FAILED;
	case STORE_OUTCOME_DEFERRED:
		return STORE_EV_DEFERRED;
	case STORE_OUTCOME_DOUBT:
		return STORE_EV_DOUBT;
	case STORE_OUTCOME_HELD:
		return STORE_EV_HELD;
	case STORE_OUTCOME_RELEASE:
	case STORE_OUTCOME_KINDS:
		break;
	}
	return 0;
}

static bool
is_reported(const struct settle *s, const struct store_outcome *o)
{
	return o->delay_told || o->kind == STORE_OUTCOME_FAILED ||
	       (o->kind == STORE_OUTCOME_DONE && s->letter.out.report != 0);
}

static enum err
add_trail(struct settle *s, const struct store_outcome *o)
{
	const struct store_report *r;
	char hex[MAIL_ID_HEX];
	struct store_trail t = {.event = event_of(s, o),
	    .addr = s->letter.out.addr,
	    .tls = o->tls,
	    .code = o->code,
	    .status = o->status,
	    .reply = o->reply,
	    .host = o->host,
	    .ref_us = o->next_us};

	if (t.event == 0)
		return ERR_OK;
	if (is_reported(s, o) && (r = find_report(s)) != NULL) {
		mail_id_hex(&r->id, hex);
		t.ref = slice_of(hex, sizeof hex);
	}
	return bdb_trail_add(s->w, &s->letter.key.id, &t);
}

/* --- outcomes --- */

/* When it was due before it was taken. */
static enum err
was_due(struct settle *s, uint64_t *us)
{
	struct bdb_key k = bdb_key_out(&s->letter.key);
	enum err e;

	buf_reset(&s->w->value);
	e = bdb_get(s->w, s->w->st->db[BDB_SENDING], &k, DB_RMW, &s->w->value);
	if (e == ERR_OK)
		e = bdb_number_decode(buf_slice(&s->w->value), us);
	if (e != ERR_NOENT && e != ERR_CORRUPT)
		return e;
	*us = s->now_us;
	return ERR_OK;
}

static enum err
release(struct settle *s)
{
	struct store_out new = s->letter.out;
	enum err e = was_due(s, &new.next_us);

	new.state = new.was != 0 ? new.was : bdb_out_ready(&new);
	new.was = 0;
	return e == ERR_OK ? bdb_letter_put(&s->letter, &new) : e;
}

static enum store_out_state
state_after(const struct store_out *old, const struct store_outcome *o)
{
	if (o->kind == STORE_OUTCOME_HELD)
		return STORE_OUT_HELD;
	if (old->report != 0)
		return STORE_OUT_REPORT;
	return o->kind == STORE_OUTCOME_DOUBT ? STORE_OUT_DOUBT
					      : STORE_OUT_DEFERRED;
}

/* It stays. What a report speaks of is not overwritten by why it waits. */
static enum err
keep(struct settle *s, const struct store_outcome *o)
{
	struct store_out new = s->letter.out;

	new.state = state_after(&s->letter.out, o);
	new.was = 0;
	new.next_us = o->next_us;
	new.delay_told = new.delay_told || o->delay_told;
	if (new.report == 0) {
		new.attempts += o->attempted;
		new.last_us = s->now_us;
		new.code = o->code;
		new.status = o->status;
		new.reply = o->reply;
		new.host = o->host;
	}
	return bdb_letter_put(&s->letter, &new);
}

static enum err
apply(struct settle *s, const struct store_outcome *o)
{
	switch (o->kind) {
	case STORE_OUTCOME_RELEASE:
		return release(s);
	case STORE_OUTCOME_DONE:
	case STORE_OUTCOME_FAILED:
		return bdb_letter_drop(&s->letter);
	case STORE_OUTCOME_DEFERRED:
	case STORE_OUTCOME_DOUBT:
	case STORE_OUTCOME_HELD:
		return keep(s, o);
	case STORE_OUTCOME_KINDS:
		break;
	}
	return ERR_PROTO;
}

/* No record that an outcome could be of: nor is an attempt noted any more. */
static enum err
drop_attempt(struct settle *s, const struct store_out_key *k)
{
	struct bdb_key key = bdb_key_out(k);
	enum err e = bdb_del(s->w, s->w->st->db[BDB_SENDING], &key);

	if (e == ERR_OK)
		bdb_out_damaged("sending", &k->id);
	return e == ERR_NOENT ? ERR_OK : e;
}

static enum err
settle_one(struct settle *s, const struct store_outcome *o)
{
	enum err e = bdb_letter_open(&s->letter, &o->key);

	if (e == ERR_NOENT || e == ERR_CORRUPT)
		return drop_attempt(s, &o->key);
	if (e != ERR_OK || s->letter.out.state != STORE_OUT_SENDING)
		return e;
	s->settled++;
	if ((e = add_trail(s, o)) != ERR_OK)
		return e;
	return apply(s, o);
}

static enum err
settle_all(struct settle *s, const struct store_settle *q)
{
	struct slice rest = q->outcomes;
	struct store_outcome o;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < q->noutcomes && e == ERR_OK; i++) {
		if (store_outcome_next(&rest, &o) != ERR_OK)
			return ERR_PROTO;
		e = settle_one(s, &o);
	}
	return e;
}

static enum err
write_reports(struct settle *s)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < s->nreports && e == ERR_OK; i++)
		e = bdb_deliver_report(s->w, s->letter.dues, &s->report[i]);
	return e;
}

enum err
bdb_run_settle(struct bdb_work *w, struct store_settle *q)
{
	struct settle s = {.w = w, .now_us = clock_wall_us()};
	struct bdb_dues *dues = bdb_dues_of(&q->op, sizeof *dues);
	enum err e;

	if (dues == NULL)
		return ERR_RETRY;
	if (q->nreports > 0 && !bdb_space_for(w->st, q->reports.len))
		return ERR_FULL;
	bdb_letter_init(&s.letter, w, dues);
	if ((e = read_reports(&s, q)) == ERR_OK)
		e = settle_all(&s, q);
	e = bdb_letter_close(&s.letter, e);
	if (e == ERR_OK && s.settled > 0)
		e = write_reports(&s);
	w->idle = s.settled == 0;
	free(s.report);
	free(s.of);
	return e;
}
