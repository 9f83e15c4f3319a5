#include "../unit.h"
#include "auth/auth_priv.h"
#include "fixture.h"

#define IP "192.0.2.1"
#define ANN "ann@example.test"

TEST(delay_between_logins)
{
	fix_open();
	fix.conf.pop3.login_delay_ms = 30000;
	fix_add(ANN, "secret");
	fix_add("bob@example.test", "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_LIMIT);
	EQ_INT(fix_login(IP, ANN, "wrong"), ERR_DENIED); /* tells nothing */
	EQ_INT(fix_login(IP, "bob@example.test", "secret"), ERR_OK);
	fix_pass(30000);
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	EQ_INT(fix.tickets, 3);
	fix_close();
}

TEST(delay_off)
{
	fix_open();
	for (unsigned i = 0; i < 3; i++)
		OK(!auth_delay_too_soon(fix.proc, 1));
	fix_close();
}

TEST(delay_not_for_submission)
{
	struct net_addr a = fix_addr(IP);
	struct fix_try t;

	fix_open();
	fix.conf.pop3.login_delay_ms = 30000;
	fix_add(ANN, "secret");
	fix_try_init(&t);
	for (unsigned i = 0; i < 2; i++) {
		t.done = false;
		auth_call_password(fix.call, &t.x, MSG_PROTO_SUBMISSION, true,
		    &a, SLICE(ANN), SLICE("secret"));
		fix_wait(&t);
		EQ_INT(t.e, ERR_OK);
	}
	fix_try_fini(&t);
	fix_close();
}
