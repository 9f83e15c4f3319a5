/* sendmail(1): who sends what to whom, and on to the submission socket. */
#include "ctl/ctl_sendmail.h"

#include "base/buf.h"
#include "conf/conf.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_letter.h"
#include "ctl/ctl_main.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_sendmail_priv.h"
#include "ctl/ctl_submit.h"
#include "mime/mime_addr.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	RCPTS_MAX = 4 << 20,
	HEADER_ROOM = 1 << 20, /* line ends and what is added */
	BLOCK = 65536
};

/* --- which call is it? -----------------------------------------------------
 */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool
is_name(const char *word)
{
	return strcmp(word, "sendmail") == 0 || strcmp(word, "newaliases") == 0;
}

bool
ctl_sendmail_is(int *argc, char ***argv, const char **conf_path)
{
	int at = 1;

	if (*argc < 1)
		return false;
	if (is_name(base_name((*argv)[0])))
		return true;
	if (*argc > 3 && (strcmp((*argv)[1], "-c") == 0 ||
			     strcmp((*argv)[1], "--config") == 0))
		at = 3;
	if (*argc <= at || !is_name((*argv)[at]))
		return false;
	if (at == 3)
		*conf_path = (*argv)[2];
	*argc -= at;
	*argv += at;
	return true;
}

/* --- who -------------------------------------------------------------------
 */

/* An address as somebody wrote it; a name alone is of this domain. */
static bool
add_address(struct slice text, const char *domain, struct buf *out)
{
	struct buf full = BUF_INIT(2 * MIME_ADDR_MAX);
	struct mime_addr a;
	bool ok;

	if (slice_starts(text, SLICE("<")) && slice_ends(text, SLICE(">")))
		text = slice_skip(slice_first(text, text.len - 1), 1);
	buf_add_slice(&full, text);
	if (slice_find(text, '@') == text.len)
		buf_addf(&full, "@%s", domain);
	ok = full.err == ERR_OK &&
	     mime_addr_parse(buf_slice(&full), &a) == ERR_OK;
	if (ok)
		buf_add_slice(out, mime_addr_slice(&a));
	buf_fini(&full);
	return ok;
}

/* -f "" and -f "<>" are the null path. */
static int
find_sender(const struct ctl_call *c, struct buf *out)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *host = c->conf.hostname;
	char uid[32];

	(void)snprintf(uid, sizeof uid, "uid%lu", (unsigned long)getuid());
	if (c->from == NULL)
		return add_address(
			   slice_str(pw == NULL ? uid : pw->pw_name), host, out)
			   ? EX_OK
			   : ctl_fail(EX_SOFTWARE,
				 "sendmail: your user name is no address");
	if (c->from[0] == '\0' || strcmp(c->from, "<>") == 0)
		return EX_OK;
	return add_address(slice_str(c->from), host, out)
		   ? EX_OK
		   : ctl_fail(EX_USAGE, "sendmail: \"%s\" is not an address",
			 c->from);
}

/* The full name of gecos, where & is the login name; empty: none. */
static void
find_name(const struct ctl_call *c, struct buf *out)
{
	const struct passwd *pw = getpwuid(getuid());
	struct slice rest, gecos, part;
	bool more;

	if (c->name != NULL || pw == NULL || pw->pw_gecos == NULL) {
		buf_add_str(out, c->name == NULL ? "" : c->name);
		return;
	}
	rest = slice_str(pw->pw_gecos);
	slice_cut(&rest, ',', &gecos);
	do {
		more = slice_cut(&gecos, '&', &part);
		buf_add_slice(out, part);
		if (more)
			buf_add_str(out, pw->pw_name);
	} while (more);
}

/* A name alone is a user of this machine: the server knows who that is. */
static int
add_rcpts(struct slice list, struct buf *out)
{
	struct slice one;

	while (list.len > 0) {
		slice_cut(&list, '\n', &one);
		if (!add_address(one, "localhost", out))
			return ctl_fail(EX_DATAERR,
			    "sendmail: \"%.*s\" is not an address",
			    SLICE_ARG(one));
		buf_add_char(out, '\n');
	}
	return out->err == ERR_OK
		   ? EX_OK
		   : ctl_fail_err(out->err, "sendmail", SLICE_NONE);
}

/* Arguments may be lists, too: "a@b.test, c@d.test" */
static int
find_rcpts(const struct ctl_call *c, struct slice in_header, struct buf *out)
{
	struct ctl_letter words;
	struct buf header = BUF_INIT(RCPTS_MAX);
	int status;

	for (char **p = c->rcpt; *p != NULL; p++)
		buf_addf(&header, "To: %s\r\n", *p);
	ctl_letter_init(&words, RCPTS_MAX);
	(void)ctl_letter_make(buf_slice(&header), true, SLICE_NONE, &words);
	status = add_rcpts(buf_slice(&words.rcpts), out);
	if (status == EX_OK)
		status = add_rcpts(in_header, out);
	if (status == EX_OK && out->len == 0)
		status = ctl_fail(c->extract ? EX_DATAERR : EX_USAGE,
		    "sendmail: no recipients (name them, or use -t)");
	ctl_letter_fini(&words);
	buf_fini(&header);
	return status;
}

/* --- what ------------------------------------------------------------------
 */

