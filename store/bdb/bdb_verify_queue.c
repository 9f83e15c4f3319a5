/*
 * Verify the queue: every recipient has its envelope and the one entry that its
 * state asks for, every envelope as many recipients as it says, every entry its
 * recipient; and the trail can be read. What does not fit is read again, and
 * counts when nothing of it has changed meanwhile.
 */
#include "store/bdb/bdb_out.h"
#include "store/bdb/bdb_verify.h"

#include <string.h>

enum { TRIES = 20, PEEK = 64 * 1024 };

struct pass {
	struct verify *v;
	struct bdb_work
	    sub; /* looks besides the walk, which has v->w's memory */
	struct buf before, after;
};

static void
problem_of(struct pass *p, const char *where, const struct store_out_key *k,
    const char *what)
{
	char hex[MAIL_ID_HEX];

	mail_id_hex(&k->id, hex);
	bdb_problem(p->v, "%s: message %.*s, recipient %u: %s", where,
	    MAIL_ID_HEX, hex, (unsigned)k->n, what);
}

static bool
exists(struct pass *p, enum bdb_db db, const struct bdb_key *k)
{
	/* what cannot be read is said of its page */
	return bdb_exists(&p->sub, p->sub.st->db[db], k) != ERR_NOENT;
}

static enum err
read_into(
    struct pass *p, enum bdb_db db, const struct bdb_key *k, struct buf *b)
{
	buf_reset(b);
	return bdb_get(&p->sub, p->sub.st->db[db], k, 0, b);
}

/*
 * Ask `wrong` about the record under k until it says NULL, or twice looked at
 * the same record. A record that is not there is NOENT for it.
 */
typedef const char *wrong_fn(
    struct pass *p, enum err e, struct slice value, const void *about);

static const char *
settled(struct pass *p, enum bdb_db db, const struct bdb_key *k,
    wrong_fn *wrong, const void *about)
{
	for (unsigned i = 0; i < TRIES; i++) {
		enum err e = read_into(p, db, k, &p->before), f;
		const char *what = wrong(p, e, buf_slice(&p->before), about);

		if (what == NULL)
			return NULL;
		f = read_into(p, db, k, &p->after);
		if (e == f &&
		    slice_eq(buf_slice(&p->before), buf_slice(&p->after)))
			return what;
	}
	return NULL; /* too busy to tell */
}

/* --- recipients --- */

static bool
has_due(const struct store_out *o)
{
	return o->state != STORE_OUT_SENDING && o->state != STORE_OUT_HELD;
}

static const char *
wrong_rcpt(struct pass *p, enum err e, struct slice value, const void *about)
{
	const struct store_out_key *k = about;
	struct bdb_key key = bdb_key_out(k), mail = bdb_key_mail(&k->id), due;
	struct store_out o;

	if (e == ERR_NOENT)
		return NULL; /* gone meanwhile */
	if (e != ERR_OK)
		return "record cannot be read";
	if (store_out_decode(value, &o) != ERR_OK)
		return "record is damaged";
	if (!exists(p, BDB_QUEUE, &mail))
		return "has no envelope";
	due = bdb_key_due(bdb_out_dest(&o), o.next_us, k);
	if (has_due(&o) && !exists(p, BDB_DUE, &due))
		return "waits, and will never be due";
	if ((o.state == STORE_OUT_SENDING) != exists(p, BDB_SENDING, &key))
		return o.state == STORE_OUT_SENDING
			   ? "is sent, and no attempt is noted"
			   : "is not sent, and an attempt is noted";
	return NULL;
}

static void
check_rcpts(struct pass *p)
{
	struct store_out_key k;
	struct bdb_all a;

	bdb_all_init(&a, p->v, p->v->w->st->db[BDB_RCPT], "rcpt");
	while (bdb_all_next(&a)) {
		struct bdb_key key;
		const char *what = NULL;

		if (bdb_key_read_out(a.bulk.key, &k) != ERR_OK) {
			bdb_problem(
			    p->v, "rcpt: key of %zu octets", a.bulk.key.len);
			continue;
		}
		key = bdb_key_out(&k);
		what = settled(p, BDB_RCPT, &key, wrong_rcpt, &k);
		if (what != NULL)
			problem_of(p, "rcpt", &k, what);
	}
}

/* --- entries --- */

struct entry {
	enum bdb_db db;
	struct bdb_key key;
	uint64_t dest, us; /* due */
	struct store_out_key of;
};

static bool
fits(const struct entry *x, const struct store_out *o)
{
	if (x->db == BDB_SENDING)
		return o->state == STORE_OUT_SENDING;
	return has_due(o) && bdb_out_dest(o) == x->dest && o->next_us == x->us;
}

static const char *
wrong_entry(struct pass *p, enum err e, struct slice value, const void *about)
{
	const struct entry *x = about;
	struct store_out o;

	if (e == ERR_OK && store_out_decode(value, &o) != ERR_OK)
		return NULL; /* said of the recipient */
	if (e == ERR_OK && fits(x, &o))
		return NULL;
	if (!exists(p, x->db, &x->key))
		return NULL; /* gone meanwhile */
	return e == ERR_OK ? "entry does not fit its recipient"
			   : "entry has no recipient";
}

