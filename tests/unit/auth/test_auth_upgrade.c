#include "../unit.h"
#include "auth/auth_crypt.h"
#include "auth/auth_priv.h"
#include "auth/auth_scram.h"
#include "fixture.h"

#define IP "192.0.2.1"
#define ANN "ann@example.test"

TEST(upgrade_hash_and_verifier)
{
	struct fix_account *a;

	fix_open();
	fix.conf.auth.upgrade = true;
	fix.conf.auth.hash_cost = 1500;
	fix.conf.auth.scram_iterations = 4096;
	a = fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	OK(fix_until(&fix.secrets, 2));
	OK(slice_starts(buf_slice(&a->new_hash), SLICE("$6$rounds=1500$")));
	EQ_INT(auth_crypt_verify(buf_slice(&a->new_hash), SLICE("secret")),
	    ERR_OK);
	EQ_INT(auth_scram_check(buf_slice(&a->scram)), ERR_OK);
	EQ_INT(a->version, 3);
	fix_turns(5);
	EQ_INT(fix.proc->upgrades.count, 0);
	OK(!fix_logged("secret") || fix_logged("secret=sha512"));
	fix_pass(60000);
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK); /* nothing left to do */
	fix_turns(20);
	EQ_INT(fix.secrets, 2);
	fix_close();
}

TEST(upgrade_only_when_wanted)
{
	static const struct {
		const char *name;
		bool upgrade;
		unsigned cost, iterations, want;
	} cases[] = {
	    {"off",        false, 2000, 0,    0},
	    {"not weaker", true,  1000, 0,    0},
	    {"hash",       true,  2000, 0,    1},
	    {"verifier",   false, 2000, 4096, 1},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].name);
		fix_open();
		fix.conf.auth.upgrade = cases[i].upgrade;
		fix.conf.auth.hash_cost = cases[i].cost;
		fix.conf.auth.scram_iterations = cases[i].iterations;
		fix_add(ANN, "secret");
		EQ_INT(fix_login(IP, ANN, "wrong"), ERR_DENIED);
		EQ_INT(fix.secrets, 0);
		EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
		(void)fix_until(&fix.secrets, cases[i].want);
		fix_turns(30);
		EQ_INT(fix.secrets, cases[i].want);
		EQ_INT(fix.proc->upgrades.count, 0);
		fix_close();
	}
}

/* A password that was set between the two secrets: no verifier of the old. */
TEST(upgrade_never_undoes_a_change)
{
	struct fix_account *a;

	fix_open();
	fix.conf.auth.upgrade = true;
	fix.conf.auth.hash_cost = 1500;
	fix.conf.auth.scram_iterations = 4096;
	fix.race = true;
	a = fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	OK(fix_until(&fix.secrets, 1));
	fix_turns(50);
	EQ_INT(fix.secrets, 1);
	EQ_INT(a->scram.len, 0);
	EQ_INT(fix.proc->upgrades.count, 0);
	fix_close();
}

TEST(upgrade_under_way_at_the_end)
{
	fix_open();
	fix.conf.auth.scram_iterations = 100000;
	fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	fix_close(); /* sanitizers see whether all is freed */
}
