/* Verify: the order of things, the problems found, walks over a database. */
#include "store/bdb/bdb_verify.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_MAX = 1024 * 1024, TEXT_MAX = 512 };

void
bdb_problem(struct verify *v, const char *fmt, ...)
{
	struct buf *texts = &v->problems->texts;
	va_list ap;

	v->q->problems++;
	if (texts->len + TEXT_MAX > TEXTS_MAX)
		return; /* counted all the same */
	buf_reset(&v->scratch);
	va_start(ap, fmt);
	buf_vaddf(&v->scratch, fmt, ap);
	va_end(ap);
	buf_add(texts, v->scratch.p, v->scratch.len);
	buf_add_char(texts, '\0');
}

void
bdb_all_init(struct bdb_all *a, struct verify *v, DB *db, const char *name)
{
	a->v = v;
	a->db = db;
	a->name = name;
	a->from_len = 0;
	a->in_bulk = false;
}

/* The next bulk begins at the least key behind the last one of this. */
static bool
seek(struct bdb_all *a)
{
	enum err e = bdb_bulk_seek(
	    a->v->w, &a->bulk, a->db, slice_of(a->from, a->from_len), BDB_BULK);

	if (e != ERR_OK && e != ERR_NOENT)
		bdb_problem(
		    a->v, "%s: cannot be read on: %s", a->name, err_text(e));
	a->in_bulk = e == ERR_OK;
	return a->in_bulk;
}

bool
bdb_all_next(struct bdb_all *a)
{
	for (;;) {
		if (!a->in_bulk && !seek(a))
			return false;
		if (bdb_bulk_next(&a->bulk) != ERR_OK) {
			a->in_bulk = false;
			continue;
		}
		if (a->bulk.key.len >= sizeof a->from) {
			bdb_problem(a->v, "%s: key of %zu octets", a->name,
			    a->bulk.key.len);
			return false;
		}
		memcpy(a->from, a->bulk.key.p, a->bulk.key.len);
		a->from[a->bulk.key.len] = 0;
		a->from_len = a->bulk.key.len + 1;
		return true;
	}
}

static enum err
verify_all(struct verify *v)
{
	enum err e;

	if (!bdb_verify_pages(v))
		return ERR_OK;
	if ((e = bdb_verify_dir(v)) != ERR_OK ||
	    (e = bdb_verify_boxes(v)) != ERR_OK ||
	    (e = bdb_verify_queue(v)) != ERR_OK)
		return e;
	return bdb_verify_bodies(v);
}

static enum err
start(struct verify *v)
{
	v->problems = calloc(1, sizeof *v->problems);
	if (v->problems == NULL)
		return ERR_RETRY;
	buf_init(&v->problems->texts, TEXTS_MAX);
	buf_init(&v->scratch, TEXT_MAX);
	v->q->op.state = v->problems;
	v->q->problems = v->q->messages = v->q->octets = 0;
	return ERR_OK;
}

enum err
bdb_run_verify(struct bdb_work *w, struct store_verify *q)
{
	struct verify v = {.w = w, .q = q};
	enum err e = start(&v);

	if (e != ERR_OK)
		return e;
	bdb_watch_start(w->st);
	e = verify_all(&v);
	bdb_watch_stop(w->st);
	buf_fini(&v.scratch);
	free(v.owned);
	return e;
}

void
bdb_verify_finish(struct store_verify *q)
{
	struct bdb_problems *p = q->op.state;
	struct slice rest, text;

	if (p == NULL)
		return;
	rest = buf_slice(&p->texts);
	while (rest.len > 0) {
		(void)slice_cut(&rest, '\0', &text);
		q->problem(q->ctx, text.p);
	}
	buf_fini(&p->texts);
}
