/* The sum of log records is the library's, and is used by it. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <stdlib.h>

typedef uint32_t sum_fn(DB *db, const void *key, uint32_t len);
sum_fn ours __asm__("__ham_func4");

enum { MAX = 5000 };

static sum_fn *
of_library(void)
{
	sum_fn *fn;

	*(void **)&fn = dlsym(RTLD_NEXT, "__ham_func4");
	return fn;
}

TEST(libsum_is_installed)
{
	OK(bdb_libsum_install());
	OK(of_library() != NULL);
	OK(of_library() != ours);
}

/* All lengths, from places of any alignment, with the largest octets too. */
TEST(libsum_is_the_same)
{
	uint8_t *p = malloc(MAX + 8);
	sum_fn *theirs = of_library();

	if (!OK(p != NULL && theirs != NULL))
		return;
	for (uint32_t i = 0; i < MAX + 8; i++)
		p[i] = (uint8_t)(i % 7 == 0 ? 0xff : i * 2654435761u >> 24);
	for (uint32_t len = 0; len <= MAX; len++)
		EQ_INT(ours(NULL, p + len % 8, len),
		    theirs(NULL, p + len % 8, len));
	for (uint32_t i = 0; i < MAX + 8; i++)
		p[i] = 0xff;
	for (uint32_t len = 0; len < 300; len++)
		EQ_INT(ours(NULL, p, len), theirs(NULL, p, len));
	free(p);
}
