/*
 * SCRAM-SHA-256 by GNU SASL, from stored keys: the server never knows a
 * password here. All other mechanisms of the library stay out of reach,
 * because sessions are started nowhere else.
 */
#include "auth/auth_scram.h"

#include "auth/auth_crypt.h"
#include "auth/auth_digest.h"
#include "base/num.h"
#include "base/secret.h"

#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "SCRAM-SHA-256"
enum { KEY_LEN = 32, SALT_LEN = 16 };

static Gsasl *library;

struct verifier { /* fields as C strings, as the library wants them */
	char text[AUTH_SCRAM_MAX + 1];
	const char *iterations, *salt, *stored, *server;
};

struct auth_scram {
	Gsasl_session *session;
	struct verifier verifier;
};

static bool
is_base64(struct slice s, size_t octets)
{
	size_t n = 0;
	char *raw = NULL;
	bool ok =
	    s.len > 0 && gsasl_base64_from(s.p, s.len, &raw, &n) == GSASL_OK;

	if (raw != NULL) {
		secret_wipe(raw, n);
		gsasl_free(raw);
	}
	return ok && n > 0 && (octets == 0 || n == octets);
}

/* The field up to c ends there as a string; p goes behind it. */
static const char *
field(char **p, char c)
{
	char *start = *p, *end = strchr(start, c);

	if (end == NULL)
		return NULL;
	*end = '\0';
	*p = end + 1;
	return start;
}

static enum err
verifier_set(struct verifier *v, struct slice text)
{
	uint32_t iterations;
	const char *scheme;
	char *p = v->text;

	if (slice_to_str(text, v->text, sizeof v->text) != ERR_OK)
		return ERR_SYNTAX;
	if ((scheme = field(&p, '$')) == NULL || strcmp(scheme, SCHEME) != 0 ||
	    (v->iterations = field(&p, ':')) == NULL ||
	    (v->salt = field(&p, '$')) == NULL ||
	    (v->stored = field(&p, ':')) == NULL)
		return ERR_SYNTAX;
	v->server = p;
	if (num_u32(slice_str(v->iterations), 1, AUTH_SCRAM_ITERATIONS_MAX,
		&iterations) != ERR_OK)
		return ERR_SYNTAX;
	return is_base64(slice_str(v->salt), 0) &&
		       is_base64(slice_str(v->stored), KEY_LEN) &&
		       is_base64(slice_str(v->server), KEY_LEN)
		   ? ERR_OK
		   : ERR_SYNTAX;
}

enum err
auth_scram_check(struct slice verifier)
{
	struct verifier v;
	enum err e = verifier_set(&v, verifier);

	secret_wipe(&v, sizeof v);
	return e;
}

static void
free_wiped(char *s, size_t n)
{
	if (s != NULL)
		secret_wipe(s, n);
	gsasl_free(s);
}

static void
add_base64(struct buf *out, const void *p, size_t n)
{
	char *text = NULL;
	size_t len = 0;

	if (gsasl_base64_to(p, n, &text, &len) == GSASL_OK)
		buf_add(out, text, len);
	else if (out->err == ERR_OK)
		out->err = ERR_NOMEM;
	free_wiped(text, len);
}

static unsigned
iterations_in_limits(unsigned n)
{
	if (n < AUTH_SCRAM_ITERATIONS_MIN)
		return AUTH_SCRAM_ITERATIONS_MIN;
	return n > AUTH_SCRAM_ITERATIONS_MAX ? AUTH_SCRAM_ITERATIONS_MAX : n;
}

static void
add_verifier(struct buf *out, unsigned iterations, const char *salt,
    const char *stored, const char *server)
{
	buf_addf(out, SCHEME "$%u:", iterations);
	add_base64(out, salt, SALT_LEN);
	buf_add_char(out, '$');
	add_base64(out, stored, KEY_LEN);
	buf_add_char(out, ':');
	add_base64(out, server, KEY_LEN);
}

/*
 * SASLprep leaves printable ASCII as it is. That is most passwords, and it
 * keeps them out of the library, which frees its copies without wiping them.
 * *out: password itself, or new text, to be freed by free_wiped.
 */
static enum err
prepare(const char *password, char **out)
{
	int rc;

	*out = NULL;
	if (slice_is_printable(slice_str(password)))
		return ERR_OK;
	rc = gsasl_saslprep(password, 0, out, NULL);
	if (rc == GSASL_OK && (*out)[0] != '\0')
		return ERR_OK;
	return rc == GSASL_MALLOC_ERROR ? ERR_NOMEM : ERR_UNSUPPORTED;
}

static enum err
make_from(const char *password, unsigned iterations, struct buf *out)
{
	struct {
		uint8_t salted[AUTH_DIGEST_LEN];
		char client[KEY_LEN], server[KEY_LEN], stored[KEY_LEN];
	} key;
	char salt[SALT_LEN];
	enum err e;

	secret_random(salt, sizeof salt);
	e = auth_digest_stretch(slice_str(password),
	    slice_of(salt, sizeof salt), iterations, key.salted);
	if (e == ERR_OK && gsasl_scram_secrets_from_salted_password(
			       GSASL_HASH_SHA256, (const char *)key.salted,
			       key.client, key.server, key.stored) != GSASL_OK)
		e = ERR_NOMEM;
	if (e == ERR_OK)
		add_verifier(out, iterations, salt, key.stored, key.server);
	secret_wipe(&key, sizeof key);
	return e != ERR_OK ? e : out->err;
}

