/* Whole logins against a store that is played, see fixture.h.
 * Covers: auth/auth_check.c auth/auth_outcome.c */
#include "../unit.h"
#include "auth/auth_priv.h"
#include "auth/auth_scram.h"
#include "fixture.h"

#include <gsasl.h>
#include <stdio.h>
#include <string.h>

#define IP "192.0.2.1"
#define ANN "ann@example.test"

TEST(login_right_password)
{
	struct fix_try t;

	fix_open();
	fix_add(ANN, "secret");
	fix_try_init(&t);
	fix_plain(&t, IP, "ANN@Example.test", "secret");
	OK(!t.done); /* never from inside the call */
	fix_wait(&t);
	OK(t.done);
	EQ_INT(t.e, ERR_OK);
	EQ_INT(t.x.login.account, 100);
	EQ_INT(t.x.login.mailbox, 200);
	EQ_SLICE(msg_text_get(&t.x.login.user), ANN);
	/* the store knows the same ticket, for the same mailbox */
	EQ_INT(fix.tickets, 1);
	EQ_INT(fix.ticket.account, 100);
	EQ_INT(fix.ticket.mailbox, 200);
	EQ_INT(fix.ticket.protocol, MSG_PROTO_POP3);
	EQ_INT(fix.ticket.ttl_ms, AUTH_TICKET_POP3_MS);
	EQ_MEM(fix.ticket.ticket.b, 16, t.x.login.ticket.b, 16);
	OK(fix_logged(" login user=ann@example.test ip=192.0.2.1 service=pop3 "
		      "method=PLAIN tls=yes"));
	OK(!fix_logged("secret"));
	fix_try_fini(&t);
	fix_close();
}

TEST(login_failures_are_one)
{
	static const struct {
		const char *name, *user, *password, *reason;
	} cases[] = {
	    {"wrong",            ANN,                "Secret", "reason=password" },
	    {"empty",            ANN,                "",       "reason=password" },
	    {"unknown",          "bob@example.test", "secret", "reason=unknown"  },
	    {"no domain",        "ann",              "secret", "reason=unknown"  },
	    {"suspended, right", "sue@example.test", "secret",
             "reason=suspended"						  },
	    {"suspended, wrong", "sue@example.test", "x",      "reason=suspended"},
	    {"no hash",          "new@example.test", "secret", "reason=password" },
	    {"bad hash",         "bad@example.test", "secret", "reason=password" },
	    {"octets",           "\xff\x01",         "\xfe",   "reason=unknown"  },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fix_try t;

		unit_case(cases[i].name);
		fix_open();
		fix_add(ANN, "secret");
		fix_add("sue@example.test", "secret")->suspended = true;
		fix_add("new@example.test", NULL);
		fix_add("bad@example.test", NULL)->hash = "{PLAIN}secret";
		fix_try_init(&t);
		fix_plain(&t, IP, cases[i].user, cases[i].password);
		for (unsigned k = 0; k < 3000 && !fix_logged("failure"); k++)
			fix_turns(1);
		OK(fix_logged(cases[i].reason));
		fix_pass(AUTH_FAIL_MS - 1);
		OK(!t.done);
		fix_pass(1);
		OK(t.done);
		EQ_INT(t.e, ERR_DENIED);
		EQ_INT(t.extra.len, 0);
		EQ_INT(t.x.login.account, 0);
		EQ_INT(fix.tickets, 0);
		fix_try_fini(&t);
		fix_close();
	}
}

TEST(login_name_too_long)
{
	char name[2000];

	fix_open();
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	EQ_INT(fix_login(IP, name, "secret"), ERR_DENIED);
	fix_close();
}

TEST(login_cached)
{
	fix_open();
	fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	EQ_INT(fix.gets, 1);
	EQ_INT(fix_login(IP, "Ann@example.test", "secret"), ERR_OK);
	EQ_INT(fix.gets, 1); /* neither a query nor a hash */
	EQ_INT(fix.tickets, 2);
	EQ_INT(fix_login(IP, ANN, "wrong"), ERR_DENIED);
	EQ_INT(fix.gets, 2);
	fix_pass(60000);
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	EQ_INT(fix.gets, 3);
	fix_close();
}

TEST(login_not_cached_when_off)
{
	fix_open();
	fix.conf.auth.cache_ms = 0;
	fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	EQ_INT(fix.gets, 2);
	fix_close();
}

TEST(login_account_changed)
{
	struct msg_account_changed m = {100};

	fix_open();
	fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	fix.account[0].suspended = true;
	msg_send_account_changed(fix.store, &m, SLICE_NONE, -1);
	fix_turns(5);
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_DENIED);
	EQ_INT(fix.gets, 2);
	fix_close();
}

/* What changed while a thread was hashing, perhaps the password, lets nobody in
 * and is not remembered. */
