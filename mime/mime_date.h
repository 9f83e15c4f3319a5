#ifndef MIME_DATE_H
#define MIME_DATE_H
/* Dates as text and back. Pure. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/*
 * Append an RFC 5322 date in UTC: "Mon, 23 Nov 2026 14:21:00 +0000".
 * us: microseconds since 1970, any value up to the year 9999.
 */
void mime_date_add(struct buf *b, uint64_t us);
/* Append RFC 3339 in UTC, seconds: "2026-11-23T14:21:00Z". */
void mime_date_add_rfc3339(struct buf *b, uint64_t us);
/* RFC 3339 with any offset, or "2026-11-23", or "2026-11-23 14:21[:00]" (UTC)
 */
enum err mime_date_parse_rfc3339(struct slice s, uint64_t *us_out);
/* RFC 5322 dates, obsolete forms and zones too; asctime as in mbox From lines
 */
enum err mime_date_parse(struct slice s, uint64_t *us_out);

#endif
