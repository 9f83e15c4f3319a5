/*
 * The operator: directory, questions, and those that others answer.
 * Covers: store/store_proc_dir.c store/store_proc_gone.c
 * Covers: store/store_proc_ask.c store/store_proc_backup.c
 */
#include "base/num.h"
#include "tests/unit/store/rig.h"

#include <string.h>

static void
ask(struct rig_peer *ctl, uint32_t what, uint64_t arg, uint64_t arg2)
{
	struct msg_control m;

	memset(&m, 0, sizeof m);
	m.req = 50 + what;
	m.what = what;
	m.arg = arg;
	m.arg2 = arg2;
	msg_send_control(ctl->chan, &m, SLICE_NONE, -1);
}

/* CONTROL_UNDELETE of all that was removed before until. */
static void
ask_until(struct rig_peer *ctl, uint64_t arg, const char *until)
{
	struct msg_control m;

	memset(&m, 0, sizeof m);
	m.req = 50 + CONTROL_UNDELETE;
	m.what = CONTROL_UNDELETE;
	m.arg = arg;
	OK(msg_text_set(&m.text, slice_str(until)));
	msg_send_control(ctl->chan, &m, SLICE_NONE, -1);
}

static enum err
answer(struct rig_peer *ctl, uint32_t what, uint64_t *value)
{
	return rig_done(ctl, 50 + what, value);
}

