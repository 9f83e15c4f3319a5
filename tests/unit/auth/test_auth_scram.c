#include "../unit.h"
#include "auth/auth_scram.h"

#include <gsasl.h>
#include <stdio.h>
#include <string.h>

/* A client: GNU SASL's own. */
struct client {
	Gsasl *library;
	Gsasl_session *session;
};

static void
client_open(struct client *c, const char *user, const char *password)
{
	OK(gsasl_init(&c->library) == GSASL_OK);
	OK(gsasl_client_start(c->library, "SCRAM-SHA-256", &c->session) ==
	    GSASL_OK);
	OK(gsasl_property_set(c->session, GSASL_AUTHID, user) == GSASL_OK);
	OK(gsasl_property_set(c->session, GSASL_PASSWORD, password) ==
	    GSASL_OK);
}

static void
client_close(struct client *c)
{
	gsasl_finish(c->session);
	gsasl_done(c->library);
}

static int
client_step(struct client *c, struct slice in, struct buf *out)
{
	char *text = NULL;
	size_t len = 0;
	int rc = gsasl_step(c->session, in.p, in.len, &text, &len);

	buf_reset(out);
	buf_add(out, text, text == NULL ? 0 : len);
	gsasl_free(text);
	return rc;
}

static enum err
whole_exchange(struct slice verifier, const char *user, const char *password)
{
	struct buf up = BUF_INIT(1000), down = BUF_INIT(1000);
	struct auth_scram *s = NULL;
	struct client c;
	enum err e;

	client_open(&c, user, password);
	EQ_INT(client_step(&c, SLICE(""), &up), GSASL_NEEDS_MORE);
	EQ_INT(auth_scram_user(buf_slice(&up), &down), ERR_OK);
	EQ_SLICE(buf_slice(&down), user);
	buf_reset(&down);
	e = auth_scram_begin(verifier, buf_slice(&up), &s, &down);
	EQ_INT(e, ERR_OK);
	EQ_INT(client_step(&c, buf_slice(&down), &up), GSASL_NEEDS_MORE);
	buf_reset(&down);
	if (e == ERR_OK)
		e = auth_scram_end(s, buf_slice(&up), &down);
	if (e == ERR_OK) /* the server has proved itself, too */
		EQ_INT(client_step(&c, buf_slice(&down), &up), GSASL_OK);
	auth_scram_free(&s);
	OK(s == NULL);
	client_close(&c);
	buf_wipe(&up);
	buf_wipe(&down);
	return e;
}

TEST(scram_whole_exchanges)
{
	static const struct {
		const char *name, *stored, *user, *given;
		enum err want;
	} cases[] = {
	    {"right",             "secret",      "ann@example.test",           "secret", ERR_OK    },
	    {"wrong",             "secret",      "ann@example.test",           "Secret", ERR_DENIED},
	    {"signs in the name", "x",           "a,b=c@example.test",         "x",      ERR_OK    },
	    {"UTF-8",             "p\xc3\xa4ss", "j\xc3\xbcrgen@example.test",
             "p\xc3\xa4ss",							      ERR_OK    },
	    {"prepared alike",
             "a\xc2\xa0"
		"b",			     "u@example.test",             "a b",    ERR_OK    },
	};
	struct buf v = BUF_INIT(AUTH_SCRAM_MAX);

	EQ_INT(auth_scram_load(), ERR_OK);
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].name);
		buf_reset(&v);
		EQ_INT(auth_scram_make(slice_str(cases[i].stored), 4096, &v),
		    ERR_OK);
		EQ_INT(auth_scram_check(buf_slice(&v)), ERR_OK);
		EQ_INT(whole_exchange(
			   buf_slice(&v), cases[i].user, cases[i].given),
		    cases[i].want);
	}
	buf_wipe(&v);
	auth_scram_unload();
}

TEST(scram_fake_is_stable_and_fits_nobody)
{
	struct buf a = BUF_INIT(AUTH_SCRAM_MAX), b = BUF_INIT(AUTH_SCRAM_MAX);
	uint8_t seed[32] = "a seed that comes from the name";
	struct slice salt_a, salt_b, rest;

	EQ_INT(auth_scram_load(), ERR_OK);
	auth_scram_fake(seed, 4096, &a);
	auth_scram_fake(seed, 4096, &b);
	rest = slice_skip(buf_slice(&a), sizeof "SCRAM-SHA-256");
	(void)slice_cut(&rest, '$', &salt_a);
	rest = slice_skip(buf_slice(&b), sizeof "SCRAM-SHA-256");
	(void)slice_cut(&rest, '$', &salt_b);
	OK(slice_eq(salt_a, salt_b) && salt_a.len > 20);
	OK(!slice_eq(buf_slice(&a), buf_slice(&b)));
	EQ_INT(auth_scram_check(buf_slice(&a)), ERR_OK);
	EQ_INT(whole_exchange(buf_slice(&a), "nobody", "x"), ERR_DENIED);
	buf_wipe(&a);
	buf_wipe(&b);
	auth_scram_unload();
}

