/* Store, auth and a client for one POP3 session, in memory. */
#include "pop3/fake.h"

#include "store/store_row.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_pair.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fake fake;
static char texts[FAKE_MESSAGES][64];

/* One answer that is due at the end of the turn. */
struct answer {
	struct net_later later;
	void (*run)(struct answer *);
	struct store_req *req;
	struct auth_exchange *exchange;
	struct mail_id ids[64];
	unsigned n;
	uint64_t offset;
	uint32_t max;
	enum err err;
};

static struct answer *pending; /* a session has one at a time of each kind */
static struct answer *pending_read;

static void
answer_due(void *ctx)
{
	struct answer *a = ctx;

	if (a == pending)
		pending = NULL;
	if (a == pending_read)
		pending_read = NULL;
	if (a->req != NULL)
		a->req->busy = false;
	if (a->exchange != NULL)
		a->exchange->busy = false;
	a->run(a);
	free(a);
}

static struct answer *
answer_new(struct answer **slot, void (*run)(struct answer *))
{
	struct answer *a = calloc(1, sizeof *a);

	a->run = run;
	net_later_init(&a->later, answer_due, a);
	net_later_add(fake.loop, &a->later);
	*slot = a;
	return a;
}

static void
forget(struct answer **slot)
{
	if (*slot == NULL)
		return;
	net_later_remove(fake.loop, &(*slot)->later);
	free(*slot);
	*slot = NULL;
}

/* --- auth ------------------------------------------------------------------
 */

static void
run_auth(struct answer *a)
{
	a->exchange->done(a->exchange, a->err, SLICE_NONE);
}

static void
decide(struct auth_exchange *x, bool right)
{
	struct answer *a = answer_new(&pending, run_auth);

	x->busy = true;
	a->exchange = x;
	a->err = right ? fake.login_err : ERR_DENIED;
	x->login.mailbox = 7;
	(void)msg_text_set(&x->login.user, SLICE("alice@example.test"));
}

static void
run_challenge(struct answer *a)
{
	a->exchange->busy = true;
	a->exchange->challenge(a->exchange, SLICE(""));
}

void
fake_lose_auth(void)
{
	struct auth_exchange *x = &LIST_ITEM(
	    fake.server.sessions.head.next, struct pop3_session, node)
				       ->auth;

	forget(&pending);
	x->busy = false;
	x->done(x, ERR_RETRY, SLICE_NONE);
}

void
auth_call_start(struct auth_call *c, struct auth_exchange *x, unsigned protocol,
    bool tls, const struct net_addr *peer, struct slice mechanism,
    struct slice initial)
{
	(void)c, (void)protocol, (void)tls, (void)peer, (void)mechanism;
	x->busy = true;
	if (initial.p == NULL)
		answer_new(&pending, run_challenge)->exchange = x;
	else
		auth_call_step(c, x, initial);
}

void
auth_call_step(struct auth_call *c, struct auth_exchange *x, struct slice data)
{
	(void)c;
	if (!x->busy)
		return; /* as the real one */
	decide(x, slice_eq(data, SLICE("\0alice@example.test\0secret word")));
}

void
auth_call_abort(struct auth_call *c, struct auth_exchange *x)
{
	(void)c;
	fake.aborts += x->busy;
	if (x->busy)
		forget(&pending);
	x->busy = false;
}

void
auth_call_password(struct auth_call *c, struct auth_exchange *x,
    unsigned protocol, bool tls, const struct net_addr *peer, struct slice user,
    struct slice password)
{
	(void)c, (void)protocol, (void)tls, (void)peer;
	decide(x, slice_eq(user, SLICE("alice@example.test")) &&
		      slice_eq(password, SLICE("secret word")));
}

const char *
auth_mechanism(const struct conf *conf, bool plaintext_ok, unsigned index)
{
	(void)conf;
	return plaintext_ok && index == 0 ? "PLAIN" : NULL;
}

struct auth_call *
auth_call_new(struct net_loop *l, enum role self)
{
	OK(l == fake.loop && self == ROLE_POP3);
	return (struct auth_call *)(void *)&fake.auth_peers;
}

