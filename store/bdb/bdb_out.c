/* Recipients in the queue and their entries in `due` and `sending`; envelopes,
 * which go with the last of them. */
#include "store/bdb/bdb_out.h"

#include "base/log.h"

enum { RECORD_MAX = 8192 }; /* of an envelope or a recipient */

uint64_t
bdb_out_dest(const struct store_out *o)
{
	return o->report != 0 ? STORE_DEST_REPORT : store_dest_of(o->addr);
}

enum store_out_state
bdb_out_ready(const struct store_out *o)
{
	return o->report != 0 ? STORE_OUT_REPORT : STORE_OUT_DUE;
}

static bool
has_due(const struct store_out *o)
{
	return o != NULL && o->state != STORE_OUT_SENDING &&
	       o->state != STORE_OUT_HELD;
}

static bool
is_sending(const struct store_out *o)
{
	return o != NULL && o->state == STORE_OUT_SENDING;
}

static enum err
del(struct bdb_work *w, enum bdb_db db, const struct bdb_key *k)
{
	enum err e = bdb_del(w, w->st->db[db], k);

	return e == ERR_NOENT ? ERR_OK : e; /* verify tells */
}

static enum err
leave(struct bdb_work *w, const struct store_out_key *k,
    const struct store_out *old)
{
	struct bdb_key due, key = bdb_key_out(k);

	if (is_sending(old))
		return del(w, BDB_SENDING, &key);
	if (!has_due(old))
		return ERR_OK;
	due = bdb_key_due(bdb_out_dest(old), old->next_us, k);
	return del(w, BDB_DUE, &due);
}

static enum err
enter(struct bdb_work *w, struct bdb_dues *dues, const struct store_out_key *k,
    const struct store_out *old, const struct store_out *new)
{
	struct bdb_key due, key = bdb_key_out(k);
	uint8_t was_due[BDB_NUMBER_LEN];

	if (is_sending(new)) {
		bdb_number_encode(old == NULL ? 0 : old->next_us, was_due);
		return bdb_put(w, w->st->db[BDB_SENDING], &key,
		    slice_of(was_due, sizeof was_due), 0);
	}
	if (!has_due(new))
		return ERR_OK;
	due = bdb_key_due(bdb_out_dest(new), new->next_us, k);
	if (dues != NULL)
		bdb_dues_add(dues, bdb_out_dest(new), new->next_us);
	return bdb_put(w, w->st->db[BDB_DUE], &due, SLICE(""), 0);
}

enum err
bdb_out_move(struct bdb_work *w, struct bdb_dues *dues,
    const struct store_out_key *k, const struct store_out *old,
    const struct store_out *new)
{
	struct bdb_key key = bdb_key_out(k);
	enum err e = leave(w, k, old);

	if (e != ERR_OK)
		return e;
	if (new == NULL)
		return del(w, BDB_RCPT, &key);
	buf_reset(&w->value);
	if ((e = store_out_encode(new, &w->value)) != ERR_OK)
		return e;
	e = bdb_put(w, w->st->db[BDB_RCPT], &key, buf_slice(&w->value), 0);
	return e == ERR_OK ? enter(w, dues, k, old, new) : e;
}

/* A record; CORRUPT: it is larger than any that was written. */
static enum err
get(struct bdb_work *w, enum bdb_db db, const struct bdb_key *k,
    struct buf *value)
{
	enum err e;

	buf_reset(value);
	e = bdb_get(w, w->st->db[db], k, DB_RMW, value);
	return e == ERR_TOOBIG ? ERR_CORRUPT : e;
}

/* --- envelopes --- */

enum err
bdb_envelope_get(struct bdb_work *w, const struct mail_id *id,
    struct buf *value, struct store_envelope *env)
{
	struct bdb_key k = bdb_key_mail(id);
	enum err e = get(w, BDB_QUEUE, &k, value);

	return e == ERR_OK ? store_envelope_decode(buf_slice(value), env) : e;
}

enum err
bdb_envelope_put(struct bdb_work *w, const struct mail_id *id,
    const struct store_envelope *env)
{
	struct bdb_key k = bdb_key_mail(id);
	enum err e;

	buf_reset(&w->value);
	if ((e = store_envelope_encode(env, &w->value)) != ERR_OK)
		return e;
	return bdb_put(w, w->st->db[BDB_QUEUE], &k, buf_slice(&w->value), 0);
}

/* --- a message open for changes --- */

void
bdb_out_damaged(const char *what, const struct mail_id *id)
{
	struct log_line l;

	log_begin(&l, LOG_ERROR, "damaged");
	log_cstr(&l, "what", what);
	log_hex(&l, "id", id->b, sizeof id->b);
	log_end(&l);
}

void
bdb_letter_init(struct bdb_letter *l, struct bdb_work *w, struct bdb_dues *dues)
{
	l->w = w;
	l->dues = dues;
	l->open = l->changed = false;
	buf_init(&l->value, RECORD_MAX);
	buf_init(&l->record, RECORD_MAX);
}

static enum err
end_envelope(struct bdb_letter *l)
{
	struct bdb_row r = {.body = l->env.body, .octets = l->env.octets};
	struct bdb_key k = bdb_key_mail(&l->key.id);
	enum err e = del(l->w, BDB_QUEUE, &k);

	return e == ERR_OK ? bdb_body_unref(l->w, &r) : e;
}

static enum err
flush(struct bdb_letter *l)
{
	bool changed = l->open && l->changed;

	l->open = l->changed = false;
	if (!changed)
		return ERR_OK;
	return l->env.left == 0 ? end_envelope(l)
				: bdb_envelope_put(l->w, &l->key.id, &l->env);
}

static enum err
open_envelope(struct bdb_letter *l, const struct mail_id *id)
{
	enum err e;

	if (l->open && mail_id_cmp(&l->key.id, id) == 0)
		return ERR_OK;
	if ((e = flush(l)) != ERR_OK)
		return e;
	e = bdb_envelope_get(l->w, id, &l->value, &l->env);
	l->open = e == ERR_OK;
	return e;
}

enum err
bdb_letter_open(struct bdb_letter *l, const struct store_out_key *k)
{
	struct bdb_key key = bdb_key_out(k);
	enum err e = open_envelope(l, &k->id);

	if (e == ERR_OK) {
		l->key = *k;
		e = get(l->w, BDB_RCPT, &key, &l->record);
	}
	if (e == ERR_OK)
		e = store_out_decode(buf_slice(&l->record), &l->out);
	if (e == ERR_CORRUPT)
		bdb_out_damaged("queue", &k->id);
	return e;
}

enum err
bdb_letter_put(struct bdb_letter *l, const struct store_out *new)
{
	return bdb_out_move(l->w, l->dues, &l->key, &l->out, new);
}

enum err
bdb_letter_drop(struct bdb_letter *l)
{
	l->changed = true;
	if (l->env.left > 0)
		l->env.left--;
	return bdb_out_move(l->w, l->dues, &l->key, &l->out, NULL);
}

enum err
bdb_letter_close(struct bdb_letter *l, enum err e)
{
	if (e == ERR_OK)
		e = flush(l);
	buf_fini(&l->value);
	buf_fini(&l->record);
	return e;
}
