/* For auth: accounts, secrets, tickets that die with what they stand for. */
#include "base/num.h"
#include "tests/unit/store/rig.h"

#include <string.h>

static const struct rig_msg *
account_get(struct rig_peer *auth, const char *name)
{
	struct msg_account_get m;

	memset(&m, 0, sizeof m);
	m.req = 31;
	(void)msg_text_set(&m.name, slice_str(name));
	msg_send_account_get(auth->chan, &m, SLICE_NONE, -1);
	return rig_get(auth, MSG_ACCOUNT);
}

static const struct {
	const char *name, *login;
	enum err fault, want;
	uint64_t account;
} logins[] = {
    {"plain",          "alice@example.test",   ERR_OK,    ERR_OK,    1},
    {"any case",       "Alice@EXAMPLE.test",   ERR_OK,    ERR_OK,    1},
    {"suspended",      "sue@example.test",     ERR_OK,    ERR_OK,    3},
    {"alias",          "staff@example.test",   ERR_OK,    ERR_NOENT, 0},
    {"subaddress",     "alice+x@example.test", ERR_OK,    ERR_NOENT, 0},
    {"nobody",         "zoe@example.test",     ERR_OK,    ERR_NOENT, 0},
    {"no domain",      "alice",                ERR_OK,    ERR_NOENT, 0},
    {"not an address", "\r\n",                 ERR_OK,    ERR_NOENT, 0},
    {"temporary",      "alice@example.test",   ERR_RETRY, ERR_RETRY, 0},
};

TEST(account_by_login)
{
	struct rig r;
	struct rig_peer auth;
	const struct rig_msg *g;
	struct store_account a;

	rig_open(&r);
	rig_join(&r, &auth, ROLE_AUTH);
	for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
		unit_case(logins[i].name);
		if (logins[i].fault != ERR_OK)
			store_mem_fail(
			    r.st, STORE_MEM_GET, logins[i].fault, 1, false);
		g = account_get(&auth, logins[i].login);
		EQ_INT(g->m.account.err, logins[i].want);
		EQ_INT(g->m.account.account, logins[i].account);
		EQ_INT(g->tail.len > 0, logins[i].want == ERR_OK);
		if (logins[i].want != ERR_OK)
			continue;
		EQ_INT(g->m.account.mailbox, logins[i].account + 100);
		OK(g->m.account.version != 0);
		EQ_INT(store_account_decode(buf_slice(&g->tail), &a), ERR_OK);
		OK(slice_eq(a.name, msg_text_get(&g->m.account.name)));
	}
	rig_leave(&auth);
	rig_close(&r);
}

/* A record larger than a message; what is forwarded stays here. */
TEST(account_that_forwards_a_lot)
{
	struct rig r;
	struct rig_peer auth;
	const struct rig_msg *g;
	struct store_account a = {.name = SLICE("alice@example.test"),
	    .hash = SLICE("$y$x"),
	    .state = STORE_ACTIVE,
	    .mailbox = RIG_ALICE};
	struct buf to = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);

	rig_open(&r);
	rig_join(&r, &auth, ROLE_AUTH);
	for (unsigned i = 0; i < STORE_TARGETS_MAX; i++)
		buf_addf(&to, "u%u@far.example\n", i);
	a.forward = buf_slice(&to);
	a.delegates = SLICE("@example.test\n");
	EQ_INT(store_account_encode(&a, &b), ERR_OK);
	store_mem_put(
	    r.st, STORE_ACCOUNT, SLICE("\0\0\0\0\0\0\0\1"), buf_slice(&b));
	g = account_get(&auth, "alice@example.test");
	EQ_INT(g->m.account.err, ERR_OK);
	EQ_INT(store_account_decode(buf_slice(&g->tail), &a), ERR_OK);
	EQ_SLICE(a.hash, "$y$x");
	EQ_INT(a.forward.len, 0);
	EQ_INT(a.delegates.len, 0);
	buf_fini(&to);
	buf_fini(&b);
	rig_leave(&auth);
	rig_close(&r);
}

static enum err
set_secret(
    struct rig_peer *auth, uint64_t version, uint32_t kind, const char *secret)
{
	struct msg_account_secret m = {5, 1, version, kind, 0};

	msg_send_account_secret(auth->chan, &m, slice_str(secret), -1);
	return rig_done(auth, 5, NULL);
}

