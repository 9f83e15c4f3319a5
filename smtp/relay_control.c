/*
 * What operators ask this process: how mail for an address would leave, and
 * which servers it is busy with.
 */
#include "smtp/relay.h"

#include "base/clock.h"
#include "smtp/relay_priv.h"

#include <stdlib.h>

enum { TESTS_MAX = 64, ROWS_MAX = 1000 };

/* --- rows ----------------------------------------------------------------- */

static void
add_text(struct buf *b, const char *key, const char *value)
{
	buf_addf(b, "%s=%s", key, value);
	buf_add_char(b, '\0');
}

static void
add_number(struct buf *b, const char *key, uint64_t value)
{
	buf_addf(b, "%s=%llu", key, (unsigned long long)value);
	buf_add_char(b, '\0');
}

/* --- how would it leave --------------------------------------------------- */

struct relay_test { /* one question */
	struct list_node node;
	struct relay *relay;
	struct relay_site *site;
	struct smtp_route_req q;
	uint64_t req;
};

static void
test_free(struct relay_test *t)
{
	smtp_route_end(&t->q);
	list_remove(&t->relay->tests, &t->node);
	relay_site_unref(&t->site);
	free(t);
}

static void
routed(struct smtp_route_req *q)
{
	struct relay_test *t = LIST_ITEM(q, struct relay_test, q);
	struct store_call *c = t->relay->store;
	struct buf row = BUF_INIT(1 << 16);
	unsigned n = 0;

	while (smtp_route_row(q, n, &row)) {
		store_call_control_row(c, t->req, buf_slice(&row));
		buf_reset(&row);
		n++;
	}
	store_call_control_done(c, t->req, ERR_OK, n);
	buf_fini(&row);
	test_free(t);
}

static enum err
route_test(struct relay *r, const struct msg_control *m)
{
	struct mime_addr a;
	enum err e = mime_addr_parse(msg_text_get(&m->text), &a);
	struct relay_test *t;

	if (e != ERR_OK)
		return e;
	if (r->tests.count >= TESTS_MAX)
		return ERR_RETRY;
	if ((t = calloc(1, sizeof *t)) == NULL)
		return ERR_NOMEM;
	t->relay = r;
	t->req = m->req;
	t->site = relay_site_ref(r->site);
	t->q.done = routed;
	list_node_init(&t->node);
	list_push_back(&r->tests, &t->node);
	smtp_route_get(&t->site->route, &t->q, mime_addr_domain(&a));
	return ERR_OK;
}

void
relay_control_fini(struct relay *r)
{
	while (!list_empty(&r->tests))
		test_free(
		    LIST_ITEM(r->tests.head.next, struct relay_test, node));
}

/* --- what it is busy with ------------------------------------------------- */

static void
add_server(struct buf *row, const struct queue_dest *s, uint64_t now_ms)
{
	add_text(row, "server", s->name);
	add_number(row, "connections", s->open);
	add_number(row, "allowed", s->window_x16 / 16);
	if (!queue_dest_is_dead(s, now_ms))
		return;
	add_number(row, "pause_ms",
	    s->dead_until_ms > now_ms ? s->dead_until_ms - now_ms : 0);
	add_text(row, "reason", s->why);
}

static void
summary(struct relay *r, uint64_t req)
{
	struct buf row = BUF_INIT(4096);
	uint64_t now = clock_mono_ms();
	struct map_node *m = NULL;
	unsigned n = 0;

	while (n < ROWS_MAX && (m = map_next(&r->servers.by_name, m)) != NULL) {
		const struct queue_dest *s =
		    MAP_ITEM(m, struct queue_dest, by_name);

		if (s->open == 0 && !queue_dest_is_dead(s, now))
			continue;
		buf_reset(&row);
		add_server(&row, s, now);
		store_call_control_row(r->store, req, buf_slice(&row));
		n++;
	}
	buf_fini(&row);
	store_call_control_done(r->store, req, ERR_OK, n);
}

void
relay_control(struct relay *r, const struct msg_control *m)
{
	enum err e = ERR_UNSUPPORTED;

	if (m->what == CONTROL_QUEUE_SUMMARY) {
		summary(r, m->req);
		return;
	}
	if (m->what == CONTROL_ROUTE_TEST && !r->stopping)
		e = route_test(r, m);
	if (e != ERR_OK)
		store_call_control_done(r->store, m->req, e, 0);
}
