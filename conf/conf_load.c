/*
 * Files into struct conf; the only user of libconfuse, which does the grammar:
 * keys, sections, lists, quotes. Every value is kept as text with its line, and
 * becomes a value by its row in conf_table.c, so that messages are ours.
 */
#include "conf/conf.h"

#include "base/buf.h"
#include "conf/conf_near.h"
#include "conf/conf_table.h"
#include "conf/conf_text.h"
#include "conf/conf_value.h"
#include "mime/mime_addr.h"

#include <confuse.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES_MAX = 64, WORDS_MAX = 64, ROWS_MAX = 32 };

/* Put behind the last line: libconfuse takes the end of a file for the end of
 * any section, and this key is unknown in all but the outermost. */
#define END_MARK "restante-end-of-file"

struct load {
	struct conf *conf;
	struct buf *errors;
	bool failed, listeners; /* listeners: the file has brought one */
	const char *file;       /* being read */
	unsigned lines;         /* of it */
	char *folder;           /* of it, absolute */
	char *queue[FILES_MAX]; /* files to read */
	unsigned nqueue;
};

/* libconfuse's callbacks get no context */
static struct load *current;

static void say(struct load *l, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
say(struct load *l, unsigned line, const char *fmt, ...)
{
	va_list ap;

	l->failed = true;
	if (line > l->lines) /* libconfuse is at the mark we have added */
		line = l->lines;
	if (line > 0)
		buf_addf(l->errors, "%s:%u: ", l->file, line);
	else
		buf_addf(l->errors, "%s: ", l->file);
	va_start(ap, fmt);
	buf_vaddf(l->errors, fmt, ap);
	va_end(ap);
	buf_add_char(l->errors, '\n');
}

/* --- what libconfuse calls ------------------------------------------- */

struct word { /* one value as it was written */
	unsigned line;
	char text[];
};

static int
keep_word(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	size_t n = strlen(value) + 1;
	struct word *w = malloc(sizeof *w + n);

	(void)opt;
	if (w == NULL)
		return -1;
	w->line = (unsigned)cfg->line;
	memcpy(w->text, value, n);
	memcpy(result, &w, sizeof w);
	return 0;
}

/* What other servers keep in their configuration, and where it is here. */
static const struct elsewhere {
	const char *key, *what, *command;
} elsewhere[] = {
    {"domain",  "domains", "domain add NAME"         },
    {"domains", "domains", "domain add NAME"         },
    {"user",    "users",   "user add ADDRESS"        },
    {"users",   "users",   "user add ADDRESS"        },
    {"account", "users",   "user add ADDRESS"        },
    {"mailbox", "users",   "user add ADDRESS"        },
    {"alias",   "aliases", "alias add ADDRESS TARGET"},
    {"aliases", "aliases", "alias add ADDRESS TARGET"},
    {NULL,      NULL,      NULL		      },
};

static bool
say_elsewhere(struct load *l, unsigned line, const char *key)
{
	const struct elsewhere *x = elsewhere;

	while (x->key != NULL && strcmp(x->key, key) != 0)
		x++;
	if (x->key != NULL)
		say(l, line,
		    "unknown key \"%s\": %s live in the store, not here "
		    "(restante %s)",
		    key, x->what, x->command);
	return x->key != NULL;
}

/* A key that does not exist: which one may have been meant? */
static void
say_unknown(struct load *l, const cfg_t *cfg, const char *key)
{
	unsigned line = (unsigned)cfg->line;
	bool top = strcmp(cfg->name, "root") == 0;
	struct conf_near near;

	if (strcmp(key, END_MARK) == 0) {
		say(l, line, "section \"%s\" is not closed (\"}\" is missing)",
		    cfg->name);
		return;
	}
	if (top && say_elsewhere(l, line, key))
		return;
	conf_near_begin(&near, slice_str(key));
	for (cfg_opt_t *o = cfg->opts; o->name != NULL; o++)
		if (strcmp(o->name, END_MARK) != 0)
			conf_near_try(&near, o->name);
	if (near.best != NULL)
		say(l, line, "unknown key \"%s\"%s%s; did you mean \"%s\"?",
		    key, top ? "" : " in ", top ? "" : cfg->name, near.best);
	else
		say(l, line, "unknown key \"%s\"%s%s (see restante.conf(5))",
		    key, top ? "" : " in ", top ? "" : cfg->name);
}

static void syntax_error(cfg_t *cfg, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
syntax_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[256] = "";
	const char *key;

	if (strcmp(fmt, "no such option '%s'") == 0) {
		key = va_arg(ap, const char *);
		say_unknown(current, cfg, key);
		return;
	}
	(void)vsnprintf(text, sizeof text, fmt, ap);
	say(current, (unsigned)cfg->line, "%s", text);
}

/* --- grammar from the table ------------------------------------------ */

struct grammar {
	cfg_opt_t rows[CONF_SECTIONS][ROWS_MAX];
	unsigned n[CONF_SECTIONS];
};

static void
add_row(struct grammar *g, enum conf_section_id s, cfg_opt_t opt)
{
	g->rows[s][g->n[s]++] = opt;
}

static void
make_grammar(struct grammar *g)
{
	memset(g, 0, sizeof *g);
	for (const struct conf_param *p = conf_params; p->name != NULL; p++)
		if (conf_type_is_list(p->type))
			add_row(g, p->section,
			    (cfg_opt_t)CFG_PTR_LIST_CB(
				p->name, NULL, CFGF_NONE, keep_word, free));
		else
			add_row(g, p->section,
			    (cfg_opt_t)CFG_PTR_CB(
				p->name, NULL, CFGF_NONE, keep_word, free));
	add_row(g, CONF_S_TOP,
	    (cfg_opt_t)CFG_PTR_CB(END_MARK, NULL, CFGF_NONE, keep_word, free));
	/* from the last to the first: a section comes behind its parent */
	for (unsigned s = CONF_SECTIONS - 1; s > CONF_S_TOP; s--) {
		cfg_flag_t flags =
		    conf_sections[s].title == NULL
			? CFGF_NONE
			: CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;

		add_row(g, conf_sections[s].parent,
		    (cfg_opt_t)CFG_SEC(
			conf_section_word(s), g->rows[s], flags));
	}
}

/* --- words into values ----------------------------------------------- */

static void
queue_files(struct load *l, const struct word *w)
{
	char pattern[PATH_MAX];
	glob_t found;
	int rc;

	if (w->text[0] == '\0')
		return;
	if (snprintf(pattern, sizeof pattern, "%s%s%s",
		w->text[0] == '/' ? "" : l->folder,
		w->text[0] == '/' ? "" : "/", w->text) >= (int)sizeof pattern) {
		say(l, w->line, "include: the path is too long");
		return;
	}
	rc = glob(pattern, GLOB_MARK, NULL, &found);
	if (rc == GLOB_NOMATCH && strpbrk(pattern, "*?[") == NULL)
		say(l, w->line, "include: %s: no such file", pattern);
	else if (rc != 0 && rc != GLOB_NOMATCH)
		say(l, w->line, "include: %s: cannot be read", pattern);
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++) {
		if (l->nqueue == FILES_MAX) {
			say(l, w->line, "include: more than %d files in all",
			    FILES_MAX);
			break;
		}
		if ((l->queue[l->nqueue] = strdup(found.gl_pathv[i])) != NULL)
			l->nqueue++;
	}
	if (rc == 0)
		globfree(&found);
}

