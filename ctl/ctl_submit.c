/*
 * A client of the submission socket. The server is on this machine and made of
 * the same program, so one command waits for the answer to the one before; what
 * it says is looked at as if it were anybody's.
 */
#include "ctl/ctl_submit.h"

#include "ctl/ctl_out.h"
#include "mime/mime_code.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	PATIENCE_S =
	    10 * 60, /* the server's answer to the text may take time */
	REPLY_MAX = 64 * 1024,
	LINE_OCTETS = 4096,
	COPY = 65536
};

struct client {
	int fd;
	struct buf in;    /* what has come and was not looked at */
	struct buf reply; /* the last one, lines ended by '\n' */
	unsigned code;    /* of it; 0: the connection is gone */
};

/* --- connection ------------------------------------------------------------
 */

static int
no_server(const char *path, const char *why)
{
	return ctl_fail(EX_TEMPFAIL,
	    "%s: %s (is the server running? restante serve)", path, why);
}

static int
connect_server(const struct conf *conf, int *fd_out)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_S};
	char path[CONF_TEXT + 16];
	int fd;

	conf_submit_socket(conf, path);
	if (path[0] == '\0')
		return ctl_fail(EX_TEMPFAIL,
		    "mail of this machine is not taken (submit.socket is off)");
	if (slice_to_str(slice_str(path), a.sun_path, sizeof a.sun_path) !=
	    ERR_OK)
		return no_server(path, "too long for a socket");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)(const void *)&a,
			  sizeof a) != 0) {
		int status = no_server(path, strerror(errno));

		if (fd >= 0)
			(void)close(fd);
		return status;
	}
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	*fd_out = fd;
	return EX_OK;
}

/* --- one command -----------------------------------------------------------
 */

/* Without its end, into line; false: the connection has ended. */
static bool
read_line(struct client *c, struct buf *line)
{
	char block[LINE_OCTETS];
	size_t n;

	buf_reset(line);
	while ((n = slice_find(buf_slice(&c->in), '\n')) == c->in.len) {
		ssize_t got = recv(c->fd, block, sizeof block, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got > 0)
			buf_add(&c->in, block, (size_t)got);
		if (got <= 0 || c->in.err != ERR_OK)
			return false;
	}
	buf_add(line, c->in.p, n > 0 && c->in.p[n - 1] == '\r' ? n - 1 : n);
	buf_drop(&c->in, n + 1);
	return true;
}

static unsigned
code_of(struct slice line)
{
	unsigned code = 0;

	for (unsigned i = 0; i < 3; i++) {
		if (i >= line.len || line.p[i] < '0' || line.p[i] > '9')
			return 0;
		code = code * 10 + (unsigned)(line.p[i] - '0');
	}
	return code;
}

/* The whole reply, of any number of lines; only so much of it is kept. */
static unsigned
hear(struct client *c)
{
	struct buf line = BUF_INIT(REPLY_MAX);
	bool more = true;

	buf_reset(&c->reply);
	c->code = 0;
	while (more && read_line(c, &line)) {
		struct slice s = buf_slice(&line);

		c->code = code_of(s);
		more = c->code != 0 && s.len > 3 && s.p[3] == '-';
		if (c->reply.len + s.len + 1 <= REPLY_MAX) {
			buf_add_slice(&c->reply, s);
			buf_add_char(&c->reply, '\n');
		}
	}
	if (more)
		c->code = 0;
	buf_fini(&line);
	return c->code;
}

