#include "directory.h"

#include "base/num.h"

static enum err
get_name(const struct directory *d, struct slice key, struct buf *out)
{
	for (size_t i = 0; i < d->nnames; i++) {
		const struct directory_name *row = &d->names[i];
		struct store_name n = {
		    row->account != 0 ? STORE_MAILBOX : STORE_ALIAS,
		    row->account, slice_str(row->targets), 0};

		if (slice_eq(key, slice_str(row->key)))
			return store_name_encode(&n, out);
	}
	return ERR_NOENT;
}

static enum err
get_account(const struct directory *d, uint64_t id, struct buf *out)
{
	for (size_t i = 0; i < d->naccounts; i++) {
		const struct directory_account *row = &d->accounts[i];
		struct store_account a = {.mailbox = id + 100,
		    .name = slice_str(row->name),
		    .forward = slice_str(row->forward),
		    .delegates = slice_str(row->delegates),
		    .keep = row->keep,
		    .state = row->suspended ? STORE_SUSPENDED : STORE_ACTIVE};

		if (row->id == id)
			return row->damaged ? ERR_CORRUPT
					    : store_account_encode(&a, out);
	}
	return ERR_NOENT;
}

enum err
directory_get(
    void *ctx, enum store_kind kind, struct slice key, struct buf *out)
{
	if (kind == STORE_NAME)
		return get_name(ctx, key, out);
	if (kind == STORE_ACCOUNT)
		return get_account(ctx, num_get_be64(key.p), out);
	return slice_eq(key, SLICE("a.test")) ||
		       slice_eq(key, SLICE("b.test")) ||
		       slice_eq(key, SLICE("c.test"))
		   ? ERR_OK
		   : ERR_NOENT;
}
