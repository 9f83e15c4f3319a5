/* Directory records: fields behind a version octet, read with suspicion. */
#include "store/store_record.h"

#include "base/num.h"
#include "mime/mime_addr.h"
#include "store/store_field.h"

#include <string.h>

/* What tags mean; a tag is never given a second meaning. */
static const struct store_field domain_fields[] = {
    STORE_FIELD(1, U64, store_domain, default_quota, UINT64_MAX),
    STORE_FIELD(2, U32, store_domain, max_users, UINT32_MAX),
    STORE_FIELD(3, U64, store_domain, created_us, UINT64_MAX),
    {0},
};
static const struct store_field name_fields[] = {
    STORE_FIELD(1, U32, store_name, type, STORE_ALIAS),
    STORE_FIELD(2, U64, store_name, account, UINT64_MAX),
    STORE_FIELD(3, OCTETS, store_name, targets, STORE_VALUE_MAX),
    {0},
};
static const struct store_field account_fields[] = {
    STORE_FIELD(1, OCTETS, store_account, name, STORE_NAME_MAX),
    STORE_FIELD(2, OCTETS, store_account, hash, STORE_HASH_MAX),
    STORE_FIELD(3, OCTETS, store_account, scram, STORE_SCRAM_MAX),
    STORE_FIELD(4, U32, store_account, state, STORE_SUSPENDED),
    STORE_FIELD(5, U64, store_account, mailbox, UINT64_MAX),
    STORE_FIELD(6, U64, store_account, quota, UINT64_MAX),
    STORE_FIELD(7, U64, store_account, created_us, UINT64_MAX),
    STORE_FIELD(8, U64, store_account, password_us, UINT64_MAX),
    STORE_FIELD(9, OCTETS, store_account, forward, STORE_VALUE_MAX),
    STORE_FIELD(10, BOOL, store_account, keep, 1),
    STORE_FIELD(11, OCTETS, store_account, delegates, STORE_VALUE_MAX),
    {0},
};
static const struct store_field removing_fields[] = {
    STORE_FIELD(1, OCTETS, store_removing, name, STORE_NAME_MAX),
    {0},
};

/* Into *out, of size octets. */
static enum err
decode(const struct store_field *table, struct slice v, void *out, size_t size)
{
	memset(out, 0, size);
	return v.len > STORE_VALUE_MAX ? ERR_CORRUPT
				       : store_fields_decode(table, v, out);
}

/* --- domains ----------------------------------------------------------- */

enum err
store_domain_encode(const struct store_domain *d, struct buf *out)
{
	return store_fields_encode(domain_fields, d, out);
}

enum err
store_domain_decode(struct slice v, struct store_domain *out)
{
	return decode(domain_fields, v, out, sizeof *out);
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
	return store_fields_encode(name_fields, n, out);
}

enum err
store_name_decode(struct slice v, struct store_name *out)
{
	enum err e = decode(name_fields, v, out, sizeof *out);

	return e == ERR_OK && !name_consistent(out) ? ERR_CORRUPT : e;
}

/* --- accounts ---------------------------------------------------------- */

static bool
account_consistent(const struct store_account *a)
{
	unsigned n;

	return (a->forward.len == 0 || count_targets(a->forward, &n)) &&
	       (a->delegates.len == 0 || count_targets(a->delegates, &n)) &&
	       a->name.len > 0 && a->name.len <= STORE_NAME_MAX &&
	       a->hash.len <= STORE_HASH_MAX &&
	       a->scram.len <= STORE_SCRAM_MAX && a->mailbox != 0 &&
	       (a->state == STORE_ACTIVE || a->state == STORE_SUSPENDED);
}

enum err
store_account_encode(const struct store_account *a, struct buf *out)
{
	if (!account_consistent(a))
		return ERR_TOOBIG;
	return store_fields_encode(account_fields, a, out);
}

enum err
store_account_decode(struct slice v, struct store_account *out)
{
	enum err e = decode(account_fields, v, out, sizeof *out);

	return e == ERR_OK && !account_consistent(out) ? ERR_CORRUPT : e;
}

/* --- mailboxes that go ------------------------------------------------- */

enum err
store_removing_encode(const struct store_removing *r, struct buf *out)
{
	return store_fields_encode(removing_fields, r, out);
}

enum err
store_removing_decode(struct slice v, struct store_removing *out)
{
	return decode(removing_fields, v, out, sizeof *out);
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
are_key_addresses(struct slice targets)
{
	struct slice t;

	while (store_name_next(&targets, &t))
		if (!is_key_address(t))
			return false;
	return true;
}

static bool
is_key_domain(struct slice s)
{
	char canonical[MIME_DOMAIN_MAX + 1];

	return mime_addr_parse_domain(s, false, false, canonical) == ERR_OK &&
	       slice_eq(s, slice_str(canonical));
}

/* Addresses, and "@domain" for all of a domain. */
static bool
are_key_delegates(struct slice delegates)
{
	struct slice one;

	while (store_name_next(&delegates, &one))
		if (slice_starts(one, SLICE("@"))
			? !is_key_domain(slice_skip(one, 1))
			: !is_key_address(one))
			return false;
	return true;
}

static bool
name_valid(struct slice key, struct slice value)
{
	struct store_name n;

	if (slice_starts(key, SLICE("@")) ? !is_key_domain(slice_skip(key, 1))
					  : !is_key_address(key))
		return false;
	if (store_name_decode(value, &n) != ERR_OK)
		return false;
	return are_key_addresses(n.targets);
}

static bool
is_key_id(struct slice key)
{
	return key.len == 8 && num_get_be64(key.p) != 0;
}

static bool
account_valid(struct slice key, struct slice value)
{
	struct store_account a;

	return is_key_id(key) && store_account_decode(value, &a) == ERR_OK &&
	       is_key_address(a.name) && slice_is_printable(a.hash) &&
	       slice_is_printable(a.scram) && are_key_addresses(a.forward) &&
	       are_key_delegates(a.delegates);
}

static bool
removing_valid(struct slice key, struct slice value)
{
	struct store_removing r;

	return is_key_id(key) && store_removing_decode(value, &r) == ERR_OK &&
	       is_key_address(r.name);
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
	case STORE_REMOVING:
		return removing_valid(key, value);
	case STORE_KINDS:
		break;
	}
	return false;
}
