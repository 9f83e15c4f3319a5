/* Sessions of programs on this machine: how many there may be, and of whom. */
#include "../unit.h"
#include "fake.h"

#include "smtp/smtp_session.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum err
begin(struct fake *f, int *fd_out)
{
	int fd[2];

	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	*fd_out = fd[0];
	return smtp_session_start_program(&f->host, f->site, fd[1]);
}

static void
hears(struct fake *f, int fd, const char *want)
{
	char text[1000];
	ssize_t n;

	fake_run(f);
	n = recv(fd, text, sizeof text, 0);
	if (OK(n >= (ssize_t)strlen(want)))
		EQ_MEM(text, strlen(want), want, strlen(want));
}

TEST(smtp_program_limit)
{
	struct fake f;
	int fd[SMTP_PROGRAMS_USER], over;

	fake_init(&f, false);
	f.local = true;
	fake_connect(&f); /* this one counts, too */
	for (unsigned i = 0; i + 1 < SMTP_PROGRAMS_USER; i++)
		EQ_INT(begin(&f, &fd[i]), ERR_OK);
	hears(&f, fd[0], "220 mail.example.test ESMTP\r\n");
	EQ_INT(begin(&f, &over), ERR_LIMIT);
	hears(&f, over, "421 4.3.2");
	EQ_INT(recv(over, fd, 1, 0), 0);
	close(over);
	/* one of other users may still come; of these there is none here */
	EQ_INT(f.host.programs, SMTP_PROGRAMS_USER);
	close(fd[0]);
	fake_run(&f);
	EQ_INT(f.host.programs, SMTP_PROGRAMS_USER - 1);
	EQ_INT(begin(&f, &fd[0]), ERR_OK);
	for (unsigned i = 0; i + 1 < SMTP_PROGRAMS_USER; i++)
		close(fd[i]);
	fake_run(&f);
	EQ_INT(f.host.programs, 1);
	fake_fini(&f);
}

/* Who it is cannot be known. */
TEST(smtp_program_without_user)
{
	struct fake f;
	int fd = dup(STDIN_FILENO);

	fake_init(&f, false);
	f.local = true;
	fake_connect(&f);
	OK(fd >= 0);
	OK(smtp_session_start_program(&f.host, f.site, fd) != ERR_OK);
	EQ_INT(f.host.programs, 1);
	fake_fini(&f);
}
