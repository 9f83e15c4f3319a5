/*
 * Where a walk arrives: mailboxes, and addresses elsewhere with what is to be
 * known about mail that is forwarded to them.
 */
#include "mime/mime_srs.h"
#include "store/store_route_priv.h"

#include <stdlib.h>
#include <string.h>

void
store_dests_fini(struct store_dests *d)
{
	free(d->dest);
	free(d->remote);
	*d = (struct store_dests)STORE_DESTS_INIT;
}

unsigned
store_dests_count(const struct store_dests *d)
{
	return d->n + d->nremotes;
}

/* Room for one more element in one of the lists. */
static enum err
make_room(
    const struct walk *w, unsigned n, unsigned *cap, void *list, size_t size)
{
	unsigned count = store_dests_count(w->out);
	unsigned grown = *cap == 0 ? 4 : *cap * 2;
	void *p;

	if (count >= STORE_DESTS_MAX || count - w->before >= STORE_ROUTE_MAX)
		return ERR_LIMIT;
	if (n < *cap)
		return ERR_OK;
	memcpy(&p, list, sizeof p);
	if ((p = realloc(p, grown * size)) == NULL)
		return ERR_RETRY;
	memcpy(list, &p, sizeof p);
	*cap = grown;
	return ERR_OK;
}

static bool
has_mailbox(const struct store_dests *d, uint64_t mailbox)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->dest[i].mailbox == mailbox)
			return true;
	return false;
}

enum err
store_walk_mailbox(
    struct walk *w, uint64_t account, const struct store_account *a)
{
	struct store_dests *out = w->out;
	struct store_dest *d;
	enum err e;

	w->reached = true;
	if (has_mailbox(out, a->mailbox))
		return ERR_OK;
	e = make_room(w, out->n, &out->cap, &out->dest, sizeof *out->dest);
	if (e != ERR_OK)
		return e;
	d = &out->dest[out->n++];
	*d = (struct store_dest){
	    account, a->mailbox, a->quota, (uint16_t)a->name.len, ""};
	memcpy(d->name, a->name.p, a->name.len);
	return ERR_OK;
}

/* --- elsewhere ---------------------------------------------------------- */

static struct store_remote *
find_remote(const struct store_dests *d, const struct mime_addr *addr)
{
	for (unsigned i = 0; i < d->nremotes; i++)
		if (d->remote[i].addr.len == addr->len &&
		    slice_eq(mime_addr_slice(&d->remote[i].addr),
			mime_addr_slice(addr)))
			return &d->remote[i];
	return NULL;
}

/* Has the mail been at this address before? */
static bool
is_loop(const struct store_route_how *how, const struct mime_addr *via)
{
	struct slice rest = how->loops, line;

	while (via->len > 0 && rest.len > 0) {
		slice_cut(&rest, '\n', &line);
		if (slice_eq_nocase(line, mime_addr_slice(via)))
			return true;
	}
	return false;
}

/* The envelope sender when it has to be rewritten. */
static bool
foreign_sender(struct walk *w, struct mime_addr *out, enum err *e)
{
	*e = ERR_OK;
	if (!w->conf->srs.on || w->how->srs_key == NULL ||
	    w->how->from.len == 0 ||
	    mime_addr_parse(w->how->from, out) != ERR_OK)
		return false;
	*e = store_walk_get(w, STORE_DOMAIN, mime_addr_domain(out));
	if (*e != ERR_NOENT)
		return false;
	*e = ERR_OK;
	return true;
}

/* One that does not fit an address stays as it is. */
static enum err
rewrite_sender(struct walk *w, struct store_remote *r)
{
	struct slice domain = slice_str(w->conf->srs.domain);
	struct mime_addr sender;
	enum err e;

	if (r->via.len == 0 || !foreign_sender(w, &sender, &e))
		return r->via.len == 0 ? ERR_OK : e;
	if (domain.len == 0)
		domain = mime_addr_domain(&r->via);
	if (mime_srs_forward(w->how->srs_key, w->how->day, &sender, domain,
		&r->sender) != ERR_OK)
		r->sender.len = 0;
	return ERR_OK;
}

enum err
store_walk_remote(struct walk *w, const struct mime_addr *addr,
    const struct mime_addr *via, uint64_t account)
{
	struct store_dests *out = w->out;
	struct store_remote *r = find_remote(out, addr);
	bool looped = is_loop(w->how, via);
	enum err e;

	w->reached = true;
	if (w->owners || (r != NULL && (!r->looped || looped)))
		return ERR_OK;
	if (r == NULL) {
		e = make_room(w, out->nremotes, &out->remotes_cap, &out->remote,
		    sizeof *out->remote);
		if (e != ERR_OK)
			return e;
		r = &out->remote[out->nremotes++];
	}
	memset(r, 0, sizeof *r);
	r->addr = *addr;
	r->via = *via;
	r->account = account;
	r->looped = looped;
	return rewrite_sender(w, r);
}

/* --- and back ----------------------------------------------------------- */

enum err
store_walk_srs(
    struct walk *w, const struct mime_addr *addr, struct mime_addr *out)
{
	enum err e;

	if (w->how->srs_key == NULL)
		return ERR_NOENT;
	e = mime_srs_reverse(w->how->srs_key, w->how->day, addr, out);
	return e == ERR_OK || e == ERR_NOENT ? e : ERR_DENIED;
}
