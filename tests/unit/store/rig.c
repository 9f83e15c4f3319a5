/* A store process on the test's loop. */
#include "tests/unit/store/rig.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/secret.h"
#include "tests/unit/unit_pair.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PATIENCE = 4000, /* turns of 5 ms, if nothing happens in them */
	TURNS = 1000     /* without one */
};

static void
keep_line(void *ctx, struct slice line)
{
	struct rig *r = ctx;

	buf_add_slice(&r->log, line);
	buf_add_char(&r->log, '\n');
}

void
rig_account(struct buf *out, const char *name, uint64_t mailbox, uint64_t quota,
    enum store_state state)
{
	struct store_account a = {slice_str(name), SLICE("$y$x"), SLICE(""),
	    state, mailbox, quota, 1, 1, SLICE_NONE, false, SLICE_NONE};

	buf_reset(out);
	store_account_encode(&a, out);
}

static void
put_account(struct rig *r, uint64_t id, const char *name, uint64_t quota,
    enum store_state state)
{
	struct store_name n = {STORE_MAILBOX, id, SLICE_NONE, 0};
	struct buf b = BUF_INIT(4096);
	uint8_t key[8];

	num_put_be64(key, id);
	rig_account(&b, name, id + 100, quota, state);
	store_mem_put(r->st, STORE_ACCOUNT, slice_of(key, 8), buf_slice(&b));
	buf_reset(&b);
	store_name_encode(&n, &b);
	store_mem_put(r->st, STORE_NAME, slice_str(name), buf_slice(&b));
	buf_fini(&b);
}

static void
put_directory(struct rig *r)
{
	struct store_domain d = {0, 0, 1};
	struct store_name n = {
	    STORE_ALIAS, 0, SLICE("alice@example.test\nbob@example.test\n"), 0};
	struct buf b = BUF_INIT(4096);

	store_domain_encode(&d, &b);
	store_mem_put(
	    r->st, STORE_DOMAIN, SLICE("example.test"), buf_slice(&b));
	buf_reset(&b);
	store_name_encode(&n, &b);
	store_mem_put(
	    r->st, STORE_NAME, SLICE("staff@example.test"), buf_slice(&b));
	buf_fini(&b);
	put_account(r, 1, "alice@example.test", 0, STORE_ACTIVE);
	put_account(r, 2, "bob@example.test", 1000, STORE_ACTIVE);
	put_account(r, 3, "sue@example.test", 0, STORE_SUSPENDED);
}

void
rig_open(struct rig *r)
{
	struct buf why = BUF_INIT(256);

	memset(r, 0, sizeof *r);
	buf_init(&r->log, 1 << 20);
	log_set_sink(keep_line, r);
	r->loop = net_loop_new();
	r->conf.limits.message_size = 1 << 20;
	r->conf.subaddress[0] = '+';
	r->ops = &store_mem;
	OK(r->ops->open(&r->st, &r->conf, r->loop, &why) == ERR_OK);
	OK(r->ops->start(r->st) == ERR_OK);
	put_directory(r);
	r->proc = store_proc_new(r->loop, &r->conf, r->ops, r->st);
	buf_fini(&why);
}

void
rig_close(struct rig *r)
{
	store_proc_free(&r->proc);
	r->ops->close(&r->st);
	net_loop_free(&r->loop);
	log_set_sink(NULL, NULL);
	buf_fini(&r->log);
}

int
rig_attach(struct rig *r, enum role role)
{
	int fd[2];

	OK(unit_pair(fd));
	OK(store_proc_peer(r->proc, role, fd[0]) == ERR_OK);
	return fd[1];
}

/* --- a raw peer -------------------------------------------------------- */

