/* The relay process: what it may take, settle and hear, and what when there is
 * a second one, or a hostile one. */
#include "base/clock.h"
#include "tests/unit/store/rig.h"

#include <string.h>
#include <sys/socket.h>

struct relays {
	struct rig r;
	struct rig_peer smtp, relay, ctl;
};

/* Two messages: to a and b at far.example, to c at near.example. */
static void
begin(struct relays *t)
{
	memset(t, 0, sizeof *t);
	rig_open(&t->r);
	rig_join(&t->r, &t->smtp, ROLE_SMTP);
	rig_join(&t->r, &t->relay, ROLE_RELAY);
	rig_join(&t->r, &t->ctl, ROLE_CTL);
}

static void
submit(struct relays *t)
{
	EQ_INT(rig_submit(&t->smtp, "alice@example.test",
		   "a@far.example b@far.example", "x", NULL),
	    ERR_OK);
	EQ_INT(rig_submit(
		   &t->smtp, "alice@example.test", "c@near.example", "y", NULL),
	    ERR_OK);
}

static void
end(struct relays *t)
{
	rig_leave(&t->ctl);
	rig_leave(&t->relay);
	rig_leave(&t->smtp);
	rig_close(&t->r);
}

static struct store_out_key
first_key(const struct rig_msg *g)
{
	struct slice rows = buf_slice(&g->tail);
	struct store_out_row row = {.key.n = 0};

	EQ_INT(store_out_rows_next(&rows, &row), ERR_OK);
	return row.key;
}

/* Hears that something is due; forget it. */
static void
drop_dues(struct rig_peer *relay)
{
	rig_settle(relay->rig);
	while (!list_empty(&relay->msgs))
		rig_get(relay, MSG_QUEUE_DUE);
}

TEST(relay_doubt_before_take)
{
	struct relays t;
	const struct rig_msg *g;
	enum err e;

	begin(&t);
	submit(&t);
	drop_dues(&t.relay);
	EQ_INT(rig_take_all(&t.relay)->m.queue_rows.err, ERR_RETRY);
	EQ_INT(rig_doubt(&t.relay, 1, false, &e), 0);
	EQ_INT(e, ERR_OK);
	g = rig_take_all(&t.relay);
	EQ_INT(g->m.queue_rows.err, ERR_OK);
	EQ_INT(g->m.queue_rows.n, 3);
	OK(g->m.queue_rows.more == 0 && g->m.queue_rows.next_us == UINT64_MAX);
	unit_case("what it has taken itself is not in doubt");
	rig_doubt(&t.relay, 1, false, &e);
	EQ_INT(e, ERR_EXISTS);
	EQ_STR(rig_queue(&t.ctl),
	    "a@far.example sending, b@far.example sending, "
	    "c@near.example sending");
	end(&t);
}

TEST(relay_second_replaces_first)
{
	struct relays t;
	struct rig_peer second;
	enum err e;

	begin(&t);
	submit(&t);
	drop_dues(&t.relay);
	rig_doubt(&t.relay, 1, false, &e);
	EQ_INT(rig_take_all(&t.relay)->m.queue_rows.n, 3);
	rig_join(&t.r, &second, ROLE_RELAY);
	rig_settle(&t.r);
	OK(t.relay.closed);
	EQ_INT(store_proc_count(t.r.proc, ROLE_RELAY), 1);
	EQ_INT(rig_take_all(&second)->m.queue_rows.err, ERR_RETRY);
	EQ_INT(rig_doubt(&second, clock_wall_us() + 1000000000, false, &e), 3);
	EQ_INT(e, ERR_OK);
	drop_dues(&second);
	EQ_INT(rig_take_all(&second)->m.queue_rows.n, 0);
	EQ_STR(rig_queue(&t.ctl),
	    "a@far.example in-doubt 1, b@far.example in-doubt 1, "
	    "c@near.example in-doubt 1");
	rig_leave(&second);
	end(&t);
}

static const struct {
	const char *name;
	struct msg_queue_take m;
	uint64_t skip[2];
	enum err want;
	unsigned n;
} takes[] = {
    {"all",		 {1, 0, UINT64_MAX, UINT64_MAX, 0, 9, 9, 9}, {0, 0}, ERR_OK, 3},
    {"rows bounded",        {1, 0, UINT64_MAX, UINT64_MAX, 0, 9, 9, 1}, {0, 0}, ERR_OK,
     1										   },
    {"a message of each",   {1, 0, UINT64_MAX, UINT64_MAX, 0, 9, 1, 9}, {0, 0},
     ERR_OK,									    3},
    {"skip not ascending",  {1, 0, UINT64_MAX, UINT64_MAX, 2, 9, 9, 9}, {5, 4},
     ERR_PROTO,									 0},
    {"skip twice the same", {1, 0, UINT64_MAX, UINT64_MAX, 2, 9, 9, 9}, {5, 5},
     ERR_PROTO,									 0},
    {"skip of nothing",     {1, 0, UINT64_MAX, UINT64_MAX, 2, 9, 9, 9}, {5, 6},
     ERR_OK,									    3},
};

