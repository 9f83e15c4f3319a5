#ifndef STORE_STORE_ROUTE_H
#define STORE_STORE_ROUTE_H
/*
 * From an address to mailboxes and to addresses elsewhere: name, subaddress,
 * alias lists within lists, forwards of accounts, catch-all, postmaster,
 * senders that were rewritten (mime_srs.h). Loop-proof, without duplicates,
 * bounded. The records come through `get`, so that a reader thread, the writer
 * inside its transaction and the memory backend use the same rules. Pure but
 * for `get`.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "mime/mime_addr.h"
#include "store/store_record.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	STORE_ROUTE_MAX = 1000, /* that one address leads to */
	STORE_ROUTE_DEPTH = 16,
	STORE_DESTS_MAX = 16000 /* of a message; twice the most recipients */
};

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
/* An address elsewhere. */
struct store_remote {
	struct mime_addr addr;
	struct mime_addr via; /* the local address that forwarded, in front of
				 the copy as Delivered-To; empty: nobody did */
	struct mime_addr
	    sender;       /* rewritten envelope sender; empty: as it is */
	uint64_t account; /* whose forward it is; 0: no account's */
	bool looped;      /* via is in how->loops: must not go out */
};
struct store_dests {
	struct store_dest *dest; /* grows by malloc */
	unsigned n, cap;
	struct store_remote *remote; /* as well */
	unsigned nremotes, remotes_cap;
};
#define STORE_DESTS_INIT                                                       \
	{                                                                      \
		NULL, 0, 0, NULL, 0, 0                                         \
	}
void store_dests_fini(struct store_dests *d);
/* In both lists. */
unsigned store_dests_count(const struct store_dests *d);

/* What is known of the mail whose way is asked for; all may be empty. */
struct store_route_how {
	bool relay;  /* addresses of other domains are taken */
	bool report; /* it is one of ours: not for our own host name */
	struct slice
	    from; /* envelope sender; empty: null path, not rewritten */
	struct slice loops; /* addresses in Delivered-To fields, each ended by
			       '\n' */
	const uint8_t *srs_key; /* MIME_SRS_KEY octets; NULL: no sender is
				   rewritten, and none leads back */
	uint64_t day;           /* since 1970 */
};

/*
 * What an address leads to, in this order: the name as it is; a rewritten
 * sender of ours, back to the address it was made of; without its subaddress;
 * the catch-all of its domain; for postmaster, what conf.postmaster says: an
 * address, or a local part at the same domain. A bare "postmaster" (RFC 5321,
 * section 4.5.1) is conf.postmaster; when that is a local part, at the first of
 * hostname, its parent domains and the first of all domains under which it
 * leads somewhere.
 *
 * An account leads to its mailbox, or to the targets of its forward, and to the
 * mailbox besides when a copy is kept or its own name is among the targets. One
 * that is suspended forwards nothing and gets its mail.
 *
 * An address that is not of a local domain is a remote one: taken with relay,
 * or as member of an alias or forward, whoever sends. A report of ours is not
 * sent to conf.hostname: programs of this machine have that as their sender,
 * and whoever takes it for us would bring it back. A member that does not exist
 * any more is left out, as long as others remain. The sender of what is
 * forwarded is rewritten when conf.srs.on, unless it is null or of a local
 * domain.
 *
 * Append where addr leads, leaving out mailboxes and remote addresses that are
 * in *out already. how may be NULL: nothing is known.
 * NOENT: no such user, or a rewritten sender that is forged or too old; DENIED:
 * not a local domain; LIMIT: more than STORE_ROUTE_MAX that were not in *out,
 * or more than STORE_DESTS_MAX in all, in both lists; CORRUPT, RETRY. *out may
 * have grown on error.
 */
enum err store_route(const struct store_getter *g, const struct conf *conf,
    const struct store_route_how *how, struct slice addr,
    struct store_dests *out);

/*
 * May account send as addr? Its own name, an alias that leads to it (however
 * deep), a subaddress of those, or an address of a catch-all that leads to it.
 * Forwards of accounts are not followed: who gets mail by one may not send as
 * the one who forwards, and who forwards all of it still may. Besides, as
 * whatever those may who name it among their delegates: by its name, by an
 * alias that leads to it, or by "@domain" of its name; not as a delegate of
 * their own, nor while they are suspended. OK, DENIED or RETRY.
 */
enum err store_route_sender(const struct store_getter *g,
    const struct conf *conf, uint64_t account, struct slice addr);

#endif