static bool
send_all(struct client *c, struct slice s)
{
	while (s.len > 0) {
		ssize_t n = send(c->fd, s.p, s.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			s = slice_skip(s, (size_t)n);
	}
	return true;
}

static unsigned
say(struct client *c, struct buf *line)
{
	buf_add(line, "\r\n", 2);
	c->code = 0;
	return line->err == ERR_OK && send_all(c, buf_slice(line)) ? hear(c)
								   : 0;
}

static unsigned
say_str(struct client *c, const char *text)
{
	struct buf line = BUF_INIT(LINE_OCTETS);

	buf_add_str(&line, text);
	say(c, &line);
	buf_fini(&line);
	return c->code;
}

/* What was wrong, to standard error; permanent: the status for 5xx. */
static int
refused(
    const struct client *c, const char *what, struct slice who, int permanent)
{
	struct slice text = buf_slice(&c->reply);

	if (c->code == 0)
		return ctl_fail(EX_TEMPFAIL,
		    "%s: the server has gone away; try again", what);
	while (text.len > 0 && text.p[text.len - 1] == '\n')
		text.len--;
	return ctl_fail(c->code >= 500 ? permanent : EX_TEMPFAIL,
	    "%s%s%.*s: %.*s", what, who.len > 0 ? " " : "", SLICE_ARG(who),
	    SLICE_ARG(text));
}

/* --- one message -----------------------------------------------------------
 */

static int
say_mail(struct client *c, const struct ctl_envelope *e)
{
	struct buf line = BUF_INIT(LINE_OCTETS);
	bool utf8 = !slice_is_ascii(e->from) || !slice_is_ascii(e->rcpts);

	buf_addf(&line, "MAIL FROM:<%.*s>", SLICE_ARG(e->from));
	if (e->eight)
		buf_add_str(&line, " BODY=8BITMIME");
	if (utf8)
		buf_add_str(&line, " SMTPUTF8");
	if (e->ret != NULL)
		buf_addf(&line, " RET=%s", e->ret);
	if (e->envid != NULL) {
		buf_add_str(&line, " ENVID=");
		mime_code_add_xtext(&line, slice_str(e->envid));
	}
	say(c, &line);
	buf_fini(&line);
	return c->code == 250 ? EX_OK
			      : refused(c, "sender", e->from, EX_DATAERR);
}

static int
say_rcpt(struct client *c, const struct ctl_envelope *e, struct slice rcpt)
{
	struct buf line = BUF_INIT(LINE_OCTETS);

	buf_addf(&line, "RCPT TO:<%.*s>", SLICE_ARG(rcpt));
	if (e->notify != NULL)
		buf_addf(&line, " NOTIFY=%s", e->notify);
	say(c, &line);
	buf_fini(&line);
	if (c->code == 250)
		return EX_OK;
	return refused(c, "recipient", rcpt, EX_NOUSER);
}

/* EX_NOUSER: some were refused, and *taken is how many were not. */
static int
say_rcpts(struct client *c, const struct ctl_envelope *e, unsigned *taken)
{
	struct slice rest = e->rcpts, one;
	int status = EX_OK, now;

	*taken = 0;
	while (rest.len > 0) {
		slice_cut(&rest, '\n', &one);
		now = say_rcpt(c, e, one);
		*taken += now == EX_OK;
		if (now == EX_TEMPFAIL)
			return now;
		if (now != EX_OK)
			status = now;
	}
	return status;
}

/* RFC 5321 section 4.5.2; text ends with CRLF. */
static bool
send_text(struct client *c, struct slice text)
{
	bool ok = true;

	while (ok && text.len > 0) {
		size_t n = slice_find_slice(text, SLICE("\r\n."));
		size_t part = n < text.len ? n + 2 : text.len;

		if (text.p[0] == '.')
			ok = send_all(c, SLICE("."));
		ok = ok && send_all(c, slice_first(text, part));
		text = slice_skip(text, part);
	}
	return ok && send_all(c, SLICE(".\r\n"));
}

static int
say_text(struct client *c, const struct ctl_envelope *e, struct slice text)
{
	if (say_str(c, "DATA") != 354)
		return refused(c, "message", SLICE_NONE, EX_DATAERR);
	c->code = 0;
	buf_reset(&c->reply);
	if (send_text(c, text))
		hear(c);
	if (c->code != 250)
		return refused(c, "message", SLICE_NONE, EX_DATAERR);
	if (e->verbose)
		fputs(buf_cstr(&c->reply), stdout);
	return EX_OK;
}

static int
converse(struct client *c, const struct ctl_envelope *e, struct slice text)
{
	unsigned taken = 0;
	int status, rcpts;

	if (hear(c) != 220 || say_str(c, "EHLO localhost") != 250)
		return refused(c, "server", SLICE_NONE, EX_TEMPFAIL);
	if ((status = say_mail(c, e)) != EX_OK)
		return status;
	rcpts = say_rcpts(c, e, &taken);
	if (rcpts == EX_TEMPFAIL || taken == 0)
		return rcpts;
	status = say_text(c, e, text);
	return status == EX_OK ? rcpts : status;
}

int
ctl_submit(
    const struct conf *conf, const struct ctl_envelope *e, struct slice text)
{
	struct client c = {.in = BUF_INIT(REPLY_MAX + LINE_OCTETS),
	    .reply = BUF_INIT(REPLY_MAX + 1)};
	int status = connect_server(conf, &c.fd);

	if (status != EX_OK)
		return status;
	status = converse(&c, e, text);
	(void)send_all(&c, SLICE("QUIT\r\n"));
	(void)close(c.fd);
	buf_fini(&c.in);
	buf_fini(&c.reply);
	return status;
}

/* --- sendmail -bs ----------------------------------------------------------
 */

static bool
write_all(int fd, struct slice s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.p, s.len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			s = slice_skip(s, (size_t)n);
	}
	return true;
}

/* What can be read from one goes to the other; false: it has ended. */
static bool
copy(int from, int to)
{
	char block[COPY];
	ssize_t n = read(from, block, sizeof block);

	if (n < 0 && errno == EINTR)
		return true;
	return n > 0 && write_all(to, slice_of(block, (size_t)n));
}

int
ctl_submit_relay(const struct conf *conf)
{
	struct pollfd p[2] = {{.events = POLLIN}, {.events = POLLIN}};
	int fd, status = connect_server(conf, &fd);

	if (status != EX_OK)
		return status;
	p[0].fd = STDIN_FILENO;
	p[1].fd = fd;
	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents != 0 && !copy(fd, STDOUT_FILENO))
			break;
		if (p[0].fd >= 0 && p[0].revents != 0 &&
		    !copy(STDIN_FILENO, fd)) {
			(void)shutdown(fd, SHUT_WR);
			p[0].fd = -1;
		}
	}
	(void)close(fd);
	return EX_OK;
}
