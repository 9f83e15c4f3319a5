/* From an address to mailboxes, and back: who may send as an address. */
#include "store/store_route.h"

#include "base/list.h"
#include "base/map.h"
#include "base/num.h"
#include "mime/mime_addr.h"

#include <stdlib.h>
#include <string.h>

/* Addresses that one expansion may visit: aliases among them lead on. */
enum { VISIT_MAX = 2 * STORE_ROUTE_MAX };

struct visit { /* an address of an alias, seen once whoever names it */
	struct list_node node;
	struct map_node by_key;
	unsigned depth;
	struct mime_addr addr;
};

struct walk {
	const struct store_getter *get;
	const struct conf *conf;
	struct store_dests *out;
	struct buf value; /* the record being looked at */
	struct map seen;
	struct list todo, done;
	bool denied; /* a member of an alias is not local */
};

void
store_dests_fini(struct store_dests *d)
{
	free(d->dest);
	*d = (struct store_dests){NULL, 0, 0};
}

static bool
has_mailbox(const struct store_dests *d, uint64_t mailbox)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->dest[i].mailbox == mailbox)
			return true;
	return false;
}

static enum err
make_room(struct store_dests *d)
{
	unsigned cap = d->cap == 0 ? 4 : d->cap * 2;
	struct store_dest *p;

	if (d->n >= STORE_ROUTE_MAX)
		return ERR_LIMIT;
	if (d->n < d->cap)
		return ERR_OK;
	if ((p = realloc(d->dest, cap * sizeof(*p))) == NULL)
		return ERR_RETRY;
	d->dest = p;
	d->cap = cap;
	return ERR_OK;
}

static enum err
get(struct walk *w, enum store_kind kind, struct slice key)
{
	enum err e;

	buf_reset(&w->value);
	e = w->get->get(w->get->ctx, kind, key, &w->value);
	return e == ERR_OK && w->value.err != ERR_OK ? ERR_RETRY : e;
}

/* A name that leads to no account is damage, not an unknown user. */
static enum err
add_account(struct walk *w, uint64_t account)
{
	struct store_account a;
	struct store_dest *d;
	uint8_t key[8];
	enum err e;

	num_put_be64(key, account);
	e = get(w, STORE_ACCOUNT, slice_of(key, sizeof key));
	if (e == ERR_NOENT)
		return ERR_CORRUPT;
	if (e != ERR_OK)
		return e;
	if ((e = store_account_decode(buf_slice(&w->value), &a)) != ERR_OK)
		return e;
	if (has_mailbox(w->out, a.mailbox))
		return ERR_OK;
	if ((e = make_room(w->out)) != ERR_OK)
		return e;
	d = &w->out->dest[w->out->n++];
	*d = (struct store_dest){
	    account, a.mailbox, a.quota, (uint16_t)a.name.len, ""};
	memcpy(d->name, a.name.p, a.name.len);
	return ERR_OK;
}

/* Remember s as an address to look at, unless it has been seen. */
static enum err
visit(struct walk *w, struct slice s, unsigned depth)
{
	struct visit *v;

	if (map_get(&w->seen, s) != NULL)
		return ERR_OK;
	if (depth > STORE_ROUTE_DEPTH || w->seen.count >= VISIT_MAX)
		return ERR_LIMIT;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return ERR_RETRY;
	v->depth = depth;
	if (mime_addr_parse(s, &v->addr) != ERR_OK) {
		free(v);
		return ERR_CORRUPT;
	}
	if (map_put(&w->seen, &v->by_key, mime_addr_slice(&v->addr)) !=
	    ERR_OK) {
		free(v);
		return ERR_RETRY;
	}
	list_push_back(&w->todo, &v->node);
	return ERR_OK;
}

