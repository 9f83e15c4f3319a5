/* How many processes, and who talks to whom. */
#include "daemon/roles.h"

#include "tests/unit/daemon/toy.h"
#include "tests/unit/unit.h"

#include <string.h>

TEST(role_count_follows_the_configuration)
{
	static const struct {
		const char *name;
		enum role role;
		uint32_t workers, listeners, service;
		unsigned want;
	} cases[] = {
	    {"one store",                    ROLE_STORE, 4,      0, 0,         1 },
	    {"as many fronts as asked for",  ROLE_SMTP,  4,      1, CONF_SMTP, 4 },
	    {"none without a listener",      ROLE_SMTP,  4,      0, 0,         0 },
	    {"none with another's listener", ROLE_SMTP,  4,      1, CONF_POP3, 0 },
	    {"not too many",                 ROLE_SMTP,  100000, 1, CONF_SMTP, 64},
	};
	struct conf conf;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		memset(&conf, 0, sizeof conf);
		conf.front_workers = cases[i].workers;
		conf.nlisteners = cases[i].listeners;
		conf.listener[0].service = cases[i].service;
		unit_case(cases[i].name);
		EQ_INT(role_count(role_find(toy_roles, cases[i].role), &conf),
		    cases[i].want);
	}
	conf.front_workers = 0;
	conf.listener[0].service = CONF_SMTP;
	OK(role_count(role_find(toy_roles, ROLE_SMTP), &conf) >= 1);
}

TEST(role_talks_both_ways)
{
	const struct role_row *store = role_find(toy_roles, ROLE_STORE),
			      *smtp = role_find(toy_roles, ROLE_SMTP);

	OK(role_talks(store, smtp));
	OK(role_talks(smtp, store));
	OK(!role_talks(smtp, smtp));
	OK(!role_talks(store, store));
	OK(role_find(toy_roles, ROLE_POP3) == NULL);
}
