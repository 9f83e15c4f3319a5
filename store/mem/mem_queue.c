/* The queue in memory: messages by id, their recipients sorted by key. */
#include "store/mem/mem_priv.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD_MAX = 8192, ROWS_OCTETS = 512 * 1024 };

uint64_t
mem_out_dest(const struct store_out *o)
{
	return o->report != 0 ? STORE_DEST_REPORT : store_dest_of(o->addr);
}

enum store_out_state
mem_out_ready(const struct store_out *o)
{
	return o->report != 0 ? STORE_OUT_REPORT : STORE_OUT_DUE;
}

static void
tell_due(struct store *s, const struct store_out *o)
{
	if (s->queue.due != NULL && o->state != STORE_OUT_SENDING &&
	    o->state != STORE_OUT_HELD)
		s->queue.due(s->queue.due_ctx, mem_out_dest(o), o->next_us);
}

/* --- messages ----------------------------------------------------------- */

struct mem_mail *
mem_mail_find(struct store *s, const struct mail_id *id)
{
	struct map_node *n =
	    map_get(&s->queue.mails, slice_of(id->b, sizeof id->b));

	return n == NULL ? NULL : MAP_ITEM(n, struct mem_mail, by_id);
}

struct mem_mail *
mem_mail_add(struct store *s, const struct mail_id *id, struct mem_body *body)
{
	struct mem_mail *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->id = *id;
	buf_init(&m->envelope, RECORD_MAX);
	if (map_put(&s->queue.mails, &m->by_id,
		slice_of(m->id.b, sizeof m->id.b)) != ERR_OK) {
		free(m);
		return NULL;
	}
	m->body = body;
	body->refs++;
	return m;
}

static void
free_mail(struct store *s, struct mem_mail *m)
{
	map_remove(&s->queue.mails, &m->by_id);
	mem_body_unref(m->body);
	buf_fini(&m->envelope);
	free(m);
}

/* What env holds may lie in the encoding that it replaces. */
static enum err
replace(struct buf *b, struct buf *by, enum err e)
{
	if (e != ERR_OK) {
		buf_fini(by);
		return e;
	}
	buf_fini(b);
	*b = *by;
	return ERR_OK;
}

enum err
mem_mail_put(struct mem_mail *m, const struct store_envelope *env)
{
	struct buf b = BUF_INIT(RECORD_MAX);

	return replace(&m->envelope, &b, store_envelope_encode(env, &b));
}

/* --- recipients --------------------------------------------------------- */

static int
cmp(const struct store_out_key *a, const struct store_out_key *b)
{
	int c = mail_id_cmp(&a->id, &b->id);

	return c != 0 ? c : a->n < b->n ? -1 : a->n > b->n;
}

