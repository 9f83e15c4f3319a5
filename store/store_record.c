/* Directory records: fields behind a version octet, read with suspicion. */
#include "store/store_record.h"

#include "base/num.h"
#include "mime/mime_addr.h"

#include <string.h>

enum { LAYOUT = 1, FIELD_HEAD = 5 };

/* What tags mean; a tag is never given a second meaning. */
enum { D_QUOTA = 1, D_USERS, D_CREATED };
enum { N_TYPE = 1, N_ACCOUNT, N_TARGETS };
enum {
	A_NAME = 1,
	A_HASH,
	A_SCRAM,
	A_STATE,
	A_MAILBOX,
	A_QUOTA,
	A_CREATED,
	A_PASSWORD
};

static void
put(struct buf *out, uint8_t tag, struct slice s)
{
	uint8_t head[FIELD_HEAD] = {tag, 0, 0, 0, 0};

	if (s.len == 0)
		return;
	num_put_be32(head + 1, (uint32_t)s.len);
	buf_add(out, head, sizeof head);
	buf_add_slice(out, s);
}

static void
put_u64(struct buf *out, uint8_t tag, uint64_t v)
{
	uint8_t b[8];

	num_put_be64(b, v);
	if (v != 0)
		put(out, tag, slice_of(b, sizeof b));
}

/* A record being read: what is left, and the tag of the last field. */
struct reader {
	struct slice in;
	unsigned last;
	unsigned tag;
	struct slice field;
};

static enum err
read_begin(struct reader *r, struct slice v)
{
	if (v.len < 1 || v.len > STORE_VALUE_MAX || v.p[0] != LAYOUT)
		return ERR_CORRUPT;
	*r = (struct reader){slice_skip(v, 1), 0, 0, SLICE_NONE};
	return ERR_OK;
}

/* ERR_OK: a field; ERR_NOENT: the end */
static enum err
read_next(struct reader *r)
{
	uint32_t len;

	if (r->in.len == 0)
		return ERR_NOENT;
	if (r->in.len < FIELD_HEAD)
		return ERR_CORRUPT;
	r->tag = (uint8_t)r->in.p[0];
	len = num_get_be32(r->in.p + 1);
	r->in = slice_skip(r->in, FIELD_HEAD);
	if (r->tag <= r->last || len == 0 || len > r->in.len)
		return ERR_CORRUPT;
	r->last = r->tag;
	r->field = slice_first(r->in, len);
	r->in = slice_skip(r->in, len);
	return ERR_OK;
}

static enum err
field_u64(const struct reader *r, uint64_t max, uint64_t *out)
{
	if (r->field.len != 8)
		return ERR_CORRUPT;
	*out = num_get_be64(r->field.p);
	return *out == 0 || *out > max ? ERR_CORRUPT : ERR_OK;
}

static enum err
field_text(const struct reader *r, size_t max, struct slice *out)
{
	*out = r->field;
	return r->field.len > max ? ERR_CORRUPT : ERR_OK;
}

/* Every field goes through `take`; it knows the tags of one kind of record. */
static enum err
read_all(
    struct slice v, enum err (*take)(const struct reader *, void *), void *out)
{
	struct reader r;
	enum err e = read_begin(&r, v);

	while (e == ERR_OK && (e = read_next(&r)) == ERR_OK)
		e = take(&r, out);
	return e == ERR_NOENT ? ERR_OK : e;
}

/* --- domains ----------------------------------------------------------- */

enum err
store_domain_encode(const struct store_domain *d, struct buf *out)
{
	buf_add_char(out, LAYOUT);
	put_u64(out, D_QUOTA, d->default_quota);
	put_u64(out, D_USERS, d->max_users);
	put_u64(out, D_CREATED, d->created_us);
	return out->err;
}

static enum err
take_domain(const struct reader *r, void *ctx)
{
	struct store_domain *d = ctx;
	uint64_t users = 0;
	enum err e;

	switch (r->tag) {
	case D_QUOTA:
		return field_u64(r, UINT64_MAX, &d->default_quota);
	case D_USERS:
		e = field_u64(r, UINT32_MAX, &users);
		d->max_users = (uint32_t)users;
		return e;
	case D_CREATED:
		return field_u64(r, UINT64_MAX, &d->created_us);
	default:
		return ERR_CORRUPT;
	}
}

enum err
store_domain_decode(struct slice v, struct store_domain *out)
{
	memset(out, 0, sizeof *out);
	return read_all(v, take_domain, out);
}

/* --- names ------------------------------------------------------------- */

bool
store_name_next(struct slice *targets, struct slice *target)
{
	if (targets->len == 0)
		return false;
	slice_cut(targets, '\n', target);
	return true;
}

/* Lines that end in '\n', none empty or too long; false otherwise. */
static bool
count_targets(struct slice targets, unsigned *n)
{
	struct slice t;

	*n = 0;
	if (targets.len == 0 || !slice_ends(targets, SLICE("\n")))
		return false;
	while (store_name_next(&targets, &t)) {
		if (t.len == 0 || t.len > STORE_NAME_MAX)
			return false;
		++*n;
	}
	return *n <= STORE_TARGETS_MAX;
}

/* Exactly the fields its type needs are there. */
static bool
name_consistent(struct store_name *n)
{
	if (n->type == STORE_MAILBOX)
		return n->account != 0 && n->targets.len == 0;
	return n->type == STORE_ALIAS && n->account == 0 &&
	       count_targets(n->targets, &n->ntargets);
}

