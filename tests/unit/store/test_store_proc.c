/*
 * The store process: peers come and go, numbers of id makers, bounds.
 * Covers: store/store_proc_node.c store/store_proc_req.c
 */
#include "base/clock.h"
#include "tests/unit/store/rig.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TEST(proc_nobody_else)
{
	struct rig r;
	int fd[2];

	rig_open(&r);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	EQ_INT(store_proc_peer(r.proc, ROLE_PARENT, fd[0]), ERR_DENIED);
	(void)close(fd[1]);
	rig_close(&r);
}

TEST(proc_node_used_again)
{
	struct rig r;
	struct rig_peer a, b, c;

	rig_open(&r);
	rig_join(&r, &a, ROLE_SMTP);
	rig_join(&r, &b, ROLE_CTL);
	OK(a.maker.node != b.maker.node);
	EQ_INT(rig_deliver(&a, "alice@example.test", "x", NULL), ERR_OK);
	rig_leave(&a);
	rig_join(&r, &c, ROLE_SMTP);
	unit_case("free number, floor above what it was used for");
	EQ_INT(c.maker.node, a.maker.node);
	OK(c.maker.last_us >= a.maker.last_us);
	rig_leave(&b);
	rig_leave(&c);
	rig_close(&r);
}

/* Also above ids that were made and never came. */
TEST(proc_node_floor_is_now)
{
	struct rig r;
	struct rig_peer a;

	clock_set_for_test(1000000000, 1000000000);
	rig_open(&r);
	rig_join(&r, &a, ROLE_SMTP);
	rig_leave(&a);
	clock_set_for_test(2000000000, 1000000000);
	rig_join(&r, &a, ROLE_SMTP);
	OK(a.maker.last_us >= 2000000000);
	rig_leave(&a);
	rig_close(&r);
	clock_set_for_test(0, 0);
}

/* All that is under way is bounded: the rest waits in the socket. */
TEST(proc_input_waits)
{
	enum { MANY = 6000 };
	struct rig r;
	struct rig_peer p;
	struct msg_resolve m;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	store_mem_hang(r.st, true);
	memset(&m, 0, sizeof m);
	(void)msg_text_set(&m.addr, SLICE("alice@example.test"));
	for (m.req = 0; m.req < MANY; m.req++)
		msg_send_resolve(p.chan, &m, SLICE_NONE, -1);
	rig_pass(&r, 50);
	EQ_INT(store_mem_count(r.st, STORE_MEM_RESOLVE), 4096);
	store_mem_hang(r.st, false);
	for (uint64_t i = 0; i < MANY; i++) {
		const struct rig_msg *g = rig_get(&p, MSG_RESOLVED);

		if (g->m.resolved.req != i || g->m.resolved.err != ERR_OK) {
			OK(!"an answer out of place");
			break;
		}
	}
	rig_leave(&p);
	rig_close(&r);
}

/* What a role may not send closes its channel and no other. */
TEST(proc_wrong_role)
{
	struct msg_box_close m = {1};
	struct rig r;
	struct rig_peer smtp, pop3;

	rig_open(&r);
	rig_join(&r, &smtp, ROLE_SMTP);
	rig_join(&r, &pop3, ROLE_POP3);
	/* msg_send_box_close would not let us */
	OK(chan_send(smtp.chan, MSG_BOX_CLOSE, &m, sizeof m, SLICE_NONE, -1) ==
	    ERR_OK);
	OK(rig_until(&r, &smtp.closed));
	OK(rig_silent(&pop3));
	rig_leave(&smtp);
	rig_leave(&pop3);
	rig_close(&r);
}

/* Freed with requests under way: the backend's close ends them. */
TEST(proc_freed_while_busy)
{
	struct rig r;
	struct rig_peer p, ctl;
	struct msg_deliver m;
	struct msg_control c;

	rig_open(&r);
	rig_join(&r, &p, ROLE_SMTP);
	rig_join(&r, &ctl, ROLE_CTL);
	store_mem_hang(r.st, true);
	memset(&m, 0, sizeof m);
	memset(&c, 0, sizeof c);
	rig_send_deliver(&p, &m, "alice@example.test", "x", -1);
	c.what = CONTROL_VERIFY;
	msg_send_control(ctl.chan, &c, SLICE_NONE, -1);
	rig_settle(&r);
	OK(!store_proc_quiet(r.proc));
	store_proc_free(&r.proc);
	OK(r.proc == NULL);
	rig_leave(&p);
	rig_leave(&ctl);
	rig_close(&r);
}

static void
note_quiet(void *ctx)
{
	struct rig *r = ctx;

	if (store_proc_quiet(r->proc))
		buf_add_str(&r->log, "quiet\n");
}

