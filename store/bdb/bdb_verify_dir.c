/* Verify the directory: records, and that they lead to each other. */
#include "base/num.h"
#include "store/bdb/bdb_verify.h"

#include <stdlib.h>
#include <string.h>

/* The record without its version; empty when too short. */
static struct slice
record(const struct bdb_all *a)
{
	return slice_skip(a->bulk.value, BDB_DIR_HEAD);
}

static bool
well_formed(struct bdb_all *a, enum store_kind kind)
{
	if (store_record_valid(kind, a->bulk.key, record(a)))
		return true;
	if ((kind == STORE_ACCOUNT || kind == STORE_REMOVING) &&
	    a->bulk.key.len == BDB_ID_KEY)
		bdb_problem(a->v, "%s %llu: record is damaged", a->name,
		    (unsigned long long)num_get_be64(a->bulk.key.p));
	else
		bdb_problem(a->v, "%s %.*s: record is damaged", a->name,
		    SLICE_ARG(a->bulk.key));
	return false;
}

static bool
has(struct verify *v, enum bdb_db db, struct slice key)
{
	buf_reset(&v->w->value);
	return bdb_get_at(v->w, v->w->st->db[db], key, 0, &v->w->value) ==
	       ERR_OK;
}

static void
check_domain_of(struct verify *v, const char *what, struct slice addr)
{
	struct slice domain = slice_skip(addr, slice_rfind(addr, '@') + 1);

	if (!has(v, BDB_DOMAIN, domain) && has(v, BDB_NAME, addr))
		bdb_problem(v, "%s %.*s: its domain does not exist", what,
		    SLICE_ARG(addr));
}

static void
check_name(struct bdb_all *a)
{
	struct bdb_key k;
	struct store_name n;

	check_domain_of(a->v, "name", a->bulk.key);
	if (store_name_decode(record(a), &n) != ERR_OK ||
	    n.type != STORE_MAILBOX)
		return;
	k = bdb_key_id(n.account);
	/* both may have gone since the name was read */
	if (!has(a->v, BDB_ACCOUNT, bdb_key_slice(&k)) &&
	    has(a->v, BDB_NAME, a->bulk.key))
		bdb_problem(a->v, "name %.*s: account %llu does not exist",
		    SLICE_ARG(a->bulk.key), (unsigned long long)n.account);
}

static enum err
add_owned(struct verify *v, uint64_t mailbox)
{
	uint64_t *grown;

	if (v->nowned == v->owned_cap) {
		size_t cap = v->owned_cap == 0 ? 1024 : v->owned_cap * 2;

		if ((grown = realloc(v->owned, cap * sizeof *grown)) == NULL)
			return ERR_RETRY;
		v->owned = grown;
		v->owned_cap = cap;
	}
	v->owned[v->nowned++] = mailbox;
	return ERR_OK;
}

static enum err
check_account(struct bdb_all *a)
{
	struct verify *v = a->v;
	struct store_account acc;
	struct store_name n;
	uint64_t id = num_get_be64(a->bulk.key.p);

	if (store_account_decode(record(a), &acc) != ERR_OK)
		return ERR_OK;
	if (!has(v, BDB_NAME, acc.name)) {
		if (has(v, BDB_ACCOUNT, a->bulk.key))
			bdb_problem(v, "account %llu: name %.*s does not exist",
			    (unsigned long long)id, SLICE_ARG(acc.name));
	} else if (store_name_decode(
		       slice_skip(buf_slice(&v->w->value), BDB_DIR_HEAD), &n) ==
		       ERR_OK &&
		   (n.type != STORE_MAILBOX || n.account != id)) {
		bdb_problem(v, "account %llu: name %.*s leads elsewhere",
		    (unsigned long long)id, SLICE_ARG(acc.name));
	}
	return add_owned(v, acc.mailbox);
}

static int
compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static void
check_owned(struct verify *v)
{
	if (v->nowned > 0)
		qsort(v->owned, v->nowned, sizeof *v->owned, compare);
	for (size_t i = 1; i < v->nowned; i++)
		if (v->owned[i] == v->owned[i - 1])
			bdb_problem(v, "mailbox %llu: two accounts have it",
			    (unsigned long long)v->owned[i]);
}

static void
check_meta(struct verify *v)
{
	struct bdb_all a;
	uint64_t n;

	bdb_all_init(&a, v, v->w->st->db[BDB_META], "meta");
	while (bdb_all_next(&a)) {
		if (!bdb_meta_knows(a.bulk.key))
			bdb_problem(v, "meta %.*s: unknown record",
			    SLICE_ARG(a.bulk.key));
		else if (bdb_number_decode(a.bulk.value, &n) != ERR_OK)
			bdb_problem(v, "meta %.*s: record is damaged",
			    SLICE_ARG(a.bulk.key));
	}
}

enum err
bdb_verify_dir(struct verify *v)
{
	struct store *st = v->w->st;
	struct bdb_all a;
	enum err e = ERR_OK;

	check_meta(v);
	if ((e = bdb_meta_ends(v->w, &v->ids_end, &v->bodies_end)) != ERR_OK)
		return e;
	bdb_all_init(&a, v, st->db[BDB_DOMAIN], "domain");
	while (bdb_all_next(&a))
		(void)well_formed(&a, STORE_DOMAIN);
	bdb_all_init(&a, v, st->db[BDB_NAME], "name");
	while (bdb_all_next(&a))
		if (well_formed(&a, STORE_NAME))
			check_name(&a);
	bdb_all_init(&a, v, st->db[BDB_ACCOUNT], "account");
	while (e == ERR_OK && bdb_all_next(&a))
		if (well_formed(&a, STORE_ACCOUNT))
			e = check_account(&a);
	check_owned(v);
	bdb_all_init(&a, v, st->db[BDB_REMOVING], "removing");
	while (bdb_all_next(&a))
		(void)well_formed(&a, STORE_REMOVING);
	return e;
}
