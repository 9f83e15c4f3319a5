#ifndef MIME_LIST_H
#define MIME_LIST_H
/*
 * Lists of addresses as header fields have them (RFC 5322 section 3.4): names,
 * comments, groups, quotes, source routes; the obsolete forms, too. Pure.
 */
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>

enum { MIME_LIST_ADDR_MAX = 1000 };

/*
 * Take the next address off *list: without name, comments and blanks, as
 * "local@domain", or "local" when it has no domain. false at the end. What
 * stands between two commas and is no address comes as it is, for the caller to
 * refuse; ceiling of out: MIME_LIST_ADDR_MAX.
 */
bool mime_list_next(struct slice *list, struct buf *out);

#endif
