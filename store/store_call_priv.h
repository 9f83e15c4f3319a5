#ifndef STORE_STORE_CALL_PRIV_H
#define STORE_STORE_CALL_PRIV_H
/* What the files store_call*.c share among themselves. */
#include "store/store_call.h"

enum call_kind {
	CALL_RESOLVE = 1,
	CALL_SENDER,
	CALL_SPILL,
	CALL_DELIVER,
	CALL_OPEN,
	CALL_READ,
	CALL_EXPUNGE,
	CALL_TAKE,
	CALL_DOUBT,
	CALL_SETTLE,
	CALL_QUEUE_READ
};

struct store_call {
	struct net_loop *loop;
	enum role self;
	struct chan *chan; /* NULL: away */
	struct map by_id;
	struct list sent, waiting;
	struct list ended; /* done is still to be called */
	struct net_later finish;
	struct net_timer patience;
	struct mail_id_maker maker;
	bool has_node;
	uint64_t last_id, last_tx;
	size_t delivering; /* octets */
	void (*lost)(void *ctx);
	void *lost_ctx;
	void (*closed)(void *ctx);
	void *closed_ctx;
	/* relay */
	void (*due)(void *ctx, uint64_t dest, uint64_t us);
	void *due_ctx;
	void (*up)(void *ctx);
	void *up_ctx;
	void (*control)(void *ctx, const struct msg_control *);
	void *control_ctx;
};

/* --- store_call.c ------------------------------------------------------ */

/* false: out of memory, and `done` will say so */
bool store_call_begin(
    struct store_call *c, struct store_req *r, enum call_kind kind);
/* The request of this kind and number; NULL: answered or cancelled. */
struct store_req *store_call_find(
    const struct store_call *c, uint64_t id, enum call_kind kind);
/* Call done: now, from an answer; or later, from inside the caller's call. */
void store_call_end(struct store_call *c, struct store_req *r, enum err e);
void store_call_end_later(
    struct store_call *c, struct store_req *r, enum err e);
/* Send a message without a tail now, or when the store is there. */
void store_call_ask(struct store_call *c, struct store_req *r, uint16_t type,
    const void *fixed);

/* --- store_call_mail.c ------------------------------------------------- */

void store_call_on_node(void *ctx, struct msg_node *, struct slice, int);
void store_call_on_resolved(
    void *ctx, struct msg_resolved *, struct slice, int);
void store_call_on_spilled(void *ctx, struct msg_spilled *, struct slice, int);
/* of a sender, a delivery, an expunge */
void store_call_on_done(void *ctx, struct msg_done *, struct slice, int);

/* --- store_call_box.c -------------------------------------------------- */

void store_call_on_rows(void *ctx, struct msg_box_rows *, struct slice, int);
void store_call_on_body(void *ctx, struct msg_body *, struct slice, int);

/* --- store_call_queue.c ------------------------------------------------- */

void store_call_on_queue_rows(
    void *ctx, struct msg_queue_rows *, struct slice, int);
void store_call_on_queue_due(
    void *ctx, struct msg_queue_due *, struct slice, int);
void store_call_on_question(void *ctx, struct msg_control *, struct slice, int);
/* of a doubt or a settle */
void store_call_on_queue_done(struct store_call *c, const struct msg_done *m);
void store_call_on_queue_body(
    struct store_call *c, const struct msg_body *m, struct slice octets);

#endif
