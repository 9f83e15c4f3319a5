/*
 * The end of an attempt: verdicts become outcomes, which go to the store, to
 * the log, and, where somebody is to be told, into a report first.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

#include <string.h>

struct store_outcome
relay_outcome(const struct relay_job *j, const struct relay_rcpt *t)
{
	const struct relay_fate *f = &t->fate;

	return (struct store_outcome){
	    .key = t->key,
	    .kind = f->kind,
	    .attempted = true,
	    .delay_told = f->tell == RELAY_TELL_DELAYED,
	    .next_us = f->next_us,
	    .code = f->code,
	    .status = slice_str(f->status),
	    .reply = slice_of(f->text, f->len),
	    .host = slice_str(j->host),
	    .tls = slice_str(j->tls),
	};
}

/* There is no memory for the reports: what failed will fail again, and be told
 * then; what was sent must not be sent again. */
static enum err
settle_untold(struct queue_settle *s, const struct store_outcome *o, unsigned n)
{
	enum err e = ERR_OK, one;

	for (unsigned i = 0; i < n; i++) {
		struct store_outcome untold = o[i];
		bool told_again = o[i].kind == STORE_OUTCOME_FAILED ||
				  !o[i].attempted; /* a report is all it is */

		if (told_again)
			untold = (struct store_outcome){
			    .key = o[i].key, .kind = STORE_OUTCOME_RELEASE};
		untold.delay_told = false;
		one = queue_settle_add(s, &untold, 1, NULL, 0);
		if (one != ERR_OK)
			e = one;
	}
	return e;
}

/* What cannot be kept as it is must not stay under way for ever: the words, and
 * then the reports, are worth less than what became of the mail. */
static enum err
settle_bare(struct queue_settle *s, const struct store_outcome *o, unsigned n,
    const struct store_report *r, unsigned nreports)
{
	enum err e = ERR_OK, one;

	for (unsigned i = 0; i < n; i++) {
		struct store_outcome bare = o[i];

		bare.status = bare.reply = bare.host = bare.tls = SLICE_NONE;
		one = queue_settle_add(s, &bare, 1, r, nreports);
		if (one != ERR_OK && nreports > 0)
			one = queue_settle_add(s, &bare, 1, NULL, 0);
		else
			nreports = 0; /* they are with this one */
		if (one != ERR_OK)
			e = one;
	}
	return e;
}

void
relay_settle(struct relay_job *j, const struct store_outcome *o, unsigned n,
    const struct store_report *r, unsigned nreports)
{
	enum err e = queue_settle_add(j->relay->settle, o, n, r, nreports);

	if (e == ERR_OK)
		return;
	log_textf(LOG_ERROR, "settle", "an outcome cannot be kept as it is: %s",
	    err_text(e));
	if (e == ERR_NOMEM) {
		relay_lane_rest(j->relay, j->lane);
		e = settle_untold(j->relay->settle, o, n);
	} else {
		e = settle_bare(j->relay->settle, o, n, r, nreports);
	}
	/* it stays under way for the store, and will be in doubt */
	if (e != ERR_OK)
		log_textf(
		    LOG_ERROR, "settle", "an outcome is lost: %s", err_text(e));
}

static uint32_t
some(void)
{
	uint32_t n;

	secret_random(&n, sizeof n);
	return n;
}

static void
decide(
    struct relay_job *j, struct relay_rcpt *t, uint64_t now_us, uint32_t random)
{
	struct relay_facts f = {
	    .conf = &j->relay->site->conf,
	    .route = j->dest != NULL ? &j->dest->conf
				     : &j->relay->site->conf.outbound.all,
	    .env = &j->env,
	    .out = &t->out,
	    .verdict = &t->verdict,
	    .dsn = j->dsn,
	    .now_us = now_us,
	    .random = random,
	};

	relay_fate_of(&f, &t->fate);
	relay_log_outcome(j, t);
}

void
relay_job_end(struct relay_job *j)
{
	uint64_t now_us = clock_wall_us();
	uint32_t random = some(); /* one: what is tried again goes together */
	bool tell = false;

	for (unsigned i = 0; i < j->nrcpts; i++) {
		struct relay_rcpt *t = &j->rcpt[i];
		struct store_outcome o;

		decide(j, t, now_us, random);
		if (t->fate.tell != RELAY_TELL_NOBODY) {
			tell = true;
			continue;
		}
		o = relay_outcome(j, t);
		relay_settle(j, &o, 1, NULL, 0);
	}
	if (tell)
		relay_report_fates(j);
	else
		relay_job_free(j);
}

void
relay_job_end_all(struct relay_job *j, const struct smtp_verdict *v)
{
	struct smtp_verdict all = *v;

	for (unsigned i = 0; i < j->nrcpts; i++)
		j->rcpt[i].verdict = all;
	relay_job_end(j);
}

void
relay_job_hold(struct relay_job *j, const char *why)
{
	for (unsigned i = 0; i < j->nrcpts; i++) {
		struct relay_rcpt *t = &j->rcpt[i];
		struct store_outcome o;

		relay_verdict(&t->verdict, ERR_CORRUPT, "4.3.0", "%s", why);
		t->fate = (struct relay_fate){.kind = STORE_OUTCOME_HELD};
		(void)slice_to_str(
		    SLICE("4.3.0"), t->fate.status, sizeof t->fate.status);
		t->fate.len = t->verdict.len;
		memcpy(t->fate.text, t->verdict.text, t->fate.len);
		relay_log_outcome(j, t);
		o = relay_outcome(j, t);
		relay_settle(j, &o, 1, NULL, 0);
	}
	relay_job_free(j);
}
