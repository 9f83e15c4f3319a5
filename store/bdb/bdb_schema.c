/* Keys, records and sums. */
#include "store/bdb/bdb_schema.h"

#include "base/num.h"

#include <string.h>
#include <xxhash.h>

enum {
	ROW_VERSION = 1,
	TOTAL_VERSION = 1,
	NUMBER_VERSION = 1,
	/* version, flags, notify, ret, body, octets, sum, lengths of prefix,
	 * orcpt, envid and uidl */
	ROW_HEAD = 4 + 3 * 8 + 2 + 2 + 1 + 1,
	PREFIX_MAX = 1024,
	ORCPT_MAX = 600,
	ENVID_MAX = 126,
	UIDL_MAX = 70
};
_Static_assert((int)ROW_HEAD + PREFIX_MAX + ORCPT_MAX + ENVID_MAX + UIDL_MAX <=
		   BDB_ROW_MAX,
    "a row fits");

struct slice
bdb_key_slice(const struct bdb_key *k)
{
	return slice_of(k->b, k->len);
}

struct bdb_key
bdb_key_id(uint64_t id)
{
	struct bdb_key k = {.len = BDB_ID_KEY};

	num_put_be64(k.b, id);
	return k;
}

struct bdb_key
bdb_key_body(uint64_t body, unsigned chunk)
{
	struct bdb_key k = {.len = BDB_BODY_KEY};

	num_put_be64(k.b, body);
	num_put_be16(k.b + 8, (uint16_t)chunk);
	return k;
}

struct bdb_key
bdb_key_box(uint64_t mailbox, const struct mail_id *id)
{
	struct bdb_key k = {.len = BDB_BOX_KEY};

	num_put_be64(k.b, mailbox);
	memcpy(k.b + 8, id->b, sizeof id->b);
	return k;
}

struct bdb_key
bdb_key_gone(uint64_t mailbox, uint64_t us, const struct mail_id *id)
{
	struct bdb_key k = {.len = BDB_GONE_KEY};

	num_put_be64(k.b, mailbox);
	num_put_be64(k.b + 8, us);
	memcpy(k.b + 16, id->b, sizeof id->b);
	return k;
}

enum err
bdb_key_read_id(struct slice k, uint64_t *id)
{
	if (k.len != BDB_ID_KEY)
		return ERR_CORRUPT;
	*id = num_get_be64(k.p);
	return ERR_OK;
}

enum err
bdb_key_read_body(struct slice k, uint64_t *body, unsigned *chunk)
{
	if (k.len != BDB_BODY_KEY)
		return ERR_CORRUPT;
	*body = num_get_be64(k.p);
	*chunk = num_get_be16(k.p + 8);
	return ERR_OK;
}

enum err
bdb_key_read_box(struct slice k, uint64_t *mailbox, struct mail_id *id)
{
	if (k.len != BDB_BOX_KEY)
		return ERR_CORRUPT;
	*mailbox = num_get_be64(k.p);
	memcpy(id->b, k.p + 8, sizeof id->b);
	return ERR_OK;
}

enum err
bdb_key_read_gone(
    struct slice k, uint64_t *mailbox, uint64_t *us, struct mail_id *id)
{
	if (k.len != BDB_GONE_KEY)
		return ERR_CORRUPT;
	*mailbox = num_get_be64(k.p);
	*us = num_get_be64(k.p + 8);
	memcpy(id->b, k.p + 16, sizeof id->b);
	return ERR_OK;
}

static bool
row_fits(const struct bdb_row *r)
{
	return r->prefix.len <= PREFIX_MAX && r->orcpt.len <= ORCPT_MAX &&
	       r->envid.len <= ENVID_MAX && r->uidl.len <= UIDL_MAX &&
	       r->flags <= UINT8_MAX && r->notify <= UINT8_MAX &&
	       r->ret <= UINT8_MAX && r->octets >= r->prefix.len;
}

