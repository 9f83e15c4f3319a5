/* Reading the table of processes. */
#include "daemon/roles.h"

#include <sched.h>

enum { WORKERS_MAX = 64 };

const struct role_row *
role_find(const struct role_row *table, enum role role)
{
	for (; table->run != NULL; table++)
		if (table->run->role == role)
			return table;
	return NULL;
}

/* Cores this process may run on. */
static unsigned
cores(void)
{
	cpu_set_t set;
	int n =
	    sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

	return n < 1 ? 1 : (unsigned)n;
}

unsigned
role_count(const struct role_row *row, const struct conf *conf)
{
	unsigned n = conf->front_workers == 0 ? cores() : conf->front_workers;
	bool served = row->services == 0;

	for (uint32_t i = 0; i < conf->nlisteners; i++)
		if ((row->services >> conf->listener[i].service & 1u) != 0)
			served = true;
	if (!served)
		return 0;
	if (!row->many)
		return 1;
	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

bool
role_talks(const struct role_row *a, const struct role_row *b)
{
	return (a->peers >> b->run->role & 1u) != 0 ||
	       (b->peers >> a->run->role & 1u) != 0;
}
