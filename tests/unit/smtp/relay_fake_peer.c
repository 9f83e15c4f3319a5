#include "relay_fake.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_peers fake_peers;
struct fake_relay fake;
static struct fake_peers *f = &fake_peers;

/* --- servers ----------------------------------------------------------------
 */

struct smtp_client {
	struct fake_host *h;
	unsigned address;
	struct net_addr addr;
	const struct smtp_client_ops *ops;
	void *ctx;
	struct net_loop *loop;
	struct net_later later;
	const struct smtp_client_mail *mail;
	bool ready, wants, dropped;
	enum err body_err;
	unsigned mails;
	char peer[CONF_TEXT + 40];
};

struct fake_host *
fake_host(const char *name)
{
	struct fake_host *h;

	for (unsigned i = 0; i < f->nhosts; i++)
		if (strcmp(f->host[i].name, name) == 0)
			return &f->host[i];
	h = &f->host[f->nhosts++];
	(void)snprintf(h->name, sizeof h->name, "%s", name);
	buf_init(&h->text, 1 << 20);
	h->naddrs = 1;
	return h;
}

static void
say_ready(struct smtp_client *c)
{
	struct smtp_verdict v;
	bool bad = c->address < c->h->bad;

	relay_verdict(&v, bad ? ERR_RETRY : c->h->connect,
	    c->h->connect == ERR_DENIED ? "5.3.2" : "4.4.1", "%s said %u",
	    c->h->name, c->h->connect_code);
	v.code = c->h->connect_code;
	if (c->h->words != NULL) {
		v.len = (uint16_t)strlen(c->h->words);
		memcpy(v.text, c->h->words, v.len);
	}
	c->ready = !bad && c->h->connect == ERR_OK;
	c->ops->ready(c->ctx, &v);
}

static bool
drops(const struct smtp_client *c)
{
	return c->dropped || (c->h->second_drops && c->mails == 2);
}

static void
verdict_for(struct smtp_client *c, unsigned i, struct smtp_verdict *v)
{
	const struct fake_host *h = c->h;

	relay_verdict(v, h->says, h->status != NULL ? h->status : "2.0.0",
	    "%s said so", h->name);
	v->code = h->code != 0 ? h->code : h->says == ERR_OK ? 250 : 0;
	v->whole = h->whole;
	if (drops(c)) {
		relay_verdict(v, ERR_CLOSED, "4.4.2", "connection closed");
	} else if (c->body_err != ERR_OK) {
		relay_verdict(v, ERR_PROTO, "4.4.2", "broken off");
	} else if (h->refuses != NULL &&
		   slice_eq(c->mail->rcpt[i].addr, slice_str(h->refuses))) {
		relay_verdict(v, ERR_DENIED, "5.1.1", "no such user");
		v->code = 550;
	}
}

static void
count_sent(const struct smtp_client *c, unsigned i)
{
	for (unsigned n = 0; n < fake_store.nrecs; n++)
		if (!fake_store.rec[n].gone &&
		    fake_store.rec[n].state == STORE_OUT_SENDING &&
		    slice_eq(c->mail->rcpt[i].addr,
			slice_str(fake_store.rec[n].addr)))
			fake_store.rec[n].sent++;
}

static void
end_mail(struct smtp_client *c)
{
	struct fake_host *h = c->h;
	bool usable = c->body_err == ERR_OK && !drops(c) &&
		      h->says != ERR_UNKNOWN && h->says != ERR_CLOSED &&
		      h->code != 421;
	struct smtp_verdict v;

	h->messages++;
	for (unsigned i = 0; i < c->mail->nrcpts; i++) {
		verdict_for(c, i, &v);
		if (v.err == ERR_OK || v.err == ERR_UNKNOWN)
			count_sent(c, i);
		c->ops->recipient(c->ctx, i, &v);
	}
	c->mail = NULL;
	c->ops->finished(c->ctx, usable);
}

static void
go_on(void *ctx)
{
	struct smtp_client *c = ctx;

	if (!c->ready) {
		if (!c->h->hangs)
			say_ready(c);
	} else if (c->body_err == ERR_OK && c->h->text.len < c->mail->octets) {
		if (!c->wants) {
			c->wants = true;
			c->ops->want(c->ctx, c->h->text.len);
			c->dropped = c->wants && c->h->drops_in_text;
			if (c->dropped)
				end_mail(c);
		}
	} else if (!c->h->stays_silent) {
		end_mail(c);
	}
}

void
fake_stir(struct smtp_client *c)
{
	net_later_add(c->loop, &c->later);
}

