/* Domains, accounts and aliases through the store. */
#include "ctl/ctl_dir.h"

#include "base/num.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"

#include <string.h>

enum { PAGE = 500, PAGE_MAX = 2 * 1024 * 1024, CHANGES_MAX = 3 << 20 };

/* --- names as people write them -------------------------------------- */

int
ctl_addr(const char *text, struct mime_addr *out)
{
	struct mime_addr a;
	enum err e = mime_addr_parse(slice_str(text), &a);

	if (e == ERR_TOOBIG)
		return ctl_fail(EX_DATAERR,
		    "\"%.80s...\" is too long for an address (%d octets before "
		    "the @, %d behind it)",
		    text, MIME_LOCAL_MAX, MIME_DOMAIN_MAX);
	if (e != ERR_OK && strchr(text, '@') == NULL)
		return ctl_fail(EX_DATAERR,
		    "\"%s\" is not an address: the domain is missing "
		    "(%s@example.org)",
		    text, text);
	if (e != ERR_OK)
		return ctl_fail(EX_DATAERR, "\"%s\" is not an address", text);
	if (a.literal)
		return ctl_fail(EX_DATAERR,
		    "\"%s\": users belong to domains, not to IP addresses",
		    text);
	mime_addr_key(&a, out);
	return EX_OK;
}

int
ctl_domain_name(const char *text, char out[MIME_DOMAIN_MAX + 1])
{
	enum err e = mime_addr_parse_domain(slice_str(text), false, true, out);

	if (e == ERR_TOOBIG)
		return ctl_fail(EX_DATAERR,
		    "\"%.80s...\" is too long for a domain (%d octets)", text,
		    MIME_DOMAIN_MAX);
	if (e != ERR_OK && strchr(text, '@') != NULL)
		return ctl_fail(
		    EX_DATAERR, "\"%s\" is an address, not a domain", text);
	if (e != ERR_OK)
		return ctl_fail(EX_DATAERR, "\"%s\" is not a domain", text);
	return EX_OK;
}

int
ctl_addr_or_catch_all(const char *text, char out[MIME_ADDR_MAX + 1])
{
	struct mime_addr a;
	int status;

	if (text[0] == '@') {
		out[0] = '@';
		return ctl_domain_name(text + 1, out + 1);
	}
	if ((status = ctl_addr(text, &a)) == EX_OK)
		(void)slice_to_str(mime_addr_slice(&a), out, MIME_ADDR_MAX + 1);
	return status;
}

int
ctl_size(const char *what, const char *text, uint64_t *out)
{
	enum err e = num_size(slice_str(text), out);

	if (e == ERR_TOOBIG || (e == ERR_OK && *out > (uint64_t)1 << 60))
		return ctl_fail(
		    EX_USAGE, "%s: \"%s\" is too large", what, text);
	if (e != ERR_OK)
		return ctl_fail(EX_USAGE,
		    "%s: \"%s\" is not a size (for example 500M or 2G; 0: "
		    "none)",
		    what, text);
	return EX_OK;
}

/* --- records --------------------------------------------------------- */

enum err
ctl_domain_get(struct ctl *c, struct slice domain, struct store_domain *out,
    uint64_t *version_out)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_domain d;
	uint64_t version = 0;
	enum err e =
	    ctl_rpc_get(c->rpc, STORE_DOMAIN, domain, &value, &version);

	if (e == ERR_OK)
		e = store_domain_decode(buf_slice(&value), &d);
	if (e == ERR_OK && out != NULL)
		*out = d;
	if (e == ERR_OK && version_out != NULL)
		*version_out = version;
	buf_fini(&value);
	return e;
}

int
ctl_domain_need(struct ctl *c, struct slice domain, struct store_domain *out)
{
	enum err e = ctl_domain_get(c, domain, out, NULL);

	if (e == ERR_NOENT)
		return ctl_fail(EX_NOUSER,
		    "%.*s is no domain of this server (restante domain add "
		    "%.*s)",
		    SLICE_ARG(domain), SLICE_ARG(domain));
	if (e != ERR_OK)
		return ctl_fail_err(e, "domain", domain);
	return EX_OK;
}

