/* The trail in memory: records in order of time, found by looking at all. */
#include "base/clock.h"
#include "store/mem/mem_priv.h"

#include <stdlib.h>

enum { WORDS_MAX = 1 << 20, ROWS_OCTETS = 512 * 1024 };

enum err
mem_trail_add(struct store *s, const struct mail_id *id,
    const struct store_trail *t, struct slice words)
{
	struct mem_trail *r = calloc(1, sizeof *r);
	enum err e;

	if (r == NULL)
		return ERR_RETRY;
	r->id = *id;
	r->us = clock_wall_us();
	buf_init(&r->record, STORE_TRAIL_MAX);
	buf_init(&r->words, WORDS_MAX);
	buf_add_slice(&r->words, words);
	list_node_init(&r->node);
	if ((e = store_trail_encode(t, &r->record)) == ERR_OK) {
		list_push_back(&s->queue.trail, &r->node);
		return ERR_OK;
	}
	free(r);
	return e;
}

bool
mem_trail_has(const struct store *s, const struct mail_id *id)
{
	LIST_EACH(&s->queue.trail, n)
	{
		if (mail_id_cmp(
			&LIST_ITEM(n, struct mem_trail, node)->id, id) == 0)
			return true;
	}
	return false;
}

static bool
has_word(const struct mem_trail *r, struct slice word)
{
	struct slice rest = buf_slice(&r->words), line;

	while (rest.len > 0) {
		slice_cut(&rest, '\n', &line);
		if (slice_eq_nocase(line, word))
			return true;
	}
	return false;
}

static bool
wanted(const struct store_trail_list *op, const struct mem_trail *r)
{
	if (op->by_id)
		return mail_id_cmp(&r->id, &op->id) == 0;
	return mail_id_cmp(&r->id, &op->after) > 0 && has_word(r, op->word);
}

/* The first message behind this one that is wanted; NULL: none */
static const struct mem_trail *
next_mail(struct store *s, const struct store_trail_list *op)
{
	const struct mem_trail *first = NULL;

	LIST_EACH(&s->queue.trail, n)
	{
		const struct mem_trail *r =
		    LIST_ITEM(n, struct mem_trail, node);

		if (wanted(op, r) &&
		    (op->n == 0 || mail_id_cmp(&r->id, &op->last) > 0) &&
		    (first == NULL || mail_id_cmp(&r->id, &first->id) < 0))
			first = r;
	}
	return first;
}

static void
add_rows(struct store *s, struct buf *rows, const struct mail_id *id)
{
	LIST_EACH(&s->queue.trail, n)
	{
		const struct mem_trail *r =
		    LIST_ITEM(n, struct mem_trail, node);
		struct store_trail_row row = {
		    r->id, r->us, buf_slice(&r->record)};

		if (mail_id_cmp(&r->id, id) == 0)
			store_trail_rows_add(rows, &row);
	}
}

enum err
mem_trail(struct store *s, struct store_trail_list *op)
{
	const struct mem_trail *r;

	op->n = 0;
	op->more = false;
	while ((r = next_mail(s, op)) != NULL) {
		op->more = op->n == op->max || op->rows->len > ROWS_OCTETS;
		if (op->more)
			break;
		add_rows(s, op->rows, &r->id);
		op->last = r->id;
		op->n++;
	}
	return op->rows->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

void
mem_trail_fini(struct store *s)
{
	struct list_node *n;

	while ((n = list_pop_front(&s->queue.trail)) != NULL) {
		struct mem_trail *r = LIST_ITEM(n, struct mem_trail, node);

		buf_fini(&r->record);
		buf_fini(&r->words);
		free(r);
	}
}
