#ifndef TESTS_UNIT_MIME_GMIME_VIEW_H
#define TESTS_UNIT_MIME_GMIME_VIEW_H
/*
 * A message as GMime sees it, in a text that can be compared: one line a part
 * with its type and place, then the octets of leaves decoded.
 */
#include "base/buf.h"
#include "base/slice.h"

void gmime_view(struct slice message, struct buf *out);

#endif
