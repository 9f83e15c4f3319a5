/* HMAC-SHA-256 by OpenSSL, which wipes what it copied. */
#include "base/mac.h"

#include "base/num.h"
#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

struct mac {
	EVP_MAC *alg;
	EVP_MAC_CTX *ctx; /* keyed once; begun anew for each digest */
};

static bool
set_key(EVP_MAC_CTX *ctx, struct slice key)
{
	char name[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_init(
		   ctx, (const unsigned char *)key.p, key.len, params) == 1;
}

struct mac *
mac_new(struct slice key)
{
	struct mac *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->alg = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (m->alg != NULL)
		m->ctx = EVP_MAC_CTX_new(m->alg);
	if (m->ctx == NULL || !set_key(m->ctx, key))
		mac_free(&m);
	return m;
}

struct mac *
mac_new_random(void)
{
	uint8_t key[MAC_LEN];
	struct mac *m;

	secret_random(key, sizeof key);
	m = mac_new(slice_of(key, sizeof key));
	secret_wipe(key, sizeof key);
	return m;
}

void
mac_free(struct mac **m)
{
	if (*m == NULL)
		return;
	EVP_MAC_CTX_free((*m)->ctx);
	EVP_MAC_free((*m)->alg);
	free(*m);
	*m = NULL;
}

enum err
mac_run(
    struct mac *m, const struct slice *piece, unsigned n, uint8_t out[MAC_LEN])
{
	bool ok = EVP_MAC_init(m->ctx, NULL, 0, NULL) == 1;
	uint8_t len[8];
	size_t got = 0;

	for (unsigned i = 0; i < n && ok; i++) {
		num_put_be64(len, piece[i].len);
		ok =
		    EVP_MAC_update(m->ctx, len, sizeof len) == 1 &&
		    (piece[i].len == 0 || EVP_MAC_update(m->ctx,
					      (const unsigned char *)piece[i].p,
					      piece[i].len) == 1);
	}
	ok = ok && EVP_MAC_final(m->ctx, out, &got, MAC_LEN) == 1;
	return ok && got == MAC_LEN ? ERR_OK : ERR_NOMEM;
}
