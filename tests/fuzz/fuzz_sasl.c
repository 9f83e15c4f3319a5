/*
 * SASL exchanges as a front feeds them: the first octet picks the mechanism and
 * whether there is an initial response, each line is one message in base64. No
 * order of messages gets further than the mechanism allows, what comes out is
 * made of what went in, and nothing is left behind.
 */
#include "fuzz.h"

#include "auth/auth_crypt.h"
#include "auth/auth_sasl.h"
#include "mime/mime_code.h"

#include <stdbool.h>

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define VERIFIER "SCRAM-SHA-256$4096:c2FsdHNhbHQ=$" KEY ":" KEY

enum { STEPS_MAX = 8 };

static const char *const names[] = {"PLAIN", "LOGIN", "SCRAM-SHA-256"};

static void
check_complete(struct auth_sasl *s, enum auth_sasl_next next)
{
	struct buf out = BUF_INIT(AUTH_SASL_MESSAGE_MAX);

	FUZZ_CHECK(s->user.len > 0 && s->user.err == ERR_OK);
	FUZZ_CHECK(s->secret.len <= AUTH_SASL_MESSAGE_MAX);
	if (next == AUTH_SASL_PROOF) /* nobody knows keys of zeros */
		FUZZ_CHECK(auth_sasl_prove(s, &out) != ERR_OK && out.len == 0);
	buf_wipe(&out);
}

/* One message; true: another one may follow. */
static bool
step(struct auth_sasl *s, struct slice message)
{
	struct buf out = BUF_INIT(AUTH_SASL_MESSAGE_MAX);
	enum auth_sasl_next next = auth_sasl_input(s, message, &out);

	if (next == AUTH_SASL_ACCOUNT) {
		FUZZ_CHECK(s->mech->kind == AUTH_SCRAM_SHA_256);
		FUZZ_CHECK(s->user.len > 0);
		next = auth_sasl_verifier(s, SLICE(VERIFIER), &out);
		FUZZ_CHECK(next == AUTH_SASL_CHALLENGE && out.len > 0);
	}
	if (next == AUTH_SASL_FAIL)
		FUZZ_CHECK(s->err != ERR_OK);
	else if (next == AUTH_SASL_CHALLENGE)
		FUZZ_CHECK(out.err == ERR_OK);
	else
		check_complete(s, next);
	buf_wipe(&out);
	return next == AUTH_SASL_CHALLENGE;
}

static void
exchange(struct slice in, const char *name, bool initial)
{
	struct buf message = BUF_INIT(AUTH_SASL_MESSAGE_MAX);
	struct auth_sasl s;
	struct slice line;
	bool more = true;

	auth_sasl_init(&s, auth_mech_find(slice_str(name)));
	if (!initial)
		more = step(&s, SLICE_NONE);
	for (unsigned i = 0; more && in.len > 0 && i < STEPS_MAX; i++) {
		(void)slice_cut(&in, '\n', &line);
		buf_reset(&message);
		if (mime_code_base64(line, &message) != ERR_OK)
			break;
		more =
		    step(&s, message.len > 0 ? buf_slice(&message) : SLICE(""));
	}
	auth_sasl_fini(&s);
	FUZZ_CHECK(s.user.p == NULL && s.secret.p == NULL && s.scram == NULL);
	buf_wipe(&message);
}

/* Lines as fields of an imported file: what is taken is a hash. */
static void
fields(struct slice in)
{
	struct slice line, hash;

	while (in.len > 0) {
		(void)slice_cut(&in, '\n', &line);
		(void)auth_scram_check(line);
		(void)auth_crypt_weaker(line, "yescrypt", 5);
		if (auth_crypt_import(line, &hash) == ERR_OK)
			FUZZ_CHECK(auth_crypt_check(hash) == ERR_OK &&
				   slice_ends(line, hash));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = slice_of(data, size);

	if (size == 0)
		return 0;
	FUZZ_CHECK(auth_scram_load() == ERR_OK);
	exchange(slice_skip(s, 1), names[data[0] / 2u % 3], data[0] % 2 != 0);
	fields(slice_skip(s, 1));
	return 0;
}
