#ifndef STORE_STORE_CALL_QUEUE_H
#define STORE_STORE_CALL_QUEUE_H
/*
 * The relay process's side of the store (store_call.h has the rules). While the
 * store is away all of these end with ERR_RETRY, a settle that was under way
 * with ERR_UNKNOWN: then what it was about is in doubt, as the store will say.
 */
#include "store/store_call.h"
#include "store/store_queue.h"

enum { STORE_CALL_SKIP_MAX = 4096 };

struct store_take_req { /* as struct store_take */
	struct store_req r;
	uint64_t now_us, only, after;
	unsigned dests_max, per_dest, rows_max;
	struct slice rows; /* out, borrowed until done returns */
	unsigned n;        /* out, and so on */
	bool more;
	uint64_t at, next_us;
};
/* nskip: at most STORE_CALL_SKIP_MAX, ascending. A take that is cancelled gives
 * back what it gets. */
void store_call_take(struct store_call *c, struct store_take_req *q,
    const uint64_t *skip, unsigned nskip);

struct store_value_req {
	struct store_req r;
	uint64_t value; /* out */
};
/* First thing after each attach, before any take. */
void store_call_doubt(struct store_call *c, struct store_value_req *q,
    uint64_t retry_us, bool hold);

/* Everything is copied at once. TOOBIG over STORE_CALL_TAIL_MAX. */
void store_call_settle(struct store_call *c, struct store_req *r,
    struct slice outcomes, unsigned noutcomes, struct slice reports,
    unsigned nreports);

struct store_queue_read_req {
	struct store_req r;
	struct slice octets; /* out, borrowed until done returns */
	uint64_t total;      /* out */
};
void store_call_queue_read(struct store_call *c, struct store_queue_read_req *q,
    const struct mail_id *id, uint64_t offset, uint32_t max);

/* due: something of this destination (UINT64_MAX: any) is due at us (wall
 * clock); up: the store is there (again) and ids can be made, call
 * store_call_doubt. */
void store_call_on_due(struct store_call *c,
    void (*due)(void *ctx, uint64_t dest, uint64_t us), void *ctx);
void store_call_on_up(struct store_call *c, void (*up)(void *ctx), void *ctx);
/* A question of an operator (CONTROL_ROUTE_TEST, CONTROL_QUEUE_SUMMARY). */
void store_call_on_control(struct store_call *c,
    void (*control)(void *ctx, const struct msg_control *), void *ctx);
void store_call_control_row(
    struct store_call *c, uint64_t req, struct slice row);
void store_call_control_done(
    struct store_call *c, uint64_t req, enum err e, uint64_t value);

#endif