/* "limits.message_size", "listen.smtp.tls" */
static void
say_key(const struct load *l, const struct conf_param *p, uint32_t i,
    struct buf *out)
{
	const struct conf_section *s = &conf_sections[p->section];

	if (s->name[0] != '\0')
		buf_addf(out, "%s.", s->name);
	if (s->title != NULL)
		buf_addf(out, "%s.", conf_title(l->conf, p->section, i));
	buf_add_str(out, p->name);
}

static void
set_param(struct load *l, cfg_t *cfg, const struct conf_param *p, uint32_t i)
{
	unsigned n = cfg_size(cfg, p->name);
	cfg_opt_t *opt = cfg_getopt(cfg, p->name);
	struct slice words[WORDS_MAX];
	struct buf why = BUF_INIT(1024), key = BUF_INIT(1024);
	const struct word *w;
	unsigned line = (unsigned)cfg->line;

	if (opt == NULL || (opt->flags & CFGF_MODIFIED) == 0)
		return;
	for (unsigned k = 0; k < n && k < WORDS_MAX; k++) {
		w = cfg_opt_getnptr(opt, k);
		words[k] = slice_str(w->text);
		if (k == 0)
			line = w->line;
	}
	say_key(l, p, i, &key);
	if (p->type == CONF_T_INCLUDE)
		queue_files(l, cfg_opt_getnptr(opt, 0));
	else if (n > WORDS_MAX)
		say(l, line, "%s: too many values", buf_cstr(&key));
	else if (!conf_value_set(
		     p, conf_place(l->conf, p, i), words, n, l->folder, &why))
		say(l, line, "%s: %s", buf_cstr(&key), buf_cstr(&why));
	buf_fini(&why);
	buf_fini(&key);
}

