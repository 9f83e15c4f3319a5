#include "pop3/pop3_drop.h"

#include "store/store_row.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static struct mail_id
id_of(unsigned n)
{
	struct mail_id id = {{0}};

	id.b[15] = (uint8_t)n;
	id.b[14] = (uint8_t)(n >> 8);
	return id;
}

static void
load(struct pop3_drop *d, unsigned n)
{
	struct buf rows = BUF_INIT(1 << 20);

	pop3_drop_init(d);
	for (unsigned i = 1; i <= n; i++) {
		struct store_row r = {.id = id_of(i), .octets = 100 + i};

		if (i == 2)
			r.uidl = SLICE("old-uidl");
		store_row_add(&rows, &r);
	}
	EQ_INT(pop3_drop_add(d, buf_slice(&rows)), ERR_OK);
	pop3_drop_loaded(d);
	buf_fini(&rows);
}

static const struct {
	const char *name, *number;
	bool found;
} numbers[] = {
    {"first",      "1",		    true },
    {"last",       "3",		    true },
    {"zero",       "0",		    false},
    {"behind",     "4",		    false},
    {"negative",   "-1",                   false},
    {"plus",       "+1",		   false},
    {"wraps",      "4294967297",           false},
    {"huge",       "99999999999999999999", false},
    {"word",       "x",		    false},
    {"empty",      "",		     false},
    {"with space", "1 ",                   false},
};

TEST(drop_finds_by_number)
{
	struct pop3_drop d;

	load(&d, 3);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		unit_case(numbers[i].name);
		EQ_INT(pop3_drop_find(&d, slice_str(numbers[i].number)) != NULL,
		    numbers[i].found);
	}
	pop3_drop_fini(&d);
}

TEST(drop_marks_hide_and_come_back)
{
	struct pop3_drop d;
	struct mail_id *ids;

	load(&d, 3);
	EQ_INT(d.octets, 306);
	pop3_drop_mark(&d, pop3_drop_find(&d, SLICE("2")));
	OK(pop3_drop_find(&d, SLICE("2")) == NULL);
	EQ_INT(d.marked, 1);
	EQ_INT(d.octets_marked, 102);
	ids = pop3_drop_marked(&d);
	EQ_MEM(ids[0].b, 16, id_of(2).b, 16);
	free(ids);
	pop3_drop_unmark_all(&d);
	OK(pop3_drop_find(&d, SLICE("2")) != NULL);
	EQ_INT(d.marked + d.octets_marked, 0);
	pop3_drop_fini(&d);
}

TEST(drop_uidls)
{
	struct pop3_drop d;
	struct buf out = BUF_INIT(100);

	load(&d, 3);
	pop3_drop_add_uidl(&d, &d.msg[0], &out);
	EQ_SLICE(buf_slice(&out), "00000000000000000000000000000001");
	buf_reset(&out);
	pop3_drop_add_uidl(&d, &d.msg[1], &out);
	EQ_SLICE(buf_slice(&out), "old-uidl");
	buf_fini(&out);
	pop3_drop_fini(&d);
}

TEST(drop_grows_by_pages)
{
	struct pop3_drop d;
	struct buf rows = BUF_INIT(1 << 20);

	pop3_drop_init(&d);
	for (unsigned page = 0; page < 20; page++) {
		buf_reset(&rows);
		for (unsigned i = 0; i < 50; i++) {
			struct store_row r = {
			    .id = id_of(page * 50 + i), .octets = 1};

			store_row_add(&rows, &r);
		}
		EQ_INT(pop3_drop_add(&d, buf_slice(&rows)), ERR_OK);
	}
	EQ_INT(d.count, 1000);
	EQ_INT(pop3_drop_number(&d, &d.msg[999]), 1000);
	EQ_INT(pop3_drop_add(&d, SLICE("short")), ERR_PROTO);
	buf_fini(&rows);
	pop3_drop_fini(&d);
}

TEST(drop_refuses_what_it_cannot_count)
{
	struct pop3_drop d;
	struct buf rows = BUF_INIT(100);
	struct store_row r = {.id = id_of(1), .octets = 1ull << 32};

	pop3_drop_init(&d);
	store_row_add(&rows, &r);
	EQ_INT(pop3_drop_add(&d, buf_slice(&rows)), ERR_TOOBIG);
	buf_fini(&rows);
	pop3_drop_fini(&d);
}
