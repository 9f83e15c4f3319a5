/*
 * Reports: which of a job's recipients somebody is told of, how much of the
 * message comes back, and the settle that holds both.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "queue/queue_bounce.h"

#include <string.h>

enum {
	HEADER_MAX = 64 << 10, /* octets looked at for the header */
	RET_HDRS = 2,
	KINDS = 3 /* of reports about one job: failed, delayed, relayed */
};

struct reports { /* about one job */
	struct relay_job *job;
	struct slice original; /* or what could be had of it */
	struct store_report report[KINDS];
	struct buf text[KINDS];
	unsigned n;
};

/* --- what is to be told --------------------------------------------------- */

/* What a recipient's row or fate asks for; false: nothing. */
static bool
action_of(const struct relay_job *j, const struct relay_rcpt *t,
    enum queue_action *out)
{
	static const enum queue_action by_row[] = {
	    [STORE_REPORT_FAILED] = QUEUE_FAILED,
	    [STORE_REPORT_DELIVERED] = QUEUE_DELIVERED,
	    [STORE_REPORT_EXPANDED] = QUEUE_EXPANDED,
	};
	static const enum queue_action by_fate[] = {
	    [RELAY_TELL_FAILED] = QUEUE_FAILED,
	    [RELAY_TELL_DELAYED] = QUEUE_DELAYED,
	    [RELAY_TELL_RELAYED] = QUEUE_RELAYED,
	};

	if (j->dest == NULL && t->out.report != 0) {
		*out = by_row[t->out.report];
		return true;
	}
	if (t->fate.tell == RELAY_TELL_NOBODY)
		return false;
	*out = by_fate[t->fate.tell];
	return true;
}

static struct queue_bounce_rcpt
bounce_rcpt(const struct relay_job *j, const struct relay_rcpt *t,
    enum queue_action action)
{
	struct queue_bounce_rcpt b = {
	    .action = action,
	    .addr = t->out.addr,
	    .orcpt = t->out.orcpt,
	    .status = t->out.status,
	    .reply = t->out.reply,
	    .host = t->out.host,
	    .code = t->out.code,
	    .last_us = t->out.last_us,
	};

	if (t->out.report != 0)
		return b;
	b.status = slice_str(t->fate.status);
	b.reply = slice_of(t->fate.text, t->fate.len);
	b.host = slice_str(j->host);
	b.code = t->fate.code;
	b.last_us = clock_wall_us();
	b.until_us = t->fate.until_us;
	return b;
}

static bool
wants_whole(const struct relay_job *j, enum queue_action action)
{
	const struct conf *c = &j->relay->site->conf;

	return action == QUEUE_FAILED && j->env.ret != RET_HDRS &&
	       relay_body_total(&j->body) <= c->queue.bounce_size &&
	       relay_body_total(&j->body) <= QUEUE_SETTLE_REPORT_MAX / 2;
}

/* Mail without a sender: nobody but the postmaster can be told. */
static struct slice
addressee(const struct relay_job *j)
{
	return j->env.from.len > 0 ? j->env.from : SLICE("postmaster");
}

/* --- making them ---------------------------------------------------------- */

static enum err
make_text(struct queue_bounce *b, struct buf *out)
{
	enum err e;

	b->utf8 = queue_bounce_utf8(b);
	e = queue_bounce_make(b, out);
	if (e != ERR_TOOBIG)
		return e;
	buf_reset(out);
	b->whole = false;
	b->original = SLICE_NONE;
	return queue_bounce_make(b, out);
}

static enum err
make_report(struct reports *w, enum queue_action action,
    const struct queue_bounce_rcpt *rcpts, unsigned n)
{
	struct relay_job *j = w->job;
	struct store_report *to = &w->report[w->n];
	struct queue_bounce b = {
	    .about = j->rcpt[0].key.id,
	    .to = addressee(j),
	    .hostname = slice_str(j->relay->site->conf.hostname),
	    .envid = j->env.envid,
	    .now_us = clock_wall_us(),
	    .arrived_us = j->env.made_us,
	    .rcpt = rcpts,
	    .nrcpts = n,
	    .original = w->original,
	    .whole = wants_whole(j, action) &&
		     w->original.len == relay_body_total(&j->body),
	};
	enum err e;

	if (!store_call_new_id(j->relay->store, &b.id))
		return ERR_RETRY;
	buf_init(&w->text[w->n], QUEUE_SETTLE_REPORT_MAX);
	e = make_text(&b, &w->text[w->n]);
	*to = (struct store_report){.id = b.id,
	    .to = b.to,
	    .utf8 = b.utf8,
	    .body = buf_slice(&w->text[w->n])};
	w->n++;
	return e;
}

/* The recipients of this action in one report. */
static enum err
report_action(struct reports *w, enum queue_action action)
{
	struct queue_bounce_rcpt rcpts[RELAY_TAKE_ROWS];
	struct relay_job *j = w->job;
	enum queue_action a;
	unsigned n = 0;

	for (unsigned i = 0; i < j->nrcpts; i++)
		if (action_of(j, &j->rcpt[i], &a) && a == action)
			rcpts[n++] = bounce_rcpt(j, &j->rcpt[i], a);
	return n == 0 ? ERR_OK : make_report(w, action, rcpts, n);
}

/* Somebody who gets too many has lost nothing by not getting more of them: what
 * became of the mail is in the trail. */
