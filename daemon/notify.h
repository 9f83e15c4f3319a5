#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H
/* Tell the service manager (sd_notify(3)); does nothing without one. */

/* Once, at the start: takes NOTIFY_SOCKET out of the environment. */
void notify_init(void);
void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);

#endif
