/* PBKDF2 by OpenSSL, which wipes what it copied. */
#include "auth/auth_digest.h"

#include <openssl/evp.h>

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
