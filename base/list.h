#ifndef BASE_LIST_H
#define BASE_LIST_H
/*
 * Intrusive doubly linked list with a sentinel head. A node that is on no list
 * points to itself, so list_remove is always safe after list_node_init.
 */
#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *prev, *next;
};
struct list {
	struct list_node head;
	size_t count;
};

#define LIST_INIT(l)                                                           \
	{                                                                      \
		{&(l).head, &(l).head}, 0                                      \
	}
/* the struct of the given type whose member is the node n */
#define LIST_ITEM(n, type, member)                                             \
	((type *)(void *)((char *)(n)-offsetof(type, member)))
/* n must not be removed in the body; use LIST_EACH_SAFE for that */
#define LIST_EACH(l, n)                                                        \
	for (struct list_node *n = (l)->head.next; n != &(l)->head; n = n->next)
#define LIST_EACH_SAFE(l, n)                                                   \
	for (struct list_node *n = (l)->head.next, *n##_next = n->next;        \
	     n != &(l)->head; n = n##_next, n##_next = n->next)

static inline void
list_init(struct list *l)
{
	l->head.prev = l->head.next = &l->head;
	l->count = 0;
}

static inline void
list_node_init(struct list_node *n)
{
	n->prev = n->next = n;
}

static inline bool
list_linked(const struct list_node *n)
{
	return n->next != n;
}

static inline bool
list_empty(const struct list *l)
{
	return l->head.next == &l->head;
}

static inline void
list_push_back(struct list *l, struct list_node *n)
{
	n->prev = l->head.prev;
	n->next = &l->head;
	l->head.prev->next = n;
	l->head.prev = n;
	l->count++;
}

static inline void
list_push_front(struct list *l, struct list_node *n)
{
	n->next = l->head.next;
	n->prev = &l->head;
	l->head.next->prev = n;
	l->head.next = n;
	l->count++;
}

/* No effect when n is on no list. */
static inline void
list_remove(struct list *l, struct list_node *n)
{
	if (!list_linked(n))
		return;
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_node_init(n);
	l->count--;
}

/* Take the first node off; NULL when empty. */
static inline struct list_node *
list_pop_front(struct list *l)
{
	struct list_node *n = l->head.next;

	if (n == &l->head)
		return NULL;
	list_remove(l, n);
	return n;
}

#endif
