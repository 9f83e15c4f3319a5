/*
 * DELIVER: check everything a front process says about a message, copy its
 * head once, and hand it to the backend.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "base/secret.h"
#include "mime/mime_addr.h"
#include "store/store_field.h"
#include "store/store_proc_priv.h"
#include "store/store_rcpt.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	RCPTS_MAX = 10000,
	LOOPS_MAX = 64,       /* Delivered-To fields */
	TRACE_ROOM = 1 << 20, /* header fields of ours on top of SIZE */
	CLOCK_ROOM_S = 24 * 3600,
	SECOND_US = 1000000
};

struct deliver_req {
	struct req r;
	struct store_deliver op;
	struct msg_text from;
	char envid[2 * sizeof(((struct msg_short *)0)->s)];
};

/* The pieces of a tail. */
struct parts {
	struct slice rcpts, info, loops, head;
};

static struct parts
cut_tail(const struct msg_deliver *m, struct slice tail)
{
	struct parts p;

	p.rcpts = slice_first(tail, m->rcpt_len);
	tail = slice_skip(tail, m->rcpt_len);
	p.info = slice_first(tail, m->info_len);
	tail = slice_skip(tail, m->info_len);
	p.loops = slice_first(tail, m->loops_len);
	p.head = slice_skip(tail, m->loops_len);
	return p;
}

/* Addresses, each ended by '\n'. */
static bool
are_loops(struct slice s)
{
	struct mime_addr a;
	struct slice line;
	unsigned n = 0;

	while (s.len > 0) {
		if (!slice_cut(&s, '\n', &line) || ++n > LOOPS_MAX ||
		    mime_addr_parse(line, &a) != ERR_OK)
			return false;
	}
	return true;
}

static enum err
check_rcpts(struct slice rcpts, unsigned count, bool import)
{
	struct store_rcpt r;
	unsigned n = 0;
	enum err e;

	while ((e = store_rcpt_next(&rcpts, &r)) == ERR_OK && n < RCPTS_MAX) {
		if (r.mailbox != 0 && !import)
			return ERR_DENIED;
		n++;
	}
	return e == ERR_NOENT && n == count ? ERR_OK : ERR_PROTO;
}

/*
 * One front process must not make ids of another's: a delivery under an id that
 * a mailbox has already is taken for a repetition, so that foreseen ids could
 * make the mail of others vanish. A message may have got its id before this
 * process was started, though; those of then cannot be foreseen any more.
 * Ids do not go back when the clock is set back: neither does what is ahead.
 */
enum err
store_id_check(const struct peer *p, const struct mail_id *id)
{
	uint32_t number = num_get_be32(id->b + 8);
	uint64_t us = mail_id_us(id);

	if (p->maker != NULL && number == p->maker->number)
		return us / SECOND_US > store_node_clock(p->proc) / SECOND_US +
					    CLOCK_ROOM_S
			   ? ERR_RETRY
			   : ERR_OK;
	return number < p->proc->first_node && us < p->proc->start_us
		   ? ERR_OK
		   : ERR_RETRY;
}

/*
 * The descriptor must be one of our spilled files: regular, without a name, on
 * their file system, and as long as said. Such a file never blocks.
 */
static enum err
check_fd(const struct store_proc *p, int fd, uint64_t len)
{
	struct stat st;

	if (fd < 0)
		return len == 0 ? ERR_OK : ERR_PROTO;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 0 ||
	    !p->spill_known || st.st_dev != p->spill_dev)
		return ERR_DENIED;
	return st.st_size < 0 || (uint64_t)st.st_size < len ? ERR_PROTO
							    : ERR_OK;
}

static enum err
check_size(const struct peer *p, size_t head, uint64_t fd_len)
{
	uint64_t max = p->proc->conf->limits.message_size;

	if (p->role == ROLE_CTL) /* what is imported was accepted before */
		return ERR_OK;
	if (max > UINT64_MAX - TRACE_ROOM || head > max + TRACE_ROOM)
		return head > max ? ERR_TOOBIG : ERR_OK;
	return fd_len > max + TRACE_ROOM - head ? ERR_TOOBIG : ERR_OK;
}

enum err
store_right_of(struct peer *p, const struct msg_ticket *ticket, bool local,
    struct right *out)
{
	static const struct msg_ticket none;
	const struct store_ticket *k;

	*out = (struct right){local, 0};
	if (local && (p->role != ROLE_SMTP ||
			 strcmp(p->proc->conf->submit.socket, "off") == 0))
		return ERR_DENIED;
	if (secret_eq(ticket, &none, sizeof none))
		return ERR_OK;
	k = store_ticket_use(
	    &p->proc->tickets, ticket, MSG_PROTO_SUBMISSION, p->owner);
	if (k == NULL)
		return ERR_FENCED;
	*out = (struct right){true, k->account};
	return ERR_OK;
}

