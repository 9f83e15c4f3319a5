/*
 * From the rows of a take to jobs: recipients of one message at one domain that
 * can be sent together are one transaction.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

struct group { /* rows that become one job */
	struct slice envelope;
	struct store_out_row row[RELAY_TAKE_ROWS];
	struct store_out out[RELAY_TAKE_ROWS];
	unsigned n;
	uint64_t number;
};

static struct slice
domain_of(struct slice addr)
{
	return slice_skip(addr, slice_rfind(addr, '@') + 1);
}

static void *
put(char **at, struct slice s)
{
	char *p = *at;

	if (s.len > 0)
		memcpy(p, s.p, s.len);
	*at += s.len;
	return p;
}

static size_t
memory_of(const struct group *g)
{
	size_t n =
	    g->envelope.len + g->n * (sizeof(struct relay_rcpt) +
					 sizeof(struct smtp_client_rcpt));

	for (unsigned i = 0; i < g->n; i++)
		n += g->row[i].out.len;
	return n;
}

/* Copy what the group has, so that it can be decoded where it stays. */
static enum err
fill(struct relay_job *j, const struct group *g)
{
	char *at = (char *)j->memory;
	enum err e;

	j->rcpt = (void *)at;
	at += g->n * sizeof *j->rcpt;
	j->to = (void *)at;
	at += g->n * sizeof *j->to;
	e = store_envelope_decode(
	    slice_of(put(&at, g->envelope), g->envelope.len), &j->env);
	for (unsigned i = 0; i < g->n && e == ERR_OK; i++) {
		struct relay_rcpt *t = &j->rcpt[i];
		struct slice out = g->row[i].out;

		t->key = g->row[i].key;
		e = store_out_decode(slice_of(put(&at, out), out.len), &t->out);
		j->to[i] = (struct smtp_client_rcpt){
		    t->out.addr, t->out.orcpt, t->out.notify};
	}
	return e;
}

static void
body_ready(void *ctx, enum err e)
{
	struct relay_job *j = ctx;

	j->on_body(j, e);
}

static enum err
job_new(struct relay *r, const struct group *g, struct relay_job **out)
{
	size_t size = sizeof(struct relay_job) + memory_of(g);
	struct relay_job *j = calloc(1, size);
	enum err e = j == NULL ? ERR_NOMEM : fill(j, g);

	if (e == ERR_OK) {
		j->lane = relay_lane_more(r, g->number);
		e = j->lane == NULL ? ERR_NOMEM : ERR_OK;
	}
	if (e != ERR_OK) {
		free(j);
		return e;
	}
	j->relay = r;
	j->size = size;
	r->held += size;
	j->nrcpts = g->n;
	j->taken_ms = clock_mono_ms();
	list_node_init(&j->wait);
	list_node_init(&j->node);
	list_push_back(&r->jobs, &j->node);
	j->body.store = r->store;
	j->body.held = &r->held;
	j->body.id = g->row[0].key.id;
	j->body.prefix = j->rcpt[0].out.prefix;
	j->body.octets = j->env.octets;
	j->body.ready = body_ready;
	j->body.ctx = j;
	relay_body_init(&j->body);
	*out = j;
	return ERR_OK;
}

/* What is given back is due at once, and would be taken at once. */
static void
rest(struct relay *r, uint64_t number)
{
	struct relay_lane *l = relay_lane_more(r, number);

	if (l == NULL)
		return;
	relay_lane_rest(r, l);
	relay_lane_less(r, l);
}

/* Rows that cannot become a job now stay as they were; damaged ones wait for an
 * operator. */
static void
give_back(struct relay *r, const struct store_out_key *key, enum err e)
{
	struct store_outcome o = {.key = *key, .kind = STORE_OUTCOME_RELEASE};

	if (e == ERR_CORRUPT) {
		log_textf(LOG_ERROR, "queue", "a record is damaged, and held");
		o.kind = STORE_OUTCOME_HELD;
		o.status = SLICE("5.3.0");
		o.reply = SLICE("the stored record is damaged");
	}
	(void)queue_settle_add(r->settle, &o, 1, NULL, 0);
}

static void
start(struct relay_job *j)
{
	struct slice domain = domain_of(j->rcpt[0].out.addr);
	struct smtp_verdict v;

	if (j->relay->stopping) {
		relay_job_release(j);
		return;
	}
	if (j->rcpt[0].out.report != 0) {
		relay_report_rows(j);
		return;
	}
	j->dest = relay_dest_get(j->relay, domain);
	if (j->dest != NULL) {
		j->dest->number = j->lane->number;
		j->lane->dest = j->dest;
		relay_job_begin(j);
	} else if (domain.len > 0) {
		relay_lane_rest(j->relay, j->lane);
		relay_job_release(j);
	} else {
		relay_verdict(
		    &v, ERR_DENIED, "5.1.3", "the address has no domain");
		relay_job_end_all(j, &v);
	}
}

static void
flush(struct relay *r, struct group *g)
{
	struct relay_job *j = NULL;
	enum err e = g->n > 0 ? job_new(r, g, &j) : ERR_OK;

	if (j != NULL)
		start(j);
	if (e != ERR_OK)
		rest(r, g->number);
	for (unsigned i = 0; e != ERR_OK && i < g->n; i++)
		give_back(r, &g->row[i].key, e);
	g->n = 0;
}

static bool
belongs(struct relay *r, const struct group *g, const struct store_out_row *w,
    const struct store_out *o)
{
	const struct store_out *first = &g->out[0];
	struct conf_route c;

	if (g->n == 0 || g->n == RELAY_TAKE_ROWS ||
	    mail_id_cmp(&w->key.id, &g->row[0].key.id) != 0 ||
	    o->report != first->report || !slice_eq(o->sender, first->sender) ||
	    !slice_eq(o->prefix, first->prefix))
		return false;
	if (o->report != 0)
		return o->report != STORE_REPORT_LIMIT;
	if (!slice_eq_nocase(domain_of(o->addr), domain_of(first->addr)))
		return false;
	(void)conf_route_for(&r->site->conf, domain_of(o->addr), &c);
	return g->n < c.recipients;
}

void
relay_job_rows(struct relay *r, struct slice rows)
{
	struct group g = {.n = 0};
	struct slice envelope = SLICE_NONE;
	struct store_out_row w;
	struct store_out o;

	while (store_out_rows_next(&rows, &w) == ERR_OK) {
		if (w.envelope.len > 0)
			envelope = w.envelope;
		if (store_out_decode(w.out, &o) != ERR_OK) {
			give_back(r, &w.key, ERR_CORRUPT);
			continue;
		}
		if (!belongs(r, &g, &w, &o))
			flush(r, &g);
		g.envelope = envelope;
		g.number =
		    o.report != 0 ? STORE_DEST_REPORT : store_dest_of(o.addr);
		g.row[g.n] = w;
		g.out[g.n++] = o;
	}
	flush(r, &g);
}
