/*
 * Prints restante.conf(5) from the table of parameters; run by make, never
 * installed. Its text is that of `restante config explain`.
 */
#include "base/buf.h"
#include "conf/conf_roff.h"
#include "conf/conf_table.h"
#include "conf/conf_value.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
    ".TH RESTANTE.CONF 5 2026-11-23 \"restante " PACKAGE_VERSION "\"\n"
    ".SH NAME\n"
    "restante.conf \\- configuration of the mail server restante\n"
    ".SH SYNOPSIS\n"
    ".B " CONF_PATH "\n"
    ".SH DESCRIPTION\n"
    "Keys and sections, free-form. A value is a word, or a text in quotes; a\n"
    "list stands in braces, its values parted by commas:\n"
    ".PP\n"
    ".nf\n"
    "hostname = mail.example.org      # to the end of the line: a comment\n"
    "limits {\n"
    "    message_size = 25M\n"
    "}\n"
    "listen smtp {\n"
    "    address = {\"192.0.2.1:25\", \"[2001:db8::1]:25\"}\n"
    "}\n"
    ".fi\n"
    ".PP\n"
    "Every key has a default, so that an empty file is a whole configuration\n"
    "but for the certificate. Sizes are octets, or end with k, M, G or T\n"
    "(powers of 1024). Times end with ms, s, m, h, d or w. Switches are on or\n"
    "off; yes, no, true and false do too. Relative paths start at the folder\n"
    "of the file they stand in. Nothing is replaced from the environment.\n"
    ".PP\n"
    "A key that does not exist is an error, and so is a value out of range:\n"
    "the server does not start, and a reload keeps what was there before.\n"
    ".B restante check\n"
    "reads the file and names what is wrong,\n"
    ".B restante config show\n"
    "prints what is in force, and\n"
    ".B restante config explain KEY\n"
    "prints the text below.\n"
    ".PP\n"
    "Domains, accounts and aliases are not kept here but in the database; see\n"
    ".BR restante (8).\n";

static const char tail[] =
    ".SH FILES\n"
    ".TP\n"
    ".B " CONF_PATH "\n"
    "Read when no other file is named with\n"
    ".BR \\-c .\n"
    ".SH EXAMPLES\n"
    "A server with the five standard listeners:\n"
    ".PP\n"
    ".nf\n"
    "hostname = mail.example.org\n"
    "tls {\n"
    "    certificate = /etc/letsencrypt/live/mail.example.org/fullchain.pem\n"
    "    key = /etc/letsencrypt/live/mail.example.org/privkey.pem\n"
    "}\n"
    ".fi\n"
    ".PP\n"
    "One that only takes mail in, on one address:\n"
    ".PP\n"
    ".nf\n"
    "listen smtp {\n"
    "    address = {\"192.0.2.1:25\"}\n"
    "    max_clients_per_ip = 20\n"
    "}\n"
    ".fi\n"
    ".SH SEE ALSO\n"
    ".BR restante (8)\n";

/* The words of p->choices that mean something new. */
static void
put_choices(const struct conf_param *p)
{
	const char *sep = "";

	for (const struct conf_choice *c = p->choices; c->word != NULL; c++) {
		fputs(sep, stdout);
		conf_roff(c->word);
		sep = ", ";
		/* on and off; the rest are other names for them */
		if (p->size == 1 && c->value == 0 && c > p->choices)
			break;
	}
}

static void
put_kind(const struct conf_param *p)
{
	switch (p->type) {
	case CONF_T_TEXT:
	case CONF_T_NAME:
		if (p->choices != NULL) {
			put_choices(p);
			break;
		}
		fputs("text", stdout);
		break;
	case CONF_T_HOST:
		fputs("host name", stdout);
		break;
	case CONF_T_PATH:
		fputs("path", stdout);
		break;
	case CONF_T_COUNT:
		fputs("number", stdout);
		break;
	case CONF_T_SIZE:
		fputs("size", stdout);
		break;
	case CONF_T_TIME:
		printf("time%s%s", p->zero_word != NULL ? ", or " : "",
		    p->zero_word != NULL ? p->zero_word : "");
		break;
	case CONF_T_CHOICE:
		put_choices(p);
		break;
	case CONF_T_SET:
		fputs("list of ", stdout);
		put_choices(p);
		break;
	case CONF_T_ADDRESSES:
		fputs("list of addresses", stdout);
		break;
	case CONF_T_TIMES:
		printf("list of times%s%s", p->zero_word != NULL ? ", or " : "",
		    p->zero_word != NULL ? p->zero_word : "");
		break;
	case CONF_T_RELAY:
		printf("server%s%s", p->zero_word != NULL ? ", or " : "",
		    p->zero_word != NULL ? p->zero_word : "");
		break;
	case CONF_T_SERVER:
		fputs("address with port", stdout);
		break;
	case CONF_T_INCLUDE:
		fputs("pattern", stdout);
		break;
	}
}

static void
put_default(const struct conf *defaults, const struct conf_param *p)
{
	struct buf text = BUF_INIT(1024);

	if (p->def != NULL && conf_sections[p->section].title == NULL &&
	    p->type != CONF_T_INCLUDE) {
		conf_value_add(p, conf_place_of(defaults, p, 0), &text);
		fputs("; default ", stdout);
		conf_roff(buf_cstr(&text));
	} else if (p->def != NULL && *p->def != '\0') {
		fputs("; default ", stdout);
		conf_roff(p->def);
	}
	buf_fini(&text);
}

static void
put_param(const struct conf *defaults, const struct conf_param *p)
{
	printf(".TP\n.B ");
	conf_roff(p->name);
	printf("\n(");
	put_kind(p);
	put_default(defaults, p);
	printf(")\n.br\n");
	conf_roff(p->help);
	putchar('\n');
}

/* One value for each of the listeners that are there without any section. */
static void
put_presets(const struct conf *defaults)
{
	static const char *const keys[] = {
	    "service", "address", "tls", "auth", "idle_timeout", "banner"};

	printf(".PP\nDefaults of the five:\n.PP\n.nf\n");
	for (uint32_t i = 0; i < defaults->nlisteners; i++) {
		struct buf line = BUF_INIT(1024);

		buf_addf(&line, "listen %s {\n", defaults->listener[i].name);
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
			const struct conf_param *p =
			    conf_param(CONF_S_LISTEN, slice_str(keys[k]));

			buf_addf(&line, "    %s = ", p->name);
			conf_value_add(p, conf_place_of(defaults, p, i), &line);
			buf_add_str(&line, "\n");
		}
		buf_add_str(&line, "}\n");
		fputs(buf_cstr(&line), stdout);
		buf_fini(&line);
	}
	printf(".fi\n");
}

int
main(void)
{
	static struct conf defaults;

	conf_defaults(&defaults);
	fputs(head, stdout);
	for (unsigned s = 0; s < CONF_SECTIONS; s++) {
		const struct conf_section *sec = &conf_sections[s];

		if (s == CONF_S_TOP)
			printf(".SH KEYS\n");
		else if (sec->title == NULL)
			printf(".SH \"SECTION %s\"\n", sec->name);
		else
			printf(
			    ".SH \"SECTION %s %s\"\n", sec->name, sec->title);
		conf_roff(sec->help);
		putchar('\n');
		for (const struct conf_param *p = conf_params; p->name != NULL;
		     p++)
			if (p->section == s)
				put_param(&defaults, p);
		if (s == CONF_S_LISTEN)
			put_presets(&defaults);
	}
	fputs(tail, stdout);
	return ferror(stdout) || fflush(stdout) != 0;
}
