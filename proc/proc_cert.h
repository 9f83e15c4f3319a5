#ifndef PROC_CERT_H
#define PROC_CERT_H
/* The certificates a parent hands to a child, from messages to TLS settings. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "net/net_tls.h"
#include "proc/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proc_cert { /* one msg_cert */
	char name[256];
	size_t chain_len;
	struct buf pem; /* chain, then key */
};

struct proc_certs { /* all zero: empty */
	struct proc_cert cert[CONF_SNI + 1];
	unsigned count;
	uint8_t ticket_key[NET_TLS_TICKET_KEY];
};

/* How many certificates come with this configuration: none when no listener
 * speaks TLS, whatever tls.certificate says. */
unsigned proc_certs_count(const struct conf *conf);
/*
 * Add one message with its tail; number 0 starts afresh. ERR_PROTO out of
 * order, ERR_NOMEM.
 */
enum err proc_certs_add(
    struct proc_certs *c, const struct msg_cert *m, struct slice tail);
/* new; NULL, and a line for people in *why, when they cannot be used */
struct net_tls *proc_certs_build(
    const struct proc_certs *c, bool min_13, struct buf *why);
/* Forget them all, and wipe the memory. */
void proc_certs_wipe(struct proc_certs *c);

#endif
