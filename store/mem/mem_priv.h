#ifndef STORE_MEM_MEM_PRIV_H
#define STORE_MEM_MEM_PRIV_H
/* What the files of store/mem share among themselves. */
#include "base/list.h"
#include "base/map.h"
#include "mime/mime_srs.h"
#include "store/mem/store_mem.h"
#include "store/store_lease.h"
#include "store/store_plan.h"
#include "store/store_rcpt.h"
#include "store/store_reserve.h"
#include "store/store_route.h"

#include <pthread.h>

struct mem_rule { /* how operations of one kind fare */
	unsigned delay_ms, count;
	unsigned fail; /* so many more end with err */
	enum err err;
	bool done, hold;
	unsigned pass; /* so many although held */
};

struct mem_record {
	enum store_kind kind;
	uint64_t version;
	struct buf key, value;
};

struct mem_body { /* one message, however many mailboxes have it */
	struct buf octets;
	unsigned refs;
	bool damaged; /* for the queue */
};

struct mem_row { /* one message in one mailbox */
	struct mail_id id;
	struct mem_body *body;
	struct buf prefix, uidl;
	unsigned flags;
	bool damaged;
	uint64_t gone_us; /* 0: it is there */
};

struct mem_box {
	struct map_node by_mailbox;
	uint64_t mailbox, last_open_us;
	struct mem_row **row; /* by id */
	size_t n, cap;
};

struct mem_mail { /* a message in the queue */
	struct map_node by_id;
	struct mail_id id;
	struct mem_body *body;
	struct buf envelope; /* encoded */
};

struct mem_out { /* one recipient of it */
	struct store_out_key key;
	struct buf record; /* encoded */
	uint64_t was_due_us;
};

struct mem_trail {
	struct list_node node;
	struct mail_id id;
	uint64_t us;
	struct buf record; /* encoded */
	struct buf words;  /* by which it is found, each ended by '\n' */
};

struct mem_sent { /* what an account has sent in this hour */
	struct map_node by_account;
	uint64_t account, hour;
	uint32_t messages, rcpts;
	bool told;
};

struct mem_queue {
	struct map mails, sent;
	struct mem_out **out; /* by key */
	size_t n, cap;
	struct list trail; /* in order of time */
	void (*due)(void *ctx, uint64_t dest, uint64_t us);
	void *due_ctx;
};

/* A recipient that is being looked at, taken apart; slices are borrowed. */
struct mem_letter {
	struct mem_mail *mail;
	struct mem_out *rcpt;
	struct store_envelope env;
	struct store_out out;
};

struct mem_backup {              /* runs in a thread of its own */
	struct store_backup *op; /* NULL: none under way */
	struct net_wake *wake;
	pthread_t thread;
	struct buf all; /* what is copied */
	enum err err;
};

struct store {
	struct net_loop *loop;
	const struct conf *conf;
	struct net_timer timer;
	struct net_later later;
	struct list waiting; /* of struct store_op, in order of arrival */
	struct mem_rule rule[STORE_MEM_KINDS];
	bool full, hang;
	void (*broken)(void *ctx);
	void *broken_ctx;
	struct mem_record **record; /* by kind and key */
	size_t records, records_cap;
	struct map boxes;
	struct store_leases leases;
	struct store_reserve reserve;
	struct store_getter getter;
	struct mem_backup backup;
	struct mem_queue queue;
	uint64_t last_id, version;
	uint32_t node;
	uint64_t floor_us; /* of ids */
};