enum err
ctl_name_get(struct ctl *c, struct slice name, struct buf *value,
    struct store_name *out, uint64_t *version_out)
{
	uint64_t version = 0;
	enum err e;

	buf_reset(value);
	e = ctl_rpc_get(c->rpc, STORE_NAME, name, value, &version);
	if (e == ERR_OK && version_out != NULL)
		*version_out = version;
	return e == ERR_OK ? store_name_decode(buf_slice(value), out) : e;
}

void
ctl_user_init(struct ctl_user *u)
{
	memset(u, 0, sizeof *u);
	buf_init(&u->value, STORE_VALUE_MAX);
}

void
ctl_user_fini(struct ctl_user *u)
{
	buf_wipe(&u->value); /* it holds a hash */
}

static struct slice
id_key(uint64_t id, uint8_t key[8])
{
	num_put_be64(key, id);
	return slice_of(key, 8);
}

enum err
ctl_user_load(struct ctl *c, uint64_t id, struct ctl_user *u)
{
	uint8_t key[8];
	enum err e;

	u->id = id;
	buf_reset(&u->value);
	e = ctl_rpc_get(
	    c->rpc, STORE_ACCOUNT, id_key(id, key), &u->value, &u->version);
	if (e == ERR_NOENT)
		return ERR_CORRUPT; /* a name leads to it */
	return e == ERR_OK
		   ? store_account_decode(buf_slice(&u->value), &u->account)
		   : e;
}

int
ctl_user_find(struct ctl *c, const char *text, struct ctl_user *u)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_name n = {0};
	struct slice name;
	enum err e;
	int status;

	if ((status = ctl_addr(text, &u->addr)) != EX_OK)
		return status;
	name = mime_addr_slice(&u->addr);
	e = ctl_name_get(c, name, &value, &n, &u->name_version);
	if (e == ERR_OK && n.type == STORE_ALIAS)
		status = ctl_fail(EX_NOUSER,
		    "%.*s is an alias, not a user (restante alias list %.*s)",
		    SLICE_ARG(name), SLICE_ARG(name));
	else if (e == ERR_NOENT)
		status = ctl_fail(EX_NOUSER, "no user %.*s", SLICE_ARG(name));
	else if (e != ERR_OK || (e = ctl_user_load(c, n.account, u)) != ERR_OK)
		status = ctl_fail_err(e, "user", name);
	buf_fini(&value);
	return status;
}

/* --- walks ----------------------------------------------------------- */

enum err
ctl_each(struct ctl *c, enum store_kind kind, ctl_each_fn *each, void *ctx)
{
	struct buf rows = BUF_INIT(PAGE_MAX), last = BUF_INIT(STORE_KEY_MAX);
	struct store_dir_row row;
	struct slice rest;
	bool more = true;
	enum err e = ERR_OK;

	while (e == ERR_OK && more) {
		buf_reset(&rows);
		e = ctl_rpc_scan(
		    c->rpc, kind, buf_slice(&last), PAGE, &rows, &more);
		rest = buf_slice(&rows);
		while (e == ERR_OK &&
		       (e = store_rows_next(&rest, &row)) == ERR_OK) {
			buf_reset(&last);
			buf_add_slice(&last, row.key);
			e = each(ctx, &row);
		}
		if (e == ERR_NOENT && rest.len == 0)
			e = ERR_OK; /* the end of the page */
	}
	buf_wipe(&rows);
	buf_fini(&last);
	return e;
}

bool
ctl_in_domain(struct slice name, struct slice domain)
{
	return domain.len == 0 ||
	       (name.len > domain.len &&
		   name.p[name.len - domain.len - 1] == '@' &&
		   slice_ends(name, domain));
}

static enum err
get_record(void *ctx, enum store_kind kind, struct slice key, struct buf *out)
{
	struct ctl *c = ctx;
	uint64_t version;

	return ctl_rpc_get(c->rpc, kind, key, out, &version);
}

