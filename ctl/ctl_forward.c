/* Where an account's mail is forwarded to. */
#include "ctl/ctl_forward.h"

#include "ctl/ctl_out.h"
#include "mime/mime_addr.h"

void
ctl_forward_init(struct ctl_forward *f)
{
	ctl_targets_init(&f->targets, SLICE_NONE);
	f->keep = false;
}

void
ctl_forward_fini(struct ctl_forward *f)
{
	ctl_targets_fini(&f->targets);
}

enum err
ctl_forward_add(struct ctl_forward *f, struct slice own, struct slice target)
{
	struct mime_addr given, a;

	if (mime_addr_parse(target, &given) != ERR_OK || given.literal)
		return ERR_SYNTAX;
	mime_addr_key(&given, &a);
	if (slice_eq(mime_addr_slice(&a), own)) {
		f->keep = true;
		return ERR_OK;
	}
	if (ctl_targets_has(&f->targets, mime_addr_slice(&a)))
		return ERR_OK;
	return ctl_targets_add(&f->targets, mime_addr_slice(&a)) == EX_OK
		   ? ERR_OK
		   : ERR_TOOBIG;
}

enum err
ctl_forward_read(struct ctl_forward *f, struct slice own, struct slice list)
{
	struct slice one;
	enum err e = ERR_OK;

	while (e == ERR_OK && list.len > 0) {
		slice_cut(&list, ',', &one);
		e = ctl_forward_add(f, own, slice_trim(one));
	}
	/* a copy of what goes nowhere else is no forward */
	if (f->targets.n == 0)
		f->keep = false;
	return e;
}

int
ctl_forward_check(struct ctl *c, struct slice own, const struct ctl_forward *f)
{
	struct slice rest = buf_slice(&f->targets.text), one;
	struct mime_addr a;
	int status = EX_OK;

	while (status == EX_OK && store_name_next(&rest, &one))
		status = mime_addr_parse(one, &a) == ERR_OK
			     ? ctl_target_check(c, own, &a)
			     : ctl_fail_err(ERR_CORRUPT, "forward", one);
	return status;
}

void
ctl_forward_write(struct buf *b, const struct store_account *a)
{
	struct slice rest = a->forward, one;
	const char *before = "";

	for (; store_name_next(&rest, &one); before = ",")
		buf_addf(b, "%s%.*s", before, SLICE_ARG(one));
	if (a->forward.len > 0 && a->keep)
		buf_addf(b, ",%.*s", SLICE_ARG(a->name));
}
