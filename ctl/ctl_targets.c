/* Where an alias leads. */
#include "ctl/ctl_targets.h"

#include "ctl/ctl_dir.h"
#include "ctl/ctl_out.h"
#include "store/store_route.h"

#include <string.h>

void
ctl_targets_init(struct ctl_targets *t, struct slice targets)
{
	struct slice one;

	buf_init(&t->text, STORE_VALUE_MAX);
	t->n = 0;
	buf_add_slice(&t->text, targets);
	while (store_name_next(&targets, &one))
		t->n++;
}

void
ctl_targets_fini(struct ctl_targets *t)
{
	buf_fini(&t->text);
}

bool
ctl_targets_has(const struct ctl_targets *t, struct slice target)
{
	struct slice rest = buf_slice(&t->text), one;

	while (store_name_next(&rest, &one))
		if (slice_eq(one, target))
			return true;
	return false;
}

int
ctl_targets_add(struct ctl_targets *t, struct slice target)
{
	if (t->n == STORE_TARGETS_MAX)
		return ctl_fail(EX_DATAERR,
		    "a list has at most %d addresses (use one more alias)",
		    STORE_TARGETS_MAX);
	buf_add_slice(&t->text, target);
	buf_add_char(&t->text, '\n');
	t->n++;
	return t->text.err == ERR_OK
		   ? EX_OK
		   : ctl_fail_err(t->text.err, "alias", SLICE_NONE);
}

bool
ctl_targets_remove(struct ctl_targets *t, struct slice target)
{
	struct slice rest = buf_slice(&t->text), one;
	struct buf left = BUF_INIT(STORE_VALUE_MAX);
	unsigned n = 0;

	while (store_name_next(&rest, &one)) {
		if (slice_eq(one, target))
			continue;
		buf_add_slice(&left, one);
		buf_add_char(&left, '\n');
		n++;
	}
	if (n == t->n || left.err != ERR_OK) {
		buf_fini(&left);
		return false;
	}
	buf_fini(&t->text);
	t->text = left;
	t->n = n;
	return true;
}

/* --- loops ----------------------------------------------------------- */

/*
 * The aliases that an address leads through, each once; store_route is
 * loop-proof and so cannot tell. Bounded like it.
 */
struct walk {
	struct ctl *c;
	struct slice goal;
	struct ctl_targets seen; /* addresses, in the order they were found */
	bool loop;
};

static enum err
visit(struct walk *w, struct slice s)
{
	struct mime_addr a, key;

	if (mime_addr_parse(s, &a) != ERR_OK)
		return ERR_CORRUPT;
	mime_addr_key(&a, &key);
	if (ctl_targets_has(&w->seen, mime_addr_slice(&key)))
		return ERR_OK;
	if (w->seen.n == STORE_TARGETS_MAX)
		return ERR_LIMIT;
	buf_add_slice(&w->seen.text, mime_addr_slice(&key));
	buf_add_char(&w->seen.text, '\n');
	w->seen.n++;
	return w->seen.text.err;
}

/* Look one name up; ERR_NOENT: it is none. */
static enum err
follow_name(struct walk *w, struct slice name, struct buf *value)
{
	struct store_name n = {0};
	struct slice rest, one;
	enum err e;

	if (slice_eq(name, w->goal)) {
		w->loop = true;
		return ERR_OK;
	}
	e = ctl_name_get(w->c, name, value, &n, NULL);
	rest = e == ERR_OK && n.type == STORE_ALIAS ? n.targets : SLICE_NONE;
	while (e == ERR_OK && store_name_next(&rest, &one))
		e = visit(w, one);
	return e;
}

/* The order in which store_route looks: the name, the name without
 * subaddress, the catch-all. */
static enum err
follow(struct walk *w, struct slice s)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct mime_addr a, base;
	enum err e = mime_addr_parse(s, &a);

	if (e == ERR_OK)
		e = follow_name(w, s, &value);
	if (e == ERR_NOENT &&
	    mime_addr_unsub(&a, w->c->conf.subaddress[0], &base))
		e = follow_name(w, mime_addr_slice(&base), &value);
	if (e == ERR_NOENT)
		e = follow_name(w, slice_skip(s, slice_rfind(s, '@')), &value);
	buf_fini(&value);
	return e == ERR_NOENT ? ERR_OK : e;
}

static enum err
find_loop(struct ctl *c, struct slice alias, const struct mime_addr *target,
    bool *loop_out)
{
	struct walk w = {.c = c, .goal = alias};
	char one[MIME_ADDR_MAX + 1];
	struct slice line;
	size_t at = 0;
	enum err e;

	ctl_targets_init(&w.seen, SLICE_NONE);
	e = visit(&w, mime_addr_slice(target));
	while (e == ERR_OK && !w.loop && at < w.seen.text.len) {
		/* copied: following may move the list */
		line = slice_skip(buf_slice(&w.seen.text), at);
		line = slice_first(line, slice_find(line, '\n'));
		at += line.len + 1;
		(void)slice_to_str(line, one, sizeof one);
		e = follow(&w, slice_str(one));
	}
	*loop_out = w.loop;
	ctl_targets_fini(&w.seen);
	return e;
}

int
ctl_target_check(
    struct ctl *c, struct slice alias, const struct mime_addr *target)
{
	struct slice name = mime_addr_slice(target);
	struct store_getter getter = ctl_getter(c);
	struct store_dests dests = STORE_DESTS_INIT;
	bool loop = false;
	enum err e;

	e = ctl_domain_get(c, mime_addr_domain(target), NULL, NULL);
	if (e == ERR_NOENT)
		return EX_OK; /* elsewhere */
	if (e == ERR_OK)
		e = find_loop(c, alias, target, &loop);
	if (e == ERR_OK && loop)
		return ctl_fail(EX_DATAERR, "%.*s leads back to %.*s",
		    SLICE_ARG(name), SLICE_ARG(alias));
	if (e == ERR_OK)
		e = store_route(&getter, &c->conf, NULL, name, &dests);
	store_dests_fini(&dests);
	if (e == ERR_NOENT)
		return ctl_fail(EX_NOUSER,
		    "there is no %.*s (restante user add %.*s)",
		    SLICE_ARG(name), SLICE_ARG(name));
	return e == ERR_OK ? EX_OK : ctl_fail_err(e, "alias target", name);
}
