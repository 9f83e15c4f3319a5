#ifndef DAEMON_PLACE_H
#define DAEMON_PLACE_H
/*
 * Where the server lives: directories with the right owners, and the pid file
 * that keeps a second server out. Functions append a line for people to why
 * when they fail.
 */
#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"

#include <stdbool.h>

struct place {
	int pid_fd;   /* locked while we live; -1: none */
	bool unclean; /* the server before us did not stop by itself */
};

/* When root: the accounts the roles run as exist and are not root. */
enum err place_check_users(const struct conf *c, struct buf *why);
/* Make run_dir, the empty root directory below it, and data_dir. */
enum err place_make(const struct conf *c, struct buf *why);
/* ERR_BUSY: another server runs here. */
enum err place_lock(struct place *p, const struct conf *c, struct buf *why);
/* A clean end: the pid file is emptied. */
void place_unlock(struct place *p);

#endif
