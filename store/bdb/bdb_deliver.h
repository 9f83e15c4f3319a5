#ifndef STORE_BDB_DELIVER_H
#define STORE_BDB_DELIVER_H
/* What the files of a delivery share: where a message goes, and how it is
 * written there. */
#include "store/bdb/bdb_out.h"

struct bdb_told { /* a recipient whose sender wants to know that it was served
		   */
	struct store_rcpt rcpt;
	enum store_out_report what;
};

/* Where a message goes, in the order of the recipients that led there first. */
struct bdb_plan {
	struct store_dests dests;
	struct store_rcpt *rcpt; /* of each mailbox */
	struct store_rcpt *far;  /* of each address elsewhere */
	struct bdb_told *told;
	unsigned nrcpt, nfar, ntold;
	unsigned missing;           /* mailboxes that do not have it yet */
	bool report;                /* of ours: there is room for it */
	bool again;                 /* it was received before */
	struct bdb_verdict verdict; /* of the account's limits */
	uint64_t now_us;
};

/* --- bdb_plan.c --- */

enum err bdb_plan_make(
    struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p);
void bdb_plan_fini(struct bdb_plan *p);

/* --- bdb_deliver.c --- */

uint64_t bdb_deliver_octets(const struct store_deliver *q);
/* Leave out mailboxes that have the message; is there room in the others? */
enum err bdb_deliver_check(
    struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p);
/* The body in one piece, and all that speaks of it. */
enum err bdb_deliver_whole(struct bdb_work *w, struct store_deliver *q,
    struct bdb_plan *p, struct bdb_dues *dues);

/* --- bdb_deliver_out.c --- */

/* Records of recipients that the plan needs. */
unsigned bdb_plan_outs(const struct bdb_plan *p);
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
