#ifndef BASE_SECRET_H
#define BASE_SECRET_H
/* Secrets: wiping, constant-time compare, random octets. */
#include <stdbool.h>
#include <stddef.h>

/* Overwrite n octets so that no compiler drops it; p may be NULL when n is 0 */
void secret_wipe(void *p, size_t n);
/* Equal? Time depends on n only. */
bool secret_eq(const void *a, const void *b, size_t n);
/* n random octets from the kernel (getrandom); aborts if there are none. */
void secret_random(void *p, size_t n);

#endif
