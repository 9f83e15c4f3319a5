/* Commands against a store in memory. */
#include "tests/unit/ctl/rig.h"

#include "base/clock.h"
#include "base/log.h"
#include "ctl/ctl_main.h"
#include "net/net_loop.h"
#include "store/store_proc.h"
#include "store/store_row.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct ctl_rig {
	struct conf conf;
	pthread_t thread;
	pthread_barrier_t ready;
	struct net_loop *loop;
	struct net_wake *stop, *attach;
	struct store_proc *proc;
	struct store *st;
	int fd;
	enum role role; /* of who attaches by fd */
	struct ctl_rpc *rpc;
};

const char *rig_out = "", *rig_err = "";

/* --- the store ------------------------------------------------------- */

static void
stop(void *ctx)
{
	struct ctl_rig *r = ctx;

	net_loop_stop(r->loop);
}

static void
attach(void *ctx)
{
	struct ctl_rig *r = ctx;

	store_proc_peer(r->proc, r->role, r->fd);
	pthread_barrier_wait(&r->ready);
}

static void *
serve(void *ctx)
{
	struct ctl_rig *r = ctx;
	struct buf why = BUF_INIT(256), value = BUF_INIT(256);
	struct store_domain d = {0, 0, UINT64_C(1790000000000000)};

	r->loop = net_loop_new();
	r->stop = net_wake_new(r->loop, stop, r);
	store_mem.open(&r->st, &r->conf, r->loop, &why);
	store_mem.start(r->st);
	store_domain_encode(&d, &value);
	store_mem_put(
	    r->st, STORE_DOMAIN, SLICE("example.test"), buf_slice(&value));
	r->attach = net_wake_new(r->loop, attach, r);
	r->proc = store_proc_new(r->loop, &r->conf, &store_mem, r->st);
	store_proc_peer(r->proc, ROLE_CTL, r->fd);
	pthread_barrier_wait(&r->ready);
	net_loop_run(r->loop);
	store_proc_free(&r->proc);
	store_mem.close(&r->st);
	net_wake_free(&r->stop);
	net_wake_free(&r->attach);
	net_loop_free(&r->loop);
	buf_fini(&why);
	buf_fini(&value);
	return NULL;
}

struct ctl_rig *
rig_new(void)
{
	struct ctl_rig *r = calloc(1, sizeof *r);
	int fd[2];

	conf_defaults(&r->conf);
	log_set_level(LOG_ERROR);
	/* quick ones */
	strcpy(r->conf.auth.hash, "sha512");
	r->conf.auth.hash_cost = 1000;
	r->conf.auth.scram_iterations = 4096;
	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	       fd) == 0);
	r->fd = fd[0];
	pthread_barrier_init(&r->ready, NULL, 2);
	OK(pthread_create(&r->thread, NULL, serve, r) == 0);
	pthread_barrier_wait(&r->ready);
	OK((r->rpc = ctl_rpc_new(fd[1])) != NULL);
	return r;
}

void
rig_free(struct ctl_rig **r)
{
	ctl_rpc_free(&(*r)->rpc);
	net_wake_up((*r)->stop);
	pthread_join((*r)->thread, NULL);
	pthread_barrier_destroy(&(*r)->ready);
	free(*r);
	*r = NULL;
}

struct ctl_rpc *
rig_rpc(struct ctl_rig *r)
{
	return r->rpc;
}

struct conf *
rig_conf(struct ctl_rig *r)
{
	return &r->conf;
}

struct store *
rig_store(struct ctl_rig *r)
{
	return r->st;
}

int
rig_join(struct ctl_rig *r, enum role role)
{
	int fd[2];

	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	       fd) == 0);
	r->fd = fd[0];
	r->role = role;
	net_wake_up(r->attach);
	pthread_barrier_wait(&r->ready);
	return fd[1];
}

/* --- a session that removes ------------------------------------------ */

struct expunge {
	struct net_loop *loop;
	struct chan *chan;
	uint64_t lease;
	struct buf rows;
	bool done;
	enum err err;
};

static void
on_rows(void *ctx, struct msg_box_rows *m, struct slice tail, int fd)
{
	struct expunge *x = ctx;

	(void)fd;
	x->lease = m->lease;
	x->err = (enum err)m->err;
	buf_add_slice(&x->rows, tail);
	x->done = m->more == 0;
}

static void
on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	struct expunge *x = ctx;

	(void)tail;
	(void)fd;
	x->err = (enum err)m->err;
	x->done = true;
}

static void
on_node(void *ctx, struct msg_node *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)m;
	(void)tail;
	(void)fd;
}

static void
lost(void *ctx, enum err why)
{
	struct expunge *x = ctx;

	x->err = why;
	x->done = true;
}

static void
await(struct expunge *x)
{
	x->done = false;
	while (!x->done)
		net_loop_turn(x->loop, 100);
}

static enum err
expunge(struct expunge *x, uint64_t mailbox, unsigned n)
{
	struct msg_box_open open = {.req = 1, .mailbox = mailbox};
	struct msg_box_mark mark = {.n = n};
	struct msg_box_expunge go = {.req = 2};
	struct msg_box_close end = {0};
	struct buf ids = BUF_INIT(4096);
	struct store_row row;
	struct slice rest;

	msg_send_box_open(x->chan, &open, SLICE_NONE, -1);
	await(x);
	if (x->err != ERR_OK)
		return x->err;
	rest = buf_slice(&x->rows);
	for (unsigned i = 0; i < n; i++) {
		OK(store_row_next(&rest, &row) == ERR_OK);
		buf_add(&ids, row.id.b, sizeof row.id.b);
	}
	mark.lease = go.lease = end.lease = x->lease;
	msg_send_box_mark(x->chan, &mark, buf_slice(&ids), -1);
	msg_send_box_expunge(x->chan, &go, SLICE_NONE, -1);
	await(x);
	msg_send_box_close(x->chan, &end, SLICE_NONE, -1);
	chan_flush(x->chan, 1000);
	buf_fini(&ids);
	return x->err;
}

