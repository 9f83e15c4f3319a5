/* Would the server take the certificates that a configuration names? */
#include "ctl/ctl_check_tls.h"

#include "base/clock.h"
#include "ctl/ctl_file.h"
#include "ctl/ctl_out.h"
#include "net/net_tls.h"

#include <stdio.h>

enum { PEM_MAX = 1024 * 1024, SOON_DAYS = 14 };

struct pair {
	const char *section, *certificate, *key;
	const char *host; /* clients come for this name; "*.": for many */
	bool min_13;
};

static bool
is_for(const struct net_tls *t, const char *host)
{
	char one[CONF_TEXT + 16];

	if (host[0] != '*')
		return net_tls_is_for(t, host);
	(void)snprintf(one, sizeof one, "any%s", host + 1);
	return net_tls_is_for(t, one);
}

static void
look_at(const struct pair *p, const struct net_tls *t, struct buf *messages)
{
	long long now = (long long)(clock_wall_us() / 1000000);
	long long left = net_tls_expiry(t) - now;

	if (left <= 0)
		buf_addf(messages,
		    "warning: %s.certificate: %s has expired, clients will "
		    "refuse it\n",
		    p->section, p->certificate);
	else if (left < SOON_DAYS * 86400LL)
		buf_addf(messages,
		    "warning: %s.certificate: %s expires in %lld days\n",
		    p->section, p->certificate, left / 86400);
	if (!is_for(t, p->host))
		buf_addf(messages,
		    "warning: %s.certificate: %s is not for %s, clients will "
		    "refuse it\n",
		    p->section, p->certificate, p->host);
}

static bool
check_pair(const struct pair *p, struct buf *messages)
{
	struct buf chain = BUF_INIT(PEM_MAX), key = BUF_INIT(PEM_MAX);
	struct buf why = BUF_INIT(1024);
	struct net_tls *t = NULL;
	bool read = ctl_file_read(p->certificate, &chain) == EX_OK &&
		    ctl_file_read(p->key, &key) == EX_OK;

	if (read)
		t = net_tls_new(
		    buf_slice(&chain), buf_slice(&key), p->min_13, NULL, &why);
	if (t != NULL)
		look_at(p, t, messages);
	else if (read)
		buf_addf(messages, "%s: %s with %s: %s\n", p->section,
		    p->certificate, p->key, buf_cstr(&why));
	read = t != NULL;
	net_tls_unref(&t);
	buf_fini(&why);
	buf_wipe(&key);
	buf_fini(&chain);
	return read;
}

static bool
is_used(const struct conf *c)
{
	for (uint32_t i = 0; i < c->nlisteners; i++)
		if (c->listener[i].tls != CONF_TLS_OFF)
			return true;
	return c->tls.nsni > 0;
}

bool
ctl_check_tls(const struct conf *c, struct buf *messages)
{
	struct pair p = {
	    "tls", c->tls.certificate, c->tls.key, c->hostname, c->tls.min_13};
	char section[CONF_TEXT + 16];
	bool ok = true;

	if (!is_used(c))
		return true;
	ok = check_pair(&p, messages);
	for (uint32_t i = 0; i < c->tls.nsni; i++) {
		(void)snprintf(
		    section, sizeof section, "tls.sni.%s", c->tls.sni[i].name);
		p.section = section;
		p.certificate = c->tls.sni[i].certificate;
		p.key = c->tls.sni[i].key;
		p.host = c->tls.sni[i].name;
		ok = check_pair(&p, messages) && ok;
	}
	return ok;
}
