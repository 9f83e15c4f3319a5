/* What EHLO announces, and when. */
#include "../unit.h"
#include "smtp/smtp_ext.h"

#include <string.h>

static struct conf conf;
static struct smtp_facts facts = {.conf = &conf, .listener = conf.listener};

TEST(smtp_ext_open_when)
{
	static const struct {
		const char *name;
		unsigned tls, auth;
		bool plain, has_tls, secure, starttls, login;
	} cases[] = {
	    {"25 in clear",      CONF_TLS_STARTTLS, CONF_AUTH_OFF,      false, true,
             false,									  true,  false},
	    {"25 in tls",        CONF_TLS_STARTTLS, CONF_AUTH_OFF,      false, true,  true,
             false,										 false},
	    {"25, no cert",      CONF_TLS_STARTTLS, CONF_AUTH_OFF,      false, false,
             false,									  false, false},
	    {"587 in clear",     CONF_TLS_REQUIRE,  CONF_AUTH_REQUIRED, false, true,
             false,									  true,  false},
	    {"587 in tls",       CONF_TLS_REQUIRE,  CONF_AUTH_REQUIRED, false, true,
             true,									   false, true },
	    {"465",              CONF_TLS_IMPLICIT, CONF_AUTH_REQUIRED, false, true,  true,
             false,										 true },
	    {"loopback",         CONF_TLS_OFF,      CONF_AUTH_OPTIONAL, true,  true,  false,
             false,										 true },
	    {"auth without tls", CONF_TLS_OFF,      CONF_AUTH_OPTIONAL, false, false,
             false,									  false, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		conf.listener[0].tls = cases[i].tls;
		conf.listener[0].auth = cases[i].auth;
		conf.listener[0].plaintext_auth = cases[i].plain;
		facts.has_tls = cases[i].has_tls;
		facts.secure = cases[i].secure;
		EQ_INT(smtp_ext_open(SMTP_EXT_STARTTLS, &facts),
		    cases[i].starttls);
		EQ_INT(smtp_ext_open(SMTP_EXT_AUTH, &facts), cases[i].login);
		OK(smtp_ext_open(SMTP_EXT_SIZE, &facts));
	}
}

TEST(smtp_ext_lines)
{
	struct buf b = BUF_INIT(4096);

	conf.limits.message_size = 1000;
	conf.limits.recipients = 100;
	conf.listener[0].tls = CONF_TLS_IMPLICIT;
	conf.listener[0].auth = CONF_AUTH_REQUIRED;
	facts.secure = facts.has_tls = true;
	smtp_ext_add_all(&b, &facts);
	EQ_SLICE(buf_slice(&b),
	    "250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n"
	    "250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250-CHUNKING\r\n"
	    "250-SMTPUTF8\r\n250-AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n"
	    "250-LIMITS RCPTMAX=100\r\n250 HELP\r\n");
	buf_fini(&b);
}
