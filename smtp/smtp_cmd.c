/* Which commands exist, where they are legal, and who runs them. */
#include "smtp/smtp_priv.h"

#include "smtp/smtp_parse.h"
#include "smtp/smtp_policy.h"

enum {
	HE = 1u << SMTP_HELLO,
	RE = 1u << SMTP_READY,
	MA = 1u << SMTP_MAIL,
	RC = 1u << SMTP_RCPT,
	CH = 1u << SMTP_CHUNKS,
	GREETED = RE | MA | RC | CH,
	ANY = HE | GREETED
};
enum args { NONE, MAYBE, SOME };
enum {
	CLEAR = 1, /* works before the TLS that the listener requires */
	SELF = 2   /* the handler asks smtp_cmd_refusal itself */
};

static const struct cmd {
	const char *verb;
	unsigned valid; /* set of states */
	enum smtp_ext ext;
	unsigned flags;
	enum args args;
	smtp_cmd_fn *run;
} commands[] = {
    {"EHLO",     ANY,     SMTP_EXT_NONE,     CLEAR, MAYBE, smtp_cmd_ehlo    },
    {"HELO",     ANY,     SMTP_EXT_NONE,     CLEAR, MAYBE, smtp_cmd_helo    },
    {"MAIL",     RE,      SMTP_EXT_NONE,     0,     SOME,  smtp_cmd_mail    },
 /* answers in order, so the handler says too that nothing was given */
    {"RCPT",     MA | RC, SMTP_EXT_NONE,     0,     MAYBE, smtp_cmd_rcpt    },
    {"DATA",     RC,      SMTP_EXT_NONE,     0,     NONE,  smtp_cmd_data    },
    {"BDAT",     RC | CH, SMTP_EXT_CHUNKING, SELF,  SOME,  smtp_cmd_bdat    },
    {"RSET",     ANY,     SMTP_EXT_NONE,     CLEAR, NONE,  smtp_cmd_rset    },
    {"NOOP",     ANY,     SMTP_EXT_NONE,     CLEAR, MAYBE, smtp_cmd_noop    },
    {"VRFY",     ANY,     SMTP_EXT_NONE,     0,     SOME,  smtp_cmd_vrfy    },
    {"HELP",     ANY,     SMTP_EXT_HELP,     CLEAR, MAYBE, smtp_cmd_help    },
    {"STARTTLS", RE,      SMTP_EXT_STARTTLS, CLEAR, NONE,  smtp_cmd_starttls},
    {"AUTH",     RE,      SMTP_EXT_AUTH,     SELF,  SOME,  smtp_cmd_auth    },
    {"QUIT",     ANY,     SMTP_EXT_NONE,     CLEAR, NONE,  smtp_cmd_quit    },
 /* known, and not here: RFC 5321 section 7.3 and appendix F */
    {"EXPN",     ANY,     SMTP_EXT_NONE,     CLEAR, MAYBE, NULL             },
    {"TURN",     ANY,     SMTP_EXT_NONE,     CLEAR, MAYBE, NULL             },
    {"SEND",     ANY,     SMTP_EXT_NONE,     CLEAR, MAYBE, NULL             },
    {"SOML",     ANY,     SMTP_EXT_NONE,     CLEAR, MAYBE, NULL             },
    {"SAML",     ANY,     SMTP_EXT_NONE,     CLEAR, MAYBE, NULL             },
    {NULL,       0,       SMTP_EXT_NONE,     0,     NONE,  NULL             },
};

void
smtp_cmd_add_names(struct buf *out)
{
	for (const struct cmd *c = commands; c->run != NULL; c++) {
		if (c != commands)
			buf_add_char(out, ' ');
		buf_add_str(out, c->verb);
	}
}

/* What is missing for a command that is not legal in this state */
static enum smtp_say
out_of_sequence(const struct smtp_session *s, const struct cmd *c)
{
	if (s->d.state == SMTP_HELLO)
		return SMTP_SAY_HELO_FIRST;
	if (s->d.state == SMTP_MAIL && (c->valid & RC) != 0)
		return SMTP_SAY_NO_RCPTS;
	if (s->d.state == SMTP_READY && (c->valid & RC) != 0)
		return SMTP_SAY_MAIL_FIRST;
	return SMTP_SAY_SEQUENCE;
}

static enum smtp_say
refusal(const struct smtp_session *s, const struct cmd *c)
{
	struct smtp_facts f = smtp_session_facts(s);
	enum smtp_say say = SMTP_SAY_OK;

	if ((c->flags & CLEAR) == 0)
		say = smtp_policy_channel(&f);
	if (say == SMTP_SAY_OK && !smtp_ext_open(c->ext, &f))
		say = c->ext == SMTP_EXT_STARTTLS && f.secure
			  ? SMTP_SAY_IN_TLS
			  : SMTP_SAY_NOT_HERE;
	if (say == SMTP_SAY_OK && (c->valid & 1u << s->d.state) == 0)
		say = out_of_sequence(s, c);
	return say;
}

enum smtp_say
smtp_cmd_refusal(const struct smtp_session *s, smtp_cmd_fn *run)
{
	const struct cmd *c = commands;

	while (c->run != run)
		c++;
	return refusal(s, c);
}

static enum smtp_say
check_args(const struct cmd *c, struct slice args)
{
	if (c->args == NONE && args.len > 0)
		return SMTP_SAY_NO_ARGS;
	return c->args == SOME && args.len == 0 ? SMTP_SAY_BAD_ARGS
						: SMTP_SAY_OK;
}

/* Replies stay in order: only RCPT may be asked while answers to RCPT are due
 * (RFC 2920 section 3.2). */
static bool
must_wait(const struct smtp_session *s, const struct cmd *c)
{
	if (s->tx == NULL || list_empty(&s->tx->pending))
		return false;
	return c->run != smtp_cmd_rcpt || smtp_rcpt_must_wait(s->tx);
}

enum smtp_next
smtp_cmd_run(struct smtp_session *s, struct slice line, bool *consumed)
{
	const struct cmd *c = commands;
	struct smtp_line l = {SLICE_NONE, SLICE_NONE};
	enum err e = smtp_parse_line(line, &l);
	enum smtp_say say;

	while (c->verb != NULL && !slice_eq_nocase(l.verb, slice_str(c->verb)))
		c++;
	if (must_wait(s, c)) {
		*consumed = false;
		smtp_session_rest(s, SMTP_ON_RCPTS);
		return SMTP_READ;
	}
	if (e != ERR_OK)
		return smtp_session_say(s, SMTP_SAY_BAD_OCTETS);
	if (c->run == NULL)
		return smtp_session_say(s, c->verb == NULL
					       ? SMTP_SAY_UNKNOWN_COMMAND
					       : SMTP_SAY_NOT_HERE);
	if ((c->flags & SELF) != 0)
		return c->run(s, l.args);
	if ((say = refusal(s, c)) == SMTP_SAY_OK)
		say = check_args(c, l.args);
	return say == SMTP_SAY_OK ? c->run(s, l.args)
				  : smtp_session_say(s, say);
}
