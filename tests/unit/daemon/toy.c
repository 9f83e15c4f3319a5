/* Toy roles (toy.h), played inside the processes that a parent starts. */
#include "tests/unit/daemon/toy.h"

#include "base/buf.h"
#include "base/log.h"
#include "net/net_listen.h"
#include "proc/msg.h"
#include "proc/proc_child.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct toy {
	struct proc_child *child;
	struct net_acceptor *acceptor[4];
	struct net_watch *watch; /* of the admin socket */
	unsigned nacceptors, peers;
	int admin; /* who waits for an answer of the parent */
};

static struct toy toy = {.admin = -1};

static void
say(int fd, struct buf *line)
{
	if (write(fd, line->p, line->len) < 0)
		abort();
	buf_fini(line);
}

static void
greet(void *ctx, int fd, const struct net_addr *peer)
{
	struct buf line = BUF_INIT(1000);

	(void)ctx;
	(void)peer;
	buf_addf(&line, "smtp %u %ld %s tls=%d peers=%u\n", toy.child->index,
	    (long)getpid(), toy.child->conf.hostname, toy.child->tls != NULL,
	    toy.peers);
	say(fd, &line);
	(void)close(fd);
}

/* Ask the parent what the letter stands for. */
static void
admin_ready(void *ctx, int events)
{
	static const struct {
		char letter;
		enum control_what what;
	} table[] = {
	    {'s', CONTROL_STATUS},
            {'r', CONTROL_RELOAD},
            {'t', CONTROL_STOP  },
	    {'v', CONTROL_VERIFY}
        };
	struct msg_control m = {.req = 1};
	struct pollfd p = {.events = POLLIN};
	char letter = 0;

	(void)ctx;
	(void)events;
	p.fd = toy.admin = accept(toy.child->admin_fd, NULL, NULL);
	if (poll(&p, 1, 5000) != 1 || read(toy.admin, &letter, 1) != 1)
		return;
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].letter == letter)
			m.what = table[i].what;
	(void)msg_send_control(toy.child->parent, &m, SLICE_NONE, -1);
}

static void
control_row(void *ctx, uint64_t req, struct slice row)
{
	struct buf line = BUF_INIT(70000);

	(void)ctx;
	(void)req;
	for (size_t i = 0; i < row.len; i++)
		buf_add_char(&line, row.p[i] == '\0' ? ' ' : row.p[i]);
	buf_add_char(&line, '\n');
	say(toy.admin, &line);
}

static void
control_done(void *ctx, const struct msg_done *m)
{
	struct buf line = BUF_INIT(100);

	(void)ctx;
	buf_addf(&line, "done %s\n", err_text((enum err)m->err));
	say(toy.admin, &line);
	(void)close(toy.admin);
}

static void
say_files(void *ctx)
{
	const struct proc_files *f = &toy.child->files;

	(void)ctx;
	log_textf(LOG_INFO, "toy-files", "%s: %.*s, %.*s, hosts %d",
	    toy.child->conf.hostname,
	    SLICE_ARG(proc_files_password(f, CONF_ROUTES)),
	    SLICE_ARG(proc_files_password(f, CONF_ROUTES + 1)),
	    proc_files_get(f, MSG_FILE_HOSTS).len > 0);
}

static enum err
start(struct proc_child *c, void **ctx_out)
{
	toy.child = c;
	*ctx_out = &toy;
	return c->index == 0 && c->admin_fd >= 0 &&
		       strcmp(c->conf.hostname, "broken.test") == 0
		   ? ERR_IO
		   : ERR_OK;
}

static void
stop_accepting(void)
{
	for (unsigned i = 0; i < toy.nacceptors; i++)
		net_acceptor_free(&toy.acceptor[i]);
	toy.nacceptors = 0;
}

