#ifndef QUEUE_QUEUE_RATE_H
#define QUEUE_QUEUE_RATE_H
/*
 * How often something happens in an hour, by name: reports to one sender. The
 * names seen longest ago are forgotten. Pure but for the clock that is passed
 * in.
 */
#include "base/list.h"
#include "base/map.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct queue_rate {
	struct map by_name;
	struct list order; /* oldest hour first */
	uint32_t max;      /* names remembered */
};
void queue_rate_init(struct queue_rate *q, uint32_t max);
void queue_rate_fini(struct queue_rate *q);
/* Count one more; false when most have been in the hour that began with the
 * first. most 0: no limit. Out of memory: true. */
bool queue_rate_take(
    struct queue_rate *q, struct slice name, uint32_t most, uint64_t now_ms);

#endif
