#include "conf/conf_near.h"
#include "tests/unit/unit.h"

#include <string.h>

static const char *const words[] = {
    "limits", "listen", "hostname", "store", "log", "login_window", NULL};

static const struct {
	const char *name, *in, *want;
} cases[] = {
    {"same",            "limits",				   "limits"      },
    {"one missing",     "limts",				    "limits"      },
    {"one more",        "limitss",				  "limits"      },
    {"two swapped",     "lsiten",				   "listen"      },
    {"replaced",        "hostnane",				 "hostname"    },
    {"begun",           "login",				    "login_window"},
    {"begun short",     "hos",				      "hostname"    },
    {"nothing near",    "frobnicate",                               ""            },
    {"short and wrong", "xyz",				      ""            },
    {"empty",           "",					 ""            },
    {"very long",       "hostnamehostnamehostnamehostnamehostname", ""            },
};

TEST(conf_near_finds)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct conf_near n;

		unit_case(cases[i].name);
		conf_near_begin(&n, slice_str(cases[i].in));
		for (const char *const *w = words; *w != NULL; w++)
			conf_near_try(&n, *w);
		EQ_STR(n.best == NULL ? "" : n.best, cases[i].want);
	}
}
