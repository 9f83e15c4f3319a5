/* Wiping, constant-time compare, random octets. */
#include "base/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
secret_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

/* volatile: the compiler must not learn that it could stop early */
bool
secret_eq(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char differ = 0;

	for (size_t i = 0; i < n; i++)
		differ = (unsigned char)(differ | (x[i] ^ y[i]));
	return differ == 0;
}

/* No fall-back: a guessable ticket is worse than a role that restarts. */
void
secret_random(void *p, size_t n)
{
	unsigned char *next = p;
	ssize_t got;

	while (n > 0) {
		got = getrandom(next, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		next += got;
		n -= (size_t)got;
	}
}
