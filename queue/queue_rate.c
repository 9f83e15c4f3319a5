/* Counters by name, each for an hour. */
#include "queue/queue_rate.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000 };

struct counter {
	struct map_node by_name;
	struct list_node node;
	uint64_t since_ms;
	uint32_t n;
	char name[];
};

void
queue_rate_init(struct queue_rate *q, uint32_t max)
{
	map_init(&q->by_name);
	list_init(&q->order);
	q->max = max;
}

static struct counter *
oldest(const struct queue_rate *q)
{
	return LIST_ITEM(q->order.head.next, struct counter, node);
}

static void
forget(struct queue_rate *q, struct counter *c)
{
	map_remove(&q->by_name, &c->by_name);
	list_remove(&q->order, &c->node);
	free(c);
}

void
queue_rate_fini(struct queue_rate *q)
{
	while (!list_empty(&q->order))
		forget(q, oldest(q));
	map_fini(&q->by_name);
}

static struct counter *
remember(struct queue_rate *q, struct slice name, uint64_t now_ms)
{
	struct counter *c = calloc(1, sizeof *c + name.len);

	if (c == NULL)
		return NULL;
	if (name.len > 0)
		memcpy(c->name, name.p, name.len);
	list_node_init(&c->node);
	if (map_put(&q->by_name, &c->by_name, slice_of(c->name, name.len)) !=
	    ERR_OK) {
		free(c);
		return NULL;
	}
	c->since_ms = now_ms;
	list_push_back(&q->order, &c->node);
	return c;
}

bool
queue_rate_take(
    struct queue_rate *q, struct slice name, uint32_t most, uint64_t now_ms)
{
	struct map_node *n;
	struct counter *c;

	if (most == 0)
		return true;
	while (!list_empty(&q->order) &&
	       (oldest(q)->since_ms + HOUR_MS <= now_ms ||
		   q->by_name.count > q->max))
		forget(q, oldest(q));
	n = map_get(&q->by_name, name);
	c = n != NULL ? MAP_ITEM(n, struct counter, by_name)
		      : remember(q, name, now_ms);
	if (c == NULL)
		return true;
	if (c->n >= most)
		return false;
	c->n++;
	return true;
}
