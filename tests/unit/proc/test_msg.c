/*
 * The table of messages: who may say what to whom, sizes, contents.
 * Covers: proc/msg_valid.c
 */
#include "proc/msg.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Handlers that count; every message has one. */
static unsigned called[MSG_COUNT];
#define X(name, payload, from, to, tail_max, fds)                              \
	static void on_##payload(                                              \
	    void *ctx, struct msg_##payload *m, struct slice tail, int fd)     \
	{                                                                      \
		(void)ctx;                                                     \
		(void)m;                                                       \
		(void)tail;                                                    \
		if (fd >= 0)                                                   \
			(void)close(fd);                                       \
		called[MSG_##name]++;                                          \
	}
MSG_TABLE(X)
#undef X
static const struct msg_handlers all = {
#define X(name, payload, from, to, tail_max, fds) .payload = on_##payload,
    MSG_TABLE(X)
#undef X
};

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static enum err
deliver(enum role peer, enum role self, uint16_t type, const void *m, size_t n,
    int fd)
{
	return msg_deliver_frame(
	    peer, self, type, slice_of(m, n), fd, &all, NULL);
}

TEST(msg_only_the_table_s_senders_and_receivers)
{
	struct msg_box_expunge m = {1, 2};
	static const struct {
		const char *name;
		enum role peer, self;
		enum err want;
	} cases[] = {
	    {"pop3 to store", ROLE_POP3,  ROLE_STORE, ERR_OK   },
	    {"ctl to store",  ROLE_CTL,   ROLE_STORE, ERR_OK   },
	    {"smtp to store", ROLE_SMTP,  ROLE_STORE, ERR_PROTO},
	    {"auth to store", ROLE_AUTH,  ROLE_STORE, ERR_PROTO},
	    {"pop3 to auth",  ROLE_POP3,  ROLE_AUTH,  ERR_PROTO},
	    {"store to pop3", ROLE_STORE, ROLE_POP3,  ERR_PROTO},
	    {"no such role",  ROLE_COUNT, ROLE_STORE, ERR_PROTO},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].name);
		called[MSG_BOX_EXPUNGE] = 0;
		EQ_INT(deliver(cases[i].peer, cases[i].self, MSG_BOX_EXPUNGE,
			   &m, sizeof m, -1),
		    cases[i].want);
		EQ_INT(called[MSG_BOX_EXPUNGE], cases[i].want == ERR_OK);
	}
}

TEST(msg_sizes_are_checked_for_every_type)
{
	static char frame[CHAN_FRAME_MAX + 1];

	for (uint16_t t = 0; t < MSG_COUNT; t++) {
		unsigned peers_ok = 0;

		unit_case(msg_name(t));
		OK(msg_fixed_len(t) > 0);
		OK(msg_frame_max(t) >= msg_fixed_len(t));
		for (unsigned p = 0; p < ROLE_COUNT; p++)
			for (unsigned s = 0; s < ROLE_COUNT; s++) {
				EQ_INT(deliver(p, s, t, frame,
					   msg_fixed_len(t) - 1, -1),
				    ERR_PROTO);
				EQ_INT(deliver(p, s, t, frame,
					   msg_frame_max(t) + 1, -1),
				    ERR_PROTO);
				peers_ok++;
			}
		EQ_INT(peers_ok, ROLE_COUNT * ROLE_COUNT);
	}
	EQ_INT(
	    deliver(ROLE_POP3, ROLE_STORE, MSG_COUNT, frame, 8, -1), ERR_PROTO);
	EQ_INT(msg_fixed_len(MSG_COUNT), 0);
	EQ_INT(msg_frame_max(UINT16_MAX), 0);
	EQ_STR(msg_name(MSG_COUNT), "?");
	EQ_STR(msg_name(MSG_BOX_OPEN), "box_open");
}

