#ifndef TESTS_UNIT_STORE_CALLS_H
#define TESTS_UNIT_STORE_CALLS_H
/* A store, what a front process has of it, and requests that note how they
 * ended. */
#include "tests/unit/store/rig.h"

struct calls { /* a store, and what a front process would have of it */
	struct rig r;
	struct rig_peer auth;
	struct store_call *c;
	bool lost;
};

struct calls_plain {
	union {
		struct store_req r;
		struct store_deliver_req d; /* begins with one */
	};
	bool done;
	enum err err;
};

struct calls_resolve {
	struct store_resolve_req q;
	bool done;
	enum err err;
};

struct calls_spill {
	struct store_spill_req q;
	bool done;
	enum err err;
};

struct calls_open {
	struct store_open_req q;
	struct calls *t;
	unsigned rows, pages;
	bool done, cancel;
	enum err err;
};

struct calls_reads {
	struct store_read_req q;
	struct calls *t;
	unsigned bodies;
	uint64_t octets;
	bool done, cancel;
	enum err err, body_err;
};

void calls_begin(struct calls *t, enum role role);
void calls_end(struct calls *t);
/* The store process dies and is started again; its data stays. */
void calls_kill_store(struct calls *t);
void calls_come_back(struct calls *t, enum role role);
void calls_on_lost(void *ctx);
void calls_plain_done(struct store_req *r, enum err e);
enum err calls_wait_plain(struct calls *t, struct calls_plain *p);
void calls_resolve_done(struct store_req *r, enum err e);
void calls_resolve(
    struct calls *t, struct calls_resolve *p, uint64_t tx, const char *addr);
void calls_spill_done(struct store_req *r, enum err e);
void calls_open_box(
    struct calls *t, struct calls_open *o, const struct msg_ticket *ticket);
void calls_read_ids(struct calls *t, struct calls_reads *p, uint64_t lease,
    const struct mail_id *ids, unsigned n);
void calls_deliver(struct calls *t, struct calls_plain *p, const char *text,
    struct mail_id *id);
/* A front that serves mail, in a store with n messages for alice. */
void calls_begin_pop3(
    struct calls *t, struct mail_id *ids, unsigned n, struct calls_open *o);

#endif
