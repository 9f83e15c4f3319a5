/* For auth: tickets it has made, accounts by login name, better hashes. */
#include "base/num.h"
#include "base/secret.h"
#include "mime/mime_addr.h"
#include "store/store_proc_priv.h"

#include <string.h>

void
store_on_ticket_new(
    void *ctx, struct msg_ticket_new *m, struct slice tail, int fd)
{
	struct peer *p = ctx;

	(void)tail;
	(void)fd;
	store_answer(p, m->req, store_ticket_add(&p->proc->tickets, m), 0);
}

/* --- changes by an operator -------------------------------------------- */

/* closed: removed or suspended; sessions that are open lose their lease. */
void
store_account_changed(struct store_proc *p, uint64_t account, bool closed)
{
	struct peer *auth = store_peer_of(p, ROLE_AUTH);
	struct msg_account_changed m = {account};

	store_tickets_account_gone(&p->tickets, account);
	if (auth != NULL)
		store_sent(auth,
		    msg_send_account_changed(auth->chan, &m, SLICE_NONE, -1));
	if (closed)
		store_account_close(p, account);
}

/* --- who is this? ------------------------------------------------------ */

struct account_req {
	struct req r;
	struct store_get get;
	struct mime_addr name;
	uint8_t key[8];
	uint64_t account;
	struct buf value;  /* the record */
	struct buf answer; /* what auth gets of it */
};

static void
answer_account(struct peer *p, uint64_t id, enum err e,
    const struct account_req *q, const struct store_account *a)
{
	struct msg_account m;
	struct slice record = SLICE_NONE;

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = id;
	m.err = e;
	if (e == ERR_OK) {
		m.account = q->account;
		m.mailbox = a->mailbox;
		m.version = q->get.version;
		(void)msg_text_set(&m.name, a->name);
		record = buf_slice(&q->answer);
	}
	store_sent(p, msg_send_account(p->chan, &m, record, -1));
}

static void
end_account(struct account_req *q, enum err e, const struct store_account *a)
{
	answer_account(q->r.peer, q->r.id, e, q, a);
	buf_wipe(&q->value);
	buf_wipe(&q->answer);
	store_req_end(&q->r);
}

/* A thousand targets of a forward, or delegates, are no business of a login's.
 */
static enum err
make_answer(struct account_req *q, struct store_account *a)
{
	enum err e = store_account_decode(buf_slice(&q->value), a);

	a->forward = SLICE_NONE;
	a->keep = false;
	a->delegates = SLICE_NONE;
	return e == ERR_OK ? store_account_encode(a, &q->answer) : e;
}

static void
got_account(struct store_op *op, enum err e)
{
	struct account_req *q = LIST_ITEM(op, struct account_req, get.op);
	struct store_account a;

	if (e == ERR_NOENT) /* a name leads to it */
		e = ERR_CORRUPT;
	if (e == ERR_OK)
		e = make_answer(q, &a);
	end_account(q, e, &a);
}

static void
got_name(struct store_op *op, enum err e)
{
	struct account_req *q = LIST_ITEM(op, struct account_req, get.op);
	struct store_proc *p = q->r.peer->proc;
	struct store_name n;

	if (e == ERR_OK)
		e = store_name_decode(buf_slice(&q->value), &n);
	if (e == ERR_OK && n.type != STORE_MAILBOX)
		e = ERR_NOENT;
	if (e != ERR_OK) {
		end_account(q, e, NULL);
		return;
	}
	q->account = n.account;
	num_put_be64(q->key, n.account);
	buf_reset(&q->value);
	q->get.kind = STORE_ACCOUNT;
	q->get.key = slice_of(q->key, sizeof q->key);
	q->get.op.done = got_account;
	p->ops->get(p->st, &q->get);
}

/* A login name is an address in any spelling that mail to it may have; not an
 * alias, not a subaddress. */
void
store_on_account_get(
    void *ctx, struct msg_account_get *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct mime_addr given;
	struct account_req *q;

	(void)tail;
	(void)fd;
	if (mime_addr_parse(msg_text_get(&m->name), &given) != ERR_OK) {
		answer_account(p, m->req, ERR_NOENT, NULL, NULL);
		return;
	}
	if ((q = store_req_new(p, sizeof *q, 0, m->req)) == NULL) {
		answer_account(p, m->req, ERR_RETRY, NULL, NULL);
		return;
	}
	mime_addr_key(&given, &q->name);
	buf_init(&q->value, STORE_VALUE_MAX);
	buf_init(&q->answer, STORE_VALUE_MAX);
	q->get.kind = STORE_NAME;
	q->get.key = mime_addr_slice(&q->name);
	q->get.value = &q->value;
	q->get.op.done = got_name;
	p->proc->ops->get(p->proc->st, &q->get);
}

/* --- a better hash ----------------------------------------------------- */

struct secret_req {
	struct req r;
	struct store_get get;
	struct store_commit commit;
	struct store_change change;
	uint8_t key[8];
	uint64_t version;
	uint32_t kind;
	struct buf old, value; /* the record before and after */
	struct slice secret;   /* behind the struct */
};

static void
end_secret(struct secret_req *q, enum err e)
{
	buf_wipe(&q->old);
	buf_wipe(&q->value);
	secret_wipe((char *)(q + 1), q->secret.len);
	store_req_done(&q->r, e, 0);
}

static void
secret_committed(struct store_op *op, enum err e)
{
	end_secret(LIST_ITEM(op, struct secret_req, commit.op), e);
}

/* The account with its new secret, into q->value. */
static enum err
replace_secret(struct secret_req *q)
{
	struct store_account a;
	enum err e;

	if (q->get.version != q->version)
		return ERR_BUSY;
	if ((e = store_account_decode(buf_slice(&q->old), &a)) != ERR_OK)
		return e;
	if (q->kind == MSG_SECRET_HASH)
		a.hash = q->secret;
	else
		a.scram = q->secret;
	return store_account_encode(&a, &q->value);
}

static void
secret_got(struct store_op *op, enum err e)
{
	struct secret_req *q = LIST_ITEM(op, struct secret_req, get.op);
	struct store_proc *p = q->r.peer->proc;

	if (e == ERR_OK)
		e = replace_secret(q);
	if (e != ERR_OK) {
		end_secret(q, e);
		return;
	}
	q->change = (struct store_change){
	    STORE_ACCOUNT, q->get.key, buf_slice(&q->value), q->version};
	q->commit.change = &q->change;
	q->commit.n = 1;
	q->commit.op.done = secret_committed;
	p->ops->commit(p->st, &q->commit);
}

void
store_on_account_secret(
    void *ctx, struct msg_account_secret *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct secret_req *q;

	(void)fd;
	if (!slice_is_printable(tail)) {
		store_answer(p, m->req, ERR_SYNTAX, 0);
		return;
	}
	if ((q = store_req_new(p, sizeof *q, tail.len, m->req)) == NULL) {
		store_answer(p, m->req, ERR_RETRY, 0);
		return;
	}
	memcpy(q + 1, tail.p, tail.len);
	q->secret = slice_of(q + 1, tail.len);
	buf_init(&q->old, STORE_VALUE_MAX);
	buf_init(&q->value, STORE_VALUE_MAX);
	num_put_be64(q->key, m->account);
	q->version = m->version;
	q->kind = m->kind;
	q->get.kind = STORE_ACCOUNT;
	q->get.key = slice_of(q->key, sizeof q->key);
	q->get.value = &q->old;
	q->get.op.done = secret_got;
	p->proc->ops->get(p->proc->st, &q->get);
}
