/* Keys and records of what waits to go out and of the trail. */
#include "base/num.h"
#include "store/bdb/bdb_schema.h"

#include <string.h>
#include <xxhash.h>

enum {
	SENT_VERSION = 1,
	WORD_MAX = 1024, /* octets of a word that count */
};
#define DAY_US ((uint64_t)24 * 3600 * 1000000)

struct bdb_key
bdb_key_mail(const struct mail_id *id)
{
	struct bdb_key k = {.len = MAIL_ID_LEN};

	memcpy(k.b, id->b, MAIL_ID_LEN);
	return k;
}

static void
put_out(uint8_t *p, const struct store_out_key *k)
{
	memcpy(p, k->id.b, MAIL_ID_LEN);
	num_put_be32(p + MAIL_ID_LEN, k->n);
}

static void
get_out(const char *p, struct store_out_key *out)
{
	memcpy(out->id.b, p, MAIL_ID_LEN);
	out->n = num_get_be32(p + MAIL_ID_LEN);
}

struct bdb_key
bdb_key_out(const struct store_out_key *k)
{
	struct bdb_key out = {.len = STORE_OUT_KEY};

	put_out(out.b, k);
	return out;
}

struct bdb_key
bdb_key_due(uint64_t dest, uint64_t us, const struct store_out_key *k)
{
	struct bdb_key out = {.len = BDB_DUE_KEY};

	num_put_be64(out.b, dest);
	num_put_be64(out.b + 8, us);
	put_out(out.b + 16, k);
	return out;
}

struct bdb_key
bdb_key_trail(const struct mail_id *id, uint64_t us)
{
	struct bdb_key k = {.len = BDB_TRAIL_KEY};

	memcpy(k.b, id->b, MAIL_ID_LEN);
	num_put_be64(k.b + MAIL_ID_LEN, us);
	return k;
}

static uint32_t
day_of(const struct mail_id *id)
{
	uint64_t day = mail_id_us(id) / DAY_US;

	return day < UINT32_MAX ? (uint32_t)day : UINT32_MAX;
}

struct bdb_key
bdb_key_seen(uint64_t sum, const struct mail_id *id)
{
	struct bdb_key k = {.len = BDB_SEEN_KEY};

	num_put_be32(k.b, day_of(id));
	num_put_be64(k.b + 4, sum);
	memcpy(k.b + 12, id->b, MAIL_ID_LEN);
	return k;
}

enum err
bdb_key_read_mail(struct slice k, struct mail_id *id)
{
	if (k.len != MAIL_ID_LEN)
		return ERR_CORRUPT;
	memcpy(id->b, k.p, MAIL_ID_LEN);
	return ERR_OK;
}

enum err
bdb_key_read_out(struct slice k, struct store_out_key *out)
{
	if (k.len != STORE_OUT_KEY)
		return ERR_CORRUPT;
	get_out(k.p, out);
	return ERR_OK;
}

enum err
bdb_key_read_due(
    struct slice k, uint64_t *dest, uint64_t *us, struct store_out_key *out)
{
	if (k.len != BDB_DUE_KEY)
		return ERR_CORRUPT;
	*dest = num_get_be64(k.p);
	*us = num_get_be64(k.p + 8);
	get_out(k.p + 16, out);
	return ERR_OK;
}

enum err
bdb_key_read_trail(struct slice k, struct mail_id *id, uint64_t *us)
{
	if (k.len != BDB_TRAIL_KEY)
		return ERR_CORRUPT;
	memcpy(id->b, k.p, MAIL_ID_LEN);
	*us = num_get_be64(k.p + MAIL_ID_LEN);
	return ERR_OK;
}

enum err
bdb_key_read_seen(struct slice k, uint64_t *sum, struct mail_id *id)
{
	if (k.len != BDB_SEEN_KEY)
		return ERR_CORRUPT;
	*sum = num_get_be64(k.p + 4);
	memcpy(id->b, k.p + 12, MAIL_ID_LEN);
	return num_get_be32(k.p) == day_of(id) ? ERR_OK : ERR_CORRUPT;
}

uint64_t
bdb_sum_word(uint64_t seed, struct slice word)
{
	char lower[WORD_MAX];
	size_t n = 0;

	for (; n < word.len && n < sizeof lower; n++)
		lower[n] = (char)(word.p[n] >= 'A' && word.p[n] <= 'Z'
				      ? word.p[n] + ('a' - 'A')
				      : word.p[n]);
	return XXH3_64bits_withSeed(lower, n, seed);
}

void
bdb_sent_encode(const struct bdb_sent *s, uint8_t out[BDB_SENT_LEN])
{
	out[0] = SENT_VERSION;
	num_put_be64(out + 1, s->hour);
	num_put_be64(out + 9, s->told_hour);
	for (unsigned i = 0; i < 2; i++) {
		num_put_be32(out + 17 + 8 * i, s->messages[i]);
		num_put_be32(out + 21 + 8 * i, s->rcpts[i]);
	}
}

enum err
bdb_sent_decode(struct slice v, struct bdb_sent *out)
{
	if (v.len != BDB_SENT_LEN || v.p[0] != SENT_VERSION)
		return ERR_CORRUPT;
	out->hour = num_get_be64(v.p + 1);
	out->told_hour = num_get_be64(v.p + 9);
	for (unsigned i = 0; i < 2; i++) {
		out->messages[i] = num_get_be32(v.p + 17 + 8 * i);
		out->rcpts[i] = num_get_be32(v.p + 21 + 8 * i);
	}
	return ERR_OK;
}
