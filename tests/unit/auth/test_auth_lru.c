#include "auth/auth_lru.h"

#include "../unit.h"

#include <stdlib.h>
#include <string.h>

struct item {
	struct auth_lru_node node;
	char key[8];
};

static unsigned left;

static void
leaving(struct auth_lru *t, struct auth_lru_node *n)
{
	(void)t;
	(void)n;
	left++;
}

static struct auth_lru_node *
put(struct auth_lru *t, const char *key)
{
	struct item *i = calloc(1, sizeof *i);

	if (i == NULL)
		return NULL;
	strncpy(i->key, key, sizeof i->key - 1);
	if (!OK(auth_lru_put(t, &i->node, slice_str(i->key)) == ERR_OK))
		return NULL;
	return &i->node;
}

TEST(lru_oldest_makes_room)
{
	struct auth_lru t;
	struct auth_lru_node *a, *b;

	left = 0;
	auth_lru_init(&t, 3, leaving);
	OK(auth_lru_oldest(&t) == NULL);
	a = put(&t, "a");
	b = put(&t, "b");
	put(&t, "c");
	OK(auth_lru_oldest(&t) == a);
	auth_lru_renew(&t, a);
	OK(auth_lru_oldest(&t) == b);
	EQ_INT(left, 0);
	put(&t, "d");
	EQ_INT(left, 1);
	OK(auth_lru_get(&t, SLICE("b")) == NULL);
	OK(auth_lru_get(&t, SLICE("a")) == a);
	OK(auth_lru_get(&t, SLICE("c")) != NULL);
	auth_lru_drop(&t, a);
	OK(auth_lru_get(&t, SLICE("a")) == NULL);
	auth_lru_clear(&t);
	EQ_INT(left, 4);
	OK(auth_lru_get(&t, SLICE("c")) == NULL);
	auth_lru_fini(&t);
}

TEST(lru_fold)
{
	char space[4];

	EQ_SLICE(auth_lru_fold(SLICE("AbC"), space, 4), "abc");
	EQ_SLICE(auth_lru_fold(SLICE("ABCDEF"), space, 4), "abcd");
	EQ_SLICE(auth_lru_fold(SLICE("\xc3\x84z["), space, 4), "\xc3\x84z[");
	EQ_SLICE(auth_lru_fold(SLICE_NONE, space, 4), "");
}
