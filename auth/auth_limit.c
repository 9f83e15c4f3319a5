/* Failures by address and by name, and the delays they bring. */
#include "auth/auth_limit.h"

#include "proc/msg.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = sizeof((struct msg_text *)0)->s };

struct entry {
	struct auth_lru_node node;
	uint64_t first_ms; /* first failure of this window */
	uint64_t last_ms;
	unsigned failures;
	size_t len;
	char key[]; /* struct net_addr, or a folded name */
};

static struct entry *
entry_of(struct auth_lru_node *n)
{
	return n == NULL ? NULL : LIST_ITEM(n, struct entry, node);
}

void
auth_limit_init(struct auth_limit *l, const struct auth_limit_rule *r)
{
	auth_lru_init(&l->by_addr, AUTH_LIMIT_MAX, NULL);
	auth_lru_init(&l->by_name, AUTH_LIMIT_MAX, NULL);
	l->rule = *r;
}

void
auth_limit_fini(struct auth_limit *l)
{
	auth_lru_fini(&l->by_addr);
	auth_lru_fini(&l->by_name);
}

void
auth_limit_set(struct auth_limit *l, const struct auth_limit_rule *r)
{
	l->rule = *r;
}

static bool
banned(const struct auth_limit *l, const struct entry *e)
{
	return e->failures >= l->rule.failures;
}

/* Until when the entry means anything. */
static uint64_t
until(const struct auth_limit *l, const struct entry *e)
{
	return banned(l, e) ? e->last_ms + l->rule.ban_ms
			    : e->first_ms + l->rule.window_ms;
}

static uint64_t
delay(const struct auth_limit *l, const struct entry *e, uint64_t now_ms)
{
	uint64_t ms;

	if (e == NULL || !banned(l, e) || until(l, e) <= now_ms)
		return 0;
	ms = AUTH_LIMIT_FIRST_MS + (e->failures - l->rule.failures) * 1000ull;
	return ms < AUTH_LIMIT_LAST_MS ? ms : AUTH_LIMIT_LAST_MS;
}

static struct slice
addr_key(const struct net_addr *addr, struct net_addr *space)
{
	memset(space, 0, sizeof *space);
	net_addr_unit(addr, space);
	return slice_of(space, sizeof *space);
}

static unsigned
failures(const struct auth_limit *l, const struct entry *e, uint64_t now_ms)
{
	return e == NULL || until(l, e) <= now_ms ? 0 : e->failures;
}

uint64_t
auth_limit_wait(struct auth_limit *l, const struct net_addr *addr,
    struct slice name, uint64_t now_ms)
{
	char space[NAME_MAX_LEN];
	struct net_addr unit;
	const struct entry *a =
	    entry_of(auth_lru_get(&l->by_addr, addr_key(addr, &unit)));
	const struct entry *n;
	uint64_t of_addr = delay(l, a, now_ms), of_name;

	if (failures(l, a, now_ms) < AUTH_LIMIT_CLEAN)
		return of_addr;
	n = entry_of(auth_lru_get(
	    &l->by_name, auth_lru_fold(name, space, sizeof space)));
	of_name = delay(l, n, now_ms);
	return of_addr > of_name ? of_addr : of_name;
}

static struct entry *
entry_new(struct slice key)
{
	struct entry *e = calloc(1, sizeof *e + key.len);

	if (e == NULL)
		return NULL;
	if (key.len > 0)
		memcpy(e->key, key.p, key.len);
	e->len = key.len;
	return e;
}

static void
count(const struct auth_limit *l, struct auth_lru *t, struct slice key,
    uint64_t now_ms)
{
	struct entry *e = entry_of(auth_lru_get(t, key));

	if (e == NULL) {
		if ((e = entry_new(key)) == NULL)
			return;
		e->first_ms = now_ms;
		if (auth_lru_put(t, &e->node, slice_of(e->key, e->len)) !=
		    ERR_OK)
			return;
	} else if (until(l, e) <= now_ms) {
		e->failures = 0;
		e->first_ms = now_ms;
	}
	e->failures++;
	e->last_ms = now_ms;
	auth_lru_renew(t, &e->node);
}

void
auth_limit_failed(struct auth_limit *l, const struct net_addr *addr,
    struct slice name, uint64_t now_ms)
{
	char space[NAME_MAX_LEN];
	struct net_addr unit;

	count(l, &l->by_addr, addr_key(addr, &unit), now_ms);
	count(l, &l->by_name, auth_lru_fold(name, space, sizeof space), now_ms);
}

static void
list_table(const struct auth_limit *l, const struct auth_lru *t, bool addrs,
    uint64_t now_ms, void (*row)(void *ctx, const struct auth_limit_row *),
    void *ctx)
{
	LIST_EACH(&t->order, n)
	{
		const struct entry *e =
		    entry_of(LIST_ITEM(n, struct auth_lru_node, order));
		struct net_addr addr;
		struct auth_limit_row r = {.failures = e->failures,
		    .delay_ms = delay(l, e, now_ms),
		    .until_ms = until(l, e)};

		if (r.delay_ms == 0)
			continue;
		if (addrs) {
			memcpy(&addr, e->key, sizeof addr);
			r.addr = &addr;
		} else {
			r.name = slice_of(e->key, e->len);
		}
		row(ctx, &r);
	}
}

void
auth_limit_list(struct auth_limit *l, uint64_t now_ms,
    void (*row)(void *ctx, const struct auth_limit_row *), void *ctx)
{
	list_table(l, &l->by_addr, true, now_ms, row, ctx);
	list_table(l, &l->by_name, false, now_ms, row, ctx);
}

static unsigned
lift(struct auth_lru *t, struct slice key)
{
	struct auth_lru_node *n = auth_lru_get(t, key);

	if (n == NULL)
		return 0;
	auth_lru_drop(t, n);
	return 1;
}

unsigned
auth_limit_lift(struct auth_limit *l, struct slice what)
{
	char space[NAME_MAX_LEN];
	struct net_addr addr, unit;

	if (net_addr_parse_ip(what, &addr) == ERR_OK)
		return lift(&l->by_addr, addr_key(&addr, &unit));
	return lift(&l->by_name, auth_lru_fold(what, space, sizeof space));
}
