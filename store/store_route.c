/* From an address to where it leads. */
#include "store/store_route.h"

#include "base/num.h"
#include "store/store_route_priv.h"

#include <stdlib.h>
#include <string.h>

/* Addresses that one expansion may visit: aliases among them lead on. */
enum { VISIT_MAX = 2 * STORE_ROUTE_MAX };

struct visit { /* an address of an alias, seen once whoever names it */
	struct list_node node;
	struct map_node by_key;
	unsigned depth;
	uint64_t account; /* whose forward named it; 0: none */
	struct mime_addr addr, via;
};

enum err
store_walk_get(struct walk *w, enum store_kind kind, struct slice key)
{
	enum err e;

	buf_reset(&w->value);
	e = w->get->get(w->get->ctx, kind, key, &w->value);
	return e == ERR_OK && w->value.err != ERR_OK ? ERR_RETRY : e;
}

/* --- members and targets ------------------------------------------------ */

/* Remember an address to look at, unless it has been seen; v is given. */
static enum err
visit(struct walk *w, struct visit *v)
{
	enum err e = ERR_OK;

	if (map_get(&w->seen, mime_addr_slice(&v->addr)) == NULL) {
		if (v->depth > STORE_ROUTE_DEPTH || w->seen.count >= VISIT_MAX)
			e = ERR_LIMIT;
		else
			e = map_put(
			    &w->seen, &v->by_key, mime_addr_slice(&v->addr));
		if (e == ERR_OK) {
			list_push_back(&w->todo, &v->node);
			return ERR_OK;
		}
	}
	free(v);
	return e == ERR_LIMIT || e == ERR_OK ? e : ERR_RETRY;
}

/* from: the address that leads on to the target */
static enum err
visit_text(struct walk *w, const struct visit *from, struct slice target,
    const struct mime_addr *via)
{
	struct visit *v = calloc(1, sizeof *v);

	if (v == NULL)
		return ERR_RETRY;
	v->depth = from->depth + 1;
	v->account = from->account;
	v->via = *via;
	if (mime_addr_parse(target, &v->addr) == ERR_OK)
		return visit(w, v);
	free(v);
	return ERR_CORRUPT;
}

static enum err
visit_all(struct walk *w, const struct visit *from, struct slice targets,
    const struct mime_addr *via)
{
	struct slice t;
	enum err e = ERR_OK;

	while (e == ERR_OK && store_name_next(&targets, &t))
		e = visit_text(w, from, t, via);
	return e;
}

/* --- accounts ----------------------------------------------------------- */

static bool
names_itself(const struct store_account *a)
{
	struct slice rest = a->forward, t;

	while (store_name_next(&rest, &t))
		if (slice_eq_nocase(t, a->name))
			return true;
	return false;
}

static enum err
forward(struct walk *w, const struct visit *v, uint64_t account,
    const struct store_account *a)
{
	struct visit from = *v;
	struct mime_addr via;
	enum err e = ERR_OK;

	if (mime_addr_parse(a->name, &via) != ERR_OK)
		return ERR_CORRUPT;
	from.account = account;
	if (a->keep || names_itself(a))
		e = store_walk_mailbox(w, account, a);
	return e == ERR_OK ? visit_all(w, &from, a->forward, &via) : e;
}

/* A name that leads to no account is damage, not an unknown user. */
static enum err
follow_account(struct walk *w, const struct visit *v, uint64_t account)
{
	struct store_account a;
	uint8_t key[8];
	enum err e;

	num_put_be64(key, account);
	e = store_walk_get(w, STORE_ACCOUNT, slice_of(key, sizeof key));
	if (e == ERR_NOENT)
		return ERR_CORRUPT;
	if (e != ERR_OK)
		return e;
	if ((e = store_account_decode(buf_slice(&w->value), &a)) != ERR_OK)
		return e;
	if (a.forward.len == 0 || a.state == STORE_SUSPENDED || w->owners)
		return store_walk_mailbox(w, account, &a);
	return forward(w, v, account, &a);
}

/* --- one address ------------------------------------------------------- */

/* "@domain" as a key */
static struct slice
catch_all(const struct mime_addr *a, char key[MIME_DOMAIN_MAX + 2])
{
	struct slice domain = mime_addr_domain(a);

	key[0] = '@';
	memcpy(key + 1, domain.p, domain.len);
	return slice_of(key, domain.len + 1);
}

/* The name record that speaks for a, which has none, into w->value. */
static enum err
find_stand_in(struct walk *w, const struct mime_addr *a)
{
	char all[MIME_DOMAIN_MAX + 2];
	struct mime_addr base;
	enum err e = ERR_NOENT;

	if (mime_addr_unsub(a, w->conf->subaddress[0], &base))
		e = store_walk_get(w, STORE_NAME, mime_addr_slice(&base));
	if (e == ERR_NOENT)
		e = store_walk_get(w, STORE_NAME, catch_all(a, all));
	return e;
}

