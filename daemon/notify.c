/* The datagrams of sd_notify(3), without a library. */
#include "daemon/notify.h"

#include "base/clock.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address;
static socklen_t address_len; /* 0: nobody to tell */

void
notify_init(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path == NULL ? 0 : strlen(path);

	address_len = 0;
	if (len < 2 || len >= sizeof address.sun_path ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memset(&address, 0, sizeof address);
	address.sun_family = AF_UNIX;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* an abstract name */
	address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	(void)unsetenv("NOTIFY_SOCKET");
}

/* There is nothing to do about a manager that does not listen. */
static void
notify(const char *text)
{
	int fd;

	if (address_len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, address_len);
	(void)close(fd);
}

void
notify_ready(const char *status)
{
	char text[256];

	(void)snprintf(text, sizeof text, "READY=1\nMAINPID=%ld\nSTATUS=%s",
	    (long)getpid(), status);
	notify(text);
}

void
notify_reloading(void)
{
	char text[80];

	(void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)clock_mono_us());
	notify(text);
}

void
notify_stopping(void)
{
	notify("STOPPING=1");
}
