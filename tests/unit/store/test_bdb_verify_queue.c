/* Verify finds what is wrong in the queue, names it, and nothing else. */
#include "tests/unit/store/bdb_out_fixture.h"

#include <string.h>

enum damage {
	NO_ENVELOPE,
	ENVELOPE,
	LEFT,
	BODY,
	NO_DUE,
	EXTRA_DUE,
	WRONG_DUE,
	NO_SENDING,
	EXTRA_SENDING,
	RCPT,
	NO_RCPT,
	TRAIL,
	SEEN,
	SENT,
	REFS
};

static const struct {
	const char *name;
	enum damage damage;
	const char *want; /* occurs in what verify says */
} cases[] = {
    {"envelope is gone",      NO_ENVELOPE,   "recipient 0: has no envelope"         },
    {"envelope is rubbish",   ENVELOPE,      "envelope is damaged"                  },
    {"left is wrong",         LEFT,          "another number of recipients is left" },
    {"body is gone",          BODY,          "body is damaged"                      },
    {"due entry is gone",     NO_DUE,        "waits, and will never be due"         },
    {"due entry too many",    EXTRA_DUE,     "due: message"                         },
    {"due entry of another",  WRONG_DUE,     "entry has no recipient"               },
    {"sending entry is gone", NO_SENDING,    "is sent, and no attempt is noted"     },
    {"sending too many",      EXTRA_SENDING, "is not sent, and an attempt is noted" },
    {"recipient is rubbish",  RCPT,          "record is damaged"                    },
    {"recipient is gone",     NO_RCPT,       "another number of recipients is left" },
    {"trail is rubbish",      TRAIL,         "trail: record is damaged"             },
    {"seen is rubbish",       SEEN,          "seen: record is damaged"              },
    {"sent is rubbish",       SENT,          "sent: record is damaged"              },
    {"references are wrong",  REFS,          "3 references are counted, there are 2"},
};

static void
put(struct out_fix *x, enum bdb_db db, struct bdb_key k, struct slice v)
{
	EQ_INT(bdb_put(&x->f.st->loop_work, x->f.st->db[db], &k, v, 0), ERR_OK);
}

static void
del(struct out_fix *x, enum bdb_db db, struct bdb_key k)
{
	EQ_INT(bdb_del(&x->f.st->loop_work, x->f.st->db[db], &k), ERR_OK);
}

/* The first message has a@one.test (due) and b@two.test (sending). */
static void
damage(struct out_fix *x, enum damage d)
{
	const struct out_row *due = &x->row[0], *sending = &x->row[1];
	struct bdb_key k = bdb_key_due(
	    store_dest_of(due->out.addr), due->out.next_us, &due->key);
	struct bdb_work *w = &x->f.st->loop_work;
	struct store_out_key none = {{{7}}, 0};
	struct store_envelope env = due->env;

	switch (d) {
	case NO_ENVELOPE:
		del(x, BDB_QUEUE, bdb_key_mail(&due->key.id));
		break;
	case ENVELOPE:
		put(x, BDB_QUEUE, bdb_key_mail(&due->key.id), SLICE("x"));
		break;
	case LEFT:
		env.left = 1;
		EQ_INT(bdb_envelope_put(w, &due->key.id, &env), ERR_OK);
		break;
	case BODY:
		k = bdb_key_body(env.body, 0);
		EQ_INT(bdb_del(w, bdb_bodies(x->f.st, env.body), &k), ERR_OK);
		break;
	case NO_DUE:
		del(x, BDB_DUE, k);
		break;
	case EXTRA_DUE:
		k.b[15] ^= 1;
		put(x, BDB_DUE, k, SLICE(""));
		break;
	case WRONG_DUE:
		put(x, BDB_DUE, bdb_key_due(1, 1, &none), SLICE(""));
		break;
	case NO_SENDING:
		del(x, BDB_SENDING, bdb_key_out(&sending->key));
		break;
	case EXTRA_SENDING:
		put(x, BDB_SENDING, bdb_key_out(&due->key),
		    SLICE("\1\0\0\0\0\0\0\0\1"));
		break;
	case RCPT:
		put(x, BDB_RCPT, bdb_key_out(&due->key), SLICE("x"));
		break;
	case NO_RCPT:
		del(x, BDB_RCPT, bdb_key_out(&due->key));
		break;
	case TRAIL:
		put(x, BDB_TRAIL, bdb_key_trail(&due->key.id, 5), SLICE("x"));
		break;
	case SEEN:
		put(x, BDB_SEEN, bdb_key_seen(5, &due->key.id), SLICE("x"));
		break;
	case SENT:
		put(x, BDB_SENT, bdb_key_id(5), SLICE("x"));
		break;
	case REFS:
		EQ_INT(bdb_ref_put(w, env.body, 3), ERR_OK);
		break;
	}
}

static void
fill(struct out_fix *x)
{
	out_begin(x);
	EQ_INT(out_send(x, "a@one.test b@two.test bob@example.test", NULL),
	    ERR_OK);
	x->take =
	    (struct store_take){.only = store_dest_of(SLICE("b@two.test")),
		.after = UINT64_MAX,
		.dests_max = 1,
		.per_dest = 1,
		.rows_max = 1};
	EQ_INT(out_take(x, UINT64_MAX), 1);
	EQ_INT(out_send(x, "c@one.test", NULL), ERR_OK);
	EQ_INT(out_list(x), 3);
	EQ_STR(out_verify(x), "");
}

TEST(verify_queue_finds_each_damage)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct out_fix x;
		const char *said;

		unit_case(cases[i].name);
		fill(&x);
		damage(&x, cases[i].damage);
		said = out_verify(&x);
		if (strstr(said, cases[i].want) == NULL)
			EQ_STR(said, cases[i].want);
		out_end(&x);
	}
}

static void
note(void *ctx, const char *text)
{
	buf_addf(ctx, "%s\n", text);
}

/* Nothing is found that changes only while it is looked at. */
TEST(verify_queue_while_it_works)
{
	enum { ROUNDS = 40 };
	struct store_verify v = {.op.done = fix_done};
	struct out_fix x;

	out_begin(&x);
	for (unsigned i = 0; i < ROUNDS; i++) {
		v.op.done = fix_done;
		v.problem = note;
		v.ctx = &x.texts;
		x.f.ops->verify(x.f.st, &v);
		EQ_INT(out_send(&x, "a@one.test b@two.test", NULL), ERR_OK);
		EQ_INT(
		    out_send(&x, "c@one.test bob@example.test", NULL), ERR_OK);
		for (unsigned n = out_take_all(&x); n > 0; n--)
			EQ_INT(out_settle_row(&x, n - 1,
				   n % 3 == 0 ? STORE_OUTCOME_DEFERRED
					      : STORE_OUTCOME_DONE),
			    ERR_OK);
		EQ_INT(fix_wait(&x.f, &v.op), ERR_OK);
		EQ_INT(v.problems, 0);
	}
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}
