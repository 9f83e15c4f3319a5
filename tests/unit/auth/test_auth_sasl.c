#include "auth/auth_sasl.h"

#include "../unit.h"

#include <string.h>

enum { MAX = 3 };
#define M(literal)                                                             \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

/* Messages in, what each leads to. p NULL: no initial response. */
static const struct {
	const char *name, *mech;
	struct slice in[MAX];
	enum auth_sasl_next next[MAX];
	unsigned n;
	const char *user, *secret, *challenge;
	enum err err;
} cases[] = {
    {"plain",		"PLAIN",         {M("\0ann\0pw")},                      {AUTH_SASL_PASSWORD}, 1, "ann",   "pw",
     "",																			    ERR_OK    },
    {"plain asked",          "PLAIN",         {{NULL, 0}, M("\0ann\0pw")},
     {AUTH_SASL_CHALLENGE, AUTH_SASL_PASSWORD},							    2, "ann",   "pw",                  "",                   ERR_OK    },
    {"plain authzid",        "PLAIN",         {M("ann\0ann\0pw")},                   {AUTH_SASL_PASSWORD}, 1,
     "ann",													    "pw",                  "",                   ERR_OK    },
    {"plain authzid case",   "PLAIN",         {M("ANN@x\0ann@X\0pw")},
     {AUTH_SASL_PASSWORD},										 1, "ann@X", "pw",                  "",                   ERR_OK    },
    {"plain for others",     "PLAIN",         {M("bob\0ann\0pw")},                   {AUTH_SASL_FAIL},     1,
     "ann",													    "",		    "",                   ERR_DENIED},
    {"plain one NUL",        "PLAIN",         {M("ann\0pw")},                        {AUTH_SASL_FAIL},     1, "",      "",                    "",
     ERR_SYNTAX																			       },
    {"plain three NULs",     "PLAIN",         {M("\0ann\0pw\0")},                    {AUTH_SASL_FAIL},     1, "",
     "",																      "",		   ERR_SYNTAX},
    {"plain nobody",         "PLAIN",         {M("\0\0pw")},                         {AUTH_SASL_FAIL},     1, "",      "",                    "",
     ERR_SYNTAX																			       },
    {"plain no password",    "PLAIN",         {M("\0ann\0")},                        {AUTH_SASL_PASSWORD}, 1,
     "ann",													    "",		    "",                   ERR_OK    },
    {"plain empty",          "PLAIN",         {M("")},                               {AUTH_SASL_FAIL},     1, "",      "",                    "",
     ERR_SYNTAX																			       },
    {"plain octets",         "PLAIN",         {M("\0ann\0\xff\xc3 ")},               {AUTH_SASL_PASSWORD}, 1,
     "ann",													    "\xff\xc3 ",           "",                   ERR_OK    },
    {"login",		"LOGIN",         {{NULL, 0}, M("ann"), M("pw")},
     {AUTH_SASL_CHALLENGE, AUTH_SASL_CHALLENGE, AUTH_SASL_PASSWORD},                                       3,
     "ann",													    "pw",                  "Username:Password:", ERR_OK    },
    {"login initial",        "LOGIN",         {M("ann"), M("pw")},
     {AUTH_SASL_CHALLENGE, AUTH_SASL_PASSWORD},							    2, "ann",   "pw",
     "Password:",																		   ERR_OK    },
    {"login nobody",         "LOGIN",         {{NULL, 0}, M("")},
     {AUTH_SASL_CHALLENGE, AUTH_SASL_FAIL},								2, "",      "",
     "Username:",																		   ERR_SYNTAX},
    {"login empty password", "LOGIN",         {M("ann"), M("")},
     {AUTH_SASL_CHALLENGE, AUTH_SASL_PASSWORD},							    2, "ann",   "",
     "Password:",																		   ERR_OK    },
    {"scram",		"SCRAM-SHA-256", {M("n,,n=ann,r=abcdefgh")},            {AUTH_SASL_ACCOUNT},
     1,												       "ann",   "n,,n=ann,r=abcdefgh", "",                   ERR_OK    },
    {"scram asked",          "SCRAM-SHA-256", {{NULL, 0}, M("n,,n=ann,r=abcdefgh")},
     {AUTH_SASL_CHALLENGE, AUTH_SASL_ACCOUNT},							     2, "ann",
     "n,,n=ann,r=abcdefgh",														   "",                   ERR_OK    },
    {"scram for others",     "SCRAM-SHA-256", {M("n,a=bob,n=ann,r=abcdefgh")},
     {AUTH_SASL_FAIL},										     1, "",      "",                    "",                   ERR_DENIED},
    {"scram nonsense",       "SCRAM-SHA-256", {M("\0ann\0pw")},                      {AUTH_SASL_FAIL},     1,
     "",													       "",		    "",                   ERR_SYNTAX},
};

TEST(sasl_messages)
{
	EQ_INT(auth_scram_load(), ERR_OK);
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf out = BUF_INIT(1000);
		struct auth_sasl s;

		unit_case(cases[i].name);
		auth_sasl_init(&s, auth_mech_find(slice_str(cases[i].mech)));
		for (unsigned k = 0; k < cases[i].n; k++)
			EQ_INT(auth_sasl_input(&s, cases[i].in[k], &out),
			    cases[i].next[k]);
		EQ_SLICE(buf_slice(&out), cases[i].challenge);
		EQ_SLICE(buf_slice(&s.user), cases[i].user);
		EQ_SLICE(buf_slice(&s.secret), cases[i].secret);
		EQ_INT(s.err, cases[i].err);
		auth_sasl_fini(&s);
		OK(s.user.p == NULL && s.secret.p == NULL);
		buf_fini(&out);
	}
	auth_scram_unload();
}

TEST(sasl_too_long)
{
	static char text[AUTH_SASL_MESSAGE_MAX + 1];
	struct buf out = BUF_INIT(1000);
	struct auth_sasl s;

	memset(text, 'x', sizeof text);
	text[0] = text[2] = '\0';
	auth_sasl_init(&s, auth_mech_find(SLICE("PLAIN")));
	EQ_INT(auth_sasl_input(&s, slice_of(text, sizeof text), &out),
	    AUTH_SASL_FAIL);
	EQ_INT(s.err, ERR_SYNTAX);
	auth_sasl_fini(&s);
	buf_fini(&out);
}

TEST(sasl_scram_bad_verifier)
{
	struct buf out = BUF_INIT(1000);
	struct auth_sasl s;

	EQ_INT(auth_scram_load(), ERR_OK);
	auth_sasl_init(&s, auth_mech_find(SLICE("SCRAM-SHA-256")));
	EQ_INT(auth_sasl_input(&s, SLICE("n,,n=ann,r=abcdefgh"), &out),
	    AUTH_SASL_ACCOUNT);
	EQ_INT(auth_sasl_verifier(&s, SLICE("x"), &out), AUTH_SASL_FAIL);
	EQ_INT(s.err, ERR_SYNTAX);
	auth_sasl_fini(&s);
	buf_fini(&out);
	auth_scram_unload();
}