static void
set_section(struct load *l, cfg_t *cfg, enum conf_section_id s, uint32_t i)
{
	for (const struct conf_param *p = conf_params; p->name != NULL; p++)
		if (p->section == s)
			set_param(l, cfg, p, i);
}

/* The instance of this title; ERR_NOENT: not there yet. */
static enum err
find_title(const struct conf *c, enum conf_section_id s, const char *title,
    uint32_t *i)
{
	for (*i = 0; *i < conf_count(c, s); (*i)++)
		if (strcmp(conf_title(c, s, *i), title) == 0)
			return ERR_OK;
	return ERR_NOENT;
}

static bool
add_listener(struct load *l, cfg_t *cfg, const char *title)
{
	cfg_opt_t *opt = cfg_getopt(cfg, "service");
	struct slice service = SLICE_NONE, name = slice_str(title);
	struct conf *c = l->conf;
	unsigned line = (unsigned)cfg->line;
	const struct word *w;
	enum err e;

	if (opt != NULL && (opt->flags & CFGF_MODIFIED) != 0) {
		w = cfg_opt_getnptr(opt, 0);
		service = slice_str(w->text);
	}
	if (!slice_is_printable(name) || name.len == 0 ||
	    slice_find(name, '.') < name.len) {
		say(l, line,
		    "listen: the name of a section is made of letters "
		    "and digits");
		return false;
	}
	e = conf_listener_init(&c->listener[c->nlisteners], name, service);
	if (e == ERR_SYNTAX && service.p != NULL)
		/* the value is what is wrong; let its row say so */
		e = conf_listener_init(
		    &c->listener[c->nlisteners], name, SLICE("smtp"));
	if (e == ERR_SYNTAX)
		say(l, line,
		    "listen.%s.service: is missing (smtp, submission "
		    "or pop3)",
		    title);
	else if (e != ERR_OK)
		say(l, line, "listen: the name is longer than %d octets",
		    CONF_NAME - 1);
	if (e == ERR_OK)
		c->nlisteners++;
	return e == ERR_OK;
}

static void
add_sni(struct load *l, const char *title)
{
	struct conf_sni *sni = &l->conf->tls.sni[l->conf->tls.nsni++];

	memset(sni, 0, sizeof *sni);
	(void)slice_to_str(slice_str(title), sni->name, sizeof sni->name);
}

static void
add_route(struct load *l, const char *title)
{
	struct conf_route *r =
	    &l->conf->outbound.route[l->conf->outbound.nroutes++];

	memset(r, 0, sizeof *r);
	(void)slice_to_str(slice_str(title), r->name, sizeof r->name);
}

/* A title as it is kept: host names in their canonical form. */
static bool
make_title(
    struct load *l, cfg_t *cfg, enum conf_section_id s, char out[CONF_TEXT + 1])
{
	struct slice title = slice_str(cfg_title(cfg));
	bool below = s == CONF_S_ROUTE && title.len > 0 && title.p[0] == '.';
	char host[MIME_DOMAIN_MAX + 1];

	if (s == CONF_S_LISTEN) /* add_listener says what is wrong */
		return slice_to_str(slice_first(title, CONF_TEXT - 1), out,
			   CONF_TEXT) == ERR_OK;
	if (mime_addr_parse_domain(slice_skip(title, below ? 1 : 0), false,
		true, host) != ERR_OK ||
	    strlen(host) + below >= CONF_TEXT) {
		say(l, (unsigned)cfg->line, "%s: \"%.*s\" is not a %s",
		    conf_sections[s].name, SLICE_ARG(title),
		    s == CONF_S_ROUTE ? "domain" : "host name");
		return false;
	}
	(void)snprintf(out, CONF_TEXT, "%s%s", below ? "." : "", host);
	return true;
}

static bool
add_title(struct load *l, cfg_t *cfg, enum conf_section_id s, const char *title)
{
	if (conf_count(l->conf, s) == conf_sections[s].max) {
		say(l, (unsigned)cfg->line, "more than %zu sections %s",
		    conf_sections[s].max, conf_section_word(s));
		return false;
	}
	if (s == CONF_S_LISTEN)
		return add_listener(l, cfg, title);
	if (s == CONF_S_ROUTE)
		add_route(l, title);
	else
		add_sni(l, title);
	return true;
}

