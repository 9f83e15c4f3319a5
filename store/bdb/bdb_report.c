/*
 * Messages of ours about others: to a mailbox here, to an address elsewhere, or
 * when neither is there to the postmaster. Each is tried in a transaction
 * within the one it belongs to, so that nothing stays of a try that failed.
 */
#include "base/err.h"
#include "proc/msg.h"
#include "store/bdb/bdb_deliver.h"

static enum err
write_one(struct bdb_work *w, struct store_deliver *q, struct bdb_dues *dues)
{
	struct bdb_plan p = {.to.report = true};
	enum err e;

	if ((e = bdb_deliver_plan(w, q, &p)) == ERR_OK &&
	    (e = bdb_deliver_check(w, q, &p)) == ERR_OK &&
	    (e = bdb_deliver_receive(w, q, &p)) == ERR_OK &&
	    (p.missing > 0 || bdb_plan_queues(&p)))
		e = bdb_deliver_whole(w, q, &p, dues);
	store_plan_fini(&p.to);
	return e;
}

/* All of it, or nothing. */
static enum err
try(struct bdb_work *w, struct store_deliver *q, struct bdb_dues *dues)
{
	DB_ENV *env = w->st->env;
	DB_TXN *outer = w->txn, *inner;
	enum err e =
	    bdb_err(w->st, env->txn_begin(env, outer, &inner, 0), "begin");
	int ret;

	if (e != ERR_OK)
		return e;
	w->txn = inner;
	e = write_one(w, q, dues);
	w->txn = outer;
	ret = e == ERR_OK ? inner->commit(inner, 0) : inner->abort(inner);
	if (ret != 0 && e != ERR_OK)
		bdb_panic(w->st, "rollback", ret);
	return e == ERR_OK ? bdb_err(w->st, ret, "commit") : e;
}

/* There is no report about a message to the postmaster: a postmaster elsewhere
 * who cannot be reached would be told of that for ever. */
static uint32_t
notify_of(struct slice to)
{
	return slice_eq_nocase(to, SLICE("postmaster")) ? STORE_NOTIFY_NEVER
							: 0;
}

static enum err
send_to(struct bdb_work *w, struct bdb_dues *dues, const struct store_report *r,
    struct slice to)
{
	struct buf rcpts = BUF_INIT(4096);
	struct store_trail info = {
	    .event = STORE_EV_RECEIVED, .proto = SLICE("report")};
	struct buf front = BUF_INIT(256);
	struct store_deliver q = {.id = r->id,
	    .nrcpts = 1,
	    .head = r->body,
	    .fd = -1,
	    .flags = r->utf8 ? MSG_DELIVER_UTF8 : 0,
	    .relay = true};
	enum err e = ERR_RETRY;

	store_rcpt_add(
	    &rcpts, &(struct store_rcpt){.addr = to, .notify = notify_of(to)});
	(void)store_trail_encode(&info, &front);
	q.rcpts = buf_slice(&rcpts);
	q.info = buf_slice(&front);
	if (rcpts.err == ERR_OK && front.err == ERR_OK)
		e = try(w, &q, dues);
	buf_fini(&rcpts);
	buf_fini(&front);
	return e;
}

/* It will be no other in a minute, so the outcomes must not wait for it. */
static bool
is_final(enum err e)
{
	return e != ERR_OK && e != ERR_RETRY && e != BDB_LOST &&
	       e != BDB_UNREAD && e != ERR_FULL;
}

static enum err
drop(struct bdb_work *w, const struct store_report *r, enum err why)
{
	struct store_trail t = {.event = STORE_EV_DROPPED,
	    .addr = r->to,
	    .octets = r->body.len,
	    .reply = slice_str(err_text(why))};
	enum err e = bdb_trail_add(w, &r->id, &t);

	return e == ERR_OK ? bdb_trail_word(w, &r->id, r->to) : e;
}

enum err
bdb_deliver_report(
    struct bdb_work *w, struct bdb_dues *dues, const struct store_report *r)
{
	bool drop_double;
	enum err e = send_to(w, dues, r, r->to), why = e;

	(void)pthread_rwlock_rdlock(&w->st->conf_lock);
	drop_double = w->st->conf.queue.drop_double;
	(void)pthread_rwlock_unlock(&w->st->conf_lock);
	if (is_final(e) && !drop_double)
		e = send_to(w, dues, r, SLICE("postmaster"));
	return is_final(e) ? drop(w, r, why) : e;
}
