/* Verify mailboxes: every row can be read, and the totals are right. */
#include "base/num.h"
#include "store/bdb/bdb_verify.h"

#include <stdlib.h>
#include <string.h>

enum {
	TRIES = 20,      /* when mail comes in while we count */
	PEEK = 4 * 1024, /* octets of a look for the next mailbox */
};

static void
damaged_row(
    struct verify *v, uint64_t mailbox, const struct mail_id *id, bool gone)
{
	char hex[MAIL_ID_HEX];

	mail_id_hex(id, hex);
	bdb_problem(v, "mailbox %llu: %s %.*s: record is damaged",
	    (unsigned long long)mailbox, gone ? "removed message" : "message",
	    MAIL_ID_HEX, hex);
}

static bool
read_key(struct slice key, bool gone, uint64_t *mailbox, struct mail_id *id)
{
	uint64_t us;

	return (gone ? bdb_key_read_gone(key, mailbox, &us, id)
		     : bdb_key_read_box(key, mailbox, id)) == ERR_OK;
}

struct count {
	uint64_t rows, octets;
	bool report; /* damaged rows: once, not at each try */
};

/* NOENT: all rows of the mailbox were counted */
static enum err
count_bulk(struct verify *v, struct bdb_bulk *b, bool gone, uint64_t mailbox,
    struct bdb_key *next, struct count *c)
{
	struct mail_id id;
	struct bdb_row r;
	uint64_t of;

	while (bdb_bulk_next(b) == ERR_OK) {
		if (!read_key(b->key, gone, &of, &id) || of != mailbox)
			return ERR_NOENT;
		memcpy(next->b, b->key.p, b->key.len);
		next->len = (uint32_t)b->key.len;
		c->rows++;
		if (bdb_row_decode(b->value, &r) == ERR_OK)
			c->octets += r.octets;
		else if (c->report)
			damaged_row(v, mailbox, &id, gone);
	}
	return bdb_key_after(next) ? ERR_OK : ERR_NOENT;
}

static enum err
count_rows(struct verify *v, bool gone, uint64_t mailbox, struct count *c)
{
	DB *db = v->w->st->db[gone ? BDB_GONE : BDB_BOX];
	struct bdb_key next = bdb_key_id(mailbox);
	struct bdb_bulk b;
	enum err e;

	c->rows = c->octets = 0;
	do {
		e = bdb_bulk_seek(
		    v->w, &b, db, bdb_key_slice(&next), BDB_BULK_ROWS);
		if (e == ERR_OK)
			e = count_bulk(v, &b, gone, mailbox, &next, c);
	} while (e == ERR_OK);
	return e == ERR_NOENT ? ERR_OK : e;
}

static bool
same(const struct bdb_total *a, const struct bdb_total *b)
{
	return a->count == b->count && a->octets == b->octets &&
	       a->gone_count == b->gone_count &&
	       a->gone_octets == b->gone_octets;
}

/* Count between two looks at the total that agree. */
static enum err
count_mailbox(struct verify *v, uint64_t mailbox, struct bdb_total *t,
    struct bdb_total *found)
{
	struct count box, gone;
	struct bdb_total after;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < TRIES && e == ERR_OK; i++) {
		box.report = gone.report = i == 0;
		if ((e = bdb_total_get(v->w, mailbox, 0, t)) != ERR_OK ||
		    (e = count_rows(v, false, mailbox, &box)) != ERR_OK ||
		    (e = count_rows(v, true, mailbox, &gone)) != ERR_OK ||
		    (e = bdb_total_get(v->w, mailbox, 0, &after)) != ERR_OK)
			break;
		*found = (struct bdb_total){.count = box.rows,
		    .octets = box.octets,
		    .gone_count = gone.rows,
		    .gone_octets = gone.octets};
		if (same(t, found))
			return ERR_OK;
		if (same(t, &after))
			return ERR_EXISTS; /* they do differ */
	}
	return e; /* too busy to tell */
}