enum err
auth_scram_make(struct slice password, unsigned iterations, struct buf *out)
{
	char text[AUTH_PASSWORD_MAX + 1], *prepared = NULL;
	enum err e;

	if (password.len == 0)
		return ERR_SYNTAX;
	if ((e = slice_to_str(password, text, sizeof text)) != ERR_OK)
		return e;
	if ((e = prepare(text, &prepared)) == ERR_OK)
		e = make_from(prepared != NULL ? prepared : text,
		    iterations_in_limits(iterations), out);
	if (prepared != NULL)
		free_wiped(prepared, strlen(prepared));
	secret_wipe(text, sizeof text);
	return e;
}

void
auth_scram_fake(const uint8_t seed[32], unsigned iterations, struct buf *out)
{
	char key[2 * KEY_LEN], salt[SALT_LEN];

	memcpy(salt, seed, sizeof salt);
	secret_random(key, sizeof key);
	add_verifier(
	    out, iterations_in_limits(iterations), salt, key, key + KEY_LEN);
}

/* What the library asks the server for. Without a verifier (the first pass of
 * auth_scram_user) it goes on with a salt of its own, which nobody sees. */
static int
answer(Gsasl *ctx, Gsasl_session *session, Gsasl_property property)
{
	const struct auth_scram *s = gsasl_session_hook_get(session);
	const char *value = NULL;

	(void)ctx;
	if (s == NULL)
		return GSASL_NO_CALLBACK;
	if (property == GSASL_SCRAM_ITER)
		value = s->verifier.iterations;
	else if (property == GSASL_SCRAM_SALT)
		value = s->verifier.salt;
	else if (property == GSASL_SCRAM_STOREDKEY)
		value = s->verifier.stored;
	else if (property == GSASL_SCRAM_SERVERKEY)
		value = s->verifier.server;
	if (value == NULL)
		return GSASL_NO_CALLBACK;
	return gsasl_property_set(session, property, value);
}

enum err
auth_scram_load(void)
{
	if (library != NULL)
		return ERR_OK;
	if (gsasl_init(&library) != GSASL_OK)
		return ERR_NOMEM;
	gsasl_callback_set(library, answer);
	return ERR_OK;
}

void
auth_scram_unload(void)
{
	if (library != NULL)
		gsasl_done(library);
	library = NULL;
}

static enum err
err_of(int rc)
{
	if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE)
		return ERR_OK;
	if (rc == GSASL_AUTHENTICATION_ERROR)
		return ERR_DENIED;
	return rc == GSASL_MALLOC_ERROR ? ERR_NOMEM : ERR_SYNTAX;
}

/* RFC 5802, section 6: "p=" asks for channel binding, which is a mechanism of
 * its own, SCRAM-SHA-256-PLUS; the library would go on until the last step. */
static bool
binds_channel(struct slice client_first)
{
	return slice_starts(client_first, SLICE("p"));
}

/* One message in, one out; want: what the library has to say to it */
static enum err
step(Gsasl_session *session, struct slice in, int want, struct buf *out)
{
	char *text = NULL;
	size_t len = 0;
	int rc = gsasl_step(session, in.p, in.len, &text, &len);
	enum err e = rc == want ? ERR_OK : err_of(rc);

	if (rc != want && e == ERR_OK)
		e = ERR_SYNTAX;
	if (e == ERR_OK && out != NULL)
		buf_add(out, text, len);
	free_wiped(text, len);
	return e == ERR_OK && out != NULL ? out->err : e;
}

enum err
auth_scram_user(struct slice client_first, struct buf *user)
{
	Gsasl_session *session = NULL;
	const char *name, *other;
	enum err e;

	if (binds_channel(client_first))
		return ERR_SYNTAX;
	e = err_of(gsasl_server_start(library, SCHEME, &session));
	if (e == ERR_OK)
		e = step(session, client_first, GSASL_NEEDS_MORE, NULL);
	if (e == ERR_OK) {
		name = gsasl_property_fast(session, GSASL_AUTHID);
		other = gsasl_property_fast(session, GSASL_AUTHZID);
		if (name == NULL || name[0] == '\0')
			e = ERR_SYNTAX;
		else if (other != NULL && other[0] != '\0' &&
			 strcmp(name, other) != 0)
			e = ERR_DENIED;
		else
			buf_add_str(user, name);
	}
	if (session != NULL)
		gsasl_finish(session);
	return e != ERR_OK ? e : user->err;
}

enum err
auth_scram_begin(struct slice verifier, struct slice client_first,
    struct auth_scram **out, struct buf *challenge)
{
	struct auth_scram *s;
	enum err e;

	if (binds_channel(client_first))
		return ERR_SYNTAX;
	if ((s = calloc(1, sizeof *s)) == NULL)
		return ERR_NOMEM;
	if ((e = verifier_set(&s->verifier, verifier)) != ERR_OK)
		goto out;
	e = err_of(gsasl_server_start(library, SCHEME, &s->session));
	if (e != ERR_OK)
		goto out;
	gsasl_session_hook_set(s->session, s);
	e = step(s->session, client_first, GSASL_NEEDS_MORE, challenge);
	if (e == ERR_OK) {
		*out = s;
		s = NULL;
	}
out:
	auth_scram_free(&s);
	return e;
}

enum err
auth_scram_end(
    struct auth_scram *s, struct slice client_final, struct buf *server_final)
{
	return step(s->session, client_final, GSASL_OK, server_final);
}

void
auth_scram_free(struct auth_scram **s)
{
	if (*s == NULL)
		return;
	if ((*s)->session != NULL)
		gsasl_finish((*s)->session);
	secret_wipe(*s, sizeof **s);
	free(*s);
	*s = NULL;
}
