/* status, reload, stop, ban, serve. */
#include "base/buf.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_link.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"
#include "ctl/ctl_rows.h"
#include "ctl/ctl_rpc.h"

#include <string.h>

/* recipients that status looks at: ten pages, a fraction of a second */
enum { STATUS_QUEUE_MAX = 10000 };

/* Ask, and print the rows of the answer. */
static enum err
ask(struct ctl *c, enum control_what what, uint64_t *value_out, unsigned *n_out)
{
	struct ctl_rows *rows = ctl_rows_begin(c);
	enum err e = ctl_rpc_control(
	    c->rpc, what, 0, 0, SLICE_NONE, ctl_rows_add, rows, value_out);

	*n_out = ctl_rows_count(rows);
	if (ctl_rows_end(&rows) != EX_OK && e == ERR_OK)
		e = ERR_IO;
	return e;
}

int
ctl_status(struct ctl *c)
{
	uint64_t value;
	unsigned n;
	enum err e = ask(c, CONTROL_STATUS, &value, &n);

	if (e != ERR_OK)
		return ctl_fail_err(e, "status", SLICE_NONE);
	return ctl_queue_numbers(c, STATUS_QUEUE_MAX);
}

int
ctl_reload(struct ctl *c)
{
	uint64_t value;
	unsigned n;
	enum err e = ask(c, CONTROL_RELOAD, &value, &n);

	/* the lines above say what: only an address can be in use */
	if (e == ERR_BUSY && n > 0)
		return ctl_fail(EX_TEMPFAIL,
		    "an address is in use; the server goes on with what it "
		    "had");
	/* certificates count as well */
	if (e == ERR_SYNTAX || n > 0)
		return ctl_fail(EX_CONFIG,
		    "the configuration has mistakes; the server goes on with "
		    "what it had");
	if (e != ERR_OK)
		return ctl_fail_err(e, "reload", SLICE_NONE);
	ctl_done(c, "reloaded", SLICE_NONE);
	return EX_OK;
}

int
ctl_stop(struct ctl *c)
{
	uint64_t value;
	unsigned n;
	enum err e = ask(c, CONTROL_STOP, &value, &n);

	/* the answer and the end of the connection may overtake each other */
	if (e != ERR_OK && e != ERR_CLOSED)
		return ctl_fail_err(e, "stop", SLICE_NONE);
	ctl_rpc_await_end(c->rpc);
	ctl_link_await_end(c);
	ctl_done(c, "stopped", SLICE_NONE);
	return EX_OK;
}

int
ctl_ban_list(struct ctl *c)
{
	uint64_t value;
	unsigned n;
	enum err e = ask(c, CONTROL_BAN_LIST, &value, &n);

	return e == ERR_OK ? EX_OK : ctl_fail_err(e, "ban list", SLICE_NONE);
}

int
ctl_ban_lift(struct ctl *c)
{
	uint64_t lifted = 0;
	enum err e;

	for (int i = 0; i < c->nargs; i++) {
		struct slice who = slice_str(c->arg[i]);

		e = ctl_rpc_control(
		    c->rpc, CONTROL_BAN_LIFT, 0, 0, who, NULL, NULL, &lifted);
		if (e == ERR_NOENT || (e == ERR_OK && lifted == 0))
			return ctl_fail(EX_NOUSER,
			    "%s is not slowed down (restante ban list)",
			    c->arg[i]);
		if (e != ERR_OK)
			return ctl_fail_err(e, "ban lift", who);
		ctl_done(c, "lifted the ban of", who);
	}
	return EX_OK;
}

/* `restante serve` itself never comes here: the daemon takes it. */
int
ctl_serve(struct ctl *c)
{
	(void)c;
	return ctl_fail(
	    EX_USAGE, "serve comes first: restante serve [-c FILE]");
}
