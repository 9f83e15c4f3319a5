#include "base/map.h"

#include "../unit.h"

#include <stdio.h>
#include <string.h>

enum { MANY = 5000 };

struct item {
	char name[16];
	unsigned seen;
	struct map_node node;
};
static struct item items[MANY];

static void
fill(struct map *m)
{
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(items[i].name, sizeof items[i].name, "key %u", i);
		items[i].seen = 0;
		EQ_INT(map_put(m, &items[i].node, slice_str(items[i].name)),
		    ERR_OK);
	}
}

TEST(map_empty)
{
	struct map m;

	map_init(&m);
	OK(map_get(&m, SLICE("a")) == NULL);
	OK(map_next(&m, NULL) == NULL);
	EQ_INT(m.count, 0);
	OK(m.slot == NULL);
	map_fini(&m);
	map_fini(&m);
}

TEST(map_finds_what_was_put)
{
	struct map m;
	unsigned missing = 0;

	map_init(&m);
	fill(&m);
	EQ_INT(m.count, MANY);
	OK(m.slots >= MANY);
	for (unsigned i = 0; i < MANY; i++)
		missing +=
		    map_get(&m, slice_str(items[i].name)) != &items[i].node;
	EQ_INT(missing, 0);
	OK(map_get(&m, SLICE("key 5000")) == NULL);
	OK(map_get(&m, SLICE("KEY 1")) == NULL);
	OK(map_get(&m, SLICE_NONE) == NULL);
	map_fini(&m);
	EQ_INT(m.count, 0);
}

TEST(map_refuses_a_second)
{
	struct map m;
	struct item a = {.name = "a"}, b = {.name = "b"}, empty = {.name = ""};

	map_init(&m);
	EQ_INT(map_put(&m, &a.node, SLICE("x\0y")), ERR_OK);
	EQ_INT(map_put(&m, &b.node, SLICE("x\0y")), ERR_EXISTS);
	OK(map_get(&m, SLICE("x\0y")) == &a.node);
	EQ_INT(m.count, 1);
	EQ_INT(map_put(&m, &b.node, SLICE("x\0z")), ERR_OK);
	EQ_INT(map_put(&m, &empty.node, SLICE_NONE), ERR_OK);
	EQ_INT(map_put(&m, &empty.node, SLICE("")), ERR_EXISTS);
	map_remove(&m, &a.node);
	OK(map_get(&m, SLICE("x\0y")) == NULL);
	EQ_INT(map_put(&m, &a.node, SLICE("x\0y")), ERR_OK);
	EQ_INT(m.count, 3);
	map_fini(&m);
}

TEST(map_walks_each_once)
{
	struct map m;
	struct map_node *n, *next;
	unsigned wrong = 0;

	map_init(&m);
	fill(&m);
	for (n = map_next(&m, NULL); n != NULL; n = next) {
		struct item *it = MAP_ITEM(n, struct item, node);

		next = map_next(&m, n);
		it->seen++;
		if (it->name[strlen(it->name) - 1] % 2 == 1)
			map_remove(&m, n);
	}
	EQ_INT(m.count, MANY / 2);
	for (unsigned i = 0; i < MANY; i++)
		wrong += items[i].seen != 1 ||
			 (map_get(&m, slice_str(items[i].name)) == NULL) !=
			     (i % 2 == 1);
	EQ_INT(wrong, 0);
	map_fini(&m);
}

/* Equal maps must not have equal seeds, and keys must spread over slots. */
TEST(map_is_keyed)
{
	struct map a, b;
	unsigned longest = 0;

	map_init(&a);
	map_init(&b);
	fill(&a);
	EQ_INT(map_put(&b, &(struct map_node){0}, SLICE("x")), ERR_OK);
	OK(a.seed[0] != b.seed[0] && a.seed[1] != b.seed[1]);
	for (size_t i = 0; i < a.slots; i++) {
		unsigned n = 0;

		for (struct map_node *at = a.slot[i]; at != NULL; at = at->next)
			n++;
		longest = n > longest ? n : longest;
	}
	OK(longest < 12); /* 5000 keys in 8192 slots: about 6 */
	map_fini(&a);
	map_fini(&b);
}

/* Equal hashes are not enough: the node is given another key of that hash. */
TEST(map_compares_keys)
{
	struct map m;
	struct map_node n;

	map_init(&m);
	EQ_INT(map_put(&m, &n, SLICE("ann")), ERR_OK);
	n.key = SLICE("bob");
	OK(map_get(&m, SLICE("ann")) == NULL);
	n.key = SLICE("ann");
	OK(map_get(&m, SLICE("ann")) == &n);
	map_fini(&m);
}

/* SipHash-1-3 under a key of zeros; the values are what CPython 3.11 says. */
TEST(map_hashes_with_siphash)
{
	static const struct {
		struct slice key;
		uint64_t want;
	} cases[] = {
	    {{"a", 1},				    0x407448d2b89b1813},
	    {{"abcdefg", 7},			      0x6db12aae9070f506},
	    {{"abcdefgh", 8},                             0x3f7b849c0b8e35ea},
	    {{"Delivered-To: ann@example.test", 30},      0x711452bfb793f063},
	    {{"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9}, 0xe271c8ef95f59694},
	};
	struct map_node n, first;
	struct map m;

	map_init(&m);
	EQ_INT(map_put(&m, &first, SLICE("makes the table")), ERR_OK);
	map_remove(&m, &first);
	m.seed[0] = m.seed[1] = 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		EQ_INT(map_put(&m, &n, cases[i].key), ERR_OK);
		OK(n.hash == cases[i].want);
		map_remove(&m, &n);
	}
	map_fini(&m);
}
