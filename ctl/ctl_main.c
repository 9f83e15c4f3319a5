/* The command line: read it, make ready what the command needs, run it. */
#include "ctl/ctl_main.h"

#include "base/buf.h"
#include "base/log.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_link.h"
#include "ctl/ctl_out.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ERRORS_MAX = 64 * 1024 };

/* The configuration, as the server would take it, but for what only a server
 * needs: certificates, ports. */
static int
load_conf(struct ctl *c)
{
	struct buf errors = BUF_INIT(ERRORS_MAX);
	int status = EX_OK;

	if (!conf_load(c->conf_path, &c->conf, &errors)) {
		fputs(buf_cstr(&errors), stderr);
		status = EX_CONFIG;
		if (access(c->conf_path, F_OK) != 0 && errno == ENOENT)
			(void)ctl_fail(status,
			    "there is no configuration yet (restante "
			    "quickstart you@your.domain writes one)");
	}
	buf_fini(&errors);
	return status;
}

static int
run_with_store(struct ctl *c)
{
	struct ctl_link *link = NULL;
	int status, closed;

	status = ctl_link_open(c, c->cmd->need == CTL_NEEDS_SERVER, &link);
	if (status != EX_OK)
		return status;
	status = c->cmd->run(c);
	closed = ctl_link_close(c, &link);
	return status != EX_OK ? status : closed;
}

int
ctl_main(int argc, char **argv)
{
	struct ctl *c = calloc(1, sizeof *c);
	int status;

	if (c == NULL)
		return EX_OSERR;
	log_init("restante", LOG_ERROR);
	/* a reader that stops early (head) must not end us half-way */
	(void)signal(SIGPIPE, SIG_IGN);
	status = ctl_cmd_parse(c, argc, argv);
	if (status == EX_OK && c->cmd->need != CTL_NEEDS_NOTHING)
		status = load_conf(c);
	if (status == EX_OK)
		status = c->cmd->need == CTL_NEEDS_STORE ||
				 c->cmd->need == CTL_NEEDS_SERVER
			     ? run_with_store(c)
			     : c->cmd->run(c);
	if (status == -1)
		status = EX_OK;
	if (status == EX_OK && (fflush(stdout) != 0 || ferror(stdout)))
		status =
		    ctl_fail(EX_IOERR, "standard output cannot be written");
	free(c);
	return status;
}
