/*
 * Servers and the jobs that wait for them: which connection takes the next job,
 * when another is opened, and what becomes of those that wait when there is
 * none. Domains with the same server share its connections.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- hops ----------------------------------------------------------------- */

static void
name_of(const struct smtp_hop *at, char *out, size_t size)
{
	struct buf b = BUF_INIT(64);

	if (at->host[0] != '\0') {
		(void)snprintf(
		    out, size, "%s:%u", at->host, (unsigned)at->addr[0].port);
		return;
	}
	net_addr_add(&b, &at->addr[0]);
	(void)snprintf(out, size, "%s", buf_cstr(&b));
	buf_fini(&b);
}

/* Who insists on TLS, or logs in, may be turned away where others are not: that
 * the server is dead for them must not hold up the mail of the others. */
static void
server_of(const struct smtp_hop *at, const char *name, char *out, size_t size)
{
	const char *user = at->relay.user;

	(void)snprintf(out, size, "%s%s%s%s%s", name,
	    at->relay.implicit_tls ? " tls=implicit" : "",
	    at->tls == CONF_OUT_REQUIRE  ? " tls=require"
	    : at->tls == CONF_OUT_VERIFY ? " tls=verify"
					 : "",
	    user[0] != '\0' ? " user=" : "", user);
}

static struct relay_hop *
hop_new(struct relay *r, struct relay_site *s, const char *key)
{
	struct relay_hop *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->relay = r;
	(void)snprintf(h->key, sizeof h->key, "%s", key);
	list_init(&h->conns);
	list_init(&h->waiting);
	list_node_init(&h->serve);
	if (map_put(&r->hops, &h->by_key, slice_str(h->key)) != ERR_OK) {
		free(h);
		return NULL;
	}
	h->site = relay_site_ref(s);
	return h;
}

struct relay_hop *
relay_hop_get(struct relay *r, struct relay_site *s, const struct smtp_hop *at,
    const struct conf_route *c)
{
	char key[sizeof((struct relay_hop *)0)->key], name[330];
	struct map_node *n;
	struct relay_hop *h;

	name_of(at, name, sizeof name);
	(void)snprintf(key, sizeof key, "%u/%s/%u/%d/%u/%s", s->number, name,
	    at->tls, at->relay.implicit_tls, at->password, at->relay.user);
	n = map_get(&r->hops, slice_str(key));
	h = n != NULL ? MAP_ITEM(n, struct relay_hop, by_key)
		      : hop_new(r, s, key);
	if (h == NULL)
		return NULL;
	memcpy(h->name, name, sizeof h->name);
	server_of(at, name, h->server, sizeof h->server);
	h->at = *at;
	h->most = c->connections;
	h->messages = c->messages;
	h->retry = c->retry;
	h->refs++;
	return h;
}

static void
hop_free_if_unused(struct relay_hop *h)
{
	struct relay *r = h->relay;

	if (h->refs > 0 || !list_empty(&h->conns))
		return;
	list_remove(&r->serve, &h->serve);
	map_remove(&r->hops, &h->by_key);
	relay_site_unref(&h->site);
	free(h);
}

void
relay_hop_unref(struct relay_hop **hp)
{
	struct relay_hop *h = *hp;

	*hp = NULL;
	if (--h->refs == 0)
		hop_free_if_unused(h);
}

struct queue_dest *
relay_hop_server(struct relay_hop *h)
{
	return queue_dest_get(
	    &h->relay->servers, slice_str(h->server), clock_mono_ms());
}

bool
relay_hop_is_dead(struct relay_hop *h)
{
	struct queue_dest *s = relay_hop_server(h);

	return s != NULL && queue_dest_is_dead(s, clock_mono_ms());
}

/* A server that turns us away in the first words is tried again if it is a
 * relay of the configuration: what is wrong is the operator's to mend, and no
 * reason to send mail back. */
