/* Which POP3 commands exist, where they are legal, and who runs them. */
#include "pop3/pop3_priv.h"

enum { AU = 1u << POP3_AUTHORIZATION, TR = 1u << POP3_TRANSACTION };
enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* What the wire must be, both to use a command and to announce it. */
enum channel { ANY, CAN_STLS, SECRETS };

static pop3_fn cmd_capa, cmd_dele, cmd_lang, cmd_noop, cmd_rset, cmd_utf8;
typedef bool capa_fn(const struct pop3_session *, struct buf *);
static capa_fn capa_expire, capa_login_delay, capa_sasl, capa_utf8;

static const struct pop3_cmd {
	const char *verb;
	unsigned valid; /* set of states */
	enum channel channel;
	unsigned min, max; /* number of arguments */
	pop3_fn *run;
} commands[] = {
    {"CAPA", AU | TR, ANY,      0, 0,   cmd_capa },
    {"NOOP", TR,      ANY,      0, 0,   cmd_noop },
    {"QUIT", AU | TR, ANY,      0, 0,   pop3_quit},
    {"STLS", AU,      CAN_STLS, 0, 0,   pop3_stls},
    {"USER", AU,      SECRETS,  1, 255, pop3_user},
    {"PASS", AU,      SECRETS,  0, 255, pop3_pass},
    {"AUTH", AU,      ANY,      0, 2,   pop3_auth},
    {"UTF8", AU,      ANY,      0, 0,   cmd_utf8 },
    {"LANG", AU | TR, ANY,      0, 1,   cmd_lang },
    {"STAT", TR,      ANY,      0, 0,   pop3_stat},
    {"LIST", TR,      ANY,      0, 1,   pop3_list},
    {"UIDL", TR,      ANY,      0, 1,   pop3_uidl},
    {"RETR", TR,      ANY,      1, 1,   pop3_retr},
    {"TOP",  TR,      ANY,      2, 2,   pop3_top },
    {"DELE", TR,      ANY,      1, 1,   cmd_dele },
    {"RSET", TR,      ANY,      0, 0,   cmd_rset },
    {NULL,   0,       ANY,      0, 0,   NULL     },
};

/* Capabilities (RFC 2449 section 6): a word, the states it is listed in, the
 * wire it needs, and a function for parameters, or to leave it out. */
static const struct pop3_capa {
	const char *word;
	unsigned listed;
	enum channel channel;
	capa_fn *add;
} capabilities[] = {
    {"TOP",		     AU | TR, ANY,      NULL            },
    {"USER",		    AU | TR, SECRETS,  NULL            },
    {"SASL",		    AU | TR, ANY,      capa_sasl       },
    {"RESP-CODES",              AU | TR, ANY,      NULL            },
    {"AUTH-RESP-CODE",          AU | TR, ANY,      NULL            },
    {"LOGIN-DELAY",             AU | TR, ANY,      capa_login_delay},
    {"PIPELINING",              AU | TR, ANY,      NULL            },
    {"EXPIRE",		  AU | TR, ANY,      capa_expire     },
    {"UIDL",		    AU | TR, ANY,      NULL            },
    {"UTF8",		    AU | TR, ANY,      capa_utf8       },
    {"LANG",		    AU | TR, ANY,      NULL            },
    {"STLS",		    AU,      CAN_STLS, NULL            },
    {"IMPLEMENTATION Restante", AU | TR, ANY,      NULL            },
};

static bool
open_here(const struct pop3_session *s, unsigned states, enum channel ch)
{
	if ((states & 1u << s->state) == 0)
		return false;
	if (ch == CAN_STLS)
		return !s->secure && s->server->tls != NULL &&
		       pop3_listener(s)->tls != CONF_TLS_OFF;
	return ch == ANY || pop3_secrets_ok(s);
}

static enum pop3_next
refuse(struct pop3_session *s, const struct pop3_cmd *c)
{
	if (c->verb == NULL)
		return pop3_fail(s, "unknown command");
	if (c->channel == SECRETS && (c->valid & 1u << s->state) != 0)
		return pop3_fail(
		    s, "use STLS first: no passwords in clear here");
	return pop3_fail(s, s->state == POP3_AUTHORIZATION
				? "log in first"
				: "command not available here");
}