void
auth_call_free(struct auth_call **c)
{
	*c = NULL;
}

enum err
auth_call_attach(struct auth_call *c, int fd)
{
	OK((void *)c == &fake.auth_peers);
	fake.auth_peers++;
	(void)close(fd);
	return ERR_OK;
}

/* --- store -----------------------------------------------------------------
 */

static struct mail_id
id_of(unsigned n)
{
	struct mail_id id = {{0}};

	id.b[14] = (uint8_t)(n >> 8);
	id.b[15] = (uint8_t)n;
	return id;
}

static unsigned
number_of(const struct mail_id *id)
{
	return (unsigned)id->b[14] << 8 | id->b[15];
}

static void
run_open(struct answer *a)
{
	struct store_open_req *q = LIST_ITEM(a->req, struct store_open_req, r);
	struct buf rows = BUF_INIT(1 << 20);

	for (unsigned n = 0; n < fake.count && a->err == ERR_OK; n++) {
		struct store_row r = {
		    .id = id_of(n), .octets = fake.mail[n].len};

		if (fake.mail[n].p != NULL)
			store_row_add(&rows, &r);
	}
	q->lease = 42;
	if (a->err == ERR_OK)
		q->rows(q, buf_slice(&rows), 0);
	buf_fini(&rows);
	q->r.done(&q->r, a->err);
}

void
store_call_open(struct store_call *c, struct store_open_req *q,
    const struct msg_ticket *ticket)
{
	struct answer *a = answer_new(&pending, run_open);

	(void)c, (void)ticket;
	fake.opens++;
	q->r.busy = true;
	a->req = &q->r;
	a->err = fake.open_err;
}

void
store_call_close(struct store_call *c, uint64_t lease)
{
	(void)c;
	EQ_INT(lease, 42);
	fake.closes++;
}

static void
run_read(struct answer *a)
{
	struct store_read_req *q = LIST_ITEM(a->req, struct store_read_req, r);

	q->r.busy = true;
	for (unsigned i = 0; i < a->n && q->r.busy; i++) {
		struct slice m = fake.mail[number_of(&a->ids[i])];
		struct slice part =
		    slice_first(slice_skip(m, a->offset), a->max);

		q->body(q, a->err, &a->ids[i], a->offset, m.len, part);
	}
	if (!q->r.busy)
		return;
	q->r.busy = false;
	q->r.done(&q->r, ERR_OK);
}

void
store_call_read(struct store_call *c, struct store_read_req *q, uint64_t lease,
    const struct mail_id *ids, unsigned n, uint64_t offset, uint32_t max)
{
	struct answer *a = answer_new(&pending_read, run_read);

	(void)c;
	EQ_INT(lease, 42);
	OK(n > 0 && n <= 64);
	OK(!q->r.busy);
	fake.reads++;
	q->r.busy = true;
	a->req = &q->r;
	memcpy(a->ids, ids, n * sizeof *ids);
	a->n = n;
	a->offset = offset;
	a->max = max;
	a->err = fake.read_err;
}

static void
run_expunge(struct answer *a)
{
	for (unsigned i = 0; i < a->n && a->err == ERR_OK; i++)
		fake.mail[number_of(&a->ids[i])] = SLICE_NONE;
	a->req->done(a->req, a->err);
}

void
store_call_expunge(struct store_call *c, struct store_req *r, uint64_t lease,
    const struct mail_id *ids, size_t n)
{
	struct answer *a = answer_new(&pending, run_expunge);

	(void)c;
	EQ_INT(lease, 42);
	fake.expunges++;
	r->busy = true;
	a->req = r;
	a->n = (unsigned)n;
	memcpy(a->ids, ids, n * sizeof *ids);
	a->err = fake.expunge_err;
}

struct store_call *
store_call_new(struct net_loop *l, enum role self)
{
	OK(l == fake.loop && self == ROLE_POP3);
	return (struct store_call *)(void *)&fake.store_peers;
}

