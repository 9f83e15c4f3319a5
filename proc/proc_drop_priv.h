#ifndef PROC_DROP_PRIV_H
#define PROC_DROP_PRIV_H
/* The parts of proc_drop that have a file of their own. */
#include "base/err.h"
#include "proc/proc_drop.h"

#include <stdbool.h>

/* No files, or for the store those below data_dir; no TCP bind, and no connect
 * but for the relay.
 * ERR_UNSUPPORTED: this kernel has no Landlock. */
enum err proc_drop_landlock(const struct proc_cage *cage);
/* System calls of this sandbox only. log_only: tell instead of kill.
 * ERR_UNSUPPORTED: this kernel has no seccomp. */
enum err proc_drop_seccomp(enum proc_sandbox sandbox, bool log_only);

#endif
