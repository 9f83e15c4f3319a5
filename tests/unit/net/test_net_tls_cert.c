#include "net/net_tls.h"

#include "../unit.h"
#include "base/clock.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

static X509 *
parse(const struct buf *pem)
{
	BIO *b = BIO_new_mem_buf(pem->p, (int)pem->len);
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);

	BIO_free(b);
	return x;
}

TEST(cert_self_signed)
{
	struct buf chain = BUF_INIT(10000), key = BUF_INIT(10000);
	struct buf why = BUF_INIT(100);
	long long now = (long long)(clock_wall_us() / 1000000), year = 31557600;
	struct net_tls *t;
	X509 *x;

	EQ_INT(net_tls_self_signed("mail.example.test", &chain, &key), ERR_OK);
	x = parse(&chain);
	OK(x != NULL);
	EQ_INT(X509_check_host(x, "mail.example.test", 0, 0, NULL), 1);
	EQ_INT(X509_check_host(x, "localhost", 0, 0, NULL), 1);
	EQ_INT(X509_check_host(x, "example.test", 0, 0, NULL), 0);
	EQ_INT(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
	EQ_INT(X509_verify(x, X509_get0_pubkey(x)), 1);
	EQ_INT(EVP_PKEY_get_bits(X509_get0_pubkey(x)), 256);
	OK(X509_cmp_current_time(X509_get0_notBefore(x)) < 0);
	X509_free(x);
	t = net_tls_new(buf_slice(&chain), buf_slice(&key), true, NULL, &why);
	OK(t != NULL);
	OK(net_tls_expiry(t) > now + 9 * year);
	OK(net_tls_expiry(t) < now + 11 * year);
	net_tls_unref(&t);
	OK(t == NULL);
	net_tls_unref(&t);
	buf_fini(&chain);
	buf_fini(&key);
	buf_fini(&why);
}

/* As a client does that was given the certificate as the one to trust, with
 * the strict rules of RFC 5280 that some clients apply. */
TEST(cert_self_signed_is_verified)
{
	struct buf chain = BUF_INIT(10000), key = BUF_INIT(10000);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *x;

	EQ_INT(net_tls_self_signed("h", &chain, &key), ERR_OK);
	x = parse(&chain);
	OK(X509_STORE_add_cert(store, x) == 1);
	OK(X509_STORE_set_flags(store, X509_V_FLAG_X509_STRICT) == 1);
	OK(X509_STORE_CTX_init(ctx, store, x, NULL) == 1);
	OK(X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER) == 1);
	EQ_INT(X509_verify_cert(ctx), 1);
	EQ_STR(
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)), "ok");
	EQ_INT(X509_check_ca(x), 0);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(x);
	buf_fini(&chain);
	buf_fini(&key);
}

TEST(cert_self_signed_hosts)
{
	static const struct {
		const char *host;
		enum err want;
	} cases[] = {
	    {"h",			 ERR_OK    },
	    {"192.0.2.1",                 ERR_OK    },
	    {"a-host-name-that-is-longer-than-sixty-four-octets.in-a-domain."
	     "example.test", ERR_OK    },
	    {"",			  ERR_SYNTAX},
	    {"a,DNS:bank.example",        ERR_SYNTAX},
	    {"a b",		       ERR_SYNTAX},
	    {"a\nb",		      ERR_SYNTAX},
	    {"m\xc3\xbcller.example",     ERR_SYNTAX},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf chain = BUF_INIT(10000), key = BUF_INIT(10000);
		const char *host = cases[i].host;
		X509 *x;

		unit_case(host);
		EQ_INT(net_tls_self_signed(host, &chain, &key), cases[i].want);
		if (cases[i].want == ERR_OK) {
			x = parse(&chain);
			OK(X509_check_host(x, host, 0, 0, NULL) == 1 ||
			    X509_check_ip_asc(x, host, 0) == 1);
			X509_free(x);
		} else {
			OK(chain.len == 0 && key.len == 0);
		}
		buf_fini(&chain);
		buf_fini(&key);
	}
}

TEST(cert_self_signed_into_a_small_buffer)
{
	struct buf chain = BUF_INIT(10000), key = BUF_INIT(10);

	EQ_INT(net_tls_self_signed("h", &chain, &key), ERR_TOOBIG);
	buf_fini(&chain);
	buf_fini(&key);
}

