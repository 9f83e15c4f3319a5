/* Numbers that make the message ids of a process its own. */
#include "base/clock.h"
#include "store/store_proc_priv.h"

#include <stdlib.h>
#include <string.h>

/*
 * Node numbers are used again as long as this process lives, which saves a
 * commit at each start of a command: whoever had one before can deliver no more
 * ids, and the floor is above all it has delivered.
 */
static struct maker *
take_maker(struct store_proc *p)
{
	struct list_node *n = list_pop_front(&p->nodes);
	struct maker *m;

	if (n != NULL)
		return LIST_ITEM(n, struct maker, node);
	if ((m = calloc(1, sizeof *m)) == NULL)
		return NULL;
	list_node_init(&m->node);
	if (p->ops->node(p->st, &m->number, &m->floor_us) != ERR_OK) {
		free(m);
		return NULL;
	}
	if (p->first_node == 0) {
		p->first_node = m->number;
		if (p->latest_us < m->floor_us)
			p->latest_us = m->floor_us;
		/* ids of before, when the clock was set back meanwhile */
		if (p->start_us <= m->floor_us)
			p->start_us = m->floor_us + 1;
	}
	return m;
}

uint64_t
store_node_clock(struct store_proc *p)
{
	uint64_t now = clock_wall_us();

	if (p->latest_us < now)
		p->latest_us = now;
	return p->latest_us;
}

enum err
store_node_send(struct peer *p)
{
	struct msg_node m;
	uint64_t now = clock_wall_us();

	if ((p->maker = take_maker(p->proc)) == NULL)
		return ERR_RETRY;
	if (p->maker->floor_us < now)
		p->maker->floor_us = now;
	memset(&m, 0, sizeof m);
	m.node = p->maker->number;
	m.floor_us = p->maker->floor_us;
	return msg_send_node(p->chan, &m, SLICE_NONE, -1);
}

void
store_node_give_back(struct peer *p)
{
	if (p->maker != NULL)
		list_push_back(&p->proc->nodes, &p->maker->node);
	p->maker = NULL;
}

void
store_nodes_fini(struct store_proc *p)
{
	struct list_node *n;

	while ((n = list_pop_front(&p->nodes)) != NULL)
		free(LIST_ITEM(n, struct maker, node));
}
