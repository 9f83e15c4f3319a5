/* STARTTLS and implicit TLS: what is offered, and that nothing crosses the
 * handshake; also smtp_cmd_tls.c. */
#include "../unit.h"
#include "fake.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

static struct fake f;
static struct net_tls *tls;
static SSL *ssl;

static void
begin(unsigned mode)
{
	struct buf chain = BUF_INIT(65536), key = BUF_INIT(65536),
		   why = BUF_INIT(1000);

	EQ_INT(net_tls_self_signed("mail.example.test", &chain, &key), ERR_OK);
	tls =
	    net_tls_new(buf_slice(&chain), buf_slice(&key), false, NULL, &why);
	OK(tls != NULL);
	buf_fini(&chain);
	buf_fini(&key);
	buf_fini(&why);
	fake_init(&f, true);
	f.tls = tls;
	f.conf.listener[0].tls = mode;
	f.conf.listener[0].plaintext_auth = false;
	fake_connect(&f);
}

static void
end(void)
{
	SSL_free(ssl);
	ssl = NULL;
	fake_fini(&f);
	net_tls_unref(&tls);
}

static bool
shake_hands(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int r = 0;

	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	SSL_set_fd(ssl, f.fd);
	for (unsigned i = 0; i < 1000 && r != 1; i++) {
		r = SSL_connect(ssl);
		fake_turn(&f);
	}
	return r == 1;
}

/* Say it inside TLS; what has come in answer. */
static const char *
talk(const char *text)
{
	static char said[8192];
	size_t len = 0;

	if (text[0] != '\0')
		OK(SSL_write(ssl, text, (int)strlen(text)) > 0);
	for (unsigned i = 0; i < 100; i++) {
		int n = SSL_read(ssl, said + len, (int)(sizeof said - 1 - len));

		len += n > 0 ? (size_t)n : 0;
		fake_turn(&f);
	}
	said[len] = '\0';
	return said;
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool
said_in_clear(const char *want)
{
	bool ok = slice_starts(buf_slice(&f.in), slice_str(want));

	buf_reset(&f.in);
	return ok;
}

TEST(smtp_tls_starttls)
{
	const char *ehlo;

	begin(CONF_TLS_STARTTLS);
	OK(said_in_clear("220 "));
	fake_send(&f, SLICE("STARTTLS\r\n"));
	OK(said_in_clear("503 5.5.1 Send EHLO first"));
	fake_send(&f, SLICE("EHLO before.test\r\n"));
	OK(slice_find_slice(buf_slice(&f.in), SLICE("STARTTLS")) < f.in.len);
	OK(slice_find_slice(buf_slice(&f.in), SLICE("AUTH")) == f.in.len);
	buf_reset(&f.in);
	fake_send(&f, SLICE("AUTH PLAIN =\r\n"));
	OK(said_in_clear("538 5.7.11"));
	fake_send(&f, SLICE("STARTTLS now\r\n"));
	OK(said_in_clear("501 5.5.4"));
	fake_send(&f, SLICE("STARTTLS\r\n"));
	OK(said_in_clear("220 2.0.0"));
	OK(shake_hands());

	OK(starts(talk(""), "")); /* it does not greet again */
	OK(starts(talk("MAIL FROM:<>\r\n"), "503 5.5.1 Send EHLO first"));
	ehlo = talk("EHLO inside.test\r\n");
	OK(strstr(ehlo, "STARTTLS") == NULL);
	OK(strstr(ehlo, "250-AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n") != NULL);
	OK(starts(talk("STARTTLS\r\n"), "503 5.5.1 TLS is active"));
	OK(starts(
	    talk("AUTH PLAIN AGJvYkBleGFtcGxlLnRlc3QAc2VjcmV0\r\n"), "235 "));
	OK(starts(talk("MAIL FROM:<bob@example.test>\r\n"
		       "RCPT TO:<alice@example.test>\r\nDATA\r\n"),
	    "250 2.1.0"));
	OK(starts(talk("x\r\n.\r\n"), "250 2.0.0 Ok "));
	OK(slice_find_slice(buf_slice(&f.mail.text), SLICE("with ESMTPSA")) <
	    f.mail.text.len);
	OK(slice_find_slice(buf_slice(&f.mail.text), SLICE("inside.test")) <
	    f.mail.text.len);
	OK(f.mail.ticket);
	end();
}

/* Whatever came in clear behind STARTTLS ends the connection. */
TEST(smtp_tls_injection)
{
	begin(CONF_TLS_STARTTLS);
	OK(said_in_clear("220 "));
	fake_send(&f, SLICE("EHLO a.test\r\nSTARTTLS\r\nNOOP\r\n"));
	OK(slice_ends(buf_slice(&f.in),
	    SLICE("501 5.5.2 Nothing may follow STARTTLS, closing\r\n")));
	OK(f.closed);
	end();
}

/* In a transaction it is out of sequence, and the transaction goes on. */
TEST(smtp_tls_in_transaction)
{
	begin(CONF_TLS_STARTTLS);
	f.conf.listener[0].auth = CONF_AUTH_OFF;
	fake_connect(&f);
	OK(said_in_clear("220 "));
	fake_send(&f, SLICE("EHLO a.test\r\nMAIL FROM:<>\r\n"));
	buf_reset(&f.in);
	fake_send(&f, SLICE("STARTTLS\r\n"));
	OK(said_in_clear("503 5.5.1"));
	fake_send(&f, SLICE("RCPT TO:<alice@example.test>\r\n"));
	OK(said_in_clear("250 2.1.5"));
	end();
}

TEST(smtp_tls_implicit)
{
	const char *ehlo;

	begin(CONF_TLS_IMPLICIT);
	EQ_INT(f.in.len, 0);
	OK(shake_hands());
	OK(starts(talk(""), "220 mail.example.test ESMTP"));
	ehlo = talk("EHLO a.test\r\n");
	OK(starts(ehlo, "250-mail"));
	OK(strstr(ehlo, "STARTTLS") == NULL);
	end();

	/* somebody who speaks in clear learns nothing */
	begin(CONF_TLS_IMPLICIT);
	fake_send(&f, SLICE("EHLO a.test\r\n"));
	fake_run(&f);
	OK(slice_find_slice(buf_slice(&f.in), SLICE("250")) == f.in.len);
	OK(list_empty(&f.host.sessions));
	end();
}

/* Stopping within a handshake: no word in clear, no wait. */
TEST(smtp_tls_stop_in_handshake)
{
	begin(CONF_TLS_IMPLICIT);
	smtp_host_stop(&f.host);
	fake_run(&f);
	EQ_INT(f.in.len, 0);
	OK(list_empty(&f.host.sessions));
	end();
}
