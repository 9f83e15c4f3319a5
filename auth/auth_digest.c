/* HMAC-SHA-256 and PBKDF2 by OpenSSL, which wipes what it copied. */
#include "auth/auth_digest.h"

#include "base/num.h"
#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

struct auth_digest {
	EVP_MAC *mac;
	EVP_MAC_CTX *ctx; /* keyed once; begun anew for each digest */
};

static bool
set_key(EVP_MAC_CTX *ctx)
{
	char name[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_end(),
	};
	uint8_t key[AUTH_DIGEST_LEN];
	bool ok;

	secret_random(key, sizeof key);
	ok = EVP_MAC_init(ctx, key, sizeof key, params) == 1;
	secret_wipe(key, sizeof key);
	return ok;
}

struct auth_digest *
auth_digest_new(void)
{
	struct auth_digest *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (d->mac != NULL)
		d->ctx = EVP_MAC_CTX_new(d->mac);
	if (d->ctx == NULL || !set_key(d->ctx))
		auth_digest_free(&d);
	return d;
}

void
auth_digest_free(struct auth_digest **d)
{
	if (*d == NULL)
		return;
	EVP_MAC_CTX_free((*d)->ctx);
	EVP_MAC_free((*d)->mac);
	free(*d);
	*d = NULL;
}

enum err
auth_digest_run(struct auth_digest *d, const struct slice *piece, unsigned n,
    uint8_t out[AUTH_DIGEST_LEN])
{
	bool ok = EVP_MAC_init(d->ctx, NULL, 0, NULL) == 1;
	uint8_t len[8];
	size_t got = 0;

	for (unsigned i = 0; i < n && ok; i++) {
		num_put_be64(len, piece[i].len);
		ok =
		    EVP_MAC_update(d->ctx, len, sizeof len) == 1 &&
		    (piece[i].len == 0 || EVP_MAC_update(d->ctx,
					      (const unsigned char *)piece[i].p,
					      piece[i].len) == 1);
	}
	ok = ok && EVP_MAC_final(d->ctx, out, &got, AUTH_DIGEST_LEN) == 1;
	return ok && got == AUTH_DIGEST_LEN ? ERR_OK : ERR_NOMEM;
}

enum err
auth_digest_stretch(struct slice password, struct slice salt,
    unsigned iterations, uint8_t out[AUTH_DIGEST_LEN])
{
	return PKCS5_PBKDF2_HMAC(password.p, (int)password.len,
		   (const unsigned char *)salt.p, (int)salt.len,
		   (int)iterations, EVP_sha256(), AUTH_DIGEST_LEN, out) == 1
		   ? ERR_OK
		   : ERR_NOMEM;
}