static bool
read_entry(struct entry *x, const struct bdb_all *a)
{
	struct slice k = a->bulk.key;
	uint64_t was_due;

	if (k.len > sizeof x->key.b)
		return false;
	memcpy(x->key.b, k.p, k.len);
	x->key.len = (uint32_t)k.len;
	if (x->db == BDB_DUE)
		return bdb_key_read_due(k, &x->dest, &x->us, &x->of) == ERR_OK;
	return bdb_key_read_out(k, &x->of) == ERR_OK &&
	       bdb_number_decode(a->bulk.value, &was_due) == ERR_OK;
}

static void
check_entries(struct pass *p, enum bdb_db db)
{
	const char *name = bdb_db_name(db), *what;
	struct entry x = {.db = db};
	struct bdb_all a;

	bdb_all_init(&a, p->v, p->v->w->st->db[db], name);
	while (bdb_all_next(&a)) {
		struct bdb_key rcpt;

		if (!read_entry(&x, &a)) {
			bdb_problem(p->v, "%s: record is damaged", name);
			continue;
		}
		rcpt = bdb_key_out(&x.of);
		what = settled(p, BDB_RCPT, &rcpt, wrong_entry, &x);
		if (what != NULL)
			problem_of(p, name, &x.of, what);
	}
}

/* --- envelopes --- */

/* Recipients of a message; CORRUPT when they cannot be read. */
static enum err
count_rcpts(struct pass *p, const struct mail_id *id, uint32_t *n)
{
	struct store_out_key k = {*id, 0};
	struct bdb_key next = bdb_key_out(&k);
	struct bdb_bulk b;
	enum err e;

	for (*n = 0;;) {
		e = bdb_bulk_seek(&p->sub, &b, p->sub.st->db[BDB_RCPT],
		    bdb_key_slice(&next), PEEK);
		if (e != ERR_OK)
			return e == ERR_NOENT ? ERR_OK : e;
		while (bdb_bulk_next(&b) == ERR_OK) {
			if (bdb_key_read_out(b.key, &k) != ERR_OK)
				return ERR_CORRUPT;
			if (mail_id_cmp(&k.id, id) != 0)
				return ERR_OK;
			++*n;
			next = bdb_key_out(&k);
		}
		if (!bdb_key_after(&next))
			return ERR_OK;
	}
}

static const char *
wrong_envelope(
    struct pass *p, enum err e, struct slice value, const void *about)
{
	struct store_envelope env;
	uint32_t n;

	if (e == ERR_NOENT)
		return NULL; /* gone meanwhile */
	if (e != ERR_OK)
		return "envelope cannot be read";
	if (store_envelope_decode(value, &env) != ERR_OK)
		return "envelope is damaged";
	if (count_rcpts(p, about, &n) != ERR_OK)
		return "recipients cannot be read";
	return n == env.left && n > 0 ? NULL
				      : "another number of recipients is left";
}

static void
check_envelopes(struct pass *p)
{
	const char *what;
	char hex[MAIL_ID_HEX];
	struct mail_id id;
	struct bdb_all a;

	bdb_all_init(&a, p->v, p->v->w->st->db[BDB_QUEUE], "queue");
	while (bdb_all_next(&a)) {
		struct bdb_key key;

		p->v->rows++;
		if (bdb_key_read_mail(a.bulk.key, &id) != ERR_OK) {
			bdb_problem(
			    p->v, "queue: key of %zu octets", a.bulk.key.len);
			continue;
		}
		key = bdb_key_mail(&id);
		what = settled(p, BDB_QUEUE, &key, wrong_envelope, &id);
		mail_id_hex(&id, hex);
		if (what != NULL)
			bdb_problem(p->v, "queue: message %.*s: %s",
			    MAIL_ID_HEX, hex, what);
	}
}

/* --- what only has to be readable --- */

static bool
is_readable(enum bdb_db db, const struct bdb_bulk *b)
{
	struct store_trail t;
	struct bdb_sent s;
	struct mail_id id;
	uint64_t n;

	if (db == BDB_TRAIL)
		return bdb_key_read_trail(b->key, &id, &n) == ERR_OK &&
		       store_trail_decode(b->value, &t) == ERR_OK;
	if (db == BDB_SEEN)
		return bdb_key_read_seen(b->key, &n, &id) == ERR_OK &&
		       b->value.len == 0;
	return bdb_key_read_id(b->key, &n) == ERR_OK &&
	       bdb_sent_decode(b->value, &s) == ERR_OK;
}

static void
check_readable(struct pass *p, enum bdb_db db)
{
	struct bdb_all a;

	bdb_all_init(&a, p->v, p->v->w->st->db[db], bdb_db_name(db));
	while (bdb_all_next(&a))
		if (!is_readable(db, &a.bulk))
			bdb_problem(
			    p->v, "%s: record is damaged", bdb_db_name(db));
}

enum err
bdb_verify_queue(struct verify *v)
{
	struct pass p = {.v = v};
	enum err e = bdb_work_init(&p.sub, v->w->st, true);

	if (e != ERR_OK)
		return e;
	buf_init(&p.before, STORE_VALUE_MAX);
	buf_init(&p.after, STORE_VALUE_MAX);
	check_rcpts(&p);
	check_entries(&p, BDB_DUE);
	check_entries(&p, BDB_SENDING);
	check_envelopes(&p);
	check_readable(&p, BDB_TRAIL);
	check_readable(&p, BDB_SEEN);
	check_readable(&p, BDB_SENT);
	buf_fini(&p.before);
	buf_fini(&p.after);
	bdb_work_fini(&p.sub);
	return ERR_OK;
}
