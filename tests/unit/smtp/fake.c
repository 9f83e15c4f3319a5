#include "fake.h"

#include "base/clock.h"
#include "base/log.h"
#include "mime/mime_addr.h"
#include "store/store_queue.h"
#include "store/store_rcpt.h"
#include "store/store_route.h"
#include "tests/unit/unit_pair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ASK_RESOLVE = 1, ASK_SENDER, ASK_SPILL, ASK_DELIVER };

static struct fake *now; /* one at a time */

/* --- answers at the end of a turn ----------------------------------------- */

struct store_call {
	struct list asked;
	uint64_t tx;
	struct mail_id_maker ids;
	unsigned waited;
};

static void
complete(struct store_call *c, struct store_req *r)
{
	struct store_spill_req *q = LIST_ITEM(r, struct store_spill_req, r);
	char name[] = "/tmp/restante-test-XXXXXX";
	enum err e = (enum err)r->id;

	list_remove(&c->asked, &r->node);
	r->busy = false;
	if (r->kind == ASK_SPILL && e == ERR_OK) {
		q->fd = mkstemp(name);
		unlink(name);
	}
	r->done(r, e);
}

/* Answer what has been asked by now, if it has waited long enough. */
static void
answer_all(struct store_call *c)
{
	struct list_node *n, *last = c->asked.head.prev;

	if (list_empty(&c->asked) || c->waited++ < now->turns)
		return;
	c->waited = 0;
	while (!list_empty(&c->asked)) {
		n = c->asked.head.next;
		complete(c, LIST_ITEM(n, struct store_req, node));
		if (n == last)
			break;
	}
}

static void
ask(struct store_call *c, struct store_req *r, unsigned kind, enum err e)
{
	r->kind = kind;
	r->id = now->down ? ERR_RETRY : e;
	r->busy = true;
	list_node_init(&r->node);
	list_push_back(&c->asked, &r->node);
}

/* --- store_call.h --------------------------------------------------------- */

struct store_call *
store_call_new(struct net_loop *l, enum role self)
{
	struct store_call *c = calloc(1, sizeof *c);

	(void)self;
	(void)l;
	list_init(&c->asked);
	mail_id_maker_init(&c->ids, 7, 0);
	return c;
}

void
store_call_free(struct store_call **c)
{
	free(*c);
	*c = NULL;
}

enum err
store_call_attach(struct store_call *c, int fd)
{
	(void)c;
	close(fd);
	return ERR_OK;
}

struct fake_hook fake_store_closed, fake_auth_closed;

void
store_call_on_closed(struct store_call *c, void (*fn)(void *ctx), void *ctx)
{
	(void)c;
	fake_store_closed = (struct fake_hook){fn, ctx};
}

void
auth_call_on_closed(struct auth_call *c, void (*fn)(void *ctx), void *ctx)
{
	(void)c;
	fake_auth_closed = (struct fake_hook){fn, ctx};
}

bool
store_call_new_id(struct store_call *c, struct mail_id *out)
{
	*out = mail_id_make(&c->ids);
	return !now->down;
}

void
store_req_cancel(struct store_call *c, struct store_req *r)
{
	if (r->busy)
		list_remove(&c->asked, &r->node);
	r->busy = false;
}

static enum err
look_up(struct slice addr)
{
	static const struct {
		const char *local;
		enum err e;
	} known[] = {
	    {"nobody", ERR_NOENT    },
            {"full",   ERR_FULL     },
            {"quota",  ERR_QUOTA    },
	    {"retry",  ERR_RETRY    },
            {"wide",   ERR_LIMIT    },
            {"off",    ERR_SUSPENDED}
        };
	struct mime_addr a, key;

	if (slice_eq(addr, SLICE("postmaster")))
		return ERR_OK;
	if (mime_addr_parse(addr, &a) != ERR_OK)
		return ERR_NOENT;
	mime_addr_key(&a, &key);
	if (!slice_eq(mime_addr_domain(&key), SLICE("example.test")))
		return ERR_DENIED;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (slice_eq(mime_addr_local(&key), slice_str(known[i].local)))
			return known[i].e;
	return ERR_OK;
}

void
store_call_resolve(struct store_call *c, struct store_resolve_req *q,
    uint64_t tx, uint64_t size, const struct msg_ticket *ticket, bool local,
    struct slice addr)
{
	enum err e = look_up(addr);

