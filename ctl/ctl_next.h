#ifndef CTL_CTL_NEXT_H
#define CTL_CTL_NEXT_H
/* What is to be done behind quickstart: DNS, certificate, start, clients. */
#include "ctl/ctl_cmd.h"

#include <stdbool.h>

void ctl_next_steps(const struct ctl *c, const char *address,
    const char *domain, bool self_signed);

#endif
