/* The table of processes; alone here, so that tests can bring their own. */
#include "auth/auth_proc.h"
#include "daemon/roles.h"
#include "pop3/pop3_proc.h"
#include "smtp/relay_proc.h"
#include "smtp/smtp_proc.h"
#include "store/store_proc.h"

#define SMTP (1u << CONF_SMTP | 1u << CONF_SUBMISSION)
#define POP3 (1u << CONF_POP3)
#define STORE ROLE_SET(STORE)
#define BOTH (ROLE_SET(STORE) | ROLE_SET(AUTH))

/* run, stage, sandbox, many, services, peers, grace_ms */
const struct role_row roles[] = {
    {&store_role, 0, PROC_STORE, false, 0,    0,     60000},
    {&auth_role,  1, PROC_AUTH,  false, 0,    STORE, 5000 },
    {&relay_role, 2, PROC_RELAY, false, 0,    STORE, 20000},
    {&smtp_role,  3, PROC_FRONT, true,  SMTP, BOTH,  10000},
    {&pop3_role,  3, PROC_FRONT, true,  POP3, BOTH,  10000},
    {NULL,        0, PROC_FRONT, false, 0,    0,     0    },
};
