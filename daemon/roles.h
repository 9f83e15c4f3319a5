#ifndef DAEMON_ROLES_H
#define DAEMON_ROLES_H
/* What processes there are: one row for each kind. */
#include "proc/proc_child.h"
#include "proc/proc_drop.h"
#include "proc/role.h"

#include <stdbool.h>
#include <stdint.h>

struct role_row {
	const struct proc_role *run; /* NULL ends a table */
	/* started from stage 0 upwards, each when the one before is ready, and
	 * stopped the other way round */
	unsigned stage;
	enum proc_sandbox sandbox; /* user and root directory follow from it */
	bool many;                 /* conf.front_workers of them; else one */
	unsigned services; /* listeners it serves: set of 1 << conf_service; a
			      role none of whose services is configured is left
			      out. 0: has no listeners */
	unsigned peers;    /* ROLE_SET of those it talks to */
	uint64_t grace_ms; /* to finish its work when told to stop */
};

/* The product's own; tests bring others. */
extern const struct role_row roles[];

/* The row of a role; NULL: none in this table. */
const struct role_row *role_find(const struct role_row *table, enum role role);
/* How many processes of this row a configuration asks for. */
unsigned role_count(const struct role_row *row, const struct conf *conf);
bool role_talks(const struct role_row *a, const struct role_row *b);

#endif
