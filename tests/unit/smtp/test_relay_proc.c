/* The process: start with what the parent gave, reload, stop. */
#include "../unit.h"
#include "relay_fake.h"

#include "smtp/relay_proc.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* in place of the resolver and of the process around */
static struct {
	unsigned dns, exits, served, lost;
	bool broken;
	const char *server;
	void (*closed)(void *ctx); /* of the channel to the store */
	void *closed_ctx;
} made = {.server = "192.0.2.53:53"};

struct dns *
dns_new(struct net_loop *l, const struct dns_settings *s, struct buf *why)
{
	(void)l;
	EQ_STR(s->server, made.server);
	made.served++;
	made.dns += !made.broken;
	if (made.broken)
		buf_add_str(why, "no name servers");
	return made.broken ? NULL : (struct dns *)(void *)&made;
}

void
dns_free(struct dns **d)
{
	made.dns -= *d != NULL;
	*d = NULL;
}

void
store_call_on_closed(struct store_call *c, void (*fn)(void *ctx), void *ctx)
{
	(void)c;
	made.closed = fn;
	made.closed_ctx = ctx;
}

void
proc_child_exit(struct proc_child *c, int status)
{
	(void)c;
	EQ_INT(status, 0);
	made.exits++;
}

static struct proc_child *child;

void
proc_child_lost(struct proc_child *c, enum role role)
{
	OK(c == child);
	made.lost |= 1u << role;
}

static enum err
start(void **ctx)
{
	int fds[2];
	enum err e;

	fake_begin(); /* for its loop, store and servers */
	relay_free(&fake.relay);
	store_call_free(&fake_store.call);
	fake_route("there.test", "mx.there.test", NULL);
	made.dns = made.exits = made.served = made.lost = 0;
	child = calloc(1, sizeof *child);
	child->loop = fake.loop;
	child->conf = fake.conf;
	(void)slice_to_str(SLICE("192.0.2.53:53"), child->conf.outbound.dns,
	    sizeof child->conf.outbound.dns);
	e = relay_role.start(child, ctx);
	if (e != ERR_OK)
		return e;
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	relay_role.peer(*ctx, ROLE_STORE, 0, fds[0]);
	relay_role.peer(*ctx, ROLE_AUTH, 0, fds[1]);
	fake_run();
	return ERR_OK;
}

static void
end(void *ctx)
{
	relay_role.fini(ctx);
	EQ_INT(made.dns, 0);
	free(child);
	/* fake_end has one of its own to free */
	fake.relay = NULL;
	fake_store.call = store_call_new(fake.loop, ROLE_RELAY);
	fake_end();
}

TEST(relay_proc_lives)
{
	void *ctx;

	EQ_INT(start(&ctx), ERR_OK);
	EQ_INT(fake_store.doubts, 1);
	EQ_INT(made.lost, ROLE_SET(AUTH)); /* it has no use for that one */
	fake_tell(fake_queue(1, "me@our.test", "x@there.test"));
	fake_run();
	EQ_INT(fake_gone(), 1);
	made.closed(made.closed_ctx);
	EQ_INT(made.lost, ROLE_SET(STORE) | ROLE_SET(AUTH));
	relay_role.reload(ctx);
	fake_run();
	fake_tell(fake_queue(2, "me@our.test", "x@there.test"));
	fake_run();
	EQ_INT(fake_gone(), 2);
	EQ_INT(fake_peers.lookups, 2);
	relay_role.stop(ctx, 10000);
	relay_role.stop(ctx, 10000);
	fake_run();
	EQ_INT(made.exits, 1);
	end(ctx);
}

static void
set_server(const char *server)
{
	made.server = server;
	(void)slice_to_str(slice_str(server), child->conf.outbound.dns,
	    sizeof child->conf.outbound.dns);
}

/* Another name server with a reload; what asks the old one keeps it. */
TEST(relay_proc_reloads_ways_out)
{
	void *ctx;

	EQ_INT(start(&ctx), ERR_OK);
	fake_host("mx.there.test")->hangs = true;
	fake_tell(fake_queue(1, "me@our.test", "x@there.test"));
	fake_run();
	set_server("192.0.2.54:53");
	relay_role.reload(ctx);
	EQ_INT(made.served, 2);
	EQ_INT(made.dns, 2);
	EQ_INT(fake_host("mx.there.test")->open, 1);
	unit_case("one that cannot be had");
	made.broken = true;
	relay_role.reload(ctx);
	made.broken = false;
	EQ_INT(made.served, 3);
	EQ_INT(made.dns, 2);
	OK(fake_logged("of before"));
	fake_host("mx.there.test")->hangs = false;
	fake_tell(fake_queue(2, "me@our.test", "x@there.test"));
	fake_run();
	EQ_INT(fake_gone(), 1);
	end(ctx);
	made.server = "192.0.2.53:53";
}

TEST(relay_proc_without_names)
{
	void *ctx = NULL;

	made.broken = true;
	EQ_INT(start(&ctx), ERR_RETRY);
	made.broken = false;
	OK(fake_logged("no name servers"));
	made.dns = 0;
	end(ctx);
}
