/* Names of the roles. */
#include "proc/role.h"

#include <stdbool.h>
#include <string.h>

static const char *const names[] = {
#define X(name, text) text,
    ROLE_TABLE(X)
#undef X
};

const char *
role_name(enum role r)
{
	return (unsigned)r < ROLE_COUNT ? names[r] : "?";
}

bool
role_of_name(const char *name, enum role *out)
{
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		if (strcmp(names[i], name) == 0) {
			*out = (enum role)i;
			return true;
		}
	return false;
}
