#ifndef CONF_CONF_TEXT_H
#define CONF_CONF_TEXT_H
/* A configuration file as text, before its grammar is looked at. */
#include "base/buf.h"
#include "base/err.h"

enum { CONF_FILE_MAX = 1024 * 1024 };

/* Append the file's contents; errno says why when the result is ERR_IO.
 * ERR_TOOBIG: over the ceiling of out. */
enum err conf_text_read(const char *path, struct buf *out);
/*
 * Make the text fit for libconfuse, line for line: comments become spaces
 * (libconfuse 3.3 counts the line of a comment three times). false, with the
 * line and what is wrong, for octets that no configuration holds: NUL, other
 * controls, and ${...}, which libconfuse would replace from the environment.
 */
bool conf_text_clean(
    struct buf *text, unsigned *line_out, const char **why_out);

#endif
