/* route test: what would happen now to mail for an address. */
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rows.h"
#include "ctl/ctl_rpc.h"
#include "mime/mime_addr.h"
#include "store/store_route.h"

#include <stdio.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

enum { ASKED_MAX = 100 }; /* addresses elsewhere of one alias */

static const struct ctl_column columns[] = {
    {"LEADS TO", "to",  CTL_TEXT},
    {"HOW",      "how", CTL_TEXT},
    {"VIA",      "via", CTL_TEXT},
};

static void
put(struct ctl_table *t, struct slice to, const char *how, struct slice via)
{
	ctl_put_text(t, to);
	ctl_put_text(t, slice_str(how));
	if (via.len > 0)
		ctl_put_text(t, via);
	ctl_row_end(t);
}

/* Where it leads on this server. */
static int
print_dests(struct ctl *c, const struct store_dests *d)
{
	struct ctl_table *t = ctl_table_begin(c, columns, NITEMS(columns));

	for (unsigned i = 0; i < d->n; i++)
		put(t, slice_of(d->dest[i].name, d->dest[i].name_len),
		    "mailbox", SLICE_NONE);
	for (unsigned i = 0; i < d->nremotes; i++) {
		const struct store_remote *r = &d->remote[i];

		put(t, mime_addr_slice(&r->addr),
		    r->via.len > 0 ? "forwarded" : "sent",
		    mime_addr_slice(&r->via));
	}
	return ctl_table_end(&t) ? EX_OK : EX_IOERR;
}

/* How the relay process would send to one address elsewhere, as it says. */
static int
ask_relay(struct ctl *c, struct slice addr)
{
	struct ctl_rows *rows = ctl_rows_begin(c);
	enum err e;
	int status;

	if (!c->json)
		putchar('\n');
	e = ctl_rpc_control(
	    c->rpc, CONTROL_ROUTE_TEST, 0, 0, addr, ctl_rows_add, rows, NULL);
	status = ctl_rows_end(&rows);
	return e == ERR_OK ? status : ctl_fail_err(e, "route test", addr);
}

static enum err
find(struct ctl *c, struct slice addr, struct store_dests *out)
{
	struct store_getter getter = ctl_getter(c);
	struct store_route_how how = {.relay = true};

	return store_route(&getter, &c->conf, &how, addr, out);
}

int
ctl_route_test(struct ctl *c)
{
	struct store_dests d = STORE_DESTS_INIT;
	struct mime_addr a;
	int status = EX_OK;
	enum err e;

	if (mime_addr_parse(slice_str(c->arg[0]), &a) != ERR_OK)
		return ctl_fail(
		    EX_DATAERR, "\"%s\" is not an address", c->arg[0]);
	e = find(c, mime_addr_slice(&a), &d);
	if (e == ERR_NOENT)
		status = ctl_fail(EX_NOUSER,
		    "there is no %s: mail for it is refused (550 5.1.1)",
		    c->arg[0]);
	else if (e != ERR_OK)
		status = ctl_fail_err(e, "route test", slice_str(c->arg[0]));
	else
		status = print_dests(c, &d);
	for (unsigned i = 0; status == EX_OK && i < d.nremotes && i < ASKED_MAX;
	     i++)
		status = ask_relay(c, mime_addr_slice(&d.remote[i].addr));
	store_dests_fini(&d);
	return status;
}