/* A row, its NULs as blanks; for EQ_SLICE, which asks once. */
static struct slice
row(struct rig_peer *ctl)
{
	static char text[512];
	const struct rig_msg *g = rig_get(ctl, MSG_CONTROL_ROW);
	size_t len = g->tail.len < sizeof text ? g->tail.len : sizeof text;

	memcpy(text, g->tail.p, len);
	for (size_t i = 0; i + 1 < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return slice_of(text, len > 0 ? len - 1 : 0);
}

/* --- directory --------------------------------------------------------- */

static const struct rig_msg *
dir_get(struct rig_peer *ctl, uint32_t kind, struct slice key)
{
	struct msg_dir_get m;

	memset(&m, 0, sizeof m);
	m.req = 3;
	m.kind = kind;
	m.key_len = (uint32_t)key.len;
	memcpy(m.key, key.p, key.len);
	msg_send_dir_get(ctl->chan, &m, SLICE_NONE, -1);
	return rig_get(ctl, MSG_DIR_ROWS);
}

TEST(dir_one)
{
	struct rig r;
	struct rig_peer ctl;
	const struct rig_msg *g;
	struct store_dir_row row;
	struct slice in;

	rig_open(&r);
	rig_join(&r, &ctl, ROLE_CTL);
	g = dir_get(&ctl, STORE_NAME, SLICE("staff@example.test"));
	EQ_INT(g->m.dir_rows.err, ERR_OK);
	EQ_INT(g->m.dir_rows.n, 1);
	in = buf_slice(&g->tail);
	EQ_INT(store_rows_next(&in, &row), ERR_OK);
	EQ_SLICE(row.key, "staff@example.test");
	OK(row.version != 0);
	unit_case("not there");
	g = dir_get(&ctl, STORE_NAME, SLICE("zoe@example.test"));
	EQ_INT(g->m.dir_rows.err, ERR_NOENT);
	EQ_INT(g->m.dir_rows.n, 0);
	unit_case("no such kind");
	EQ_INT(dir_get(&ctl, 77, SLICE("x"))->m.dir_rows.err, ERR_SYNTAX);
	rig_leave(&ctl);
	rig_close(&r);
}

TEST(dir_many)
{
	struct rig r;
	struct rig_peer ctl;
	const struct rig_msg *g;
	struct store_dir_row row = {SLICE(""), SLICE(""), 0};
	struct msg_dir_scan m;
	struct slice in;
	unsigned n = 0, pages = 0;

	rig_open(&r);
	rig_join(&r, &ctl, ROLE_CTL);
	memset(&m, 0, sizeof m);
	m.kind = STORE_NAME;
	m.max = 3;
	do {
		msg_send_dir_scan(ctl.chan, &m, SLICE_NONE, -1);
		g = rig_get(&ctl, MSG_DIR_ROWS);
		in = buf_slice(&g->tail);
		for (pages++; store_rows_next(&in, &row) == ERR_OK; n++) {
			m.key_len = (uint32_t)row.key.len;
			memcpy(m.key, row.key.p, row.key.len);
		}
	} while (g->m.dir_rows.more != 0);
	EQ_INT(n, 4);
	EQ_INT(pages, 2);
	EQ_INT(m.key_len, strlen("sue@example.test"));
	rig_leave(&ctl);
	rig_close(&r);
}

/* What a commit may hold. Values are alias records but where it says. */
static const struct {
	const char *name;
	enum store_kind kind;
	const char *key, *value; /* targets; NULL: delete */
	uint64_t expect;
	enum err want;
} commits[] = {
    {"new",		   STORE_NAME,    "new@example.test",   "bob@example.test\n", 0,          ERR_OK    },
    {"is there",              STORE_NAME,    "staff@example.test", "bob@example.test\n", 0,
     ERR_EXISTS												},
    {"other version",         STORE_NAME,    "staff@example.test", "bob@example.test\n",
     999,											    ERR_BUSY  },
    {"not there",             STORE_NAME,    "zoe@example.test",   "bob@example.test\n", 9,
     ERR_NOENT												 },
    {"delete",		STORE_NAME,    "staff@example.test", NULL,                 UINT64_MAX, ERR_OK    },
    {"key not canonical",     STORE_NAME,    "Staff@example.test",
     "bob@example.test\n",							       0,          ERR_SYNTAX},
    {"target not canonical",  STORE_NAME,    "new@example.test",   "Bob@X\n",            0,
     ERR_SYNTAX												},
    {"value of another kind", STORE_ACCOUNT, "12345678",           "bob@example.test\n",
     0,											      ERR_SYNTAX},
    {"no key",		STORE_NAME,    "",                   NULL,                 UINT64_MAX, ERR_SYNTAX},
};

TEST(dir_commit)
{
	struct rig r;
	struct rig_peer ctl;
	struct msg_dir_commit m = {1, 2, 0};
	struct store_change first = {
	    STORE_NAME, SLICE("first@example.test"), SLICE_NONE, UINT64_MAX};
	uint64_t failed;

	for (size_t i = 0; i < sizeof commits / sizeof commits[0]; i++) {
		struct buf value = BUF_INIT(4096), tail = BUF_INIT(8192);
		struct store_name n = {
		    STORE_ALIAS, 0, slice_str(commits[i].value), 0};

		unit_case(commits[i].name);
		rig_open(&r);
		rig_join(&r, &ctl, ROLE_CTL);
		if (commits[i].value != NULL)
			store_name_encode(&n, &value);
		store_changes_add(&tail, &first);
		store_changes_add(
		    &tail, &(struct store_change){commits[i].kind,
			       slice_str(commits[i].key), buf_slice(&value),
			       commits[i].expect});
		msg_send_dir_commit(ctl.chan, &m, buf_slice(&tail), -1);
		EQ_INT(rig_done(&ctl, 1, &failed), commits[i].want);
		if (commits[i].want != ERR_OK)
			EQ_INT(failed, 1);
		buf_fini(&value);
		buf_fini(&tail);
		rig_leave(&ctl);
		rig_close(&r);
	}
}

TEST(dir_commit_bad_tails)
{
	struct rig r;
	struct rig_peer ctl;
	struct msg_dir_commit m = {1, 1, 0};
	struct store_change c = {
	    STORE_NAME, SLICE("x@example.test"), SLICE_NONE, UINT64_MAX};
	struct buf tail = BUF_INIT(4096);

	rig_open(&r);
	rig_join(&r, &ctl, ROLE_CTL);
	store_changes_add(&tail, &c);
	unit_case("cut short");
	msg_send_dir_commit(
	    ctl.chan, &m, slice_first(buf_slice(&tail), tail.len - 1), -1);
	EQ_INT(rig_done(&ctl, 1, NULL), ERR_PROTO);
	unit_case("something behind");
	buf_add_char(&tail, 'x');
	msg_send_dir_commit(ctl.chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(&ctl, 1, NULL), ERR_PROTO);
	unit_case("a huge count");
	m.n = 70000;
	buf_fini(&tail);
	buf_init(&tail, 1 << 20);
	for (int i = 0; i < 70000; i++)
		buf_add_char(&tail, 'x');
	msg_send_dir_commit(ctl.chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(&ctl, 1, NULL), ERR_LIMIT);
	EQ_INT(store_mem_count(r.st, STORE_MEM_COMMIT), 0);
	buf_fini(&tail);
	rig_leave(&ctl);
	rig_close(&r);
}

/* --- questions --------------------------------------------------------- */

struct story { /* alice has two messages, one of them removed */
	struct rig r;
	struct rig_peer ctl, smtp;
	struct mail_id id[2];
	uint64_t lease;
};

/* Removed by the operator, who opens a mailbox by its number. */
static void
begin(struct story *s)
{
	struct msg_box_open open = {1, RIG_ALICE, {{0}}};
	struct msg_box_mark mark = {0, 1, 0};
	struct msg_box_expunge m = {2, 0};

	rig_open(&s->r);
	rig_join(&s->r, &s->ctl, ROLE_CTL);
	rig_join(&s->r, &s->smtp, ROLE_SMTP);
	for (int i = 0; i < 2; i++)
		EQ_INT(
		    rig_deliver(&s->smtp, "alice@example.test", "x", &s->id[i]),
		    ERR_OK);
	msg_send_box_open(s->ctl.chan, &open, SLICE_NONE, -1);
	s->lease = rig_get(&s->ctl, MSG_BOX_ROWS)->m.box_rows.lease;
	mark.lease = m.lease = s->lease;
	msg_send_box_mark(s->ctl.chan, &mark, slice_of(&s->id[0], 16), -1);
	msg_send_box_expunge(s->ctl.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&s->ctl, 2, NULL), ERR_OK);
}

