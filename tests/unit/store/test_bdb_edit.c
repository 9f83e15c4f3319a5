/* An operator's word, and what is done after a restart. */
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"

static void
settle_all(struct out_fix *x, enum store_outcome_kind kind)
{
	for (unsigned i = 0; i < x->n; i++)
		EQ_INT(out_settle_row(x, i, kind), ERR_OK);
}

static const struct {
	const char *name;
	enum store_outcome_kind before;
	enum store_edit_kind kind;
	const char *text;
	unsigned done;
	enum store_out_state state; /* 0: gone */
	bool due_now;
	const char *story; /* behind "received deferred" or held */
} edits[] = {
    {"flush",         STORE_OUTCOME_DEFERRED, STORE_EDIT_FLUSH,    "",           1,
     STORE_OUT_DEFERRED,									       true,  "received deferred flushed"   },
    {"flush held",    STORE_OUTCOME_HELD,     STORE_EDIT_FLUSH,    "",           0, STORE_OUT_HELD,
     false,												   "received held"               },
    {"hold",          STORE_OUTCOME_DEFERRED, STORE_EDIT_HOLD,     "",           1, STORE_OUT_HELD,
     false,												   "received deferred held"      },
    {"hold held",     STORE_OUTCOME_HELD,     STORE_EDIT_HOLD,     "",           0, STORE_OUT_HELD,
     false,												   "received held"               },
    {"release",       STORE_OUTCOME_HELD,     STORE_EDIT_RELEASE,  "",           1, STORE_OUT_DUE,
     true,												    "received held released"      },
    {"release other", STORE_OUTCOME_DEFERRED, STORE_EDIT_RELEASE,  "",           0,
     STORE_OUT_DEFERRED,									       false, "received deferred"           },
    {"delete",        STORE_OUTCOME_DEFERRED, STORE_EDIT_DELETE,   "",           1, 0,                 false,
     "received deferred deleted"													    },
    {"bounce",        STORE_OUTCOME_DEFERRED, STORE_EDIT_BOUNCE,   "",           1,
     STORE_OUT_REPORT,										 true,  "received deferred failed"    },
    {"redirect",      STORE_OUTCOME_DEFERRED, STORE_EDIT_REDIRECT, "n@new.test", 1,
     STORE_OUT_DUE,										    true,  "received deferred redirected"},
    {"busy",          STORE_OUTCOME_KINDS,    STORE_EDIT_DELETE,   "",           0, STORE_OUT_SENDING,
     false,												   "received"                    },
};

TEST(edit_each_kind)
{
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		bool busy_case = edits[i].before == STORE_OUTCOME_KINDS;
		unsigned done, busy;
		struct mail_id id;
		struct out_fix x;

		unit_case(edits[i].name);
		out_begin(&x);
		EQ_INT(out_send(&x, "a@one.test", &id), ERR_OK);
		EQ_INT(out_take_all(&x), 1);
		if (!busy_case)
			settle_all(&x, edits[i].before);
		x.dues = 0;
		EQ_INT(out_edit(&x, edits[i].kind, edits[i].text, &done, &busy),
		    ERR_OK);
		EQ_INT(done, edits[i].done);
		EQ_INT(busy, busy_case);
		EQ_INT(x.dues, edits[i].due_now);
		EQ_INT(out_list(&x), edits[i].state != 0);
		if (x.n > 0) {
			EQ_INT(x.row[0].out.state, edits[i].state);
			EQ_INT(x.row[0].out.next_us <= clock_wall_us(),
			    edits[i].due_now || busy_case);
		}
		EQ_STR(out_story(&x, &id), edits[i].story);
		EQ_STR(out_verify(&x), "");
		out_end(&x);
	}
}

TEST(edit_redirects_and_bounces)
{
	unsigned done, busy;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a+b@one.test", NULL), ERR_OK);
	EQ_INT(out_list(&x), 1);
	EQ_INT(out_edit(&x, STORE_EDIT_REDIRECT, "n@new.test", &done, &busy),
	    ERR_OK);
	OK(x.due_dest == store_dest_of(SLICE("n@new.test")));
	EQ_INT(out_list(&x), 1);
	EQ_SLICE(x.row[0].out.addr, "n@new.test");
	EQ_SLICE(x.row[0].out.orcpt, "rfc822;a+2Bb@one.test");
	EQ_INT(out_edit(&x, STORE_EDIT_REDIRECT, "o@new.test", &done, &busy),
	    ERR_OK);
	EQ_INT(out_list(&x), 1);
	EQ_SLICE(x.row[0].out.orcpt, "rfc822;a+2Bb@one.test");
	EQ_INT(out_edit(&x, STORE_EDIT_BOUNCE, "", &done, &busy), ERR_OK);
	EQ_INT(x.due_dest, STORE_DEST_REPORT);
	EQ_INT(out_list(&x), 1);
	EQ_INT(x.row[0].out.report, STORE_REPORT_FAILED);
	EQ_SLICE(x.row[0].out.reply, "returned by the operator");
	EQ_SLICE(x.row[0].out.status, "5.0.0");
	/* what is decided is decided */
	EQ_INT(out_edit(&x, STORE_EDIT_BOUNCE, "", &done, &busy), ERR_OK);
	EQ_INT(done, 0);
	EQ_INT(out_edit(&x, STORE_EDIT_REDIRECT, "p@new.test", &done, &busy),
	    ERR_OK);
	EQ_INT(done, 0);
	/* held and released it is a report still */
	EQ_INT(out_edit(&x, STORE_EDIT_HOLD, "", &done, &busy), ERR_OK);
	EQ_INT(out_edit(&x, STORE_EDIT_RELEASE, "", &done, &busy), ERR_OK);
	EQ_INT(done, 1);
	EQ_INT(out_list(&x), 1);
	EQ_INT(x.row[0].out.state, STORE_OUT_REPORT);
	EQ_SLICE(x.row[0].out.reply, "returned by the operator");
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

/* Many at once; those that are gone do not count. */
TEST(edit_many)
{
	unsigned done, busy;
	struct buf to = BUF_INIT(65536);
	struct out_fix x;

	out_begin(&x);
	for (unsigned i = 0; i < 300; i++)
		buf_addf(&to, "%su%u@d%u.test", i > 0 ? " " : "", i, i % 7);
	EQ_INT(out_send(&x, buf_cstr(&to), NULL), ERR_OK);
	EQ_INT(out_send(&x, buf_cstr(&to), NULL), ERR_OK);
	EQ_INT(out_list(&x), 600);
	EQ_INT(out_edit(&x, STORE_EDIT_HOLD, "", &done, &busy), ERR_OK);
	EQ_INT(done, 600);
	EQ_INT(out_records(&x, BDB_DUE), 0);
	EQ_INT(out_edit(&x, STORE_EDIT_DELETE, "", &done, &busy), ERR_OK);
	EQ_INT(done, 600);
	EQ_INT(out_edit(&x, STORE_EDIT_DELETE, "", &done, &busy), ERR_OK);
	EQ_INT(done + busy, 0);
	EQ_INT(out_bodies(&x), 0);
	EQ_STR(out_verify(&x), "");
	buf_fini(&to);
	out_end(&x);
}