	(void)tx;
	(void)size;
	now->resolves++;
	q->mailboxes = slice_starts(addr, SLICE("most@")) ? STORE_DESTS_MAX : 1;
	q->remotes = 0;
	if (ticket != NULL && now->fenced)
		e = ERR_FENCED;
	else if (e == ERR_DENIED && (local || ticket != NULL))
		e = ERR_OK;
	ask(c, &q->r, ASK_RESOLVE, e);
}

void
store_call_sender(struct store_call *c, struct store_req *r,
    const struct msg_ticket *ticket, struct slice addr)
{
	bool ok = ticket->b[0] == 1 &&
		  slice_eq_nocase(addr, SLICE("bob@example.test"));

	ask(c, r, ASK_SENDER, ok ? ERR_OK : ERR_DENIED);
}

void
store_call_spill(struct store_call *c, struct store_spill_req *q, uint64_t size)
{
	(void)size;
	now->spills++;
	ask(c, &q->r, ASK_SPILL, ERR_OK);
}

static void
set(struct buf *b, struct slice s)
{
	buf_reset(b);
	buf_add_slice(b, s);
}

static enum err
keep_rcpts(struct fake_mail *m, struct slice rcpts)
{
	struct store_rcpt r;
	enum err e = ERR_OK;

	buf_reset(&m->rcpts);
	while (store_rcpt_next(&rcpts, &r) == ERR_OK) {
		buf_add_slice(&m->rcpts, r.addr);
		buf_addf(&m->rcpts, " %u %.*s\n", r.notify, SLICE_ARG(r.orcpt));
		if (slice_starts(r.addr, SLICE("late@")))
			e = ERR_QUOTA;
	}
	return e;
}

static void
read_file(struct buf *out, int fd, uint64_t len)
{
	char block[65536];
	ssize_t n;

	for (uint64_t at = 0; at < len; at += (uint64_t)n) {
		n = pread(fd, block, sizeof block, (off_t)at);
		if (n <= 0)
			abort();
		buf_add(out, block, (size_t)n);
	}
	close(fd);
}

void
store_call_deliver(struct store_call *c, struct store_deliver_req *q,
    struct msg_deliver *m, struct slice rcpts, struct slice info,
    struct slice loops, const struct slice *head, unsigned npieces, int fd,
    uint64_t fd_len)
{
	struct fake_mail *to = &now->mail;
	enum err e = keep_rcpts(to, rcpts);

	buf_reset(&to->text);
	for (unsigned i = 0; i < npieces; i++)
		buf_add_slice(&to->text, head[i]);
	if (fd >= 0)
		read_file(&to->text, fd, fd_len);
	q->held = now->held;
	set(&to->info, info);
	set(&to->loops, loops);
	set(&to->from, msg_text_get(&m->from));
	set(&to->envid, msg_short_get(&m->envid_head));
	buf_add_slice(&to->envid, msg_short_get(&m->envid_tail));
	to->nrcpts = m->rcpts;
	to->flags = m->flags;
	to->ret = m->ret;
	to->ticket = m->ticket.b[0] == 1;
	if (e == ERR_OK && !now->down) {
		to->count++;
		now->open_tx -= m->tx != 0; /* others have to be ended */
	}
	ask(c, &q->r, ASK_DELIVER, e);
}

void
store_call_tx_end(struct store_call *c, uint64_t tx)
{
	(void)c;
	(void)tx;
	now->open_tx--;
}

uint64_t
store_call_tx(struct store_call *c)
{
	now->open_tx++;
	return ++c->tx;
}

/* --- auth_call.h ---------------------------------------------------------- */

struct auth_call {
	struct net_loop *loop;
	struct auth_exchange *x; /* one at a time is enough here */
	struct net_later later;
	struct buf said, mechanism;
	unsigned step;
};

static void
finish(struct auth_call *c, bool ok, struct slice data)
{
	struct auth_exchange *x = c->x;

	c->x = NULL;
	x->busy = false;
	if (ok) {
		x->login.ticket.b[0] = 1;
		msg_text_set(&x->login.user, SLICE("bob@example.test"));
	}
	x->done(x, ok ? ERR_OK : ERR_DENIED, ok ? data : SLICE_NONE);
}

