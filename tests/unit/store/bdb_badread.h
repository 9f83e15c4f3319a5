#ifndef TESTS_UNIT_STORE_BDB_BADREAD_H
#define TESTS_UNIT_STORE_BDB_BADREAD_H
/*
 * Reads below Berkeley DB that fail. What is in the cache is not read: close
 * the store and open it again before.
 */
#include <sys/types.h>

/* From now on, of this file of the store: the page at this offset, or, with 0,
 * all but the first, which is read to open it. */
void badread(const char *file, off_t at);
/* No more; how many have failed. */
unsigned badread_end(void);

#endif