#define X(name, payload, from, to, tail_max, fds)                              \
	static void on_##payload(                                              \
	    void *ctx, struct msg_##payload *m, struct slice tail, int fd)     \
	{                                                                      \
		struct rig_peer *p = ctx;                                      \
		struct rig_msg *g = calloc(1, sizeof *g);                      \
                                                                               \
		g->type = MSG_##name;                                          \
		g->m.payload = *m;                                             \
		buf_init(&g->tail, 4 << 20);                                   \
		buf_add_slice(&g->tail, tail);                                 \
		g->fd = fd;                                                    \
		list_push_back(&p->msgs, &g->node);                            \
	}
MSG_TABLE(X)
#undef X

static const struct msg_handlers keep_all = {
#define X(name, payload, from, to, tail_max, fds) .payload = on_##payload,
    MSG_TABLE(X)
#undef X
};

static void
free_msg(struct rig_msg **g)
{
	if (*g == NULL)
		return;
	if ((*g)->fd >= 0)
		(void)close((*g)->fd);
	buf_fini(&(*g)->tail);
	free(*g);
	*g = NULL;
}

static void
closed(void *ctx, enum err why)
{
	struct rig_peer *p = ctx;

	p->closed = true;
	p->why = why;
	chan_free(&p->chan);
}

void
rig_adopt(struct rig *r, struct rig_peer *p, enum role role, int fd)
{
	const struct rig_msg *g;

	memset(p, 0, sizeof *p);
	p->rig = r;
	list_init(&p->msgs);
	p->chan = chan_new(r->loop, fd, role, ROLE_STORE, &keep_all, closed, p);
	if (role == ROLE_SMTP || role == ROLE_CTL || role == ROLE_RELAY) {
		g = rig_get(p, MSG_NODE);
		mail_id_maker_init(
		    &p->maker, g->m.node.node, g->m.node.floor_us);
	}
}

void
rig_join(struct rig *r, struct rig_peer *p, enum role role)
{
	rig_adopt(r, p, role, rig_attach(r, role));
}

struct chan *
rig_parent(struct rig *r, struct rig_peer *p, const int fd[2])
{
	static const struct msg_handlers deaf;

	rig_adopt(r, p, ROLE_PARENT, fd[1]);
	return chan_new(
	    r->loop, fd[0], ROLE_STORE, ROLE_PARENT, &deaf, NULL, NULL);
}

void
rig_leave(struct rig_peer *p)
{
	struct list_node *n;

	chan_free(&p->chan);
	free_msg(&p->last);
	while ((n = list_pop_front(&p->msgs)) != NULL) {
		p->last = LIST_ITEM(n, struct rig_msg, node);
		free_msg(&p->last);
	}
	rig_settle(p->rig);
}

bool
rig_until(struct rig *r, const bool *flag)
{
	for (int i = 0; i < PATIENCE && !*flag; i++)
		net_loop_turn(r->loop, 5);
	return *flag;
}

void
rig_settle(struct rig *r)
{
	for (int i = 0; i < 30; i++)
		net_loop_turn(r->loop, 0);
}

void
rig_pass(struct rig *r, unsigned ms)
{
	uint64_t end = clock_mono_ms() + ms;

	while (clock_mono_ms() < end)
		net_loop_turn(r->loop, 1);
	for (unsigned i = 0; i < TURNS; i++) /* nobody ran us, maybe */
		net_loop_turn(r->loop, 0);
}

const struct rig_msg *
rig_get(struct rig_peer *p, uint16_t type)
{
	static const struct rig_msg none;

	free_msg(&p->last);
	for (int i = 0; i < PATIENCE && list_empty(&p->msgs) && !p->closed; i++)
		net_loop_turn(p->rig->loop, 5);
	if (!OK(!list_empty(&p->msgs)))
		return &none;
	p->last = LIST_ITEM(list_pop_front(&p->msgs), struct rig_msg, node);
	EQ_STR(msg_name(p->last->type), msg_name(type));
	return p->last->type == type ? p->last : &none;
}

bool
rig_silent(struct rig_peer *p)
{
	rig_settle(p->rig);
	return list_empty(&p->msgs) && !p->closed;
}

