/*
 * A front or relay process that was taken over talks to the store. Whatever it
 * sends: a mailbox that nobody has logged in to stays as it was and is not
 * read, what is in the queue stays readable, and when the channel ends nothing
 * of it is left, neither requests nor leases.
 *
 * The first octet chooses the role, then each message is: type, what to make
 * right in it (a ticket, a lease, ids, recipients, a descriptor), a run of
 * octets for the fixed part and where it goes, a run of octets for the tail.
 */
#include "fuzz.h"

#include "base/log.h"
#include "base/num.h"
#include "store/mem/store_mem.h"
#include "store/store_proc.h"
#include "store/store_rcpt.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ALICE = 101, BOB = 102, STEPS_MAX = 64 };
enum { /* what is made right */
	RIGHT_TICKET = 1,
	RIGHT_LEASE = 2,
	RIGHT_IDS = 4,
	RIGHT_RCPTS = 8,
	RIGHT_FD = 16,
	THEN_TURN = 32,
	THEN_CLOSE = 64
};
static const char secret[] = "for the eyes of Bob";

struct front {
	struct net_loop *loop;
	struct conf conf;
	struct store *st;
	struct store_proc *proc;
	struct chan *chan;
	enum role role;
	struct msg_ticket ticket; /* alice's */
	struct mail_id_maker maker;
	struct mail_id id; /* of alice's message */
	struct store_out_key queued;
	uint64_t lease;
	int fd; /* the last spilled file; -1 */
	bool closed;
};

/* --- what the front hears ---------------------------------------------- */

static void
on_node(void *ctx, struct msg_node *m, struct slice tail, int fd)
{
	struct front *f = ctx;

	(void)tail;
	(void)fd;
	mail_id_maker_init(&f->maker, m->node, m->floor_us);
}

static void
on_rows(void *ctx, struct msg_box_rows *m, struct slice tail, int fd)
{
	struct front *f = ctx;

	(void)tail;
	(void)fd;
	if (m->lease != 0)
		f->lease = m->lease;
}

static void
on_body(void *ctx, struct msg_body *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)m;
	(void)fd;
	FUZZ_CHECK(slice_find_slice(tail, slice_str(secret)) == tail.len);
}

static void
on_spilled(void *ctx, struct msg_spilled *m, struct slice tail, int fd)
{
	struct front *f = ctx;

	(void)m;
	(void)tail;
	if (fd < 0)
		return;
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = fd;
}

static void
on_resolved(void *ctx, struct msg_resolved *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)m;
	(void)tail;
	(void)fd;
}

static void
on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)m;
	(void)tail;
	(void)fd;
}

static void
on_queue_rows(void *ctx, struct msg_queue_rows *m, struct slice tail, int fd)
{
	struct store_out_row row;
	struct store_out o;
	unsigned n = 0;

	(void)ctx;
	(void)fd;
	while (store_out_rows_next(&tail, &row) == ERR_OK) {
		FUZZ_CHECK(store_out_decode(row.out, &o) == ERR_OK);
		FUZZ_CHECK(o.state == STORE_OUT_SENDING);
		n++;
	}
	FUZZ_CHECK(n == m->n && tail.len == 0);
}

static void
on_queue_due(void *ctx, struct msg_queue_due *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)m;
	(void)tail;
	(void)fd;
}

static const struct msg_handlers handlers = {
    .queue_rows = on_queue_rows,
    .queue_due = on_queue_due,
    .node = on_node,
    .box_rows = on_rows,
    .body = on_body,
    .spilled = on_spilled,
    .resolved = on_resolved,
    .done = on_done,
};

static void
on_closed(void *ctx, enum err why)
{
	struct front *f = ctx;

	(void)why;
	f->closed = true;
	chan_free(&f->chan);
}

/* --- the store --------------------------------------------------------- */

static void
put_account(struct front *f, uint64_t id, const char *name)
{
	struct store_account a = {slice_str(name), SLICE_NONE, SLICE_NONE,
	    STORE_ACTIVE, id + 100, 0, 0, 0, SLICE_NONE, false, SLICE_NONE};
	struct store_name n = {STORE_MAILBOX, id, SLICE_NONE, 0};
	struct buf b = BUF_INIT(1000);
	uint8_t key[8];

	num_put_be64(key, id);
	(void)store_account_encode(&a, &b);
	store_mem_put(f->st, STORE_ACCOUNT, slice_of(key, 8), buf_slice(&b));
	buf_reset(&b);
	(void)store_name_encode(&n, &b);
	store_mem_put(f->st, STORE_NAME, slice_str(name), buf_slice(&b));
	buf_fini(&b);
}

static bool op_done;

