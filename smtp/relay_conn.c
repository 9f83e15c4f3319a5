/*
 * One connection of a hop: opened to its addresses in turn, used for one job
 * after the other, kept a while for more.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* for those that did not answer when there was another that did, and then would
 * not talk to us */
enum { AGAIN_MS = 5000 };

static enum err connect_next(struct relay_conn *c);

/* --- the end of it -------------------------------------------------------- */

static void
not_idle(struct relay_conn *c)
{
	net_timer_clear(&c->idle);
	if (!list_linked(&c->idle_node))
		return;
	list_remove(&c->hop->relay->idle_conns, &c->idle_node);
	c->hop->idle--;
}

void
relay_conn_free(struct relay_conn *c)
{
	struct relay_hop *h = c->hop;
	struct relay *r = h->relay;
	struct queue_dest *s = relay_hop_server(h);

	not_idle(c);
	smtp_client_free(&c->client);
	if (!c->ready)
		h->opening--;
	list_remove(&h->conns, &c->node);
	r->conns--;
	if (s != NULL)
		queue_dest_closed(s, clock_mono_ms());
	free(c);
	if (!list_empty(&h->waiting))
		relay_hop_stir(h);
	h->refs++; /* so that it goes if nobody wants it any more */
	relay_hop_unref(&h);
	relay_stir(r);
}

/* --- opening -------------------------------------------------------------- */

static void
go_idle(struct relay_conn *c)
{
	struct relay_hop *h = c->hop;

	h->idle++;
	list_push_back(&h->relay->idle_conns, &c->idle_node);
	(void)net_timer_set(&c->idle, h->site->conf.outbound.idle_ms);
	relay_hop_stir(h);
}

/*
 * No address of the server took us. While others of its connections work it has
 * just enough of them; and when nobody waits for it any more, whether it lives
 * is for the next message to find out.
 */
static void
not_opened(struct relay_conn *c, const struct smtp_verdict *v)
{
	struct relay_hop *h = c->hop;
	struct queue_dest *s = relay_hop_server(h);
	uint64_t now = clock_mono_ms();
	bool probe = s != NULL && s->dead_until_ms != 0;

	if (s != NULL && h->conns.count > h->opening) {
		queue_dest_slow_down(s, now);
	} else if (probe || !list_empty(&h->waiting)) {
		h->last = *v;
		h->failed = true;
		if (s != NULL)
			queue_dest_failed(s, slice_of(v->text, v->len),
			    conf_times_at(&h->retry, s->pauses + 1), now);
	}
	relay_hop_stir(h);
	relay_conn_free(c);
}

static bool
is_same(const struct net_addr *a, const struct net_addr *b)
{
	return memcmp(a->ip, b->ip, sizeof a->ip) == 0 && a->port == b->port;
}

/* There was a connection, and nothing came of it: the others are left. */
static void
cross_off(struct relay_conn *c, const struct net_addr *a)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->naddrs; i++)
		if (!is_same(&c->addr[i], a))
			c->addr[n++] = c->addr[i];
	c->naddrs = n;
	c->again = true;
}

static void
ready(void *ctx, const struct smtp_verdict *v)
{
	struct relay_conn *c = ctx;
	struct smtp_verdict why = *v;
	bool talked;

	if (v->err == ERR_OK) {
		c->ready = true;
		c->ready_ms = clock_mono_ms();
		c->hop->opening--;
		c->hop->good = *smtp_client_addr(c->client);
		go_idle(c);
		return;
	}
	talked = smtp_client_met(c->client);
	if (talked)
		cross_off(c, smtp_client_addr(c->client));
	smtp_client_free(&c->client);
	if (talked && c->naddrs > 0 && connect_next(c) == ERR_OK)
		return;
	not_opened(c, &why);
}

/* --- a transaction -------------------------------------------------------- */

static void
want(void *ctx, uint64_t offset)
{
	struct relay_conn *c = ctx;
	struct slice s = relay_body_get(&c->job->body, offset);

	if (s.len > 0)
		smtp_client_body(c->client, s, ERR_OK);
}

/* Octets that were waited for have come, or not. */
static void
body_came(struct relay_job *j, enum err e)
{
	struct relay_conn *c = j->conn;

	if (e == ERR_OK) {
		want(c, j->wanted);
		return;
	}
	j->body_err = e;
	smtp_client_body(c->client, SLICE_NONE, ERR_RETRY);
}

static void
wanted(void *ctx, uint64_t offset)
{
	struct relay_conn *c = ctx;

	c->job->wanted = offset;
	c->job->on_body = body_came;
	want(c, offset);
}

static void
recipient(void *ctx, unsigned i, const struct smtp_verdict *v)
{
	struct relay_conn *c = ctx;

	if (i >= c->job->nrcpts)
		return;
	c->job->rcpt[i].verdict = *v;
	c->job->rcpt[i].judged = true;
}

/* What its answers say about the server: one that has been dead is alive again
 * with the first, whatever it is about. */
static void
learn(struct relay_conn *c, const struct relay_job *j)
{
	struct queue_dest *s = relay_hop_server(c->hop);
	const struct smtp_verdict *v = &j->rcpt[0].verdict;
	bool slow = v->code == 421 ||
		    (v->code == 450 && strncmp(v->status, "4.7.", 4) == 0);

	if (s == NULL)
		return;
	if (v->err == ERR_OK ||
	    (v->code != 0 && !slow && s->dead_until_ms != 0))
		queue_dest_worked(s, clock_mono_ms());
	else if (slow)
		queue_dest_slow_down(s, clock_mono_ms());
}

