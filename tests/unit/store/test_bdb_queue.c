/* Queues between threads: order, those that run alone, waiting, the end. */
#include "store/bdb/bdb_priv.h"

#include "base/clock.h"
#include "tests/unit/unit.h"

#include <limits.h>

static struct store_op
op_of(enum bdb_kind kind)
{
	return (struct store_op){.kind = kind};
}

static void
empty(struct list *l)
{
	while (list_pop_front(l) != NULL)
		continue;
}

TEST(queue_takes_in_order)
{
	struct store_op a = op_of(BDB_OP_READ), b = op_of(BDB_OP_READ);
	struct bdb_queue q;
	struct list out;

	list_init(&out);
	EQ_INT(bdb_queue_init(&q), ERR_OK);
	list_node_init(&a.node);
	list_node_init(&b.node);
	bdb_queue_add(&q, &a);
	bdb_queue_add(&q, &b);
	OK(bdb_queue_take(&q, &out, 1, 0));
	EQ_INT(out.count, 1);
	OK(out.head.next == &a.node);
	OK(bdb_queue_take(&q, &out, 5, 0));
	EQ_INT(out.count, 2);
	empty(&out);
	OK(bdb_queue_take(&q, &out, 5, 0));
	EQ_INT(out.count, 0);
	bdb_queue_stop(&q);
	OK(!bdb_queue_take(&q, &out, 5, UINT_MAX));
	bdb_queue_fini(&q);
}

/* A long listing must not hold up the answers of what was taken with it. */
TEST(queue_long_ones_run_alone)
{
	struct store_op ops[4];
	struct bdb_queue q;
	struct list out;

	list_init(&out);
	EQ_INT(bdb_queue_init(&q), ERR_OK);
	for (unsigned i = 0; i < 4; i++) {
		ops[i] = op_of(i == 1 ? BDB_OP_LIST : BDB_OP_READ);
		list_node_init(&ops[i].node);
		bdb_queue_add(&q, &ops[i]);
	}
	OK(bdb_queue_take(&q, &out, 8, 0));
	EQ_INT(out.count, 1);
	empty(&out);
	OK(bdb_queue_take(&q, &out, 8, 0));
	EQ_INT(out.count, 1);
	OK(out.head.next == &ops[1].node);
	empty(&out);
	OK(bdb_queue_take(&q, &out, 8, 0));
	EQ_INT(out.count, 2);
	empty(&out);
	bdb_queue_fini(&q);
}

TEST(queue_waits)
{
	uint64_t start = clock_mono_ms();
	struct bdb_queue q;
	struct list out;

	list_init(&out);
	EQ_INT(bdb_queue_init(&q), ERR_OK);
	OK(bdb_queue_take(&q, &out, 8, 30));
	EQ_INT(out.count, 0);
	OK(clock_mono_ms() - start >= 29);
	bdb_queue_fini(&q);
}

/* What is in it when it is stopped is taken still. */
TEST(queue_stops_when_empty)
{
	struct store_op a = op_of(BDB_OP_READ);
	struct bdb_queue q;
	struct list out;

	list_init(&out);
	EQ_INT(bdb_queue_init(&q), ERR_OK);
	list_node_init(&a.node);
	bdb_queue_add(&q, &a);
	bdb_queue_stop(&q);
	OK(bdb_queue_take(&q, &out, 8, UINT_MAX));
	EQ_INT(out.count, 1);
	empty(&out);
	OK(!bdb_queue_take(&q, &out, 8, UINT_MAX));
	bdb_queue_fini(&q);
}
