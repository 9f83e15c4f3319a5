/* Hash map: chained, keyed by SipHash-1-3, slots a power of two. */
#include "base/map.h"

#include "base/secret.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 16 };

static uint64_t
rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/*
 * SipHash-1-3: one round a word, three at the end. Enough where the hash is
 * never shown to the one who chose the key, as in the tables of Rust, Python
 * and Linux.
 */
uint64_t
map_hash(const uint64_t seed[2], struct slice key)
{
	uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575,
	    seed[1] ^ 0x646f72616e646f6d, seed[0] ^ 0x6c7967656e657261,
	    seed[1] ^ 0x7465646279746573};
	uint64_t last = (uint64_t)key.len << 56, word;
	size_t i = 0;

	for (; key.len - i >= 8; i += 8) {
		memcpy(&word, key.p + i, 8);
		sip_word(v, le64toh(word));
	}
	for (unsigned shift = 0; i < key.len; i++, shift += 8)
		last |= (uint64_t)(unsigned char)key.p[i] << shift;
	sip_word(v, last);
	v[2] ^= 0xff;
	for (int n = 0; n < 3; n++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void
map_init(struct map *m)
{
	*m = (struct map){
	    NULL, 0, 0, {0, 0}
        };
}

void
map_fini(struct map *m)
{
	free(m->slot);
	map_init(m);
}

static struct map_node **
slot_of(const struct map *m, uint64_t h)
{
	return &m->slot[h & (m->slots - 1)];
}

static struct map_node *
find(const struct map *m, uint64_t h, struct slice key)
{
	struct map_node *n = *slot_of(m, h);

	while (n != NULL && (n->hash != h || !slice_eq(n->key, key)))
		n = n->next;
	return n;
}

struct map_node *
map_get(const struct map *m, struct slice key)
{
	return m->count == 0 ? NULL : find(m, map_hash(m->seed, key), key);
}

static void
link_node(struct map *m, struct map_node *n)
{
	struct map_node **at = slot_of(m, n->hash);

	n->next = *at;
	*at = n;
}

/* Keep at most as many nodes as slots. */
static enum err
grow(struct map *m)
{
	struct map old = *m;
	size_t slots = old.slots == 0 ? SLOTS_FIRST : old.slots * 2;
	struct map_node **slot, *next;

	if (old.count < old.slots)
		return ERR_OK;
	if ((slot = calloc(slots, sizeof(struct map_node *))) == NULL)
		return ERR_NOMEM;
	m->slot = slot;
	m->slots = slots;
	for (size_t i = 0; i < old.slots; i++)
		for (struct map_node *n = old.slot[i]; n != NULL; n = next) {
			next = n->next;
			link_node(m, n);
		}
	free(old.slot);
	return ERR_OK;
}

enum err
map_put(struct map *m, struct map_node *n, struct slice key)
{
	uint64_t h;
	enum err e;

	if (m->slots == 0) /* a new seed is needed only once there are nodes */
		secret_random(m->seed, sizeof m->seed);
	h = map_hash(m->seed, key);
	if (m->count > 0 && find(m, h, key) != NULL)
		return ERR_EXISTS;
	if ((e = grow(m)) != ERR_OK)
		return e;
	n->hash = h;
	n->key = key;
	link_node(m, n);
	m->count++;
	return ERR_OK;
}

void
map_remove(struct map *m, struct map_node *n)
{
	struct map_node **at = slot_of(m, n->hash);

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	n->next = NULL;
	m->count--;
}

struct map_node *
map_next(const struct map *m, const struct map_node *n)
{
	size_t i = 0;

	if (n != NULL) {
		if (n->next != NULL)
			return n->next;
		i = (size_t)(slot_of(m, n->hash) - m->slot) + 1;
	}
	while (i < m->slots && m->slot[i] == NULL)
		i++;
	return i < m->slots ? m->slot[i] : NULL;
}
