#ifndef CTL_CTL_SUBMIT_H
#define CTL_CTL_SUBMIT_H
/*
 * Mail of this machine on its way to the server: SMTP over the submission
 * socket (conf.submit.socket). Blocks. Status: as callers of sendmail expect;
 * a message has been printed unless it is EX_OK.
 */
#include "base/buf.h"
#include "base/slice.h"
#include "conf/conf.h"

#include <stdbool.h>

struct ctl_envelope {
	struct slice from;                /* address, or empty: null path */
	struct slice rcpts;               /* addresses, each ended by '\n' */
	const char *notify, *ret, *envid; /* DSN, or NULL */
	bool eight;                       /* the text is not all 7-bit */
	bool verbose;                     /* print the server's last word */
};

/*
 * Send one message. Recipients that are refused for good are named on standard
 * error, and the others get it: EX_NOUSER. EX_TEMPFAIL: nothing was sent, or
 * nobody knows; the server does not run, or says "later".
 */
int ctl_submit(
    const struct conf *conf, const struct ctl_envelope *e, struct slice text);

/* Connect standard input and output with the server (sendmail -bs). */
int ctl_submit_relay(const struct conf *conf);

#endif
