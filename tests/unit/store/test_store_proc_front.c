/* Addresses, reservations, senders, spilled files. */
#include "tests/unit/store/rig.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static enum err
resolve(struct rig_peer *p, uint64_t tx, uint64_t size, const char *addr,
    unsigned *mailboxes)
{
	struct msg_resolve m;
	const struct rig_msg *g;

	memset(&m, 0, sizeof m);
	m.req = 8;
	m.tx = tx;
	m.size = size;
	(void)msg_text_set(&m.addr, slice_str(addr));
	msg_send_resolve(p->chan, &m, SLICE_NONE, -1);
	g = rig_get(p, MSG_RESOLVED);
	EQ_INT(g->m.resolved.req, 8);
	if (mailboxes != NULL)
		*mailboxes = g->m.resolved.mailboxes;
	return (enum err)g->m.resolved.err;
}

static const struct {
	const char *name, *addr;
	enum err want;
	unsigned mailboxes;
} addresses[] = {
    {"plain",          "alice@example.test",   ERR_OK,     1},
    {"alias",          "staff@example.test",   ERR_OK,     2},
    {"subaddress",     "alice+x@example.test", ERR_OK,     1},
    {"suspended",      "sue@example.test",     ERR_OK,     1},
    {"no such user",   "zoe@example.test",     ERR_NOENT,  0},
    {"remote",         "zoe@remote.test",      ERR_DENIED, 0},
    {"not an address", "!",                    ERR_NOENT,  0},
};

TEST(resolve_addresses)
{
	struct rig r;
	struct rig_peer p;
	unsigned n;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		unit_case(addresses[i].name);
		EQ_INT(resolve(&p, i, 0, addresses[i].addr, &n),
		    addresses[i].want);
		EQ_INT(n, addresses[i].mailboxes);
	}
	rig_leave(&p);
	rig_close(&r);
}

static void
tx_end(struct rig_peer *p, uint64_t tx)
{
	struct msg_tx_end m = {tx};

	msg_send_tx_end(p->chan, &m, SLICE_NONE, -1);
	rig_settle(p->rig);
}

/* bob has room for 1000 octets */
TEST(resolve_reserves)
{
	struct rig r;
	struct rig_peer p, q;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	rig_join(&r, &q, ROLE_SMTP);
	EQ_INT(resolve(&p, 1, 600, "bob@example.test", NULL), ERR_OK);
	unit_case("again in the same transaction");
	EQ_INT(resolve(&p, 1, 600, "staff@example.test", NULL), ERR_OK);
	unit_case("another transaction, another process");
	EQ_INT(resolve(&p, 2, 600, "bob@example.test", NULL), ERR_QUOTA);
	EQ_INT(resolve(&q, 1, 600, "bob@example.test", NULL), ERR_QUOTA);
	EQ_INT(resolve(&q, 1, 300, "bob@example.test", NULL), ERR_OK);
	unit_case("ended");
	tx_end(&p, 1);
	EQ_INT(resolve(&p, 3, 600, "bob@example.test", NULL), ERR_OK);
	unit_case("the process is gone");
	rig_leave(&p);
	EQ_INT(resolve(&q, 2, 600, "bob@example.test", NULL), ERR_OK);
	rig_leave(&q);
	rig_close(&r);
}

/* A transaction, or its whole process, may end before the answer comes. */
TEST(resolve_ended_meanwhile)
{
	struct rig r;
	struct rig_peer p, q;
	struct msg_resolve m;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	rig_join(&r, &q, ROLE_SMTP);
	store_mem_hold(r.st, STORE_MEM_RESOLVE, true);
	memset(&m, 0, sizeof m);
	m.tx = 1;
	m.size = 900;
	(void)msg_text_set(&m.addr, SLICE("bob@example.test"));
	msg_send_resolve(p.chan, &m, SLICE_NONE, -1);
	rig_settle(&r);
	tx_end(&p, 1);
	rig_settle(&r);
	store_mem_hold(r.st, STORE_MEM_RESOLVE, false);
	EQ_INT(rig_get(&p, MSG_RESOLVED)->m.resolved.err, ERR_OK);
	EQ_INT(resolve(&q, 1, 900, "bob@example.test", NULL), ERR_OK);
	tx_end(&q, 1);
	unit_case("process gone");
	store_mem_hold(r.st, STORE_MEM_RESOLVE, true);
	msg_send_resolve(p.chan, &m, SLICE_NONE, -1);
	rig_settle(&r);
	rig_leave(&p);
	store_mem_hold(r.st, STORE_MEM_RESOLVE, false);
	EQ_INT(resolve(&q, 2, 900, "bob@example.test", NULL), ERR_OK);
	rig_leave(&q);
	rig_close(&r);
}

