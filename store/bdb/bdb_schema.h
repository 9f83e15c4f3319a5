#ifndef STORE_BDB_SCHEMA_H
#define STORE_BDB_SCHEMA_H
/*
 * What the databases hold, as octets. Keys are fixed and big-endian, so that
 * the default order is the order of numbers and of time. Records begin with a
 * version octet; decoding trusts nothing, since a page may be damaged, and an
 * unknown version is CORRUPT for this record alone. Pure.
 *
 * database    key                                value
 * bodies.NN   body u64, chunk u16                sum u64, octets
 * box         mailbox u64, message id 16         struct bdb_row
 * gone        mailbox u64, time u64, id 16       struct bdb_row
 * total       mailbox u64                        struct bdb_total
 * bodyref     body u64                           references, when more than one
 * staging     body u64                           octets of it that may be there
 * domain      name                               version u64, store_record.h
 * name        address                            version u64, store_record.h
 * account     account u64                        version u64, store_record.h
 * meta        text                               u64
 *
 * what waits to go out (bdb_schema_out.c):
 * queue       message id 16                      store_envelope (store_queue.h)
 * rcpt        message id 16, number u32          store_out
 * due         destination u64, time u64,
 *             id 16, number u32                  none
 * sending     message id 16, number u32          u64: time it was due
 * trail       message id 16, time u64            store_trail
 * seen        day of id u32, sum of word u64,
 *             message id 16                      none
 * sent        account u64                        struct bdb_sent
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "proc/mail_id.h"
#include "store/store_queue.h"

#include <stdint.h>

enum {
	BDB_LAYOUT = 1,
	BDB_BODIES = 16, /* databases; a body is in number body mod 16 */
	/* A chunk is one overflow record; see doc/internals.md for its size. */
	BDB_CHUNK_RECORD = 262000,
	BDB_CHUNK_HEAD = 8,
	BDB_CHUNK = BDB_CHUNK_RECORD - BDB_CHUNK_HEAD,
	BDB_DIR_HEAD = 8, /* version in front of a directory record */
	BDB_BODY_KEY = 10,
	BDB_BOX_KEY = 24,
	BDB_GONE_KEY = 32,
	BDB_ID_KEY = 8,
	BDB_DUE_KEY = 36,
	BDB_SEEN_KEY = 28,
	BDB_TRAIL_KEY = 24,
	BDB_KEY_MAX = BDB_DUE_KEY,
	BDB_ROW_MAX = 2048
};

struct bdb_key {
	uint32_t len;
	uint8_t b[BDB_KEY_MAX];
};
struct slice bdb_key_slice(const struct bdb_key *k);
struct bdb_key bdb_key_id(uint64_t id);
struct bdb_key bdb_key_body(uint64_t body, unsigned chunk);
struct bdb_key bdb_key_box(uint64_t mailbox, const struct mail_id *id);
struct bdb_key bdb_key_gone(
    uint64_t mailbox, uint64_t us, const struct mail_id *id);
/* ERR_CORRUPT: not a key of this kind */
enum err bdb_key_read_id(struct slice k, uint64_t *id);
enum err bdb_key_read_body(struct slice k, uint64_t *body, unsigned *chunk);
enum err bdb_key_read_box(
    struct slice k, uint64_t *mailbox, struct mail_id *id);
enum err bdb_key_read_gone(
    struct slice k, uint64_t *mailbox, uint64_t *us, struct mail_id *id);

struct bdb_key bdb_key_mail(const struct mail_id *id);
struct bdb_key bdb_key_out(const struct store_out_key *k);
struct bdb_key bdb_key_due(
    uint64_t dest, uint64_t us, const struct store_out_key *k);
struct bdb_key bdb_key_trail(const struct mail_id *id, uint64_t us);
/* sum: bdb_sum_word. By days of the message first, so that what is new lies
 * together, and what is old, too. */
struct bdb_key bdb_key_seen(uint64_t sum, const struct mail_id *id);
enum err bdb_key_read_mail(struct slice k, struct mail_id *id);
enum err bdb_key_read_out(struct slice k, struct store_out_key *out);
enum err bdb_key_read_due(
    struct slice k, uint64_t *dest, uint64_t *us, struct store_out_key *out);
enum err bdb_key_read_trail(struct slice k, struct mail_id *id, uint64_t *us);
enum err bdb_key_read_seen(struct slice k, uint64_t *sum, struct mail_id *id);
/* Of an address or Message-ID, whatever the case of its letters. */
uint64_t bdb_sum_word(uint64_t seed, struct slice word);

/* One message in one mailbox. */
struct bdb_row {
	uint64_t body;        /* shared by all mailboxes it went to */
	uint64_t octets;      /* prefix and body: what RETR sends */
	uint64_t sum;         /* bdb_sum_body */
	unsigned flags;       /* STORE_ROW_ */
	unsigned notify, ret; /* DSN, RFC 3461 */
	struct slice prefix;  /* trace fields of this recipient */
	struct slice uidl;    /* given elsewhere; empty: the id in hex */
	struct slice orcpt, envid;
};
/* Append; TOOBIG when a field is over its limit. */
enum err bdb_row_encode(const struct bdb_row *r, struct buf *out);
/* CORRUPT; slices point into v. */
enum err bdb_row_decode(struct slice v, struct bdb_row *out);
/* octets of the body alone, and chunks it is in */
uint64_t bdb_row_body_octets(const struct bdb_row *r);
unsigned bdb_chunks(uint64_t body_octets);

struct bdb_total {
	uint64_t count, octets, gone_count, gone_octets, last_open_us;
};
enum { BDB_TOTAL_LEN = 1 + 5 * 8 };
void bdb_total_encode(const struct bdb_total *t, uint8_t out[BDB_TOTAL_LEN]);
enum err bdb_total_decode(struct slice v, struct bdb_total *out);

/* What an account has sent in an hour (since 1970) and in the one before it,
 * and when it was last told of its limit. */
struct bdb_sent {
	uint64_t hour, told_hour;
	uint32_t messages[2], rcpts[2]; /* [0]: in `hour` */
};
enum { BDB_SENT_LEN = 1 + 2 * 8 + 4 * 4 };
void bdb_sent_encode(const struct bdb_sent *s, uint8_t out[BDB_SENT_LEN]);
enum err bdb_sent_decode(struct slice v, struct bdb_sent *out);

/* one number: meta, bodyref, staging, sending */
enum { BDB_NUMBER_LEN = 1 + 8 };
void bdb_number_encode(uint64_t n, uint8_t out[BDB_NUMBER_LEN]);
enum err bdb_number_decode(struct slice v, uint64_t *out);

/*
 * Sums are XXH3 (64 bits). That of a chunk covers its place too, so that a page
 * of another body is found out; that of a body is made of those of its chunks,
 * so that neither writing nor reading hashes anything twice.
 */
uint64_t bdb_sum_chunk(uint64_t body, unsigned chunk, struct slice octets);
/* sums: of all chunks in order; begins with the number of octets, and goes on
 * with bdb_sum_add of each */
uint64_t bdb_sum_add(uint64_t sum, uint64_t chunk);
uint64_t bdb_sum_body(const uint64_t *sums, unsigned n, uint64_t octets);

#endif
