#ifndef SMTP_RELAY_PROC_H
#define SMTP_RELAY_PROC_H
/* The relay process: mail out, from the store to other servers. */
#include "proc/proc_child.h"

extern const struct proc_role relay_role;

#endif
