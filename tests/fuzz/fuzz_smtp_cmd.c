/* Command lines: what is cut out of them lies within them, and what was
 * understood, written down again, is understood the same way. */
#include "fuzz.h"

#include "smtp/smtp_param.h"
#include "smtp/smtp_parse.h"

#include <string.h>

static struct conf conf;
static struct conf_listener listener = {
    .auth = CONF_AUTH_OPTIONAL, .plaintext_auth = true};

static void
check_inside(struct slice part, struct slice whole)
{
	if (part.p == NULL || part.len == 0)
		return;
	FUZZ_CHECK(part.p >= whole.p);
	FUZZ_CHECK(part.p + part.len <= whole.p + whole.len);
}

static bool
same_params(const struct smtp_params *a, const struct smtp_params *b)
{
	return a->size == b->size && a->eight == b->eight &&
	       a->utf8 == b->utf8 && a->ret == b->ret &&
	       a->notify == b->notify && slice_eq(a->envid, b->envid) &&
	       slice_eq(a->orcpt, b->orcpt);
}

/* Each parameter written again, with one blank in front. */
static void
write_params(struct slice params, struct buf *out)
{
	struct smtp_param p;

	while (smtp_parse_param(&params, &p) == ERR_OK) {
		buf_add_char(out, ' ');
		buf_add_slice(out, p.key);
		if (p.value.p != NULL)
			buf_add_char(out, '=');
		buf_add_slice(out, p.value);
	}
}

static void
check_path(struct slice args, bool rcpt)
{
	const struct smtp_facts facts = {.conf = &conf, .listener = &listener};
	struct buf text = BUF_INIT(65536);
	struct smtp_path path, again;
	struct smtp_params p, q;

	if ((rcpt ? smtp_parse_rcpt(args, &path)
		  : smtp_parse_mail(args, &path)) != ERR_OK)
		return;
	check_inside(path.params, args);
	if (smtp_param_read(path.params, rcpt, &facts, &p) == SMTP_SAY_OK) {
		check_inside(p.envid, args);
		check_inside(p.orcpt, args);
		FUZZ_CHECK(p.envid.len <= SMTP_ENVID_MAX);
		FUZZ_CHECK(p.orcpt.len <= SMTP_ORCPT_MAX);
		buf_add_str(&text, rcpt ? "TO:<" : "FROM:<");
		buf_add_slice(&text, mime_addr_slice(&path.addr));
		buf_add_char(&text, '>');
		write_params(path.params, &text);
		args = buf_slice(&text);
		FUZZ_CHECK((rcpt ? smtp_parse_rcpt(args, &again)
				 : smtp_parse_mail(args, &again)) == ERR_OK);
		FUZZ_CHECK(slice_eq(
		    mime_addr_slice(&path.addr), mime_addr_slice(&again.addr)));
		FUZZ_CHECK(smtp_param_read(again.params, rcpt, &facts, &q) ==
			   SMTP_SAY_OK);
		FUZZ_CHECK(same_params(&p, &q));
	}
	buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = slice_of(data, size), name;
	struct smtp_line line;
	uint64_t octets;
	bool last;

	if (size > SMTP_AUTH_MAX || smtp_parse_line(s, &line) != ERR_OK)
		return 0;
	check_inside(line.verb, s);
	check_inside(line.args, s);
	FUZZ_CHECK(slice_find(line.verb, ' ') == line.verb.len);
	check_path(line.args, false);
	check_path(line.args, true);
	if (smtp_parse_helo(line.args, &name) == ERR_OK) {
		check_inside(name, s);
		FUZZ_CHECK(name.len > 0 && name.len <= SMTP_HELO_MAX);
	}
	if (smtp_parse_bdat(line.args, &octets, &last) != ERR_OK)
		FUZZ_CHECK(!last);
	return 0;
}
