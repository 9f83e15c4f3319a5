/*
 * Addresses that were looked up lately, so that RCPT is answered in the loop
 * thread, without a thread's help. Only what needs no look at a mailbox is
 * kept: addresses that lead to mailboxes without a quota, and addresses of
 * other domains, for who may relay. Any change of the directory makes all of it
 * void; the delivery looks again in any case.
 */
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>
#include <string.h>

enum { ROUTES_MAX = 16384 };

struct route {
	struct map_node node;
	uint64_t epoch;
	struct bdb_found found;
	char addr[];
};

void
bdb_routes_init(struct bdb_routes *r)
{
	map_init(&r->known);
	atomic_init(&r->epoch, 0);
}

static void
empty(struct bdb_routes *r)
{
	struct map_node *n;

	while ((n = map_next(&r->known, NULL)) != NULL) {
		map_remove(&r->known, n);
		free(MAP_ITEM(n, struct route, node));
	}
}

void
bdb_routes_fini(struct bdb_routes *r)
{
	empty(r);
	map_fini(&r->known);
}

uint64_t
bdb_routes_epoch(struct bdb_routes *r)
{
	return atomic_load(&r->epoch);
}

void
bdb_routes_void(struct bdb_routes *r)
{
	atomic_fetch_add(&r->epoch, 1);
}

void *
bdb_route_new(uint64_t epoch, struct slice addr, const struct bdb_found *found)
{
	struct route *x = malloc(sizeof *x + addr.len);

	if (x == NULL)
		return NULL;
	x->epoch = epoch;
	x->found = *found;
	memcpy(x->addr, addr.p, addr.len);
	x->node.key = slice_of(x->addr, addr.len);
	return x;
}

static void
forget(struct bdb_routes *r, struct slice addr)
{
	struct map_node *n = map_get(&r->known, addr);

	if (n == NULL)
		return;
	map_remove(&r->known, n);
	free(MAP_ITEM(n, struct route, node));
}

void
bdb_routes_keep(struct bdb_routes *r, void *given)
{
	struct route *x = given;

	if (x == NULL)
		return;
	forget(r, x->node.key);
	if (r->known.count >= ROUTES_MAX)
		empty(r);
	if (x->epoch != bdb_routes_epoch(r) ||
	    map_put(&r->known, &x->node, x->node.key) != ERR_OK)
		free(x);
}

const struct bdb_found *
bdb_routes_find(struct bdb_routes *r, struct slice addr)
{
	struct map_node *n = map_get(&r->known, addr);
	const struct route *x;

	if (n == NULL)
		return NULL;
	x = MAP_ITEM(n, struct route, node);
	return x->epoch == bdb_routes_epoch(r) ? &x->found : NULL;
}
