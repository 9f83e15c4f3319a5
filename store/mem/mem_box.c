/* Mailboxes in memory: rows sorted by id; what was removed stays, marked. */
#include "base/clock.h"
#include "store/mem/mem_priv.h"
#include "store/store_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mem_box *
mem_box_get(struct store *s, uint64_t mailbox, bool make)
{
	struct map_node *n =
	    map_get(&s->boxes, slice_of(&mailbox, sizeof mailbox));
	struct mem_box *b;

	if (n != NULL)
		return MAP_ITEM(n, struct mem_box, by_mailbox);
	if (!make || (b = calloc(1, sizeof *b)) == NULL)
		return NULL;
	b->mailbox = mailbox;
	if (map_put(&s->boxes, &b->by_mailbox,
		slice_of(&b->mailbox, sizeof b->mailbox)) == ERR_OK)
		return b;
	free(b);
	return NULL;
}

void
mem_body_unref(struct mem_body *b)
{
	if (--b->refs > 0)
		return;
	buf_fini(&b->octets);
	free(b);
}

void
mem_row_free(struct mem_row *r)
{
	mem_body_unref(r->body);
	buf_fini(&r->prefix);
	buf_fini(&r->uidl);
	free(r);
}

static void
free_box(struct store *s, struct mem_box *b)
{
	map_remove(&s->boxes, &b->by_mailbox);
	for (size_t i = 0; i < b->n; i++)
		mem_row_free(b->row[i]);
	free(b->row);
	free(b);
}

void
mem_box_fini(struct store *s)
{
	struct map_node *n;

	while ((n = map_next(&s->boxes, NULL)) != NULL)
		free_box(s, MAP_ITEM(n, struct mem_box, by_mailbox));
	map_fini(&s->boxes);
}

uint64_t
mem_row_octets(const struct mem_row *r)
{
	return r->prefix.len + r->body->octets.len;
}

