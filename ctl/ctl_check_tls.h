#ifndef CTL_CTL_CHECK_TLS_H
#define CTL_CTL_CHECK_TLS_H
/* Would the server take the certificates that a configuration names? */
#include "base/buf.h"
#include "conf/conf.h"

#include <stdbool.h>

/*
 * Read each chain and its key as the server would. A line for each mistake, as
 * conf_check has them; warnings for a certificate that is over or nearly, or
 * that is for other names. For a configuration that conf_check has passed.
 */
bool ctl_check_tls(const struct conf *c, struct buf *messages);

#endif
