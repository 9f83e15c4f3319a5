/*
 * The resolver; the only user of libunbound, whose sockets and timers live in
 * our loop. It opens no file: what it needs comes by dns_settings.
 *
 * With a trust anchor answers are validated. A name server that cannot do that
 * must not make everything fail: when an answer is bogus, the root is asked
 * for. If that is bogus, too, it is not the domain that is wrong but what is
 * between us and the root, and a second context without anchor answers for a
 * while.
 */
#include "dns/dns.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "dns/dns_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

/* --- contexts ------------------------------------------------------------- */

static const struct {
	const char *option, *value;
} options[] = {
  /* forwarders may well be on this machine */
    {"do-not-query-localhost:", "no"   },
    {"msg-cache-size:",         "8m"   },
    {"rrset-cache-size:",       "16m"  },
    {"neg-cache-size:",         "1m"   },
    {"cache-max-ttl:",          "86400"},
    {"cache-max-negative-ttl:", "900"  },
    {"infra-keep-probing:",     "yes"  },
    {"outgoing-range:",         "256"  },
    {"num-queries-per-thread:", "4096" },
    {"edns-buffer-size:",       "1232" },
    {"do-daemonize:",           "no"   },
    {"use-syslog:",             "no"   },
};

static int
set_options(struct ub_ctx *ctx)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof options / sizeof *options && rc == 0; i++)
		rc =
		    ub_ctx_set_option(ctx, options[i].option, options[i].value);
	return rc;
}

static int
set_servers(const struct dns *d, struct ub_ctx *ctx)
{
	struct buf text = BUF_INIT(128);
	int rc = 0;

	for (unsigned i = 0; i < d->nservers && rc == 0; i++) {
		buf_reset(&text);
		net_addr_add_ip(&text, &d->server[i]);
		buf_addf(&text, "@%u", d->server[i].port);
		rc = ub_ctx_set_fwd(ctx, buf_cstr(&text));
	}
	buf_fini(&text);
	return rc;
}

/* Each line of the file that is a DS or DNSKEY record. */
static int
set_anchor(struct ub_ctx *ctx, struct slice root_key, bool *any)
{
	struct slice line;
	int rc = 0;

	while (root_key.len > 0 && rc == 0) {
		char text[4096];

		(void)slice_cut(&root_key, '\n', &line);
		line = slice_first(line, slice_find(line, ';'));
		line = slice_trim(line);
		if (line.len == 0 ||
		    slice_to_str(line, text, sizeof text) != ERR_OK)
			continue;
		rc = ub_ctx_add_ta(ctx, text);
		*any = true;
	}
	return rc;
}

static struct ub_ctx *
make_context(struct dns *d, struct slice root_key, const char **why)
{
	struct ub_ctx *ctx = ub_ctx_create_event(net_loop_base(d->loop));
	int rc;

	*why = "out of memory";
	if (ctx == NULL)
		return NULL;
	(void)ub_ctx_debugout(ctx, NULL);
	rc = set_options(ctx);
	if (rc == 0)
		rc = set_servers(d, ctx);
	if (rc == 0)
		rc = set_anchor(ctx, root_key, &d->anchored);
	/* What is below it is for its owner to say (RFC 6761 section 6.2). And
	 * here libunbound looks at all that was said before. */
	if (rc == 0)
		rc = ub_ctx_zone_add(ctx, "test.", "transparent");
	if (rc == 0)
		return ctx;
	*why = ub_strerror(rc);
	ub_ctx_delete(ctx);
	return NULL;
}

/* With the anchor, unless that is damaged. */
static struct ub_ctx *
make_strict(struct dns *d, struct slice root_key, const char **why)
{
	struct ub_ctx *ctx = make_context(d, root_key, why);

	if (ctx != NULL || !d->anchored)
		return ctx;
	log_textf(
	    LOG_WARN, "dnssec-off", "the root key cannot be used: %s", *why);
	d->anchored = false;
	return make_context(d, SLICE_NONE, why);
}

struct ub_ctx *
dns_plain(struct dns *d)
{
	const char *why;

	if (!d->anchored)
		return d->strict;
	if (d->plain == NULL)
		d->plain = make_context(d, SLICE_NONE, &why);
	return d->plain;
}

/* --- the resolver --------------------------------------------------------- */

static enum err
find_servers(struct dns *d, const struct dns_settings *s)
{
	if (s->server == NULL || s->server[0] == '\0') {
		d->nservers = dns_servers_read(s->resolv_conf, d->server);
		return ERR_OK;
	}
	d->nservers = 1;
	return net_addr_parse(slice_str(s->server), &d->server[0]);
}

struct dns *
dns_new(struct net_loop *l, const struct dns_settings *s, struct buf *why)
{
	struct dns *d = calloc(1, sizeof *d);
	const char *what = "out of memory";

	if (d == NULL) {
		buf_add_str(why, what);
		return NULL;
	}
	d->loop = l;
	d->ipv6 = s->ipv6;
	list_init(&d->asks);
	list_init(&d->reqs);
	if (find_servers(d, s) != ERR_OK)
		what = "the name server is not an address with port";
	else if (dns_hosts_read(&d->hosts, s->hosts) == ERR_OK)
		d->strict = make_strict(d, s->root_key, &what);
	if (d->strict != NULL)
		return d;
	buf_add_str(why, what);
	dns_free(&d);
	return NULL;
}

void
dns_free(struct dns **dp)
{
	struct dns *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	LIST_EACH_SAFE(&d->reqs, n)
	{
		dns_req_drop(LIST_ITEM(n, struct dns_req, node));
	}
	/* libunbound does not call back any more after this */
	if (d->strict != NULL)
		ub_ctx_delete(d->strict);
	if (d->plain != NULL)
		ub_ctx_delete(d->plain);
	dns_asks_fini(d);
	dns_hosts_fini(&d->hosts);
	free(d);
}