void
store_call_free(struct store_call **c)
{
	*c = NULL;
}

void
store_call_on_lost(struct store_call *c, void (*lost)(void *ctx), void *ctx)
{
	(void)c;
	fake.lost = lost;
	fake.lost_ctx = ctx;
}

void
store_call_on_closed(struct store_call *c, void (*fn)(void *ctx), void *ctx)
{
	(void)c;
	fake.store_closed = fn;
	fake.closed_ctx = ctx;
}

void
auth_call_on_closed(struct auth_call *c, void (*fn)(void *ctx), void *ctx)
{
	(void)c;
	fake.auth_closed = fn;
	fake.closed_ctx = ctx;
}

enum err
store_call_attach(struct store_call *c, int fd)
{
	OK((void *)c == &fake.store_peers);
	fake.store_peers++;
	(void)close(fd);
	return ERR_OK;
}

void
store_req_cancel(struct store_call *c, struct store_req *r)
{
	(void)c;
	if (pending != NULL && pending->req == r)
		forget(&pending);
	if (pending_read != NULL && pending_read->req == r)
		forget(&pending_read);
	r->busy = false;
}

/* --- the client -------------------------------------------------------------
 */

void
fake_init(unsigned count)
{
	memset(&fake, 0, sizeof fake);
	conf_defaults(&fake.conf);
	(void)strcpy(fake.conf.hostname, "mail.example.test");
	fake.conf.listener[0].service = CONF_POP3;
	fake.conf.listener[0].tls = CONF_TLS_STARTTLS;
	fake.conf.listener[0].plaintext_auth = true;
	fake.conf.listener[0].idle_timeout_ms = 600 * 1000;
	fake.loop = net_loop_new();
	fake.server.loop = fake.loop;
	fake.server.conf = &fake.conf;
	list_init(&fake.server.sessions);
	buf_init(&fake.in, 64 << 20);
	fake.fd = -1;
	fake.count = count;
	for (unsigned n = 0; n < count; n++) {
		char *text = texts[n];
		int len = snprintf(text, sizeof texts[n],
		    "Subject: %u\r\n\r\nbody %u\r\n.dot\r\n", n + 1, n + 1);

		fake.mail[n] = slice_of(text, (size_t)len);
	}
}

void
fake_fini(void)
{
	LIST_EACH_SAFE(&fake.server.sessions, n)
	pop3_session_free(LIST_ITEM(n, struct pop3_session, node));
	EQ_INT(fake.server.ahead, 0);
	if (fake.fd >= 0)
		(void)close(fake.fd);
	buf_fini(&fake.in);
	net_loop_free(&fake.loop);
}

void
fake_connect(void)
{
	int fd[2];

	if (fake.fd >= 0)
		(void)close(fake.fd);
	OK(unit_pair(fd));
	fake.fd = fd[1];
	fake.closed = false;
	buf_reset(&fake.in);
	OK(pop3_session_new(&fake.server, fd[0], 0) != NULL);
	fake_run();
}

static bool
take_in(void)
{
	char text[65536];
	ssize_t n = read(fake.fd, text, sizeof text);

	if (n > 0)
		buf_add(&fake.in, text, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		fake.closed = true;
	return n > 0;
}

void
fake_run(void)
{
	for (unsigned quiet = 0; quiet < 6; quiet++) {
		net_loop_turn(fake.loop, 0);
		while (!fake.closed && take_in())
			quiet = 0;
	}
}

void
fake_send(struct slice s)
{
	while (s.len > 0) {
		ssize_t n = write(fake.fd, s.p, s.len);

		if (n > 0)
			s = slice_skip(s, (size_t)n);
		else if (errno != EAGAIN)
			return;
		fake_run();
	}
}

void
fake_talk(const char *name, const char *send, const char *want)
{
	unit_case(name);
	buf_reset(&fake.in);
	fake_send(slice_str(send));
	fake_run();
	if (fnmatch(want, buf_cstr(&fake.in), FNM_NOESCAPE) != 0)
		EQ_STR(buf_cstr(&fake.in), want);
	else
		OK(true);
}
