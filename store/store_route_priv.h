#ifndef STORE_STORE_ROUTE_PRIV_H
#define STORE_STORE_ROUTE_PRIV_H
/* What the files store_route*.c share among themselves. */
#include "base/list.h"
#include "base/map.h"
#include "store/store_route.h"

/* One address being followed to where it leads. */
struct walk {
	const struct store_getter *get;
	const struct conf *conf;
	const struct store_route_how *how;
	struct store_dests *out;
	bool owners;      /* accounts only, whatever they forward */
	bool reached;     /* something, whether or not it was in *out before */
	unsigned before;  /* how many *out had */
	struct buf value; /* the record being looked at */
	struct map seen;
	struct list todo, done;
};

/* Follow one address, or several that are each ended by '\n' as if an alias
 * had them. */
enum err store_walk(struct walk *w, struct slice addr);
enum err store_walk_all(struct walk *w, struct slice addrs);
/* The record, into w->value. */
enum err store_walk_get(struct walk *w, enum store_kind kind, struct slice key);

/* --- store_route_out.c -------------------------------------------------- */

/* An account that w->value holds joins the mailboxes. */
enum err store_walk_mailbox(
    struct walk *w, uint64_t account, const struct store_account *a);
/* An address of no local domain joins the remote ones. via: who forwarded it,
 * or an empty address; account: whose forward it is, or 0. */
enum err store_walk_remote(struct walk *w, const struct mime_addr *addr,
    const struct mime_addr *via, uint64_t account);
/* Is addr a rewritten sender of ours? OK: *out is where it leads; DENIED: it
 * looks like one, and is none or too old; NOENT: it does not look like one. */
enum err store_walk_srs(
    struct walk *w, const struct mime_addr *addr, struct mime_addr *out);

#endif