static void
end(struct story *s)
{
	rig_leave(&s->ctl);
	rig_leave(&s->smtp);
	rig_close(&s->r);
}

TEST(control_totals)
{
	struct slice got;
	struct story s;

	begin(&s);
	ask(&s.ctl, CONTROL_TOTALS, RIG_ALICE, 0);
	got = row(&s.ctl);
	EQ_SLICE(got, "messages=1 octets=67 gone_messages=1 gone_octets=67 "
		      "last_open_us=0");
	EQ_INT(answer(&s.ctl, CONTROL_TOTALS, NULL), ERR_OK);
	unit_case("fault");
	store_mem_fail(s.r.st, STORE_MEM_TOTAL, ERR_RETRY, 1, false);
	ask(&s.ctl, CONTROL_TOTALS, RIG_ALICE, 0);
	EQ_INT(answer(&s.ctl, CONTROL_TOTALS, NULL), ERR_RETRY);
	end(&s);
}

TEST(control_gone_and_undelete)
{
	struct story s;
	char want[MAIL_ID_HEX];
	struct slice got;
	uint64_t n;

	begin(&s);
	mail_id_hex(&s.id[0], want);
	ask(&s.ctl, CONTROL_GONE, RIG_ALICE, 0);
	got = row(&s.ctl);
	OK(slice_starts(got, SLICE("id=")));
	EQ_MEM(got.p + 3, MAIL_ID_HEX, want, MAIL_ID_HEX);
	OK(slice_starts(
	    slice_skip(got, 3 + MAIL_ID_HEX), SLICE(" octets=67 gone_us=")));
	EQ_INT(answer(&s.ctl, CONTROL_GONE, NULL), ERR_OK);
	unit_case("since tomorrow: none");
	ask(&s.ctl, CONTROL_UNDELETE, RIG_ALICE, UINT64_MAX / 2);
	EQ_INT(answer(&s.ctl, CONTROL_UNDELETE, &n), ERR_OK);
	EQ_INT(n, 0);
	unit_case("until long ago");
	ask_until(&s.ctl, RIG_ALICE, "1");
	EQ_INT(answer(&s.ctl, CONTROL_UNDELETE, &n), ERR_OK);
	EQ_INT(n, 0);
	unit_case("until no number");
	ask_until(&s.ctl, RIG_ALICE, "-1");
	EQ_INT(answer(&s.ctl, CONTROL_UNDELETE, &n), ERR_SYNTAX);
	unit_case("since ever");
	ask(&s.ctl, CONTROL_UNDELETE, RIG_ALICE, 0);
	EQ_INT(answer(&s.ctl, CONTROL_UNDELETE, &n), ERR_OK);
	EQ_INT(n, 1);
	EQ_INT(rig_count(&s.r, RIG_ALICE), 2);
	end(&s);
}