TEST(account_new_secret)
{
	struct rig r;
	struct rig_peer auth;
	const struct rig_msg *g;
	struct store_account a;
	uint64_t version;

	rig_open(&r);
	rig_join(&r, &auth, ROLE_AUTH);
	version = account_get(&auth, "alice@example.test")->m.account.version;
	EQ_INT(set_secret(&auth, version, MSG_SECRET_HASH, "$y$new"), ERR_OK);
	unit_case("somebody was quicker");
	EQ_INT(set_secret(&auth, version, MSG_SECRET_HASH, "$y$old"), ERR_BUSY);
	g = account_get(&auth, "alice@example.test");
	EQ_INT(set_secret(&auth, g->m.account.version, MSG_SECRET_SCRAM,
		   "SCRAM-SHA-256$1:a$b:c"),
	    ERR_OK);
	g = account_get(&auth, "alice@example.test");
	EQ_INT(store_account_decode(buf_slice(&g->tail), &a), ERR_OK);
	EQ_SLICE(a.hash, "$y$new");
	EQ_SLICE(a.scram, "SCRAM-SHA-256$1:a$b:c");
	EQ_SLICE(a.name, "alice@example.test");
	unit_case("not a secret");
	EQ_INT(set_secret(&auth, g->m.account.version, MSG_SECRET_HASH, "a\nb"),
	    ERR_SYNTAX);
	unit_case("faults");
	store_mem_fail(r.st, STORE_MEM_GET, ERR_RETRY, 1, false);
	EQ_INT(set_secret(&auth, 1, MSG_SECRET_HASH, "x"), ERR_RETRY);
	version = account_get(&auth, "alice@example.test")->m.account.version;
	store_mem_fail(r.st, STORE_MEM_COMMIT, ERR_FULL, 1, false);
	EQ_INT(set_secret(&auth, version, MSG_SECRET_HASH, "x"), ERR_FULL);
	rig_leave(&auth);
	rig_close(&r);
}

TEST(ticket_twice)
{
	struct rig r;
	struct rig_peer auth;
	struct msg_ticket_new m;

	rig_open(&r);
	rig_join(&r, &auth, ROLE_AUTH);
	memset(&m, 0, sizeof m);
	m.ttl_ms = 1000;
	m.protocol = MSG_PROTO_POP3;
	unit_case("zero");
	msg_send_ticket_new(auth.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&auth, 0, NULL), ERR_DENIED);
	m.ticket.b[5] = 1;
	unit_case("new");
	msg_send_ticket_new(auth.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&auth, 0, NULL), ERR_OK);
	unit_case("again");
	msg_send_ticket_new(auth.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&auth, 0, NULL), ERR_EXISTS);
	rig_leave(&auth);
	rig_close(&r);
}

/* What an operator may do to alice, and what it does to her sessions. */
enum what { QUOTA, SUSPEND, REMOVE };
static const struct {
	const char *name;
	enum what what;
	bool session_lives;
} changes[] = {
    {"other quota", QUOTA,   true },
    {"suspended",   SUSPEND, false},
    {"removed",     REMOVE,  false},
};

static void
change(struct rig_peer *ctl, enum what what)
{
	struct msg_dir_commit m = {2, 1, 0};
	struct buf value = BUF_INIT(4096), tail = BUF_INIT(4096);

	rig_account(&value, "alice@example.test", RIG_ALICE, 7777,
	    what == SUSPEND ? STORE_SUSPENDED : STORE_ACTIVE);
	store_changes_add(&tail,
	    &(struct store_change){STORE_ACCOUNT, SLICE("\0\0\0\0\0\0\0\1"),
		what == REMOVE ? SLICE_NONE : buf_slice(&value), UINT64_MAX});
	msg_send_dir_commit(ctl->chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(ctl, 2, NULL), ERR_OK);
	buf_fini(&value);
	buf_fini(&tail);
}

TEST(account_changes)
{
	struct rig r;
	struct rig_peer auth, ctl, pop3;
	struct msg_ticket a, b;
	struct msg_box_expunge m = {6, 0};
	unsigned rows;
	enum err e;

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		unit_case(changes[i].name);
		rig_open(&r);
		rig_join(&r, &auth, ROLE_AUTH);
		rig_join(&r, &ctl, ROLE_CTL);
		rig_join(&r, &pop3, ROLE_POP3);
		a = rig_ticket(&auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
		b = rig_ticket(&auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
		m.lease = rig_box_open(&pop3, &a, &e, &rows);
		change(&ctl, changes[i].what);
		EQ_INT(rig_get(&auth, MSG_ACCOUNT_CHANGED)
			   ->m.account_changed.account,
		    1);
		EQ_INT(rig_box_open(&pop3, &b, &e, &rows), 0);
		EQ_INT(e, ERR_FENCED);
		msg_send_box_expunge(pop3.chan, &m, SLICE_NONE, -1);
		EQ_INT(rig_done(&pop3, 6, NULL),
		    changes[i].session_lives ? ERR_OK : ERR_FENCED);
		rig_leave(&auth);
		rig_leave(&ctl);
		rig_leave(&pop3);
		rig_close(&r);
	}
}
