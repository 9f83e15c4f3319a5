#ifndef PROC_DROP_H
#define PROC_DROP_H
/*
 * Give power away, for good: user, root directory, new privileges, file system
 * (Landlock) and system calls (libseccomp). The files proc_drop*.c are the only
 * users of setuid, chroot and seccomp.
 */
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum proc_sandbox {
	PROC_FRONT, /* sockets it was given and channels; no files, no exec */
	PROC_AUTH,  /* channels and threads */
	PROC_STORE, /* files below one directory, threads; no sockets but those
		       it was given */
	PROC_RELAY, /* as PROC_FRONT, but it connects to others by IP instead of
		       accepting connections, and asks name servers */
	PROC_SANDBOXES
};

struct proc_cage {
	enum proc_sandbox sandbox;
	const char *user;     /* account to become when root; borrowed */
	const char *root_dir; /* empty directory to chroot to when root, or
				 NULL: keep the root */
	const char *data_dir; /* PROC_STORE: the one writable directory, else
				 NULL */
	uint64_t file_max;    /* PROC_FRONT, PROC_RELAY: largest file it may
				 write, octets; 0: no limit */
};

/*
 * As root: chroot, drop groups and user, and check that there is no way back.
 * As any user: no core dumps, no ptrace, no_new_privs, Landlock where the
 * kernel has it, seccomp. What a kernel lacks is logged once and left out;
 * what fails although it is there is an error, and the caller exits. Call it
 * before there are threads. In a sanitizer build only user and groups change.
 * RESTANTE_SECCOMP=log in the environment makes the filter log instead of kill
 * (for tests; ignored when started as root).
 */
enum err proc_drop(const struct proc_cage *cage);

#endif
