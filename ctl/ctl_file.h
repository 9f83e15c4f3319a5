#ifndef CTL_CTL_FILE_H
#define CTL_CTL_FILE_H
/* Files that commands read and write; "-" is standard input or output. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* All of it, at most what b takes. Prints what is wrong. */
int ctl_file_read(const char *path, struct buf *b);
/* Replace path as a whole, or not at all: a file beside it, then rename. */
int ctl_file_write(const char *path, struct slice contents, unsigned mode);

#endif
