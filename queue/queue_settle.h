#ifndef QUEUE_QUEUE_SETTLE_H
#define QUEUE_QUEUE_SETTLE_H
/*
 * Outcomes on their way to the store. What ends in one turn of the loop goes in
 * one settle, and is kept here until the store has it on stable storage: when
 * the store was full, busy or away, it is asked again. To settle twice is
 * harmless, because an outcome of a record that is not under way has no effect
 * and a report has its id. Out of memory an outcome without reports is kept
 * all the same, but for its words.
 */
#include "base/err.h"
#include "net/net_loop.h"
#include "store/store_call_queue.h"
#include "store/store_queue.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	QUEUE_SETTLE_OCTETS = 64 << 10, /* then a settle is full */
	QUEUE_SETTLE_OUTCOMES = 500,
	QUEUE_SETTLE_UNDER_WAY = 8,        /* at a time */
	QUEUE_SETTLE_REPORT_MAX = 2 << 20, /* octets of one report */
	QUEUE_SETTLE_PAUSE_MS = 1000,      /* after one that failed */
	QUEUE_SETTLE_OWED = 4096           /* outcomes there is no memory for */
};

struct queue_settle;

/* new; c is kept. answered: some of it is durable now. NULL: out of memory */
struct queue_settle *queue_settle_new(struct net_loop *l, struct store_call *c,
    void (*answered)(void *ctx), void *ctx);
void queue_settle_free(struct queue_settle **s);
/*
 * What became of some recipients, and the reports about it: one commit, at the
 * end of the turn. Everything is copied. On error nothing is kept: TOOBIG, a
 * field or report is over its limit; NOMEM, there are reports, or too much is
 * owed already.
 */
enum err queue_settle_add(struct queue_settle *s, const struct store_outcome *o,
    unsigned noutcomes, const struct store_report *r, unsigned nreports);
/* The store is there (again): all that it has not answered goes at once. */
void queue_settle_up(struct queue_settle *s);
/* Octets that are not durable yet; SIZE_MAX: much is owed. */
size_t queue_settle_octets(const struct queue_settle *s);
bool queue_settle_idle(const struct queue_settle *s);

#endif