static void
finished(void *ctx, bool usable)
{
	struct relay_conn *c = ctx;
	struct relay_job *j = c->job;
	struct relay_hop *h = c->hop;

	c->job = NULL;
	c->sent++;
	learn(c, j);
	j->conn = NULL;
	relay_body_unwait(&j->body);
	h->refs++;
	if (usable && c->sent < h->messages && !h->relay->stopping)
		go_idle(c);
	else
		relay_conn_free(c);
	relay_job_sent(j);
	relay_hop_unref(&h);
}

static void
closed(void *ctx)
{
	relay_conn_free(ctx);
}

static void
copy_text(char *to, size_t size, struct slice s)
{
	(void)slice_to_str(slice_first(s, size - 1), to, size);
}

static struct smtp_client_mail
mail_of(const struct relay_job *j)
{
	bool own = j->rcpt[0].out.sender.len > 0;

	return (struct smtp_client_mail){
	    .from = own ? j->rcpt[0].out.sender : j->env.from,
	    .envid = j->env.envid,
	    .rcpt = j->to,
	    .nrcpts = j->nrcpts,
	    .octets = relay_body_total(&j->body),
	    .eight = j->eight,
	    .utf8 = j->utf8,
	    .ret = j->env.ret,
	};
}

/* What this server cannot take is better known before it is asked. */
static bool
fits(struct relay_conn *c, struct relay_job *j)
{
	uint64_t max = smtp_client_size_max(c->client);
	struct smtp_verdict v;

	if (j->utf8 && !smtp_client_takes_utf8(c->client))
		relay_verdict(&v, ERR_DENIED, "5.6.7",
		    "the server does not take internationalized addresses "
		    "(SMTPUTF8)");
	else if (max > 0 && relay_body_total(&j->body) > max)
		relay_verdict(&v, ERR_DENIED, "5.3.4",
		    "the message has %llu octets, the server takes %llu",
		    (unsigned long long)relay_body_total(&j->body),
		    (unsigned long long)max);
	else
		return true;
	relay_job_end_all(j, &v);
	return false;
}

void
relay_conn_send(struct relay_conn *c, struct relay_job *j)
{
	uint64_t now = clock_mono_ms();

	copy_text(j->host, sizeof j->host, smtp_client_peer(c->client));
	copy_text(j->tls, sizeof j->tls, smtp_client_tls(c->client));
	j->talked = true;
	j->conn_ms = now;
	j->setup_ms = c->sent == 0 ? c->ready_ms - c->began_ms : 0;
	j->reused = c->sent > 0;
	j->dsn = smtp_client_takes_dsn(c->client);
	relay_hop_stir(c->hop); /* if it stays idle there may be others */
	j->seven = j->eight && !smtp_client_takes_eight(c->client);
	if (j->seven || j->lines) {
		relay_job_recode(j);
		return;
	}
	if (!fits(c, j))
		return;
	not_idle(c);
	c->job = j;
	j->conn = c;
	j->mail = mail_of(j);
	smtp_client_send(c->client, &j->mail);
}

static void
idle_for_long(void *ctx)
{
	relay_conn_free(ctx);
}

/* --- life ----------------------------------------------------------------- */

static const struct smtp_client_ops ops = {
    .ready = ready,
    .want = wanted,
    .recipient = recipient,
    .finished = finished,
    .closed = closed,
};

static enum err
connect_next(struct relay_conn *c)
{
	struct relay_hop *h = c->hop;
	struct smtp_client_target *t = &c->target;

	t->addr = c->addr[0];
	t->others = c->addr + 1;
	t->nothers = c->naddrs - 1;
	memcpy(t->host, h->at.host, sizeof t->host);
	t->connect_ms = c->again ? AGAIN_MS : 0;
	t->tls = h->at.tls;
	t->implicit_tls = h->at.relay.implicit_tls;
	if (h->at.relay.user[0] != '\0') {
		t->user = h->at.relay.user;
		t->password = buf_slice(&h->site->password[h->at.password]);
	}
	c->client = smtp_client_new(&h->site->client, t, &ops, c);
	return c->client == NULL ? ERR_NOMEM : ERR_OK;
}

/* In their order, but the one that worked last is the first. */
static void
line_up(struct relay_conn *c)
{
	const struct smtp_hop *at = &c->hop->at;
	unsigned first = 0;

	for (unsigned i = 0; i < at->naddrs; i++)
		if (is_same(&at->addr[i], &c->hop->good))
			first = i;
	for (unsigned i = 0; i < at->naddrs; i++)
		c->addr[i] = at->addr[(first + i) % at->naddrs];
	c->naddrs = at->naddrs;
}

bool
relay_conn_open(struct relay_hop *h)
{
	struct queue_dest *s = relay_hop_server(h);
	struct relay_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return false;
	c->hop = h;
	c->began_ms = clock_mono_ms();
	list_node_init(&c->node);
	list_node_init(&c->idle_node);
	net_timer_init(&c->idle, h->relay->loop, idle_for_long, c);
	line_up(c);
	if (connect_next(c) != ERR_OK) {
		free(c);
		return false;
	}
	list_push_back(&h->conns, &c->node);
	h->opening++;
	h->relay->conns++;
	if (s != NULL)
		queue_dest_opened(s, c->began_ms);
	return true;
}
