/* Numbers of listeners that stay what they are while the list changes. */
#include "daemon/slots.h"

#include <string.h>

struct slots {
	const struct conf *old;
	struct conf_listener at[CONF_LISTENERS];
	bool taken[CONF_LISTENERS];
};

/* The place of this name; CONF_LISTENERS: it has none. */
static uint32_t
place_of(const struct slots *s, const char *name)
{
	for (uint32_t i = 0; i < s->old->nlisteners; i++)
		if (!s->taken[i] && strcmp(s->old->listener[i].name, name) == 0)
			return i;
	return CONF_LISTENERS;
}

/* How much we should miss it: never used, only its last sessions, in use. */
static unsigned
worth(const struct slots *s, uint32_t i)
{
	if (i >= s->old->nlisteners)
		return 0;
	return s->old->listener[i].naddr == 0 ? 1 : 2;
}

/* There is one: we place no more than fit. */
static uint32_t
free_place(const struct slots *s)
{
	uint32_t best = CONF_LISTENERS;

	for (uint32_t i = 0; i < CONF_LISTENERS; i++)
		if (!s->taken[i] &&
		    (best == CONF_LISTENERS || worth(s, i) < worth(s, best)))
			best = i;
	return best;
}

static void
take(struct slots *s, uint32_t i, const struct conf_listener *l)
{
	s->at[i] = *l;
	s->taken[i] = true;
}

/* Names that were there come first, so that no other gets their place. */
static void
place_all(struct slots *s, const struct conf *new)
{
	bool known[CONF_LISTENERS] = {false};

	for (uint32_t i = 0; i < new->nlisteners; i++) {
		uint32_t place = place_of(s, new->listener[i].name);

		known[i] = place < CONF_LISTENERS;
		if (known[i])
			take(s, place, &new->listener[i]);
	}
	for (uint32_t i = 0; i < new->nlisteners; i++)
		if (!known[i])
			take(s, free_place(s), &new->listener[i]);
}

void
slots_assign(const struct conf *old, struct conf *new)
{
	struct slots s = {.old = old};
	uint32_t n = old->nlisteners;

	place_all(&s, new);
	for (uint32_t i = 0; i < CONF_LISTENERS; i++) {
		if (s.taken[i] && i >= n)
			n = i + 1;
		if (s.taken[i] || i >= old->nlisteners)
			continue;
		s.at[i] = old->listener[i];
		s.at[i].naddr = 0;
	}
	memcpy(new->listener, s.at, sizeof s.at);
	new->nlisteners = n;
}
