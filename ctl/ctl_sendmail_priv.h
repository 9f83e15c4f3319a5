#ifndef CTL_CTL_SENDMAIL_PRIV_H
#define CTL_CTL_SENDMAIL_PRIV_H
/* One call of sendmail, as its files see it. */
#include "conf/conf.h"

#include <stdbool.h>

enum ctl_sendmail_mode {
	CTL_SENDMAIL_SEND,
	CTL_SENDMAIL_STDIO,  /* -bs */
	CTL_SENDMAIL_LIST,   /* -bp */
	CTL_SENDMAIL_ALIASES /* -bi */
};

struct ctl_call {
	const char *conf_path;
	struct conf conf;
	enum ctl_sendmail_mode mode;
	bool extract, ignore_dots, eight, verbose, flush;
	const char *from, *name;          /* -f, -F; NULL */
	const char *notify, *ret, *envid; /* DSN; NULL */
	char **rcpt;                      /* arguments, end with NULL */
};

/* What the words of the command line say. EX_OK, or EX_USAGE with a message. */
int ctl_sendmail_options(struct ctl_call *c, char **argv);

#endif
