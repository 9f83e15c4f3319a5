#ifndef POP3_POP3_PROC_H
#define POP3_POP3_PROC_H
/* The pop3 process: listeners, sessions, reload and stop. */
#include "proc/proc_child.h"

extern const struct proc_role pop3_role;

#endif