static enum err
follow_name(struct walk *w, const struct visit *v)
{
	struct store_name name;
	enum err e = store_name_decode(buf_slice(&w->value), &name);

	if (e != ERR_OK)
		return e;
	if (name.type == STORE_MAILBOX)
		return follow_account(w, v, name.account);
	return visit_all(w, v, name.targets, &v->addr);
}

/* conf.postmaster as an address, a local part being taken at domain */
static enum err
postmaster_at(
    const struct conf *conf, struct slice domain, struct mime_addr *out)
{
	struct slice p = slice_str(conf->postmaster);
	struct buf b = BUF_INIT(2 * CONF_TEXT + MIME_DOMAIN_MAX);
	struct mime_addr a;
	enum err e;

	buf_add_slice(&b, p);
	if (slice_find(p, '@') == p.len) {
		buf_add_char(&b, '@');
		buf_add_slice(&b, domain);
	}
	e = b.err != ERR_OK ? ERR_RETRY : mime_addr_parse(buf_slice(&b), &a);
	buf_fini(&b);
	if (e == ERR_OK)
		mime_addr_key(&a, out);
	return e == ERR_RETRY ? e : e != ERR_OK ? ERR_NOENT : ERR_OK;
}

static bool
is_postmaster(const struct mime_addr *a)
{
	return slice_eq_nocase(mime_addr_local(a), SLICE("postmaster"));
}

/* What conf.postmaster says; it may be somebody elsewhere. */
static enum err
follow_postmaster(struct walk *w, const struct visit *v)
{
	struct mime_addr to;
	enum err e = postmaster_at(w->conf, mime_addr_domain(&v->addr), &to);

	if (e != ERR_OK)
		return e;
	return visit_text(w, v, mime_addr_slice(&to), &v->addr);
}

/* OK: a rewritten sender of ours, which leads to whom it was made of; DENIED:
 * it only looks like one; NOENT: nor does it look so. */
static enum err
follow_srs(struct walk *w, const struct visit *v)
{
	static const struct mime_addr nobody;
	struct mime_addr original;
	enum err e = store_walk_srs(w, &v->addr, &original);

	if (e != ERR_OK)
		return e;
	return visit_text(w, v, mime_addr_slice(&original), &nobody);
}

/* An address of a local domain. */
static enum err
follow_local(struct walk *w, const struct visit *v)
{
	enum err e = store_walk_get(w, STORE_NAME, mime_addr_slice(&v->addr));

	if (e == ERR_NOENT) {
		e = follow_srs(w, v);
		if (e != ERR_NOENT)
			return e == ERR_DENIED ? ERR_NOENT : e;
		e = find_stand_in(w, &v->addr);
	}
	if (e == ERR_OK)
		return follow_name(w, v);
	return e == ERR_NOENT && is_postmaster(&v->addr)
		   ? follow_postmaster(w, v)
		   : e;
}

/* The host itself, whose name is no local domain, in a report of ours. */
static bool
is_host(const struct walk *w, const struct visit *v)
{
	return w->how->report && v->depth == 0 &&
	       slice_eq_nocase(
		   mime_addr_domain(&v->addr), slice_str(w->conf->hostname));
}

/* Of a domain that is not local; conf.srs.domain need not be. */
static enum err
follow_foreign(struct walk *w, const struct visit *v)
{
	enum err e = ERR_NOENT;

	if (slice_eq_nocase(
		mime_addr_domain(&v->addr), slice_str(w->conf->srs.domain)))
		e = follow_srs(w, v);
	if (e != ERR_NOENT)
		return e == ERR_DENIED ? ERR_NOENT : e;
	if (v->depth == 0 && !w->how->relay)
		return ERR_DENIED;
	if (is_host(w, v))
		return ERR_NOENT;
	return store_walk_remote(w, &v->addr, &v->via, v->account);
}

/* Look an address up: where it leads joins the result, what it names the list
 * of what is to be looked at. */
static enum err
follow(struct walk *w, const struct visit *v)
{
	struct visit key = *v;
	enum err e;

	mime_addr_key(&v->addr, &key.addr);
	e = store_walk_get(w, STORE_DOMAIN, mime_addr_domain(&key.addr));
	if (e == ERR_OK)
		return follow_local(w, &key);
	return e == ERR_NOENT ? follow_foreign(w, v) : e;
}

/* --- the whole --------------------------------------------------------- */

/* Look at what was named, until nothing new comes. */
static enum err
follow_rest(struct walk *w)
{
	struct list_node *n;
	enum err e = ERR_OK;

	while (e == ERR_OK && (n = list_pop_front(&w->todo)) != NULL) {
		list_push_back(&w->done, n);
		e = follow(w, LIST_ITEM(n, struct visit, node));
		if (e == ERR_NOENT)
			e = ERR_OK;
	}
	return e == ERR_OK && !w->reached ? ERR_NOENT : e;
}

