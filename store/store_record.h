#ifndef STORE_STORE_RECORD_H
#define STORE_STORE_RECORD_H
/*
 * Directory records as octets: what is stored, what crosses a channel and what
 * the command line edits. Each record is a version octet and then fields
 * {tag u8, length u32 be, octets}, in order of tag, each tag at most once, a
 * number that is 0 or a text that is empty left out; unknown tags are an error
 * of the record (a newer layout). Pure; decoding trusts nothing.
 *
 * kind      key                          value
 * DOMAIN    "example.test"               struct store_domain
 * NAME      "alice@example.test",        struct store_name
 *           "@example.test" (catch-all)
 * ACCOUNT   account id, u64 big endian   struct store_account
 * REMOVING  mailbox id, u64 big endian   struct store_removing
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum store_kind {
	STORE_DOMAIN = 1,
	STORE_NAME,
	STORE_ACCOUNT,
	STORE_REMOVING, /* the mailbox has no account any more: its mail goes */
	STORE_KINDS
};

enum {
	STORE_KEY_MAX = 328, /* octets, as the next four */
	STORE_VALUE_MAX = 512 * 1024,
	STORE_NAME_MAX = 320, /* MIME_ADDR_MAX */
	STORE_HASH_MAX = 512, /* crypt(5): at most 384 */
	STORE_SCRAM_MAX = 512,
	STORE_TARGETS_MAX = 1000 /* of one alias, forward; delegates */
};

struct store_domain {
	uint64_t default_quota; /* octets; 0: none */
	uint32_t max_users;     /* 0: no limit */
	uint64_t created_us;
};

enum store_name_type { STORE_MAILBOX = 1, STORE_ALIAS };
struct store_name {
	enum store_name_type type;
	uint64_t account; /* MAILBOX */
	struct slice
	    targets;       /* ALIAS: addresses, each ended by '\n'; borrowed */
	unsigned ntargets; /* out of decode */
};

enum store_state { STORE_ACTIVE = 1, STORE_SUSPENDED };
struct store_account {
	struct slice name;  /* canonical address; borrowed, as the next two */
	struct slice hash;  /* crypt(5); empty: no password login */
	struct slice scram; /* "SCRAM-SHA-256$iter:salt$stored:server", or "" */
	enum store_state state;
	uint64_t mailbox; /* INBOX; mailbox ids are their own numbers */
	uint64_t quota;   /* octets; 0: none */
	uint64_t created_us, password_us;
	struct slice forward;   /* addresses, each ended by '\n', or empty;
				   borrowed, at most STORE_TARGETS_MAX */
	bool keep;              /* with forward: the mailbox gets a copy */
	struct slice delegates; /* who may send as this account: addresses and
				   "@domain", as forward */
};

struct store_removing {
	struct slice name; /* whose it was; borrowed */
};

/* Append the encoding; ERR_TOOBIG when a field is over its limit. */
enum err store_domain_encode(const struct store_domain *, struct buf *out);
enum err store_name_encode(const struct store_name *, struct buf *out);
enum err store_account_encode(const struct store_account *, struct buf *out);
enum err store_removing_encode(const struct store_removing *, struct buf *out);
/* ERR_CORRUPT; slices in *out point into v. */
enum err store_domain_decode(struct slice v, struct store_domain *out);
enum err store_name_decode(struct slice v, struct store_name *out);
enum err store_account_decode(struct slice v, struct store_account *out);
enum err store_removing_decode(struct slice v, struct store_removing *out);
/* The record under this kind and key is well-formed (store checks ctl's). */
bool store_record_valid(
    enum store_kind kind, struct slice key, struct slice value);
/* Take the next target off *targets; false at the end. */
bool store_name_next(struct slice *targets, struct slice *target);

/* Rows of msg_dir_rows: {klen u16 be, vlen u32 be, version u64 be, key, value}
 */
struct store_dir_row {
	struct slice key, value;
	uint64_t version;
};
void store_rows_add(struct buf *rows, const struct store_dir_row *row);
/* ERR_NOENT at the end, ERR_PROTO when malformed */
enum err store_rows_next(struct slice *rows, struct store_dir_row *out);

/* Changes of msg_dir_commit: {kind u8, delete u8, expect u64 be, klen u16 be,
 * vlen u32 be, key, value} */
struct store_change;
void store_changes_add(struct buf *b, const struct store_change *c);
enum err store_changes_next(struct slice *changes, struct store_change *out);

#endif
