/* Bounded table with an order of age: cache, limits and delays are made of it.
 */
#include "auth/auth_lru.h"

#include <stdlib.h>

void
auth_lru_init(struct auth_lru *t, size_t max,
    void (*leaving)(struct auth_lru *, struct auth_lru_node *))
{
	map_init(&t->map);
	list_init(&t->order);
	t->max = max;
	t->leaving = leaving;
}

void
auth_lru_clear(struct auth_lru *t)
{
	struct auth_lru_node *n;

	while ((n = auth_lru_oldest(t)) != NULL)
		auth_lru_drop(t, n);
}

void
auth_lru_fini(struct auth_lru *t)
{
	auth_lru_clear(t);
	map_fini(&t->map);
}

struct auth_lru_node *
auth_lru_get(const struct auth_lru *t, struct slice key)
{
	struct map_node *n = map_get(&t->map, key);

	return n == NULL ? NULL : MAP_ITEM(n, struct auth_lru_node, map);
}

enum err
auth_lru_put(struct auth_lru *t, struct auth_lru_node *n, struct slice key)
{
	enum err e;

	if (t->map.count >= t->max)
		auth_lru_drop(t, auth_lru_oldest(t));
	if ((e = map_put(&t->map, &n->map, key)) != ERR_OK) {
		free(n);
		return e;
	}
	list_push_back(&t->order, &n->order);
	return ERR_OK;
}

void
auth_lru_renew(struct auth_lru *t, struct auth_lru_node *n)
{
	list_remove(&t->order, &n->order);
	list_push_back(&t->order, &n->order);
}

void
auth_lru_drop(struct auth_lru *t, struct auth_lru_node *n)
{
	if (t->leaving != NULL)
		t->leaving(t, n);
	map_remove(&t->map, &n->map);
	list_remove(&t->order, &n->order);
	free(n);
}

struct auth_lru_node *
auth_lru_oldest(const struct auth_lru *t)
{
	if (list_empty(&t->order))
		return NULL;
	return LIST_ITEM(t->order.head.next, struct auth_lru_node, order);
}

struct slice
auth_lru_fold(struct slice name, char *space, size_t max)
{
	name = slice_first(name, max);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		space[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return slice_of(space, name.len);
}