static bool
may_report(struct relay_job *j)
{
	struct relay *r = j->relay;
	struct log_line l;

	if (queue_rate_take(&r->reports, addressee(j),
		r->site->conf.queue.bounces_per_hour, clock_mono_ms()))
		return true;
	log_begin(&l, LOG_WARN, "report-limit");
	log_hex(&l, "id", j->rcpt[0].key.id.b, MAIL_ID_LEN);
	log_str(&l, "to", addressee(j));
	log_end(&l);
	return false;
}

/* --- settling ------------------------------------------------------------- */

static enum store_outcome_kind
kind_of(const struct relay_job *j, const struct relay_rcpt *t, bool told)
{
	if (j->dest == NULL && t->out.report != 0)
		return told ? STORE_OUTCOME_DONE : STORE_OUTCOME_FAILED;
	return t->fate.kind;
}

/* The outcomes that wait for the reports, and the reports. */
static void
settle(struct reports *w, bool told)
{
	struct store_outcome o[RELAY_TAKE_ROWS];
	struct relay_job *j = w->job;
	enum queue_action a;
	unsigned n = 0;

	for (unsigned i = 0; i < j->nrcpts; i++) {
		const struct relay_rcpt *t = &j->rcpt[i];

		if (t->out.report == 0 && !action_of(j, t, &a))
			continue;
		o[n] = relay_outcome(j, t);
		o[n].kind = kind_of(j, t, told);
		o[n].attempted = t->out.report == 0;
		o[n++].delay_told = told && t->fate.tell == RELAY_TELL_DELAYED;
	}
	relay_settle(j, o, n, w->report, told ? w->n : 0);
}

/* There can be no report now. What failed will fail again, and be told then;
 * what was sent must not be sent again. */
static void
give_up(struct relay_job *j)
{
	relay_lane_rest(j->relay, j->lane);
	for (unsigned i = 0; i < j->nrcpts; i++) {
		const struct relay_rcpt *t = &j->rcpt[i];
		struct store_outcome o = {
		    .key = t->key, .kind = STORE_OUTCOME_RELEASE};

		if (t->out.report == 0 && t->fate.tell == RELAY_TELL_NOBODY)
			continue;
		if (t->out.report == 0 && t->fate.kind != STORE_OUTCOME_FAILED)
			o = relay_outcome(j, t);
		o.delay_told = false;
		relay_settle(j, &o, 1, NULL, 0);
	}
}

static void
finish(struct relay_job *j, struct slice original)
{
	static const enum queue_action all[] = {QUEUE_FAILED, QUEUE_DELAYED,
	    QUEUE_RELAYED, QUEUE_DELIVERED, QUEUE_EXPANDED};
	struct reports w = {.job = j, .original = original};
	bool told = may_report(j);
	enum err e = ERR_OK;

	for (size_t i = 0; told && i < sizeof all / sizeof all[0]; i++)
		if (e == ERR_OK)
			e = report_action(&w, all[i]);
	if (e == ERR_OK)
		settle(&w, told);
	else
		give_up(j);
	for (unsigned i = 0; i < w.n; i++)
		buf_fini(&w.text[i]);
	relay_job_free(j);
}

/* --- the original --------------------------------------------------------- */

static size_t
original_max(const struct relay_job *j)
{
	enum queue_action a;

	for (unsigned i = 0; i < j->nrcpts; i++)
		if (action_of(j, &j->rcpt[i], &a) && wants_whole(j, a))
			return SIZE_MAX;
	return HEADER_MAX;
}

static void
original_came(struct relay_job *j, enum err e)
{
	if (e == ERR_OK) {
		finish(j, relay_body_whole(&j->body, original_max(j)));
	} else if (e == ERR_RETRY) {
		give_up(j);
		relay_job_free(j);
	} else {
		finish(j, SLICE_NONE);
	}
}

void
relay_report_fates(struct relay_job *j)
{
	struct slice s;

	j->on_body = original_came;
	s = relay_body_whole(&j->body, original_max(j));
	if (s.len > 0 || relay_body_total(&j->body) == 0)
		finish(j, s);
}

/* --- mail of an account is held ------------------------------------------- */

static enum err
make_notice(struct relay_job *j, struct buf *out, struct store_report *to)
{
	const struct conf *c = &j->relay->site->conf;
	struct queue_held_notice n = {
	    .about = j->rcpt[0].key.id,
	    .to = j->rcpt[0].out.addr,
	    .account = j->env.from,
	    .hostname = slice_str(c->hostname),
	    .now_us = clock_wall_us(),
	    .messages = c->limits.user_messages_per_hour,
	    .recipients = c->limits.user_recipients_per_hour,
	};
	enum err e;

	if (!store_call_new_id(j->relay->store, &n.id))
		return ERR_RETRY;
	e = queue_held_make(&n, out);
	*to = (struct store_report){
	    .id = n.id, .to = n.to, .body = buf_slice(out)};
	return e;
}

static void
tell_of_limit(struct relay_job *j)
{
	struct buf text = BUF_INIT(QUEUE_SETTLE_REPORT_MAX);
	struct store_report r;
	struct store_outcome o = {
	    .key = j->rcpt[0].key, .kind = STORE_OUTCOME_RELEASE};
	enum err e = make_notice(j, &text, &r);

	if (e == ERR_OK)
		o.kind = STORE_OUTCOME_DONE;
	else
		relay_lane_rest(j->relay, j->lane);
	relay_settle(j, &o, 1, &r, e == ERR_OK);
	buf_fini(&text);
	relay_job_free(j);
}

void
relay_report_rows(struct relay_job *j)
{
	if (j->rcpt[0].out.report == STORE_REPORT_LIMIT)
		tell_of_limit(j);
	else
		relay_report_fates(j);
}
