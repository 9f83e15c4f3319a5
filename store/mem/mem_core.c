/*
 * The backend in memory: how operations wait, fail and are done. Everything
 * happens in the loop's thread, in later turns, so that callers see the same
 * order of events as with a real one.
 */
#include "base/clock.h"
#include "store/mem/mem_priv.h"

#include <stdlib.h>
#include <string.h>

/* op.state holds the time an operation is due, in ms */
static uint64_t
due_ms(const struct store_op *op)
{
	return (uint64_t)(uintptr_t)op->state;
}

/* The operations that one call does: name in store_ops, type, kind. */
#define OPS(X)                                                                 \
	X(get, store_get, GET)                                                 \
	X(scan, store_scan, SCAN)                                              \
	X(commit, store_commit, COMMIT)                                        \
	X(new_id, store_new_id, NEW_ID)                                        \
	X(resolve, store_resolve, RESOLVE)                                     \
	X(sender, store_sender, SENDER)                                        \
	X(deliver, store_deliver, DELIVER)                                     \
	X(spill, store_spill, SPILL)                                           \
	X(lease_take, store_lease, LEASE_TAKE)                                 \
	X(list, store_list, LIST)                                              \
	X(read, store_read, READ)                                              \
	X(expunge, store_expunge, EXPUNGE)                                     \
	X(total, store_total, TOTAL)                                           \
	X(touch, store_touch, TOUCH)                                           \
	X(gone, store_gone, GONE)                                              \
	X(undelete, store_undelete, UNDELETE)                                  \
	X(purge, store_purge, PURGE)                                           \
	X(verify, store_verify, VERIFY)                                        \
	X(take, store_take, TAKE)                                              \
	X(doubt, store_doubt, DOUBT)                                           \
	X(settle, store_settle, SETTLE)                                        \
	X(queue_read, store_queue_read, QUEUE_READ)                            \
	X(queue_list, store_queue_list, QUEUE_LIST)                            \
	X(edit, store_edit, EDIT)                                              \
	X(trail, store_trail_list, TRAIL)

static enum err
mem_new_id(struct store *s, struct store_new_id *op)
{
	op->id = ++s->last_id;
	return ERR_OK;
}

static enum err
mem_lease_take(struct store *s, struct store_lease *op)
{
	return store_lease_take(&s->leases, op->mailbox, op->owner, &op->lease);
}

static void
mem_submit(struct store *s, struct store_op *op, enum store_mem_kind kind)
{
	const struct mem_rule *r = &s->rule[kind];

	op->kind = kind;
	op->state = (void *)(uintptr_t)(clock_mono_ms() + r->delay_ms);
	s->rule[kind].count++;
	list_push_back(&s->waiting, &op->node);
	net_later_add(s->loop, &s->later);
}

#define X(name, type, KIND)                                                    \
	static void submit_##name(struct store *s, struct type *op)            \
	{                                                                      \
		mem_submit(s, &op->op, STORE_MEM_##KIND);                      \
	}                                                                      \
	static enum err run_##name(struct store *s, struct store_op *op)       \
	{                                                                      \
		return mem_##name(s, LIST_ITEM(op, struct type, op));          \
	}
OPS(X)
#undef X

static void
submit_backup(struct store *s, struct store_backup *op)
{
	mem_submit(s, &op->op, STORE_MEM_BACKUP);
}

static void
checkpoint(struct store *s, struct store_op *op)
{
	mem_submit(s, op, STORE_MEM_CHECKPOINT);
}

static enum err
run(struct store *s, struct store_op *op)
{
	static enum err (*const table[STORE_MEM_KINDS])(
	    struct store *, struct store_op *) = {
#define X(name, type, KIND) [STORE_MEM_##KIND] = run_##name,
	    OPS(X)
#undef X
	};

	return table[op->kind] == NULL ? ERR_OK : table[op->kind](s, op);
}

static void
finish(struct store *s, struct store_op *op)
{
	struct mem_rule *r = &s->rule[op->kind];
	bool fails = r->fail > 0;
	enum err e = fails ? r->err : ERR_OK;

	r->fail -= fails;
	r->pass -= r->pass > 0;
	if (op->kind == STORE_MEM_BACKUP && !fails) {
		mem_backup_start(s, (struct store_backup *)(void *)op);
		return;
	}
	if (!fails)
		e = run(s, op);
	else if (r->done)
		(void)run(s, op);
	op->done(op, e);
}

/* Do what is due, in order of arrival; wait for the first of the rest. */
static void
turn(void *ctx)
{
	struct store *s = ctx;
	uint64_t now = clock_mono_ms(), first = UINT64_MAX;

	if (s->hang)
		return;
	for (size_t left = s->waiting.count; left > 0; left--) {
		struct list_node *n = list_pop_front(&s->waiting);
		struct store_op *op;
		bool held;

		if (n == NULL)
			break;
		op = LIST_ITEM(n, struct store_op, node);
		held = s->rule[op->kind].hold && s->rule[op->kind].pass == 0;
		if (!held && due_ms(op) <= now) {
			finish(s, op);
			continue;
		}
		list_push_back(&s->waiting, n);
		first = !held && due_ms(op) < first ? due_ms(op) : first;
	}
	if (first != UINT64_MAX)
		(void)net_timer_set(&s->timer, first - now);
}

/* --- life -------------------------------------------------------------- */

static void
close_store(struct store **sp)
{
	struct store *s = *sp;
	struct list_node *n;

	*sp = NULL;
	if (s == NULL)
		return;
	mem_backup_fini(s);
	while ((n = list_pop_front(&s->waiting)) != NULL) {
		struct store_op *op = LIST_ITEM(n, struct store_op, node);

		op->done(op, ERR_RETRY);
	}
	net_timer_clear(&s->timer);
	net_later_remove(s->loop, &s->later);
	mem_queue_fini(s);
	mem_box_fini(s);
	mem_dir_fini(s);
	store_leases_fini(&s->leases);
	store_reserve_fini(&s->reserve);
	free(s);
}

static enum err
open_store(struct store **out, const struct conf *conf, struct net_loop *loop,
    struct buf *why)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL || store_reserve_init(&s->reserve) != ERR_OK) {
		buf_add_str(why, "out of memory");
		free(s);
		return ERR_NOMEM;
	}
	s->loop = loop;
	s->conf = conf;
	list_init(&s->waiting);
	net_timer_init(&s->timer, loop, turn, s);
	net_later_init(&s->later, turn, s);
	store_leases_init(&s->leases);
	map_init(&s->boxes);
	mem_dir_init(s);
	mem_queue_init(s);
	if (mem_backup_init(s) != ERR_OK) {
		close_store(&s);
		return ERR_NOMEM;
	}
	*out = s;
	return ERR_OK;
}

