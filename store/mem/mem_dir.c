/* The directory in memory: records in one array, sorted by kind and key. */
#include "base/num.h"
#include "store/mem/mem_priv.h"

#include <stdlib.h>

enum { SCAN_OCTETS = 512 * 1024 };

/* Index of the first record that is not before (kind, key). */
static size_t
lower_bound(const struct store *s, enum store_kind kind, struct slice key)
{
	size_t lo = 0, hi = s->records;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct mem_record *r = s->record[mid];

		if (r->kind < kind ||
		    (r->kind == kind && slice_cmp(buf_slice(&r->key), key) < 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct mem_record *
find(const struct store *s, enum store_kind kind, struct slice key)
{
	size_t i = lower_bound(s, kind, key);

	if (i == s->records || s->record[i]->kind != kind ||
	    !slice_eq(buf_slice(&s->record[i]->key), key))
		return NULL;
	return s->record[i];
}

static void
free_record(struct mem_record *r)
{
	buf_fini(&r->key);
	buf_fini(&r->value);
	free(r);
}

static struct mem_record *
insert(struct store *s, enum store_kind kind, struct slice key)
{
	size_t i = lower_bound(s, kind, key), cap;
	struct mem_record *r = calloc(1, sizeof *r), **all;

	if (r == NULL)
		return NULL;
	if (s->records == s->records_cap) {
		cap = s->records_cap == 0 ? 16 : s->records_cap * 2;
		if ((all = realloc(s->record, cap * sizeof(*all))) == NULL) {
			free(r);
			return NULL;
		}
		s->record = all;
		s->records_cap = cap;
	}
	r->kind = kind;
	buf_init(&r->key, STORE_KEY_MAX);
	buf_init(&r->value, STORE_VALUE_MAX);
	buf_add_slice(&r->key, key);
	for (size_t k = s->records++; k > i; k--)
		s->record[k] = s->record[k - 1];
	s->record[i] = r;
	return r;
}

static void
remove_record(struct store *s, enum store_kind kind, struct slice key)
{
	size_t i = lower_bound(s, kind, key);

	free_record(s->record[i]);
	for (s->records--; i < s->records; i++)
		s->record[i] = s->record[i + 1];
}

void
store_mem_put(
    struct store *s, enum store_kind kind, struct slice key, struct slice value)
{
	struct mem_record *r = find(s, kind, key);

	if (r == NULL && (r = insert(s, kind, key)) == NULL)
		return;
	buf_reset(&r->value);
	buf_add_slice(&r->value, value);
	r->version = ++s->version;
}

enum err
mem_get(struct store *s, struct store_get *op)
{
	const struct mem_record *r = find(s, op->kind, op->key);

	if (r == NULL)
		return ERR_NOENT;
	buf_add_slice(op->value, buf_slice(&r->value));
	op->version = r->version;
	return op->value->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

enum err
mem_scan(struct store *s, struct store_scan *op)
{
	size_t i = lower_bound(s, op->kind, op->after);
	struct store_dir_row row;

	op->n = 0;
	op->more = false;
	for (; i < s->records && s->record[i]->kind == op->kind; i++) {
		const struct mem_record *r = s->record[i];

		if (slice_eq(buf_slice(&r->key), op->after))
			continue;
		op->more = op->n == op->max || op->rows->len > SCAN_OCTETS;
		if (op->more)
			break;
		row = (struct store_dir_row){
		    buf_slice(&r->key), buf_slice(&r->value), r->version};
		store_rows_add(op->rows, &row);
		op->n++;
	}
	return op->rows->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

static enum err
fits(const struct store *s, const struct store_change *c)
{
	const struct mem_record *r = find(s, c->kind, c->key);

	if (c->expect == UINT64_MAX)
		return ERR_OK;
	if (c->expect == 0)
		return r == NULL ? ERR_OK : ERR_EXISTS;
	if (r == NULL)
		return ERR_NOENT;
	return r->version == c->expect ? ERR_OK : ERR_BUSY;
}

/* At once: so there is never a record that it is to be removed. */
static void
remove_mailbox(struct store *s, struct slice key)
{
	struct store_purge q = {.mailbox = num_get_be64(key.p), .remove = true};

	(void)mem_purge(s, &q);
}

enum err
mem_commit(struct store *s, struct store_commit *op)
{
	const struct store_change *c = op->change;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < op->n && e == ERR_OK; i++) {
		op->failed = i;
		e = fits(s, &c[i]);
	}
	if (e != ERR_OK)
		return e;
	for (unsigned i = 0; i < op->n; i++)
		if (c[i].kind == STORE_REMOVING && c[i].value.p != NULL)
			remove_mailbox(s, c[i].key);
		else if (c[i].value.p != NULL)
			store_mem_put(s, c[i].kind, c[i].key, c[i].value);
		else if (find(s, c[i].kind, c[i].key) != NULL)
			remove_record(s, c[i].kind, c[i].key);
	return ERR_OK;
}

static enum err
route_get(void *ctx, enum store_kind kind, struct slice key, struct buf *out)
{
	const struct mem_record *r = find(ctx, kind, key);

	if (r == NULL)
		return ERR_NOENT;
	buf_add_slice(out, buf_slice(&r->value));
	return ERR_OK;
}

static enum err
route_first_domain(void *ctx, struct buf *out)
{
	const struct store *s = ctx;
	size_t i = lower_bound(s, STORE_DOMAIN, SLICE(""));

	if (i == s->records || s->record[i]->kind != STORE_DOMAIN)
		return ERR_NOENT;
	buf_add_slice(out, buf_slice(&s->record[i]->key));
	return ERR_OK;
}

enum err
mem_account(struct store *s, uint64_t account, struct buf *value,
    struct store_account *out)
{
	uint8_t key[8];
	enum err e;

	num_put_be64(key, account);
	buf_reset(value);
	e = route_get(s, STORE_ACCOUNT, slice_of(key, sizeof key), value);
	return e == ERR_OK ? store_account_decode(buf_slice(value), out) : e;
}

enum err
mem_sender(struct store *s, struct store_sender *op)
{
	return store_route_sender(&s->getter, s->conf, op->account, op->addr);
}

void
mem_dir_init(struct store *s)
{
	s->getter = (struct store_getter){route_get, s, route_first_domain};
}

void
mem_dir_fini(struct store *s)
{
	for (size_t i = 0; i < s->records; i++)
		free_record(s->record[i]);
	free(s->record);
}
