/*
 * The relay as a whole: its parts, what happens at the end of a turn and once a
 * second, and how it follows the store: away, up, in doubt, open.
 *
 *	        up                jobs ended, settled       doubt answered
 *	AWAY ------> CLEANING ---------------------> DOUBTING ------> OPEN
 *	  ^              |                               |              |
 *	  '--------------'---------- lost ---------------'--------------'
 *
 * What was under way when the store went away ends before the store is asked to
 * put all it does not know the end of in doubt: so a message that was accepted
 * meanwhile is not sent again.
 */
#include "smtp/relay.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "smtp/relay_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
	TICK_MS = 1000,
	CLEANING_MS = 30 * 1000, /* jobs that take longer are in doubt */
	SERVERS = 20000,         /* remembered by queue_dest */
	SENDERS = 10000          /* by queue_rate */
};

/* --- configuration -------------------------------------------------------- */

static void
net_unref(struct relay_net *n)
{
	if (--n->refs > 0)
		return;
	dns_free(&n->dns);
	net_tls_client_free(&n->tls);
	free(n);
}

/* What was given and is not taken: n has it, or nobody. */
static void
drop_given(struct relay_net *n, const struct relay_settings *from)
{
	struct relay_settings s = *from;

	if (n != NULL) {
		net_unref(n);
		return;
	}
	dns_free(&s.dns);
	net_tls_client_free(&s.tls);
}

struct relay_site *
relay_site_ref(struct relay_site *s)
{
	s->refs++;
	return s;
}

void
relay_site_unref(struct relay_site **sp)
{
	struct relay_site *s = *sp;

	*sp = NULL;
	if (s == NULL || --s->refs > 0)
		return;
	for (unsigned i = 0; i < CONF_PASSWORDS; i++)
		buf_wipe(&s->password[i]);
	net_unref(s->net);
	free(s);
}

/* Those given, or those of before. */
static struct relay_net *
net_for(const struct relay *r, const struct relay_settings *from)
{
	struct relay_net *n;

	if (r->site != NULL && (from->dns == NULL || from->tls == NULL)) {
		r->site->net->refs++;
		return r->site->net;
	}
	if ((n = calloc(1, sizeof *n)) == NULL)
		return NULL;
	n->refs = 1;
	n->dns = from->dns;
	n->tls = from->tls;
	return n;
}

static struct relay_site *
site_new(const struct relay *r, const struct relay_settings *from)
{
	struct relay_net *n = net_for(r, from);
	struct relay_site *s = n == NULL ? NULL : calloc(1, sizeof *s);

	if (s == NULL) {
		drop_given(n, from);
		return NULL;
	}
	s->net = n;
	s->refs = 1;
	s->number = r->site == NULL ? 1 : r->site->number + 1;
	s->conf = *from->conf;
	for (unsigned i = 0; i < CONF_PASSWORDS; i++) {
		buf_init(&s->password[i], CONF_TEXT * 4);
		buf_add_slice(&s->password[i], from->password[i]);
	}
	s->client.loop = s->route.loop = r->loop;
	s->client.conf = s->route.conf = &s->conf;
	s->client.tls = n->tls;
	s->route.dns = smtp_route_dns(n->dns);
	smtp_route_self_find(&s->route.self, &s->conf);
	return s;
}

enum err
relay_reload(struct relay *r, const struct relay_settings *from)
{
	struct relay_site *s = site_new(r, from);

	if (s == NULL)
		return ERR_NOMEM;
	relay_site_unref(&r->site);
	r->site = s;
	relay_pool_close_idle(r);
	relay_take_all(r);
	return ERR_OK;
}

/* --- the store comes and goes --------------------------------------------- */

static void
doubted(struct store_req *sr, enum err e)
{
	struct store_value_req *q = LIST_ITEM(sr, struct store_value_req, r);
	struct relay *r = LIST_ITEM(q, struct relay, doubt);

	if (r->phase != RELAY_DOUBTING)
		return;
	if (e != ERR_OK) { /* the tick asks again */
		r->phase = RELAY_CLEANING;
		return;
	}
	if (q->value > 0)
		log_textf(LOG_WARN, "in-doubt",
		    "%llu attempts broke off and may have been delivered",
		    (unsigned long long)q->value);
	r->phase = RELAY_OPEN;
	relay_take_all(r);
}

static void
ask_doubt(struct relay *r)
{
	const struct conf *c = &r->site->conf;
	uint64_t wait_ms = conf_times_at(&c->outbound.all.retry, 1);

	if (r->doubt.r.busy) /* its end is still to be told; the tick */
		return;
	r->phase = RELAY_DOUBTING;
	r->doubt.r.done = doubted;
	store_call_doubt(r->store, &r->doubt, clock_wall_us() + wait_ms * 1000,
	    c->queue.hold_doubt);
}

/* Jobs that are not being sent end at once; the others get their time. */
static void
release_waiting(struct relay *r)
{
	LIST_EACH_SAFE(&r->jobs, n)
	{
		struct relay_job *j = LIST_ITEM(n, struct relay_job, node);

		if (j->conn == NULL && j->waits_in != NULL)
			relay_job_release(j);
	}
}

static void
came_up(void *ctx)
{
	struct relay *r = ctx;

	queue_settle_up(r->settle);
	r->phase = RELAY_CLEANING;
	(void)net_timer_set(&r->patience, CLEANING_MS);
	release_waiting(r);
	relay_stir(r);
}

