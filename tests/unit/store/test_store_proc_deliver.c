/* Deliveries: what is checked, what comes back, what faults become. */
#include "base/clock.h"
#include "tests/unit/store/rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(deliver_to_alias)
{
	struct rig r;
	struct rig_peer p;
	struct msg_deliver m;
	uint64_t n;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	memset(&m, 0, sizeof m);
	m.req = 5;
	rig_send_deliver(
	    &p, &m, "staff@example.test alice@example.test", "x", -1);
	EQ_INT(rig_done(&p, 5, &n), ERR_OK);
	EQ_INT(n, 0); /* nothing is held */
	EQ_INT(rig_count(&r, RIG_ALICE), 1);
	EQ_INT(rig_count(&r, RIG_BOB), 1);
	unit_case("the same id again is the same delivery");
	rig_send_deliver(&p, &m, "alice@example.test", "x", -1);
	EQ_INT(rig_done(&p, 5, &n), ERR_OK);
	EQ_INT(rig_count(&r, RIG_ALICE), 1);
	rig_leave(&p);
	rig_close(&r);
}

static const struct {
	const char *name, *rcpts;
	enum err fault;
	bool done, full;
	enum err want;
	unsigned count; /* in alice's mailbox after it */
} faults[] = {
    {"ok",			  "alice@example.test",                  ERR_OK,      false, false, ERR_OK,      1},
    {"suspended accounts get mail", "sue@example.test alice@example.test",
     ERR_OK,									    false, false, ERR_OK,      1},
    {"one address gone",            "alice@example.test zoe@example.test", ERR_OK,      false,
     false,											   ERR_NOENT,   0},
    {"not local",		   "alice@example.test a@remote.test",    ERR_OK,      false, false,
     ERR_NOENT,												    0},
    {"full",			"alice@example.test",                  ERR_OK,      false, true,  ERR_FULL,    0},
    {"temporary",		   "alice@example.test",                  ERR_RETRY,   false, false, ERR_RETRY,   0},
    {"unknown, done",               "alice@example.test",                  ERR_UNKNOWN, true,  false,
     ERR_UNKNOWN,												  1},
    {"unknown, not done",           "alice@example.test",                  ERR_UNKNOWN, false, false,
     ERR_UNKNOWN,												  0},
    {"corrupt",		     "alice@example.test",                  ERR_CORRUPT, false, false, ERR_CORRUPT,
     0													      },
};

TEST(deliver_faults)
{
	struct rig r;
	struct rig_peer p;

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		unit_case(faults[i].name);
		rig_open(&r);
		rig_join(&r, &p, ROLE_SMTP);
		store_mem_full(r.st, faults[i].full);
		if (faults[i].fault != ERR_OK)
			store_mem_fail(r.st, STORE_MEM_DELIVER, faults[i].fault,
			    1, faults[i].done);
		EQ_INT(rig_deliver(&p, faults[i].rcpts, "text", NULL),
		    faults[i].want);
		EQ_INT(rig_count(&r, RIG_ALICE), faults[i].count);
		rig_leave(&p);
		rig_close(&r);
	}
}

/* Everything an honest front would never say. */
static void
no_change(struct msg_deliver *m, struct rig_peer *p)
{
	(void)m;
	(void)p;
}
static void
import_flag(struct msg_deliver *m, struct rig_peer *p)
{
	(void)p;
	m->flags = MSG_DELIVER_IMPORT;
}
static void
id_of_another(struct msg_deliver *m, struct rig_peer *p)
{
	struct mail_id_maker other = p->maker;

	other.node++;
	m->id = mail_id_make(&other);
}
static void
id_of_the_future(struct msg_deliver *m, struct rig_peer *p)
{
	struct mail_id_maker far;

	mail_id_maker_init(&far, p->maker.node, UINT64_MAX / 2);
	m->id = mail_id_make(&far);
}
static void
line_in_sender(struct msg_deliver *m, struct rig_peer *p)
{
	(void)p;
	(void)msg_text_set(&m->from, SLICE("a@x.test>\r\nX-Evil: 1"));
}
static void
more_octets_than_fd(struct msg_deliver *m, struct rig_peer *p)
{
	(void)p;
	m->fd_len = 10;
}
static void
unknown_ticket(struct msg_deliver *m, struct rig_peer *p)
{
	(void)p;
	memset(&m->ticket, 7, sizeof m->ticket);
}

static const struct {
	const char *name, *rcpts;
	void (*spoil)(struct msg_deliver *, struct rig_peer *);
	enum err want;
} hostile[] = {
    {"honest",            "alice@example.test",     no_change,           ERR_OK    },
    {"import flag",       "alice@example.test",     import_flag,         ERR_DENIED},
    {"another's id",      "alice@example.test",     id_of_another,       ERR_RETRY },
    {"id of the future",  "alice@example.test",     id_of_the_future,    ERR_RETRY },
    {"line in sender",    "alice@example.test",     line_in_sender,      ERR_PROTO },
    {"line in recipient", "alice@example.test\nX:", no_change,           ERR_PROTO },
    {"length without fd", "alice@example.test",     more_octets_than_fd, ERR_PROTO },
    {"unknown ticket",    "alice@example.test",     unknown_ticket,      ERR_FENCED},
};