TEST(login_account_changed_meanwhile)
{
	fix_open();
	fix_add(ANN, "secret");
	fix.change = true;
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_RETRY);
	EQ_INT(fix.tickets, 0);
	fix.change = false;
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	EQ_INT(fix.gets, 2);
	fix_close();
}

TEST(login_limit_grows_and_spares_others)
{
	uint64_t before;

	fix_open();
	fix.conf.limits.login_failures = 3;
	auth_proc_reload(fix.proc);
	fix_add(ANN, "secret");
	for (unsigned i = 0; i < 3; i++)
		EQ_INT(fix_login(IP, ANN, "x"), ERR_DENIED);
	before = fix.now_ms;
	EQ_INT(fix_login("192.0.2.77", ANN, "secret"), ERR_OK);
	OK(fix.now_ms - before < 1000); /* promptly */
	before = fix.now_ms;
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	OK(fix.now_ms - before >= AUTH_LIMIT_FIRST_MS); /* but let in */
	before = fix.now_ms;
	EQ_INT(fix_login(IP, "nobody@example.test", "x"), ERR_DENIED);
	OK(fix.now_ms - before >= AUTH_LIMIT_FIRST_MS + AUTH_FAIL_MS);
	fix_close();
}

/* Hanging up does not undo a guess, and a wait cannot be jumped. */
TEST(login_abandoned_guess_counts)
{
	struct fix_try t;

	fix_open();
	fix.conf.limits.login_failures = 1;
	auth_proc_reload(fix.proc);
	fix_add(ANN, "secret");
	fix_try_init(&t);
	fix_plain(&t, IP, ANN, "wrong");
	OK(fix_until(&fix.gets, 1));
	fix_turns(2);
	auth_call_abort(fix.call, &t.x);
	for (unsigned k = 0; k < 3000 && !fix_logged("failure"); k++)
		fix_turns(1);
	OK(fix_logged("failure"));
	fix_plain(&t, IP, ANN, "secret");
	fix_turns(20);
	EQ_INT(fix.gets, 1); /* it waits before anything is looked at */
	auth_call_abort(fix.call, &t.x);
	fix_turns(5);
	fix_pass(60000);
	EQ_INT(fix.gets, 1);
	OK(!t.done);
	fix_try_fini(&t);
	fix_close();
}

TEST(login_mechanisms)
{
	static const struct {
		const char *name, *mech, *in;
		size_t len;
		enum err want;
	} cases[] = {
	    {"plain",      "plain",         "\0ann@example.test\0secret",                 24, ERR_OK         },
	    {"authzid",    "PLAIN",         "ann@example.test\0ann@example.test\0secret",
             40,									      ERR_OK         },
	    {"for others", "PLAIN",
             "bob@example.test\0ann@example.test\0secret",                                40, ERR_DENIED     },
	    {"syntax",     "PLAIN",         "secret",                                     6,  ERR_SYNTAX     },
	    {"empty",      "PLAIN",         "",					   0,  ERR_SYNTAX     },
	    {"unknown",    "RABBIT",        "",					   0,  ERR_UNSUPPORTED},
	    {"long",
             "A-NAME-OF-A-MECHANISM-THAT-IS-LONGER-THAN-ANY-RFC-EVER-"
		"ALLOWED-IT-TO-BE",         "",					   0,  ERR_UNSUPPORTED},
	    {"no name",    "",              "",					   0,  ERR_UNSUPPORTED},
	    {"scram",      "SCRAM-SHA-256", "nonsense",                                   8,  ERR_SYNTAX     },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net_addr a = fix_addr(IP);
		struct fix_try t;

		unit_case(cases[i].name);
		fix_open();
		fix_add(ANN, "secret");
		fix_try_init(&t);
		auth_call_start(fix.call, &t.x, MSG_PROTO_SUBMISSION, false, &a,
		    slice_str(cases[i].mech),
		    slice_of(cases[i].in, cases[i].len));
		OK(!t.done);
		for (unsigned k = 0; k < 200 && !t.done; k++) {
			fix_turns(1);
			fix_pass(100);
		}
		OK(t.done);
		EQ_INT(t.e, cases[i].want);
		fix_try_fini(&t);
		fix_close();
	}
}

TEST(login_mechanism_switched_off)
{
	fix_open();
	fix_add(ANN, "secret");
	fix.conf.auth.mechanisms = CONF_MECH_SCRAM_SHA_256;
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_UNSUPPORTED);
	fix_close();
}

