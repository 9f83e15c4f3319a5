/* Sessions of TLS clients by server, the least recently used of them going
 * first. */
#include "net/net_tls_priv.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
	SERVERS_MAX = 1000,
	/* A certificate that was verified once is good for so long. */
	LIFE_MS = 2 * 3600 * 1000
};

struct kept {
	struct map_node node;
	struct list_node order;
	SSL_SESSION *session;
	uint64_t since_ms;
	char key[];
};

void
net_tls_cache_init(struct net_tls_cache *c)
{
	map_init(&c->map);
	list_init(&c->order);
}

static void
forget(struct net_tls_cache *c, struct kept *k)
{
	map_remove(&c->map, &k->node);
	list_remove(&c->order, &k->order);
	SSL_SESSION_free(k->session);
	free(k);
}

void
net_tls_cache_fini(struct net_tls_cache *c)
{
	while (!list_empty(&c->order))
		forget(c, LIST_ITEM(c->order.head.next, struct kept, order));
	map_fini(&c->map);
}

static struct kept *
find(struct net_tls_cache *c, struct slice key)
{
	struct map_node *n = map_get(&c->map, key);

	return n == NULL ? NULL : MAP_ITEM(n, struct kept, node);
}

void
net_tls_cache_drop(struct net_tls_cache *c, struct slice key)
{
	struct kept *k = find(c, key);

	if (k != NULL)
		forget(c, k);
}

SSL_SESSION *
net_tls_cache_get(struct net_tls_cache *c, struct slice key)
{
	struct kept *k = find(c, key);

	if (k == NULL)
		return NULL;
	if (clock_mono_ms() - k->since_ms > LIFE_MS ||
	    SSL_SESSION_is_resumable(k->session) != 1) {
		forget(c, k);
		return NULL;
	}
	list_remove(&c->order, &k->order);
	list_push_back(&c->order, &k->order);
	return k->session;
}

void
net_tls_cache_put(
    struct net_tls_cache *c, struct slice key, SSL_SESSION *session)
{
	struct kept *k = malloc(sizeof *k + key.len);

	net_tls_cache_drop(c, key);
	if (c->order.count >= SERVERS_MAX)
		forget(c, LIST_ITEM(c->order.head.next, struct kept, order));
	if (k == NULL) {
		SSL_SESSION_free(session);
		return;
	}
	k->session = session;
	k->since_ms = clock_mono_ms();
	memcpy(k->key, key.p, key.len);
	list_node_init(&k->order);
	if (map_put(&c->map, &k->node, (struct slice){k->key, key.len}) !=
	    ERR_OK) {
		SSL_SESSION_free(session);
		free(k);
		return;
	}
	list_push_back(&c->order, &k->order);
}
