/* The auth process as the parent starts it. */
#include "auth/auth_priv.h"

#include <stdlib.h>
#include <unistd.h>

struct auth_role_ctx {
	struct proc_child *child;
	struct auth_proc *proc;
};

static void
store_closed(void *ctx)
{
	struct auth_role_ctx *r = ctx;

	proc_child_lost(r->child, ROLE_STORE);
}

static enum err
start(struct proc_child *child, void **ctx_out)
{
	struct auth_role_ctx *r = calloc(1, sizeof *r);

	if (r == NULL)
		return ERR_NOMEM;
	r->child = child;
	if ((r->proc = auth_proc_new(child->loop, &child->conf)) == NULL) {
		free(r);
		return ERR_NOMEM;
	}
	auth_proc_on_closed(r->proc, store_closed, r);
	*ctx_out = r;
	return ERR_OK;
}

static void
peer(void *ctx, enum role role, unsigned index, int fd)
{
	struct auth_role_ctx *r = ctx;

	if (r->proc == NULL)
		(void)close(fd);
	else if (auth_proc_peer(r->proc, role, index, fd) != ERR_OK &&
		 role == ROLE_STORE)
		proc_child_lost(r->child, role);
}

static void
reload(void *ctx)
{
	struct auth_role_ctx *r = ctx;

	if (r->proc != NULL)
		auth_proc_reload(r->proc);
}

/* Nothing here has to be finished: whoever waits is told to come again. */
static void
stop(void *ctx, uint64_t grace_ms)
{
	struct auth_role_ctx *r = ctx;

	(void)grace_ms;
	auth_proc_free(&r->proc);
	proc_child_exit(r->child, 0);
}

static void
fini(void *ctx)
{
	free(ctx);
}

const struct proc_role auth_role = {
    .role = ROLE_AUTH,
    .start = start,
    .peer = peer,
    .reload = reload,
    .stop = stop,
    .fini = fini,
};
