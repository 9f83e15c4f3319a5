/*
 * What verify must leave out: bodies whose references change while it counts
 * them. Bounded; when too many have changed it says so.
 */
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>

enum { WATCHED_MAX = 1000000 };

struct watched {
	struct map_node node;
	uint64_t body;
};

static void
add(struct map *m, uint64_t body)
{
	struct watched *x;

	if (m->count >= WATCHED_MAX ||
	    map_get(m, slice_of(&body, sizeof body)) != NULL ||
	    (x = calloc(1, sizeof *x)) == NULL)
		return;
	x->body = body;
	if (map_put(m, &x->node, slice_of(&x->body, sizeof x->body)) != ERR_OK)
		free(x);
}

void
bdb_watch(struct store *st, uint64_t body)
{
	if (!atomic_load(&st->watch))
		return;
	(void)pthread_mutex_lock(&st->watch_mutex);
	add(&st->watched, body);
	(void)pthread_mutex_unlock(&st->watch_mutex);
}

void
bdb_watch_start(struct store *st)
{
	atomic_store(&st->watch, true);
}

bool
bdb_watch_has(struct store *st, uint64_t body)
{
	bool has;

	(void)pthread_mutex_lock(&st->watch_mutex);
	has = st->watched.count >= WATCHED_MAX ||
	      map_get(&st->watched, slice_of(&body, sizeof body)) != NULL;
	(void)pthread_mutex_unlock(&st->watch_mutex);
	return has;
}

bool
bdb_watch_full(struct store *st)
{
	bool full;

	(void)pthread_mutex_lock(&st->watch_mutex);
	full = st->watched.count >= WATCHED_MAX;
	(void)pthread_mutex_unlock(&st->watch_mutex);
	return full;
}

void
bdb_watch_stop(struct store *st)
{
	struct map_node *n, *next;

	atomic_store(&st->watch, false);
	(void)pthread_mutex_lock(&st->watch_mutex);
	for (n = map_next(&st->watched, NULL); n != NULL; n = next) {
		next = map_next(&st->watched, n);
		map_remove(&st->watched, n);
		free(MAP_ITEM(n, struct watched, node));
	}
	map_fini(&st->watched);
	map_init(&st->watched);
	(void)pthread_mutex_unlock(&st->watch_mutex);
}
