/*
 * Verify bodies: each that a row refers to is there, whole and as often
 * referred to as is counted; and none is there that no row refers to. Rows are
 * gathered and sorted by body, some of the body databases at a time, so that
 * memory is bounded.
 */
#include "base/num.h"
#include "store/bdb/bdb_verify.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROWS_AT_ONCE = 1000000,
	KEYS_AT_ONCE = 1000 /* a cursor lives no longer */
};

struct use { /* a row, as far as its body is concerned; mailbox 0: queue */
	uint64_t body, octets, sum, mailbox;
	struct mail_id id;
};

struct uses {
	struct use *use;
	size_t n, cap;
	unsigned first, end; /* body databases of this pass */
};

static void
problem_of(struct verify *v, const struct use *u, const char *what)
{
	char hex[MAIL_ID_HEX];

	mail_id_hex(&u->id, hex);
	if (u->mailbox == 0)
		bdb_problem(
		    v, "queue: message %.*s: %s", MAIL_ID_HEX, hex, what);
	else
		bdb_problem(v, "mailbox %llu: message %.*s: %s",
		    (unsigned long long)u->mailbox, MAIL_ID_HEX, hex, what);
}

/* Its references change now, or it is on its way in or out. */
static bool
is_moving(struct verify *v, uint64_t body)
{
	struct bdb_key k = bdb_key_id(body);

	return body >= v->bodies_end || bdb_watch_has(v->w->st, body) ||
	       bdb_exists(v->w, v->w->st->db[BDB_STAGING], &k) != ERR_NOENT;
}

/* --- gather --- */

static enum err
add(struct uses *us, const struct use *u)
{
	struct use *grown;

	if (us->n == us->cap) {
		size_t cap = us->cap == 0 ? 4096 : us->cap * 2;

		if ((grown = realloc(us->use, cap * sizeof *grown)) == NULL)
			return ERR_RETRY;
		us->use = grown;
		us->cap = cap;
	}
	us->use[us->n++] = *u;
	return ERR_OK;
}

static bool
is_of_pass(const struct uses *us, uint64_t body)
{
	return body % BDB_BODIES >= us->first && body % BDB_BODIES < us->end;
}

static enum err
gather(struct verify *v, struct uses *us, bool gone)
{
	struct bdb_all a;
	struct bdb_row r;
	struct use u;
	uint64_t time_us;
	enum err e = ERR_OK;

	bdb_all_init(&a, v, v->w->st->db[gone ? BDB_GONE : BDB_BOX],
	    gone ? "gone" : "box");
	while (e == ERR_OK && bdb_all_next(&a)) {
		if ((gone ? bdb_key_read_gone(
				a.bulk.key, &u.mailbox, &time_us, &u.id)
			  : bdb_key_read_box(a.bulk.key, &u.mailbox, &u.id)) !=
			ERR_OK ||
		    bdb_row_decode(a.bulk.value, &r) != ERR_OK)
			continue; /* noted with its mailbox */
		if (!is_of_pass(us, r.body))
			continue;
		u.body = r.body;
		u.octets = bdb_row_body_octets(&r);
		u.sum = r.sum;
		e = add(us, &u);
	}
	return e;
}

static enum err
gather_queue(struct verify *v, struct uses *us)
{
	struct store_envelope env;
	struct bdb_all a;
	struct use u = {.mailbox = 0};
	enum err e = ERR_OK;

	bdb_all_init(&a, v, v->w->st->db[BDB_QUEUE], "queue");
	while (e == ERR_OK && bdb_all_next(&a)) {
		if (bdb_key_read_mail(a.bulk.key, &u.id) != ERR_OK ||
		    store_envelope_decode(a.bulk.value, &env) != ERR_OK ||
		    !is_of_pass(us, env.body))
			continue;
		u.body = env.body;
		u.octets = env.octets;
		u.sum = env.sum;
		e = add(us, &u);
	}
	return e;
}

static int
by_body(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	return (x->body > y->body) - (x->body < y->body);
}

/* --- compare --- */

/* All chunks, each with its sum; what is wrong, or NULL. */
static const char *
check_content(struct verify *v, const struct use *u)
{
	unsigned n = bdb_chunks(u->octets);
	uint64_t octets = 0, sum = u->octets, one;
	struct slice s;

	for (unsigned i = 0; i < n; i++) {
		enum err e = bdb_body_get(v->w, u->body, i, &s, &one);

		if (e != ERR_OK)
			return e == ERR_CORRUPT ? "body is damaged"
						: "body cannot be read";
		octets += s.len;
		sum = bdb_sum_add(sum, one);
	}
	if (octets != u->octets)
		return "body has another length";
	return sum == u->sum ? NULL : "body is another one";
}

/* n rows of one body */
static void
check_body(struct verify *v, const struct use *u, size_t n)
{
	const char *wrong = check_content(v, u);
	uint64_t refs = 0;

	for (size_t i = 0; i < n; i++) {
		if (wrong == NULL &&
		    (u[i].octets != u->octets || u[i].sum != u->sum))
			wrong = "body is another one";
		if (wrong != NULL && !is_moving(v, u->body))
			problem_of(v, &u[i], wrong);
	}
	if (bdb_ref_get(v->w, u->body, &refs) == ERR_OK && refs == n)
		return;
	if (!is_moving(v, u->body))
		bdb_problem(v,
		    "body %llu: %llu references are counted, there are %zu",
		    (unsigned long long)u->body, (unsigned long long)refs, n);
}

