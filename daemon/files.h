#ifndef DAEMON_FILES_H
#define DAEMON_FILES_H
/* Files for processes that have none: opened here, read by them. */
#include "base/err.h"
#include "conf/conf.h"
#include "proc/chan.h"

/*
 * Send the relay what it needs of the file system: name servers, hosts, the
 * trust anchor of DNSSEC, certificate authorities, and the passwords that conf
 * names. What is not there is not sent; a password is worth a line in the log,
 * because conf_check has seen its file. To go before the configuration.
 */
enum err files_send(const struct conf *conf, struct chan *chan);

#endif
