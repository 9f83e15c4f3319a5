/*
 * Mailboxes whose accounts are gone. The commit that removed the account has
 * left a record in `removing`; whoever asked for it mostly waits for the purge
 * as well, but may be gone, and so may the process have been since. The keeper
 * goes through these records, and has the writer purge one mailbox after the
 * other; the last step of that removes the record.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
	REST_MS = 60 * 1000, /* before what has failed is tried again */
	PEEK = 4 * 1024      /* octets of a look */
};

struct removal {
	struct store_purge q;
	struct store *st;
	char name[STORE_NAME_MAX + 1];
};

static void
removed(struct store_op *op, enum err e)
{
	struct removal *r = LIST_ITEM(op, struct removal, q.op);
	struct log_line l;

	if (e == ERR_OK || !r->st->closing) { /* then the next start goes on */
		log_begin(
		    &l, e == ERR_OK ? LOG_INFO : LOG_WARN, "mailbox_removed");
		log_cstr(&l, "name", r->name);
		log_u64(&l, "mailbox", r->q.mailbox);
		log_u64(&l, "messages", r->q.purged);
		if (e != ERR_OK)
			log_cstr(&l, "error", err_text(e));
		log_end(&l);
	}
	atomic_store(&r->st->removing, false);
	free(r);
}

/* NOENT: there is none from `from` on */
static enum err
find(struct bdb_work *w, const struct bdb_key *from, struct removal *r)
{
	struct store_removing mark;
	struct bdb_bulk b;
	enum err e = bdb_bulk_seek(
	    w, &b, w->st->db[BDB_REMOVING], bdb_key_slice(from), PEEK);

	if (e == ERR_OK)
		e = bdb_bulk_next(&b);
	if (e == ERR_OK)
		e = bdb_key_read_id(b.key, &r->q.mailbox);
	if (e == ERR_OK &&
	    store_removing_decode(slice_skip(b.value, BDB_DIR_HEAD), &mark) ==
		ERR_OK)
		(void)slice_to_str(mark.name, r->name, sizeof r->name);
	return e;
}

/* The next one, into the hands of the writer; NOENT: that was all. */
static enum err
begin(struct bdb_work *w)
{
	struct store *st = w->st;
	struct removal *r = calloc(1, sizeof *r);
	enum err e = r == NULL ? ERR_NOMEM : find(w, &st->removing_at, r);

	if (e != ERR_OK) {
		free(r);
		return e;
	}
	st->removing_at = bdb_key_id(r->q.mailbox);
	if (!bdb_key_after(&st->removing_at))
		st->removing_at = bdb_key_id(0);
	r->st = st;
	r->q.remove = true;
	r->q.op.done = removed;
	atomic_store(&st->removing, true);
	bdb_submit(st, &r->q.op, BDB_OP_PURGE);
	return ERR_OK;
}

/*
 * Once round: from the first record to the last, one for each turn. When there
 * was one, once more after a rest, for what could not be removed.
 */
void
bdb_removal_turn(struct bdb_work *w)
{
	struct store *st = w->st;
	enum err e;

	if (atomic_load(&st->removing) || clock_mono_ms() < st->removing_ms)
		return;
	if (num_get_be64(st->removing_at.b) == 0 &&
	    !atomic_exchange(&st->removals, false))
		return; /* no commit since the last time that found none */
	if ((e = begin(w)) == ERR_OK) {
		atomic_store(&st->removals, true);
		return;
	}
	if (num_get_be64(st->removing_at.b) != 0 || e != ERR_NOENT) {
		atomic_store(&st->removals, true);
		st->removing_ms = clock_mono_ms() + REST_MS;
	}
	st->removing_at = bdb_key_id(0);
}
