/*
 * What was removed and can be brought back: the list of it. Rows are gathered
 * by a reader and go to the callback in the loop thread.
 */
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>

struct gone_item {
	struct mail_id id;
	uint64_t octets, us;
};
struct gone_items {
	unsigned n;
	struct gone_item item[];
};
enum { LIST_MAX = 1000 };

static enum err
list_bulk(struct store_gone *q, struct gone_items *items, struct bdb_bulk *b,
    struct bdb_key *next)
{
	struct gone_item *i;
	struct bdb_row r;
	uint64_t mailbox;
	enum err e;

	while ((e = bdb_bulk_next(b)) == ERR_OK) {
		if (items->n == LIST_MAX || items->n == q->max) {
			q->more = true;
			return ERR_CLOSED;
		}
		i = &items->item[items->n];
		e = bdb_key_read_gone(b->key, &mailbox, &i->us, &i->id);
		if (e != ERR_OK || mailbox != q->mailbox)
			return e == ERR_OK ? ERR_CLOSED : e;
		*next = bdb_key_gone(mailbox, i->us, &i->id);
		i->octets =
		    bdb_row_decode(b->value, &r) == ERR_OK ? r.octets : 0;
		items->n++;
	}
	return bdb_key_after(next) ? ERR_NOENT : ERR_CLOSED;
}

enum err
bdb_run_gone(struct bdb_work *w, struct store_gone *q)
{
	struct bdb_key next = bdb_key_gone(q->mailbox, q->after_us, &q->after);
	struct gone_items *items =
	    calloc(1, sizeof *items + (LIST_MAX + 1) * sizeof items->item[0]);
	struct bdb_bulk b;
	enum err e = ERR_NOENT;

	q->more = false;
	if ((q->op.state = items) == NULL)
		return ERR_RETRY;
	if (q->after_us != 0 && !bdb_key_after(&next))
		return ERR_OK;
	while (e == ERR_NOENT) {
		e = bdb_bulk_seek(w, &b, w->st->db[BDB_GONE],
		    bdb_key_slice(&next), BDB_BULK_ROWS);
		if (e == ERR_NOENT)
			return ERR_OK;
		if (e == ERR_OK)
			e = list_bulk(q, items, &b, &next);
	}
	return e == ERR_CLOSED ? ERR_OK : e;
}

void
bdb_gone_finish(struct store_gone *q)
{
	const struct gone_items *items = q->op.state;

	for (unsigned i = 0; items != NULL && i < items->n; i++) {
		const struct gone_item *x = &items->item[i];

		q->row(q->ctx, &x->id, x->octets, x->us);
		q->after = x->id;
		q->after_us = x->us;
	}
}
