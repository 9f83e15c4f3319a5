/* From the words of the command line to a command and its options. */
#include "conf/conf_near.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- options --------------------------------------------------------- */

/* "-c" and "--conf" style: a name of one letter has one dash */
static bool
option_is(const struct ctl_option_text *o, struct slice word)
{
	if (word.len < 2)
		return false;
	if (word.p[1] != '-')
		return strlen(o->name) == 1 && word.len == 2 &&
		       word.p[1] == o->name[0];
	return strlen(o->name) > 1 &&
	       slice_eq(slice_skip(word, 2), slice_str(o->name));
}

static enum ctl_option
find_option(struct slice word)
{
	unsigned i = 0;

	/* what everybody tries */
	if (slice_eq(word, SLICE("-h")) || slice_eq(word, SLICE("-?")))
		return CTL_HELP;
	if (slice_eq(word, SLICE("-V")))
		return CTL_VERSION;
	if (slice_eq(word, SLICE("--config")))
		return CTL_CONF;
	while (i < CTL_OPTION_COUNT && !option_is(&ctl_options[i], word))
		i++;
	return (enum ctl_option)i;
}

static int
no_option(struct slice word)
{
	struct conf_near near;

	conf_near_begin(&near, slice_skip(word, 2));
	for (unsigned i = 0; i < CTL_OPTION_COUNT; i++)
		if (strlen(ctl_options[i].name) > 1)
			conf_near_try(&near, ctl_options[i].name);
	if (near.best != NULL && slice_starts(word, SLICE("--")))
		return ctl_fail(EX_USAGE,
		    "no option \"%.*s\"; did you mean \"--%s\"?",
		    SLICE_ARG(word), near.best);
	return ctl_fail(
	    EX_USAGE, "no option \"%.*s\" (try --help)", SLICE_ARG(word));
}

/* Take the option at argv[*i], and its value. */
static int
take_option(struct ctl *c, char **argv, int *i)
{
	struct slice value = slice_str(argv[*i]), word;
	bool has_value = slice_cut(&value, '=', &word);
	enum ctl_option o = find_option(word);

	if (o == CTL_OPTION_COUNT)
		return no_option(word);
	if (ctl_options[o].value == NULL && has_value)
		return ctl_fail(
		    EX_USAGE, "%.*s takes no value", SLICE_ARG(word));
	if (ctl_options[o].value == NULL)
		c->opt[o] = "";
	else if (has_value)
		c->opt[o] = value.len == 0 ? "" : value.p;
	else if (argv[*i + 1] == NULL)
		return ctl_fail(EX_USAGE, "%.*s takes a value (%s)",
		    SLICE_ARG(word), ctl_options[o].value);
	else
		c->opt[o] = argv[++*i];
	return EX_OK;
}

/* Options may stand anywhere; what is left moves to the front of argv. */
static int
take_options(struct ctl *c, char **argv, int *nwords)
{
	int n = 0, rc;

	for (int i = 0; argv[i] != NULL; i++) {
		if (strcmp(argv[i], "--") == 0) {
			while (argv[++i] != NULL)
				argv[n++] = argv[i];
			break;
		}
		if (argv[i][0] != '-' || argv[i][1] == '\0')
			argv[n++] = argv[i];
		else if ((rc = take_option(c, argv, &i)) != EX_OK)
			return rc;
	}
	argv[n] = NULL;
	*nwords = n;
	return EX_OK;
}

static int
check_options(const struct ctl *c)
{
	uint64_t legal = c->cmd->options | ctl_options_common;

	for (unsigned i = 0; i < CTL_OPTION_COUNT; i++)
		if (c->opt[i] != NULL && (legal >> i & 1) == 0)
			return ctl_fail(EX_USAGE,
			    "%s%s%s takes no --%s (try --help)", c->cmd->noun,
			    c->cmd->verb == NULL ? "" : " ",
			    c->cmd->verb == NULL ? "" : c->cmd->verb,
			    ctl_options[i].name);
	return EX_OK;
}

/* --- words ----------------------------------------------------------- */

/* A set of words that one is looked for in: whole, or as the only one that
 * begins so. */
struct pick {
	struct slice want;
	const char *found;
	unsigned begun; /* different words that begin like it */
	bool exact;
	struct conf_near near;
	char others[128];
};

static void
pick_begin(struct pick *p, const char *want)
{
	memset(p, 0, sizeof *p);
	p->want = slice_str(want);
	conf_near_begin(&p->near, p->want);
}

static void
pick_try(struct pick *p, const char *word)
{
	size_t n = strlen(p->others);

	conf_near_try(&p->near, word);
	if (p->exact || (p->found != NULL && strcmp(p->found, word) == 0))
		return;
	if (slice_eq(p->want, slice_str(word))) {
		p->exact = true;
		p->found = word;
	} else if (slice_starts(slice_str(word), p->want)) {
		p->found = word;
		p->begun++;
		(void)snprintf(p->others + n, sizeof p->others - n, "%s%s",
		    n == 0 ? "" : ", ", word);
	}
}