static void
went_away(void *ctx)
{
	struct relay *r = ctx;

	r->phase = RELAY_AWAY;
}

/* --- the end of a turn, a second ------------------------------------------ */

static bool
is_clean(const struct relay *r)
{
	return list_empty(&r->jobs) && r->asked == 0 &&
	       queue_settle_idle(r->settle);
}

/* Last thing: r may be gone then. */
static void
tell_stopped(struct relay *r)
{
	void (*stopped)(void *ctx) = r->stopped;

	r->stopped = NULL;
	net_timer_clear(&r->patience);
	net_timer_clear(&r->tick);
	if (stopped != NULL)
		stopped(r->stopped_ctx);
}

static void
turn_ends(void *ctx)
{
	struct relay *r = ctx;

	relay_recode_run(r);
	relay_pool_run(r);
	if (r->phase == RELAY_CLEANING && is_clean(r))
		ask_doubt(r);
	relay_take_run(r);
	if (r->tick.at_ms == 0)
		(void)net_timer_set(&r->tick, TICK_MS);
	if (r->stopping && is_clean(r))
		tell_stopped(r);
}

void
relay_stir(struct relay *r)
{
	net_later_add(r->loop, &r->turn);
}

static bool
is_busy(const struct relay *r)
{
	return !list_empty(&r->jobs) || !list_empty(&r->hungry) ||
	       r->idle_dests.count > 0 || r->phase != RELAY_OPEN;
}

static void
second(void *ctx)
{
	struct relay *r = ctx;

	relay_pool_tick(r);
	relay_recode_tick(r);
	relay_dest_sweep(r, RELAY_DESTS_IDLE);
	if (is_busy(r))
		relay_stir(r);
}

static void
out_of_patience(void *ctx)
{
	struct relay *r = ctx;

	if (r->stopping)
		tell_stopped(r);
	else if (r->phase == RELAY_CLEANING)
		ask_doubt(r);
}

/* --- life ----------------------------------------------------------------- */

static void
on_due(void *ctx, uint64_t number, uint64_t us)
{
	relay_take_due(ctx, number, us);
}

static void
on_control(void *ctx, const struct msg_control *m)
{
	relay_control(ctx, m);
}

static void
settled(void *ctx)
{
	relay_stir(ctx);
}

void
relay_stop(
    struct relay *r, uint64_t grace_ms, void (*stopped)(void *ctx), void *ctx)
{
	r->stopping = true;
	r->stopped = stopped;
	r->stopped_ctx = ctx;
	(void)net_timer_set(&r->patience, grace_ms);
	release_waiting(r);
	relay_pool_close_idle(r);
	relay_stir(r);
}

static void
init(struct relay *r)
{
	map_init(&r->dests);
	map_init(&r->hops);
	list_init(&r->idle_dests);
	list_init(&r->serve);
	list_init(&r->idle_conns);
	list_init(&r->jobs);
	list_init(&r->recodes);
	list_init(&r->tests);
	queue_dests_init(&r->servers, SERVERS);
	queue_rate_init(&r->reports, SENDERS);
	net_later_init(&r->turn, turn_ends, r);
	net_timer_init(&r->tick, r->loop, second, r);
	net_timer_init(&r->patience, r->loop, out_of_patience, r);
	relay_take_init(r);
}

struct relay *
relay_new(const struct relay_parts *parts, const struct relay_settings *s)
{
	struct relay *r = calloc(1, sizeof *r);

	if (r == NULL) {
		drop_given(NULL, s);
		return NULL;
	}
	r->loop = parts->loop;
	r->store = parts->store;
	init(r);
	r->site = site_new(r, s);
	r->settle = queue_settle_new(r->loop, r->store, settled, r);
	if (r->site == NULL || r->settle == NULL) {
		relay_free(&r);
		return NULL;
	}
	store_call_on_due(r->store, on_due, r);
	store_call_on_up(r->store, came_up, r);
	store_call_on_lost(r->store, went_away, r);
	store_call_on_control(r->store, on_control, r);
	return r;
}

static void
free_conns(struct relay *r)
{
	struct map_node *m = NULL;

	while (r->conns > 0 && (m = map_next(&r->hops, m)) != NULL) {
		struct relay_hop *h = MAP_ITEM(m, struct relay_hop, by_key);

		if (list_empty(&h->conns))
			continue;
		relay_conn_free(
		    LIST_ITEM(h->conns.head.next, struct relay_conn, node));
		m = NULL; /* the hop may be gone with it */
	}
}

/* Connections borrow from jobs, jobs hold hops and dests. */
void
relay_free(struct relay **rp)
{
	struct relay *r = *rp;

	*rp = NULL;
	if (r == NULL)
		return;
	relay_control_fini(r);
	free_conns(r);
	while (!list_empty(&r->jobs))
		relay_job_free(
		    LIST_ITEM(r->jobs.head.next, struct relay_job, node));
	relay_dest_sweep(r, 0);
	relay_take_fini(r);
	store_req_cancel(r->store, &r->doubt.r);
	queue_settle_free(&r->settle);
	queue_dests_fini(&r->servers);
	queue_rate_fini(&r->reports);
	map_fini(&r->dests);
	map_fini(&r->hops);
	relay_site_unref(&r->site);
	net_later_remove(r->loop, &r->turn);
	net_timer_clear(&r->tick);
	net_timer_clear(&r->patience);
	free(r);
}
