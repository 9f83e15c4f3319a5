#ifndef BASE_MAP_H
#define BASE_MAP_H
/*
 * Hash map from octet strings to pointers: intrusive (the caller embeds
 * map_node), keyed SipHash with a random key per map, so that strangers cannot
 * choose collisions. Grows by itself; no pointers of the caller move.
 */
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct map_node {
	struct map_node *next;
	uint64_t hash;
	struct slice key; /* borrowed: must stay as it is while in the map */
};
struct map {
	struct map_node **slot;
	size_t slots, count;
	uint64_t seed[2];
};

/* Empty; allocates nothing before the first map_put. */
void map_init(struct map *m);
/* Free the table; the nodes are the caller's. */
void map_fini(struct map *m);
struct map_node *map_get(const struct map *m, struct slice key);
/*
 * Add n under key; n->key is set to key. ERR_EXISTS when the key is there,
 * ERR_NOMEM; nothing changes on error.
 */
enum err map_put(struct map *m, struct map_node *n, struct slice key);
/* Take n out; it must be in the map. */
void map_remove(struct map *m, struct map_node *n);
/* Walk: NULL gives the first; any order; n may be removed after its successor
 * has been asked for. */
struct map_node *map_next(const struct map *m, const struct map_node *n);

/* The hash by itself, for tables of another shape: it cannot be foreseen by
 * who does not know the (random) seed. */
uint64_t map_hash(const uint64_t seed[2], struct slice key);

#define MAP_ITEM(n, type, member)                                              \
	((type *)(void *)((char *)(n)-offsetof(type, member)))

#endif
