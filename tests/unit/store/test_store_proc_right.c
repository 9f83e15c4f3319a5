/*
 * Who may send elsewhere, and what a front process may say about a message.
 * Covers: store/store_proc_deliver.c, store/store_proc_front.c
 */
#include "tests/unit/store/rig.h"

#include <string.h>

enum ticket { NONE, LIVE, FORGED, POP3 };

static const struct {
	const char *name, *addr, *socket;
	enum ticket ticket;
	bool local, ctl;
	enum err resolved, delivered;
	unsigned remotes;
} rights[] = {
    {"nobody",		     "a@far.example",      "",       NONE,   false, false, ERR_DENIED, ERR_NOENT,
     0													    },
    {"who has logged in",          "a@far.example",      "",       LIVE,   false, false, ERR_OK,
     ERR_OK,												     1},
    {"who had",		    "a@far.example",      "",       FORGED, false, false, ERR_FENCED,
     ERR_FENCED,												 0},
    {"who had, to a mailbox",      "alice@example.test", "",       FORGED, false, false,
     ERR_FENCED,										     ERR_FENCED, 0},
    {"by a login for reading",     "a@far.example",      "",       POP3,   false, false,
     ERR_FENCED,										     ERR_FENCED, 0},
    {"a program here",             "a@far.example",      "",       NONE,   true,  false, ERR_OK,     ERR_OK,
     1													    },
    {"a program here, own socket", "a@far.example",      "/run/x", NONE,   true,  false,
     ERR_OK,											 ERR_OK,     1},
    {"a program, but no socket",   "a@far.example",      "off",    NONE,   true,  false,
     ERR_DENIED,										     ERR_DENIED, 0},
    {"not by the admin socket",    "a@far.example",      "",       NONE,   true,  true,
     ERR_DENIED,										     ERR_DENIED, 0},
};

struct people {
	struct rig r;
	struct rig_peer smtp, auth, ctl;
};

static struct msg_ticket
ticket(struct people *t, enum ticket kind)
{
	struct msg_ticket k;

	memset(&k, 0, sizeof k);
	if (kind == FORGED)
		k.b[0] = 1;
	if (kind == LIVE || kind == POP3)
		k = rig_ticket(&t->auth, 1, RIG_ALICE,
		    kind == LIVE ? MSG_PROTO_SUBMISSION : MSG_PROTO_POP3, 1000);
	return k;
}

static void
begin(struct people *t, const char *socket)
{
	rig_open(&t->r);
	strcpy(t->r.conf.submit.socket, socket);
	rig_join(&t->r, &t->smtp, ROLE_SMTP);
	rig_join(&t->r, &t->auth, ROLE_AUTH);
	rig_join(&t->r, &t->ctl, ROLE_CTL);
}

static void
end(struct people *t)
{
	rig_leave(&t->ctl);
	rig_leave(&t->auth);
	rig_leave(&t->smtp);
	rig_close(&t->r);
}

TEST(right_to_relay)
{
	struct people t;
	struct rig_peer *who;
	struct msg_resolve m;
	struct msg_deliver d;
	const struct rig_msg *g;

	for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
		unit_case(rights[i].name);
		begin(&t, rights[i].socket);
		who = rights[i].ctl ? &t.ctl : &t.smtp;
		memset(&m, 0, sizeof m);
		m.req = 1;
		m.local = rights[i].local;
		m.ticket = ticket(&t, rights[i].ticket);
		(void)msg_text_set(&m.addr, slice_str(rights[i].addr));
		msg_send_resolve(who->chan, &m, SLICE_NONE, -1);
		g = rig_get(who, MSG_RESOLVED);
		EQ_INT(g->m.resolved.err, rights[i].resolved);
		EQ_INT(g->m.resolved.remotes, rights[i].remotes);
		memset(&d, 0, sizeof d);
		d.req = 2;
		d.ticket = m.ticket;
		d.flags = rights[i].local ? MSG_DELIVER_LOCAL : 0;
		rig_send_deliver(who, &d, rights[i].addr, "x", -1);
		EQ_INT(rig_done(who, 2, NULL), rights[i].delivered);
		end(&t);
	}
}

/* What waits belongs to the account of the ticket, whatever the sender. */
TEST(right_names_the_account)
{
	struct people t;
	struct msg_queue_list m;
	struct store_envelope env;
	struct store_out_row row;
	struct msg_deliver d;
	struct slice rows;
	uint64_t held;

	begin(&t, "");
	t.r.conf.limits.user_messages_per_hour = 1;
	memset(&d, 0, sizeof d);
	d.req = 2;
	d.ticket = ticket(&t, LIVE);
	(void)msg_text_set(&d.from, SLICE("bob@example.test"));
	rig_send_deliver(&t.smtp, &d, "a@far.example", "x", -1);
	EQ_INT(rig_done(&t.smtp, 2, &held), ERR_OK);
	EQ_INT(held, 0);
	memset(&m, 0, sizeof m);
	m.max = 1;
	msg_send_queue_list(t.ctl.chan, &m, SLICE_NONE, -1);
	rows = buf_slice(&rig_get(&t.ctl, MSG_QUEUE_ROWS)->tail);
	EQ_INT(store_out_rows_next(&rows, &row), ERR_OK);
	EQ_INT(store_envelope_decode(row.envelope, &env), ERR_OK);
	EQ_INT(env.account, 1);
	EQ_SLICE(env.from, "bob@example.test");
	unit_case("over its limit");
	d.id = (struct mail_id){{0}};
	rig_send_deliver(&t.smtp, &d, "b@far.example c@far.example", "x", -1);
	EQ_INT(rig_done(&t.smtp, 2, &held), ERR_OK);
	EQ_INT(held, 2);
	end(&t);
}