static bool
is_owned(const struct verify *v, uint64_t mailbox)
{
	size_t low = 0, high = v->nowned;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->owned[mid] < mailbox)
			low = mid + 1;
		else
			high = mid;
	}
	return low < v->nowned && v->owned[low] == mailbox;
}

/* The first mailbox from `from` on that a database knows; NOENT */
static enum err
first_from(struct verify *v, enum bdb_db db, uint64_t from, uint64_t *mailbox)
{
	struct bdb_key k = bdb_key_id(from);
	struct bdb_bulk b;
	enum err e =
	    bdb_bulk_seek(v->w, &b, v->w->st->db[db], bdb_key_slice(&k), PEEK);

	if (e != ERR_OK)
		return e;
	if (bdb_bulk_next(&b) != ERR_OK || b.key.len < BDB_ID_KEY)
		return ERR_CORRUPT;
	*mailbox = num_get_be64(b.key.p);
	return ERR_OK;
}

/* The least of what the three databases know. */
static enum err
next_mailbox(struct verify *v, uint64_t from, uint64_t *out)
{
	static const enum bdb_db dbs[] = {BDB_TOTAL, BDB_BOX, BDB_GONE};
	uint64_t one, least = UINT64_MAX;
	bool any = false;
	enum err e;

	for (unsigned i = 0; i < sizeof dbs / sizeof *dbs; i++) {
		if ((e = first_from(v, dbs[i], from, &one)) == ERR_NOENT)
			continue;
		if (e != ERR_OK)
			return e;
		least = one < least ? one : least;
		any = true;
	}
	*out = least;
	return any ? ERR_OK : ERR_NOENT;
}

static bool
is_going(struct verify *v, uint64_t mailbox)
{
	struct bdb_key k = bdb_key_id(mailbox);

	return bdb_exists(v->w, v->w->st->db[BDB_REMOVING], &k) == ERR_OK;
}

/* It may have been removed while it was looked at. */
static bool
is_known(struct verify *v, uint64_t mailbox)
{
	uint64_t found;

	return next_mailbox(v, mailbox, &found) == ERR_OK && found == mailbox;
}

static enum err
check_mailbox(struct verify *v, uint64_t mailbox)
{
	struct bdb_total t = {0}, found = {0};
	bool going = is_going(v, mailbox);
	enum err e = count_mailbox(v, mailbox, &t, &found);

	if (e == ERR_CORRUPT || e == BDB_UNREAD) {
		bdb_problem(v, "mailbox %llu: %s", (unsigned long long)mailbox,
		    e == BDB_UNREAD ? "cannot be read" : "total is damaged");
		return ERR_OK;
	}
	if (e != ERR_OK && e != ERR_EXISTS)
		return e;
	v->q->messages += found.count;
	v->q->octets += found.octets;
	v->rows += found.count + found.gone_count;
	if (e == ERR_EXISTS)
		bdb_problem(v,
		    "mailbox %llu: total says %llu messages, %llu octets "
		    "(removed: %llu, %llu); there are %llu, %llu (%llu, %llu)",
		    (unsigned long long)mailbox, (unsigned long long)t.count,
		    (unsigned long long)t.octets,
		    (unsigned long long)t.gone_count,
		    (unsigned long long)t.gone_octets,
		    (unsigned long long)found.count,
		    (unsigned long long)found.octets,
		    (unsigned long long)found.gone_count,
		    (unsigned long long)found.gone_octets);
	if (!is_owned(v, mailbox) && !going && mailbox < v->ids_end &&
	    is_known(v, mailbox))
		bdb_problem(v, "mailbox %llu: no account has it",
		    (unsigned long long)mailbox);
	return ERR_OK;
}

enum err
bdb_verify_boxes(struct verify *v)
{
	uint64_t mailbox = 0;
	enum err e;

	while ((e = next_mailbox(v, mailbox, &mailbox)) == ERR_OK &&
	       (e = check_mailbox(v, mailbox)) == ERR_OK)
		if (++mailbox == 0)
			break;
	return e == ERR_NOENT ? ERR_OK : e;
}
