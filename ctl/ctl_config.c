/* check, config show, config explain. */
#include "base/buf.h"
#include "conf/conf_near.h"
#include "ctl/ctl_check_tls.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024 * 1024 };

/* --- check ----------------------------------------------------------- */

static const struct ctl_column columns[] = {
    {"LEVEL",   "level",   CTL_TEXT},
    {"MESSAGE", "message", CTL_TEXT},
};

/* Each line of messages on standard error, or as JSON. */
static void
report(const struct ctl *c, struct slice messages)
{
	struct ctl_table *t = ctl_table_begin(c, columns, 2);
	struct slice line, warning = SLICE("warning: ");

	while (messages.len > 0) {
		bool warn;

		slice_cut(&messages, '\n', &line);
		warn = slice_starts(line, warning);
		if (!c->json) {
			fprintf(stderr, "%.*s\n", SLICE_ARG(line));
			continue;
		}
		ctl_put_text(t, warn ? SLICE("warning") : SLICE("error"));
		ctl_put_text(t, warn ? slice_skip(line, warning.len) : line);
		ctl_row_end(t);
	}
	(void)ctl_table_end(&t);
}

int
ctl_check(struct ctl *c)
{
	const char *path = c->nargs > 0 ? c->arg[0] : c->conf_path;
	struct buf messages = BUF_INIT(TEXT_MAX);
	bool ok;

	ok = conf_load(path, &c->conf, &messages) &&
	     conf_check(&c->conf, &messages) &&
	     ctl_check_tls(&c->conf, &messages);
	report(c, buf_slice(&messages));
	buf_fini(&messages);
	if (ok && !c->json)
		ctl_note(c, "%s: ok", path);
	return ok ? EX_OK : EX_CONFIG;
}

/* --- show ------------------------------------------------------------ */

static int
unknown_key(const struct conf *conf, const char *want)
{
	struct buf key = BUF_INIT(1024), value = BUF_INIT(TEXT_MAX);
	char best[512] = "";
	struct conf_near near;
	bool def;

	conf_near_begin(&near, slice_str(want));
	for (unsigned i = 0; conf_item(conf, i, &key, &value, &def); i++) {
		near.best = NULL; /* the word of the last turn is gone */
		conf_near_try(&near, buf_cstr(&key));
		if (near.best != NULL) /* nearer than what we have */
			(void)slice_to_str(buf_slice(&key), best, sizeof best);
		buf_reset(&key);
		buf_reset(&value);
	}
	buf_fini(&key);
	buf_fini(&value);
	if (best[0] != '\0')
		return ctl_fail(EX_USAGE, "no key \"%s\"; did you mean \"%s\"?",
		    want, best);
	return ctl_fail(
	    EX_USAGE, "no key \"%s\" (restante config show lists them)", want);
}

/* As the server sees it, or without any file. */
static int
load(struct ctl *c)
{
	struct buf errors = BUF_INIT(TEXT_MAX);
	bool ok = true;

	if (c->opt[CTL_DEFAULTS] != NULL)
		conf_defaults(&c->conf);
	else
		ok = conf_load(c->conf_path, &c->conf, &errors);
	if (!ok)
		fputs(buf_cstr(&errors), stderr);
	buf_fini(&errors);
	return ok ? EX_OK : EX_CONFIG;
}

static int
show_key(const struct ctl *c, const char *key)
{
	struct buf value = BUF_INIT(TEXT_MAX);
	bool found = conf_get(&c->conf, key, &value);

	if (found)
		puts(buf_cstr(&value));
	buf_fini(&value);
	return found ? EX_OK : unknown_key(&c->conf, key);
}

static int
show_json(const struct ctl *c)
{
	static const struct ctl_column item[] = {
	    {"KEY",     "key",     CTL_TEXT},
	    {"VALUE",   "value",   CTL_TEXT},
	    {"DEFAULT", "default", CTL_TEXT},
	};
	struct ctl_table *t = ctl_table_begin(c, item, 3);
	struct buf key = BUF_INIT(1024), value = BUF_INIT(TEXT_MAX);
	bool def;

	for (unsigned i = 0; conf_item(&c->conf, i, &key, &value, &def); i++) {
		if ((!def || c->opt[CTL_CHANGED] == NULL) &&
		    (c->nargs == 0 ||
			slice_eq(buf_slice(&key), slice_str(c->arg[0])))) {
			ctl_put_text(t, buf_slice(&key));
			ctl_put_text(t, buf_slice(&value));
			ctl_put_bool(t, def);
			ctl_row_end(t);
		}
		buf_reset(&key);
		buf_reset(&value);
	}
	buf_fini(&key);
	buf_fini(&value);
	return ctl_table_end(&t) ? EX_OK : EX_IOERR;
}

int
ctl_config_show(struct ctl *c)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	int status;

	if ((status = load(c)) != EX_OK)
		return status;
	if (c->nargs > 0 && !conf_get(&c->conf, c->arg[0], &text)) {
		buf_fini(&text);
		return unknown_key(&c->conf, c->arg[0]);
	}
	buf_fini(&text);
	if (c->json)
		return show_json(c);
	if (c->nargs > 0)
		return show_key(c, c->arg[0]);
	conf_print(&c->conf, c->opt[CTL_CHANGED] != NULL, &text);
	fputs(buf_cstr(&text), stdout);
	buf_fini(&text);
	return EX_OK;
}

/* --- explain --------------------------------------------------------- */

int
ctl_config_explain(struct ctl *c)
{
	static const struct ctl_column item[] = {
	    {"Key",     "key",     CTL_TEXT},
	    {"Default", "default", CTL_TEXT},
	    {"",        "text",    CTL_TEXT},
	};
	const char *help = conf_help(c->arg[0]);
	struct buf value = BUF_INIT(TEXT_MAX);
	struct ctl_table *t;

	conf_defaults(&c->conf);
	if (help == NULL)
		return unknown_key(&c->conf, c->arg[0]);
	t = ctl_table_begin(c, item, 3);
	ctl_table_upright(t);
	ctl_put_text(t, slice_str(c->arg[0]));
	if (conf_get(&c->conf, c->arg[0], &value))
		ctl_put_text(t, buf_slice(&value));
	else
		ctl_put_none(t);
	ctl_put_text(t, slice_str(help));
	ctl_row_end(t);
	buf_fini(&value);
	return ctl_table_end(&t) ? EX_OK : EX_IOERR;
}