static void
go_on(void *ctx)
{
	static const char plain[] = "\0bob@example.test\0secret";
	struct auth_call *c = ctx;
	struct slice said = buf_slice(&c->said);
	bool login = slice_eq(buf_slice(&c->mechanism), SLICE("LOGIN"));
	bool scram = slice_eq(buf_slice(&c->mechanism), SLICE("SCRAM-SHA-256"));

	if (slice_eq(said, SLICE("down"))) {
		struct auth_exchange *x = c->x;

		c->x = NULL;
		x->busy = false;
		x->done(x, ERR_RETRY, SLICE_NONE);
	} else if (c->step == 0 && said.p == NULL && !login) {
		c->x->challenge(c->x, SLICE(""));
	} else if (!login && !scram) {
		finish(c, slice_eq(said, slice_of(plain, sizeof plain - 1)),
		    SLICE_NONE);
	} else if (scram && c->step == 0) {
		c->x->challenge(c->x, SLICE("r=nonce"));
	} else if (scram) {
		finish(c, slice_eq(said, SLICE("p=proof")), SLICE("v=sig"));
	} else if (said.p == NULL) {
		c->x->challenge(c->x, SLICE("Username:"));
	} else if (slice_starts(said, SLICE("bob"))) {
		c->x->challenge(c->x, SLICE("Password:"));
	} else {
		finish(c, slice_eq(said, SLICE("secret")), SLICE_NONE);
	}
	c->step++;
}

struct auth_call *
auth_call_new(struct net_loop *l, enum role self)
{
	struct auth_call *c = calloc(1, sizeof *c);

	(void)self;
	c->loop = l;
	net_later_init(&c->later, go_on, c);
	buf_init(&c->said, 16384);
	buf_init(&c->mechanism, 64);
	return c;
}

void
auth_call_free(struct auth_call **c)
{
	net_later_remove((*c)->loop, &(*c)->later);
	buf_fini(&(*c)->said);
	buf_fini(&(*c)->mechanism);
	free(*c);
	*c = NULL;
}

enum err
auth_call_attach(struct auth_call *c, int fd)
{
	(void)c;
	close(fd);
	return ERR_OK;
}

void
auth_call_step(struct auth_call *c, struct auth_exchange *x, struct slice s)
{
	(void)x;
	buf_reset(&c->said);
	buf_add_char(&c->said, '\0'); /* so that an empty one is no NULL */
	buf_reset(&c->said);
	buf_add_slice(&c->said, s);
	net_later_add(c->loop, &c->later);
}

void
auth_call_start(struct auth_call *c, struct auth_exchange *x, unsigned protocol,
    bool tls, const struct net_addr *peer, struct slice mechanism,
    struct slice initial)
{
	(void)protocol;
	(void)tls;
	(void)peer;
	c->x = x;
	x->busy = true;
	c->step = 0;
	buf_reset(&c->mechanism);
	for (size_t i = 0; i < mechanism.len; i++)
		buf_add_char(&c->mechanism,
		    (char)(mechanism.p[i] &
			   (mechanism.p[i] >= 'a' ? 0xdf : 0xff)));
	buf_fini(&c->said);
	if (initial.p != NULL)
		auth_call_step(c, x, initial);
	net_later_add(c->loop, &c->later);
}

void
auth_call_abort(struct auth_call *c, struct auth_exchange *x)
{
	x->busy = false;
	c->x = NULL;
	net_later_remove(c->loop, &c->later);
}

const char *
auth_mechanism(const struct conf *conf, bool plaintext_ok, unsigned index)
{
	static const char *const all[] = {"SCRAM-SHA-256", "PLAIN", "LOGIN"};

	(void)conf;
	return index < (plaintext_ok ? 3 : 1) ? all[index] : NULL;
}

void
fake_lose_auth(struct fake *f)
{
	struct auth_exchange *x = f->host.auth->x;

	f->host.auth->x = NULL;
	x->busy = false;
	x->done(x, ERR_RETRY, SLICE_NONE);
}

/* --- the client's end ----------------------------------------------------- */