static void
add_pem(struct buf *out, BIO *b)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);

	buf_add(out, p, (size_t)n);
	BIO_free(b);
}

static void
encrypt_key(const struct buf *key, struct buf *out)
{
	BIO *in = BIO_new_mem_buf(key->p, (int)key->len);
	BIO *b = BIO_new(BIO_s_mem());
	EVP_PKEY *k = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);

	OK(PEM_write_bio_PKCS8PrivateKey(
	       b, k, EVP_aes_256_cbc(), "secret", 6, NULL, NULL) == 1);
	add_pem(out, b);
	EVP_PKEY_free(k);
	BIO_free(in);
}

/* RSA of 1024 bits: too short for the security level. */
static void
make_weak(struct buf *chain, struct buf *key)
{
	EVP_PKEY *k = EVP_RSA_gen(1024);
	X509 *x = X509_new();
	BIO *b = BIO_new(BIO_s_mem()), *c = BIO_new(BIO_s_mem());

	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 1000);
	X509_set_pubkey(x, k);
	X509_sign(x, k, EVP_sha256());
	PEM_write_bio_X509(b, x);
	PEM_write_bio_PrivateKey(c, k, NULL, NULL, 0, NULL, NULL);
	add_pem(chain, b);
	add_pem(key, c);
	X509_free(x);
	EVP_PKEY_free(k);
}

TEST(cert_errors)
{
	struct buf chain = BUF_INIT(10000), key = BUF_INIT(10000);
	struct buf chain2 = BUF_INIT(10000), key2 = BUF_INIT(10000);
	struct buf cut = BUF_INIT(10000), secret = BUF_INIT(10000);
	struct buf weak = BUF_INIT(10000), weak_key = BUF_INIT(10000);

	EQ_INT(net_tls_self_signed("one", &chain, &key), ERR_OK);
	EQ_INT(net_tls_self_signed("two", &chain2, &key2), ERR_OK);
	encrypt_key(&key, &secret);
	make_weak(&weak, &weak_key);
	buf_add(&cut, chain.p, chain.len);
	buf_add(&cut, chain.p, chain.len / 2); /* the second one is cut off */
	{
		const struct {
			const char *name;
			struct slice chain, key;
			const char *why; /* begins with */
		} cases[] = {
		    {"empty",     SLICE(""),         buf_slice(&key),
                     "certificate cannot be read"    },
		    {"not PEM",   SLICE("hello"),    buf_slice(&key),
                     "certificate cannot be read"    },
		    {"a key",     buf_slice(&key),   buf_slice(&key),
                     "certificate cannot be read"    },
		    {"cut",       buf_slice(&cut),   buf_slice(&key),
                     "certificate cannot be read"    },
		    {"no key",    buf_slice(&chain), SLICE(""),
                     "private key cannot be read"    },
		    {"not a key", buf_slice(&chain), buf_slice(&chain),
                     "private key cannot be read"    },
		    {"encrypted", buf_slice(&chain), buf_slice(&secret),
                     "private key is encrypted"      },
		    {"other key", buf_slice(&chain), buf_slice(&key2),
                     "key does not match certificate"},
		    {"weak",      buf_slice(&weak),  buf_slice(&weak_key),
                     "certificate is not fit for TLS"},
		};
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			struct buf why = BUF_INIT(1000);
			struct net_tls *t, *good;

			unit_case(cases[i].name);
			t = net_tls_new(
			    cases[i].chain, cases[i].key, false, NULL, &why);
			OK(t == NULL);
			EQ_SLICE(
			    slice_first(buf_slice(&why), strlen(cases[i].why)),
			    cases[i].why);
			buf_reset(&why);
			good = net_tls_new(buf_slice(&chain), buf_slice(&key),
			    false, NULL, &why);
			OK(net_tls_add_name(good, "x", cases[i].chain,
			       cases[i].key, &why) != ERR_OK);
			EQ_SLICE(
			    slice_first(buf_slice(&why), strlen(cases[i].why)),
			    cases[i].why);
			net_tls_unref(&good);
			buf_fini(&why);
		}
	}
	buf_fini(&cut);
	buf_fini(&secret);
	buf_fini(&weak);
	buf_fini(&weak_key);
	buf_fini(&chain);
	buf_fini(&key);
	buf_fini(&chain2);
	buf_fini(&key2);
}