static enum err
accept_on(void *ctx)
{
	struct proc_child *c = toy.child;

	(void)ctx;
	stop_accepting();
	for (unsigned i = 0; i < c->nlisteners && i < 4; i++)
		toy.acceptor[toy.nacceptors++] =
		    net_acceptor_new(c->loop, c->listener[i].fd, greet, NULL);
	return ERR_OK;
}

static enum err
serve(void *ctx)
{
	struct proc_child *c = toy.child;

	(void)ctx;
	if (c->admin_fd >= 0) {
		toy.watch =
		    net_watch_new(c->loop, c->admin_fd, admin_ready, NULL);
		(void)net_watch_set(toy.watch, NET_READ);
	}
	return ERR_OK;
}

/* What a process does whose channel to the store has broken. */
static void
lose_store(int fd)
{
	static unsigned times;
	struct msg_peer_lost m = {.role = ROLE_STORE};

	if (times++ == 0) {
		(void)close(fd);
		proc_child_lost(toy.child, ROLE_STORE);
		return;
	}
	for (unsigned i = 0; i < 2 && times < 5; i++) /* an end if answered */
		(void)msg_send_peer_lost(toy.child->parent, &m, SLICE_NONE, -1);
}

static void
peer(void *ctx, enum role role, unsigned index, int fd)
{
	(void)ctx;
	(void)index;
	toy.peers++; /* fd stays open */
	if (role == ROLE_STORE && toy.child->nlisteners > 0 &&
	    toy.child->index == 1 &&
	    strcmp(toy.child->conf.hostname, "lost.test") == 0)
		lose_store(fd);
}

static void
stop(void *ctx, uint64_t grace_ms)
{
	(void)ctx;
	(void)grace_ms;
	if (toy.nacceptors > 0 &&
	    strcmp(toy.child->conf.hostname, "stuck.test") == 0)
		return;
	stop_accepting();
	net_watch_free(&toy.watch);
	proc_child_exit(toy.child, 0);
}

static enum err
start_relay(struct proc_child *c, void **ctx_out)
{
	toy.child = c;
	*ctx_out = &toy;
	say_files(NULL);
	return ERR_OK;
}

#define TOY(name)                                                              \
	{                                                                      \
		.role = name, .start = start, .listen = accept_on,             \
		.serve = serve, .peer = peer, .stop = stop,                    \
		.control_done = control_done, .control_row = control_row       \
	}
static const struct proc_role toy_store = TOY(ROLE_STORE),
			      toy_auth = TOY(ROLE_AUTH),
			      toy_smtp = TOY(ROLE_SMTP),
			      toy_relay = {.role = ROLE_RELAY,
				  .start = start_relay,
				  .serve = serve,
				  .peer = peer,
				  .reload = say_files,
				  .stop = stop};

const struct role_row toy_roles[] = {
    {.run = &toy_store,        .stage = 0, .sandbox = PROC_STORE, .grace_ms = 2000},
    {.run = &toy_auth,
     .stage = 1,
     .sandbox = PROC_AUTH,
     .peers = ROLE_SET(STORE),
     .grace_ms = 2000},
    {.run = &toy_relay,
     .stage = 2,
     .sandbox = PROC_RELAY,
     .peers = ROLE_SET(STORE),
     .grace_ms = 2000},
    {.run = &toy_smtp,
     .stage = 3,
     .sandbox = PROC_FRONT,
     .many = true,
     .services = 1u << CONF_SMTP,
     .peers = ROLE_SET(STORE) | ROLE_SET(AUTH),
     .grace_ms = 300},
    {.run = NULL},
};

__attribute__((constructor)) static void
play_role(int argc, char **argv)
{
	const struct role_row *row;
	enum role role;

	if (argc != 5 || strcmp(argv[1], "--role") != 0 ||
	    !role_of_name(argv[2], &role) ||
	    (row = role_find(toy_roles, role)) == NULL)
		return;
	exit(proc_child_run(
	    row->run, (unsigned)strtoul(argv[4], NULL, 10), row->sandbox));
}