void
fake_init(struct fake *f, bool submission)
{
	memset(f, 0, sizeof *f);
	now = f;
	log_set_level(LOG_ERROR);
	f->fd = -1;
	f->loop = net_loop_new();
	buf_init(&f->in, 64 * 1024 * 1024);
	buf_init(&f->mail.text, 256 * 1024 * 1024);
	buf_init(&f->mail.rcpts, 1024 * 1024);
	buf_init(&f->mail.from, 1024);
	buf_init(&f->mail.envid, 1024);
	buf_init(&f->mail.info, STORE_INFO_MAX);
	buf_init(&f->mail.loops, 65536);
	conf_defaults(&f->conf);
	memset(f->conf.listener, 0, sizeof f->conf.listener);
	strcpy(f->conf.hostname, "mail.example.test");
	strcpy(f->conf.listener[0].banner, "ESMTP");
	f->conf.nlisteners = 1;
	f->conf.listener[0].service = submission ? CONF_SUBMISSION : CONF_SMTP;
	f->conf.listener[0].auth =
	    submission ? CONF_AUTH_REQUIRED : CONF_AUTH_OFF;
	f->conf.listener[0].plaintext_auth = true;
	f->conf.listener[0].max_clients = 100;
	f->conf.listener[0].idle_timeout_ms = 300000;
	smtp_host_init(&f->host);
	f->host.loop = f->loop;
	f->host.store = store_call_new(f->loop, ROLE_SMTP);
	f->host.auth = auth_call_new(f->loop, ROLE_SMTP);
}

static void
disconnect(struct fake *f)
{
	smtp_host_abort(&f->host);
	smtp_site_unref(&f->site);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

void
fake_fini(struct fake *f)
{
	disconnect(f);
	store_call_free(&f->host.store);
	auth_call_free(&f->host.auth);
	buf_fini(&f->in);
	buf_fini(&f->mail.text);
	buf_fini(&f->mail.rcpts);
	buf_fini(&f->mail.from);
	buf_fini(&f->mail.envid);
	buf_fini(&f->mail.info);
	buf_fini(&f->mail.loops);
	net_loop_free(&f->loop);
	clock_set_for_test(0, 0);
}

void
fake_connect(struct fake *f)
{
	struct net_addr peer;
	int fd[2];

	disconnect(f);
	buf_reset(&f->in);
	f->closed = false;
	f->site = smtp_site_new(&f->conf, f->tls);
	(void)net_addr_parse_ip(SLICE("192.0.2.7"), &peer);
	if (!unit_pair(fd))
		abort();
	f->fd = fd[0];
	if (f->local)
		(void)smtp_session_start_program(&f->host, f->site, fd[1]);
	else
		(void)smtp_session_start(&f->host, f->site, 0, fd[1], &peer);
	fake_run(f);
}

void
fake_turn(struct fake *f)
{
	net_loop_turn(f->loop, 0);
	answer_all(f->host.store);
	if (f->host.held > f->held_max)
		f->held_max = f->host.held;
}

static bool
read_some(struct fake *f)
{
	char block[65536];
	ssize_t n = f->closed ? -1 : recv(f->fd, block, sizeof block, 0);

	if (n > 0)
		buf_add(&f->in, block, (size_t)n);
	else if (n == 0)
		f->closed = true;
	return n >= 0;
}

void
fake_run(struct fake *f)
{
	/* one answer may take some turns without anything to be seen */
	for (unsigned quiet = 0; quiet < 8 + 4 * f->turns; quiet++) {
		fake_turn(f);
		while (read_some(f))
			quiet = 0;
	}
}

void
fake_send(struct fake *f, struct slice s)
{
	unsigned stuck = 0;

	while (s.len > 0 && stuck < 1000) {
		ssize_t n = send(f->fd, s.p, s.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return;
		if (n < 0)
			stuck++;
		else
			s = slice_skip(s, (size_t)n);
		if (s.len > 0)
			fake_run(f);
	}
	fake_run(f);
}

void
fake_wait(struct fake *f, uint64_t ms)
{
	uint64_t then = clock_mono_us() + ms * 1000;

	clock_set_for_test(1795443660000000, then);
	fake_run(f);
}

bool
fake_line(struct fake *f, struct buf *line)
{
	size_t n = slice_find(buf_slice(&f->in), '\n');

	if (n == f->in.len)
		return false;
	buf_reset(line);
	buf_add(line, f->in.p, n > 0 && f->in.p[n - 1] == '\r' ? n - 1 : n);
	buf_drop(&f->in, n + 1);
	return true;
}