TEST(deliver_hostile)
{
	struct rig r;
	struct rig_peer p;
	struct msg_deliver m;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		unit_case(hostile[i].name);
		memset(&m, 0, sizeof m);
		m.req = i;
		hostile[i].spoil(&m, &p);
		rig_send_deliver(&p, &m, hostile[i].rcpts, "x", -1);
		EQ_INT(rig_done(&p, i, NULL), hostile[i].want);
	}
	EQ_INT(store_mem_count(r.st, STORE_MEM_DELIVER), 1);
	OK(rig_silent(&p));
	rig_leave(&p);
	rig_close(&r);
}

/* Recipients as octets that are not what they say they are. */
TEST(deliver_bad_tails)
{
	struct rig r;
	struct rig_peer p;
	struct msg_deliver m;
	struct buf tail = BUF_INIT(4096);
	struct store_rcpt box = {
	    RIG_ALICE, SLICE_NONE, SLICE_NONE, SLICE_NONE, 0};

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	memset(&m, 0, sizeof m);
	m.id = mail_id_make(&p.maker);
	unit_case("a mailbox by its number");
	store_rcpt_add(&tail, &box);
	m.rcpts = 1;
	m.rcpt_len = (uint32_t)tail.len;
	msg_send_deliver(p.chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(&p, 0, NULL), ERR_DENIED);
	unit_case("more recipients than there are");
	m.rcpts = 3;
	msg_send_deliver(p.chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(&p, 0, NULL), ERR_DENIED);
	unit_case("fewer or more recipients than it says");
	buf_reset(&tail);
	box = (struct store_rcpt){
	    0, SLICE("alice@example.test"), SLICE_NONE, SLICE_NONE, 0};
	store_rcpt_add(&tail, &box);
	store_rcpt_add(&tail, &box);
	m.rcpt_len = (uint32_t)tail.len;
	for (m.rcpts = 1; m.rcpts <= 3; m.rcpts += 2) {
		msg_send_deliver(p.chan, &m, buf_slice(&tail), -1);
		EQ_INT(rig_done(&p, 0, NULL), ERR_PROTO);
	}
	m.rcpts = 2;
	unit_case("noise");
	buf_reset(&tail);
	for (int i = 0; i < 64; i++)
		buf_add_char(&tail, (char)(i * 37));
	m.rcpt_len = 64;
	msg_send_deliver(p.chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(&p, 0, NULL), ERR_PROTO);
	EQ_INT(store_mem_count(r.st, STORE_MEM_DELIVER), 0);
	buf_fini(&tail);
	rig_leave(&p);
	rig_close(&r);
}

static int
spill(struct rig_peer *p)
{
	struct msg_spill m = {3, 0};
	const struct rig_msg *g;

	msg_send_spill(p->chan, &m, SLICE_NONE, -1);
	g = rig_get(p, MSG_SPILLED);
	EQ_INT(g->m.spilled.err, ERR_OK);
	return dup(g->fd);
}

TEST(deliver_with_spilled_body)
{
	struct rig r;
	struct rig_peer p;
	struct msg_deliver m;
	int fd;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	memset(&m, 0, sizeof m);
	fd = spill(&p);
	OK(write(fd, "and the rest", 12) == 12);
	m.fd_len = 12;
	rig_send_deliver(&p, &m, "alice@example.test", "head ", dup(fd));
	EQ_INT(rig_done(&p, 0, NULL), ERR_OK);
	unit_case("shorter than it says");
	m.fd_len = 13;
	m.id = (struct mail_id){{0}};
	rig_send_deliver(&p, &m, "alice@example.test", "head ", dup(fd));
	EQ_INT(rig_done(&p, 0, NULL), ERR_PROTO);
	unit_case("larger than mail may be");
	OK(ftruncate(fd, 3 << 20) == 0);
	m.fd_len = 3 << 20;
	rig_send_deliver(&p, &m, "alice@example.test", "head ", dup(fd));
	EQ_INT(rig_done(&p, 0, NULL), ERR_TOOBIG);
	EQ_INT(rig_count(&r, RIG_ALICE), 1);
	(void)close(fd);
	rig_leave(&p);
	rig_close(&r);
}

/* Descriptors that are not files of ours would block, or be somebody's. */
TEST(deliver_with_other_descriptors)
{
	char name[] = "/tmp/restante-test-XXXXXX";
	int fds[5], pipes[2];
	struct rig r;
	struct rig_peer p;
	struct msg_deliver m;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	(void)close(spill(&p));
	memset(&m, 0, sizeof m);
	OK(pipe(pipes) == 0);
	fds[0] = pipes[0];
	fds[1] = open("/dev/zero", O_RDONLY);
	fds[2] = mkstemp(name);
	fds[3] = open("/", O_RDONLY | O_DIRECTORY);
	fds[4] = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	OK(write(fds[2], "xxxxxxxxxx", 10) == 10);
	OK(write(fds[4], "xxxxxxxxxx", 10) == 10);
	m.fd_len = 5;
	for (int i = 0; i < 5; i++) {
		rig_send_deliver(&p, &m, "alice@example.test", "head", fds[i]);
		EQ_INT(rig_done(&p, 0, NULL), ERR_DENIED);
	}
	(void)unlink(name);
	(void)close(pipes[1]);
	rig_leave(&p);
	rig_close(&r);
}

