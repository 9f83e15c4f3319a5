/* Message ids: make, compare, write as hex. */
#include "proc/mail_id.h"

#include "base/clock.h"
#include "base/num.h"

#include <string.h>

void
mail_id_maker_init(struct mail_id_maker *m, uint32_t node, uint64_t floor_us)
{
	/* the first id is above the floor even when the clock stands below */
	m->last_us = floor_us;
	m->node = node;
	m->seq = UINT32_MAX;
}

struct mail_id
mail_id_make(struct mail_id_maker *m)
{
	uint64_t now = clock_wall_us();
	struct mail_id id;

	if (now > m->last_us) {
		m->last_us = now;
		m->seq = 0;
	} else if (++m->seq == 0) {
		m->last_us++;
	}
	num_put_be64(id.b, m->last_us);
	num_put_be32(id.b + 8, m->node);
	num_put_be32(id.b + 12, m->seq);
	return id;
}

uint64_t
mail_id_us(const struct mail_id *id)
{
	return num_get_be64(id->b);
}

int
mail_id_cmp(const struct mail_id *a, const struct mail_id *b)
{
	return memcmp(a->b, b->b, sizeof a->b);
}

bool
mail_id_is_zero(const struct mail_id *id)
{
	static const struct mail_id zero;

	return mail_id_cmp(id, &zero) == 0;
}

void
mail_id_hex(const struct mail_id *id, char out[MAIL_ID_HEX])
{
	for (unsigned i = 0; i < MAIL_ID_LEN; i++) {
		out[2 * i] = "0123456789abcdef"[id->b[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[id->b[i] & 15];
	}
}

enum err
mail_id_parse(struct slice hex, struct mail_id *out)
{
	return num_hex(hex, out->b, sizeof out->b);
}
