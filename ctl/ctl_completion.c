/* completion bash: nouns, verbs and options from the table. */
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"

#include <stdio.h>
#include <string.h>

static void
print_options(uint64_t options)
{
	for (unsigned i = 0; i < CTL_OPTION_COUNT; i++)
		if ((options >> i & 1) != 0)
			printf(" %s%s",
			    strlen(ctl_options[i].name) == 1 ? "-" : "--",
			    ctl_options[i].name);
}

/* The words that can follow each noun: verbs, or options. */
static void
print_second(void)
{
	const char *last = "";

	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++) {
		bool begins = strcmp(d->noun, last) != 0;

		if (begins && last[0] != '\0')
			printf("\" ;;\n");
		if (begins)
			printf("\t%s) words=\"", d->noun);
		if (d->verb != NULL)
			printf("%s%s", begins ? "" : " ", d->verb);
		else
			print_options(d->options);
		last = d->noun;
	}
	printf("\" ;;\n");
}

static void
print_third(void)
{
	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++) {
		if (d->verb == NULL)
			continue;
		printf("\t\"%s %s\") words=\"", d->noun, d->verb);
		print_options(d->options | ctl_options_common);
		printf("\" ;;\n");
	}
}

int
ctl_completion(struct ctl *c)
{
	const char *last = "";

	if (strcmp(c->arg[0], "bash") != 0)
		return ctl_fail(
		    EX_USAGE, "there is a completion for bash only");
	printf("# bash completion for restante, printed by it\n"
	       "_restante()\n{\n"
	       "\tlocal words= noun= verb= i skip=\n"
	       "\tCOMPREPLY=()\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\t[[ $skip ]] && { skip=; continue; }\n"
	       "\t\tcase ${COMP_WORDS[i]} in\n"
	       "\t\t-c) skip=1 ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) if [[ -z $noun ]]; then noun=${COMP_WORDS[i]}\n"
	       "\t\t   elif [[ -z $verb ]]; then verb=${COMP_WORDS[i]}; fi ;;\n"
	       "\t\tesac\n"
	       "\tdone\n"
	       "\tif [[ -n $verb ]]; then case \"$noun $verb\" in\n");
	print_third();
	printf("\tesac; elif [[ -n $noun ]]; then case $noun in\n");
	print_second();
	printf("\tesac; else words=\"");
	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++) {
		if (strcmp(d->noun, last) != 0)
			printf("%s%s", last[0] == '\0' ? "" : " ", d->noun);
		last = d->noun;
	}
	for (const struct ctl_alias *a = ctl_aliases; a->word != NULL; a++)
		printf(" %s", a->word);
	printf("\"; fi\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- "
	       "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
	       "}\n"
	       "complete -o default -F _restante restante\n");
	return EX_OK;
}
