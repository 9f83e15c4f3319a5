#ifndef POP3_POP3_DROP_H
#define POP3_POP3_DROP_H
/*
 * The maildrop of a session: its messages, numbered from 1, as they were at
 * login (RFC 1939 section 3), and which of them are marked. 24 octets a
 * message; nothing here talks to the store.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "proc/mail_id.h"

#include <stdbool.h>
#include <stdint.h>

struct pop3_msg {
	struct mail_id id;
	uint32_t octets;
	uint32_t uidl : 31; /* 1 + offset into uidls; 0: the id in hex */
	uint32_t marked : 1;
};
struct pop3_drop {
	struct pop3_msg *msg;
	uint32_t count, room;
	uint32_t marked; /* messages */
	uint64_t octets; /* of all messages */
	uint64_t octets_marked;
	struct buf uidls; /* those that came from elsewhere: length, text */
};

void pop3_drop_init(struct pop3_drop *d);
void pop3_drop_fini(struct pop3_drop *d);
/* Append a page of rows (store/store_row.h). PROTO, NOMEM, TOOBIG. */
enum err pop3_drop_add(struct pop3_drop *d, struct slice rows);
/* All rows are there: give spare memory back. */
void pop3_drop_loaded(struct pop3_drop *d);
/*
 * The message of a command's argument: a number from 1, not marked. NULL: no
 * such message (whatever is wrong with it).
 */
struct pop3_msg *pop3_drop_find(const struct pop3_drop *d, struct slice number);
/* Its number. */
uint32_t pop3_drop_number(const struct pop3_drop *d, const struct pop3_msg *m);
void pop3_drop_mark(struct pop3_drop *d, struct pop3_msg *m);
void pop3_drop_unmark_all(struct pop3_drop *d);
/* Append the unique id (RFC 1939 section 7). */
void pop3_drop_add_uidl(
    const struct pop3_drop *d, const struct pop3_msg *m, struct buf *out);
/* new array of the marked ids, d->marked of them; NULL: out of memory */
struct mail_id *pop3_drop_marked(const struct pop3_drop *d);

#endif
