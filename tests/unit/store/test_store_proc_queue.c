/* The queue and the trail for operators; queued bodies. */
#include "base/clock.h"
#include "tests/unit/store/rig.h"

#include <stdlib.h>
#include <string.h>

struct ops {
	struct rig r;
	struct rig_peer smtp, ctl;
	struct mail_id id;
};

static void
begin(struct ops *t)
{
	memset(t, 0, sizeof *t);
	rig_open(&t->r);
	rig_join(&t->r, &t->smtp, ROLE_SMTP);
	rig_join(&t->r, &t->ctl, ROLE_CTL);
	EQ_INT(rig_submit(&t->smtp, "alice@example.test",
		   "a@far.example b@far.example", "the body", &t->id),
	    ERR_OK);
}

static void
end(struct ops *t)
{
	rig_leave(&t->ctl);
	rig_leave(&t->smtp);
	rig_close(&t->r);
}

static enum err
edit(
    struct ops *t, uint32_t kind, unsigned n, const char *text, uint64_t *value)
{
	struct msg_queue_edit m = {9, kind, n};
	struct buf tail = BUF_INIT(1 << 20);

	for (unsigned i = 0; i < n; i++) {
		struct store_out_key k = {t->id, i};

		store_out_key_add(&tail, &k);
	}
	buf_add_str(&tail, text);
	msg_send_queue_edit(t->ctl.chan, &m, buf_slice(&tail), -1);
	buf_fini(&tail);
	return rig_done(&t->ctl, 9, value);
}

static const struct {
	const char *name;
	uint32_t kind;
	unsigned n;
	const char *text;
	enum err want;
	uint64_t value;
	const char *queue, *trail;
} edits[] = {
    {"flush",		    STORE_EDIT_FLUSH,        2, "",               ERR_OK,     2,
     "a@far.example due, b@far.example due",						      "received flushed flushed"},
    {"hold one",		 STORE_EDIT_HOLD,         1, "",               ERR_OK,     1,
     "a@far.example held, b@far.example due",						     "received held"           },
    {"release what is not held", STORE_EDIT_RELEASE,      2, "",               ERR_OK,     0,
     "a@far.example due, b@far.example due",						      "received"                },
    {"delete",		   STORE_EDIT_DELETE,       2, "",               ERR_OK,     2, "",
     "received deleted deleted"											     },
    {"bounce",		   STORE_EDIT_BOUNCE,       1, "not wanted",     ERR_OK,     1,
     "a@far.example report r1, b@far.example due",                                                "received failed"         },
    {"redirect",		 STORE_EDIT_REDIRECT,     1, "z@near.example", ERR_OK,     1,
     "z@near.example due, b@far.example due",						     "received redirected"     },
    {"keys of nothing",          STORE_EDIT_HOLD,         5, "",               ERR_OK,     2,
     "a@far.example held, b@far.example held",						    "received held held"      },
    {"redirect to nothing",      STORE_EDIT_REDIRECT,     1, "",               ERR_SYNTAX, 0,
     "a@far.example due, b@far.example due",						      "received"                },
    {"redirect to no address",   STORE_EDIT_REDIRECT,     1, "a b",            ERR_SYNTAX, 0,
     "a@far.example due, b@far.example due",						      "received"                },
    {"bounce with lines",        STORE_EDIT_BOUNCE,       1, "a\nb",           ERR_SYNTAX, 0,
     "a@far.example due, b@far.example due",						      "received"                },
    {"hold with a text",         STORE_EDIT_HOLD,         1, "why",            ERR_SYNTAX, 0,
     "a@far.example due, b@far.example due",						      "received"                },
    {"no such kind",             STORE_EDIT_REDIRECT + 1, 1, "",               ERR_SYNTAX, 0,
     "a@far.example due, b@far.example due",						      "received"                },
};

