/*
 * Prints restante(8) from the table of commands; run by make, never installed.
 * Its text is that of --help.
 */
#include "conf/conf_roff.h"
#include "ctl/ctl_cmd.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
    ".TH RESTANTE 8 2026-11-23 \"restante " PACKAGE_VERSION "\"\n"
    ".SH NAME\n"
    "restante \\- mail server: SMTP in and out, mailboxes, POP3\n"
    ".SH SYNOPSIS\n"
    ".B restante serve\n"
    ".RB [ \\-c\n"
    ".IR FILE ]\n"
    ".br\n"
    ".B restante\n"
    ".RB [ \\-c\n"
    ".IR FILE ]\n"
    ".I COMMAND\n"
    ".RI [ ARGUMENT ...]\n"
    ".RI [ OPTION ...]\n"
    ".SH DESCRIPTION\n"
    ".B restante serve\n"
    "is the server. Every other command administers it: through the admin\n"
    "socket of the running server, or, when none runs, by opening the store\n"
    "itself for as long as the command takes. Then the store cannot be opened\n"
    "a second time; a second command says so and ends with status 75.\n"
    ".PP\n"
    "Commands and verbs can be shortened as long as they are unique. Options\n"
    "may stand anywhere; what follows \"\\-\\-\" is no option. Data goes to\n"
    "standard output, messages to standard error. With\n"
    ".B \\-\\-json\n"
    "each line is one JSON object; times are RFC 3339 in UTC, sizes are\n"
    "octets. Passwords are asked for on the terminal or read from standard\n"
    "input; they are never arguments, which others can see.\n";

static const char tail[] =
    ".SH FILES\n"
    ".TP\n"
    ".B " CONF_PATH "\n"
    "The configuration, see\n"
    ".BR restante.conf (5).\n"
    ".TP\n"
    ".B /var/lib/restante\n"
    "The database (data_dir).\n"
    ".TP\n"
    ".B /run/restante/control\n"
    "The admin socket (admin.socket). Root, the owner of the data and the\n"
    "members of admin.group may use it.\n"
    ".TP\n"
    ".B /run/restante/submit\n"
    "The submission socket (submit.socket), for\n"
    ".BR \"restante sendmail\" .\n"
    "Everybody may use it.\n"
    ".SH EXIT STATUS\n"
    "Those of sysexits(3), so that scripts can tell them apart:\n"
    ".PP\n"
    ".nf\n"
    "0    done\n"
    "1    verify has found something\n"
    "64   the command line is wrong\n"
    "65   a name, a file or a password is wrong\n"
    "66   a file cannot be read, or there is nothing to bring back\n"
    "67   no such user, alias or domain\n"
    "69   no server is running, or it went away\n"
    "70   a mistake in this program\n"
    "73   it exists already, or cannot be made\n"
    "74   input or output error\n"
    "75   try again: busy, locked, or no answer\n"
    "77   not permitted\n"
    "78   the configuration is wrong\n"
    ".fi\n"
    ".SH EXAMPLES\n"
    "A new server, and a second user:\n"
    ".PP\n"
    ".nf\n"
    "restante quickstart alice@example.org \\-\\-hostname mail.example.org\n"
    "restante user add bob@example.org \\-\\-quota 2G\n"
    ".fi\n"
    ".PP\n"
    "Role addresses, a list, and what nobody else has:\n"
    ".PP\n"
    ".nf\n"
    "restante alias add info@example.org alice@example.org bob@example.org\n"
    "restante alias add @example.org alice@example.org\n"
    ".fi\n"
    ".PP\n"
    "Users and mail from another server; the clients notice nothing:\n"
    ".PP\n"
    ".nf\n"
    "restante user import /etc/dovecot/users \\-\\-format dovecot\n"
    "restante mailbox import bob@example.org /home/bob/Maildir\n"
    ".fi\n"
    ".PP\n"
    "A client has emptied the mailbox an hour ago:\n"
    ".PP\n"
    ".nf\n"
    "restante mailbox show bob@example.org\n"
    "restante mailbox undelete bob@example.org \\-\\-since 2h\n"
    ".fi\n"
    ".SH SEE ALSO\n"
    ".BR restante.conf (5),\n"
    ".BR crypt (5)\n";

static void
put_options(uint64_t options)
{
	for (unsigned i = 0; i < CTL_OPTION_COUNT; i++) {
		const struct ctl_option_text *o = &ctl_options[i];

		if ((options >> i & 1) == 0)
			continue;
		printf(".TP\n.B \"%s", strlen(o->name) == 1 ? "\\-" : "\\-\\-");
		conf_roff(o->name);
		printf("%s%s\"\n", o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
		conf_roff(o->help);
		putchar('\n');
	}
}

static void
put_command(const struct ctl_cmd *d)
{
	printf(".SS \"%s%s%s", d->noun, d->verb == NULL ? "" : " ",
	    d->verb == NULL ? "" : d->verb);
	if (d->args[0] != '\0') {
		putchar(' ');
		conf_roff(d->args);
	}
	printf("\"\n%c", d->summary[0] - 'a' + 'A');
	conf_roff(d->summary + 1);
	printf(".\n");
	if (d->help != NULL) {
		conf_roff(d->help);
		putchar('\n');
	}
	put_options(d->options);
}

int
main(void)
{
	fputs(head, stdout);
	printf(".SH OPTIONS\nOf every command:\n");
	put_options(ctl_options_common);
	printf(".SH COMMANDS\n");
	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++)
		put_command(d);
	printf(".SS \"Other names\"\n");
	for (const struct ctl_alias *a = ctl_aliases; a->word != NULL; a++)
		printf("%s%s for %s %s", a == ctl_aliases ? "" : ",\n", a->word,
		    a->noun, a->verb);
	printf(".\n");
	fputs(tail, stdout);
	return ferror(stdout) || fflush(stdout) != 0;
}
