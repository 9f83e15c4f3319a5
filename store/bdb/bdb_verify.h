#ifndef STORE_BDB_VERIFY_H
#define STORE_BDB_VERIFY_H
/*
 * Verify walks everything while the store serves, so what it compares may
 * change under it: what does not fit is looked at again, and what has changed
 * meanwhile is left out.
 */
#include "store/bdb/bdb_priv.h"

struct bdb_problems { /* texts, each ended by NUL; store_op.state */
	struct buf texts;
};

struct verify {
	struct bdb_work *w;
	struct store_verify *q;
	struct bdb_problems *problems;
	struct buf scratch;
	uint64_t ids_end; /* numbers from here on were given later */
	uint64_t bodies_end;
	/* mailboxes that accounts own, in order */
	uint64_t *owned;
	size_t nowned, owned_cap;
	uint64_t rows; /* that have a body: in box, gone, queue */
};

/* One more problem; the text names the thing and what is wrong with it. */
void bdb_problem(struct verify *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A walk over all records of a database; the cursor never lives long. */
struct bdb_all {
	struct verify *v;
	DB *db;
	const char *name;
	struct bdb_bulk bulk;
	uint8_t from[STORE_KEY_MAX + 1];
	size_t from_len;
	bool in_bulk;
};
void bdb_all_init(
    struct bdb_all *a, struct verify *v, DB *db, const char *name);
/* bulk.key and bulk.value are the record; false: at the end, or a problem that
 * has been noted */
bool bdb_all_next(struct bdb_all *a);

/* Pages of all databases with checksums; false: some are damaged, and looking
 * at them through the library would be the end of the process. */
bool bdb_verify_pages(struct verify *v);
/* domains, names, accounts, meta; fills v->owned */
enum err bdb_verify_dir(struct verify *v);
/* rows and totals of all mailboxes */
enum err bdb_verify_boxes(struct verify *v);
/* what waits to go out, and the trail */
enum err bdb_verify_queue(struct verify *v);
/* bodies, and who refers to them */
enum err bdb_verify_bodies(struct verify *v);

#endif