TEST(relay_takes)
{
	struct relays t;
	struct msg_queue_take m;
	const struct rig_msg *g;
	enum err e;

	for (size_t i = 0; i < sizeof takes / sizeof takes[0]; i++) {
		unit_case(takes[i].name);
		begin(&t);
		submit(&t);
		drop_dues(&t.relay);
		rig_doubt(&t.relay, 1, false, &e);
		m = takes[i].m;
		m.now_us = clock_wall_us();
		msg_send_queue_take(t.relay.chan, &m,
		    slice_of(takes[i].skip, m.nskip * sizeof(uint64_t)), -1);
		g = rig_get(&t.relay, MSG_QUEUE_ROWS);
		EQ_INT(g->m.queue_rows.err, takes[i].want);
		EQ_INT(g->m.queue_rows.n, takes[i].n);
		end(&t);
	}
}

TEST(relay_settles_with_report)
{
	struct relays t;
	struct mail_id id;
	struct store_outcome o = {.kind = STORE_OUTCOME_FAILED,
	    .attempted = true,
	    .code = 550,
	    .status = SLICE("5.1.1"),
	    .reply = SLICE("550 5.1.1 nobody here"),
	    .host = SLICE("mx.far.example[192.0.2.1]:25")};
	struct store_report report = {.to = SLICE("alice@example.test"),
	    .body = SLICE("Subject: it failed\r\n\r\n")};
	enum err e;

	begin(&t);
	EQ_INT(rig_submit(
		   &t.smtp, "alice@example.test", "a@far.example", "x", &id),
	    ERR_OK);
	drop_dues(&t.relay);
	rig_doubt(&t.relay, 1, false, &e);
	o.key = first_key(rig_take_all(&t.relay));
	OK(mail_id_cmp(&o.key.id, &id) == 0);
	report.id = mail_id_make(&t.relay.maker);
	EQ_INT(rig_outcome(&t.relay, &o, &report), ERR_OK);
	EQ_STR(rig_queue(&t.ctl), "");
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	EQ_STR(rig_trail(&t.ctl, &id), "received failed");
	EQ_STR(rig_trail(&t.ctl, &report.id), "received");
	unit_case("again: has no effect");
	EQ_INT(rig_outcome(&t.relay, &o, &report), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	end(&t);
}

static const struct {
	const char *name, *to;
	bool foreign_id, cut;
	unsigned more; /* outcomes than are there */
	enum err want;
} hostile[] = {
    {"honest",            "alice@example.test", false, false, 0, ERR_OK   },
    {"to the postmaster", "postmaster",         false, false, 0, ERR_OK   },
    {"id of another's",   "alice@example.test", true,  false, 0, ERR_RETRY},
    {"not an address",    "al ice",             false, false, 0, ERR_PROTO},
    {"outcomes missing",  "alice@example.test", false, false, 1, ERR_PROTO},
    {"cut short",         "alice@example.test", false, true,  0, ERR_PROTO},
};

TEST(relay_hostile_settles)
{
	struct relays t;
	struct buf tail = BUF_INIT(1 << 16);
	struct msg_queue_settle m;

	begin(&t);
	submit(&t);
	drop_dues(&t.relay);
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		struct store_outcome o = {.kind = STORE_OUTCOME_DONE};
		struct store_report report = {
		    .to = slice_str(hostile[i].to), .body = SLICE("x")};

		unit_case(hostile[i].name);
		memset(&m, 0, sizeof m);
		buf_reset(&tail);
		report.id = mail_id_make(
		    hostile[i].foreign_id ? &t.smtp.maker : &t.relay.maker);
		store_outcome_add(&tail, &o);
		m.req = 7;
		m.outcomes_len = (uint32_t)tail.len;
		m.noutcomes = 1 + hostile[i].more;
		m.nreports = 1;
		store_report_add(&tail, &report);
		tail.len -= hostile[i].cut;
		msg_send_queue_settle(t.relay.chan, &m, buf_slice(&tail), -1);
		EQ_INT(rig_done(&t.relay, 7, NULL), hostile[i].want);
	}
	EQ_INT(rig_count(&t.r, RIG_ALICE), 0);
	EQ_STR(rig_queue(&t.ctl),
	    "a@far.example due, b@far.example due, c@near.example due");
	buf_fini(&tail);
	end(&t);
}