/* Index of the first row that is not before id. */
static size_t
lower_bound(const struct mem_box *b, const struct mail_id *id)
{
	size_t lo = 0, hi = b->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (mail_id_cmp(&b->row[mid]->id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct mem_row *
mem_box_find(const struct mem_box *b, const struct mail_id *id)
{
	size_t i = b == NULL ? 0 : lower_bound(b, id);

	if (b == NULL || i == b->n || mail_id_cmp(&b->row[i]->id, id) != 0)
		return NULL;
	return b->row[i];
}

bool
mem_box_add(struct mem_box *b, struct mem_row *r)
{
	size_t i = lower_bound(b, &r->id), cap = b->cap == 0 ? 8 : b->cap * 2;
	struct mem_row **rows;

	if (b->n == b->cap) {
		if ((rows = realloc(b->row, cap * sizeof(*rows))) == NULL)
			return false;
		b->row = rows;
		b->cap = cap;
	}
	memmove(b->row + i + 1, b->row + i, (b->n - i) * sizeof(*b->row));
	b->row[i] = r;
	b->n++;
	return true;
}

void
mem_box_count(const struct mem_box *b, bool gone, uint64_t *count_out,
    uint64_t *octets_out)
{
	*count_out = *octets_out = 0;
	for (size_t i = 0; i < b->n; i++)
		if ((b->row[i]->gone_us != 0) == gone) {
			++*count_out;
			*octets_out += mem_row_octets(b->row[i]);
		}
}

/* --- operations -------------------------------------------------------- */

enum err
mem_list(struct store *s, struct store_list *op)
{
	struct mem_box *b = mem_box_get(s, op->mailbox, false);
	size_t i = b == NULL ? 0 : lower_bound(b, &op->after);
	struct store_row row;

	op->n = 0;
	op->more = false;
	for (; b != NULL && i < b->n; i++) {
		const struct mem_row *r = b->row[i];

		if (r->gone_us != 0 || mail_id_cmp(&r->id, &op->after) == 0)
			continue;
		if ((op->more = op->n == op->max))
			break;
		row = (struct store_row){
		    r->id, mem_row_octets(r), r->flags, buf_slice(&r->uidl)};
		store_row_add(op->rows, &row);
		op->n++;
	}
	return op->rows->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

/* Append what of s lies in [at, at + max), which is where offset 0 is s. */
static void
add_part(struct buf *out, struct slice s, uint64_t *at, uint32_t *max)
{
	struct slice part = slice_first(slice_skip(s, *at), *max);

	*at -= s.len < *at ? s.len : *at;
	*max -= (uint32_t)part.len;
	buf_add_slice(out, part);
}

enum err
mem_read(struct store *s, struct store_read *op)
{
	const struct mem_row *r =
	    mem_box_find(mem_box_get(s, op->mailbox, false), &op->id);
	uint64_t at = op->offset;
	uint32_t max = op->max;

	if (r == NULL || r->gone_us != 0)
		return ERR_NOENT;
	if (r->damaged)
		return ERR_CORRUPT;
	add_part(op->out, buf_slice(&r->prefix), &at, &max);
	add_part(op->out, buf_slice(&r->body->octets), &at, &max);
	op->total = mem_row_octets(r);
	return op->out->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

enum err
mem_expunge(struct store *s, struct store_expunge *op)
{
	struct mem_box *b = mem_box_get(s, op->mailbox, false);
	uint64_t now = clock_wall_us();

	if (store_lease_hold(&s->leases, op->lease, op->mailbox) != ERR_OK)
		return ERR_FENCED;
	op->removed = 0;
	for (unsigned i = 0; i < op->n; i++) {
		struct mem_row *r = mem_box_find(b, &op->ids[i]);

		if (r == NULL || r->gone_us != 0)
			continue;
		r->gone_us = now;
		op->removed++;
	}
	store_lease_release(&s->leases, op->lease);
	return ERR_OK;
}

enum err
mem_total(struct store *s, struct store_total *op)
{
	const struct mem_box *b = mem_box_get(s, op->mailbox, false);

	op->count = op->octets = op->gone_count = op->gone_octets = 0;
	op->last_open_us = 0;
	if (b == NULL)
		return ERR_OK;
	mem_box_count(b, false, &op->count, &op->octets);
	mem_box_count(b, true, &op->gone_count, &op->gone_octets);
	op->last_open_us = b->last_open_us;
	return ERR_OK;
}

enum err
mem_touch(struct store *s, struct store_touch *op)
{
	struct mem_box *b = mem_box_get(s, op->mailbox, true);

	if (b == NULL)
		return ERR_RETRY;
	b->last_open_us = op->us;
	return ERR_OK;
}

/* In order of time, then id: rows are few, so each step looks at all. */
static const struct mem_row *
next_gone(const struct mem_box *b, const struct store_gone *op)
{
	const struct mem_row *best = NULL, *r;

	for (size_t i = 0; i < b->n; i++) {
		r = b->row[i];
		if (r->gone_us < op->after_us || r->gone_us == 0 ||
		    (r->gone_us == op->after_us &&
			mail_id_cmp(&r->id, &op->after) <= 0))
			continue;
		if (best == NULL || r->gone_us < best->gone_us)
			best = r;
	}
	return best;
}

enum err
mem_gone(struct store *s, struct store_gone *op)
{
	const struct mem_box *b = mem_box_get(s, op->mailbox, false);
	const struct mem_row *r = b == NULL ? NULL : next_gone(b, op);

	for (unsigned n = 0; r != NULL && n < op->max; n++) {
		op->row(op->ctx, &r->id, mem_row_octets(r), r->gone_us);
		op->after = r->id;
		op->after_us = r->gone_us;
		r = next_gone(b, op);
	}
	op->more = r != NULL;
	return ERR_OK;
}

enum err
mem_undelete(struct store *s, struct store_undelete *op)
{
	struct mem_box *b = mem_box_get(s, op->mailbox, false);

	op->restored = 0;
	for (size_t i = 0; b != NULL && i < b->n; i++) {
		struct mem_row *r = b->row[i];

		if (r->gone_us == 0 || r->gone_us < op->since_us ||
		    r->gone_us > op->until_us)
			continue;
		r->gone_us = 0;
		op->restored++;
	}
	return ERR_OK;
}

enum err
mem_purge(struct store *s, struct store_purge *op)
{
	struct mem_box *b = mem_box_get(s, op->mailbox, false);
	size_t kept = 0;

	op->purged = 0;
	for (size_t i = 0; b != NULL && i < b->n; i++) {
		if (b->row[i]->gone_us == 0 && !op->remove) {
			b->row[kept++] = b->row[i];
			continue;
		}
		mem_row_free(b->row[i]);
		op->purged++;
	}
	if (b != NULL)
		b->n = kept;
	if (b != NULL && op->remove)
		free_box(s, b);
	return ERR_OK;
}

static void
verify_row(uint64_t mailbox, const struct mem_row *r, struct store_verify *op)
{
	char text[80 + MAIL_ID_HEX], hex[MAIL_ID_HEX];

	op->messages++;
	op->octets += mem_row_octets(r);
	if (!r->damaged)
		return;
	mail_id_hex(&r->id, hex);
	(void)snprintf(text, sizeof text,
	    "mailbox %llu: message %.*s: body is damaged",
	    (unsigned long long)mailbox, (int)sizeof hex, hex);
	op->problems++;
	op->problem(op->ctx, text);
}

enum err
mem_verify(struct store *s, struct store_verify *op)
{
	struct map_node *n = map_next(&s->boxes, NULL);

	op->problems = op->messages = op->octets = 0;
	for (; n != NULL; n = map_next(&s->boxes, n)) {
		const struct mem_box *b =
		    MAP_ITEM(n, struct mem_box, by_mailbox);

		for (size_t i = 0; i < b->n; i++)
			verify_row(b->mailbox, b->row[i], op);
	}
	return ERR_OK;
}

void
store_mem_damage(struct store *s, uint64_t mailbox, const struct mail_id *id)
{
	struct mem_row *r = mem_box_find(mem_box_get(s, mailbox, false), id);

	if (r != NULL)
		r->damaged = true;
}
