#ifndef STORE_BDB_DELIVER_H
#define STORE_BDB_DELIVER_H
/* What the files of a delivery share: where a message goes, and how it is
 * written there. */
#include "store/bdb/bdb_out.h"

struct bdb_plan {
	struct store_plan to;
	unsigned missing; /* mailboxes that do not have it yet */
	bool again;       /* it was received before */
};

/* --- bdb_deliver.c --- */

uint64_t bdb_deliver_octets(const struct store_deliver *q);
/* store_plan_make inside the transaction. */
enum err bdb_deliver_plan(
    struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p);
/* Leave out mailboxes that have the message; is there room in the others? */
enum err bdb_deliver_check(
    struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p);
/* The body in one piece, and all that speaks of it. */
enum err bdb_deliver_whole(struct bdb_work *w, struct store_deliver *q,
    struct bdb_plan *p, struct bdb_dues *dues);

/* --- bdb_deliver_out.c --- */

/* Does anything go into the queue that is not there? */
bool bdb_plan_queues(const struct bdb_plan *p);
/* The trail's first record, and what the limits say. An import leaves none. */
enum err bdb_deliver_receive(
    struct bdb_work *w, struct store_deliver *q, struct bdb_plan *p);
/* Envelope and recipients. */
enum err bdb_deliver_outs(struct bdb_work *w, struct store_deliver *q,
    const struct bdb_plan *p, struct bdb_dues *dues, const struct bdb_row *row);

/* --- bdb_report.c --- */

/* A message of ours, to whoever is to have it. */
enum err bdb_deliver_report(
    struct bdb_work *w, struct bdb_dues *dues, const struct store_report *r);

#endif
