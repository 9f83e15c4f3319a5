/* Who may send as an account. */
#include "ctl/ctl_delegates.h"

#include "ctl/ctl_dir.h"
#include "ctl/ctl_out.h"
#include "mime/mime_addr.h"

/* In the form of the record. */
static enum err
canonical(struct slice one, char out[MIME_ADDR_MAX + 1])
{
	struct mime_addr given, a;

	out[0] = '@';
	if (slice_starts(one, SLICE("@")))
		return mime_addr_parse_domain(
		    slice_skip(one, 1), false, true, out + 1);
	if (mime_addr_parse(one, &given) != ERR_OK || given.literal)
		return ERR_SYNTAX;
	mime_addr_key(&given, &a);
	return slice_to_str(mime_addr_slice(&a), out, MIME_ADDR_MAX + 1);
}

enum err
ctl_delegates_add(struct ctl_targets *t, struct slice one)
{
	char key[MIME_ADDR_MAX + 1];

	if (canonical(one, key) != ERR_OK)
		return ERR_SYNTAX;
	if (ctl_targets_has(t, slice_str(key)))
		return ERR_OK;
	return ctl_targets_add(t, slice_str(key)) == EX_OK ? ERR_OK
							   : ERR_TOOBIG;
}

enum err
ctl_delegates_read(struct ctl_targets *t, struct slice list)
{
	struct slice one;
	enum err e = ERR_OK;

	while (e == ERR_OK && list.len > 0) {
		slice_cut(&list, ',', &one);
		e = ctl_delegates_add(t, slice_trim(one));
	}
	return e;
}

/* Whose address is elsewhere has no login here to send with. */
static int
check_one(struct ctl *c, struct slice one)
{
	struct slice domain = slice_skip(one, slice_rfind(one, '@') + 1);
	struct mime_addr a;
	int status = ctl_domain_need(c, domain, NULL);

	if (status != EX_OK || slice_starts(one, SLICE("@")))
		return status;
	return mime_addr_parse(one, &a) == ERR_OK
		   ? ctl_target_check(c, SLICE_NONE, &a)
		   : ctl_fail_err(ERR_CORRUPT, "delegates", one);
}

int
ctl_delegates_check(struct ctl *c, const struct ctl_targets *t)
{
	struct slice rest = buf_slice(&t->text), one;
	int status = EX_OK;

	while (status == EX_OK && store_name_next(&rest, &one))
		status = check_one(c, one);
	return status;
}

void
ctl_delegates_write(struct buf *b, const struct store_account *a)
{
	struct slice rest = a->delegates, one;
	const char *before = "";

	for (; store_name_next(&rest, &one); before = ",")
		buf_addf(b, "%s%.*s", before, SLICE_ARG(one));
}
