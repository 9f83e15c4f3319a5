/*
 * Back from an address: who may send as it. Its owners, who get its mail when
 * forwards are left aside, and whom these have named as their delegates.
 */
#include "base/num.h"
#include "store/store_route_priv.h"

/* An account that would send, and the owners of the address it would use. */
struct asking {
	const struct store_getter *get;
	const struct conf *conf;
	uint64_t account;
	struct buf name; /* canonical address of the account */
	struct buf rest; /* delegates that may be aliases of it */
	struct store_dests owners;
};

static bool
is_owner(const struct store_dests *d, uint64_t account)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->dest[i].account == account)
			return true;
	return false;
}

/* The accounts that addrs, each ended by '\n', lead to. */
static enum err
find_owners(const struct asking *q, struct slice addr, bool many,
    struct store_dests *out)
{
	static const struct store_route_how nothing;
	struct walk w = {.get = q->get,
	    .conf = q->conf,
	    .how = &nothing,
	    .out = out,
	    .owners = true};

	return many ? store_walk_all(&w, addr) : store_walk(&w, addr);
}

static enum err
load(const struct asking *q, uint64_t account, struct buf *value,
    struct store_account *out)
{
	uint8_t key[8];
	enum err e;

	num_put_be64(key, account);
	buf_reset(value);
	e = q->get->get(
	    q->get->ctx, STORE_ACCOUNT, slice_of(key, sizeof key), value);
	if (e == ERR_OK && value->err != ERR_OK)
		e = ERR_RETRY;
	return e == ERR_OK ? store_account_decode(buf_slice(value), out) : e;
}

/* The account by its name, or everybody of "@domain". */
static bool
names_it(struct slice delegate, struct slice name)
{
	if (slice_starts(delegate, SLICE("@")))
		return slice_ends(name, delegate);
	return slice_eq(delegate, name);
}

/* OK: the owner names the account; NOENT: not by its name. What could lead to
 * it otherwise is added to q->rest. */
static enum err
ask_owner(struct asking *q, uint64_t owner, struct buf *value)
{
	struct store_account a;
	struct slice rest, one;
	enum err e = load(q, owner, value, &a);

	if (e != ERR_OK || a.state == STORE_SUSPENDED)
		return e == ERR_OK ? ERR_NOENT : e;
	for (rest = a.delegates; store_name_next(&rest, &one);)
		if (names_it(one, buf_slice(&q->name)))
			return ERR_OK;
	for (rest = a.delegates; store_name_next(&rest, &one);)
		if (!slice_starts(one, SLICE("@"))) {
			buf_add_slice(&q->rest, one);
			buf_add_char(&q->rest, '\n');
		}
	return ERR_NOENT;
}

/* Aliases among the delegates, in one walk: its bounds hold for all. */
static enum err
ask_aliases(struct asking *q)
{
	struct store_dests d = STORE_DESTS_INIT;
	enum err e = ERR_NOENT;

	if (q->rest.err != ERR_OK)
		return ERR_LIMIT;
	if (q->rest.len > 0)
		e = find_owners(q, buf_slice(&q->rest), true, &d);
	if (is_owner(&d, q->account))
		e = ERR_OK;
	else if (e == ERR_OK)
		e = ERR_NOENT;
	store_dests_fini(&d);
	return e;
}

static enum err
ask_all(struct asking *q)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_account a;
	enum err e = ERR_NOENT;

	if (q->owners.n > 0)
		e = load(q, q->account, &value, &a);
	if (e == ERR_OK) {
		buf_add_slice(&q->name, a.name);
		e = ERR_NOENT;
	}
	for (unsigned i = 0; i < q->owners.n && e == ERR_NOENT; i++)
		e = ask_owner(q, q->owners.dest[i].account, &value);
	buf_fini(&value);
	return e == ERR_NOENT ? ask_aliases(q) : e;
}

/* A record that cannot be had now is no answer; the rest is a no. */
static bool
is_no_answer(enum err e)
{
	return e == ERR_RETRY || e == ERR_CORRUPT || e == ERR_IO ||
	       e == ERR_NOMEM || e == ERR_TIMEOUT;
}

enum err
store_route_sender(const struct store_getter *g, const struct conf *conf,
    uint64_t account, struct slice addr)
{
	struct asking q = {.get = g,
	    .conf = conf,
	    .account = account,
	    .name = BUF_INIT(STORE_NAME_MAX),
	    .rest = BUF_INIT(STORE_VALUE_MAX),
	    .owners = STORE_DESTS_INIT};
	enum err e = find_owners(&q, addr, false, &q.owners);

	if (is_owner(&q.owners, account))
		e = ERR_OK;
	else if (!is_no_answer(e))
		e = ask_all(&q);
	buf_fini(&q.name);
	buf_fini(&q.rest);
	store_dests_fini(&q.owners);
	if (is_no_answer(e))
		return ERR_RETRY;
	return e == ERR_OK ? ERR_OK : ERR_DENIED;
}
