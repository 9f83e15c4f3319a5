/*
 * Bodies: chunks of one overflow record each, {sum u64, octets}, kept once for
 * all mailboxes that have the message.
 */
#include "base/log.h"
#include "base/num.h"
#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t
min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
bdb_body_new(struct store *st)
{
	uint64_t body = bdb_counter_next(&st->bodies_next);

	atomic_store(&st->bodies_seen, body + 1);
	return body;
}

static enum err
read_fd(int fd, uint64_t at, uint8_t *p, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = pread(fd, p, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) { /* shorter than promised, or unreadable */
			log_errno(
			    LOG_ERROR, "spill", "read", got == 0 ? 0 : errno);
			return ERR_RETRY;
		}
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return ERR_OK;
}

/* n octets of the body from offset `at` */
static enum err
read_source(const struct bdb_source *src, uint64_t at, uint8_t *p, size_t n)
{
	size_t from_head;

	if (at >= src->head.len)
		return read_fd(src->fd, at - src->head.len, p, n);
	from_head = (size_t)min64(n, src->head.len - at);
	memcpy(p, src->head.p + at, from_head);
	return n == from_head
		   ? ERR_OK
		   : read_fd(src->fd, 0, p + from_head, n - from_head);
}

static enum err
put_chunk(struct bdb_work *w, uint64_t body, const struct bdb_source *src,
    unsigned chunk, uint64_t *sum)
{
	uint64_t at = (uint64_t)chunk * BDB_CHUNK;
	uint64_t total = src->head.len + src->fd_len;
	size_t n = (size_t)min64(total - at, BDB_CHUNK);
	struct bdb_key k = bdb_key_body(body, chunk);
	enum err e = read_source(src, at, w->chunk + BDB_CHUNK_HEAD, n);

	if (e != ERR_OK)
		return e;
	*sum =
	    bdb_sum_chunk(body, chunk, slice_of(w->chunk + BDB_CHUNK_HEAD, n));
	num_put_be64(w->chunk, *sum);
	return bdb_put(w, bdb_bodies(w->st, body), &k,
	    slice_of(w->chunk, BDB_CHUNK_HEAD + n), 0);
}

enum err
bdb_body_put(struct bdb_work *w, uint64_t body, const struct bdb_source *src,
    unsigned first, unsigned end, uint64_t *sums)
{
	enum err e = ERR_OK;

	for (unsigned i = first; i < end && e == ERR_OK; i++)
		e = put_chunk(w, body, src, i, &sums[i]);
	return e;
}

enum err
bdb_body_get(struct bdb_work *w, uint64_t body, unsigned chunk,
    struct slice *octets, uint64_t *sum)
{
	struct bdb_key k = bdb_key_body(body, chunk);
	size_t len = 0;
	enum err e = bdb_get_into(w, bdb_bodies(w->st, body), bdb_key_slice(&k),
	    0, w->chunk, BDB_CHUNK_RECORD, &len);

	if (e == ERR_NOENT || e == ERR_TOOBIG)
		return ERR_CORRUPT;
	if (e != ERR_OK)
		return e;
	if (len < BDB_CHUNK_HEAD)
		return ERR_CORRUPT;
	*octets = slice_of(w->chunk + BDB_CHUNK_HEAD, len - BDB_CHUNK_HEAD);
	*sum = num_get_be64(w->chunk);
	return bdb_sum_chunk(body, chunk, *octets) == *sum ? ERR_OK
							   : ERR_CORRUPT;
}

static enum err
delete_chunks(struct bdb_work *w, uint64_t body, unsigned n)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < n && e == ERR_OK; i++) {
		struct bdb_key k = bdb_key_body(body, i);

		e = bdb_del(w, bdb_bodies(w->st, body), &k);
		if (e == ERR_NOENT) /* damaged before, and gone now */
			e = ERR_OK;
	}
	return e;
}

/* Deleting writes all octets to the log: at once only what is small. */
static enum err
delete_body(struct bdb_work *w, const struct bdb_row *r)
{
	unsigned n = bdb_chunks(bdb_row_body_octets(r));
	struct bdb_key k = bdb_key_id(r->body);
	uint8_t value[BDB_NUMBER_LEN];
	enum err e;

	bdb_space_freed(w->st, bdb_row_body_octets(r));
	if (n <= BDB_STEP_CHUNKS)
		return delete_chunks(w, r->body, n);
	bdb_number_encode(bdb_row_body_octets(r), value);
	e = bdb_put(
	    w, w->st->db[BDB_STAGING], &k, slice_of(value, sizeof value), 0);
	if (e == ERR_OK)
		bdb_drop_later(w->st, r->body);
	return e;
}

enum err
bdb_ref_get(struct bdb_work *w, uint64_t body, uint64_t *refs)
{
	struct bdb_key k = bdb_key_id(body);
	enum err e;

	buf_reset(&w->value);
	e = bdb_get(w, w->st->db[BDB_BODYREF], &k, DB_RMW, &w->value);
	if (e == ERR_OK)
		return bdb_number_decode(buf_slice(&w->value), refs);
	*refs = 1;
	return e == ERR_NOENT ? ERR_OK : e;
}

enum err
bdb_ref_put(struct bdb_work *w, uint64_t body, uint64_t refs)
{
	struct bdb_key k = bdb_key_id(body);
	uint8_t value[BDB_NUMBER_LEN];

	bdb_number_encode(refs, value);
	return bdb_put(
	    w, w->st->db[BDB_BODYREF], &k, slice_of(value, sizeof value), 0);
}

enum err
bdb_body_unref(struct bdb_work *w, const struct bdb_row *r)
{
	struct bdb_key k = bdb_key_id(r->body);
	uint64_t refs;
	enum err e = bdb_ref_get(w, r->body, &refs);

	if (e != ERR_OK)
		return e;
	bdb_watch(w->st, r->body);
	if (refs > 2)
		return bdb_ref_put(w, r->body, refs - 1);
	if (refs == 2)
		return bdb_del(w, w->st->db[BDB_BODYREF], &k);
	return delete_body(w, r);
}
