#include "auth/auth_digest.h"

#include "../unit.h"
#include "base/num.h"

/* RFC 7914, section 11: PBKDF2-HMAC-SHA-256 ("passwd", "salt", 1) */
TEST(digest_stretch_known_answer)
{
	uint8_t out[AUTH_DIGEST_LEN], want[AUTH_DIGEST_LEN];

	EQ_INT(num_hex(SLICE("55ac046e56e3089fec1691c22544b605"
			     "f94185216dde0465e68b9d57c20dacbc"),
		   want, sizeof want),
	    ERR_OK);
	EQ_INT(auth_digest_stretch(SLICE("passwd"), SLICE("salt"), 1, out),
	    ERR_OK);
	EQ_MEM(out, sizeof out, want, sizeof want);
}