enum err
store_name_encode(const struct store_name *n, struct buf *out)
{
	struct store_name copy = *n;

	if (!name_consistent(&copy))
		return ERR_TOOBIG;
	buf_add_char(out, LAYOUT);
	put_u64(out, N_TYPE, n->type);
	put_u64(out, N_ACCOUNT, n->account);
	put(out, N_TARGETS, n->targets);
	return out->err;
}

static enum err
take_name(const struct reader *r, void *ctx)
{
	struct store_name *n = ctx;
	uint64_t type = 0;
	enum err e;

	switch (r->tag) {
	case N_TYPE:
		e = field_u64(r, STORE_ALIAS, &type);
		n->type = (enum store_name_type)type;
		return e;
	case N_ACCOUNT:
		return field_u64(r, UINT64_MAX, &n->account);
	case N_TARGETS:
		return field_text(r, STORE_VALUE_MAX, &n->targets);
	default:
		return ERR_CORRUPT;
	}
}

enum err
store_name_decode(struct slice v, struct store_name *out)
{
	enum err e;

	memset(out, 0, sizeof *out);
	e = read_all(v, take_name, out);
	return e == ERR_OK && !name_consistent(out) ? ERR_CORRUPT : e;
}

/* --- accounts ---------------------------------------------------------- */

static bool
account_consistent(const struct store_account *a)
{
	return a->name.len > 0 && a->name.len <= STORE_NAME_MAX &&
	       a->hash.len <= STORE_HASH_MAX &&
	       a->scram.len <= STORE_SCRAM_MAX && a->mailbox != 0 &&
	       (a->state == STORE_ACTIVE || a->state == STORE_SUSPENDED);
}

enum err
store_account_encode(const struct store_account *a, struct buf *out)
{
	if (!account_consistent(a))
		return ERR_TOOBIG;
	buf_add_char(out, LAYOUT);
	put(out, A_NAME, a->name);
	put(out, A_HASH, a->hash);
	put(out, A_SCRAM, a->scram);
	put_u64(out, A_STATE, a->state);
	put_u64(out, A_MAILBOX, a->mailbox);
	put_u64(out, A_QUOTA, a->quota);
	put_u64(out, A_CREATED, a->created_us);
	put_u64(out, A_PASSWORD, a->password_us);
	return out->err;
}

static enum err
take_account(const struct reader *r, void *ctx)
{
	struct store_account *a = ctx;
	uint64_t state = 0;
	enum err e;

	switch (r->tag) {
	case A_NAME:
		return field_text(r, STORE_NAME_MAX, &a->name);
	case A_HASH:
		return field_text(r, STORE_HASH_MAX, &a->hash);
	case A_SCRAM:
		return field_text(r, STORE_SCRAM_MAX, &a->scram);
	case A_STATE:
		e = field_u64(r, STORE_SUSPENDED, &state);
		a->state = (enum store_state)state;
		return e;
	case A_MAILBOX:
		return field_u64(r, UINT64_MAX, &a->mailbox);
	case A_QUOTA:
		return field_u64(r, UINT64_MAX, &a->quota);
	case A_CREATED:
		return field_u64(r, UINT64_MAX, &a->created_us);
	case A_PASSWORD:
		return field_u64(r, UINT64_MAX, &a->password_us);
	default:
		return ERR_CORRUPT;
	}
}

enum err
store_account_decode(struct slice v, struct store_account *out)
{
	enum err e;

	memset(out, 0, sizeof *out);
	e = read_all(v, take_account, out);
	return e == ERR_OK && !account_consistent(out) ? ERR_CORRUPT : e;
}

/* --- a record and its key ---------------------------------------------- */

/* Is s an address in the form under which addresses are looked up? */
static bool
is_key_address(struct slice s)
{
	struct mime_addr a, key;

	if (s.len > STORE_NAME_MAX || mime_addr_parse(s, &a) != ERR_OK)
		return false;
	mime_addr_key(&a, &key);
	return slice_eq(s, mime_addr_slice(&key));
}

static bool
is_key_domain(struct slice s)
{
	char canonical[MIME_DOMAIN_MAX + 1];

	return mime_addr_parse_domain(s, false, false, canonical) == ERR_OK &&
	       slice_eq(s, slice_str(canonical));
}

static bool
name_valid(struct slice key, struct slice value)
{
	struct store_name n;
	struct slice t;

	if (slice_starts(key, SLICE("@")) ? !is_key_domain(slice_skip(key, 1))
					  : !is_key_address(key))
		return false;
	if (store_name_decode(value, &n) != ERR_OK)
		return false;
	while (store_name_next(&n.targets, &t))
		if (!is_key_address(t))
			return false;
	return true;
}

static bool
account_valid(struct slice key, struct slice value)
{
	struct store_account a;

	return key.len == 8 && num_get_be64(key.p) != 0 &&
	       store_account_decode(value, &a) == ERR_OK &&
	       is_key_address(a.name) && slice_is_printable(a.hash) &&
	       slice_is_printable(a.scram);
}

bool
store_record_valid(enum store_kind kind, struct slice key, struct slice value)
{
	struct store_domain d;

	switch (kind) {
	case STORE_DOMAIN:
		return is_key_domain(key) &&
		       store_domain_decode(value, &d) == ERR_OK;
	case STORE_NAME:
		return name_valid(key, value);
	case STORE_ACCOUNT:
		return account_valid(key, value);
	case STORE_KINDS:
		break;
	}
	return false;
}
