#ifndef TESTS_UNIT_STORE_BDB_FIXTURE_H
#define TESTS_UNIT_STORE_BDB_FIXTURE_H
/*
 * A store in a folder of its own under TMPDIR, and its operations as calls that
 * wait. Failures to set up end the program: no test could go on.
 */
#include "conf/conf.h"
#include "net/net_loop.h"
#include "store/store.h"
#include "store/store_rcpt.h"
#include "store/store_row.h"

#include <stdbool.h>
#include <stdint.h>

struct fix {
	struct conf conf;
	struct net_loop *loop;
	struct store *st;
	const struct store_ops *ops;
	struct mail_id_maker maker;
	uint64_t tx;
};

/* A new folder, defaults; not open yet. */
void fix_init(struct fix *f);
/* Close if open, remove the folder. */
void fix_fini(struct fix *f);
void fix_remove(const char *dir);
void fix_open(struct fix *f);
void fix_close(struct fix *f);
/* Turn the loop until op has been answered. */
enum err fix_wait(struct fix *f, const struct store_op *op);
/* For operations submitted by the test: op.done */
void fix_done(struct store_op *op, enum err e);

enum err fix_get(struct fix *f, enum store_kind k, struct slice key,
    struct buf *value, uint64_t *version);
enum err fix_commit(
    struct fix *f, const struct store_change *c, unsigned n, unsigned *failed);
/* A domain, and an account with name and mailbox of the number `id`. */
void fix_domain(struct fix *f, const char *domain);
void fix_user(struct fix *f, uint64_t id, const char *addr, uint64_t quota);
void fix_alias(struct fix *f, const char *addr, const char *targets);

enum err fix_resolve(struct fix *f, uint64_t tx, const char *addr,
    uint64_t size, unsigned *mailboxes);
/* Ready to be submitted; rcpts must last. */
struct store_deliver fix_mail(
    struct fix *f, struct buf *rcpts, const char *to, struct slice body);
/* addrs separated by spaces; id may be NULL */
enum err fix_deliver(
    struct fix *f, const char *to, struct slice body, struct mail_id *id);
enum err fix_lease(struct fix *f, uint64_t mailbox, uint64_t *lease);
/* all rows; returns their number */
unsigned fix_list(struct fix *f, uint64_t mailbox, struct buf *rows);
unsigned fix_count(struct fix *f, uint64_t mailbox);
enum err fix_read(struct fix *f, uint64_t mailbox, const struct mail_id *id,
    uint64_t offset, uint32_t max, struct buf *out, uint64_t *total);
enum err fix_expunge(struct fix *f, uint64_t mailbox, uint64_t lease,
    const struct mail_id *ids, unsigned n, unsigned *removed);
struct store_total fix_total(struct fix *f, uint64_t mailbox);
/* how many problems; each is a line in *problems */
uint64_t fix_verify(struct fix *f, struct buf *problems);

#endif