/* Each does one operation at once and returns its result. */
enum err mem_get(struct store *s, struct store_get *op);
enum err mem_scan(struct store *s, struct store_scan *op);
enum err mem_commit(struct store *s, struct store_commit *op);
enum err mem_resolve(struct store *s, struct store_resolve *op);
enum err mem_sender(struct store *s, struct store_sender *op);
enum err mem_deliver(struct store *s, struct store_deliver *op);
enum err mem_spill(struct store *s, struct store_spill *op);
enum err mem_list(struct store *s, struct store_list *op);
enum err mem_read(struct store *s, struct store_read *op);
enum err mem_expunge(struct store *s, struct store_expunge *op);
enum err mem_total(struct store *s, struct store_total *op);
enum err mem_touch(struct store *s, struct store_touch *op);
enum err mem_gone(struct store *s, struct store_gone *op);
enum err mem_undelete(struct store *s, struct store_undelete *op);
enum err mem_purge(struct store *s, struct store_purge *op);
enum err mem_verify(struct store *s, struct store_verify *op);
enum err mem_take(struct store *s, struct store_take *op);
enum err mem_doubt(struct store *s, struct store_doubt *op);
enum err mem_settle(struct store *s, struct store_settle *op);
enum err mem_queue_read(struct store *s, struct store_queue_read *op);
enum err mem_queue_list(struct store *s, struct store_queue_list *op);
enum err mem_edit(struct store *s, struct store_edit *op);
enum err mem_trail(struct store *s, struct store_trail_list *op);

/* The backup calls done itself, when its thread has ended. */
enum err mem_backup_init(struct store *s);
void mem_backup_start(struct store *s, struct store_backup *op);
void mem_backup_fini(struct store *s);

void mem_dir_init(struct store *s);
void mem_dir_fini(struct store *s);
/* Octets of the messages that are there, with their prefixes. */
void mem_box_count(const struct mem_box *b, bool gone, uint64_t *count_out,
    uint64_t *octets_out);
/* NULL when no message was ever delivered to it (make: and out of memory). */
struct mem_box *mem_box_get(struct store *s, uint64_t mailbox, bool make);
void mem_box_fini(struct store *s);
struct mem_row *mem_box_find(const struct mem_box *b, const struct mail_id *id);
/* Take the row over; false when out of memory, or there is one by this id. */
bool mem_box_add(struct mem_box *b, struct mem_row *r);
void mem_row_free(struct mem_row *r);
uint64_t mem_row_octets(const struct mem_row *r);
void mem_body_unref(struct mem_body *b);

/* --- mem_deliver.c --- */

/* What senders are rewritten with: known, so that tests can make some. */
extern const uint8_t mem_srs_key[MIME_SRS_KEY];

/* Into all of the plan. */
enum err mem_deliver_plan(struct store *s, struct store_deliver *op,
    struct mem_body *body, struct store_plan *p);

/* --- mem_receive.c --- */

/* What outlives a delivery: the trail, and recipients in the queue. */
enum err mem_receive(struct store *s, struct store_deliver *op,
    struct mem_body *body, struct store_plan *p);

/* --- mem_queue.c --- */

void mem_queue_init(struct store *s);
void mem_queue_fini(struct store *s);
/* Index of the first record that is not before this key. */
size_t mem_out_index(const struct store *s, const struct store_out_key *k);
/* NOENT; CORRUPT cannot be */
enum err mem_letter_open(
    struct store *s, const struct store_out_key *k, struct mem_letter *l);
/* Instead of l->out. */
enum err mem_letter_put(
    struct store *s, struct mem_letter *l, const struct store_out *new);
/* Not any more; the message goes with its last recipient. */
void mem_letter_drop(struct store *s, struct mem_letter *l);
struct mem_mail *mem_mail_find(struct store *s, const struct mail_id *id);
struct mem_mail *mem_mail_add(
    struct store *s, const struct mail_id *id, struct mem_body *body);
enum err mem_mail_put(struct mem_mail *m, const struct store_envelope *env);
enum err mem_out_add(
    struct store *s, const struct store_out_key *k, const struct store_out *o);
uint64_t mem_out_dest(const struct store_out *o);
/* DUE, or REPORT when there is something to report */
enum store_out_state mem_out_ready(const struct store_out *o);

/* --- mem_trail.c --- */

/* words may be empty */
enum err mem_trail_add(struct store *s, const struct mail_id *id,
    const struct store_trail *t, struct slice words);
bool mem_trail_has(const struct store *s, const struct mail_id *id);
void mem_trail_fini(struct store *s);

/* The account record, into *value, taken apart. */
enum err mem_account(struct store *s, uint64_t account, struct buf *value,
    struct store_account *out);

#endif