/* More rows than one operation of the backend gives. */
TEST(control_gone_many)
{
	enum { N = 2500 };
	struct story s;
	static struct mail_id ids[N];
	struct msg_box_mark mark = {0, N, 0};
	struct msg_box_expunge m = {2, 0};
	struct msg_deliver d;
	unsigned n = 0;

	begin(&s);
	for (unsigned i = 0; i < N; i++) {
		memset(&d, 0, sizeof d);
		rig_send_deliver(&s.smtp, &d, "alice@example.test", "x", -1);
		ids[i] = d.id;
		EQ_INT(rig_done(&s.smtp, 0, NULL), ERR_OK);
	}
	mark.lease = m.lease = s.lease;
	msg_send_box_mark(s.ctl.chan, &mark, slice_of(ids, sizeof ids), -1);
	msg_send_box_expunge(s.ctl.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&s.ctl, 2, NULL), ERR_OK);
	ask(&s.ctl, CONTROL_GONE, RIG_ALICE, 0);
	for (; n < N + 1; n++)
		if (rig_get(&s.ctl, MSG_CONTROL_ROW)->type != MSG_CONTROL_ROW)
			break;
	EQ_INT(n, N + 1);
	EQ_INT(answer(&s.ctl, CONTROL_GONE, NULL), ERR_OK);
	EQ_INT(store_mem_count(s.r.st, STORE_MEM_GONE), 3);
	end(&s);
}

TEST(control_purge_and_remove)
{
	struct story s;
	struct msg_box_expunge m = {3, 0};
	uint64_t n;

	begin(&s);
	ask(&s.ctl, CONTROL_PURGE, RIG_ALICE, 0);
	EQ_INT(answer(&s.ctl, CONTROL_PURGE, &n), ERR_OK);
	EQ_INT(n, 1);
	EQ_INT(rig_count(&s.r, RIG_ALICE), 1);
	unit_case("a mailbox that goes is closed");
	ask(&s.ctl, CONTROL_REMOVE, RIG_ALICE, 0);
	EQ_INT(answer(&s.ctl, CONTROL_REMOVE, &n), ERR_OK);
	EQ_INT(n, 1);
	EQ_INT(rig_count(&s.r, RIG_ALICE), 0);
	m.lease = s.lease;
	msg_send_box_expunge(s.ctl.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&s.ctl, 3, NULL), ERR_FENCED);
	end(&s);
}

TEST(control_verify)
{
	struct slice got;
	struct story s;
	char want[128], hex[MAIL_ID_HEX];
	uint64_t n;

	begin(&s);
	store_mem_damage(s.r.st, RIG_ALICE, &s.id[1]);
	mail_id_hex(&s.id[1], hex);
	snprintf(want, sizeof want,
	    "problem=mailbox %llu: message %.*s: body is damaged",
	    (unsigned long long)RIG_ALICE, (int)sizeof hex, hex);
	ask(&s.ctl, CONTROL_VERIFY, 0, 0);
	got = row(&s.ctl);
	EQ_SLICE(got, want);
	got = row(&s.ctl);
	EQ_SLICE(got, "messages=2 octets=134 problems=1");
	EQ_INT(answer(&s.ctl, CONTROL_VERIFY, &n), ERR_OK);
	EQ_INT(n, 1);
	end(&s);
}

