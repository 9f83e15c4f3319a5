#ifndef STORE_STORE_ROUTE_H
#define STORE_STORE_ROUTE_H
/*
 * From an address to mailboxes: name, subaddress, alias lists within lists,
 * catch-all, postmaster. Loop-proof, without duplicates, bounded. The records
 * come through `get`, so that a reader thread, the writer inside its
 * transaction and the memory backend use the same rules. Pure but for `get`.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "store/store_record.h"

#include <stdint.h>

enum { STORE_ROUTE_MAX = 1000, STORE_ROUTE_DEPTH = 16 };

struct store_getter {
	/* append the record's value to out (reset by the caller); NOENT */
	enum err (*get)(
	    void *ctx, enum store_kind kind, struct slice key, struct buf *out);
	void *ctx;
	/* append the key of the first DOMAIN; NOENT; may be NULL. Asked only
	 * for a <postmaster> without domain, see store_route. */
	enum err (*first_domain)(void *ctx, struct buf *out);
};

struct store_dest {
	uint64_t account, mailbox, quota;
	uint16_t name_len; /* canonical name of the account */
	char name[326];
};
struct store_dests {
	struct store_dest *dest; /* grows by malloc */
	unsigned n, cap;
};
void store_dests_fini(struct store_dests *d);

/*
 * What an address leads to, in this order: the name as it is; without its
 * subaddress; the catch-all of its domain; for postmaster, what conf.postmaster
 * says: an address, or a local part at the same domain. A bare "postmaster"
 * (RFC 5321, section 4.5.1) is conf.postmaster; when that is a local part, at
 * the first of hostname, its parent domains and the first of all domains under
 * which it leads somewhere.
 *
 * A member of an alias that does not exist any more is left out, as long as
 * others remain; one that is not local refuses the whole alias, since leaving
 * it out would lose its mail in silence. A suspended account gets its mail.
 *
 * Append where addr leads, leaving out mailboxes that are in *out already.
 * NOENT: no such user; DENIED: not a local domain; LIMIT: more than
 * STORE_ROUTE_MAX; CORRUPT, RETRY. *out may have grown on error.
 */
enum err store_route(const struct store_getter *g, const struct conf *conf,
    struct slice addr, struct store_dests *out);

/*
 * May account send as addr? Its own name, an alias that leads to it (however
 * deep), a subaddress of those, or an address of a catch-all that leads to it.
 * OK or DENIED.
 */
enum err store_route_sender(const struct store_getter *g,
    const struct conf *conf, uint64_t account, struct slice addr);

#endif
