#ifndef AUTH_AUTH_LRU_H
#define AUTH_AUTH_LRU_H
/*
 * A bounded table of entries by key, in order of their last renewal: strangers
 * may fill it, but never grow it beyond its bound. The entry of a caller begins
 * with a struct auth_lru_node and was made by malloc.
 */
#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "base/slice.h"

struct auth_lru_node {
	struct map_node map;
	struct list_node order;
};
struct auth_lru {
	struct map map;
	struct list order; /* oldest first */
	size_t max;
	/* called before an entry is freed, to unlink and wipe; or NULL */
	void (*leaving)(struct auth_lru *, struct auth_lru_node *);
};

void auth_lru_init(struct auth_lru *t, size_t max,
    void (*leaving)(struct auth_lru *, struct auth_lru_node *));
/* Frees all entries. */
void auth_lru_fini(struct auth_lru *t);
void auth_lru_clear(struct auth_lru *t);
/* NULL: not there. The order stays. */
struct auth_lru_node *auth_lru_get(const struct auth_lru *t, struct slice key);
/* n (given) under key, which must lie in n's own memory and not be in the
 * table; the oldest makes room. NOMEM: n is freed. */
enum err auth_lru_put(
    struct auth_lru *t, struct auth_lru_node *n, struct slice key);
/* n is the newest now. */
void auth_lru_renew(struct auth_lru *t, struct auth_lru_node *n);
/* Take n out and free it. */
void auth_lru_drop(struct auth_lru *t, struct auth_lru_node *n);
/* The oldest; NULL: empty. */
struct auth_lru_node *auth_lru_oldest(const struct auth_lru *t);

/* A login name as key: ASCII letters in lower case, cut at max octets. */
struct slice auth_lru_fold(struct slice name, char *space, size_t max);

#endif
