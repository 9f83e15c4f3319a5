#ifndef SMTP_SMTP_PROC_H
#define SMTP_SMTP_PROC_H
/* The smtp process: listeners, sessions, reload and stop. */
#include "proc/proc_child.h"

extern const struct proc_role smtp_role;

#endif
