/* The life of one question: to libunbound, around DNSSEC, and back. */
#include "dns/dns_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

enum {
	CLASS_IN = 1,
	PATIENCE_MS = 60 * 1000, /* for one question */
	DISTRUST_MS = 10 * 60 * 1000,
	PACKET_MAX = 65535,
	ASKS_MAX = 4096 /* at a time */
};
/* what libunbound says about an answer */
enum { SEC_INSECURE, SEC_BOGUS, SEC_SECURE };

enum phase { FIRST, PROBE, PLAIN };

struct dns_ask {
	struct list_node node;
	struct dns *dns;
	char name[DNS_NAME_MAX + 1];
	enum dns_type type;
	enum phase phase;
	bool waiting; /* libunbound has it */
	void (*take)(void *ctx, enum err e, struct slice packet, bool secure);
	void *ctx; /* take NULL: nobody is interested any more */
	/* the result, on its way */
	struct net_later later;
	struct net_timer patience;
	enum err err;
	bool secure;
	struct buf packet;
};

static void
ask_free(struct dns_ask *a)
{
	net_later_remove(a->dns->loop, &a->later);
	net_timer_clear(&a->patience);
	list_remove(&a->dns->asks, &a->node);
	buf_fini(&a->packet);
	free(a);
}

void
dns_asks_fini(struct dns *d)
{
	LIST_EACH_SAFE(&d->asks, n)
	{
		ask_free(LIST_ITEM(n, struct dns_ask, node));
	}
}

/* The end: take is called from the loop, not from within libunbound or the
 * caller's question. */
static void
finish(struct dns_ask *a, enum err e)
{
	a->err = e;
	net_timer_clear(&a->patience);
	net_later_add(a->dns->loop, &a->later);
}

static void
deliver(void *ctx)
{
	struct dns_ask *a = ctx;
	void (*take)(void *, enum err, struct slice, bool) = a->take;
	void *taker = a->ctx;
	enum err e = a->err;
	bool secure = a->secure;
	struct buf packet = a->packet;

	a->take = NULL;
	buf_init(&a->packet, PACKET_MAX);
	if (!a->waiting) /* else libunbound's callback is still to come */
		ask_free(a);
	if (take != NULL)
		take(taker, e, buf_slice(&packet), secure);
	buf_fini(&packet);
}

static void send_ask(struct dns_ask *a);

/* Bogus: is it this name, or everything? */
static void
doubt(struct dns_ask *a)
{
	a->phase = a->phase == FIRST ? PROBE : PLAIN;
	if (a->phase == PLAIN) {
		if (a->dns->distrust_until_ms < clock_mono_ms())
			log_textf(LOG_WARN, "dnssec-off",
			    "the name server's answers about the root cannot "
			    "be "
			    "validated; going on without");
		a->dns->distrust_until_ms = clock_mono_ms() + DISTRUST_MS;
	}
	send_ask(a);
}

/* The rcode is in the packet. */
static bool
is_answer(const void *packet, int len)
{
	const uint8_t *p = packet;
	unsigned rcode;

	if (p == NULL || len < 4)
		return false;
	rcode = p[3] & 15u;
	return rcode == DNS_OK || rcode == DNS_NXDOMAIN;
}

static void
answered(void *arg, int rcode, void *packet, int len, int sec, char *why,
    int limited)
{
	struct dns_ask *a = arg;

	(void)why;
	(void)limited;
	a->waiting = false;
	if (a->take == NULL) { /* nobody waits */
		net_later_add(a->dns->loop, &a->later);
		return;
	}
	if (sec == SEC_BOGUS && a->phase != PLAIN) {
		doubt(a);
		return;
	}
	if (a->phase == PROBE) { /* the root is all right */
		finish(a, ERR_CORRUPT);
		return;
	}
	if (rcode != DNS_OK || !is_answer(packet, len)) {
		finish(a, ERR_RETRY);
		return;
	}
	a->secure = sec == SEC_SECURE;
	buf_add(&a->packet, packet, (size_t)len);
	finish(a, a->packet.err == ERR_OK ? ERR_OK : ERR_RETRY);
}

static void
send_ask(struct dns_ask *a)
{
	struct dns *d = a->dns;
	struct ub_ctx *ctx = a->phase == PLAIN ? dns_plain(d) : d->strict;
	bool probe = a->phase == PROBE;
	int id, rc = -1;

	a->waiting = true;
	if (ctx != NULL)
		rc = ub_resolve_event(ctx, probe ? "." : a->name,
		    probe ? DNS_DNSKEY : (int)a->type, CLASS_IN, a, answered,
		    &id);
	if (rc == 0)
		return; /* which may have called back already */
	a->waiting = false;
	finish(a, ERR_RETRY);
}

static void
impatient(void *ctx)
{
	struct dns_ask *a = ctx;

	finish(a, ERR_RETRY);
}

struct dns_ask *
dns_ask_new(struct dns *d, const char *name, enum dns_type type,
    void (*take)(void *ctx, enum err e, struct slice packet, bool secure),
    void *ctx)
{
	struct dns_ask *a;

	if (d->asks.count >= ASKS_MAX || (a = calloc(1, sizeof *a)) == NULL)
		return NULL;
	a->dns = d;
	a->type = type;
	a->take = take;
	a->ctx = ctx;
	(void)slice_to_str(slice_str(name), a->name, sizeof a->name);
	buf_init(&a->packet, PACKET_MAX);
	net_later_init(&a->later, deliver, a);
	net_timer_init(&a->patience, d->loop, impatient, a);
	list_push_back(&d->asks, &a->node);
	if (d->distrust_until_ms > clock_mono_ms())
		a->phase = PLAIN;
	if (net_timer_set(&a->patience, PATIENCE_MS) != ERR_OK) {
		ask_free(a);
		return NULL;
	}
	send_ask(a);
	return a;
}

void
dns_ask_forget(struct dns_ask **ap)
{
	struct dns_ask *a = *ap;

	*ap = NULL;
	if (a == NULL)
		return;
	a->take = NULL;
	net_timer_clear(&a->patience);
	if (!a->waiting)
		ask_free(a);
}