static void
note_done(struct store_op *op, enum err e)
{
	(void)op;
	FUZZ_CHECK(e == ERR_OK);
	op_done = true;
}

static void
wait_op(struct front *f)
{
	for (op_done = false; !op_done;)
		net_loop_turn(f->loop, 0);
}

static void
put_message(struct front *f, uint64_t mailbox, const char *text, uint8_t n)
{
	struct store_rcpt r = {mailbox, SLICE_NONE, SLICE_NONE, SLICE_NONE, 0};
	struct buf rcpts = BUF_INIT(1000);
	struct store_deliver d;

	memset(&d, 0, sizeof d);
	store_rcpt_add(&rcpts, &r);
	d.id.b[0] = n;
	d.rcpts = buf_slice(&rcpts);
	d.nrcpts = 1;
	d.head = slice_str(text);
	d.fd = -1;
	d.flags = MSG_DELIVER_IMPORT;
	d.op.done = note_done;
	store_mem.deliver(f->st, &d);
	wait_op(f);
	f->id = d.id;
	buf_fini(&rcpts);
}

/* From alice to two elsewhere. */
static void
put_queued(struct front *f)
{
	struct store_rcpt a = {.addr = SLICE("x@far.example")};
	struct store_rcpt b = {.addr = SLICE("y@near.example")};
	struct buf rcpts = BUF_INIT(1000);
	struct store_deliver d;

	memset(&d, 0, sizeof d);
	store_rcpt_add(&rcpts, &a);
	store_rcpt_add(&rcpts, &b);
	d.id.b[0] = 3;
	d.from = SLICE("alice@a.test");
	d.rcpts = buf_slice(&rcpts);
	d.nrcpts = 2;
	d.head = SLICE("hello, too");
	d.fd = -1;
	d.relay = true;
	d.op.done = note_done;
	store_mem.deliver(f->st, &d);
	wait_op(f);
	f->queued.id = d.id;
	buf_fini(&rcpts);
}

/* All of it can be read, and who comes next finds nothing being sent. */
static void
check_queue(struct front *f)
{
	struct buf rows = BUF_INIT(1 << 20);
	struct store_queue_list l = {
	    .op.done = note_done, .max = 100000, .rows = &rows};
	struct store_doubt d = {.op.done = note_done, .retry_us = 1};
	struct store_envelope env;
	struct store_out_row row;
	struct store_out o;
	struct slice rest;

	store_mem.doubt(f->st, &d);
	wait_op(f);
	store_mem.queue_list(f->st, &l);
	wait_op(f);
	rest = buf_slice(&rows);
	while (store_out_rows_next(&rest, &row) == ERR_OK) {
		FUZZ_CHECK(store_out_decode(row.out, &o) == ERR_OK);
		FUZZ_CHECK(o.state != STORE_OUT_SENDING);
		if (row.envelope.len > 0)
			FUZZ_CHECK(store_envelope_decode(row.envelope, &env) ==
				   ERR_OK);
	}
	FUZZ_CHECK(rest.len == 0);
	buf_fini(&rows);
}

