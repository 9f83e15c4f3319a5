#include "auth/auth_mech.h"

#include "../unit.h"
#include "auth/auth_call.h"

TEST(mech_find_any_case)
{
	static const struct {
		const char *name;
		int want;
	} cases[] = {
	    {"PLAIN",              AUTH_PLAIN        },
	    {"plain",              AUTH_PLAIN        },
	    {"Login",              AUTH_LOGIN        },
	    {"scram-sha-256",      AUTH_SCRAM_SHA_256},
	    {"SCRAM-SHA-256-PLUS", -1                },
	    {"PLAI",               -1                },
	    {"PLAINX",             -1                },
	    {"ANONYMOUS",          -1                },
	    {"",		   -1                },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct auth_mech *m =
		    auth_mech_find(slice_str(cases[i].name));

		unit_case(cases[i].name);
		EQ_INT(m == NULL ? -1 : (int)m->kind, cases[i].want);
	}
}

TEST(mech_names_for_a_channel)
{
	static const struct {
		const char *name;
		unsigned set;
		bool plaintext_ok;
		const char *want[4];
	} cases[] = {
	    {"all",            7,               true,  {"SCRAM-SHA-256", "PLAIN", "LOGIN", NULL}},
	    {"clear",          7,               false, {NULL}                                   },
	    {"plain",          CONF_MECH_PLAIN, true,  {"PLAIN", NULL}                          },
	    {"plain in clear", CONF_MECH_PLAIN, false, {NULL}                                   },
	    {"none",           0,               true,  {NULL}                                   },
	};
	static struct conf conf;

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned n;

		unit_case(cases[i].name);
		conf.auth.mechanisms = cases[i].set;
		for (n = 0; cases[i].want[n] != NULL; n++) {
			const char *got =
			    auth_mechanism(&conf, cases[i].plaintext_ok, n);

			if (OK(got != NULL))
				EQ_STR(got, cases[i].want[n]);
		}
		OK(auth_mechanism(&conf, cases[i].plaintext_ok, n) == NULL);
	}
}
