/* Names of roles and back. */
#include "proc/role.h"

#include "tests/unit/unit.h"

#include <string.h>

TEST(role_names_lead_back)
{
	enum role r;

	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		unit_case(role_name((enum role)i));
		OK(role_of_name(role_name((enum role)i), &r) && r == i);
	}
	OK(!role_of_name("smt", &r));
	OK(!role_of_name("", &r));
	EQ_STR(role_name(ROLE_COUNT), "?");
}