TEST(queue_edits)
{
	struct ops t;
	uint64_t value;

	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		unit_case(edits[i].name);
		begin(&t);
		EQ_INT(
		    edit(&t, edits[i].kind, edits[i].n, edits[i].text, &value),
		    edits[i].want);
		EQ_INT(value, edits[i].value);
		EQ_STR(rig_queue(&t.ctl), edits[i].queue);
		EQ_STR(rig_trail(&t.ctl, &t.id), edits[i].trail);
		end(&t);
	}
}

TEST(queue_edit_keys_missing)
{
	struct ops t;
	struct msg_queue_edit m = {9, STORE_EDIT_HOLD, 3};

	begin(&t);
	msg_send_queue_edit(t.ctl.chan, &m, SLICE("12345678901234567890"), -1);
	EQ_INT(rig_done(&t.ctl, 9, NULL), ERR_SYNTAX);
	end(&t);
}

TEST(queue_edit_while_sending)
{
	struct ops t;
	struct rig_peer relay;
	uint64_t value;
	enum err e;

	begin(&t);
	rig_join(&t.r, &relay, ROLE_RELAY);
	rig_doubt(&relay, 1, false, &e);
	EQ_INT(rig_take_all(&relay)->m.queue_rows.n, 2);
	EQ_INT(edit(&t, STORE_EDIT_DELETE, 2, "", &value), ERR_OK);
	EQ_INT(value, 2ll << 32);
	rig_leave(&relay);
	end(&t);
}

TEST(queue_list_in_pages)
{
	struct ops t;
	struct msg_queue_list m;
	struct store_out_row row;
	struct slice rows;
	const struct rig_msg *g;

	begin(&t);
	memset(&m, 0, sizeof m);
	m.req = 5;
	m.max = 1;
	for (unsigned i = 0; i < 2; i++) {
		msg_send_queue_list(t.ctl.chan, &m, SLICE_NONE, -1);
		g = rig_get(&t.ctl, MSG_QUEUE_ROWS);
		EQ_INT(g->m.queue_rows.n, 1);
		EQ_INT(g->m.queue_rows.more, i == 0);
		rows = buf_slice(&g->tail);
		EQ_INT(store_out_rows_next(&rows, &row), ERR_OK);
		EQ_INT(row.key.n, i);
		OK(row.envelope.len > 0); /* the first of each page has it */
		m.after = row.key.id;
		m.after_n = row.key.n;
	}
	unit_case("fault");
	store_mem_fail(t.r.st, STORE_MEM_QUEUE_LIST, ERR_IO, 1, false);
	msg_send_queue_list(t.ctl.chan, &m, SLICE_NONE, -1);
	g = rig_get(&t.ctl, MSG_QUEUE_ROWS);
	OK(g->m.queue_rows.err == ERR_IO && g->tail.len == 0);
	end(&t);
}

static const struct {
	const char *name, *word;
	unsigned n;
} words[] = {
    {"sender",        "alice@example.test", 1},
    {"in capitals",   "ALICE@example.test", 1},
    {"recipient",     "a@far.example",      1},
    {"somebody else", "zoe@far.example",    0},
};

TEST(trail_by_word)
{
	struct ops t;
	struct msg_trail_get m;
	const struct rig_msg *g;

	begin(&t);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		unit_case(words[i].name);
		memset(&m, 0, sizeof m);
		m.req = 3;
		m.max = 10;
		m.word_len = (uint32_t)strlen(words[i].word);
		memcpy(m.word, words[i].word, m.word_len);
		msg_send_trail_get(t.ctl.chan, &m, SLICE_NONE, -1);
		g = rig_get(&t.ctl, MSG_TRAIL_ROWS);
		EQ_INT(g->m.trail_rows.err, ERR_OK);
		EQ_INT(g->m.trail_rows.n, words[i].n);
		EQ_INT(g->m.trail_rows.more, 0);
		if (words[i].n > 0)
			OK(mail_id_cmp(&g->m.trail_rows.last, &t.id) == 0);
	}
	unit_case("behind the last");
	m.after = t.id;
	m.word_len = 13;
	memcpy(m.word, "a@far.example", 13);
	msg_send_trail_get(t.ctl.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_get(&t.ctl, MSG_TRAIL_ROWS)->m.trail_rows.n, 0);
	unit_case("fault");
	store_mem_fail(t.r.st, STORE_MEM_TRAIL, ERR_IO, 1, false);
	msg_send_trail_get(t.ctl.chan, &m, SLICE_NONE, -1);
	g = rig_get(&t.ctl, MSG_TRAIL_ROWS);
	OK(g->m.trail_rows.err == ERR_IO && g->m.trail_rows.n == 0);
	end(&t);
}

