/* New passwords, and asking before something is destroyed. */
#include "ctl/ctl_secret.h"

#include "auth/auth_crypt.h"
#include "auth/auth_scram.h"
#include "base/secret.h"
#include "ctl/ctl_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LINE = 1024 };

void
ctl_secret_init(struct ctl_secret *s)
{
	buf_init(&s->hash, AUTH_HASH_MAX);
	buf_init(&s->scram, AUTH_SCRAM_MAX);
}

void
ctl_secret_fini(struct ctl_secret *s)
{
	buf_wipe(&s->hash);
	buf_wipe(&s->scram);
}

enum err
ctl_secret_make(
    const struct conf *conf, struct slice password, struct ctl_secret *out)
{
	enum err e;

	buf_reset(&out->hash);
	buf_reset(&out->scram);
	e = auth_crypt_hash(
	    conf->auth.hash, conf->auth.hash_cost, password, &out->hash);
	if (e == ERR_OK && conf->auth.scram_iterations > 0) {
		e = auth_scram_make(
		    password, conf->auth.scram_iterations, &out->scram);
		/* SASLprep refuses some passwords that a hash takes */
		if (e == ERR_SYNTAX || e == ERR_UNSUPPORTED) {
			buf_reset(&out->scram);
			e = ERR_OK;
		}
	}
	return e;
}

/* {SCHEME} in front, and whether a password follows it; the rest of them hold a
 * hash as crypt(5) writes it. */
static const struct {
	const char *name;
	bool plain;
} schemes[] = {
    {"CRYPT",        false},
    {"SHA512-CRYPT", false},
    {"SHA256-CRYPT", false},
    {"MD5-CRYPT",    false},
    {"BLF-CRYPT",    false},
    {"DES-CRYPT",    false},
    {"YESCRYPT",     false},
    {"PLAIN",        true },
    {"CLEAR",        true },
    {"CLEARTEXT",    true },
};

enum err
ctl_secret_of_text(const struct conf *conf, struct slice text, bool plain_ok,
    struct ctl_secret *out)
{
	size_t end = slice_find(text, '}'), i = 0;
	struct slice scheme;

	buf_reset(&out->hash);
	buf_reset(&out->scram);
	if (text.len > 0 && text.p[0] == '{' && end < text.len) {
		scheme = slice_skip(slice_first(text, end), 1);
		while (i < sizeof schemes / sizeof *schemes &&
		       !slice_eq_nocase(scheme, slice_str(schemes[i].name)))
			i++;
		if (i == sizeof schemes / sizeof *schemes)
			return ERR_UNSUPPORTED;
		text = slice_skip(text, end + 1);
		if (schemes[i].plain)
			return ctl_secret_make(conf, text, out);
		plain_ok = false;
	}
	if (auth_crypt_check(text) == ERR_OK) {
		buf_add_slice(&out->hash, text);
		return out->hash.err;
	}
	return plain_ok ? ctl_secret_make(conf, text, out) : ERR_UNSUPPORTED;
}

/* --- the terminal ---------------------------------------------------- */

/* One line without its end, at most size - 1 octets. */
static enum err
read_line(int fd, char *line, size_t size)
{
	size_t n = 0;
	ssize_t got;
	char ch;

	/* octet by octet: what follows belongs to somebody else */
	while ((got = read(fd, &ch, 1)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_from_errno(errno);
		if (ch == '\n')
			break;
		if (ch == '\0') /* the password would end here */
			return ERR_SYNTAX;
		if (n + 1 == size)
			return ERR_TOOBIG;
		line[n++] = ch;
	}
	if (got == 0 && n == 0)
		return ERR_CLOSED;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return ERR_OK;
}

static enum err
ask(int tty, const char *prompt, bool echo, char *line, size_t size)
{
	struct termios old, quiet;
	bool changed = false;
	enum err e;

	(void)dprintf(tty, "%s", prompt);
	if (!echo && tcgetattr(tty, &old) == 0) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		changed = tcsetattr(tty, TCSAFLUSH, &quiet) == 0;
	}
	e = read_line(tty, line, size);
	if (changed) {
		(void)tcsetattr(tty, TCSAFLUSH, &old);
		(void)dprintf(tty, "\n");
	}
	return e;
}