TEST(scram_make_limits)
{
	struct buf v = BUF_INIT(AUTH_SCRAM_MAX);
	char text[512];

	memset(text, 'p', sizeof text);
	EQ_INT(auth_scram_make(SLICE(""), 4096, &v), ERR_SYNTAX);
	EQ_INT(auth_scram_make(SLICE("a\0b"), 4096, &v), ERR_SYNTAX);
	EQ_INT(auth_scram_make(slice_of(text, 512), 4096, &v), ERR_TOOBIG);
	EQ_INT(v.len, 0);
	EQ_INT(auth_scram_make(slice_of(text, 511), 1, &v), ERR_OK);
	OK(slice_starts(buf_slice(&v), SLICE("SCRAM-SHA-256$4096:")));
	buf_reset(&v);
	unit_case("not UTF-8");
	buf_reset(&v);
	EQ_INT(auth_scram_make(SLICE("\xff\xfe"), 4096, &v), ERR_UNSUPPORTED);
	EQ_INT(v.len, 0);
	buf_wipe(&v);
}

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

TEST(scram_check)
{
	static const struct {
		const char *text;
		enum err want;
	} cases[] = {
	    {"SCRAM-SHA-256$4096:c2FsdA==$" KEY ":" KEY,     ERR_OK    },
	    {"SCRAM-SHA-256$0:c2FsdA==$" KEY ":" KEY,        ERR_SYNTAX},
	    {"SCRAM-SHA-256$99999999:c2FsdA==$" KEY ":" KEY, ERR_SYNTAX},
	    {"SCRAM-SHA-256$x:c2FsdA==$" KEY ":" KEY,        ERR_SYNTAX},
	    {"SCRAM-SHA-256$4096:c2F$" KEY ":" KEY,          ERR_SYNTAX},
	    {"SCRAM-SHA-256$4096:$" KEY ":" KEY,             ERR_SYNTAX},
	    {"SCRAM-SHA-256$4096:c2FsdA==$" KEY ":AAAA",     ERR_SYNTAX},
	    {"SCRAM-SHA-256$4096:c2FsdA==$AAAA:" KEY,        ERR_SYNTAX},
	    {"SCRAM-SHA-256$4096:c2FsdA==$" KEY,             ERR_SYNTAX},
	    {"SCRAM-SHA-1$4096:c2FsdA==$" KEY ":" KEY,       ERR_SYNTAX},
	    {"SCRAM-SHA-256",				ERR_SYNTAX},
	    {"",					     ERR_SYNTAX},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].text);
		EQ_INT(
		    auth_scram_check(slice_str(cases[i].text)), cases[i].want);
	}
}

TEST(scram_bad_messages)
{
	static const struct {
		const char *text;
		enum err want;
	} cases[] = {
	    {"n,,n=ann,r=abcdef",            ERR_OK    },
	    {"y,,n=ann,r=abcdef",            ERR_OK    },
	    {"n,a=ann,n=ann,r=abcdef",       ERR_OK    },
	    {"n,a=bob,n=ann,r=abcdef",       ERR_DENIED},
	    {"n,,n=,r=abcdef",               ERR_SYNTAX},
	    {"n,,n=ann",                     ERR_SYNTAX},
	    {"p=tls-unique,,n=ann,r=abcdef", ERR_SYNTAX},
	    {"x",			    ERR_SYNTAX},
	    {"",			     ERR_SYNTAX},
	};
	const struct slice verifier =
	    SLICE("SCRAM-SHA-256$4096:c2FsdA==$" KEY ":" KEY);
	struct buf out = BUF_INIT(1000);
	struct auth_scram *s = NULL;

	EQ_INT(auth_scram_load(), ERR_OK);
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].text);
		buf_reset(&out);
		EQ_INT(auth_scram_user(slice_str(cases[i].text), &out),
		    cases[i].want);
	}
	unit_case("no verifier");
	EQ_INT(auth_scram_begin(SLICE("x"), SLICE("n,,n=a,r=abc"), &s, &out),
	    ERR_SYNTAX);
	OK(s == NULL);
	unit_case("other messages after the first");
	EQ_INT(auth_scram_begin(verifier, SLICE("n,,n=a,r=abc"), &s, &out),
	    ERR_OK);
	EQ_INT(auth_scram_end(s, SLICE("n,,n=a,r=abc"), &out), ERR_SYNTAX);
	auth_scram_free(&s);
	buf_wipe(&out);
	auth_scram_unload();
}
