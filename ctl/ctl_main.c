/* The command line: read it, make ready what the command needs, run it. */
#include "ctl/ctl_main.h"

#include "base/buf.h"
#include "base/log.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_link.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_sendmail.h"

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

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

bool
ctl_main_is_name(const char *argv0)
{
	const char *name = base_name(argv0);

	return strcmp(name, "sendmail") == 0 || strcmp(name, "mailq") == 0 ||
	       strcmp(name, "newaliases") == 0;
}

/* Called as mailq: the alias of that name. */
static int
run_mailq(int argc, char **argv)
{
	static char restante[] = "restante", mailq[] = "mailq";
	char **words = calloc((size_t)argc + 2, sizeof *words);
	int status;

	if (words == NULL)
		return EX_OSERR;
	words[0] = restante;
	words[1] = mailq;
	for (int i = 1; i < argc; i++)
		words[i + 1] = argv[i];
	status = ctl_main(argc + 1, words);
	free(words);
	return status;
}

/* No option of sendmail's is of that kind: what every command has. */
static int
run_sendmail(int argc, char **argv, const char *conf_path)
{
	static char restante[] = "restante", help[] = "help";
	static char sendmail[] = "sendmail";
	char *words[] = {restante, help, sendmail, NULL};

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return ctl_main(3, words);
	return ctl_sendmail_main(argc, argv, conf_path);
}

int
ctl_main(int argc, char **argv)
{
	const char *conf_path = CONF_PATH;
	struct ctl *c;
	int status;

	log_init("restante", LOG_ERROR);
	/* a reader that stops early (head) must not end us half-way */
	(void)signal(SIGPIPE, SIG_IGN);
	if (ctl_sendmail_is(&argc, &argv, &conf_path))
		return run_sendmail(argc, argv, conf_path);
	if (argc > 0 && strcmp(base_name(argv[0]), "mailq") == 0)
		return run_mailq(argc, argv);
	if ((c = calloc(1, sizeof *c)) == NULL)
		return EX_OSERR;
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
	free(c);
	return ctl_finish(status);
}