enum err
rig_expunge(struct ctl_rig *r, uint64_t mailbox, unsigned n)
{
	static const struct msg_handlers handlers = {
	    .box_rows = on_rows, .done = on_done, .node = on_node};
	struct expunge x = {.rows = BUF_INIT(1 << 20)};
	enum err e;

	x.loop = net_loop_new();
	x.chan = chan_new(x.loop, rig_join(r, ROLE_CTL), ROLE_CTL, ROLE_STORE,
	    &handlers, lost, &x);
	e = expunge(&x, mailbox, n);
	chan_free(&x.chan);
	net_loop_free(&x.loop);
	buf_fini(&x.rows);
	return e;
}

/* --- what is printed ------------------------------------------------- */

struct stream {
	int fd, saved;
	FILE *to;
	char *text;
};

static void
redirect(struct stream *s, int fd, const char *in)
{
	s->fd = fd;
	s->saved = dup(fd);
	s->to = tmpfile();
	if (in != NULL)
		fwrite(in, 1, strlen(in), s->to);
	rewind(s->to);
	dup2(fileno(s->to), fd);
}

static char *
restore(struct stream *s)
{
	off_t n;

	dup2(s->saved, s->fd);
	close(s->saved);
	n = lseek(fileno(s->to), 0, SEEK_END);
	s->text = calloc(1, (size_t)n + 1);
	OK(pread(fileno(s->to), s->text, (size_t)n, 0) == n);
	fclose(s->to);
	return s->text;
}

struct run {
	char line[4096], *argv[64];
	int argc;
	struct stream in, out, err;
};

static void
begin(struct run *run, const char *line, const char *in)
{
	static char name[] = "restante";
	char *p;

	run->argc = 0;
	run->argv[run->argc++] = name;
	snprintf(run->line, sizeof run->line, "%s", line);
	for (p = run->line; *p != '\0';) {
		run->argv[run->argc++] = p;
		p += strcspn(p, " ");
		if (*p == ' ')
			*p++ = '\0';
	}
	run->argv[run->argc] = NULL;
	fflush(stdout);
	fflush(stderr);
	redirect(&run->in, STDIN_FILENO, in);
	redirect(&run->out, STDOUT_FILENO, NULL);
	redirect(&run->err, STDERR_FILENO, NULL);
}

static void
end(struct run *run)
{
	static char *last[3];

	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 3; i++)
		free(last[i]);
	rig_err = last[0] = restore(&run->err);
	rig_out = last[1] = restore(&run->out);
	last[2] = restore(&run->in);
}

int
rig_run_with(struct ctl_rig *r, const char *line, const char *in)
{
	static struct run run;
	static struct ctl c;
	int status;

	memset(&c, 0, sizeof c);
	c.conf = r->conf;
	c.rpc = r->rpc;
	begin(&run, line, in);
	status = ctl_cmd_parse(&c, run.argc, run.argv);
	if (status == EX_OK)
		status = c.cmd->run(&c);
	end(&run);
	return status;
}

int
rig_run(struct ctl_rig *r, const char *line)
{
	return rig_run_with(r, line, "");
}

int
rig_call(int (*fn)(struct ctl *), bool json)
{
	static struct run run;
	static struct ctl c;
	int status;

	memset(&c, 0, sizeof c);
	c.json = json;
	begin(&run, "", "");
	status = fn(&c);
	end(&run);
	return status;
}

int
rig_main_with(const char *line, const char *in)
{
	static struct run run;
	int status;

	begin(&run, line, in);
	status = ctl_main(run.argc, run.argv);
	end(&run);
	return status;
}

int
rig_main(const char *line)
{
	return rig_main_with(line, "");
}

/* --- files ----------------------------------------------------------- */

static char dir[] = "/tmp/restante-ctl-XXXXXX";
static bool made;

static void
remove_dir(void)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf %s", dir);
	if (made && system(command) != 0)
		fprintf(stderr, "%s is left\n", dir);
}

const char *
rig_dir(void)
{
	if (!made) {
		OK(mkdtemp(dir) != NULL);
		made = true;
		atexit(remove_dir);
	}
	return dir;
}

const char *
rig_path(const char *name)
{
	static char path[8][256];
	static unsigned n;

	n = (n + 1) % 8;
	snprintf(path[n], sizeof path[n], "%s/%s", rig_dir(), name);
	return path[n];
}

void
rig_file(const char *name, const char *text)
{
	FILE *f = fopen(rig_path(name), "w");

	if (OK(f != NULL)) {
		fwrite(text, 1, strlen(text), f);
		fclose(f);
	}
}

char *
rig_read(const char *name)
{
	FILE *f = fopen(rig_path(name), "r");
	char *text = calloc(1, 1 << 20);

	if (OK(f != NULL)) {
		OK(fread(text, 1, (1 << 20) - 1, f) > 0);
		fclose(f);
	}
	return text;
}