static void
drop_visits(struct list *l)
{
	struct list_node *n;

	while ((n = list_pop_front(l)) != NULL)
		free(LIST_ITEM(n, struct visit, node));
}

static void
walk_begin(struct walk *w)
{
	w->before = store_dests_count(w->out);
	buf_init(&w->value, STORE_VALUE_MAX);
	map_init(&w->seen);
	list_init(&w->todo);
	list_init(&w->done);
}

/* e: of the first step. Go the whole way, and give back what it took. */
static enum err
walk_end(struct walk *w, enum err e)
{
	if (e == ERR_OK)
		e = follow_rest(w);
	drop_visits(&w->todo);
	drop_visits(&w->done);
	map_fini(&w->seen);
	buf_fini(&w->value);
	return e;
}

static enum err
walk(struct walk *w, const struct mime_addr *a)
{
	struct visit first;

	memset(&first, 0, sizeof first);
	first.addr = *a;
	walk_begin(w);
	return walk_end(w, follow(w, &first));
}

enum err
store_walk_all(struct walk *w, struct slice addrs)
{
	static const struct mime_addr nobody;
	struct visit from;

	memset(&from, 0, sizeof from);
	walk_begin(w);
	return walk_end(w, visit_all(w, &from, addrs, &nobody));
}

/* --- postmaster without a domain ----------------------------------------- */

/* A bare postmaster under domain; NOENT and DENIED: try another domain. */
static enum err
walk_postmaster_at(struct walk *w, struct slice domain)
{
	struct mime_addr a;
	enum err e = postmaster_at(w->conf, domain, &a);

	return e == ERR_OK ? walk(w, &a) : e;
}

static bool
leads_nowhere(enum err e)
{
	return e == ERR_NOENT || e == ERR_DENIED;
}

static enum err
walk_postmaster(struct walk *w)
{
	const struct store_getter *g = w->get;
	struct slice domain = slice_str(w->conf->hostname), label;
	struct store_route_how how = *w->how;
	struct buf first = BUF_INIT(STORE_KEY_MAX);
	enum err e = ERR_NOENT;

	/* a whole address was chosen by the operator, wherever it is */
	how.relay = strchr(w->conf->postmaster, '@') != NULL;
	how.report = false;
	w->how = &how;
	while (leads_nowhere(e) && domain.len > 0) {
		e = walk_postmaster_at(w, domain);
		slice_cut(&domain, '.', &label);
	}
	if (leads_nowhere(e) && g->first_domain != NULL &&
	    g->first_domain(g->ctx, &first) == ERR_OK && first.err == ERR_OK)
		e = walk_postmaster_at(w, buf_slice(&first));
	buf_fini(&first);
	return e == ERR_DENIED ? ERR_NOENT : e;
}

/* --- roles --------------------------------------------------------------- */

/* Somebody answers for these at each of our domains (RFC 5321 section 4.5.1,
 * RFC 2142 section 4), and to replies to reports (RFC 3464 section 2). */
static bool
is_role(const struct mime_addr *a)
{
	static const char *const roles[] = {
	    "postmaster", "abuse", "mailer-daemon"};

	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		if (slice_eq_nocase(mime_addr_local(a), slice_str(roles[i])))
			return true;
	return false;
}

/* NOENT: the domain of a is our host name, and no local domain as well. */
static enum err
find_domain(struct walk *w, const struct mime_addr *a)
{
	enum err e;

	if (!slice_eq_nocase(mime_addr_domain(a), slice_str(w->conf->hostname)))
		return ERR_OK;
	buf_init(&w->value, STORE_VALUE_MAX);
	e = store_walk_get(w, STORE_DOMAIN, mime_addr_domain(a));
	buf_fini(&w->value);
	return e;
}

/* What nobody has been named for is the postmaster's to read. */
static enum err
walk_role(struct walk *w, const struct mime_addr *a)
{
	enum err e = find_domain(w, a);

	if (e == ERR_OK)
		e = walk(w, a);
	return e == ERR_NOENT ? walk_postmaster(w) : e;
}

/* --- the whole ----------------------------------------------------------- */

enum err
store_walk(struct walk *w, struct slice addr)
{
	struct mime_addr a;

	if (slice_eq_nocase(addr, SLICE("postmaster")))
		return walk_postmaster(w);
	if (mime_addr_parse(addr, &a) != ERR_OK)
		return ERR_NOENT;
	return is_role(&a) && !w->how->report ? walk_role(w, &a) : walk(w, &a);
}

enum err
store_route(const struct store_getter *g, const struct conf *conf,
    const struct store_route_how *how, struct slice addr,
    struct store_dests *out)
{
	static const struct store_route_how nothing;
	struct walk w = {.get = g,
	    .conf = conf,
	    .how = how == NULL ? &nothing : how,
	    .out = out};

	return store_walk(&w, addr);
}