static void
set_titled(struct load *l, cfg_t *parent, enum conf_section_id s)
{
	const char *name = conf_section_word(s);

	for (unsigned k = 0; k < cfg_size(parent, name); k++) {
		cfg_t *cfg = cfg_getnsec(parent, name, k);
		char title[CONF_TEXT + 1];
		uint32_t i;

		if (s == CONF_S_LISTEN && !l->listeners) {
			memset(l->conf->listener, 0, sizeof l->conf->listener);
			l->conf->nlisteners = 0;
			l->listeners = true;
		}
		if (!make_title(l, cfg, s, title))
			continue;
		if (find_title(l->conf, s, title, &i) == ERR_OK ||
		    add_title(l, cfg, s, title))
			set_section(l, cfg, s, i);
	}
}

static void
set_all(struct load *l, cfg_t *cfg)
{
	for (enum conf_section_id s = CONF_S_TOP; s < CONF_SECTIONS; s++) {
		enum conf_section_id up = conf_sections[s].parent;
		cfg_t *parent = up == CONF_S_TOP
				    ? cfg
				    : cfg_getsec(cfg, conf_sections[up].name);

		if (conf_sections[s].title != NULL)
			set_titled(l, parent, s);
		else
			set_section(l,
			    s == CONF_S_TOP
				? cfg
				: cfg_getsec(cfg, conf_sections[s].name),
			    s, 0);
	}
}

/* --- files ----------------------------------------------------------- */

static void
parse(struct load *l, struct buf *text)
{
	struct grammar *g = malloc(sizeof *g);
	cfg_t *cfg = NULL;

	buf_add_str(text, "\n" END_MARK " = 1\n");
	if (g != NULL) {
		make_grammar(g);
		cfg = cfg_init(g->rows[CONF_S_TOP], CFGF_NONE);
	}
	if (text->err != ERR_OK) {
		say(l, 0, "%s", err_text(text->err));
	} else if (cfg == NULL) {
		say(l, 0, "%s", err_text(ERR_NOMEM));
	} else {
		current = l;
		(void)cfg_set_error_function(cfg, syntax_error);
		if (cfg_parse_buf(cfg, buf_cstr(text)) == CFG_SUCCESS)
			set_all(l, cfg);
		else if (!l->failed)
			say(l, 0, "cannot be read");
		current = NULL;
	}
	if (cfg != NULL)
		cfg_free(cfg);
	free(g);
}

/* The absolute folder of a path; new. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *part, *full;

	if (slash == NULL)
		return realpath(".", NULL);
	if ((part = strndup(path, (size_t)(slash - path) + 1)) == NULL)
		return NULL;
	full = realpath(part, NULL);
	free(part);
	return full;
}

static unsigned
count_lines(struct slice text)
{
	unsigned n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += i == 0 || text.p[i - 1] == '\n';
	return n;
}

static void
read_file(struct load *l, const char *path)
{
	struct buf text = BUF_INIT(CONF_FILE_MAX);
	const char *why = NULL;
	unsigned line = 0;
	enum err e;

	l->file = path;
	e = conf_text_read(path, &text);
	l->lines = count_lines(buf_slice(&text));
	if (e == ERR_IO)
		say(l, 0, "%s", strerror(errno));
	else if (e != ERR_OK)
		say(l, 0, "%s", err_text(e));
	else if ((l->folder = folder_of(path)) == NULL)
		say(l, 0, "%s", strerror(errno));
	else if (!conf_text_clean(&text, &line, &why))
		say(l, line, "%s", why);
	else
		parse(l, &text);
	free(l->folder);
	l->folder = NULL;
	buf_fini(&text);
}

bool
conf_load(const char *path, struct conf *out, struct buf *errors)
{
	struct load l = {.conf = out, .errors = errors};

	conf_defaults(out);
	if (path == NULL)
		return true;
	if ((l.queue[0] = strdup(path)) == NULL)
		return false;
	l.nqueue = 1;
	/* include adds to the queue while we walk it; FILES_MAX ends loops */
	for (unsigned i = 0; i < l.nqueue; i++)
		read_file(&l, l.queue[i]);
	for (unsigned i = 0; i < l.nqueue; i++)
		free(l.queue[i]);
	return !l.failed;
}