static enum err
start(struct store *s)
{
	(void)s;
	return ERR_OK;
}

static void
reload(struct store *s, const struct conf *conf)
{
	s->conf = conf;
}

static enum err
node(struct store *s, uint32_t *node_out, uint64_t *floor_us_out)
{
	*node_out = ++s->node;
	if (s->floor_us < clock_wall_us())
		s->floor_us = clock_wall_us();
	*floor_us_out = s->floor_us;
	return ERR_OK;
}

static void
space(struct store *s, struct store_space *out)
{
	*out =
	    (struct store_space){s->full ? 1 << 20 : 1 << 30, 1 << 27, s->full};
}

static void
on_broken(struct store *s, void (*broken)(void *ctx), void *ctx)
{
	s->broken = broken;
	s->broken_ctx = ctx;
}

static void
on_due(struct store *s, void (*due)(void *ctx, uint64_t dest, uint64_t us),
    void *ctx)
{
	s->queue.due = due;
	s->queue.due_ctx = ctx;
}

static void
tx_end(struct store *s, uint64_t owner, uint64_t tx)
{
	store_reserve_end(&s->reserve, owner, tx);
}

static void
lease_drop(struct store *s, uint64_t lease)
{
	store_lease_drop(&s->leases, lease);
}

static void
owner_gone(struct store *s, uint64_t owner)
{
	store_lease_owner_gone(&s->leases, owner);
	store_reserve_owner_gone(&s->reserve, owner);
}

const struct store_ops store_mem = {
    .name = "mem",
    .open = open_store,
    .start = start,
    .close = close_store,
    .reload = reload,
    .tx_end = tx_end,
    .lease_drop = lease_drop,
    .owner_gone = owner_gone,
#define X(name, type, KIND) .name = submit_##name,
    OPS(X)
#undef X
	.backup = submit_backup,
    .checkpoint = checkpoint,
    .node = node,
    .space = space,
    .on_broken = on_broken,
    .on_due = on_due,
};

/* --- for tests --------------------------------------------------------- */

void
store_mem_delay(struct store *s, enum store_mem_kind kind, unsigned ms)
{
	s->rule[kind].delay_ms = ms;
}

void
store_mem_hold(struct store *s, enum store_mem_kind kind, bool hold)
{
	s->rule[kind].hold = hold;
	s->rule[kind].pass = 0;
	net_later_add(s->loop, &s->later);
}

void
store_mem_pass(struct store *s, enum store_mem_kind kind, unsigned n)
{
	s->rule[kind].pass = n;
	net_later_add(s->loop, &s->later);
}

void
store_mem_fail(struct store *s, enum store_mem_kind kind, enum err e,
    unsigned n, bool done)
{
	s->rule[kind].err = e;
	s->rule[kind].fail = n;
	s->rule[kind].done = done;
}

void
store_mem_full(struct store *s, bool full)
{
	s->full = full;
}

void
store_mem_hang(struct store *s, bool hang)
{
	s->hang = hang;
	net_later_add(s->loop, &s->later);
}

void
store_mem_break(struct store *s)
{
	if (s->broken != NULL)
		s->broken(s->broken_ctx);
}

unsigned
store_mem_count(const struct store *s, enum store_mem_kind kind)
{
	return s->rule[kind].count;
}