struct smtp_client *
smtp_client_new(const struct smtp_client_site *site,
    const struct smtp_client_target *target, const struct smtp_client_ops *ops,
    void *ctx)
{
	struct smtp_client *c = calloc(1, sizeof *c);

	c->h = fake_host(target->host);
	c->ops = ops;
	c->ctx = ctx;
	c->loop = site->loop;
	(void)snprintf(
	    c->peer, sizeof c->peer, "%s[127.0.0.1]:25", target->host);
	net_later_init(&c->later, go_on, c);
	net_later_add(c->loop, &c->later);
	c->addr = target->addr;
	c->address = target->addr.ip[15] - 1u;
	c->h->others = target->nothers;
	c->h->hurried += target->connect_ms != 0;
	c->h->opened++;
	if (++c->h->open > c->h->most_open)
		c->h->most_open = c->h->open;
	return c;
}

void
smtp_client_free(struct smtp_client **cp)
{
	struct smtp_client *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	c->h->freed_busy += c->mail != NULL;
	c->h->open--;
	net_later_remove(c->loop, &c->later);
	free(c);
}

void
smtp_client_send(struct smtp_client *c, const struct smtp_client_mail *m)
{
	struct fake_host *h = c->h;
	size_t at = 0;

	c->mail = m;
	c->mails++;
	c->body_err = ERR_OK;
	h->last = *m;
	buf_reset(&h->text);
	(void)slice_to_str(m->from, h->from, sizeof h->from);
	h->to[0] = '\0';
	for (unsigned i = 0; i < m->nrcpts; i++)
		at += (size_t)snprintf(h->to + at, sizeof h->to - at, "%s%.*s",
		    i > 0 ? " " : "", SLICE_ARG(m->rcpt[i].addr));
	net_later_add(c->loop, &c->later);
}

void
smtp_client_body(struct smtp_client *c, struct slice octets, enum err e)
{
	c->wants = false;
	c->body_err = e;
	/* a few at a time, so that offsets lie anywhere */
	buf_add_slice(&c->h->text, slice_first(octets, 700));
	net_later_add(c->loop, &c->later);
}

bool
smtp_client_takes_eight(const struct smtp_client *c)
{
	return !c->h->seven;
}

bool
smtp_client_takes_utf8(const struct smtp_client *c)
{
	return !c->h->no_utf8;
}

bool
smtp_client_takes_dsn(const struct smtp_client *c)
{
	return c->h->dsn;
}

uint64_t
smtp_client_size_max(const struct smtp_client *c)
{
	return c->h->size;
}

struct slice
smtp_client_tls(const struct smtp_client *c)
{
	(void)c;
	return SLICE("TLSv1.3");
}

bool
smtp_client_met(const struct smtp_client *c)
{
	return !c->h->unmet;
}

const struct net_addr *
smtp_client_addr(const struct smtp_client *c)
{
	return &c->addr;
}

struct slice
smtp_client_peer(const struct smtp_client *c)
{
	return slice_str(c->peer);
}

/* --- routes -----------------------------------------------------------------
 */

struct routing {
	struct smtp_route_req *q;
	struct net_later later;
	struct net_loop *loop;
	struct smtp_hop hop[3];
};

void
fake_route(const char *domain, const char *a, const char *b)
{
	(void)snprintf(f->route[f->nroutes].domain, 64, "%s", domain);
	(void)snprintf(f->route[f->nroutes].hosts[0], 64, "%s", a ? a : "");
	(void)snprintf(f->route[f->nroutes].hosts[1], 64, "%s", b ? b : "");
	f->route[f->nroutes++].kind = SMTP_ROUTE_OK;
}

static void
routed(void *ctx)
{
	struct routing *t = ctx;
	struct smtp_route_req *q = t->q;
	unsigned i = 0;

	q->kind = SMTP_ROUTE_NOENT;
	relay_verdict(&q->verdict, ERR_DENIED, "5.1.2", "no such domain");
	while (i < f->nroutes && strcmp(f->route[i].domain, q->domain) != 0)
		i++;
	if (i < f->nroutes)
		q->kind = f->route[i].kind;
	if (q->kind == SMTP_ROUTE_RETRY)
		relay_verdict(&q->verdict, ERR_RETRY, "4.4.3", "no answer");
	q->hop = t->hop;
	for (q->nhops = 0; i < f->nroutes && q->nhops < 3 &&
			   f->route[i].hosts[q->nhops][0] != '\0';
	     q->nhops++) {
		struct smtp_hop *h = &t->hop[q->nhops];

		(void)snprintf(
		    h->host, sizeof h->host, "%s", f->route[i].hosts[q->nhops]);
		h->tls = f->route[i].tls != 0 ? f->route[i].tls : CONF_OUT_MAY;
		(void)snprintf(h->relay.user, sizeof h->relay.user, "%s",
		    f->route[i].user);
		h->naddrs = fake_host(h->host)->naddrs;
		if (f->route[i].relay)
			memcpy(h->relay.host, h->host, sizeof h->host);
		for (unsigned n = 0; n < h->naddrs; n++) {
			(void)net_addr_parse(
			    SLICE("127.0.0.1:25"), &h->addr[n]);
			h->addr[n].ip[15] = (uint8_t)(n + 1);
		}
	}
	q->done(q);
}