TEST(msg_descriptors_go_where_the_table_says)
{
	struct msg_listener need = {0, 0};
	struct msg_tx_end never = {1};
	struct msg_spilled maybe = {1, ERR_OK, 0};
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	EQ_INT(deliver(ROLE_PARENT, ROLE_SMTP, MSG_LISTENER, &need, sizeof need,
		   -1),
	    ERR_PROTO);
	EQ_INT(deliver(
		   ROLE_SMTP, ROLE_STORE, MSG_TX_END, &never, sizeof never, fd),
	    ERR_PROTO);
	OK(!is_open(fd));
	EQ_INT(deliver(ROLE_STORE, ROLE_SMTP, MSG_SPILLED, &maybe, sizeof maybe,
		   -1),
	    ERR_OK);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	EQ_INT(deliver(ROLE_STORE, ROLE_SMTP, MSG_SPILLED, &maybe, sizeof maybe,
		   fd),
	    ERR_OK);
	OK(!is_open(fd));
}

TEST(msg_without_a_handler_is_refused)
{
	static const struct msg_handlers none;
	struct msg_listener m = {0, 0};
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	EQ_INT(msg_deliver_frame(ROLE_PARENT, ROLE_SMTP, MSG_LISTENER,
		   slice_of(&m, sizeof m), fd, &none, NULL),
	    ERR_PROTO);
	OK(!is_open(fd));
}

TEST(msg_texts_are_bounded_and_clean)
{
	struct msg_text t;
	struct msg_short s;
	char longer[400];

	memset(longer, 'x', sizeof longer);
	memset(&t, 0xff, sizeof t);
	OK(msg_text_set(&t, SLICE("ann@remote.test")));
	EQ_SLICE(msg_text_get(&t), "ann@remote.test");
	EQ_INT(t.s[15], 0);
	EQ_INT(t.s[sizeof t.s - 1], 0);
	OK(msg_text_set(&t, slice_of(longer, sizeof t.s)));
	OK(!msg_text_set(&t, slice_of(longer, sizeof t.s + 1)));
	EQ_INT(t.len, 0);
	EQ_INT(t.s[0], 0);
	OK(msg_text_set(&t, SLICE_NONE));
	OK(msg_short_set(&s, slice_of(longer, sizeof s.s)));
	OK(!msg_short_set(&s, slice_of(longer, sizeof s.s + 1)));
	EQ_INT(msg_short_get(&s).len, 0);
}

/* --- contents ----------------------------------------------------------- */

static const char sixteen[32];