enum err
bdb_row_encode(const struct bdb_row *r, struct buf *out)
{
	uint8_t head[ROW_HEAD] = {ROW_VERSION, (uint8_t)r->flags,
	    (uint8_t)r->notify, (uint8_t)r->ret};

	if (!row_fits(r))
		return ERR_TOOBIG;
	num_put_be64(head + 4, r->body);
	num_put_be64(head + 12, r->octets);
	num_put_be64(head + 20, r->sum);
	num_put_be16(head + 28, (uint16_t)r->prefix.len);
	num_put_be16(head + 30, (uint16_t)r->orcpt.len);
	head[32] = (uint8_t)r->envid.len;
	head[33] = (uint8_t)r->uidl.len;
	buf_add(out, head, sizeof head);
	buf_add_slice(out, r->prefix);
	buf_add_slice(out, r->orcpt);
	buf_add_slice(out, r->envid);
	buf_add_slice(out, r->uidl);
	return out->err == ERR_OK ? ERR_OK : ERR_RETRY;
}

/* The next n octets of *v, which must have them. */
static bool
take(struct slice *v, size_t n, struct slice *out)
{
	*out = slice_first(*v, n);
	*v = slice_skip(*v, n);
	return out->len == n;
}

enum err
bdb_row_decode(struct slice v, struct bdb_row *out)
{
	const uint8_t *head = (const uint8_t *)v.p;

	if (v.len < ROW_HEAD || head[0] != ROW_VERSION)
		return ERR_CORRUPT;
	out->flags = head[1];
	out->notify = head[2];
	out->ret = head[3];
	out->body = num_get_be64(head + 4);
	out->octets = num_get_be64(head + 12);
	out->sum = num_get_be64(head + 20);
	v = slice_skip(v, ROW_HEAD);
	if (!take(&v, num_get_be16(head + 28), &out->prefix) ||
	    !take(&v, num_get_be16(head + 30), &out->orcpt) ||
	    !take(&v, head[32], &out->envid) ||
	    !take(&v, head[33], &out->uidl) || v.len != 0 || !row_fits(out))
		return ERR_CORRUPT;
	return bdb_row_body_octets(out) <= (uint64_t)BDB_CHUNK * UINT16_MAX
		   ? ERR_OK
		   : ERR_CORRUPT;
}

uint64_t
bdb_row_body_octets(const struct bdb_row *r)
{
	return r->octets - r->prefix.len;
}

unsigned
bdb_chunks(uint64_t body_octets)
{
	return (unsigned)((body_octets + BDB_CHUNK - 1) / BDB_CHUNK);
}

void
bdb_total_encode(const struct bdb_total *t, uint8_t out[BDB_TOTAL_LEN])
{
	out[0] = TOTAL_VERSION;
	num_put_be64(out + 1, t->count);
	num_put_be64(out + 9, t->octets);
	num_put_be64(out + 17, t->gone_count);
	num_put_be64(out + 25, t->gone_octets);
	num_put_be64(out + 33, t->last_open_us);
}

enum err
bdb_total_decode(struct slice v, struct bdb_total *out)
{
	if (v.len != BDB_TOTAL_LEN || v.p[0] != TOTAL_VERSION)
		return ERR_CORRUPT;
	out->count = num_get_be64(v.p + 1);
	out->octets = num_get_be64(v.p + 9);
	out->gone_count = num_get_be64(v.p + 17);
	out->gone_octets = num_get_be64(v.p + 25);
	out->last_open_us = num_get_be64(v.p + 33);
	return ERR_OK;
}

void
bdb_number_encode(uint64_t n, uint8_t out[BDB_NUMBER_LEN])
{
	out[0] = NUMBER_VERSION;
	num_put_be64(out + 1, n);
}

enum err
bdb_number_decode(struct slice v, uint64_t *out)
{
	if (v.len != BDB_NUMBER_LEN || v.p[0] != NUMBER_VERSION)
		return ERR_CORRUPT;
	*out = num_get_be64(v.p + 1);
	return ERR_OK;
}

uint64_t
bdb_sum_chunk(uint64_t body, unsigned chunk, struct slice octets)
{
	return XXH3_64bits_withSeed(
	    octets.p, octets.len, body ^ (uint64_t)chunk << 48);
}

uint64_t
bdb_sum_add(uint64_t sum, uint64_t chunk)
{
	uint8_t be[8];

	num_put_be64(be, chunk);
	return XXH3_64bits_withSeed(be, sizeof be, sum);
}

uint64_t
bdb_sum_body(const uint64_t *sums, unsigned n, uint64_t octets)
{
	uint64_t sum = octets;

	for (unsigned i = 0; i < n; i++)
		sum = bdb_sum_add(sum, sums[i]);
	return sum;
}