enum pop3_next
pop3_cmd_run(struct pop3_session *s, const struct pop3_args *a)
{
	const struct pop3_cmd *c = commands;

	while (c->verb != NULL && !slice_eq_nocase(a->verb, slice_str(c->verb)))
		c++;
	if (c->verb == NULL || !open_here(s, c->valid, c->channel))
		return refuse(s, c);
	if (a->count < c->min || a->count > c->max)
		return pop3_fail(s, "wrong number of arguments");
	return c->run(s, a);
}

static enum pop3_next
cmd_capa(struct pop3_session *s, const struct pop3_args *a)
{
	struct buf words = BUF_INIT(512);

	(void)a; /* dispatch has checked that there are none */
	pop3_line(s, "+OK capability list follows");
	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities;
	     i++) {
		const struct pop3_capa *c = &capabilities[i];

		buf_reset(&words);
		if (!open_here(s, c->listed, c->channel) ||
		    (c->add != NULL && !c->add(s, &words)))
			continue;
		pop3_line(s, "%s%s", c->word, buf_cstr(&words));
	}
	buf_fini(&words);
	return pop3_line(s, ".");
}

static bool
capa_sasl(const struct pop3_session *s, struct buf *out)
{
	pop3_auth_names(s, out);
	return out->len > 0;
}

static bool
capa_expire(const struct pop3_session *s, struct buf *out)
{
	uint64_t ms = s->server->conf->pop3.expire_ms;

	if (ms == 0)
		buf_add_str(out, " NEVER");
	else
		buf_addf(out, " %llu", (unsigned long long)(ms / DAY_MS));
	return true;
}

static bool
capa_login_delay(const struct pop3_session *s, struct buf *out)
{
	uint64_t ms = s->server->conf->pop3.login_delay_ms;

	buf_addf(out, " %llu", (unsigned long long)((ms + 999) / 1000));
	return ms > 0;
}

/* RFC 6856 section 2.2: USER says that names and passwords may be UTF-8. */
static bool
capa_utf8(const struct pop3_session *s, struct buf *out)
{
	if (pop3_secrets_ok(s))
		buf_add_str(out, " USER");
	return true;
}

static enum pop3_next
cmd_noop(struct pop3_session *s, const struct pop3_args *a)
{
	(void)a;
	return pop3_line(s, "+OK");
}

/* UTF8 (RFC 6856 section 2.1). Messages go out as they are in either mode. */
static enum pop3_next
cmd_utf8(struct pop3_session *s, const struct pop3_args *a)
{
	(void)a;
	s->utf8 = true;
	return pop3_line(s, "+OK UTF8 enabled");
}

/* LANG (RFC 6856 section 3): our texts are English. */
static enum pop3_next
cmd_lang(struct pop3_session *s, const struct pop3_args *a)
{
	if (a->count == 0) {
		pop3_line(s, "+OK language listing follows");
		pop3_line(s, "en English");
		pop3_line(s, "i-default English");
		return pop3_line(s, ".");
	}
	if (slice_eq_nocase(a->arg[0], SLICE("en")))
		return pop3_line(s, "+OK en language changed");
	if (slice_eq_nocase(a->arg[0], SLICE("i-default")) ||
	    slice_eq(a->arg[0], SLICE("*")))
		return pop3_line(s, "+OK i-default language changed");
	return pop3_fail(s, "no such language");
}

/* DELE msg (RFC 1939 section 5): mark only; the store changes in UPDATE. */
static enum pop3_next
cmd_dele(struct pop3_session *s, const struct pop3_args *a)
{
	struct pop3_msg *m = pop3_drop_find(&s->drop, a->arg[0]);

	if (!s->server->conf->pop3.delete)
		return pop3_line(s, "-ERR [SYS/PERM] deleting is switched off");
	if (m == NULL)
		return pop3_fail(s, "no such message");
	pop3_drop_mark(&s->drop, m);
	return pop3_line(s, "+OK");
}

static enum pop3_next
cmd_rset(struct pop3_session *s, const struct pop3_args *a)
{
	(void)a;
	pop3_drop_unmark_all(&s->drop);
	return pop3_line(s, "+OK");
}