size_t
mem_out_index(const struct store *s, const struct store_out_key *k)
{
	size_t lo = 0, hi = s->queue.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (cmp(&s->queue.out[mid]->key, k) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum err
insert(struct mem_queue *q, size_t at, struct mem_out *o)
{
	size_t cap = q->cap == 0 ? 16 : q->cap * 2;
	struct mem_out **grown;

	if (q->n == q->cap) {
		if ((grown = realloc(q->out, cap * sizeof(*grown))) == NULL)
			return ERR_RETRY;
		q->out = grown;
		q->cap = cap;
	}
	memmove(q->out + at + 1, q->out + at, (q->n - at) * sizeof(*q->out));
	q->out[at] = o;
	q->n++;
	return ERR_OK;
}

enum err
mem_out_add(
    struct store *s, const struct store_out_key *k, const struct store_out *o)
{
	struct mem_out *r = calloc(1, sizeof *r);
	enum err e;

	if (r == NULL)
		return ERR_RETRY;
	r->key = *k;
	buf_init(&r->record, RECORD_MAX);
	if ((e = store_out_encode(o, &r->record)) == ERR_OK)
		e = insert(&s->queue, mem_out_index(s, k), r);
	if (e != ERR_OK) {
		buf_fini(&r->record);
		free(r);
		return e;
	}
	tell_due(s, o);
	return ERR_OK;
}

static void
free_out(struct mem_out *r)
{
	buf_fini(&r->record);
	free(r);
}

/* --- one recipient and its message --------------------------------------- */

enum err
mem_letter_open(
    struct store *s, const struct store_out_key *k, struct mem_letter *l)
{
	size_t i = mem_out_index(s, k);
	enum err e;

	if (i == s->queue.n || cmp(&s->queue.out[i]->key, k) != 0)
		return ERR_NOENT;
	l->rcpt = s->queue.out[i];
	l->mail = mem_mail_find(s, &k->id);
	if (l->mail == NULL)
		return ERR_NOENT;
	e = store_envelope_decode(buf_slice(&l->mail->envelope), &l->env);
	return e == ERR_OK
		   ? store_out_decode(buf_slice(&l->rcpt->record), &l->out)
		   : e;
}

enum err
mem_letter_put(
    struct store *s, struct mem_letter *l, const struct store_out *new)
{
	struct buf b = BUF_INIT(RECORD_MAX);
	enum err e = store_out_encode(new, &b);

	if (e == ERR_OK)
		tell_due(s, new);
	return replace(&l->rcpt->record, &b, e);
}

void
mem_letter_drop(struct store *s, struct mem_letter *l)
{
	struct mem_queue *q = &s->queue;
	size_t i = mem_out_index(s, &l->rcpt->key);

	q->n--;
	memmove(q->out + i, q->out + i + 1, (q->n - i) * sizeof(*q->out));
	free_out(l->rcpt);
	l->env.left--;
	if (l->env.left == 0)
		free_mail(s, l->mail);
	else
		(void)mem_mail_put(l->mail, &l->env);
}

/* --- operations --------------------------------------------------------- */

enum err
mem_queue_read(struct store *s, struct store_queue_read *op)
{
	const struct mem_mail *m = mem_mail_find(s, &op->id);
	struct slice all;

	if (m == NULL)
		return ERR_NOENT;
	if (m->body->damaged)
		return ERR_CORRUPT;
	all = buf_slice(&m->body->octets);
	op->total = all.len;
	buf_add_slice(
	    op->out, slice_first(slice_skip(all, op->offset), op->max));
	return op->out->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

static void
add_row(struct store *s, struct buf *rows, size_t i)
{
	const struct mem_out *o = s->queue.out[i];
	const struct mem_mail *m = mem_mail_find(s, &o->key.id);
	struct store_out_row row = {
	    o->key, buf_slice(&m->envelope), buf_slice(&o->record)};

	if (i > 0 &&
	    mail_id_cmp(&s->queue.out[i - 1]->key.id, &o->key.id) == 0 &&
	    rows->len > 0)
		row.envelope = SLICE_NONE;
	store_out_rows_add(rows, &row);
}

enum err
mem_queue_list(struct store *s, struct store_queue_list *op)
{
	size_t i = mem_out_index(s, &op->after);

	op->n = 0;
	op->more = false;
	for (; i < s->queue.n; i++) {
		if (cmp(&s->queue.out[i]->key, &op->after) == 0 &&
		    !mail_id_is_zero(&op->after.id))
			continue;
		op->more = op->n == op->max || op->rows->len > ROWS_OCTETS;
		if (op->more)
			break;
		add_row(s, op->rows, i);
		op->n++;
	}
	return op->rows->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

/* --- life --------------------------------------------------------------- */

void
mem_queue_init(struct store *s)
{
	map_init(&s->queue.mails);
	map_init(&s->queue.sent);
	list_init(&s->queue.trail);
}

void
mem_queue_fini(struct store *s)
{
	struct map_node *n;

	for (size_t i = 0; i < s->queue.n; i++)
		free_out(s->queue.out[i]);
	free(s->queue.out);
	while ((n = map_next(&s->queue.mails, NULL)) != NULL)
		free_mail(s, MAP_ITEM(n, struct mem_mail, by_id));
	while ((n = map_next(&s->queue.sent, NULL)) != NULL) {
		map_remove(&s->queue.sent, n);
		free(MAP_ITEM(n, struct mem_sent, by_account));
	}
	map_fini(&s->queue.mails);
	map_fini(&s->queue.sent);
	mem_trail_fini(s);
}

void
store_mem_damage_queued(struct store *s, const struct mail_id *id)
{
	struct mem_mail *m = mem_mail_find(s, id);

	if (m != NULL)
		m->body->damaged = true;
}
