#ifndef TESTS_UNIT_STORE_BDB_OUT_FIXTURE_H
#define TESTS_UNIT_STORE_BDB_OUT_FIXTURE_H
/*
 * The queue of a store under test, its operations as calls that wait. Users
 * ann (1) and bob (2) at example.test, who may relay.
 */
#include "store/bdb/bdb_out.h"
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

enum { OUT_ROWS = 4096, OUT_MIB = 1024 * 1024 };

struct out_row {
	struct store_out_key key;
	struct store_envelope env;
	struct store_out out;
};

struct out_fix {
	struct fix f;
	struct buf rows; /* what the slices in `row` point into */
	struct out_row row[OUT_ROWS];
	unsigned n;
	/* of the last take */
	struct store_take take;
	/* what on_due has told */
	unsigned dues;
	uint64_t due_dest, due_us;
	struct buf texts; /* of verify, of the trail */
};

void out_begin(struct out_fix *x);
void out_end(struct out_fix *x);
/* From ann to these addresses, separated by blanks; id may be NULL. */
enum err out_send(struct out_fix *x, const char *to, struct mail_id *id);
enum err out_deliver(struct out_fix *x, struct store_deliver *q);
/* Ready to be submitted, by ann; rcpts must last. */
struct store_deliver out_mail(
    struct out_fix *x, struct buf *rcpts, const char *to);
/* A take with what is not 0 of x->take; rows are in x->row */
unsigned out_take(struct out_fix *x, uint64_t now_us);
enum err out_try_take(struct out_fix *x, uint64_t now_us);
unsigned out_take_all(struct out_fix *x); /* of all that is due now */
/* All records of the queue, into x->row. */
unsigned out_list(struct out_fix *x);
/* One outcome, and at most one report */
enum err out_settle(struct out_fix *x, const struct store_outcome *o,
    const struct store_report *r);
/* ...of the i-th row, with nothing else. */
enum err out_settle_row(
    struct out_fix *x, unsigned i, enum store_outcome_kind kind);
/* All rows of x->row. */
enum err out_edit(struct out_fix *x, enum store_edit_kind kind,
    const char *text, unsigned *done, unsigned *busy);
unsigned out_doubt(struct out_fix *x, uint64_t retry_us, bool hold);
/* Events of a message, "received sent", into x->texts */
const char *out_story(struct out_fix *x, const struct mail_id *id);
/* Problems, into x->texts. */
const char *out_verify(struct out_fix *x);
uint64_t out_records(struct out_fix *x, enum bdb_db db);
uint64_t out_bodies(struct out_fix *x);

#endif