void
smtp_route_get(
    struct smtp_route_site *site, struct smtp_route_req *q, struct slice domain)
{
	struct routing *t = calloc(1, sizeof *t);

	f->lookups++;
	t->q = q;
	t->loop = site->loop;
	(void)slice_to_str(domain, q->domain, sizeof q->domain);
	q->work = (void *)t;
	net_later_init(&t->later, routed, t);
	net_later_add(t->loop, &t->later);
}

void
smtp_route_end(struct smtp_route_req *q)
{
	struct routing *t = (void *)q->work;

	q->work = NULL;
	if (t == NULL)
		return;
	net_later_remove(t->loop, &t->later);
	free(t);
}

bool
smtp_route_row(const struct smtp_route_req *q, unsigned i, struct buf *out)
{
	if (i > q->nhops)
		return false;
	buf_addf(out, "%s=%s", i == 0 ? "domain" : "host",
	    i == 0 ? q->domain : q->hop[i - 1].host);
	buf_add_char(out, '\0');
	return true;
}

struct smtp_route_dns
smtp_route_dns(struct dns *d)
{
	(void)d;
	return (struct smtp_route_dns){.ctx = NULL};
}

void
smtp_route_self_find(struct smtp_route_self *s, const struct conf *c)
{
	(void)c;
	s->n = 0;
}

/* --- the whole ---------------------------------------------------------------
 */

static void
keep_line(void *ctx, struct slice line)
{
	(void)ctx;
	buf_add_slice(&fake.log, line);
	buf_add_char(&fake.log, '\n');
}

static void
tick(uint64_t us)
{
	fake.wall_us += us;
	fake.mono_us += us;
	clock_set_for_test(fake.wall_us, fake.mono_us);
}

void
fake_begin(void)
{
	struct relay_parts parts;

	memset(&fake, 0, sizeof fake);
	memset(&fake_store, 0, sizeof fake_store);
	memset(&fake_peers, 0, sizeof fake_peers);
	buf_init(&fake.log, 4 << 20);
	buf_init(&fake_store.rows, 1 << 20);
	log_set_sink(keep_line, NULL);
	fake.wall_us = UINT64_C(1800000000000000);
	fake.mono_us = 1000000000;
	tick(0);
	conf_defaults(&fake.conf);
	(void)snprintf(
	    fake.conf.hostname, sizeof fake.conf.hostname, "mail.our.test");
	fake.loop = net_loop_new();
	parts = (struct relay_parts){
	    .loop = fake.loop, .store = store_call_new(fake.loop, ROLE_RELAY)};
	fake.settings.conf = &fake.conf;
	fake.relay = relay_new(&parts, &fake.settings);
}

void
fake_end(void)
{
	relay_free(&fake.relay);
	store_call_free(&fake_store.call);
	net_loop_free(&fake.loop);
	for (unsigned i = 0; i < fake_store.nreports; i++)
		buf_fini(&fake_store.report[i].body);
	for (unsigned i = 0; i < fake_peers.nhosts; i++)
		buf_fini(&fake_peers.host[i].text);
	buf_fini(&fake.log);
	buf_fini(&fake_store.rows);
	log_set_sink(NULL, NULL);
	clock_set_for_test(0, 0);
}

void
fake_run(void)
{
	for (unsigned i = 0; i < 60; i++)
		net_loop_turn(fake.loop, 0);
}

void
fake_wait(unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		tick(1000000);
		fake_run();
	}
}

void
fake_skip(unsigned seconds)
{
	tick(UINT64_C(1000000) * seconds);
	fake_run();
}

bool
fake_logged(const char *what)
{
	struct slice log = buf_slice(&fake.log);

	return slice_find_slice(log, slice_str(what)) < log.len;
}
