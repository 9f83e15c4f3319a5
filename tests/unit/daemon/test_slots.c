/* Numbers of listeners over reloads. */
#include "daemon/slots.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

/* "a b -c": listeners of these names; with - one that has no address */
static void
fill(struct conf *c, const char *names)
{
	char text[256], *save = NULL;

	memset(c, 0, sizeof *c);
	(void)snprintf(text, sizeof text, "%s", names);
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		struct conf_listener *l = &c->listener[c->nlisteners++];

		l->naddr = *w != '-';
		(void)snprintf(
		    l->name, sizeof l->name, "%s", *w == '-' ? w + 1 : w);
	}
}

static const char *
names_of(const struct conf *c)
{
	static char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < c->nlisteners; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s",
		    i > 0 ? " " : "", c->listener[i].naddr == 0 ? "-" : "",
		    c->listener[i].name);
	return text;
}

TEST(slots_stay)
{
	static const struct {
		const char *name, *old, *new, *want;
	} cases[] = {
	    {"the same",         "a b c",                            "a b c", "a b c"                           },
	    {"another order",    "a b c",                            "c a b", "a b c"                           },
	    {"one goes",         "a b c",                            "a c",   "a -b c"                          },
	    {"one comes first",  "a b",                              "x a b", "a b x"                           },
	    {"one for another",  "a b",                              "x b",   "-a b x"                          },
	    {"it comes back",    "a -b c",                           "a c b", "a b c"                           },
	    {"gone stays",       "a -b c",                           "a c",   "a -b c"                          },
	    {"all others",       "a b",                              "c d",   "-a -b c d"                       },
	    {"none",             "a b",			      "",      "-a -b"                           },
	    {"gone before used", "a b -c d e f g h i j k l m n o p",
             "a d e f g h i j k l m n o p x",				 "a -b x d e f g h i j k l m n o p"},
	    {"no place is left", "a b c d e f g h i j k l m n o p",
             "a c d e f g h i j k l m n o p x",			       "a x c d e f g h i j k l m n o p" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct conf old, new;

		unit_case(cases[i].name);
		fill(&old, cases[i].old);
		fill(&new, cases[i].new);
		slots_assign(&old, &new);
		EQ_STR(names_of(&new), cases[i].want);
	}
}

/* Sessions of one that went keep its settings, those that stay get new ones. */
TEST(slots_keep_settings)
{
	struct conf old, new;

	fill(&old, "a b");
	old.listener[0].idle_timeout_ms = 1;
	old.listener[1].idle_timeout_ms = 2;
	fill(&new, "b");
	new.listener[0].idle_timeout_ms = 3;
	slots_assign(&old, &new);
	EQ_INT(new.listener[0].idle_timeout_ms, 1);
	EQ_INT(new.listener[1].idle_timeout_ms, 3);
}