static int
read_input(const struct ctl_call *c, struct buf *out)
{
	char block[BLOCK];
	ssize_t n;

	do {
		n = read(STDIN_FILENO, block, sizeof block);
		if (n > 0)
			buf_add(out, block, (size_t)n);
	} while ((n > 0 && out->err == ERR_OK) || (n < 0 && errno == EINTR));
	if (n < 0)
		return ctl_fail(
		    EX_IOERR, "sendmail: standard input: %s", strerror(errno));
	if (out->err == ERR_TOOBIG)
		return ctl_fail(EX_DATAERR,
		    "sendmail: the message is larger than %llu octets",
		    (unsigned long long)c->conf.limits.message_size);
	return out->err == ERR_OK
		   ? EX_OK
		   : ctl_fail_err(out->err, "sendmail", SLICE_NONE);
}

static int
make_letter(const struct ctl_call *c, struct slice from, struct ctl_letter *out)
{
	size_t max = (size_t)c->conf.limits.message_size;
	struct buf in = BUF_INIT(max), text = BUF_INIT(2 * max + HEADER_ROOM);
	struct buf name = BUF_INIT(1024), field = BUF_INIT(4096);
	int status = read_input(c, &in);
	enum err e = ERR_OK;

	find_name(c, &name);
	if (from.len > 0)
		ctl_letter_add_from(&field, buf_slice(&name), from);
	if (status == EX_OK) {
		ctl_letter_text(buf_slice(&in), !c->ignore_dots, &text);
		e = text.err != ERR_OK
			? text.err
			: ctl_letter_make(buf_slice(&text), c->extract,
			      buf_slice(&field), out);
	}
	if (e != ERR_OK)
		status = ctl_fail_err(e, "sendmail", SLICE_NONE);
	buf_fini(&in);
	buf_fini(&text);
	buf_fini(&name);
	buf_fini(&field);
	return status;
}

static int
send_one(const struct ctl_call *c)
{
	struct buf from = BUF_INIT(MIME_ADDR_MAX), rcpts = BUF_INIT(RCPTS_MAX);
	struct ctl_envelope e = {.notify = c->notify,
	    .ret = c->ret,
	    .envid = c->envid,
	    .verbose = c->verbose};
	struct ctl_letter l;
	int status;

	if (c->rcpt[0] == NULL && !c->extract)
		return ctl_fail(
		    EX_USAGE, "sendmail: no recipients (name them, or use -t)");
	ctl_letter_init(
	    &l, 2 * (size_t)c->conf.limits.message_size + 2 * HEADER_ROOM);
	if ((status = find_sender(c, &from)) == EX_OK &&
	    (status = make_letter(c, buf_slice(&from), &l)) == EX_OK)
		status = find_rcpts(c, buf_slice(&l.rcpts), &rcpts);
	if (status == EX_OK) {
		e.from = buf_slice(&from);
		e.rcpts = buf_slice(&rcpts);
		e.eight = c->eight || l.eight;
		status = ctl_submit(&c->conf, &e, buf_slice(&l.text));
	}
	ctl_letter_fini(&l);
	buf_fini(&from);
	buf_fini(&rcpts);
	return status;
}

/* --- all -------------------------------------------------------------------
 */

/* Any user may call: one who may not read the file gets what would be without
 * it. */
static int
load_conf(struct ctl_call *c)
{
	struct buf errors = BUF_INIT(65536);
	int status = EX_OK;

	if (access(c->conf_path, R_OK) != 0) {
		conf_defaults(&c->conf);
	} else if (!conf_load(c->conf_path, &c->conf, &errors)) {
		fputs(buf_cstr(&errors), stderr);
		status = EX_TEMPFAIL; /* callers keep it until it is mended */
	}
	buf_fini(&errors);
	return status;
}

/* `restante queue ...` with our configuration */
static int
run_command(const struct ctl_call *c, const char *noun, const char *verb)
{
	char words[5][CONF_TEXT] = {"restante", "-c"};
	char *argv[6];

	(void)snprintf(words[2], CONF_TEXT, "%s", c->conf_path);
	(void)snprintf(words[3], CONF_TEXT, "%s", noun);
	(void)snprintf(words[4], CONF_TEXT, "%s", verb);
	for (unsigned i = 0; i < 5; i++)
		argv[i] = words[i];
	argv[5] = NULL;
	return ctl_main(5, argv);
}

static int
run(struct ctl_call *c)
{
	int status;

	if (c->mode == CTL_SENDMAIL_LIST)
		return run_command(c, "queue", "list");
	if (c->flush && c->rcpt[0] == NULL && !c->extract)
		return run_command(c, "queue", "flush");
	if (c->mode == CTL_SENDMAIL_ALIASES) {
		(void)ctl_fail(EX_OK, "aliases are in the database, there is "
				      "nothing to be made anew (restante alias "
				      "list)");
		return EX_OK;
	}
	if ((status = load_conf(c)) != EX_OK)
		return status;
	return c->mode == CTL_SENDMAIL_STDIO ? ctl_submit_relay(&c->conf)
					     : send_one(c);
}

int
ctl_sendmail_main(int argc, char **argv, const char *conf_path)
{
	struct ctl_call *c = calloc(1, sizeof *c);
	int status;

	if (c == NULL)
		return EX_TEMPFAIL;
	(void)argc;
	c->conf_path = conf_path;
	if (strcmp(base_name(argv[0]), "newaliases") == 0)
		c->mode = CTL_SENDMAIL_ALIASES;
	status = ctl_sendmail_options(c, argv);
	if (status == EX_OK)
		status = run(c);
	free(c);
	return status;
}

/* Only for the table, from which help is made: ctl_main knows it before. */
int
ctl_sendmail(struct ctl *c)
{
	(void)c;
	return ctl_fail(
	    EX_USAGE, "sendmail comes first: restante [-c FILE] sendmail ...");
}
