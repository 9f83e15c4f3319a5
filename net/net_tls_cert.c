/*
 * Certificates: read a chain and its key from PEM, and make a self-signed one
 * for a server that has none yet.
 */
#include "net/net_tls_priv.h"

#include "base/secret.h"
#include "net/net_addr.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { DAY_S = 24 * 3600, SELF_SIGNED_DAYS = 3652 };

void
net_tls_explain(struct buf *why, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	buf_add_str(why, what);
	if (reason != NULL)
		buf_addf(why, ": %s", reason);
	ERR_clear_error();
}

/* Never ask for a passphrase at a terminal. */
static int
no_passphrase(char *out, int size, int writing, void *asked)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static BIO *
bio_of(struct slice pem)
{
	return pem.len > INT_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.len);
}

static enum err
read_chain(struct slice pem, struct net_cert *c)
{
	BIO *b = bio_of(pem);
	enum err e = ERR_NOMEM;
	X509 *x;

	if (b == NULL || (c->chain = sk_X509_new_null()) == NULL)
		goto out;
	c->leaf = PEM_read_bio_X509_AUX(b, NULL, NULL, NULL);
	e = c->leaf == NULL ? ERR_SYNTAX : ERR_OK;
	while (
	    e == ERR_OK && (x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(c->chain, x) == 0) {
			X509_free(x);
			e = ERR_NOMEM;
		}
	/* the normal end is that there is no further PEM block */
	if (e == ERR_OK &&
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		e = ERR_SYNTAX;
	else if (e == ERR_OK)
		ERR_clear_error();
out:
	BIO_free(b);
	return e;
}

static enum err
read_key(struct slice pem, struct net_cert *c, bool *encrypted_out)
{
	BIO *b = bio_of(pem);

	if (b == NULL)
		return ERR_NOMEM;
	c->key = PEM_read_bio_PrivateKey(b, NULL, no_passphrase, encrypted_out);
	BIO_free(b);
	return c->key == NULL ? ERR_SYNTAX : ERR_OK;
}

enum err
net_cert_read(struct slice chain_pem, struct slice key_pem,
    struct net_cert *out, struct buf *why)
{
	struct net_cert c = {0};
	bool encrypted = false;
	enum err e;

	ERR_clear_error();
	if ((e = read_chain(chain_pem, &c)) != ERR_OK) {
		net_tls_explain(why, "certificate cannot be read");
	} else if ((e = read_key(key_pem, &c, &encrypted)) != ERR_OK) {
		if (encrypted)
			ERR_clear_error();
		net_tls_explain(why,
		    encrypted ? "private key is encrypted: store it without "
				"a passphrase"
			      : "private key cannot be read");
	} else if (X509_check_private_key(c.leaf, c.key) != 1) {
		ERR_clear_error();
		net_tls_explain(why, "key does not match certificate");
		e = ERR_DENIED;
	}
	if (e == ERR_OK)
		*out = c;
	else
		net_cert_fini(&c);
	return e;
}

void
net_cert_fini(struct net_cert *c)
{
	X509_free(c->leaf);
	sk_X509_pop_free(c->chain, X509_free);
	EVP_PKEY_free(c->key);
	*c = (struct net_cert){0};
}

static bool
add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext != NULL && X509_add_ext(x, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

/*
 * A host name goes into OpenSSL's little extension language, where ',' and ':'
 * would mean something: letters, digits, '-' and '.' only.
 */
static bool
plain_host(const char *host)
{
	size_t n = strlen(host);

	return n > 0 && n <= 253 &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == n;
}

static bool
set_names(X509 *x, const char *host)
{
	struct buf names = BUF_INIT(1024);
	X509_NAME *subject = X509_get_subject_name(x);
	struct net_addr a;
	bool ip = net_addr_parse_ip(slice_str(host), &a) == ERR_OK;
	bool ok;

	/* A longer host is named by the extension alone, which is what clients
	 * look at; the common name has room for 64 (RFC 5280, A.1). */
	ok = X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		 (const unsigned char *)(strlen(host) <= 64 ? host
							    : "localhost"),
		 -1, -1, 0) == 1 &&
	     X509_set_issuer_name(x, subject) == 1;
	buf_addf(&names, "%s:%s,DNS:localhost,IP:127.0.0.1", ip ? "IP" : "DNS",
	    host);
	ok = ok && names.err == ERR_OK &&
	     add_extension(x, NID_subject_alt_name, buf_cstr(&names));
	buf_fini(&names);
	return ok;
}

static bool
set_serial_and_dates(X509 *x)
{
	unsigned char serial[16];
	BIGNUM *n;
	bool ok;

	secret_random(serial, sizeof serial);
	serial[0] = (serial[0] & 0x3f) | 0x40; /* positive, never zero */
	n = BN_bin2bn(serial, sizeof serial, NULL);
	ok = n != NULL &&
	     BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	/* a day back, for clients whose clock is behind */
	return ok &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -(long)DAY_S) != NULL &&
	       X509_time_adj_ex(
		   X509_getm_notAfter(x), SELF_SIGNED_DAYS, 0, NULL) != NULL;
}

static X509 *
self_signed(const char *host, EVP_PKEY *key)
{
	X509 *x = X509_new();

	if (x != NULL && X509_set_version(x, X509_VERSION_3) == 1 &&
	    set_serial_and_dates(x) && X509_set_pubkey(x, key) == 1 &&
	    set_names(x, host) &&
	    /* who trusts it trusts this server, and nothing signed by it */
	    add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(x, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(x, NID_ext_key_usage, "serverAuth") &&
	    add_extension(x, NID_subject_key_identifier, "hash") &&
	    X509_sign(x, key, EVP_sha256()) > 0)
		return x;
	X509_free(x);
	return NULL;
}

/* Append what `b` holds; it is freed. */
static void
add_bio(struct buf *out, BIO *b)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);

	buf_add(out, p, (size_t)n);
	secret_wipe(p, (size_t)n);
	BIO_free(b);
}

enum err
net_tls_self_signed(
    const char *host, struct buf *chain_out, struct buf *key_out)
{
	BIO *chain = BIO_new(BIO_s_mem()), *secret = BIO_new(BIO_s_mem());
	EVP_PKEY *key = NULL;
	X509 *x = NULL;
	bool ok = false;

	if (!plain_host(host)) {
		BIO_free(chain);
		BIO_free(secret);
		return ERR_SYNTAX;
	}
	if (chain != NULL && secret != NULL &&
	    (key = EVP_EC_gen("P-256")) != NULL &&
	    (x = self_signed(host, key)) != NULL)
		ok = PEM_write_bio_X509(chain, x) == 1 &&
		     PEM_write_bio_PKCS8PrivateKey(
			 secret, key, NULL, NULL, 0, NULL, NULL) == 1;
	X509_free(x);
	EVP_PKEY_free(key);
	if (!ok) {
		BIO_free(chain);
		BIO_free(secret);
		ERR_clear_error();
		return ERR_NOMEM;
	}
	add_bio(chain_out, chain);
	add_bio(key_out, secret);
	return chain_out->err != ERR_OK ? chain_out->err : key_out->err;
}
