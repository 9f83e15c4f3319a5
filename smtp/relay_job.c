/*
 * From rows to transactions, and their way from one hop to the next.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"
#include "mime/mime_recode.h"

#include <stdlib.h>
#include <string.h>

enum {
	STEPS_MAX = 64 /* hops a job sees, however routes change */
};

/* --- life ----------------------------------------------------------------- */

void
relay_job_wait(struct relay_job *j, struct list *l)
{
	if (j->waits_in != NULL)
		list_remove(j->waits_in, &j->wait);
	j->waits_in = l;
	if (l != NULL)
		list_push_back(l, &j->wait);
}

void
relay_job_free(struct relay_job *j)
{
	struct relay *r = j->relay;

	relay_recode_end(j);
	relay_job_wait(j, NULL);
	relay_body_fini(&j->body);
	if (j->at != NULL)
		relay_hop_unref(&j->at);
	if (j->dest != NULL)
		relay_dest_less(j->dest);
	list_remove(&r->jobs, &j->node);
	r->held -= j->size;
	relay_lane_less(r, j->lane);
	free(j);
}

void
relay_job_release(struct relay_job *j)
{
	for (unsigned i = 0; i < j->nrcpts; i++) {
		struct store_outcome o = {
		    .key = j->rcpt[i].key, .kind = STORE_OUTCOME_RELEASE};

		relay_settle(j, &o, 1, NULL, 0);
	}
	relay_job_free(j);
}

/* --- from hop to hop ------------------------------------------------------ */

/* One that may work later says more than one that never will. */
static void
note(struct relay_job *j, const struct smtp_verdict *v, struct slice host)
{
	if (j->last.err != ERR_OK && j->last.err != ERR_DENIED &&
	    v->err == ERR_DENIED)
		return;
	j->last = *v;
	(void)slice_to_str(
	    slice_first(host, sizeof j->host - 1), j->host, sizeof j->host);
}

static void
no_hop(struct relay_job *j)
{
	if (j->last.err == ERR_OK)
		note(j, &j->dest->why, SLICE(""));
	if (!j->talked)
		relay_lane_rest(j->relay, j->lane);
	relay_job_end_all(j, &j->last);
}

/* It has failed for somebody else, not long ago. Mail goes back for what was
 * said to it, never for what another was told. */
static void
recently(struct relay_hop *h, struct smtp_verdict *v)
{
	struct smtp_verdict why;

	relay_hop_why(h, &why);
	*v = why;
	if (h->last.len > 0 || h->last.code != 0)
		relay_verdict(v, ERR_RETRY, why.status,
		    "server recently unreachable%s%.*s",
		    why.len > 0 ? ": " : "", (int)why.len, why.text);
	v->status[0] = '4';
}

static struct relay_hop *
next_hop(struct relay_job *j)
{
	struct relay_dest *d = j->dest;

	if (j->version != d->version)
		j->tried = 0;
	j->version = d->version;
	for (unsigned i = 0; i < d->nhops; i++) {
		struct smtp_verdict v;

		if ((j->tried >> i & 1) != 0)
			continue;
		j->tried |= UINT64_C(1) << i;
		if (!relay_hop_is_dead(d->hop[i]))
			return d->hop[i];
		recently(d->hop[i], &v);
		note(j, &v, slice_str(d->hop[i]->name));
	}
	return NULL;
}
_Static_assert(SMTP_ROUTE_HOPS <= 64, "hops tried are bits of an u64");

void
relay_job_dispatch(struct relay_job *j)
{
	struct relay_hop *h = ++j->steps > STEPS_MAX ? NULL : next_hop(j);

	if (j->relay->stopping || j->relay->phase != RELAY_OPEN) {
		relay_job_release(j);
		return;
	}
	if (h == NULL) {
		no_hop(j);
		return;
	}
	j->at = h;
	h->refs++;
	relay_hop_add(h, j);
}

void
relay_job_next(
    struct relay_job *j, const struct smtp_verdict *v, struct slice host)
{
	relay_hop_unref(&j->at);
	note(j, v, host);
	relay_job_dispatch(j);
}

/* --- the text ------------------------------------------------------------- */

