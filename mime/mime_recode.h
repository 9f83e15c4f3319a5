#ifndef MIME_RECODE_H
#define MIME_RECODE_H
/*
 * A message of 8-bit parts made 7-bit (RFC 6152 section 3), part by part, so
 * that it decodes to the same octets and structure: text that is mostly ASCII
 * as quoted-printable, all else as base64. Linear time, no files, no memory but
 * out's.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>

/* Has the text a line of more than 998 octets (RFC 5322 section 2.1.1)? */
bool mime_long_lines(struct slice text);

/* Has the text octets over 127? In the header, in the body? */
void mime_eight(struct slice message, bool *header, bool *body);

/*
 * Append message, recoded. Parts that are 7-bit already stay as they are, octet
 * for octet, so do header fields that need not change. Octets over 127 around
 * parts, where nobody reads, become '?'. A part with lines that are too long is
 * encoded as well, unless it is signed, encrypted or encoded already. out is as
 * it was on error.
 *
 * DENIED: a signed or encrypted part (multipart/signed, S/MIME) holds 8-bit
 * octets and must not be touched. UNSUPPORTED: a header is 8-bit; so is what is
 * encoded already; or readers would differ about the parts (see mime_part.h),
 * or they are nested too deep. TOOBIG: no room in out.
 */
enum err mime_recode_7bit(struct slice message, struct buf *out);

#endif
