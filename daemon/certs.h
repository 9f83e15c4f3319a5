#ifndef DAEMON_CERTS_H
#define DAEMON_CERTS_H
/* Certificates and keys: read by the parent, which alone may, and handed on. */
#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "proc/chan.h"
#include "proc/proc_cert.h"

#include <stdbool.h>
#include <stdint.h>

struct certs {
	struct proc_certs set; /* set.count == 0: no TLS */
	uint64_t stamp;        /* of the files, when they were read */
};

/*
 * Read what conf names and try it: *c is replaced only when all of it can be
 * used; else a line for people is appended to why. ticket_key is what all
 * processes share.
 */
enum err certs_read(struct certs *c, const struct conf *conf,
    const uint8_t ticket_key[NET_TLS_TICKET_KEY], struct buf *why);
void certs_wipe(struct certs *c);
/* A number that changes when one of the files does. */
uint64_t certs_stamp(const struct conf *conf);
enum err certs_send(const struct certs *c, struct chan *chan);

#endif