void
relay_job_body_failed(struct relay_job *j, enum err e)
{
	struct smtp_verdict v;

	if (e == ERR_CORRUPT || e == ERR_NOENT) {
		relay_job_hold(j, "the stored text is missing or damaged");
	} else if (e == ERR_IO) { /* this one: not again at once */
		relay_verdict(&v, ERR_RETRY, "4.3.0",
		    "the stored text cannot be read now");
		relay_job_end_all(j, &v);
	} else {
		relay_lane_rest(j->relay, j->lane);
		relay_job_release(j);
	}
}

static bool
has_eight(struct relay_job *j, struct slice first, bool *header)
{
	bool in_body;

	mime_eight(first, header, &in_body);
	if (!slice_is_ascii(j->body.prefix))
		*header = true;
	return *header || in_body;
}

/* Of our own users' mail, whose text is ours to mend (RFC 6409 section 8.7);
 * what is passed on may be signed. */
static bool
has_long_lines(const struct relay_job *j, struct slice first)
{
	return j->body.prefix.len == 0 && first.len == j->env.octets &&
	       mime_long_lines(first);
}

/* Does it need 8BITMIME, SMTPUTF8? A text that is not all at hand may have
 * octets over 127 behind its beginning. */
static void
look(struct relay_job *j, struct slice first)
{
	bool header = false, eight = has_eight(j, first, &header);
	struct slice sender = j->rcpt[0].out.sender;

	j->eight = eight || first.len < j->env.octets;
	j->lines = has_long_lines(j, first);
	j->utf8 = (header && (j->env.flags & STORE_ENV_UTF8) != 0) ||
		  !slice_is_ascii(sender.len > 0 ? sender : j->env.from);
	for (unsigned i = 0; i < j->nrcpts; i++)
		j->utf8 = j->utf8 || !slice_is_ascii(j->rcpt[i].out.addr);
}

static void
first_came(struct relay_job *j, enum err e)
{
	struct slice first = SLICE_NONE;

	if (e == ERR_OK && j->env.octets > 0)
		first = relay_body_get(&j->body, j->body.prefix.len);
	if (e != ERR_OK) {
		relay_job_body_failed(j, e);
		return;
	}
	look(j, first);
	relay_dest_route(j->dest, j);
}

void
relay_job_begin(struct relay_job *j)
{
	j->on_body = first_came;
	look(j, SLICE_NONE);
	if (relay_dest_is_dead(j->dest)) /* it will not be needed */
		relay_dest_route(j->dest, j);
	else if (j->env.octets == 0 ||
		 relay_body_get(&j->body, j->body.prefix.len).len > 0)
		first_came(j, ERR_OK);
}

/* --- after the transaction ------------------------------------------------ */

/* Was it the connection or the server that failed, before any recipient was
 * decided? */
static bool
may_try_next(const struct relay_job *j)
{
	for (unsigned i = 0; i < j->nrcpts; i++) {
		const struct smtp_verdict *v = &j->rcpt[i].verdict;

		if (v->err != ERR_PROTO && v->err != ERR_CLOSED &&
		    v->err != ERR_TIMEOUT &&
		    !(v->err == ERR_RETRY && (v->code == 421 || v->whole)))
			return false;
	}
	return true;
}

/* A connection that has been used before may have been closed, because it was
 * idle or had enough, just as we went on with it: that says nothing about the
 * server. */
static void
try_next(struct relay_job *j)
{
	struct smtp_verdict v = j->rcpt[0].verdict;

	for (unsigned i = 0; i < j->nrcpts; i++)
		j->rcpt[i].judged = false;
	if (j->reused && !v.whole && ++j->steps < STEPS_MAX &&
	    j->relay->phase == RELAY_OPEN && !j->relay->stopping) {
		relay_hop_add(j->at, j);
		return;
	}
	relay_job_next(j, &v, slice_str(j->host));
}

void
relay_job_sent(struct relay_job *j)
{
	if (j->body_err != ERR_OK) {
		relay_job_body_failed(j, j->body_err);
		return;
	}
	for (unsigned i = 0; i < j->nrcpts; i++)
		if (!j->rcpt[i].judged)
			relay_verdict(&j->rcpt[i].verdict, ERR_UNKNOWN, "4.4.2",
			    "the connection ended without an answer");
	if (may_try_next(j))
		try_next(j);
	else
		relay_job_end(j);
}
