/* Waking a loop from another thread, by an eventfd. */
#include "net/net_loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct net_wake {
	struct net_watch *watch;
	void (*woken)(void *ctx);
	void *ctx;
	int fd;
	atomic_bool pending; /* written, and not yet seen by the loop */
};

static void
on_written(void *ctx, int events)
{
	struct net_wake *w = ctx;
	uint64_t n;

	(void)events;
	if (read(w->fd, &n, sizeof n) < 0)
		return; /* EAGAIN: nothing was written after all */
	/* Cleared before the call: who wakes from now on writes again, and what
	 * they did before that is seen by `woken`. */
	atomic_store(&w->pending, false);
	w->woken(w->ctx);
}

struct net_wake *
net_wake_new(struct net_loop *l, void (*woken)(void *ctx), void *ctx)
{
	struct net_wake *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->woken = woken;
	w->ctx = ctx;
	atomic_init(&w->pending, false);
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->fd >= 0)
		w->watch = net_watch_new(l, w->fd, on_written, w);
	if (w->watch == NULL || net_watch_set(w->watch, NET_READ) != ERR_OK)
		net_wake_free(&w);
	return w;
}

void
net_wake_up(struct net_wake *w)
{
	const uint64_t one = 1;
	ssize_t n;

	if (atomic_exchange(&w->pending, true))
		return;
	do
		n = write(w->fd, &one, sizeof one);
	while (n < 0 && errno == EINTR);
}

void
net_wake_free(struct net_wake **w)
{
	if (*w == NULL)
		return;
	net_watch_free(&(*w)->watch);
	if ((*w)->fd >= 0)
		(void)close((*w)->fd);
	free(*w);
	*w = NULL;
}