/* A message that is right, and changes that each make it wrong. */
#define WRONG(type, m, tail, change)                                           \
	do {                                                                   \
		__typeof__(m) bad = (m);                                       \
		unit_case(#type ": " #change);                                 \
		bad.change;                                                    \
		OK(msg_##type##_valid(&(m), tail));                            \
		OK(!msg_##type##_valid(&bad, tail));                           \
	} while (0)

TEST(msg_valid_life)
{
	struct msg_conf conf = {1, 0};
	struct msg_cert cert = {.index = 0, .count = 1, .chain_len = 16};
	struct msg_listener listener = {MSG_LISTENER_ADMIN, 0}, front = {15, 7};
	struct msg_census census = {1, 2};
	struct msg_peer peer = {ROLE_STORE, 0};
	struct msg_ready ready = {1, 0};
	struct msg_done done = {1, 2, ERR_OK, 0};

	WRONG(conf, conf, SLICE_NONE, generation = 0);
	WRONG(conf, conf, SLICE_NONE, reload = 2);
	WRONG(cert, cert, slice_of(sixteen, 16), index = 1);
	WRONG(cert, cert, slice_of(sixteen, 16), chain_len = 17);
	memset(cert.name, 'x', sizeof cert.name);
	OK(!msg_cert_valid(&cert, slice_of(sixteen, 16)));
	WRONG(listener, listener, SLICE_NONE, listener = 16);
	WRONG(listener, front, SLICE_NONE, address = 8);
	WRONG(census, census, SLICE_NONE, worker = 2);
	WRONG(census, census, SLICE_NONE, workers = 1u << 20);
	WRONG(peer, peer, SLICE_NONE, role = ROLE_COUNT);
	WRONG(ready, ready, SLICE_NONE, pid = 0);
	WRONG(done, done, SLICE_NONE, err = ERR_COUNT);
}

TEST(msg_valid_mail)
{
	struct msg_resolve resolve = {.req = 1, .addr = {.len = 1}};
	struct msg_sender sender = {.req = 1};
	struct msg_deliver deliver = {.rcpt_len = 8, .rcpts = 2};
	struct slice tail = slice_of(sixteen, 16);

	WRONG(resolve, resolve, SLICE_NONE, addr.len = 0);
	WRONG(resolve, resolve, SLICE_NONE, addr.len = 327);
	WRONG(resolve, resolve, SLICE_NONE, local = 2);
	WRONG(sender, sender, SLICE_NONE, addr.len = 327);
	WRONG(deliver, deliver, tail, rcpts = 0);
	WRONG(deliver, deliver, tail, rcpts = 9);
	WRONG(deliver, deliver, tail, rcpt_len = 17);
	WRONG(deliver, deliver, tail, rcpt_len = 0);
	WRONG(deliver, deliver, tail, info_len = 9);
	WRONG(deliver, deliver, tail, loops_len = 9);
	WRONG(deliver, deliver, tail, loops_len = UINT32_MAX);
	WRONG(deliver, deliver, tail, flags = 16);
	WRONG(deliver, deliver, tail, ret = 3);
	WRONG(deliver, deliver, tail, from.len = 327);
	WRONG(deliver, deliver, tail, envid_head.len = 64);
	WRONG(deliver, deliver, tail, envid_tail.len = 64);
}

TEST(msg_valid_box)
{
	struct msg_box_rows rows = {.n = 1, .more = 1}, empty = {.n = 0};
	struct msg_box_read read = {.max = 1, .n = 2};
	struct msg_box_mark mark = {.n = 1};
	struct msg_body body = {.offset = 4, .total = 20};

	WRONG(box_rows, rows, slice_of(sixteen, 16), err = ERR_COUNT);
	WRONG(box_rows, rows, slice_of(sixteen, 16), more = 2);
	WRONG(box_rows, rows, slice_of(sixteen, 16), n = 17);
	WRONG(box_rows, rows, slice_of(sixteen, 16), n = 0);
	WRONG(box_rows, empty, SLICE_NONE, n = 1);
	WRONG(box_read, read, slice_of(sixteen, 32), max = 0);
	WRONG(box_read, read, slice_of(sixteen, 32), n = 1);
	WRONG(box_mark, mark, slice_of(sixteen, 16), n = 0);
	WRONG(box_mark, mark, slice_of(sixteen, 16), n = 2);
	OK(!msg_box_mark_valid(&mark, slice_of(sixteen, 17)));
	WRONG(body, body, slice_of(sixteen, 16), total = 19);
	WRONG(body, body, slice_of(sixteen, 16), offset = UINT64_MAX);
	WRONG(body, body, slice_of(sixteen, 16), err = ERR_COUNT);
}

TEST(msg_valid_queue)
{
	struct msg_file file = {MSG_FILE_RESOLV, 0};
	struct msg_queue_take take = {
	    .nskip = 2, .dests_max = 1, .per_dest = 1, .rows_max = 1};
	struct msg_queue_rows rows = {.n = 1};
	struct msg_queue_doubt doubt = {.hold = 1};
	struct msg_queue_settle settle = {
	    .outcomes_len = 8, .noutcomes = 1, .nreports = 1};
	struct msg_queue_read read = {.max = 1};
	struct msg_queue_list list = {.max = 1};
	struct msg_queue_edit edit = {.kind = 1, .n = 1};
	struct msg_trail_get get = {.max = 1, .word_len = 1000};
	struct msg_trail_rows trail = {.n = 1, .more = 1};
	struct slice tail = slice_of(sixteen, 16);

	WRONG(file, file, SLICE_NONE, kind = 0);
	WRONG(file, file, SLICE_NONE, kind = MSG_FILE_KINDS);
	WRONG(file, file, SLICE_NONE, index = UINT32_MAX);
	WRONG(queue_take, take, tail, nskip = 1);
	WRONG(queue_take, take, tail, nskip = 2 + (1u << 29));
	WRONG(queue_take, take, tail, dests_max = 0);
	WRONG(queue_take, take, tail, per_dest = 0);
	WRONG(queue_take, take, tail, rows_max = 0);
	WRONG(queue_rows, rows, tail, err = ERR_COUNT);
	WRONG(queue_rows, rows, tail, more = 2);
	WRONG(queue_rows, rows, tail, n = 17);
	WRONG(queue_doubt, doubt, SLICE_NONE, hold = 2);
	WRONG(queue_settle, settle, tail, noutcomes = 0);
	WRONG(queue_settle, settle, tail, noutcomes = 9);
	WRONG(queue_settle, settle, tail, outcomes_len = 17);
	WRONG(queue_settle, settle, tail, nreports = 0);
	WRONG(queue_settle, settle, tail, nreports = 9);
	WRONG(queue_read, read, SLICE_NONE, max = 0);
	WRONG(queue_list, list, SLICE_NONE, max = 0);
	WRONG(queue_edit, edit, tail, kind = 0);
	WRONG(queue_edit, edit, tail, n = 0);
	WRONG(queue_edit, edit, tail, n = 17);
	WRONG(trail_get, get, SLICE_NONE, max = 0);
	WRONG(trail_get, get, SLICE_NONE, word_len = 1001);
	WRONG(trail_rows, trail, tail, err = ERR_COUNT);
	WRONG(trail_rows, trail, tail, more = 2);
	WRONG(trail_rows, trail, tail, n = 0);
}

TEST(msg_valid_auth)
{
	struct msg_auth_start start = {.protocol = MSG_PROTO_POP3,
	    .flags = MSG_AUTH_INITIAL,
	    .mechanism = {.len = 5}};
	struct msg_ticket_new ticket = {.ttl_ms = 1, .protocol = 1};
	struct msg_account_get get = {.req = 1};
	struct msg_account account = {.req = 1};
	struct msg_auth_result result = {.req = 1};
	struct msg_account_secret secret = {.kind = MSG_SECRET_SCRAM};

	WRONG(auth_start, start, slice_of(sixteen, 16), protocol = 3);
	WRONG(auth_start, start, slice_of(sixteen, 16), flags = 0);
	WRONG(auth_start, start, slice_of(sixteen, 16), flags = 6);
	WRONG(auth_start, start, slice_of(sixteen, 16), mechanism.len = 0);
	WRONG(auth_start, start, slice_of(sixteen, 16), mechanism.len = 64);
	WRONG(ticket_new, ticket, SLICE_NONE, ttl_ms = 0);
	WRONG(ticket_new, ticket, SLICE_NONE, protocol = 0);
	WRONG(account_get, get, SLICE_NONE, name.len = 327);
	WRONG(account, account, SLICE_NONE, err = ERR_COUNT);
	WRONG(auth_result, result, SLICE_NONE, user.len = 327);
	WRONG(account_secret, secret, slice_of(sixteen, 16), kind = 3);
	OK(!msg_account_secret_valid(&secret, SLICE_NONE));
}

TEST(msg_valid_admin)
{
	struct msg_dir_scan scan = {.max = 1};
	struct msg_dir_get get = {.key_len = 320};
	struct msg_dir_commit commit = {.n = 1};
	struct msg_control control = {.what = CONTROL_STATUS};
	struct msg_control_row row = {1};
	struct msg_backup backup = {.end = 1};
	static const char *const names[] = {
	    "", ".", "..", ".x", "a/b", "/etc/passwd", "x/"};

	WRONG(dir_scan, scan, SLICE_NONE, max = 0);
	WRONG(dir_scan, scan, SLICE_NONE, key_len = 321);
	WRONG(dir_get, get, SLICE_NONE, key_len = 321);
	WRONG(dir_commit, commit, slice_of(sixteen, 16), n = 0);
	WRONG(dir_commit, commit, slice_of(sixteen, 16), n = 17);
	WRONG(control, control, SLICE_NONE, what = 0);
	WRONG(control, control, SLICE_NONE, what = CONTROL_COUNT);
	OK(msg_control_row_valid(&row, slice_of("a=b", 4)));
	OK(!msg_control_row_valid(&row, slice_of("a=b", 3)));
	OK(!msg_control_row_valid(&row, SLICE_NONE));
	OK(msg_short_set(&backup.file, SLICE("log.0000000001")));
	WRONG(backup, backup, SLICE_NONE, end = 2);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		unit_case(names[i]);
		OK(msg_short_set(&backup.file, slice_str(names[i])));
		OK(!msg_backup_valid(&backup, SLICE_NONE));
	}
}