static enum err
check_texts(const struct msg_deliver *m, const struct parts *t)
{
	if (!store_is_text(msg_text_get(&m->from)) ||
	    !slice_is_printable(msg_short_get(&m->envid_head)) ||
	    !slice_is_printable(msg_short_get(&m->envid_tail)))
		return ERR_PROTO;
	return store_trail_info_valid(t->info) && are_loops(t->loops)
		   ? ERR_OK
		   : ERR_PROTO;
}

static enum err
check(
    struct peer *p, const struct msg_deliver *m, const struct parts *t, int fd)
{
	bool import = (m->flags & MSG_DELIVER_IMPORT) != 0;
	enum err e = ERR_OK;

	if (import && p->role != ROLE_CTL)
		return ERR_DENIED;
	if (!import)
		e = store_id_check(p, &m->id);
	if (e == ERR_OK)
		e = check_rcpts(t->rcpts, m->rcpts, import);
	if (e == ERR_OK)
		e = check_texts(m, t);
	if (e == ERR_OK)
		e = check_fd(p->proc, fd, m->fd_len);
	if (e == ERR_OK)
		e = check_size(p, t->head.len, m->fd_len);
	return e;
}

static void
delivered(struct store_op *op, enum err e)
{
	struct deliver_req *q = LIST_ITEM(op, struct deliver_req, op.op);

	if (q->op.fd >= 0)
		(void)close(q->op.fd);
	if (e == ERR_OK)
		store_tx_delivered(q->r.peer, q->op.tx);
	store_req_done(&q->r, e, q->op.held);
}

static struct slice
join_envid(struct deliver_req *q, const struct msg_deliver *m)
{
	struct slice a = msg_short_get(&m->envid_head);
	struct slice b = msg_short_get(&m->envid_tail);

	memcpy(q->envid, a.p, a.len);
	memcpy(q->envid + a.len, b.p, b.len);
	return slice_of(q->envid, a.len + b.len);
}

void
store_id_note(struct peer *p, const struct mail_id *id)
{
	if (p->maker != NULL && p->maker->floor_us < mail_id_us(id) &&
	    p->maker->number == num_get_be32(id->b + 8))
		p->maker->floor_us = mail_id_us(id);
}

static void
begin(struct peer *p, const struct msg_deliver *m, struct slice tail, int fd,
    const struct right *right)
{
	struct deliver_req *q = store_req_new(p, sizeof *q, tail.len, m->req);
	struct parts t;

	if (q == NULL) {
		store_answer(p, m->req, ERR_RETRY, 0);
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	store_id_note(p, &m->id);
	memcpy(q + 1, tail.p, tail.len);
	t = cut_tail(m, slice_of(q + 1, tail.len));
	q->op.account = right->account;
	q->op.relay = right->relay;
	q->from = m->from;
	q->op.id = m->id;
	q->op.from = msg_text_get(&q->from);
	q->op.rcpts = t.rcpts;
	q->op.info = t.info;
	q->op.loops = t.loops;
	q->op.nrcpts = m->rcpts;
	q->op.tx_owner = p->owner;
	q->op.tx = m->tx;
	q->op.head = t.head;
	q->op.fd = fd;
	q->op.fd_len = m->fd_len;
	q->op.flags = m->flags;
	q->op.envid = join_envid(q, m);
	q->op.ret = m->ret;
	q->op.op.done = delivered;
	p->proc->ops->deliver(p->proc->st, &q->op);
}

/* A few of them say it all. */
static void
log_refused(struct peer *p, enum err e)
{
	struct log_line l;

	if (p->refused++ >= REFUSED_LOGGED)
		return;
	log_begin(&l, LOG_ERROR, "delivery_refused");
	log_cstr(&l, "peer", role_name(p->role));
	log_err(&l, "reason", e);
	log_end(&l);
}

/* What is refused here no honest front process would send. */
void
store_on_deliver(void *ctx, struct msg_deliver *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct parts t = cut_tail(m, tail);
	struct right right;
	enum err e = check(p, m, &t, fd);

	if (e == ERR_OK)
		e = store_right_of(
		    p, &m->ticket, (m->flags & MSG_DELIVER_LOCAL) != 0, &right);
	if (e == ERR_OK) {
		begin(p, m, tail, fd, &right);
		return;
	}
	if (e != ERR_FENCED)
		log_refused(p, e);
	if (fd >= 0)
		(void)close(fd);
	store_answer(p, m->req, e, 0);
}
