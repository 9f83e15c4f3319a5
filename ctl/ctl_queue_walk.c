/* What waits to go out, page by page. */
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"
#include "ctl/ctl_rpc.h"

#include <string.h>

enum { PAGE = 1000, PAGE_OCTETS = 2 << 20, ENVELOPE_MAX = 64 * 1024 };

struct walk {
	struct ctl *c;
	const struct ctl_filter *f;
	ctl_queued_fn *each;
	void *ctx;
	struct buf rows;
	struct buf envelope; /* encoded; that of the row before */
	struct store_out_key last;
	bool damaged;
};

/* The key behind which the first record of this message comes. */
static struct store_out_key
before(const struct mail_id *id)
{
	struct store_out_key k = {*id, UINT32_MAX};

	for (int i = MAIL_ID_LEN - 1; i >= 0 && k.id.b[i]-- == 0; i--)
		;
	return k;
}

static void
name_damaged(struct walk *w, const struct store_out_key *key)
{
	char hex[MAIL_ID_HEX];

	mail_id_hex(&key->id, hex);
	(void)ctl_fail(EX_IOERR,
	    "%.*s/%lu: the record is damaged or cannot be read",
	    (int)sizeof hex, hex, (unsigned long)key->n);
	w->damaged = true;
}

static enum err
take_row(struct walk *w, const struct store_out_row *row)
{
	struct ctl_queued q = {.key = row->key};

	w->last = row->key;
	if (row->envelope.len > 0) {
		buf_reset(&w->envelope);
		buf_add_slice(&w->envelope, row->envelope);
	}
	if (store_envelope_decode(buf_slice(&w->envelope), &q.env) != ERR_OK ||
	    store_out_decode(row->out, &q.out) != ERR_OK) {
		name_damaged(w, &row->key);
		return ERR_OK;
	}
	return ctl_filter_match(w->f, &q) ? w->each(w->ctx, &q) : ERR_OK;
}

/* One page behind w->last; only: rows of this message, then *more is false. */
static enum err
take_page(struct walk *w, const struct mail_id *only, bool *more)
{
	struct store_out_row row;
	struct slice rest;
	enum err e;

	buf_reset(&w->rows);
	e = ctl_rpc_queue_list(w->c->rpc, &w->last, PAGE, &w->rows, more);
	if (e != ERR_OK)
		return e;
	rest = buf_slice(&w->rows);
	*more = *more && rest.len > 0;
	while (
	    e == ERR_OK && (e = store_out_rows_next(&rest, &row)) == ERR_OK) {
		if (only != NULL && mail_id_cmp(&row.key.id, only) != 0) {
			*more = false;
			return ERR_OK;
		}
		e = take_row(w, &row);
	}
	return e == ERR_NOENT ? ERR_OK : e;
}

static enum err
take_all(struct walk *w, const struct mail_id *only)
{
	bool more = true;
	enum err e = ERR_OK;

	if (only != NULL)
		w->last = before(only);
	while (e == ERR_OK && more)
		e = take_page(w, only, &more);
	return e;
}

enum err
ctl_queue_each(
    struct ctl *c, const struct ctl_filter *f, ctl_queued_fn *each, void *ctx)
{
	struct walk w = {.c = c, .f = f, .each = each, .ctx = ctx};
	enum err e = ERR_OK;

	buf_init(&w.rows, PAGE_OCTETS);
	buf_init(&w.envelope, ENVELOPE_MAX);
	if (f->nids == 0)
		e = take_all(&w, NULL);
	for (unsigned i = 0; i < f->nids && e == ERR_OK; i++)
		e = take_all(&w, &f->ids[i]);
	buf_fini(&w.rows);
	buf_fini(&w.envelope);
	return e == ERR_OK && w.damaged ? ERR_CORRUPT : e;
}
