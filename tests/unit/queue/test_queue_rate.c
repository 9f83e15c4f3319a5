/* Counting by name and hour. */
#include "../unit.h"

#include "queue/queue_rate.h"

#include <stdio.h>

enum { HOUR_MS = 3600 * 1000 };

TEST(queue_rate_counts)
{
	struct queue_rate q;

	queue_rate_init(&q, 10);
	OK(queue_rate_take(&q, SLICE("a"), 2, 1000));
	OK(queue_rate_take(&q, SLICE("a"), 2, 2000));
	OK(!queue_rate_take(&q, SLICE("a"), 2, 3000));
	OK(queue_rate_take(&q, SLICE("b"), 2, 3000));
	OK(queue_rate_take(&q, SLICE(""), 2, 3000));
	OK(!queue_rate_take(&q, SLICE("a"), 2, 999 + HOUR_MS));
	OK(queue_rate_take(&q, SLICE("a"), 2, 1000 + HOUR_MS));
	OK(queue_rate_take(&q, SLICE("a"), 0, 1000 + HOUR_MS));
	queue_rate_fini(&q);
}

TEST(queue_rate_forgets)
{
	struct queue_rate q;
	char name[20];

	queue_rate_init(&q, 10);
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof name, "name %u", i);
		OK(queue_rate_take(&q, slice_str(name), 1, i));
		OK(!queue_rate_take(&q, slice_str(name), 1, i));
		OK(q.by_name.count <= 11);
	}
	OK(queue_rate_take(&q, SLICE("name 3"), 1, 1000));
	queue_rate_fini(&q);
}
