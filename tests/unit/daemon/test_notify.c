/* What the service manager is told. */
#include "daemon/notify.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *
received(int fd)
{
	static char text[512];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

TEST(notify_speaks_to_the_manager)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char want[128];
	const char *got;

	(void)snprintf(a.sun_path, sizeof a.sun_path,
	    "/tmp/restante-notify-%ld", (long)getpid());
	(void)unlink(a.sun_path); /* of another process with our number */
	EQ_INT(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	(void)setenv("NOTIFY_SOCKET", a.sun_path, 1);
	notify_init();
	OK(getenv("NOTIFY_SOCKET") == NULL);
	notify_ready("serving");
	(void)snprintf(want, sizeof want,
	    "READY=1\nMAINPID=%ld\nSTATUS=serving", (long)getpid());
	got = received(fd);
	EQ_STR(got, want);
	notify_reloading();
	OK(strncmp(received(fd), "RELOADING=1\nMONOTONIC_USEC=", 27) == 0);
	notify_stopping();
	got = received(fd);
	EQ_STR(got, "STOPPING=1");
	(void)unlink(a.sun_path);
	notify_stopping(); /* nobody there: nothing happens */
	(void)close(fd);
}

TEST(notify_without_a_manager)
{
	static const char *const names[] = {"", "x", "relative/path"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		(void)setenv("NOTIFY_SOCKET", names[i], 1);
		notify_init();
		notify_ready("serving");
	}
	(void)unsetenv("NOTIFY_SOCKET");
	notify_init();
	notify_ready("serving");
	OK(true);
}