static void
check_uses(struct verify *v, const struct uses *us)
{
	size_t n;

	for (size_t i = 0; i < us->n; i += n) {
		for (n = 1;
		     i + n < us->n && us->use[i + n].body == us->use[i].body;)
			n++;
		check_body(v, &us->use[i], n);
	}
}

static bool
is_used(const struct uses *us, uint64_t body)
{
	struct use u = {.body = body};

	return us->n > 0 && bsearch(&u, us->use, us->n, sizeof u, by_body);
}

static void
check_orphan(struct verify *v, const struct uses *us, uint64_t body)
{
	struct bdb_key k = bdb_key_body(body, 0);

	if (is_used(us, body) || is_moving(v, body))
		return;
	/* not one that was deleted while we looked */
	if (bdb_exists(v->w, bdb_bodies(v->w->st, body), &k) == ERR_OK)
		bdb_problem(v, "body %llu: no message has it",
		    (unsigned long long)body);
}

/* Keys only: the octets have been read with their rows. Some keys from *key
 * on; NOENT at the end */
static enum err
check_keys(struct verify *v, const struct uses *us, DB *db, struct bdb_key *key)
{
	uint64_t body = 0, last = UINT64_MAX;
	unsigned chunk;
	DBT k, d;
	DBC *cursor;
	int ret = db->cursor(db, NULL, &cursor, 0), closed;

	if (ret != 0)
		return bdb_err(v->w->st, ret, "verify");
	memset(&k, 0, sizeof k);
	memset(&d, 0, sizeof d);
	k.data = key->b;
	k.size = key->len;
	k.ulen = sizeof key->b;
	k.flags = DB_DBT_USERMEM;
	d.flags = DB_DBT_USERMEM | DB_DBT_PARTIAL;
	for (unsigned i = 0; i < KEYS_AT_ONCE && ret == 0; i++) {
		ret = cursor->get(
		    cursor, &k, &d, i == 0 ? DB_SET_RANGE : DB_NEXT);
		if (ret != 0 || bdb_key_read_body(slice_of(key->b, k.size),
				    &body, &chunk) != ERR_OK)
			continue;
		if (body != last)
			check_orphan(v, us, body);
		last = body;
	}
	closed = cursor->close(cursor);
	key->len = k.size;
	return bdb_err(v->w->st, ret == 0 ? closed : ret, "verify");
}

static void
check_orphans(struct verify *v, const struct uses *us, unsigned number)
{
	struct bdb_key key = bdb_key_id(0);
	enum err e;

	do
		e = check_keys(v, us, v->w->st->bodies[number], &key);
	while (e == BDB_LOST || (e == ERR_OK && bdb_key_after(&key)));
	if (e != ERR_NOENT && e != ERR_OK)
		bdb_problem(v, "bodies.%02u: cannot be read on: %s", number,
		    err_text(e));
}

/* Counts of bodies that no row refers to. */
static void
check_counts(struct verify *v, const struct uses *us)
{
	struct bdb_all a;
	uint64_t body;

	bdb_all_init(&a, v, v->w->st->db[BDB_BODYREF], "bodyref");
	while (bdb_all_next(&a)) {
		if (bdb_key_read_id(a.bulk.key, &body) != ERR_OK ||
		    !is_of_pass(us, body))
			continue;
		if (!is_used(us, body) && !is_moving(v, body))
			bdb_problem(v, "body %llu: counted, no message has it",
			    (unsigned long long)body);
	}
}

static enum err
pass(struct verify *v, struct uses *us)
{
	enum err e;

	us->n = 0;
	if ((e = gather(v, us, false)) != ERR_OK ||
	    (e = gather(v, us, true)) != ERR_OK ||
	    (e = gather_queue(v, us)) != ERR_OK)
		return e;
	if (us->n > 0)
		qsort(us->use, us->n, sizeof *us->use, by_body);
	check_uses(v, us);
	check_counts(v, us);
	for (unsigned i = us->first; i < us->end; i++)
		check_orphans(v, us, i);
	return ERR_OK;
}

enum err
bdb_verify_bodies(struct verify *v)
{
	uint64_t passes = v->rows / ROWS_AT_ONCE + 1;
	unsigned each = BDB_BODIES;
	struct uses us = {NULL, 0, 0, 0, 0};
	enum err e = ERR_OK;

	while (each > 1 && BDB_BODIES / each < passes)
		each /= 2;
	for (; us.first < BDB_BODIES && e == ERR_OK; us.first += each) {
		us.end = us.first + each;
		e = pass(v, &us);
	}
	free(us.use);
	if (bdb_watch_full(v->w->st))
		bdb_problem(v, "too many changes meanwhile: bodies were not "
			       "compared, try again");
	return e;
}