#define S(literal)                                                             \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

static const struct {
	const char *name, *loops;
	struct store_trail info;
	enum err want;
} said[] = {
    {"nothing",        "",		     {.octets = 0},				      ERR_OK   },
    {"all",	    "a@x.test\nb@y.test\n",
     {.event = STORE_EV_RECEIVED,
	    .client = S("mx.x.test[192.0.2.1]"),
	    .proto = S("ESMTP"),
	    .msgid = S("<1@x.test>")},
     ERR_OK												 },
    {"a reply",        "",		     {.event = STORE_EV_RECEIVED, .reply = S("250 ok")},
     ERR_PROTO											      },
    {"another event",  "",                     {.event = STORE_EV_SENT},                           ERR_PROTO},
    {"not an address", "a@x.test\nnone\n",     {.octets = 0},                                      ERR_PROTO},
    {"not ended",      "a@x.test",             {.octets = 0},                                      ERR_PROTO},
    {"an empty line",  "\n",                   {.octets = 0},                                      ERR_PROTO},
};

static enum err
say(struct people *t, const struct store_trail *info, struct slice loops)
{
	struct store_rcpt rcpt = {.addr = SLICE("alice@example.test")};
	struct buf tail = BUF_INIT(1 << 16);
	struct msg_deliver m;

	memset(&m, 0, sizeof m);
	m.id = mail_id_make(&t->smtp.maker);
	m.rcpts = 1;
	store_rcpt_add(&tail, &rcpt);
	m.rcpt_len = (uint32_t)tail.len;
	if (info->event != 0)
		EQ_INT(store_trail_encode(info, &tail), ERR_OK);
	m.info_len = (uint32_t)tail.len - m.rcpt_len;
	buf_add_slice(&tail, loops);
	m.loops_len = (uint32_t)loops.len;
	buf_add_str(&tail, "the body");
	msg_send_deliver(t->smtp.chan, &m, buf_slice(&tail), -1);
	buf_fini(&tail);
	return rig_done(&t->smtp, 0, NULL);
}

TEST(right_to_say)
{
	struct people t;
	struct buf many = BUF_INIT(1 << 16);

	begin(&t, "");
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		unit_case(said[i].name);
		EQ_INT(say(&t, &said[i].info, slice_str(said[i].loops)),
		    said[i].want);
	}
	unit_case("as many as may be");
	for (unsigned i = 0; i < 64; i++)
		buf_addf(&many, "a%u@x.test\n", i);
	EQ_INT(say(&t, &said[0].info, buf_slice(&many)), ERR_OK);
	buf_add_str(&many, "one-more@x.test\n");
	EQ_INT(say(&t, &said[0].info, buf_slice(&many)), ERR_PROTO);
	buf_fini(&many);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 3);
	end(&t);
}

/* A message that has been with whoever forwards it is not forwarded again. */
TEST(right_ends_loops)
{
	struct people t;
	struct store_name n = {
	    STORE_ALIAS, 0, SLICE("alice@example.test\nf@far.example\n"), 0};
	struct store_rcpt rcpt = {.addr = SLICE("out@example.test")};
	struct buf b = BUF_INIT(4096);
	struct msg_deliver m;

	begin(&t, "");
	store_name_encode(&n, &b);
	store_mem_put(
	    t.r.st, STORE_NAME, SLICE("out@example.test"), buf_slice(&b));
	memset(&m, 0, sizeof m);
	m.id = mail_id_make(&t.smtp.maker);
	(void)msg_text_set(&m.from, SLICE("s@else.example"));
	m.rcpts = 1;
	buf_reset(&b);
	store_rcpt_add(&b, &rcpt);
	m.rcpt_len = (uint32_t)b.len;
	buf_add_str(&b, "out@example.test\n");
	m.loops_len = 17;
	msg_send_deliver(t.smtp.chan, &m, buf_slice(&b), -1);
	EQ_INT(rig_done(&t.smtp, 0, NULL), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	EQ_STR(rig_queue(&t.ctl), "f@far.example report r1");
	EQ_STR(rig_trail(&t.ctl, &m.id), "received failed");
	buf_fini(&b);
	end(&t);
}