/* A ticket for alice, as auth gives it. */
static void
log_in(struct front *f)
{
	static const struct msg_handlers deaf = {.done = on_done};
	struct msg_ticket_new m;
	struct chan *auth;
	int fd[2];

	FUZZ_CHECK(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	FUZZ_CHECK(store_proc_peer(f->proc, ROLE_AUTH, fd[0]) == ERR_OK);
	auth =
	    chan_new(f->loop, fd[1], ROLE_AUTH, ROLE_STORE, &deaf, NULL, NULL);
	memset(&m, 0, sizeof m);
	m.account = 1;
	m.mailbox = ALICE;
	m.ttl_ms = 100000;
	m.protocol =
	    f->role == ROLE_POP3 ? MSG_PROTO_POP3 : MSG_PROTO_SUBMISSION;
	memset(&m.ticket, 0x5a, sizeof m.ticket);
	f->ticket = m.ticket;
	FUZZ_CHECK(msg_send_ticket_new(auth, &m, SLICE_NONE, -1) == ERR_OK);
	for (int i = 0; i < 4; i++)
		net_loop_turn(f->loop, 0);
	chan_free(&auth);
}

static void
begin(struct front *f, enum role role)
{
	struct buf why = BUF_INIT(100);
	int fd[2];

	memset(f, 0, sizeof *f);
	f->role = role;
	f->fd = -1;
	f->conf.limits.message_size = 1 << 16;
	f->loop = net_loop_new();
	FUZZ_CHECK(store_mem.open(&f->st, &f->conf, f->loop, &why) == ERR_OK);
	store_mem_put(f->st, STORE_DOMAIN, SLICE("a.test"), SLICE("\1"));
	put_account(f, 1, "alice@a.test");
	put_account(f, 2, "bob@a.test");
	put_message(f, BOB, secret, 1);
	put_message(f, ALICE, "hello", 2);
	put_queued(f);
	f->proc = store_proc_new(f->loop, &f->conf, &store_mem, f->st);
	FUZZ_CHECK(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	FUZZ_CHECK(store_proc_peer(f->proc, role, fd[0]) == ERR_OK);
	f->chan =
	    chan_new(f->loop, fd[1], role, ROLE_STORE, &handlers, on_closed, f);
	log_in(f);
	buf_fini(&why);
}

static uint64_t
count(struct front *f, uint64_t mailbox)
{
	struct store_total t;

	memset(&t, 0, sizeof t);
	t.mailbox = mailbox;
	t.op.done = note_done;
	store_mem.total(f->st, &t);
	wait_op(f);
	return t.count;
}

/* The lease of alice's mailbox can be had: nobody kept it. */
static void
check_free(struct front *f)
{
	struct store_lease l;

	memset(&l, 0, sizeof l);
	l.mailbox = ALICE;
	l.owner = UINT64_MAX;
	l.op.done = note_done;
	store_mem.lease_take(f->st, &l);
	wait_op(f);
}

static void
end(struct front *f)
{
	chan_free(&f->chan);
	if (f->fd >= 0)
		(void)close(f->fd);
	for (int i = 0; i < 1000 && !store_proc_quiet(f->proc); i++)
		net_loop_turn(f->loop, 0);
	FUZZ_CHECK(store_proc_quiet(f->proc));
	FUZZ_CHECK(count(f, BOB) >= 1);
	check_free(f);
	check_queue(f);
	store_proc_free(&f->proc);
	store_mem.close(&f->st);
	net_loop_free(&f->loop);
}

/* --- what the front says ----------------------------------------------- */

/* a run of octets: its length, then the octets */
static struct slice
take_run(struct slice *in)
{
	size_t len = in->len == 0 ? 0 : (uint8_t)in->p[0];
	struct slice run;

	*in = slice_skip(*in, 1);
	run = slice_first(*in, len);
	*in = slice_skip(*in, run.len);
	return run;
}

static unsigned
take_octet(struct slice *in)
{
	unsigned c = in->len == 0 ? 0 : (uint8_t)in->p[0];

	*in = slice_skip(*in, 1);
	return c;
}

struct message {
	unsigned type;
	char fixed[2048];
	struct buf tail;
};

static void
put_at(struct message *m, size_t at, const void *p, size_t n)
{
	memcpy(m->fixed + at, p, n);
}

#define PUT(m, type, member, value)                                            \
	put_at(                                                                \
	    (m), offsetof(struct msg_##type, member), &(value), sizeof(value))

static void
set_tickets(const struct front *f, struct message *m)
{
	if (m->type == MSG_BOX_OPEN)
		PUT(m, box_open, ticket, f->ticket);
	else if (m->type == MSG_SENDER)
		PUT(m, sender, ticket, f->ticket);
	else if (m->type == MSG_DELIVER)
		PUT(m, deliver, ticket, f->ticket);
	else if (m->type == MSG_RESOLVE)
		PUT(m, resolve, ticket, f->ticket);
}

static void
set_lease(const struct front *f, struct message *m)
{
	if (m->type == MSG_BOX_READ)
		PUT(m, box_read, lease, f->lease);
	else if (m->type == MSG_BOX_MARK)
		PUT(m, box_mark, lease, f->lease);
	else if (m->type == MSG_BOX_EXPUNGE)
		PUT(m, box_expunge, lease, f->lease);
	else if (m->type == MSG_BOX_CLOSE)
		PUT(m, box_close, lease, f->lease);
}

/* An outcome of the kind that the tail's first octet names, and a report. */
static void
set_settle(struct front *f, struct message *m)
{
	struct slice said = buf_slice(&m->tail);
	struct store_outcome o = {.key = f->queued, .next_us = 1};
	struct store_report r = {
	    .to = SLICE("alice@a.test"), .body = SLICE("sorry")};
	struct buf tail = BUF_INIT(4096);
	uint32_t one = 1, len;

	o.kind = (enum store_outcome_kind)(
	    1 + take_octet(&said) % (STORE_OUTCOME_KINDS - 1));
	f->queued.n ^= 1;
	r.id = mail_id_make(&f->maker);
	(void)store_outcome_add(&tail, &o);
	len = (uint32_t)tail.len;
	(void)store_report_add(&tail, &r);
	PUT(m, queue_settle, outcomes_len, len);
	PUT(m, queue_settle, noutcomes, one);
	PUT(m, queue_settle, nreports, one);
	buf_fini(&m->tail);
	m->tail = tail;
}

static void
set_ids(struct front *f, struct message *m)
{
	uint32_t n;

	if (m->type == MSG_DELIVER) {
		f->id = mail_id_make(&f->maker);
		PUT(m, deliver, id, f->id);
	} else if (m->type == MSG_QUEUE_SETTLE) {
		set_settle(f, m);
	} else if (m->type == MSG_QUEUE_READ) {
		PUT(m, queue_read, id, f->queued.id);
	} else {
		buf_add(&m->tail, &f->id, sizeof f->id);
		buf_cut(&m->tail, m->tail.len / MAIL_ID_LEN * MAIL_ID_LEN);
		n = (uint32_t)(m->tail.len / MAIL_ID_LEN);
		if (m->type == MSG_BOX_READ)
			PUT(m, box_read, n, n);
		else if (m->type == MSG_BOX_MARK)
			PUT(m, box_mark, n, n);
	}
}

/* Recipients in front of what the tail was. */
static void
set_rcpts(struct message *m)
{
	struct store_rcpt r = {
	    0, SLICE("alice@a.test"), SLICE_NONE, SLICE_NONE, 0};
	struct buf rcpts = BUF_INIT(2000);
	uint32_t one = 1, len, none = 0;

	if (m->type != MSG_DELIVER)
		return;
	store_rcpt_add(&rcpts, &r);
	len = (uint32_t)rcpts.len;
	PUT(m, deliver, rcpts, one);
	PUT(m, deliver, rcpt_len, len);
	PUT(m, deliver, ret, none);
	buf_add_slice(&rcpts, buf_slice(&m->tail));
	buf_fini(&m->tail);
	m->tail = rcpts;
}

static void
turn(struct front *f)
{
	for (int i = 0; i < 6; i++)
		net_loop_turn(f->loop, 0);
}

/* Mostly what a front may say. */
static unsigned
take_type(struct slice *in)
{
	static const uint8_t usual[] = {MSG_RESOLVE, MSG_SENDER, MSG_SPILL,
	    MSG_DELIVER, MSG_TX_END, MSG_BOX_OPEN, MSG_BOX_CLOSE, MSG_BOX_READ,
	    MSG_BOX_MARK, MSG_BOX_EXPUNGE, MSG_QUEUE_TAKE, MSG_QUEUE_DOUBT,
	    MSG_QUEUE_SETTLE, MSG_QUEUE_READ, MSG_DONE, MSG_CONTROL_ROW};
	unsigned c = take_octet(in);

	return c < sizeof usual ? usual[c] : c % MSG_COUNT;
}

static void
step(struct front *f, struct slice *in)
{
	struct message m = {0, {0}, BUF_INIT(8192)};
	unsigned right;
	struct slice run;
	size_t len, at;
	int fd = -1;

	m.type = take_type(in);
	right = take_octet(in);
	len = msg_fixed_len((uint16_t)m.type);
	FUZZ_CHECK(len <= sizeof m.fixed);
	run = take_run(in);
	at = take_octet(in) * 4 % (len + 1);
	put_at(&m, at, run.p, run.len < len - at ? run.len : len - at);
	buf_add_slice(&m.tail, take_run(in));
	if ((right & RIGHT_TICKET) != 0)
		set_tickets(f, &m);
	if ((right & RIGHT_LEASE) != 0)
		set_lease(f, &m);
	if ((right & RIGHT_IDS) != 0)
		set_ids(f, &m);
	if ((right & RIGHT_RCPTS) != 0)
		set_rcpts(&m);
	if ((right & RIGHT_FD) != 0)
		fd = dup(f->fd >= 0 ? f->fd : 0);
	(void)chan_send(
	    f->chan, (uint16_t)m.type, m.fixed, len, buf_slice(&m.tail), fd);
	buf_fini(&m.tail);
	if ((right & THEN_CLOSE) != 0 && (right & THEN_TURN) != 0)
		chan_free(&f->chan);
	else if ((right & THEN_TURN) != 0)
		turn(f);
}

static void
no_line(void *ctx, struct slice line)
{
	(void)ctx;
	(void)line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum role roles[] = {ROLE_SMTP, ROLE_POP3, ROLE_RELAY};
	struct slice in = slice_of(data, size);
	struct front f;

	if (size < 2)
		return 0;
	log_set_sink(no_line, NULL);
	begin(&f, roles[take_octet(&in) % 3]);
	for (int i = 0; i < STEPS_MAX && in.len > 0 && f.chan != NULL; i++)
		step(&f, &in);
	for (int i = 0; i < 3 && f.chan != NULL; i++)
		turn(&f);
	end(&f);
	return 0;
}