/* NULL, with a message, unless there is exactly one. */
static const char *
pick_end(const struct pick *p, const char *noun)
{
	const char *sep = noun == NULL ? "" : " ";

	if (noun == NULL)
		noun = "";
	if (p->exact || p->begun == 1)
		return p->found;
	if (p->begun > 1)
		(void)ctl_fail(EX_USAGE, "\"%s%s%.*s\" can be: %s", noun, sep,
		    SLICE_ARG(p->want), p->others);
	else if (p->near.best != NULL)
		(void)ctl_fail(EX_USAGE,
		    "no command \"%s%s%.*s\"; did you mean \"%s%s%s\"?", noun,
		    sep, SLICE_ARG(p->want), noun, sep, p->near.best);
	else
		(void)ctl_fail(EX_USAGE,
		    "no command \"%s%s%.*s\" (try \"restante help%s%s\")", noun,
		    sep, SLICE_ARG(p->want), sep, noun);
	return NULL;
}

static const char *
pick_noun(const char *word)
{
	struct pick p;

	pick_begin(&p, word);
	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++)
		pick_try(&p, d->noun);
	for (const struct ctl_alias *a = ctl_aliases; a->word != NULL; a++)
		pick_try(&p, a->word);
	return pick_end(&p, NULL);
}

static const char *
pick_verb(const char *noun, const char *word)
{
	struct pick p;

	pick_begin(&p, word);
	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++)
		if (strcmp(d->noun, noun) == 0)
			pick_try(&p, d->verb);
	return pick_end(&p, noun);
}

/* noun, and verb unless NULL, are words of the table. */
static const struct ctl_cmd *
find_cmd(const char *noun, const char *verb)
{
	const struct ctl_cmd *d = ctl_cmds;

	while (d->noun != NULL && (strcmp(d->noun, noun) != 0 ||
				      (d->verb != NULL && verb != NULL &&
					  strcmp(d->verb, verb) != 0)))
		d++;
	assert(d->noun != NULL);
	return d;
}

static int
missing_verb(const struct ctl *c, const char *noun)
{
	char verbs[128] = "";
	size_t n;

	if (c->opt[CTL_HELP] != NULL) {
		ctl_help_noun(noun);
		return -1;
	}
	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++) {
		if (strcmp(d->noun, noun) != 0)
			continue;
		n = strlen(verbs);
		(void)snprintf(verbs + n, sizeof verbs - n, "%s%s",
		    n == 0 ? "" : ", ", d->verb);
	}
	return ctl_fail(EX_USAGE, "%s what? One of: %s", noun, verbs);
}

/* Find the command that the first words name; *used: how many they are. */
static int
take_words(struct ctl *c, char **words, int n, int *used)
{
	const struct ctl_alias *a = ctl_aliases;
	const char *noun, *verb = NULL;

	if ((noun = pick_noun(words[0])) == NULL)
		return EX_USAGE;
	*used = 1;
	while (a->word != NULL && strcmp(a->word, noun) != 0)
		a++;
	if (a->word != NULL) {
		c->cmd = find_cmd(a->noun, a->verb);
		return EX_OK;
	}
	c->cmd = find_cmd(noun, NULL);
	if (c->cmd->verb == NULL)
		return EX_OK;
	if (n < 2)
		return missing_verb(c, noun);
	if ((verb = pick_verb(noun, words[1])) == NULL)
		return EX_USAGE;
	*used = 2;
	c->cmd = find_cmd(noun, verb);
	return EX_OK;
}

static int
check_args(const struct ctl *c)
{
	const struct ctl_cmd *d = c->cmd;
	bool few = c->nargs < d->min;

	if (!few && (d->max < 0 || c->nargs <= d->max))
		return EX_OK;
	return ctl_fail(EX_USAGE, "too %s arguments: restante %s%s%s%s%s",
	    few ? "few" : "many", d->noun, d->verb == NULL ? "" : " ",
	    d->verb == NULL ? "" : d->verb, d->args[0] == '\0' ? "" : " ",
	    d->args);
}

static int
find_command(struct ctl *c, char **argv, int n)
{
	int used = 0, rc;

	if (c->opt[CTL_VERSION] != NULL) {
		(void)ctl_version(c);
		return -1;
	}
	if (n == 0 && c->opt[CTL_HELP] != NULL) {
		ctl_help_all();
		return -1;
	}
	if (n == 0)
		return ctl_fail(EX_USAGE,
		    "what shall I do? \"restante help\" lists the commands; a "
		    "new server begins with \"restante quickstart "
		    "you@your.domain\"");
	if ((rc = take_words(c, argv, n, &used)) != EX_OK)
		return rc;
	if (c->opt[CTL_HELP] != NULL) {
		ctl_help_cmd(c->cmd);
		return -1;
	}
	c->arg = argv + used;
	c->nargs = n - used;
	return EX_OK;
}

int
ctl_cmd_parse(struct ctl *c, int argc, char **argv)
{
	int n = 0, rc;

	if (argc < 1)
		return EX_USAGE;
	if ((rc = take_options(c, argv + 1, &n)) != EX_OK)
		return rc;
	c->conf_path = c->opt[CTL_CONF] == NULL ? CONF_PATH : c->opt[CTL_CONF];
	c->json = c->opt[CTL_JSON] != NULL;
	c->quiet = c->opt[CTL_QUIET] != NULL;
	c->verbose = c->opt[CTL_VERBOSE] != NULL;
	if ((rc = find_command(c, argv + 1, n)) != EX_OK)
		return rc;
	if ((rc = check_options(c)) != EX_OK)
		return rc;
	return check_args(c);
}
