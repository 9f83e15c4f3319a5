/* Help from the table of commands. */
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 78 };

/* Words of text, wrapped, each line behind indent spaces; the first begins in
 * the column that the cursor is in. */
static void
print_wrapped(const char *text, size_t indent, size_t column)
{
	struct slice rest = slice_str(text), word;
	bool first = true;

	while (rest.len > 0) {
		slice_cut(&rest, ' ', &word);
		if (!first && column + 1 + word.len > COLUMNS) {
			putchar('\n');
			column = 0;
			first = true;
		}
		if (column < indent) {
			printf("%*s", (int)(indent - column), "");
			column = indent;
		}
		printf("%s%.*s", first ? "" : " ", SLICE_ARG(word));
		column += word.len + !first;
		first = false;
	}
	putchar('\n');
}

static void
print_name(const struct ctl_cmd *d, char *out, size_t size)
{
	(void)snprintf(out, size, "%s%s%s%s%s", d->noun,
	    d->verb == NULL ? "" : " ", d->verb == NULL ? "" : d->verb,
	    d->args[0] == '\0' ? "" : " ", d->args);
}

static void
print_options(uint64_t options)
{
	char name[64];

	for (unsigned i = 0; i < CTL_OPTION_COUNT; i++) {
		const struct ctl_option_text *o = &ctl_options[i];

		if ((options >> i & 1) == 0)
			continue;
		(void)snprintf(name, sizeof name, "%s%s%s%s",
		    strlen(o->name) == 1 ? "-" : "--", o->name,
		    o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
		printf("  %s%s", name, strlen(name) < 20 ? "" : "\n");
		print_wrapped(
		    o->help, 23, strlen(name) < 20 ? strlen(name) + 2 : 0);
	}
}

void
ctl_help_cmd(const struct ctl_cmd *d)
{
	char name[128];

	print_name(d, name, sizeof name);
	printf("restante %s\n\n", name);
	printf("  %c%s.\n", d->summary[0] - 'a' + 'A', d->summary + 1);
	if (d->help != NULL)
		print_wrapped(d->help, 2, 0);
	if (d->options != 0) {
		printf("\nOptions:\n");
		print_options(d->options);
	}
	printf("\nOptions of every command:\n");
	print_options(ctl_options_common);
}

static void
print_summaries(const char *noun)
{
	char name[128];
	int width = 0;

	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++) {
		print_name(d, name, sizeof name);
		if ((int)strlen(name) > width)
			width = (int)strlen(name);
	}
	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++) {
		if (noun != NULL && strcmp(d->noun, noun) != 0)
			continue;
		print_name(d, name, sizeof name);
		printf("  %-*s  %s\n", width, name, d->summary);
	}
}

void
ctl_help_noun(const char *noun)
{
	printf("restante %s VERB ...\n\n", noun);
	print_summaries(noun);
	printf("\n\"restante %s VERB --help\" says more.\n", noun);
}

void
ctl_help_all(void)
{
	printf("restante [-c FILE] COMMAND ...\n\n");
	print_summaries(NULL);
	printf("\nOther names:");
	for (const struct ctl_alias *a = ctl_aliases; a->word != NULL; a++)
		printf(" %s (%s %s)", a->word, a->noun, a->verb);
	printf("\nWords can be shortened as long as they are unique.\n\n"
	       "Options of every command:\n");
	print_options(ctl_options_common);
	printf("\n\"restante COMMAND --help\" says more; so do restante(8) and "
	       "restante.conf(5).\n");
}

int
ctl_help(struct ctl *c)
{
	char name[] = "restante", flag[] = "--help";
	char *argv[5] = {name};
	struct ctl other = {.conf_path = c->conf_path};
	int n = 1;

	for (int i = 0; i < c->nargs; i++)
		argv[n++] = c->arg[i];
	argv[n++] = flag;
	n = ctl_cmd_parse(&other, n, argv);
	return n == -1 ? EX_OK : n;
}

int
ctl_version(struct ctl *c)
{
	static const struct ctl_column columns[] = {
	    {"version", "version", CTL_TEXT}
        };
	struct ctl_table *t;

	if (c->opt[CTL_JSON] == NULL) {
		printf("restante %s\n", PACKAGE_VERSION);
		return EX_OK;
	}
	t = ctl_table_begin(c, columns, 1);
	ctl_put_text(t, SLICE(PACKAGE_VERSION));
	ctl_row_end(t);
	return ctl_table_end(&t) ? EX_OK : EX_IOERR;
}