TEST(control_small_ones)
{
	struct story s;
	uint64_t a, b;

	begin(&s);
	ask(&s.ctl, CONTROL_NEW_ID, 0, 0);
	EQ_INT(answer(&s.ctl, CONTROL_NEW_ID, &a), ERR_OK);
	ask(&s.ctl, CONTROL_NEW_ID, 0, 0);
	EQ_INT(answer(&s.ctl, CONTROL_NEW_ID, &b), ERR_OK);
	OK(a > 0 && b > a);
	ask(&s.ctl, CONTROL_CHECKPOINT, 0, 0);
	EQ_INT(answer(&s.ctl, CONTROL_CHECKPOINT, NULL), ERR_OK);
	store_mem_fail(s.r.st, STORE_MEM_CHECKPOINT, ERR_IO, 1, false);
	ask(&s.ctl, CONTROL_CHECKPOINT, 0, 0);
	EQ_INT(answer(&s.ctl, CONTROL_CHECKPOINT, NULL), ERR_IO);
	end(&s);
}

/* --- answers of others ------------------------------------------------- */

TEST(control_without_server)
{
	static const uint32_t what[] = {CONTROL_STATUS, CONTROL_RELOAD,
	    CONTROL_STOP, CONTROL_BAN_LIST, CONTROL_BAN_LIFT};
	struct story s;

	begin(&s);
	for (size_t i = 0; i < sizeof what / sizeof what[0]; i++) {
		ask(&s.ctl, what[i], 0, 0);
		EQ_INT(answer(&s.ctl, what[i], NULL), ERR_UNSUPPORTED);
	}
	end(&s);
}

TEST(control_asks_auth)
{
	static const char text[] = "ip=192.0.2.1\0until=5";
	struct story s;
	struct rig_peer auth;
	struct msg_control_row r;
	struct msg_done d;
	struct slice got;

	begin(&s);
	rig_join(&s.r, &auth, ROLE_AUTH);
	memset(&d, 0, sizeof d);
	ask(&s.ctl, CONTROL_BAN_LIST, 0, 0);
	d.req = rig_get(&auth, MSG_CONTROL)->m.control.req;
	r.req = d.req;
	msg_send_control_row(auth.chan, &r, slice_of(text, sizeof text), -1);
	got = row(&s.ctl);
	EQ_SLICE(got, "ip=192.0.2.1 until=5");
	d.value = 1;
	msg_send_done(auth.chan, &d, SLICE_NONE, -1);
	EQ_INT(answer(&s.ctl, CONTROL_BAN_LIST, NULL), ERR_OK);
	unit_case("an answer too many");
	msg_send_done(auth.chan, &d, SLICE_NONE, -1);
	OK(rig_silent(&s.ctl));
	unit_case("the operator goes");
	ask(&s.ctl, CONTROL_BAN_LIST, 0, 0);
	d.req = rig_get(&auth, MSG_CONTROL)->m.control.req;
	rig_leave(&s.ctl);
	msg_send_done(auth.chan, &d, SLICE_NONE, -1);
	OK(rig_silent(&auth));
	rig_join(&s.r, &s.ctl, ROLE_CTL);
	unit_case("auth goes");
	ask(&s.ctl, CONTROL_BAN_LIST, 0, 0);
	rig_settle(&s.r);
	rig_leave(&auth);
	EQ_INT(answer(&s.ctl, CONTROL_BAN_LIST, NULL), ERR_RETRY);
	end(&s);
}

/* --- backup ------------------------------------------------------------ */