static const struct {
	const char *name;
	uint64_t offset;
	uint32_t max;
	bool damaged, gone;
	enum err want;
	const char *octets;
} reads[] = {
    {"all",       0,  100, false, false, ERR_OK,      "the body"},
    {"a piece",   4,  3,   false, false, ERR_OK,      "bod"     },
    {"behind it", 99, 3,   false, false, ERR_OK,      ""        },
    {"damaged",   0,  100, true,  false, ERR_CORRUPT, ""        },
    {"not there", 0,  100, false, true,  ERR_NOENT,   ""        },
};

TEST(queue_reads)
{
	struct ops t;
	const struct rig_msg *g;

	begin(&t);
	for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
		struct msg_queue_read m = {
		    4, reads[i].offset, t.id, reads[i].max, 0};

		unit_case(reads[i].name);
		if (reads[i].damaged)
			store_mem_damage_queued(t.r.st, &t.id);
		m.id.b[0] ^= reads[i].gone;
		msg_send_queue_read(t.ctl.chan, &m, SLICE_NONE, -1);
		g = rig_get(&t.ctl, MSG_BODY);
		EQ_INT(g->m.body.err, reads[i].want);
		EQ_INT(g->m.body.total, reads[i].want == ERR_OK ? 8 : 0);
		EQ_SLICE(buf_slice(&g->tail), reads[i].octets);
	}
	end(&t);
}

/* Many at once: never more in memory than a slow reader may cost. */
TEST(queue_reads_wait_for_room)
{
	enum { N = 100, BIG = 256 * 1024 };
	struct ops t;
	struct msg_queue_read m;
	char *text = malloc(BIG + 1);
	unsigned first;

	memset(text, 'x', BIG);
	text[BIG] = '\0';
	begin(&t);
	EQ_INT(rig_submit(
		   &t.smtp, "alice@example.test", "a@far.example", text, &t.id),
	    ERR_OK);
	memset(&m, 0, sizeof m);
	m.id = t.id;
	m.max = UINT32_MAX;
	store_mem_hang(t.r.st, true);
	for (unsigned i = 0; i < N; i++)
		msg_send_queue_read(t.ctl.chan, &m, SLICE_NONE, -1);
	rig_pass(&t.r, 50);
	first = store_mem_count(t.r.st, STORE_MEM_QUEUE_READ);
	OK(first > 0 && first <= 64); /* 16 MiB */
	store_mem_hang(t.r.st, false);
	for (unsigned i = 0; i < N; i++)
		EQ_INT(rig_get(&t.ctl, MSG_BODY)->tail.len, BIG);
	unit_case("it goes away with some under way and some waiting");
	store_mem_hang(t.r.st, true);
	for (unsigned i = 0; i < N; i++)
		msg_send_queue_read(t.ctl.chan, &m, SLICE_NONE, -1);
	rig_pass(&t.r, 50);
	rig_leave(&t.ctl);
	store_mem_hang(t.r.st, false);
	rig_settle(&t.r);
	OK(store_mem_count(t.r.st, STORE_MEM_QUEUE_READ) <= N + 64);
	free(text);
	end(&t);
}
