/* Numbers that never come twice, and a clock that never goes back. */
#include "store/bdb/bdb_priv.h"

#include "base/clock.h"
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <string.h>

static uint64_t
new_id(struct fix *f)
{
	struct store_new_id q = {.op.done = fix_done};

	f->ops->new_id(f->st, &q);
	EQ_INT(fix_wait(f, &q.op), ERR_OK);
	return q.id;
}

TEST(meta_ids_go_on)
{
	struct fix f;
	uint64_t a, b;

	fix_init(&f);
	fix_open(&f);
	a = new_id(&f);
	b = new_id(&f);
	OK(a > 0 && b == a + 1);
	fix_close(&f);
	fix_open(&f);
	EQ_INT(new_id(&f), b + 1);
	fix_fini(&f);
}

TEST(meta_nodes_never_come_twice)
{
	uint32_t last = 0, node;
	uint64_t floor;
	struct fix f;

	fix_init(&f);
	for (unsigned start = 0; start < 3; start++) {
		fix_open(&f);
		for (unsigned i = 0; i < 100; i++) {
			EQ_INT(f.ops->node(f.st, &node, &floor), ERR_OK);
			OK(node > last);
			last = node;
		}
		fix_close(&f);
	}
	fix_fini(&f);
}

TEST(meta_srs_key_stays)
{
	uint8_t key[MIME_SRS_KEY], none[MIME_SRS_KEY] = {0};
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	memcpy(key, f.st->srs_key, sizeof key);
	OK(memcmp(key, none, sizeof key) != 0);
	OK(memcmp(key, key + 8, 8) != 0);
	fix_close(&f);
	fix_open(&f);
	EQ_MEM(f.st->srs_key, sizeof key, key, sizeof key);
	fix_fini(&f);
}

TEST(meta_bodies_and_versions_go_on)
{
	struct fix f;
	uint64_t body, version;

	fix_init(&f);
	fix_open(&f);
	fix_domain(&f, "example.test");
	fix_user(&f, 1, "ann@example.test", 0);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_OK);
	body = f.st->bodies_next.next;
	version = f.st->versions_next.next;
	OK(body > 1 && version > 1);
	fix_close(&f);
	fix_open(&f);
	OK(f.st->bodies_next.next >= body);
	OK(f.st->versions_next.next >= version);
	fix_fini(&f);
}

/* After a restart ids must be above those given before, clock or no clock. */
TEST(meta_floor_outlives_the_clock)
{
	struct mail_id before, after;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	fix_domain(&f, "example.test");
	fix_user(&f, 1, "ann@example.test", 0);
	EQ_INT(
	    fix_deliver(&f, "ann@example.test", SLICE("x"), &before), ERR_OK);
	fix_close(&f);
	clock_set_for_test(1000000, 1000000); /* 1970 */
	fix_open(&f);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("y"), &after), ERR_OK);
	OK(mail_id_cmp(&before, &after) < 0);
	OK(mail_id_us(&after) > mail_id_us(&before));
	fix_close(&f);
	clock_set_for_test(0, 0);
	fix_fini(&f);
}

/* One id of a front process gone wild must not move the clock for all. */
TEST(meta_floor_ignores_the_far_future)
{
	struct buf rcpts = BUF_INIT(4096);
	struct store_deliver q;
	uint32_t node;
	uint64_t floor;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	fix_domain(&f, "example.test");
	fix_user(&f, 1, "ann@example.test", 0);
	q = fix_mail(&f, &rcpts, "ann@example.test", SLICE("x"));
	q.id.b[0] = 0xff;
	f.ops->deliver(f.st, &q);
	EQ_INT(fix_wait(&f, &q.op), ERR_OK);
	EQ_INT(f.ops->node(f.st, &node, &floor), ERR_OK);
	OK(floor < clock_wall_us() + 2000000);
	buf_fini(&rcpts);
	fix_fini(&f);
}