TEST(login_with_challenges)
{
	struct net_addr a = fix_addr(IP);
	struct fix_try t;

	fix_open();
	fix_add(ANN, "secret");
	fix_try_init(&t);
	auth_call_start(fix.call, &t.x, MSG_PROTO_SUBMISSION, true, &a,
	    SLICE("login"), SLICE_NONE);
	fix_wait(&t);
	EQ_SLICE(buf_slice(&t.challenge), "Username:");
	auth_call_step(fix.call, &t.x, SLICE(ANN));
	fix_wait(&t);
	EQ_SLICE(buf_slice(&t.challenge), "Password:");
	auth_call_step(fix.call, &t.x, SLICE("secret"));
	fix_wait(&t);
	OK(t.done);
	EQ_INT(t.e, ERR_OK);
	OK(fix_logged("service=submission method=LOGIN"));
	fix_try_fini(&t);
	fix_close();
}

/* --- SCRAM
 * --------------------------------------------------------------------- */

static struct slice
client_step(Gsasl_session *s, struct slice in, struct buf *out, int want)
{
	char *text = NULL;
	size_t len = 0;

	EQ_INT(gsasl_step(s, in.p, in.len, &text, &len), want);
	buf_reset(out);
	if (text != NULL)
		buf_add(out, text, len);
	gsasl_free(text);
	return buf_slice(out);
}

static enum err
scram(const char *user, const char *password, struct buf *challenge)
{
	struct net_addr a = fix_addr(IP);
	struct buf out = BUF_INIT(1000);
	Gsasl *library = NULL;
	Gsasl_session *s = NULL;
	struct fix_try t;
	enum err e;

	OK(gsasl_init(&library) == GSASL_OK);
	OK(gsasl_client_start(library, "SCRAM-SHA-256", &s) == GSASL_OK);
	OK(gsasl_property_set(s, GSASL_AUTHID, user) == GSASL_OK);
	OK(gsasl_property_set(s, GSASL_PASSWORD, password) == GSASL_OK);
	fix_try_init(&t);
	auth_call_start(fix.call, &t.x, MSG_PROTO_SUBMISSION, true, &a,
	    SLICE("SCRAM-SHA-256"),
	    client_step(s, SLICE_NONE, &out, GSASL_NEEDS_MORE));
	fix_wait(&t);
	EQ_INT(t.challenges, 1);
	buf_add_slice(challenge, buf_slice(&t.challenge));
	auth_call_step(fix.call, &t.x,
	    client_step(s, buf_slice(&t.challenge), &out, GSASL_NEEDS_MORE));
	for (unsigned i = 0; i < 200 && !t.done; i++)
		fix_pass(100);
	OK(t.done);
	e = t.e;
	if (e == ERR_OK) /* the server proves itself with the success */
		client_step(s, buf_slice(&t.extra), &out, GSASL_OK);
	else
		EQ_INT(t.extra.len, 0);
	fix_try_fini(&t);
	gsasl_finish(s);
	gsasl_done(library);
	buf_wipe(&out);
	return e;
}

/* "r=..,s=salt,i=count" without the nonce */
static struct slice
salt_of(const struct buf *challenge)
{
	struct slice rest = buf_slice(challenge), head;

	(void)slice_cut(&rest, ',', &head);
	return rest;
}

TEST(login_scram)
{
	struct buf one = BUF_INIT(1000), two = BUF_INIT(1000);
	struct fix_account *a;

	fix_open();
	a = fix_add(ANN, "secret");
	EQ_INT(auth_scram_make(SLICE("secret"), 4096, &a->scram), ERR_OK);
	a = fix_add("sue@example.test", "secret");
	EQ_INT(auth_scram_make(SLICE("secret"), 4096, &a->scram), ERR_OK);
	a->suspended = true;
	fix_add("new@example.test", "secret");
	EQ_INT(scram(ANN, "secret", &one), ERR_OK);
	EQ_INT(fix.tickets, 1);
	EQ_INT(scram(ANN, "Secret", &two), ERR_DENIED);
	OK(slice_eq(salt_of(&one), salt_of(&two)));
	EQ_INT(scram("sue@example.test", "secret", &two), ERR_DENIED);
	OK(fix_logged("reason=suspended"));
	EQ_INT(scram("new@example.test", "secret", &two), ERR_DENIED);
	OK(fix_logged("reason=no_verifier"));
	EQ_INT(fix.tickets, 1);
	buf_wipe(&one);
	buf_wipe(&two);
	fix_close();
}

TEST(login_scram_unknown_looks_alike)
{
	struct buf one = BUF_INIT(1000), two = BUF_INIT(1000);

	fix_open();
	EQ_INT(scram("nobody@example.test", "x", &one), ERR_DENIED);
	EQ_INT(scram("Nobody@example.test", "y", &two), ERR_DENIED);
	OK(slice_eq(salt_of(&one), salt_of(&two)));
	OK(slice_ends(buf_slice(&one), SLICE(",i=4096")));
	buf_reset(&two);
	EQ_INT(scram("somebody@example.test", "x", &two), ERR_DENIED);
	OK(!slice_eq(salt_of(&one), salt_of(&two)));
	buf_wipe(&one);
	buf_wipe(&two);
	fix_close();
}
