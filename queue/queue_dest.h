#ifndef QUEUE_DEST_H
#define QUEUE_DEST_H
/*
 * What is known of servers mail is sent to: how many connections one gets,
 * which adapts to its answers, and which are dead and only probed now and then.
 * Bounded memory: servers that nothing is known of any more are forgotten. Pure
 * but for the clock that is passed in (clock_mono_ms).
 */
#include "base/err.h"
#include "base/map.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct queue_dests {
	struct map by_name;
	uint32_t max; /* servers remembered */
};
struct queue_dest {
	struct map_node by_name;
	char name[330];         /* "mx.example.org:25", or an address */
	unsigned open;          /* connections now */
	unsigned window_x16;    /* allowed, in sixteenths; grows and shrinks */
	unsigned failures;      /* in a row, of connecting */
	uint64_t dead_until_ms; /* 0: alive */
	uint64_t used_ms;
	char why[200]; /* it is dead: the last failure, for those who wait */
};
void queue_dests_init(struct queue_dests *d, uint32_t max);
void queue_dests_fini(struct queue_dests *d);
/* The one of this name, made if needed; NULL: out of memory. */
struct queue_dest *queue_dest_get(
    struct queue_dests *d, struct slice name, uint64_t now_ms);

/* May one more connection be opened, with at most `most` by configuration? A
 * dead server: once its pause is over, a single one, as a probe. */
bool queue_dest_may_open(
    const struct queue_dest *d, unsigned most, uint64_t now_ms);
bool queue_dest_is_dead(const struct queue_dest *d, uint64_t now_ms);
void queue_dest_opened(struct queue_dest *d, uint64_t now_ms);
void queue_dest_closed(struct queue_dest *d, uint64_t now_ms);
/* It could not be reached, or turned us away before any message. Pauses grow
 * from 15 s to 10 min. */
void queue_dest_failed(struct queue_dest *d, struct slice why, uint64_t now_ms);
/* A message went through; a reply asked for fewer connections (421, 450 4.7).
 */
void queue_dest_worked(struct queue_dest *d, uint64_t now_ms);
void queue_dest_slow_down(struct queue_dest *d, uint64_t now_ms);

#endif