TEST(resolve_bounded_transactions)
{
	struct rig r;
	struct rig_peer p;
	uint64_t tx;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	for (tx = 1; tx < 20000; tx++)
		if (resolve(&p, tx, 1, "alice@example.test", NULL) != ERR_OK)
			break;
	EQ_INT(tx, 16385);
	unit_case("one ends, one may begin");
	tx_end(&p, 7);
	EQ_INT(resolve(&p, tx, 1, "alice@example.test", NULL), ERR_OK);
	rig_leave(&p);
	rig_close(&r);
}

static enum err
sender(struct rig_peer *p, const struct msg_ticket *ticket, const char *addr)
{
	struct msg_sender m;

	memset(&m, 0, sizeof m);
	m.req = 12;
	m.ticket = *ticket;
	(void)msg_text_set(&m.addr, slice_str(addr));
	msg_send_sender(p->chan, &m, SLICE_NONE, -1);
	return rig_done(p, 12, NULL);
}

TEST(sender_by_ticket)
{
	static const struct msg_ticket zero;
	struct rig r;
	struct rig_peer p, q, auth;
	struct msg_ticket t, pop;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	rig_join(&r, &q, ROLE_SMTP);
	rig_join(&r, &auth, ROLE_AUTH);
	t = rig_ticket(&auth, 1, RIG_ALICE, MSG_PROTO_SUBMISSION, 1000);
	pop = rig_ticket(&auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
	EQ_INT(sender(&p, &t, "alice@example.test"), ERR_OK);
	EQ_INT(sender(&p, &t, "staff@example.test"), ERR_OK);
	EQ_INT(sender(&p, &t, "bob@example.test"), ERR_DENIED);
	unit_case("from the process that did not log in");
	EQ_INT(sender(&q, &t, "alice@example.test"), ERR_FENCED);
	unit_case("other tickets");
	EQ_INT(sender(&p, &pop, "alice@example.test"), ERR_FENCED);
	EQ_INT(sender(&p, &zero, "alice@example.test"), ERR_FENCED);
	unit_case("with the process");
	rig_leave(&p);
	EQ_INT(sender(&q, &t, "alice@example.test"), ERR_FENCED);
	rig_leave(&q);
	rig_leave(&auth);
	rig_close(&r);
}

TEST(spill_gives_a_file)
{
	struct rig r;
	struct rig_peer p;
	struct msg_spill m = {4, 0};
	const struct rig_msg *g;
	struct stat st;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	msg_send_spill(p.chan, &m, SLICE_NONE, -1);
	g = rig_get(&p, MSG_SPILLED);
	EQ_INT(g->m.spilled.err, ERR_OK);
	OK(fstat(g->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
	unit_case("no space");
	store_mem_full(r.st, true);
	msg_send_spill(p.chan, &m, SLICE_NONE, -1);
	g = rig_get(&p, MSG_SPILLED);
	EQ_INT(g->m.spilled.err, ERR_FULL);
	EQ_INT(g->fd, -1);
	unit_case("nobody takes it");
	store_mem_full(r.st, false);
	store_mem_hold(r.st, STORE_MEM_SPILL, true);
	msg_send_spill(p.chan, &m, SLICE_NONE, -1);
	rig_settle(&r);
	rig_leave(&p);
	store_mem_hold(r.st, STORE_MEM_SPILL, false);
	rig_settle(&r);
	rig_close(&r);
}
