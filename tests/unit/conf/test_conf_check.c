#include "base/buf.h"
#include "conf/conf.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
base(struct conf *c)
{
	conf_defaults(c);
	strcpy(c->hostname, "mx.example.org");
	/* accounts that are everywhere */
	strcpy(c->user, "root");
	strcpy(c->front_user, "nobody");
	strcpy(c->tls.certificate, "/dev/null");
	strcpy(c->tls.key, "/dev/null");
	for (uint32_t i = 0; i < c->nlisteners; i++) {
		c->listener[i].tls = CONF_TLS_OFF;
		c->listener[i].plaintext_auth = true;
		for (uint32_t j = 0; j < c->listener[i].naddr; j++)
			(void)net_addr_parse(
			    j == 0 ? SLICE("127.0.0.1:1") : SLICE("[::1]:1"),
			    &c->listener[i].addr[j]);
		for (uint32_t j = 0; j < c->listener[i].naddr; j++)
			c->listener[i].addr[j].port = (uint16_t)(1000 + i);
	}
}

static void
tls_without_certificate(struct conf *c)
{
	c->tls.certificate[0] = c->tls.key[0] = '\0';
	c->listener[1].tls = CONF_TLS_REQUIRE;
}

static void
certificate_without_key(struct conf *c)
{
	c->tls.key[0] = '\0';
	c->listener[1].tls = CONF_TLS_REQUIRE;
}

static void
no_certificate_file(struct conf *c)
{
	strcpy(c->tls.certificate, "/nonexistent/cert");
	c->tls.key[0] = '\0';
	strcpy(c->tls.key, "/etc/passwd");
	c->listener[0].tls = CONF_TLS_STARTTLS;
}

static void
same_address(struct conf *c)
{
	c->listener[3].addr[1] = c->listener[0].addr[1];
}

static void
any_address(struct conf *c)
{
	(void)net_addr_parse(SLICE("0.0.0.0:1003"), &c->listener[4].addr[0]);
}

static void
no_login_possible(struct conf *c)
{
	c->listener[3].plaintext_auth = false;
}

static void
pop3_without_login(struct conf *c)
{
	c->listener[3].auth = CONF_AUTH_OPTIONAL;
}

static void
no_address(struct conf *c)
{
	c->listener[2].naddr = 0;
}

static void
bad_names(struct conf *c)
{
	strcpy(c->hostname, "a b");
	strcpy(c->postmaster, "a b@c");
	strcpy(c->subaddress, "a");
	c->auth.mechanisms = 0;
}

static void
long_socket(struct conf *c)
{
	memset(c->admin.socket, 'a', 150);
	c->admin.socket[0] = '/';
	c->admin.socket[150] = '\0';
}

static void
no_group(struct conf *c)
{
	strcpy(c->admin.group, "no-such-group-here");
}

static void
clear_passwords(struct conf *c)
{
	(void)net_addr_parse(SLICE("192.0.2.1:110"), &c->listener[3].addr[0]);
}

static void
sni_without_files(struct conf *c)
{
	c->tls.nsni = 1;
	strcpy(c->tls.sni[0].name, "a.example");
}

static void
no_listener(struct conf *c)
{
	c->nlisteners = 0;
}

static struct conf_route *
route(struct conf *c)
{
	c->outbound.nroutes = 1;
	strcpy(c->outbound.route[0].name, "a.example");
	return &c->outbound.route[0];
}

static void
relay_without_password(struct conf *c)
{
	strcpy(c->outbound.all.relay, "smtps://bob@mx.example");
	strcpy(route(c)->fallback, "smtps://bob@mx.example");
}

static void
password_without_user(struct conf *c)
{
	strcpy(c->outbound.all.relay, "smtps://mx.example");
	strcpy(c->outbound.all.password_file, "/etc/passwd");
	strcpy(route(c)->password_file, "/etc/passwd");
}

static void
host_without_dot(struct conf *c)
{
	strcpy(c->hostname, "mail");
}

static void
no_password_file(struct conf *c)
{
	strcpy(c->outbound.all.relay, "smtps://bob@mx.example");
	strcpy(c->outbound.all.password_file, "/nonexistent/pw");
}

static void
public_password(struct conf *c)
{
	strcpy(c->outbound.all.relay, "submission://bob@mx.example");
	strcpy(c->outbound.all.password_file, "/etc/passwd");
}