/* One message a turn and destination, whatever the number of records. */
TEST(relay_hears_what_is_due)
{
	struct relays t;
	const struct rig_msg *g;
	uint64_t far = store_dest_of(SLICE("@far.example"));
	uint64_t near = store_dest_of(SLICE("@near.example"));

	begin(&t);
	EQ_INT(rig_submit(&t.smtp, "alice@example.test",
		   "a@far.example c@near.example b@far.example", "x", NULL),
	    ERR_OK);
	for (int i = 0; i < 2; i++) {
		g = rig_get(&t.relay, MSG_QUEUE_DUE);
		OK(g->m.queue_due.dest == far || g->m.queue_due.dest == near);
		OK(g->m.queue_due.us <= clock_wall_us());
	}
	OK(rig_silent(&t.relay));
	unit_case("nobody is there: nothing is kept for him");
	rig_leave(&t.relay);
	submit(&t);
	rig_join(&t.r, &t.relay, ROLE_RELAY);
	OK(rig_silent(&t.relay));
	end(&t);
}

/* Of several times the earliest. */
TEST(relay_hears_the_earliest)
{
	struct relays t;
	struct slice rows;
	struct store_out_row row;
	struct msg_queue_settle m = {7, 0, 0, 0, 0};
	struct buf tail = BUF_INIT(4096);
	enum err e;

	begin(&t);
	submit(&t);
	drop_dues(&t.relay);
	rig_doubt(&t.relay, 1, false, &e);
	rows = buf_slice(&rig_take_all(&t.relay)->tail);
	while (store_out_rows_next(&rows, &row) == ERR_OK) {
		struct store_outcome o = {.key = row.key,
		    .kind = STORE_OUTCOME_DEFERRED,
		    .next_us = 5000 - m.noutcomes++ * 1000};

		EQ_INT(store_outcome_add(&tail, &o), ERR_OK);
	}
	m.outcomes_len = (uint32_t)tail.len;
	msg_send_queue_settle(t.relay.chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(&t.relay, 7, NULL), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		const struct rig_msg *g = rig_get(&t.relay, MSG_QUEUE_DUE);

		/* near's was taken first */
		EQ_INT(g->m.queue_due.us,
		    g->m.queue_due.dest == store_dest_of(SLICE("@far.example"))
			? 3000
			: 5000);
	}
	buf_fini(&tail);
	end(&t);
}

/* More destinations than are remembered: the rest is "any". */
TEST(relay_hears_of_too_many)
{
	struct relays t;
	struct msg_deliver m;
	struct buf rcpts = BUF_INIT(1 << 20);
	unsigned n = 0, any = 0;

	begin(&t);
	store_mem_hang(t.r.st, true);
	for (unsigned i = 0; i < 6000; i++) {
		buf_addf(&rcpts, "%sa@d%u.example", rcpts.len ? " " : "", i);
		if (i % 500 != 499)
			continue;
		memset(&m, 0, sizeof m);
		m.req = 1;
		m.flags = MSG_DELIVER_LOCAL;
		rig_send_deliver(&t.smtp, &m, buf_cstr(&rcpts), "x", -1);
		buf_reset(&rcpts);
	}
	for (unsigned i = 0; i < 30000; i++) { /* ms */
		rig_pass(&t.r, 1);
		if (store_mem_count(t.r.st, STORE_MEM_DELIVER) == 12)
			break;
	}
	store_mem_hang(t.r.st, false); /* all in one turn */
	for (unsigned i = 0; i < 3000 && t.relay.msgs.count < 4097; i++)
		rig_pass(&t.r, 10);
	rig_pass(&t.r, 50); /* and no more */
	while (!list_empty(&t.relay.msgs)) {
		any += rig_get(&t.relay, MSG_QUEUE_DUE)->m.queue_due.dest ==
		       UINT64_MAX;
		n++;
	}
	EQ_INT(any, 1);
	EQ_INT(n, 4097);
	buf_fini(&rcpts);
	end(&t);
}

