#include "base/list.h"

#include "../unit.h"

#include <string.h>

struct item {
	char name;
	struct list_node node;
};

/* The names in order, checked backwards as well. */
static const char *
names(const struct list *l)
{
	static char text[10];
	size_t n = 0, back = 0;

	LIST_EACH(l, at)
	if (n < sizeof text - 1)
		text[n++] = LIST_ITEM(at, struct item, node)->name;
	text[n] = '\0';
	for (const struct list_node *at = l->head.prev; at != &l->head;
	     at = at->prev)
		back++;
	EQ_INT(back, n);
	EQ_INT(l->count, n);
	EQ_INT(list_empty(l), n == 0);
	return text;
}

TEST(list_keeps_order)
{
	struct list l = LIST_INIT(l);
	struct item a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};

	list_node_init(&a.node);
	OK(!list_linked(&a.node));
	EQ_STR(names(&l), "");
	list_remove(&l, &a.node); /* on no list: nothing happens */
	EQ_STR(names(&l), "");
	list_push_back(&l, &b.node);
	list_push_back(&l, &c.node);
	list_push_front(&l, &a.node);
	EQ_STR(names(&l), "abc");
	OK(list_linked(&a.node));
	list_remove(&l, &b.node);
	EQ_STR(names(&l), "ac");
	OK(!list_linked(&b.node));
	list_remove(&l, &b.node);
	EQ_STR(names(&l), "ac");
	list_push_back(&l, &b.node);
	EQ_STR(names(&l), "acb");
	OK(list_pop_front(&l) == &a.node);
	OK(list_pop_front(&l) == &c.node);
	OK(list_pop_front(&l) == &b.node);
	OK(list_pop_front(&l) == NULL);
	EQ_STR(names(&l), "");
}

TEST(list_survives_removal_in_a_walk)
{
	struct list l;
	struct item items[4] = {
	    {.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};

	list_init(&l);
	for (size_t i = 0; i < 4; i++)
		list_push_back(&l, &items[i].node);
	LIST_EACH_SAFE(&l, at)
	if (LIST_ITEM(at, struct item, node)->name % 2 == 1)
		list_remove(&l, at);
	EQ_STR(names(&l), "bd");
}