static enum err
get_first_domain(void *ctx, struct buf *out)
{
	struct ctl *c = ctx;
	struct buf rows = BUF_INIT(PAGE_MAX);
	struct store_dir_row row;
	struct slice rest;
	bool more;
	enum err e =
	    ctl_rpc_scan(c->rpc, STORE_DOMAIN, SLICE_NONE, 1, &rows, &more);

	rest = buf_slice(&rows);
	if (e == ERR_OK && (e = store_rows_next(&rest, &row)) == ERR_OK)
		buf_add_slice(out, row.key);
	buf_fini(&rows);
	return e;
}

struct store_getter
ctl_getter(struct ctl *c)
{
	return (struct store_getter){
	    .get = get_record, .first_domain = get_first_domain, .ctx = c};
}

/* --- changes --------------------------------------------------------- */

void
ctl_changes_init(struct ctl_changes *s)
{
	buf_init(&s->octets, CHANGES_MAX);
	buf_init(&s->value, STORE_VALUE_MAX);
	s->n = 0;
}

void
ctl_changes_fini(struct ctl_changes *s)
{
	buf_wipe(&s->octets);
	buf_wipe(&s->value);
}

/* Add one, its value in s->value unless e; a failure shows at the commit. */
static void
add(struct ctl_changes *s, enum store_kind kind, struct slice key,
    uint64_t expect, enum err e)
{
	struct store_change ch = {.kind = kind,
	    .key = key,
	    .value = buf_slice(&s->value),
	    .expect = expect};

	if (e != ERR_OK)
		s->octets.err = e;
	store_changes_add(&s->octets, &ch);
	s->n++;
}

void
ctl_change_domain(struct ctl_changes *s, struct slice key,
    const struct store_domain *d, uint64_t expect)
{
	buf_reset(&s->value);
	add(s, STORE_DOMAIN, key, expect, store_domain_encode(d, &s->value));
}

void
ctl_change_name(struct ctl_changes *s, struct slice key,
    const struct store_name *n, uint64_t expect)
{
	buf_reset(&s->value);
	add(s, STORE_NAME, key, expect, store_name_encode(n, &s->value));
}

void
ctl_change_account(struct ctl_changes *s, uint64_t id,
    const struct store_account *a, uint64_t expect)
{
	uint8_t key[8];

	buf_reset(&s->value);
	add(s, STORE_ACCOUNT, id_key(id, key), expect,
	    store_account_encode(a, &s->value));
}

void
ctl_change_delete(struct ctl_changes *s, enum store_kind kind, struct slice key,
    uint64_t expect)
{
	struct store_change ch = {
	    .kind = kind, .key = key, .value = SLICE_NONE, .expect = expect};

	store_changes_add(&s->octets, &ch);
	s->n++;
}

void
ctl_change_delete_account(struct ctl_changes *s, uint64_t id, uint64_t expect)
{
	uint8_t key[8];

	ctl_change_delete(s, STORE_ACCOUNT, id_key(id, key), expect);
}

void
ctl_change_remove_mailbox(
    struct ctl_changes *s, uint64_t mailbox, struct slice name)
{
	struct store_removing r = {name};
	uint8_t key[8];

	buf_reset(&s->value);
	add(s, STORE_REMOVING, id_key(mailbox, key), UINT64_MAX,
	    store_removing_encode(&r, &s->value));
}

enum err
ctl_commit(struct ctl *c, struct ctl_changes *s, uint64_t *failed_out)
{
	uint64_t failed = 0;
	enum err e = s->octets.err;

	if (e == ERR_OK && s->n > 0)
		e = ctl_rpc_commit(
		    c->rpc, buf_slice(&s->octets), s->n, &failed);
	if (failed_out != NULL)
		*failed_out = failed;
	buf_reset(&s->octets);
	s->n = 0;
	return e;
}

int
ctl_commit_or_say(
    struct ctl *c, struct ctl_changes *s, const char *what, struct slice name)
{
	enum err e = ctl_commit(c, s, NULL);

	if (e == ERR_BUSY || e == ERR_NOENT)
		return ctl_fail(EX_TEMPFAIL,
		    "%s %.*s: something else changed it at the same time, try "
		    "again",
		    what, SLICE_ARG(name));
	return e == ERR_OK ? EX_OK : ctl_fail_err(e, what, name);
}