/* The terminal, also when standard input is something else; -1: none. */
static int
open_tty(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

int
ctl_confirm(const struct ctl *c, const char *fmt, ...)
{
	char question[512], line[16] = "";
	va_list ap;
	enum err e;
	int n, tty;

	if (c->opt[CTL_YES] != NULL)
		return EX_OK;
	va_start(ap, fmt);
	n = vsnprintf(question, sizeof question, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n + 16 > sizeof question)
		n = (int)sizeof question - 16;
	if (!isatty(STDIN_FILENO) || (tty = open_tty()) < 0)
		return ctl_fail(
		    EX_USAGE, "%s: needs --yes without a terminal", question);
	(void)snprintf(
	    question + n, sizeof question - (size_t)n, "? [yes/no] ");
	e = ask(tty, question, true, line, sizeof line);
	(void)close(tty);
	if (e == ERR_OK && (strcmp(line, "yes") == 0 || strcmp(line, "y") == 0))
		return EX_OK;
	return ctl_fail(EX_USAGE, "not confirmed, nothing was done");
}

static int
ask_twice(struct slice name, char password[LINE])
{
	char prompt[512], again[LINE];
	int tty = open_tty(), status = EX_OK;
	enum err e;

	if (tty < 0)
		return ctl_fail(EX_USAGE,
		    "there is no terminal to ask for the password; use "
		    "--password-stdin or --hash");
	(void)snprintf(
	    prompt, sizeof prompt, "Password for %.*s: ", SLICE_ARG(name));
	e = ask(tty, prompt, false, password, LINE);
	if (e == ERR_OK && password[0] != '\0')
		e = ask(tty, "The same again: ", false, again, sizeof again);
	if (e != ERR_OK)
		status = ctl_fail(EX_USAGE, "no password: %s", err_text(e));
	else if (password[0] != '\0' && strcmp(password, again) != 0)
		status = ctl_fail(EX_USAGE, "the two are not the same");
	secret_wipe(again, sizeof again);
	(void)close(tty);
	return status;
}

int
ctl_secret_get(struct ctl *c, struct slice name, struct ctl_secret *out)
{
	const char *hash = c->opt[CTL_HASH];
	char password[LINE] = "";
	int status = EX_OK;
	enum err e;

	if (hash != NULL && c->opt[CTL_PASSWORD_STDIN] != NULL)
		return ctl_fail(
		    EX_USAGE, "--hash and --password-stdin exclude each other");
	if (hash != NULL) {
		if (ctl_secret_of_text(&c->conf, slice_str(hash), false, out) !=
		    ERR_OK)
			return ctl_fail(
			    EX_DATAERR, "--hash: this is no hash of crypt(5)");
		return EX_OK;
	}
	if (c->opt[CTL_PASSWORD_STDIN] == NULL)
		status = ask_twice(name, password);
	else if ((e = read_line(STDIN_FILENO, password, sizeof password)) !=
		 ERR_OK)
		status = ctl_fail(EX_DATAERR,
		    "no password on standard input: %s", err_text(e));
	if (status == EX_OK) {
		e = ctl_secret_make(&c->conf, slice_str(password), out);
		if (e == ERR_SYNTAX)
			status = ctl_fail(
			    EX_DATAERR, "the password must not be empty");
		else if (e == ERR_TOOBIG)
			status = ctl_fail(EX_DATAERR,
			    "the password is longer than %d octets",
			    AUTH_PASSWORD_MAX);
		else if (e != ERR_OK)
			status = ctl_fail_err(e, "password", SLICE_NONE);
	}
	secret_wipe(password, sizeof password);
	return status;
}