TEST(deliver_import)
{
	struct rig r;
	struct rig_peer ctl;
	struct msg_deliver m;
	struct buf tail = BUF_INIT(4096);
	struct store_rcpt box = {RIG_BOB, SLICE("bob@example.test"), SLICE_NONE,
	    SLICE("uidl-of-old"), 0};

	rig_open(&r);
	rig_join(&r, &ctl, ROLE_CTL);
	memset(&m, 0, sizeof m);
	m.id.b[0] = 1; /* an id from elsewhere */
	m.flags = MSG_DELIVER_IMPORT;
	store_rcpt_add(&tail, &box);
	m.rcpts = 1;
	m.rcpt_len = (uint32_t)tail.len;
	buf_add_str(&tail, "body");
	msg_send_deliver(ctl.chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(&ctl, 0, NULL), ERR_OK);
	EQ_INT(rig_count(&r, RIG_BOB), 1);
	buf_fini(&tail);
	rig_leave(&ctl);
	rig_close(&r);
}

/* The clock stood days ahead and was set back: ids go on from where they were,
 * also after the store has been started again. */
TEST(deliver_clock_set_back)
{
	enum { DAYS = 3 };
	const uint64_t right = 1000000000, wrong = right + DAYS * 86400000000u;
	struct rig r;
	struct rig_peer p;
	struct msg_deliver m;

	clock_set_for_test(wrong, 1000);
	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	EQ_INT(rig_deliver(&p, "alice@example.test", "x", NULL), ERR_OK);
	clock_set_for_test(right, 1000);
	unit_case("set back");
	EQ_INT(rig_deliver(&p, "alice@example.test", "x", NULL), ERR_OK);
	unit_case("far ahead of both");
	memset(&m, 0, sizeof m);
	clock_set_for_test(wrong + 2 * 86400000000u, 1000);
	m.id = mail_id_make(&p.maker);
	clock_set_for_test(right, 1000);
	rig_send_deliver(&p, &m, "alice@example.test", "x", -1);
	EQ_INT(rig_done(&p, 0, NULL), ERR_RETRY);
	rig_leave(&p);
	rig_close(&r);
	clock_set_for_test(0, 0);
}

/* ...and the clock may have been set back meanwhile. */
TEST(deliver_id_of_before_by_another_clock)
{
	struct rig r;
	struct rig_peer p;
	struct msg_deliver m;
	struct mail_id_maker old;
	uint32_t node;
	uint64_t floor_us;

	clock_set_for_test(1000000, 1000); /* set back, then started */
	rig_open(&r);
	clock_set_for_test(3600000000, 1000); /* as it was before that */
	r.ops->node(r.st, &node, &floor_us);
	mail_id_maker_init(&old, node, 0);
	memset(&m, 0, sizeof m);
	m.id = mail_id_make(&old);
	clock_set_for_test(1000000, 1000);
	rig_join(&r, &p, ROLE_SMTP);
	rig_send_deliver(&p, &m, "alice@example.test", "x", -1);
	EQ_INT(rig_done(&p, 0, NULL), ERR_OK);
	rig_leave(&p);
	rig_close(&r);
	clock_set_for_test(0, 0);
}

/* A message may have got its id before the store was started again. */
TEST(deliver_id_of_before)
{
	struct rig r;
	struct rig_peer p, q;
	struct msg_deliver m;
	struct mail_id_maker old;

	clock_set_for_test(1000000000, 1000);
	rig_open(&r);
	/* the first numbers have been given out by an earlier process */
	for (int i = 0; i < 3; i++) {
		uint32_t node;
		uint64_t floor_us;

		r.ops->node(r.st, &node, &floor_us);
	}
	rig_join(&r, &p, ROLE_SMTP);
	rig_join(&r, &q, ROLE_SMTP);
	memset(&m, 0, sizeof m);
	unit_case("made before");
	mail_id_maker_init(&old, 2, 0);
	old.last_us = 999999998;
	clock_set_for_test(999999999, 1000);
	m.id = mail_id_make(&old);
	rig_send_deliver(&p, &m, "alice@example.test", "x", -1);
	EQ_INT(rig_done(&p, 0, NULL), ERR_OK);
	unit_case("old number, made after");
	clock_set_for_test(1000000001, 1000);
	m.id = mail_id_make(&old);
	rig_send_deliver(&p, &m, "alice@example.test", "x", -1);
	EQ_INT(rig_done(&p, 0, NULL), ERR_RETRY);
	unit_case("number of another process of now");
	old.node = q.maker.node;
	m.id = mail_id_make(&old);
	rig_send_deliver(&p, &m, "alice@example.test", "x", -1);
	EQ_INT(rig_done(&p, 0, NULL), ERR_RETRY);
	rig_leave(&p);
	rig_leave(&q);
	rig_close(&r);
	clock_set_for_test(0, 0);
}
