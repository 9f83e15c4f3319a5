/* Collecting certificates and making TLS settings of them. */
#include "proc/proc_cert.h"

#include "base/secret.h"

#include <string.h>

enum { PEM_MAX = 1 << 20 };

_Static_assert(sizeof((struct msg_cert *)0)->ticket_key == NET_TLS_TICKET_KEY,
    "the message has room for the key");

unsigned
proc_certs_count(const struct conf *conf)
{
	if (conf->tls.certificate[0] != '\0')
		for (uint32_t i = 0; i < conf->nlisteners; i++)
			if (conf->listener[i].naddr > 0 &&
			    conf->listener[i].tls != CONF_TLS_OFF)
				return conf->tls.nsni + 1;
	return 0;
}

enum err
proc_certs_add(
    struct proc_certs *c, const struct msg_cert *m, struct slice tail)
{
	struct proc_cert *cert;

	if (m->index == 0)
		proc_certs_wipe(c);
	if (m->index != c->count ||
	    c->count == sizeof c->cert / sizeof *c->cert)
		return ERR_PROTO;
	cert = &c->cert[c->count++];
	memcpy(cert->name, m->name, sizeof cert->name);
	cert->chain_len = m->chain_len;
	buf_init(&cert->pem, PEM_MAX);
	buf_add_slice(&cert->pem, tail);
	memcpy(c->ticket_key, m->ticket_key, sizeof c->ticket_key);
	return cert->pem.err;
}

static struct slice
chain_pem(const struct proc_cert *cert)
{
	return slice_first(buf_slice(&cert->pem), cert->chain_len);
}

static struct slice
key_pem(const struct proc_cert *cert)
{
	return slice_skip(buf_slice(&cert->pem), cert->chain_len);
}

struct net_tls *
proc_certs_build(const struct proc_certs *c, bool min_13, struct buf *why)
{
	struct net_tls *t = net_tls_new(chain_pem(&c->cert[0]),
	    key_pem(&c->cert[0]), min_13, c->ticket_key, why);

	for (unsigned i = 1; t != NULL && i < c->count; i++)
		if (net_tls_add_name(t, c->cert[i].name, chain_pem(&c->cert[i]),
			key_pem(&c->cert[i]), why) != ERR_OK)
			net_tls_unref(&t);
	return t;
}

void
proc_certs_wipe(struct proc_certs *c)
{
	for (unsigned i = 0; i < c->count; i++)
		buf_wipe(&c->cert[i].pem);
	secret_wipe(c, sizeof *c);
}
