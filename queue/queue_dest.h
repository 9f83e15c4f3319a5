#ifndef QUEUE_DEST_H
#define QUEUE_DEST_H
/*
 * What is known of servers mail is sent to: how many connections one gets,
 * which adapts to its answers, and which are dead and only probed now and then.
 * Bounded memory: servers that nothing is known of any more are forgotten. Pure
 * but for the clock that is passed in (clock_mono_ms).
 *
 * A connection counts from queue_dest_opened (before it is tried) to
 * queue_dest_closed; queue_dest_failed is said in between or just behind.
 */
#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	QUEUE_DEST_PAUSE_MS =
	    15 * 1000, /* of a dead server: at first, at most */
	QUEUE_DEST_PAUSE_MAX_MS = 10 * 60 * 1000,
	QUEUE_DEST_FORGET_MS = 60 * 60 * 1000, /* without any use */
	QUEUE_DEST_WINDOW = 4, /* connections at first, at most */
	QUEUE_DEST_WINDOW_MAX = 1000
};

struct queue_dests {
	struct map by_name;
	struct list idle; /* without connections, least recently used first */
	uint32_t max;     /* servers remembered, besides those in use */
};
struct queue_dest {
	struct map_node by_name;
	struct list_node idle;
	struct queue_dests *all;
	/* "mx.example.org:25", or an address; "... tls=verify user=us": for
	 * those who are let in on other terms */
	char name[620];
	unsigned open;          /* connections now */
	unsigned window_x16;    /* allowed, in sixteenths; grows and shrinks */
	bool slowed;            /* it asked for less, so grow with care */
	uint64_t slowed_ms;     /* when last */
	unsigned failures;      /* in a row, of connecting */
	unsigned pauses;        /* in a row */
	uint64_t dead_until_ms; /* 0: alive */
	uint64_t used_ms;
	char why[200]; /* it is dead: the last failure, for those who wait */
};
void queue_dests_init(struct queue_dests *d, uint32_t max);
void queue_dests_fini(struct queue_dests *d);
/* The one of this name, made if needed; NULL: out of memory, or the name does
 * not fit. It lasts as long as it has connections, else until the next get. */
struct queue_dest *queue_dest_get(
    struct queue_dests *d, struct slice name, uint64_t now_ms);

/* May one more connection be opened, with at most `most` by configuration? A
 * dead server: once its pause is over, a single one, as a probe. */
bool queue_dest_may_open(
    const struct queue_dest *d, unsigned most, uint64_t now_ms);
/* In its pause, or being probed: who waits for it need not wait here. */
bool queue_dest_is_dead(const struct queue_dest *d, uint64_t now_ms);
void queue_dest_opened(struct queue_dest *d, uint64_t now_ms);
void queue_dest_closed(struct queue_dest *d, uint64_t now_ms);
/* It could not be reached, or turned us away before any message. Pauses grow
 * from 15 s to 10 min, but not over most_ms: what mail for it waits by its plan
 * after so many failures (pauses + 1). While other connections to it are open a
 * failure is first taken for a wish for fewer. */
void queue_dest_failed(
    struct queue_dest *d, struct slice why, uint64_t most_ms, uint64_t now_ms);
/* A message went through; a reply asked for fewer connections (421, 450 4.7).
 */
void queue_dest_worked(struct queue_dest *d, uint64_t now_ms);
void queue_dest_slow_down(struct queue_dest *d, uint64_t now_ms);

#endif