TEST(relay_is_asked_by_operators)
{
	struct relays t;
	struct msg_control q, *asked;
	struct msg_control_row row;
	struct msg_done done;
	struct rig_peer parent;
	const struct rig_msg *g;
	int fd[2];
	struct chan *to_parent;

	begin(&t);
	memset(&q, 0, sizeof q);
	q.req = 21;
	q.what = CONTROL_ROUTE_TEST;
	(void)msg_text_set(&q.text, SLICE("a@far.example"));
	msg_send_control(t.ctl.chan, &q, SLICE_NONE, -1);
	g = rig_get(&t.relay, MSG_CONTROL);
	asked = &(struct msg_control){0};
	*asked = g->m.control;
	EQ_INT(asked->what, CONTROL_ROUTE_TEST);
	EQ_SLICE(msg_text_get(&asked->text), "a@far.example");
	memset(&row, 0, sizeof row);
	row.req = asked->req;
	msg_send_control_row(t.relay.chan, &row, SLICE("mx=a\0"), -1);
	memset(&done, 0, sizeof done);
	done.req = asked->req;
	done.value = 3;
	msg_send_done(t.relay.chan, &done, SLICE_NONE, -1);
	g = rig_get(&t.ctl, MSG_CONTROL_ROW);
	EQ_INT(g->m.control_row.req, 21);
	EQ_MEM(g->tail.p, g->tail.len, "mx=a\0", 5);
	EQ_INT(rig_done(&t.ctl, 21, &done.value), ERR_OK);
	EQ_INT(done.value, 3);
	unit_case("it goes away meanwhile");
	q.what = CONTROL_QUEUE_SUMMARY;
	msg_send_control(t.ctl.chan, &q, SLICE_NONE, -1);
	rig_get(&t.relay, MSG_CONTROL);
	rig_leave(&t.relay);
	EQ_INT(rig_done(&t.ctl, 21, NULL), ERR_RETRY);
	unit_case("it is not there, nor is anybody who would start it");
	msg_send_control(t.ctl.chan, &q, SLICE_NONE, -1);
	EQ_INT(rig_done(&t.ctl, 21, NULL), ERR_UNSUPPORTED);
	unit_case("it is being started");
	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	to_parent = rig_parent(&t.r, &parent, fd);
	store_proc_parent(t.r.proc, to_parent);
	msg_send_control(t.ctl.chan, &q, SLICE_NONE, -1);
	EQ_INT(rig_done(&t.ctl, 21, NULL), ERR_RETRY);
	store_proc_parent(t.r.proc, NULL);
	chan_free(&to_parent);
	rig_leave(&parent);
	end(&t);
}

/* The store waits for it with what it has under way. */
TEST(relay_keeps_the_store)
{
	struct rig r;
	struct rig_peer relay;

	rig_open(&r);
	OK(store_proc_quiet(r.proc));
	rig_join(&r, &relay, ROLE_RELAY);
	OK(!store_proc_quiet(r.proc));
	rig_leave(&relay);
	OK(store_proc_quiet(r.proc));
	rig_close(&r);
}

/* Only the relay process may. */
TEST(relay_messages_of_others)
{
	struct rig r;
	struct rig_peer relay;
	struct msg_sender m;

	rig_open(&r);
	rig_join(&r, &relay, ROLE_RELAY);
	memset(&m, 0, sizeof m);
	/* the table does not let it send one at all: by hand */
	chan_send(relay.chan, MSG_SENDER, &m, sizeof m, SLICE_NONE, -1);
	rig_settle(&r);
	OK(relay.closed);
	rig_leave(&relay);
	rig_close(&r);
}

static const struct {
	const char *name;
	enum store_mem_kind kind;
	enum err fault;
} faults[] = {
    {"doubt",  STORE_MEM_DOUBT,  ERR_RETRY},
    {"take",   STORE_MEM_TAKE,   ERR_IO   },
    {"settle", STORE_MEM_SETTLE, ERR_FULL },
};

TEST(relay_faults)
{
	struct store_outcome o = {.kind = STORE_OUTCOME_DONE};
	struct relays t;
	const struct rig_msg *g;
	enum err e;

	begin(&t);
	submit(&t);
	drop_dues(&t.relay);
	store_mem_fail(t.r.st, faults[0].kind, faults[0].fault, 1, false);
	rig_doubt(&t.relay, 1, false, &e);
	EQ_INT(e, ERR_RETRY);
	EQ_INT(rig_take_all(&t.relay)->m.queue_rows.err, ERR_RETRY);
	rig_doubt(&t.relay, 1, false, &e);
	EQ_INT(e, ERR_OK);
	store_mem_fail(t.r.st, faults[1].kind, faults[1].fault, 1, false);
	g = rig_take_all(&t.relay);
	OK(g->m.queue_rows.err == ERR_IO && g->tail.len == 0);
	o.key = first_key(rig_take_all(&t.relay));
	store_mem_fail(t.r.st, faults[2].kind, faults[2].fault, 1, false);
	EQ_INT(rig_outcome(&t.relay, &o, NULL), ERR_FULL);
	EQ_INT(rig_outcome(&t.relay, &o, NULL), ERR_OK);
	EQ_STR(
	    rig_queue(&t.ctl), "a@far.example sending, b@far.example sending");
	unit_case("it dies with a take under way: it is taken all the same");
	store_mem_hang(t.r.st, true);
	rig_leave(&t.relay);
	store_mem_hang(t.r.st, false);
	rig_settle(&t.r);
	rig_join(&t.r, &t.relay, ROLE_RELAY);
	EQ_INT(rig_doubt(&t.relay, 1, true, &e), 2);
	EQ_STR(rig_queue(&t.ctl), "a@far.example held 1, b@far.example held 1");
	end(&t);
}
