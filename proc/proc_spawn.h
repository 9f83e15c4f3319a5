#ifndef PROC_SPAWN_H
#define PROC_SPAWN_H
/* Start a role: this executable again, with a channel as descriptor 3. */
#include "base/err.h"
#include "proc/role.h"

#include <sys/types.h>

/*
 * new process running `restante --role NAME --index N`; *fd_out is our end of
 * the channel to it (non-blocking, close-on-exec). The child gets stdin from
 * /dev/null, stdout and stderr as ours, fd 3, no other descriptor, an empty
 * environment but for PATH, TZ, and what sanitizers and tests need.
 * RETRY when the system is out of processes or descriptors.
 */
enum err proc_spawn(
    enum role role, unsigned index, pid_t *pid_out, int *fd_out);
/* a socket pair for two children, both ends close-on-exec, non-blocking, with
 * roomy buffers */
enum err proc_pair(int fd[2]);

#endif