static enum err
take_backup(struct rig_peer *ctl, struct buf *out, unsigned *pieces)
{
	const struct rig_msg *g;
	struct msg_backup_ack ack = {50 + CONTROL_BACKUP, 0, 0};
	bool end = false;

	for (*pieces = 0; !end; ++*pieces) {
		g = rig_get(ctl, MSG_BACKUP);
		if (g->type != MSG_BACKUP)
			return ERR_PROTO;
		EQ_SLICE(msg_short_get(&g->m.backup.file), "records");
		EQ_INT(g->m.backup.offset, out->len);
		buf_add_slice(out, buf_slice(&g->tail));
		end = g->m.backup.end != 0;
		msg_send_backup_ack(ctl->chan, &ack, SLICE_NONE, -1);
	}
	return answer(ctl, CONTROL_BACKUP, NULL);
}

static void
many_records(struct rig *r)
{
	char key[64];

	for (int i = 0; i < 3000; i++) {
		snprintf(key, sizeof key, "user%d@example.test", i);
		store_mem_put(
		    r->st, STORE_NAME, slice_str(key), SLICE("12345"));
	}
}

TEST(backup_whole)
{
	struct story s;
	struct rig_peer other;
	struct buf all = BUF_INIT(1 << 20);
	struct store_dir_row row;
	struct slice in;
	unsigned pieces, n = 0;

	begin(&s);
	many_records(&s.r);
	rig_join(&s.r, &other, ROLE_CTL);
	ask(&s.ctl, CONTROL_BACKUP, 0, 0);
	rig_pass(&s.r, 20);
	unit_case("one at a time");
	ask(&other, CONTROL_BACKUP, 0, 0);
	EQ_INT(answer(&other, CONTROL_BACKUP, NULL), ERR_BUSY);
	EQ_INT(take_backup(&s.ctl, &all, &pieces), ERR_OK);
	OK(pieces > 10);
	in = buf_slice(&all);
	while (store_rows_next(&in, &row) == ERR_OK)
		n++;
	EQ_INT(n, 3008);
	unit_case("then another");
	buf_reset(&all);
	ask(&other, CONTROL_BACKUP, 0, 0);
	EQ_INT(take_backup(&other, &all, &pieces), ERR_OK);
	buf_fini(&all);
	rig_leave(&other);
	end(&s);
}

/* Without acknowledgements only a few pieces come. */
TEST(backup_waits_and_ends)
{
	struct story s;
	struct msg_backup_ack ack = {50 + CONTROL_BACKUP, ERR_FULL, 0};

	begin(&s);
	many_records(&s.r);
	ask(&s.ctl, CONTROL_BACKUP, 0, 0);
	rig_pass(&s.r, 50);
	for (int i = 0; i < 8; i++)
		(void)rig_get(&s.ctl, MSG_BACKUP);
	OK(rig_silent(&s.ctl));
	unit_case("the operator's disk is full");
	msg_send_backup_ack(s.ctl.chan, &ack, SLICE_NONE, -1);
	EQ_INT(answer(&s.ctl, CONTROL_BACKUP, NULL), ERR_FULL);
	unit_case("an acknowledgement of nothing");
	msg_send_backup_ack(s.ctl.chan, &ack, SLICE_NONE, -1);
	OK(rig_silent(&s.ctl));
	end(&s);
}

TEST(backup_operator_gone)
{
	struct story s;
	bool quiet = false;

	begin(&s);
	many_records(&s.r);
	ask(&s.ctl, CONTROL_BACKUP, 0, 0);
	rig_pass(&s.r, 20);
	rig_leave(&s.ctl);
	rig_leave(&s.smtp);
	for (int i = 0; i < 100 && !quiet; i++) {
		rig_pass(&s.r, 5);
		quiet = store_proc_quiet(s.r.proc);
	}
	OK(quiet);
	rig_close(&s.r);
}

/* Stopping does not wait for an operator who takes his time. */
TEST(backup_store_stops)
{
	struct story s;

	begin(&s);
	many_records(&s.r);
	ask(&s.ctl, CONTROL_BACKUP, 0, 0);
	rig_pass(&s.r, 20);
	store_proc_free(&s.r.proc);
	end(&s);
}
