#ifndef STORE_MEM_MEM_PRIV_H
#define STORE_MEM_MEM_PRIV_H
/* What the files of store/mem share among themselves. */
#include "base/list.h"
#include "base/map.h"
#include "store/mem/store_mem.h"
#include "store/store_lease.h"
#include "store/store_reserve.h"
#include "store/store_route.h"

#include <pthread.h>

struct mem_rule { /* how operations of one kind fare */
	unsigned delay_ms, count;
	unsigned fail; /* so many more end with err */
	enum err err;
	bool done;
};

struct mem_record {
	enum store_kind kind;
	uint64_t version;
	struct buf key, value;
};

struct mem_body { /* one message, however many mailboxes have it */
	struct buf octets;
	unsigned refs;
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
	uint64_t last_id, version;
	uint32_t node;
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

#endif
