#ifndef STORE_STORE_PLAN_H
#define STORE_STORE_PLAN_H
/*
 * Where a message goes: each mailbox and each address elsewhere with the
 * recipient that led there first, and the recipients whose sender wants to be
 * told that they were served (RFC 3461). A backend makes a plan of what is to
 * be delivered and writes it; what becomes of the recipients in the queue is
 * decided here, so that every backend decides the same.
 */
#include "store/store.h"
#include "store/store_queue.h"
#include "store/store_rcpt.h"
#include "store/store_route.h"

/* What an account's hourly limits say of one more message. */
struct store_verdict {
	bool held; /* over a limit */
	bool tell; /* and nobody has been told in this hour */
	char why[64];
};
struct store_told {
	struct store_rcpt rcpt;
	enum store_out_report what;
};
struct store_plan {
	struct store_dests dests;
	struct store_rcpt *rcpt; /* of each mailbox */
	struct store_rcpt *far;  /* of each address elsewhere */
	struct store_told *told;
	unsigned nrcpt, nfar, ntold;
	bool report; /* of ours: there is room for it; set by the caller */
	struct store_verdict verdict; /* set by the caller, before outs */
	uint64_t now_us;              /* set by make */
};

/*
 * Fill *p, which is zero but for what the caller sets; its slices are those of
 * q->rcpts. srs_key: as in store_route_how. NOENT: a recipient leads nowhere
 * any more; errors of store_route and store_rcpt_next. For store_plan_fini in
 * any case. Blocks as g->get does.
 */
enum err store_plan_make(const struct store_getter *g, const struct conf *conf,
    const uint8_t *srs_key, const struct store_deliver *q,
    struct store_plan *p);
void store_plan_fini(struct store_plan *p);

/* Does anything of it go into the queue? */
bool store_plan_queues(const struct store_plan *p);

/* What writes it there; what they return ends the writing. */
struct store_plan_writer {
	/* one more recipient, in this order; o is the callee's until it returns
	 */
	enum err (*add)(void *ctx, const struct store_out *o);
	/* an event of the message */
	enum err (*trail)(void *ctx, const struct store_trail *t);
	void *ctx;
};
/*
 * Write the recipients in the queue: those elsewhere, due, held or failed as
 * loops, then those whose senders are to be told, then who is told of a limit.
 * Counts q->queued and q->held. g: for the name of q->account.
 */
enum err store_plan_write(const struct store_plan *p, struct store_deliver *q,
    const struct store_getter *g, const struct store_plan_writer *to);
/* What is known of the envelope that they share; the rest is zero. */
struct store_envelope store_plan_envelope(
    const struct store_plan *p, const struct store_deliver *q);

#endif