static enum err
visit_all(struct walk *w, struct slice targets, unsigned depth)
{
	struct slice t;
	enum err e = ERR_OK;

	while (e == ERR_OK && store_name_next(&targets, &t))
		e = visit(w, t, depth);
	return e;
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

/* The name record that speaks for a, into w->value. */
static enum err
find_name(struct walk *w, const struct mime_addr *a)
{
	char all[MIME_DOMAIN_MAX + 2];
	struct mime_addr base;
	enum err e = get(w, STORE_NAME, mime_addr_slice(a));

	if (e == ERR_NOENT && mime_addr_unsub(a, w->conf->subaddress[0], &base))
		e = get(w, STORE_NAME, mime_addr_slice(&base));
	if (e == ERR_NOENT)
		e = get(w, STORE_NAME, catch_all(a, all));
	return e;
}

static enum err
follow_name(struct walk *w, unsigned depth)
{
	struct store_name name;
	enum err e = store_name_decode(buf_slice(&w->value), &name);

	if (e != ERR_OK)
		return e;
	if (name.type == STORE_MAILBOX)
		return add_account(w, name.account);
	return visit_all(w, name.targets, depth + 1);
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

static enum err
find_domain(struct walk *w, const struct mime_addr *a)
{
	enum err e = get(w, STORE_DOMAIN, mime_addr_domain(a));

	return e == ERR_NOENT ? ERR_DENIED : e;
}

/* Look a up: its account joins the result, an alias's members the list. */
static enum err
follow(struct walk *w, const struct mime_addr *a, unsigned depth)
{
	struct mime_addr stand_in;
	enum err e;

	if ((e = find_domain(w, a)) != ERR_OK)
		return e;
	e = find_name(w, a);
	if (e == ERR_NOENT && is_postmaster(a)) {
		e = postmaster_at(w->conf, mime_addr_domain(a), &stand_in);
		if (e == ERR_OK && (e = find_domain(w, &stand_in)) == ERR_OK)
			e = find_name(w, &stand_in);
		if (e == ERR_DENIED) /* the domain of a is local, so: */
			e = ERR_NOENT;
	}
	return e == ERR_OK ? follow_name(w, depth) : e;
}

/* --- the whole --------------------------------------------------------- */

/* Look at what aliases named, until nothing new comes. */
static enum err
follow_rest(struct walk *w)
{
	struct list_node *n;
	struct visit *v;
	enum err e = ERR_OK;

	while (e == ERR_OK && (n = list_pop_front(&w->todo)) != NULL) {
		v = LIST_ITEM(n, struct visit, node);
		list_push_back(&w->done, n);
		e = follow(w, &v->addr, v->depth);
		w->denied = w->denied || e == ERR_DENIED;
		if (e == ERR_NOENT || e == ERR_DENIED)
			e = ERR_OK;
	}
	return e;
}

static void
drop_visits(struct list *l)
{
	struct list_node *n;

	while ((n = list_pop_front(l)) != NULL)
		free(LIST_ITEM(n, struct visit, node));
}

/*
 * Whether anything was reached cannot be told from what was added, since the
 * mailboxes may have been in *out before: hence a walk that starts with an
 * empty list, unless the first name is a mailbox, which is nearly always so.
 */
static enum err
walk_alias(struct walk *w, struct store_dests *found)
{
	struct store_dests *all = w->out;
	enum err e, room;

	w->out = found;
	e = follow_rest(w);
	w->out = all;
	for (unsigned i = 0; i < found->n; i++) {
		if (has_mailbox(all, found->dest[i].mailbox))
			continue;
		if ((room = make_room(all)) != ERR_OK)
			return room;
		all->dest[all->n++] = found->dest[i];
	}
	if (e != ERR_OK)
		return e;
	return w->denied ? ERR_DENIED : found->n == 0 ? ERR_NOENT : ERR_OK;
}

static enum err
route(const struct store_getter *g, const struct conf *conf,
    const struct mime_addr *a, struct store_dests *out)
{
	struct walk w = {
	    g, conf, out, BUF_INIT(STORE_VALUE_MAX), {NULL, 0, 0, {0, 0}},
	    LIST_INIT(w.todo), LIST_INIT(w.done), false
        };
	struct store_dests found = {NULL, 0, 0};
	enum err e;

	map_init(&w.seen);
	e = follow(&w, a, 0);
	if (e == ERR_OK && w.seen.count > 0)
		e = walk_alias(&w, &found);
	store_dests_fini(&found);
	drop_visits(&w.todo);
	drop_visits(&w.done);
	map_fini(&w.seen);
	buf_fini(&w.value);
	return e;
}

/* A bare postmaster under domain; NOENT and DENIED: try another domain. */
static enum err
route_postmaster_at(const struct store_getter *g, const struct conf *conf,
    struct slice domain, struct store_dests *out)
{
	struct mime_addr a;
	enum err e = postmaster_at(conf, domain, &a);

	return e == ERR_OK ? route(g, conf, &a, out) : e;
}

static bool
leads_nowhere(enum err e)
{
	return e == ERR_NOENT || e == ERR_DENIED;
}

static enum err
route_postmaster(const struct store_getter *g, const struct conf *conf,
    struct store_dests *out)
{
	struct slice domain = slice_str(conf->hostname), label;
	struct buf first = BUF_INIT(STORE_KEY_MAX);
	enum err e = ERR_NOENT;

	while (leads_nowhere(e) && domain.len > 0) {
		e = route_postmaster_at(g, conf, domain, out);
		slice_cut(&domain, '.', &label);
	}
	if (leads_nowhere(e) && g->first_domain != NULL &&
	    g->first_domain(g->ctx, &first) == ERR_OK && first.err == ERR_OK)
		e = route_postmaster_at(g, conf, buf_slice(&first), out);
	buf_fini(&first);
	return e == ERR_DENIED ? ERR_NOENT : e;
}

enum err
store_route(const struct store_getter *g, const struct conf *conf,
    struct slice addr, struct store_dests *out)
{
	struct mime_addr a, key;

	if (slice_eq_nocase(addr, SLICE("postmaster")))
		return route_postmaster(g, conf, out);
	if (mime_addr_parse(addr, &a) != ERR_OK)
		return ERR_NOENT;
	mime_addr_key(&a, &key);
	return route(g, conf, &key, out);
}

/* Whoever gets the mail of an address may send as it. */
enum err
store_route_sender(const struct store_getter *g, const struct conf *conf,
    uint64_t account, struct slice addr)
{
	struct store_dests d = {NULL, 0, 0};
	enum err e = store_route(g, conf, addr, &d), result = ERR_DENIED;

	if (e == ERR_RETRY || e == ERR_CORRUPT)
		result = ERR_RETRY;
	for (unsigned i = 0; i < d.n; i++)
		if (d.dest[i].account == account)
			result = ERR_OK;
	store_dests_fini(&d);
	return result;
}
