#ifndef MIME_DOMAIN_H
#define MIME_DOMAIN_H
/*
 * Domains and address literals in canonical form, for mime_addr.c. What others
 * need of it is mime_addr_parse_domain().
 */
#include "base/err.h"
#include "base/slice.h"
#include "mime/mime_addr.h"

#include <stdbool.h>
#include <stddef.h>

/* How many octets at the start of in can belong to a domain or literal. */
size_t mime_domain_run(struct slice in);
/*
 * Write all of s, a domain or (allow_literal) an address literal, in canonical
 * form to out, without a NUL; *len_out becomes its length.
 *
 * ERR_SYNTAX, ERR_TOOBIG, ERR_UNSUPPORTED (UTF-8 without allow_utf8) and
 * ERR_NOMEM as in mime_addr.h; out may then hold anything.
 */
enum err mime_domain_put(struct slice s, bool allow_literal, bool allow_utf8,
    char out[MIME_DOMAIN_MAX], size_t *len_out);

#endif
