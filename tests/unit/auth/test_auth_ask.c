/* The store is slow, away, or cannot tell. */
#include "../unit.h"
#include "auth/auth_priv.h"
#include "fixture.h"

#define IP "192.0.2.1"
#define ANN "ann@example.test"

TEST(ask_no_answer_is_temporary)
{
	struct fix_try t;

	fix_open();
	fix_add(ANN, "secret");
	fix.mute = true;
	fix_try_init(&t);
	fix_plain(&t, IP, ANN, "secret");
	OK(fix_until(&fix.gets, 1));
	fix_pass(AUTH_STORE_MS - 1);
	OK(!t.done);
	fix_pass(1);
	fix_wait(&t);
	OK(t.done);
	EQ_INT(t.e, ERR_RETRY);
	OK(fix_logged("put_off") && fix_logged("reason=store"));
	OK(!fix_logged("failure")); /* nobody's fault */
	fix_try_fini(&t);
	fix_close();
}

TEST(ask_waits_for_the_store)
{
	struct fix_try t;

	fix_open();
	fix_add(ANN, "secret");
	fix_store_lose();
	fix_try_init(&t);
	fix_plain(&t, IP, ANN, "secret");
	fix_turns(10);
	fix_pass(1000);
	OK(!t.done);
	fix_store_attach();
	fix_wait(&t);
	OK(t.done);
	EQ_INT(t.e, ERR_OK);
	fix_try_fini(&t);
	fix_close();
}

TEST(ask_again_when_the_store_was_restarted)
{
	struct fix_try t;

	fix_open();
	fix_add(ANN, "secret");
	fix.mute = true;
	fix_try_init(&t);
	fix_plain(&t, IP, ANN, "secret");
	OK(fix_until(&fix.gets, 1));
	fix_store_lose();
	fix.mute = false;
	fix_store_attach();
	fix_wait(&t);
	EQ_INT(t.e, ERR_OK);
	EQ_INT(fix.gets, 2);
	fix_try_fini(&t);
	fix_close();
}

TEST(ask_error_of_the_store)
{
	static const struct {
		const char *name;
		enum err of_store, want;
	} cases[] = {
	    {"retry",   ERR_RETRY,   ERR_RETRY },
	    {"io",      ERR_IO,      ERR_RETRY },
	    {"corrupt", ERR_CORRUPT, ERR_RETRY },
	    {"noent",   ERR_NOENT,   ERR_DENIED},
	    {"syntax",  ERR_SYNTAX,  ERR_DENIED},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].name);
		fix_open();
		fix_add(ANN, "secret");
		fix.get_err = cases[i].of_store;
		EQ_INT(fix_login(IP, ANN, "secret"), cases[i].want);
		fix_close();
	}
}

TEST(ask_cache_ends_with_the_store)
{
	fix_open();
	fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	fix_store_lose(); /* a change could be missed from here on */
	fix_store_attach();
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	EQ_INT(fix.gets, 2);
	fix_close();
}

TEST(ask_answers_for_nobody)
{
	struct msg_done d = {.req = 4711};
	struct msg_account a = {.req = 4712, .err = ERR_NOENT};

	fix_open();
	msg_send_done(fix.store, &d, SLICE_NONE, -1);
	msg_send_account(fix.store, &a, SLICE_NONE, -1);
	fix_turns(5);
	fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	fix_close();
}