static void
verify_an_address(struct conf *c)
{
	c->outbound.all.tls = CONF_OUT_VERIFY;
	strcpy(route(c)->relay, "smtp://192.0.2.1");
}

static void
implicit_but_never(struct conf *c)
{
	strcpy(route(c)->relay, "smtps://mx.example");
	c->outbound.route[0].tls = CONF_OUT_NEVER;
}

static const struct {
	const char *name;
	void (*change)(struct conf *);
	const char *want; /* part of the messages; "": none at all */
	bool ok;
} cases[] = {
    {"good",		    base,		    "",					   true },
    {"tls without certificate", tls_without_certificate,
     "listen.submission.tls: needs a certificate",                                                     false},
    {"certificate without key", certificate_without_key,
     "tls: certificate and key need each other",						       false},
    {"no certificate file",     no_certificate_file,
     "tls.certificate: /nonexistent/cert: No such file or directory\n"
	"warning: tls.key: /etc/passwd can be read by everybody (chmod o-r)\n",			false},
    {"same address",            same_address,
     "listen.pop3.address: [::1]:1000 is taken by listen.smtp\n",                                      false},
    {"address within all",      any_address,
     "listen.pop3s.address: 0.0.0.0:1003 is taken by listen.pop3\n",                                   false},
    {"no login possible",       no_login_possible,
     "listen.pop3.plaintext_auth: nobody can log in here",                                             false},
    {"pop3 without login",      pop3_without_login,
     "listen.pop3.auth: POP3 always needs a login",                                                    false},
    {"no address",              no_address,              "listen.submissions.address: is missing\n",
     false												  },
    {"bad names",               bad_names,
     "hostname: \"a b\" is not a host name\n"
	"postmaster: \"a b@c\" is not an address\n"
	"smtp.subaddress: \"a\" is not one of + - = _\n"
	"auth.mechanisms: there is none, so nobody can log in\n",				      false},
    {"host without dot",        host_without_dot,
     "warning: hostname: \"mail\" has no dot",							 true },
    {"long socket",             long_socket,             "admin.socket: the path of the admin socket",
     false												  },
    {"no group",                no_group,
     "admin.group: there is no group \"no-such-group-here\"",                                          false},
    {"passwords in clear",      clear_passwords,
     "warning: listen.pop3.plaintext_auth: passwords can cross the network "
	"in clear\n",										  true },
    {"sni without files",       sni_without_files,
     "tls.sni.a.example.certificate: is missing",						      false},
    {"relay without password",  relay_without_password,
     "outbound.relay_password_file: is missing: outbound.relay names a "
	"user\n"
	"outbound.route.a.example.fallback_password_file: is missing: "
	"outbound.route.a.example.fallback names a user\n",					    false},
    {"password without user",   password_without_user,
     "outbound.relay_password_file: is for a user, and outbound.relay names "
	"none\noutbound.route.a.example.relay_password_file: is for a user",			   false},
    {"no password file",        no_password_file,
     "outbound.relay_password_file: /nonexistent/pw: No such file",                                    false},
    {"public password",         public_password,
     "warning: outbound.relay_password_file: /etc/passwd can be read by "
	"everybody (chmod o-r)\nwarning: outbound.tls: the password for "
	"outbound.relay can cross the network in clear (tls = require)\n",			     true },
    {"verify an address",       verify_an_address,
     "outbound.route.a.example.tls: verify needs the name of the server",			      false},
    {"implicit but never",      implicit_but_never,
     "outbound.route.a.example.tls: never, but "
	"outbound.route.a.example.relay "
	"begins with TLS\n",									   false},
    {"no listener",             no_listener,             "listen: there is no listener",               false},
};

TEST(conf_check_whole)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static struct conf c;
		struct buf errors = BUF_INIT(10000);

		unit_case(cases[i].name);
		base(&c);
		cases[i].change(&c);
		EQ_INT(conf_check(&c, &errors), cases[i].ok);
		if (*cases[i].want == '\0')
			EQ_SLICE(buf_slice(&errors), "");
		else if (!OK(strstr(buf_cstr(&errors), cases[i].want) != NULL))
			printf("%s\n", buf_cstr(&errors));
		buf_fini(&errors);
	}
}