void
relay_hop_why(struct relay_hop *h, struct smtp_verdict *v)
{
	struct queue_dest *s = relay_hop_server(h);

	*v = h->last;
	if (v->len == 0 && v->code == 0)
		relay_verdict(v, ERR_RETRY, "4.4.1",
		    "server recently unreachable%s%s",
		    s != NULL && s->why[0] != '\0' ? ": " : "",
		    s != NULL ? s->why : "");
	if (v->err == ERR_DENIED && h->at.relay.host[0] != '\0')
		v->err = ERR_RETRY;
}

void
relay_hop_stir(struct relay_hop *h)
{
	if (!list_linked(&h->serve))
		list_push_back(&h->relay->serve, &h->serve);
	relay_stir(h->relay);
}

void
relay_hop_add(struct relay_hop *h, struct relay_job *j)
{
	relay_job_wait(j, &h->waiting);
	relay_hop_stir(h);
}

/* --- serving those that wait ---------------------------------------------- */

static struct relay_job *
first_waiting(struct relay_hop *h)
{
	if (list_empty(&h->waiting))
		return NULL;
	return LIST_ITEM(h->waiting.head.next, struct relay_job, wait);
}

static struct relay_conn *
idle_conn(struct relay_hop *h)
{
	LIST_EACH(&h->conns, n)
	{
		struct relay_conn *c = LIST_ITEM(n, struct relay_conn, node);

		if (list_linked(&c->idle_node))
			return c;
	}
	return NULL;
}

/* All connections there may be are in use: the one that is idle for longest
 * makes room, if there is one. */
static bool
make_room(struct relay *r)
{
	struct relay_conn *c;

	if (r->conns < r->site->conf.outbound.connections)
		return true;
	if (list_empty(&r->idle_conns))
		return false;
	c = LIST_ITEM(r->idle_conns.head.next, struct relay_conn, idle_node);
	relay_conn_free(c);
	return true;
}

static bool
may_open(struct relay_hop *h)
{
	struct queue_dest *s = relay_hop_server(h);

	return s != NULL && h->opening < h->waiting.count &&
	       queue_dest_may_open(s, h->most, clock_mono_ms()) &&
	       make_room(h->relay);
}

/* Nobody will take them here for now. */
static void
turn_away(struct relay_hop *h)
{
	struct smtp_verdict v;
	struct relay_job *j;

	relay_hop_why(h, &v);
	for (size_t n = h->waiting.count; n > 0; n--) {
		j = first_waiting(h);
		relay_job_wait(j, NULL);
		relay_job_next(j, &v, slice_str(h->name));
	}
}

static void
serve(struct relay_hop *h)
{
	struct relay_job *j;
	struct relay_conn *c;

	while (h->idle > 0 && (j = first_waiting(h)) != NULL &&
	       (c = idle_conn(h)) != NULL) {
		relay_job_wait(j, NULL);
		relay_conn_send(c, j);
	}
	if (list_empty(&h->conns) && (h->failed || relay_hop_is_dead(h)))
		turn_away(h);
	h->failed = false;
	while (may_open(h))
		if (!relay_conn_open(h))
			return; /* out of descriptors: the tick comes back */
}

/* At the end of a turn. What is stirred while this runs waits for the next
 * round of it, which is in the same turn. */
void
relay_pool_run(struct relay *r)
{
	for (size_t n = r->serve.count; n > 0 && !list_empty(&r->serve); n--) {
		struct relay_hop *h =
		    LIST_ITEM(r->serve.head.next, struct relay_hop, serve);

		list_remove(&r->serve, &h->serve);
		h->refs++;
		serve(h);
		relay_hop_unref(&h);
	}
	if (!list_empty(&r->serve))
		relay_stir(r);
}

void
relay_pool_tick(struct relay *r)
{
	struct map_node *m = NULL;

	while ((m = map_next(&r->hops, m)) != NULL) {
		struct relay_hop *h = MAP_ITEM(m, struct relay_hop, by_key);

		if (!list_empty(&h->waiting))
			relay_hop_stir(h);
	}
}

void
relay_pool_close_idle(struct relay *r)
{
	while (!list_empty(&r->idle_conns))
		relay_conn_free(LIST_ITEM(
		    r->idle_conns.head.next, struct relay_conn, idle_node));
}
