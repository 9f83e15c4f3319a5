/* The options of sendmail(1), those of the original that programs still give.
 */
#include "base/slice.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_sendmail_priv.h"

#include <string.h>

static int
set_mode(struct ctl_call *c, const char *value)
{
	switch (value[0]) {
	case 'm':
		return EX_OK;
	case 's':
		c->mode = CTL_SENDMAIL_STDIO;
		return EX_OK;
	case 'p':
		c->mode = CTL_SENDMAIL_LIST;
		return EX_OK;
	case 'i':
		c->mode = CTL_SENDMAIL_ALIASES;
		return EX_OK;
	default:
		return ctl_fail(EX_USAGE,
		    "sendmail: -b%s is not for this server (-bm, -bs, -bp, "
		    "-bi)",
		    value);
	}
}

/* -N never, or a list of success, failure, delay */
static int
set_notify(struct ctl_call *c, const char *value)
{
	struct slice rest = slice_str(value), one;
	bool ok = rest.len > 0;

	if (slice_eq_nocase(rest, SLICE("never")))
		rest = SLICE_NONE;
	while (ok && rest.len > 0) {
		slice_cut(&rest, ',', &one);
		ok = slice_eq_nocase(one, SLICE("success")) ||
		     slice_eq_nocase(one, SLICE("failure")) ||
		     slice_eq_nocase(one, SLICE("delay"));
	}
	c->notify = value;
	return ok ? EX_OK
		  : ctl_fail(EX_USAGE,
			"sendmail: -N is never, or of success, failure, delay");
}

static int
set_ret(struct ctl_call *c, const char *value)
{
	struct slice v = slice_str(value);

	c->ret = slice_eq_nocase(v, SLICE("full")) ? "FULL" : "HDRS";
	if (c->ret[0] == 'F' || slice_eq_nocase(v, SLICE("hdrs")))
		return EX_OK;
	return ctl_fail(EX_USAGE, "sendmail: -R is full or hdrs");
}

/* -oi as -i; other -oX of the original change nothing here */
static int
set_old(struct ctl_call *c, const char *value)
{
	c->ignore_dots = c->ignore_dots || strcmp(value, "i") == 0 ||
			 strcmp(value, "itrue") == 0;
	return EX_OK;
}

static int
take_value(struct ctl_call *c, char letter, const char *value)
{
	switch (letter) {
	case 'B':
		c->eight = slice_eq_nocase(slice_str(value), SLICE("8BITMIME"));
		return EX_OK;
	case 'C':
		c->conf_path = value;
		return EX_OK;
	case 'F':
		c->name = value;
		return EX_OK;
	case 'N':
		return set_notify(c, value);
	case 'R':
		return set_ret(c, value);
	case 'V':
		c->envid = value;
		return EX_OK;
	case 'b':
		return set_mode(c, value);
	case 'f':
	case 'r':
		c->from = value;
		return EX_OK;
	case 'o':
		return set_old(c, value);
	default: /* A D L O X e h p: of no meaning here */
		return EX_OK;
	}
}

static int
take_flag(struct ctl_call *c, char letter)
{
	switch (letter) {
	case 't':
		c->extract = true;
		return EX_OK;
	case 'i':
		c->ignore_dots = true;
		return EX_OK;
	case 'v':
		c->verbose = true;
		return EX_OK;
	case 'I':
		c->mode = CTL_SENDMAIL_ALIASES;
		return EX_OK;
	case 'G': /* those that change nothing here */
	case 'U':
	case 'c':
	case 'm':
	case 'n':
	case 's':
	case 'x':
		return EX_OK;
	default:
		return ctl_fail(
		    EX_USAGE, "sendmail: no option \"-%c\"", letter);
	}
}

/* One word of options: "-ti", "-fADDR", "-f ADDR"; *i: the word. */
static int
take_word(struct ctl_call *c, char **argv, int *i)
{
	static const char with_value[] = "ABCDFLNORVXbefhopr";
	int status = EX_OK;

	for (const char *p = argv[*i] + 1; status == EX_OK && *p != '\0'; p++) {
		if (*p == 'q' || *p == 'd') { /* what follows says when, what */
			c->flush = c->flush || *p == 'q';
			return EX_OK;
		}
		if (strchr(with_value, *p) == NULL) {
			status = take_flag(c, *p);
			continue;
		}
		if (p[1] != '\0')
			return take_value(c, *p, p + 1);
		if (argv[*i + 1] == NULL)
			return ctl_fail(
			    EX_USAGE, "sendmail: -%c takes a value", *p);
		return take_value(c, *p, argv[++*i]);
	}
	return status;
}

/* As it has always been: the first word that is no option ends them. */
int
ctl_sendmail_options(struct ctl_call *c, char **argv)
{
	int i = 1, status = EX_OK;

	for (; status == EX_OK && argv[i] != NULL; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0')
			break;
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		status = take_word(c, argv, &i);
	}
	c->rcpt = argv + i;
	return status;
}
