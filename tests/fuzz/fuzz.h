#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H
/* What the harnesses share. How to add one: tests/fuzz/local.mk. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The one function of a harness; returns 0. data is NULL or size octets. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant, checked in every build; the input is kept when it fails. */
#define FUZZ_CHECK(cond)                                                       \
	do {                                                                   \
		if (!(cond)) {                                                 \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__,       \
			    __LINE__, #cond);                                  \
			abort();                                               \
		}                                                              \
	} while (0)

/* xorshift: the same numbers from the same seed, on every machine */
static inline uint32_t
fuzz_rand(uint32_t *state)
{
	uint32_t x = *state != 0 ? *state : 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

#endif
