/* The admin socket: accept, look who it is, hand over. */
#include "store/store_admin.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PER_TURN = 8,
	OPERATORS_MAX = 64 /* connected at the same time */
};

struct store_admin {
	const struct conf *conf;
	struct store_proc *proc;
	struct net_watch *watch;
	int fd;
};

static void
log_refused(enum err e, uid_t uid)
{
	struct log_line l;

	log_begin(&l, LOG_WARN, "operator_refused");
	log_u64(&l, "uid", uid);
	log_err(&l, "reason", e);
	log_end(&l);
}

static bool
may_connect(const struct store_admin *a, const struct ucred *who)
{
	return who->uid == 0 || who->uid == geteuid() ||
	       a->conf->admin.group[0] != '\0';
}

static void
admit(struct store_admin *a, int fd)
{
	struct ucred who = {0, (uid_t)-1, (gid_t)-1};
	socklen_t len = sizeof who;
	enum err e = ERR_OK;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 ||
	    !may_connect(a, &who))
		e = ERR_DENIED;
	else if (store_proc_count(a->proc, ROLE_CTL) >= OPERATORS_MAX)
		e = ERR_LIMIT;
	if (e == ERR_OK)
		e = store_proc_peer(a->proc, ROLE_CTL, fd);
	else
		(void)close(fd);
	if (e != ERR_OK)
		log_refused(e, who.uid);
}

static void
ready(void *ctx, int events)
{
	struct store_admin *a = ctx;

	(void)events;
	for (int i = 0; i < PER_TURN; i++) {
		int fd =
		    accept4(a->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			admit(a, fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

struct store_admin *
store_admin_new(struct net_loop *l, int listener, const struct conf *conf,
    struct store_proc *p)
{
	struct store_admin *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->conf = conf;
	a->proc = p;
	a->fd = listener;
	a->watch = net_watch_new(l, listener, ready, a);
	if (a->watch == NULL || net_watch_set(a->watch, NET_READ) != ERR_OK)
		store_admin_free(&a);
	return a;
}

void
store_admin_free(struct store_admin **ap)
{
	if (*ap == NULL)
		return;
	net_watch_free(&(*ap)->watch);
	free(*ap);
	*ap = NULL;
}