enum err
rig_done(struct rig_peer *p, uint64_t req, uint64_t *value)
{
	const struct rig_msg *g = rig_get(p, MSG_DONE);

	EQ_INT(g->m.done.req, req);
	if (value != NULL)
		*value = g->m.done.value;
	return (enum err)g->m.done.err;
}

/* --- things often said ------------------------------------------------- */

void
rig_send_deliver(struct rig_peer *p, struct msg_deliver *m, const char *rcpts,
    const char *text, int fd)
{
	struct slice in = slice_str(rcpts);
	struct buf tail = BUF_INIT(4 << 20);
	struct store_rcpt r = {0, SLICE_NONE, SLICE_NONE, SLICE_NONE, 0};

	m->rcpts = 0;
	while (in.len > 0) {
		slice_cut(&in, ' ', &r.addr);
		store_rcpt_add(&tail, &r);
		m->rcpts++;
	}
	m->rcpt_len = (uint32_t)tail.len;
	buf_add_str(&tail, text);
	if (mail_id_is_zero(&m->id))
		m->id = mail_id_make(&p->maker);
	OK(msg_send_deliver(p->chan, m, buf_slice(&tail), fd) == ERR_OK);
	buf_fini(&tail);
}

enum err
rig_deliver(struct rig_peer *p, const char *rcpts, const char *text,
    struct mail_id *id_out)
{
	struct msg_deliver m;

	memset(&m, 0, sizeof m);
	m.req = 4711;
	(void)msg_text_set(&m.from, SLICE("ann@remote.test"));
	rig_send_deliver(p, &m, rcpts, text, -1);
	if (id_out != NULL)
		*id_out = m.id;
	return rig_done(p, 4711, NULL);
}

struct msg_ticket
rig_ticket(struct rig_peer *auth, uint64_t account, uint64_t mailbox,
    uint32_t protocol, uint64_t ttl_ms)
{
	struct msg_ticket_new m;

	memset(&m, 0, sizeof m);
	m.req = 99;
	m.account = account;
	m.mailbox = mailbox;
	m.ttl_ms = ttl_ms;
	m.protocol = protocol;
	secret_random(&m.ticket, sizeof m.ticket);
	OK(msg_send_ticket_new(auth->chan, &m, SLICE_NONE, -1) == ERR_OK);
	EQ_INT(rig_done(auth, 99, NULL), ERR_OK);
	return m.ticket;
}

uint64_t
rig_box_open(struct rig_peer *p, const struct msg_ticket *ticket,
    enum err *e_out, unsigned *rows_out)
{
	struct msg_box_open m = {77, 0, *ticket};
	const struct rig_msg *g;

	*rows_out = 0;
	OK(msg_send_box_open(p->chan, &m, SLICE_NONE, -1) == ERR_OK);
	do {
		g = rig_get(p, MSG_BOX_ROWS);
		EQ_INT(g->m.box_rows.req, 77);
		*rows_out += g->m.box_rows.n;
	} while (g->m.box_rows.more != 0);
	*e_out = (enum err)g->m.box_rows.err;
	return g->m.box_rows.lease;
}

void
rig_box_close(struct rig_peer *p, uint64_t lease)
{
	struct msg_box_close m = {lease};

	OK(msg_send_box_close(p->chan, &m, SLICE_NONE, -1) == ERR_OK);
	rig_settle(p->rig);
}

struct count {
	struct store_total op;
	bool done;
};

static void
counted(struct store_op *op, enum err e)
{
	OK(e == ERR_OK);
	LIST_ITEM(op, struct count, op.op)->done = true;
}

uint64_t
rig_count(struct rig *r, uint64_t mailbox)
{
	struct count c;

	memset(&c, 0, sizeof c);
	c.op.mailbox = mailbox;
	c.op.op.done = counted;
	r->ops->total(r->st, &c.op);
	OK(rig_until(r, &c.done));
	return c.op.count;
}
