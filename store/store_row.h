#ifndef STORE_STORE_ROW_H
#define STORE_STORE_ROW_H
/*
 * Rows of a mailbox listing: {id 16, octets u64 be, flags u8, uidl_len u8,
 * uidl}. Pure and quick: 200,000 of them are read at a login.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "proc/mail_id.h"

#include <stdint.h>

enum { STORE_ROW_UTF8 = 1 }; /* came with SMTPUTF8 (RFC 6856) */

struct store_row {
	struct mail_id id;
	uint64_t octets; /* exactly what RETR sends, without dot-stuffing */
	unsigned flags;
	struct slice uidl; /* empty: the id in hex */
};
void store_row_add(struct buf *b, const struct store_row *r);
/* ERR_NOENT at the end, ERR_PROTO when malformed */
enum err store_row_next(struct slice *rows, struct store_row *out);

#endif
