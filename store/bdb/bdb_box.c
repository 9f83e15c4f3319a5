/* What is in a mailbox: its rows, and the octets of one message. */
#include "base/log.h"
#include "store/bdb/bdb_priv.h"
#include "store/store_row.h"

#include <string.h>

static void
log_damaged(const char *what, uint64_t mailbox, const struct mail_id *id)
{
	struct log_line l;

	log_begin(&l, LOG_ERROR, "damaged");
	log_cstr(&l, "what", what);
	log_u64(&l, "mailbox", mailbox);
	log_hex(&l, "id", id->b, sizeof id->b);
	log_end(&l);
}

/* LIMIT: no room for it. A row that cannot be read is left out: it costs one
 * message, not the mailbox. */
static enum err
add_row(struct store_list *q, const struct mail_id *id, struct slice value)
{
	struct store_row row = {.id = *id};
	struct bdb_row r;

	if (bdb_row_decode(value, &r) != ERR_OK) {
		log_damaged("row", q->mailbox, id);
		return ERR_OK;
	}
	if (q->n == q->max ||
	    buf_reserve(q->rows, MAIL_ID_LEN + 10 + r.uidl.len) != ERR_OK)
		return ERR_LIMIT;
	row.octets = r.octets;
	row.flags = r.flags;
	row.uidl = r.uidl;
	store_row_add(q->rows, &row);
	q->n++;
	return ERR_OK;
}

/* NOENT: the bulk is used up; *next is where to go on */
static enum err
list_bulk(struct store_list *q, struct bdb_bulk *b, struct bdb_key *next)
{
	struct mail_id id;
	uint64_t mailbox;
	enum err e;

	while ((e = bdb_bulk_next(b)) == ERR_OK) {
		if ((e = bdb_key_read_box(b->key, &mailbox, &id)) != ERR_OK)
			return e;
		if (mailbox != q->mailbox)
			return ERR_CLOSED; /* behind the last row of ours */
		if ((e = add_row(q, &id, b->value)) != ERR_OK)
			return e;
		*next = bdb_key_box(mailbox, &id);
	}
	return bdb_key_after(next) ? ERR_NOENT : ERR_CLOSED;
}

enum err
bdb_run_list(struct bdb_work *w, struct store_list *q)
{
	struct bdb_key next = bdb_key_box(q->mailbox, &q->after);
	struct bdb_bulk b;
	enum err e;

	q->n = 0;
	q->more = false;
	if (!mail_id_is_zero(&q->after) && !bdb_key_after(&next))
		return ERR_OK;
	do {
		e = bdb_bulk_seek(w, &b, w->st->db[BDB_BOX],
		    bdb_key_slice(&next), BDB_BULK_ROWS);
		if (e == ERR_NOENT)
			return ERR_OK;
		if (e == ERR_OK)
			e = list_bulk(q, &b, &next);
	} while (e == ERR_NOENT);
	q->more = e == ERR_LIMIT;
	return e == ERR_LIMIT || e == ERR_CLOSED ? ERR_OK : e;
}

/* What a read wants: octets from..end of prefix and body. */
struct range {
	uint64_t from, end;
};

static void
add_part(struct buf *out, const struct range *want, uint64_t at, struct slice s)
{
	uint64_t from = want->from > at ? want->from - at : 0;
	uint64_t end = want->end - at < s.len ? want->end - at : s.len;

	if (want->end > at && from < end)
		buf_add(out, s.p + from, (size_t)(end - from));
}

static enum err
check_chunk(
    const struct bdb_row *r, unsigned chunk, struct slice octets, uint64_t sum)
{
	uint64_t body = bdb_row_body_octets(r);
	uint64_t left = body - (uint64_t)chunk * BDB_CHUNK;

	if (octets.len != (left < BDB_CHUNK ? left : BDB_CHUNK))
		return ERR_CORRUPT;
	/* the sum of a body of one chunk is at hand */
	if (body <= BDB_CHUNK && bdb_sum_body(&sum, 1, body) != r->sum)
		return ERR_CORRUPT;
	return ERR_OK;
}

static enum err
read_body(struct bdb_work *w, const struct bdb_row *r, const struct range *want,
    struct buf *out)
{
	uint64_t prefix = r->prefix.len, at, sum;
	unsigned first = 0, end;
	struct slice octets;
	enum err e = ERR_OK;

	if (want->end <= prefix)
		return ERR_OK;
	if (want->from > prefix)
		first = (unsigned)((want->from - prefix) / BDB_CHUNK);
	end = bdb_chunks(want->end - prefix);
	for (unsigned i = first; i < end && e == ERR_OK; i++) {
		if ((e = bdb_body_get(w, r->body, i, &octets, &sum)) == ERR_OK)
			e = check_chunk(r, i, octets, sum);
		at = prefix + (uint64_t)i * BDB_CHUNK;
		if (e == ERR_OK)
			add_part(out, want, at, octets);
	}
	return e;
}

enum err
bdb_row_read(struct bdb_work *w, const struct bdb_row *r, uint64_t offset,
    uint32_t max, struct buf *out)
{
	struct range want = {offset, r->octets};
	size_t had = out->len;
	enum err e;

	if (offset >= r->octets)
		return ERR_OK;
	if (want.end - want.from > max)
		want.end = want.from + max;
	if (buf_reserve(out, (size_t)(want.end - want.from)) != ERR_OK)
		return ERR_RETRY;
	add_part(out, &want, 0, r->prefix);
	if ((e = read_body(w, r, &want, out)) != ERR_OK)
		buf_cut(out, had);
	return e;
}

enum err
bdb_run_read(struct bdb_work *w, struct store_read *q)
{
	struct bdb_key k = bdb_key_box(q->mailbox, &q->id);
	struct bdb_row r;
	enum err e;

	buf_reset(&w->value);
	e = bdb_get(w, w->st->db[BDB_BOX], &k, 0, &w->value);
	if (e == ERR_OK)
		e = bdb_row_decode(buf_slice(&w->value), &r);
	if (e == ERR_OK) {
		q->total = r.octets;
		e = bdb_row_read(w, &r, q->offset, q->max, q->out);
	}
	if (e != ERR_CORRUPT)
		return e;
	/* not damaged, but removed for good since its row was read? */
	if (bdb_exists(w, w->st->db[BDB_BOX], &k) == ERR_NOENT)
		return ERR_NOENT;
	log_damaged("message", q->mailbox, &q->id);
	return ERR_CORRUPT;
}