TEST(proc_tells_when_quiet)
{
	struct rig r;
	struct rig_peer p, ctl;
	struct msg_deliver m;

	rig_open(&r);
	OK(store_proc_quiet(r.proc));
	rig_join(&r, &ctl, ROLE_CTL);
	OK(store_proc_quiet(r.proc));
	rig_join(&r, &p, ROLE_SMTP);
	OK(!store_proc_quiet(r.proc));
	store_proc_on_quiet(r.proc, note_quiet, &r);
	store_mem_hold(r.st, STORE_MEM_DELIVER, true);
	memset(&m, 0, sizeof m);
	rig_send_deliver(&p, &m, "alice@example.test", "x", -1);
	rig_settle(&r);
	rig_leave(&p);
	OK(!store_proc_quiet(r.proc));
	EQ_INT(r.log.len, 0);
	store_mem_hold(r.st, STORE_MEM_DELIVER, false);
	rig_settle(&r);
	OK(store_proc_quiet(r.proc));
	EQ_SLICE(buf_slice(&r.log), "quiet\n");
	unit_case("the message of the peer that went is there");
	EQ_INT(rig_count(&r, RIG_ALICE), 1);
	rig_leave(&ctl);
	rig_close(&r);
}

/* Who does not read what it asks for, however little each answer is. */
TEST(proc_lagging_peer_dropped)
{
	static struct mail_id ids[256];
	struct msg_box_read m = {1, 7, 0, 1, 256};
	struct rig r;
	struct rig_peer slow, other;

	rig_open(&r);
	rig_join(&r, &slow, ROLE_POP3);
	rig_join(&r, &other, ROLE_POP3);
	chan_pause(slow.chan, true);
	for (int i = 0; i < 6000 && store_proc_count(r.proc, ROLE_POP3) == 2;
	     i++) {
		msg_send_box_read(slow.chan, &m, slice_of(ids, sizeof ids), -1);
		net_loop_turn(r.loop, 0);
	}
	rig_settle(&r);
	EQ_INT(store_proc_count(r.proc, ROLE_POP3), 1);
	OK(slice_find_slice(buf_slice(&r.log), SLICE("peer_lags")) < r.log.len);
	OK(rig_silent(&other));
	rig_leave(&slow);
	rig_leave(&other);
	rig_close(&r);
}

static enum err
no_node(struct store *s, uint32_t *node_out, uint64_t *floor_us_out)
{
	(void)s;
	(void)node_out;
	(void)floor_us_out;
	return ERR_FULL;
}

/* Without a number no ids: better no channel than one that is of no use. */
TEST(proc_no_node)
{
	struct store_ops poor = store_mem;
	struct rig r;
	int fd[2];
	char c;

	rig_open(&r);
	store_proc_free(&r.proc);
	poor.node = no_node;
	r.proc = store_proc_new(r.loop, &r.conf, &poor, r.st);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	EQ_INT(store_proc_peer(r.proc, ROLE_SMTP, fd[0]), ERR_RETRY);
	EQ_INT(recv(fd[1], &c, 1, 0), 0);
	EQ_INT(store_proc_count(r.proc, ROLE_SMTP), 0);
	(void)close(fd[1]);
	rig_close(&r);
}

TEST(proc_sweeps_tickets)
{
	struct rig r;
	struct rig_peer auth, pop3;
	struct msg_ticket k;
	unsigned rows;
	enum err e;

	clock_set_for_test(1, 1000000);
	rig_open(&r);
	rig_join(&r, &auth, ROLE_AUTH);
	rig_join(&r, &pop3, ROLE_POP3);
	k = rig_ticket(&auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
	clock_set_for_test(1, 62000000);
	rig_settle(&r);
	EQ_INT(rig_box_open(&pop3, &k, &e, &rows), 0);
	EQ_INT(e, ERR_FENCED);
	rig_leave(&auth);
	rig_leave(&pop3);
	rig_close(&r);
	clock_set_for_test(0, 0);
}

/* A process that is given a new channel has no use for the old one. */
TEST(proc_peer_comes_again)
{
	struct rig r;
	struct rig_peer a, b, other;
	int fd[3][2];

	rig_open(&r);
	for (unsigned i = 0; i < 3; i++) {
		EQ_INT(
		    socketpair(AF_UNIX,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd[i]),
		    0);
		EQ_INT(store_proc_peer_at(
			   r.proc, ROLE_SMTP, i == 1 ? 1 : 0, fd[i][0]),
		    ERR_OK);
		rig_adopt(&r,
		    i == 0   ? &a
		    : i == 1 ? &other
			     : &b,
		    ROLE_SMTP, fd[i][1]);
	}
	rig_settle(&r);
	OK(a.closed && !b.closed && !other.closed);
	EQ_INT(store_proc_count(r.proc, ROLE_SMTP), 2);
	rig_leave(&a);
	rig_leave(&b);
	rig_leave(&other);
	rig_close(&r);
}
