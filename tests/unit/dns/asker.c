/* Questions and answers as text (asker.h). */
#include "tests/unit/dns/asker.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[4096];

void
asker_begin(struct asker *a, const struct server_row *rows,
    const struct dns_settings *more)
{
	struct dns_settings s = {.ipv6 = true};
	struct buf why = BUF_INIT(1000);

	memset(a, 0, sizeof *a);
	a->loop = net_loop_new();
	server_start(&a->server, a->loop, rows);
	if (more != NULL)
		s = *more;
	if (s.server == NULL)
		s.server = a->server.address;
	if (!OK((a->dns = dns_new(a->loop, &s, &why)) != NULL))
		printf("%s\n", buf_cstr(&why));
	buf_fini(&why);
}

void
asker_end(struct asker *a)
{
	dns_free(&a->dns);
	server_stop(&a->server);
	net_loop_free(&a->loop);
}

static enum err said;

static void
done(struct dns_req *r, enum err e)
{
	said = e;
	OK(!r->busy);
}

static void
wait(struct asker *a, struct dns_req *r)
{
	OK(r->busy); /* never from inside the call */
	for (int i = 0; i < 3000 && r->busy; i++)
		net_loop_turn(a->loop, 10);
	OK(!r->busy);
}

const char *
asker_mx(struct asker *a, const char *domain)
{
	struct dns_mx_req q = {.r.done = done};
	size_t len;

	dns_mx(a->dns, &q, slice_str(domain));
	wait(a, &q.r);
	if (said != ERR_OK)
		return err_name(said);
	len = (size_t)snprintf(text, sizeof text, "%s%s", q.secure ? "+" : "",
	    q.implicit ? "implicit" : "");
	for (unsigned i = 0; i < q.n; i++)
		if (q.implicit)
			EQ_STR(q.host[i].name, domain);
		else
			len += (size_t)snprintf(text + len, sizeof text - len,
			    "%s%u %s", i == 0 ? "" : ", ", q.host[i].preference,
			    q.host[i].name);
	return text;
}

static int
compare(const void *x, const void *y)
{
	return strcmp(x, y);
}

const char *
asker_addrs(struct asker *a, const char *host)
{
	struct dns_addr_req q = {.r.done = done};
	char ip[DNS_ADDRS_MAX][64];
	size_t len;

	dns_addrs(a->dns, &q, slice_str(host));
	wait(a, &q.r);
	if (said != ERR_OK)
		return err_name(said);
	for (unsigned i = 0; i < q.n; i++) {
		struct buf b = BUF_INIT(64);

		net_addr_add_ip(&b, &q.addr[i]);
		EQ_INT(q.addr[i].port, 0);
		(void)snprintf(ip[i], sizeof ip[i], "%s", buf_cstr(&b));
		buf_fini(&b);
	}
	qsort(ip, q.n, sizeof *ip, compare);
	len = (size_t)snprintf(text, sizeof text, "%s", q.secure ? "+" : "");
	for (unsigned i = 0; i < q.n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s",
		    i == 0 ? "" : " ", ip[i]);
	return text;
}
