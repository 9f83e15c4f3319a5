/* The table of processes; alone here, so that tests can bring their own. */
#include "auth/auth_proc.h"
#include "daemon/roles.h"
#include "pop3/pop3_proc.h"
#include "smtp/smtp_proc.h"
#include "store/store_proc.h"

const struct role_row roles[] = {
    {.run = &store_role,       .stage = 0, .sandbox = PROC_STORE, .grace_ms = 60000},
    {.run = &auth_role,
     .stage = 1,
     .sandbox = PROC_AUTH,
     .peers = ROLE_SET(STORE),
     .grace_ms = 5000},
    {.run = &smtp_role,
     .stage = 2,
     .sandbox = PROC_FRONT,
     .many = true,
     .services = 1u << CONF_SMTP | 1u << CONF_SUBMISSION,
     .peers = ROLE_SET(STORE) | ROLE_SET(AUTH),
     .grace_ms = 10000},
    {.run = &pop3_role,
     .stage = 2,
     .sandbox = PROC_FRONT,
     .many = true,
     .services = 1u << CONF_POP3,
     .peers = ROLE_SET(STORE) | ROLE_SET(AUTH),
     .grace_ms = 10000},
    {.run = NULL},
};
