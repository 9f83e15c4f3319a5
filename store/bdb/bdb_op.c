/*
 * The life of a request: submitted in the loop thread, run in its own, handed
 * back, called back in the loop thread.
 */
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>
#include <unistd.h>

struct kind {
	enum bdb_where where;
	bool alone;
	enum err (*run)(struct bdb_work *, struct store_op *);
};

#define X(kind, name, type, where, alone)                                      \
	static enum err run_##name(struct bdb_work *w, struct store_op *op)    \
	{                                                                      \
		return bdb_run_##name(w, LIST_ITEM(op, struct type, op));      \
	}
BDB_OPS(X)
#undef X

static const struct kind kinds[BDB_OP_COUNT] = {
#define X(kind, name, type, where, alone)                                      \
	[BDB_OP_##kind] = {where, alone, run_##name},
    BDB_OPS(X)
#undef X
};

bool
bdb_kind_alone(unsigned kind)
{
	return kinds[kind].alone;
}

enum bdb_where
bdb_kind_where(unsigned kind)
{
	return kinds[kind].where;
}

enum err
bdb_run(struct bdb_work *w, struct store_op *op)
{
	return kinds[op->kind].run(w, op);
}

void
bdb_submit(struct store *st, struct store_op *op, enum bdb_kind kind)
{
	op->kind = kind;
	op->state = NULL;
	list_node_init(&op->node);
	if (st->closing || atomic_load(&st->dead))
		bdb_done_one(st, op, ERR_RETRY);
	else
		bdb_queue_add(&st->queue[kinds[kind].where], op);
}

/* One wake for all that gathers until the loop comes round. */
void
bdb_done(struct store *st, struct list *ops)
{
	struct list_node *n;
	bool wake;

	if (list_empty(ops))
		return;
	(void)pthread_mutex_lock(&st->done_mutex);
	wake = list_empty(&st->done);
	while ((n = list_pop_front(ops)) != NULL)
		list_push_back(&st->done, n);
	(void)pthread_mutex_unlock(&st->done_mutex);
	if (wake)
		net_wake_up(st->wake);
}

void
bdb_done_one(struct store *st, struct store_op *op, enum err e)
{
	struct list one;

	list_init(&one);
	op->err = e;
	list_push_back(&one, &op->node);
	bdb_done(st, &one);
}

void
bdb_answer(struct store *st, struct store_op *op, enum err e)
{
	op->kind = BDB_OP_ANSWERED;
	op->state = NULL;
	op->err = e;
	list_node_init(&op->node);
	list_push_back(&st->finished, &op->node);
	net_later_add(st->loop, &st->later);
}

/* What is left to do for a kind in the loop thread, before its caller knows. */
static void
finish(struct store *st, struct store_op *op)
{
	switch (op->kind) {
	case BDB_OP_RESOLVE:
		bdb_routes_keep(&st->routes, op->state);
		op->state = NULL;
		break;
	case BDB_OP_EXPUNGE:
		store_lease_release(&st->leases,
		    LIST_ITEM(op, struct store_expunge, op)->lease);
		break;
	case BDB_OP_GONE_LIST:
		bdb_gone_finish(LIST_ITEM(op, struct store_gone, op));
		break;
	case BDB_OP_DELIVER:
	case BDB_OP_DOUBT:
	case BDB_OP_SETTLE:
	case BDB_OP_EDIT:
		bdb_dues_tell(st, op);
		break;
	case BDB_OP_VERIFY:
		bdb_verify_finish(LIST_ITEM(op, struct store_verify, op));
		break;
	default:
		break;
	}
}

static void
move_done(struct store *st)
{
	struct list_node *n;

	(void)pthread_mutex_lock(&st->done_mutex);
	while ((n = list_pop_front(&st->done)) != NULL)
		list_push_back(&st->finished, n);
	(void)pthread_mutex_unlock(&st->done_mutex);
}

/* Nobody to tell: end at once, what is unanswered was not acknowledged. */
static void
tell_broken(struct store *st)
{
	st->told = true;
	if (st->broken == NULL)
		_exit(EXIT_FAILURE);
	st->broken(st->broken_ctx);
}

void
bdb_reap(struct store *st)
{
	struct list_node *n;

	move_done(st);
	while ((n = list_pop_front(&st->finished)) != NULL) {
		struct store_op *op = LIST_ITEM(n, struct store_op, node);

		finish(st, op);
		free(op->state);
		op->state = NULL;
		op->done(op, op->err);
	}
	if (atomic_load(&st->dead) && !st->told)
		tell_broken(st);
}
