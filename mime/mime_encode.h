#ifndef MIME_MIME_ENCODE_H
#define MIME_MIME_ENCODE_H
/*
 * The content of a part, encoded (RFC 2045 section 6). The only user of GMime,
 * and of its encoders alone, which need no initialisation and open no files.
 */
#include "base/buf.h"
#include "base/slice.h"

enum mime_encoding { MIME_QUOTED_PRINTABLE, MIME_BASE64 };

/*
 * Append content in lines of at most 76 octets. A CRLF at its end is one in
 * quoted-printable, too; there is none at the end of anything else, so that it
 * can be put in front of a boundary. Quoted-printable is for text: a bare LF
 * would become CRLF.
 */
void mime_encode(struct buf *out, struct slice content, enum mime_encoding how);

#endif
