/*
 * The trail of one message, or of all that a word leads to. Under a word `seen`
 * has messages by day: a look or two for each day, however many words others
 * have.
 */
#include "store/bdb/bdb_out.h"

#include <string.h>

enum {
	LIST_OCTETS = 512 * 1024,
	ROW_HEAD = MAIL_ID_LEN + 10,
	PEEK = 16 * 1024, /* octets of a look into seen */
	LOOKS = 256,      /* into seen, of one request */
	IDS = 256,        /* gathered before their rows are read */
};

/* --- one message --- */

/* LIMIT: no room for it */
static enum err
add_row(struct store_trail_list *q, const struct mail_id *id, uint64_t us,
    struct slice record)
{
	struct store_trail_row row = {*id, us, record};
	size_t need = ROW_HEAD + record.len;

	if (q->rows->len + need > LIST_OCTETS ||
	    buf_reserve(q->rows, need) != ERR_OK)
		return ERR_LIMIT;
	store_trail_rows_add(q->rows, &row);
	return ERR_OK;
}

/* NOENT: the bulk is used up; CLOSED: all rows of the message are there */
static enum err
add_bulk(struct store_trail_list *q, const struct mail_id *id,
    struct bdb_bulk *b, struct bdb_key *next)
{
	struct mail_id found;
	uint64_t us;
	enum err e;

	while ((e = bdb_bulk_next(b)) == ERR_OK) {
		if ((e = bdb_key_read_trail(b->key, &found, &us)) != ERR_OK)
			return e;
		if (mail_id_cmp(&found, id) != 0)
			return ERR_CLOSED;
		if (b->value.len > 0 && b->value.len <= STORE_TRAIL_MAX &&
		    (e = add_row(q, id, us, b->value)) != ERR_OK)
			return e;
		*next = bdb_key_trail(id, us);
	}
	return bdb_key_after(next) ? ERR_NOENT : ERR_CLOSED;
}

/* All rows of a message; LIMIT: no room for all of them */
static enum err
add_message(struct bdb_work *w, struct store_trail_list *q,
    const struct mail_id *id, size_t room)
{
	struct bdb_key next = bdb_key_trail(id, 0);
	struct bdb_bulk b;
	enum err e;

	do {
		e = bdb_bulk_seek(
		    w, &b, w->st->db[BDB_TRAIL], bdb_key_slice(&next), room);
		if (e == ERR_NOENT)
			return ERR_OK;
		if (e == ERR_OK)
			e = add_bulk(q, id, &b, &next);
	} while (e == ERR_NOENT);
	return e == ERR_CLOSED ? ERR_OK : e;
}

/* Of more than fit the first are shown. */
static enum err
by_id(struct bdb_work *w, struct store_trail_list *q)
{
	size_t had = q->rows->len;
	enum err e = add_message(w, q, &q->id, BDB_BULK_ROWS);

	if (e != ERR_OK && e != ERR_LIMIT)
		return e;
	q->n = q->rows->len > had;
	q->last = q->id;
	return ERR_OK;
}

/* --- by word --- */

struct search {
	struct bdb_work *w;
	struct store_trail_list *q;
	uint64_t sum;
	struct bdb_key at; /* where to go on in seen */
	unsigned looks;
	struct mail_id id[IDS];
	unsigned nids;
};

static bool
is_room(const struct search *s)
{
	return s->nids < IDS && s->nids < s->q->max - s->q->n;
}

/* From here the messages of this word behind that of the key begin, on its day
 * or on a later one. */
static enum err
skip_to_word(struct search *s, uint64_t sum, const struct mail_id *id)
{
	struct mail_id least = {{0}};

	memcpy(least.b, id->b, sizeof(uint64_t));
	s->at = bdb_key_seen(s->sum, &least);
	memset(s->at.b + 12, 0, MAIL_ID_LEN);
	if (sum < s->sum)
		return ERR_OK;
	/* the next day: a day that has none is found by what follows */
	memset(s->at.b + 4, 0xff, BDB_SEEN_KEY - 4);
	return bdb_key_after(&s->at) ? ERR_OK : ERR_NOENT;
}

/* OK: look again from s->at; NOENT: that was all; CLOSED: enough for now */
static enum err
look(struct search *s)
{
	struct mail_id id;
	struct bdb_bulk b;
	uint64_t sum;
	enum err e = bdb_bulk_seek(
	    s->w, &b, s->w->st->db[BDB_SEEN], bdb_key_slice(&s->at), PEEK);

	if (e != ERR_OK)
		return e;
	while (bdb_bulk_next(&b) == ERR_OK) {
		if ((e = bdb_key_read_seen(b.key, &sum, &id)) != ERR_OK)
			return e;
		if (sum != s->sum)
			return skip_to_word(s, sum, &id);
		if (!is_room(s))
			return ERR_CLOSED;
		s->id[s->nids++] = id;
		s->at = bdb_key_seen(sum, &id);
		if (!bdb_key_after(&s->at))
			return ERR_NOENT;
	}
	return ERR_OK;
}

static enum err
gather(struct search *s)
{
	enum err e = ERR_OK;

	s->nids = 0;
	while (e == ERR_OK && s->looks < LOOKS && is_room(s)) {
		s->looks++;
		e = look(s);
	}
	return e == ERR_OK ? ERR_CLOSED : e;
}

/* LIMIT: no room, but what came before goes out */
static enum err
add_found(struct search *s, const struct mail_id *id)
{
	struct store_trail_list *q = s->q;
	size_t had = q->rows->len;
	enum err e = add_message(s->w, q, id, PEEK);

	if (e == ERR_LIMIT && q->n > 0) {
		buf_cut(q->rows, had);
		return e;
	}
	if (e != ERR_OK && e != ERR_LIMIT)
		return e;
	q->last = *id;
	q->n += q->rows->len > had;
	return ERR_OK;
}

static enum err
by_word(struct search *s)
{
	enum err e, added = ERR_OK;

	do {
		e = gather(s);
		if (e != ERR_CLOSED && e != ERR_NOENT)
			return e;
		for (unsigned i = 0; i < s->nids && added == ERR_OK; i++)
			added = add_found(s, &s->id[i]);
	} while (e == ERR_CLOSED && added == ERR_OK && s->looks < LOOKS &&
		 s->q->n < s->q->max);
	if (added != ERR_OK && added != ERR_LIMIT)
		return added;
	s->q->more = e == ERR_CLOSED || added == ERR_LIMIT;
	return ERR_OK;
}

enum err
bdb_run_trail_list(struct bdb_work *w, struct store_trail_list *q)
{
	struct search s = {.w = w, .q = q, .sum = bdb_trail_sum(w, q->word)};

	q->n = 0;
	q->more = false;
	q->last = q->after;
	if (q->by_id)
		return by_id(w, q);
	s.at = bdb_key_seen(s.sum, &q->after);
	if (mail_id_is_zero(&q->after))
		memset(s.at.b, 0, s.at.len);
	else if (!bdb_key_after(&s.at))
		return ERR_OK;
	return by_word(&s);
}
