/* verify: what is wrong, and whose it is. */
#include "base/map.h"
#include "base/num.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rows.h"
#include "ctl/ctl_rpc.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_MAX = 64 * 1024 };

struct owner { /* of a mailbox */
	struct map_node node;
	char number[24]; /* as problems name it */
	char name[MIME_ADDR_MAX + 1];
};
struct verify {
	struct ctl_rows *rows;
	struct map owners;
};

static enum err
note_owner(void *ctx, const struct store_dir_row *row)
{
	struct verify *v = ctx;
	struct store_account a;
	struct buf number = BUF_INIT(sizeof(((struct owner *)0)->number));
	struct owner *o;
	enum err e;

	if (store_account_decode(row->value, &a) != ERR_OK)
		return ERR_OK; /* verify will say so */
	if ((o = calloc(1, sizeof *o)) == NULL)
		return ERR_NOMEM;
	buf_add_u64(&number, a.mailbox);
	(void)slice_to_str(buf_slice(&number), o->number, sizeof o->number);
	(void)slice_to_str(
	    slice_first(a.name, MIME_ADDR_MAX), o->name, sizeof o->name);
	buf_fini(&number);
	e = map_put(&v->owners, &o->node, slice_str(o->number));
	if (e != ERR_OK)
		free(o);
	return e == ERR_EXISTS ? ERR_OK : e;
}

static void
drop_owners(struct map *owners)
{
	struct map_node *node;

	while ((node = map_next(owners, NULL)) != NULL) {
		map_remove(owners, node);
		free(MAP_ITEM(node, struct owner, node));
	}
	map_fini(owners);
}

/* "problem=mailbox 8: ..." becomes "problem=mailbox 8 (bob@example.org): ..."
 */
static void
take_row(void *ctx, struct slice row)
{
	struct slice rest = row, word = SLICE("problem=mailbox "), number;
	struct buf named = BUF_INIT(ROW_MAX);
	struct verify *v = ctx;
	struct map_node *node = NULL;

	if (slice_starts(row, word)) {
		rest = slice_skip(row, word.len);
		slice_cut(&rest, ':', &number);
		node = map_get(&v->owners, number);
	}
	if (node != NULL)
		buf_addf(&named, "%.*s%.*s (%s):%.*s", SLICE_ARG(word),
		    SLICE_ARG(number), MAP_ITEM(node, struct owner, node)->name,
		    SLICE_ARG(rest));
	ctl_rows_add(v->rows,
	    node != NULL && named.err == ERR_OK ? buf_slice(&named) : row);
	buf_fini(&named);
}

int
ctl_verify(struct ctl *c)
{
	struct verify v = {.rows = ctl_rows_begin(c)};
	uint64_t problems = 0;
	enum err e;

	map_init(&v.owners);
	/* without them there are only numbers */
	(void)ctl_each(c, STORE_ACCOUNT, note_owner, &v);
	e = ctl_rpc_control(
	    c->rpc, CONTROL_VERIFY, 0, 0, SLICE_NONE, take_row, &v, &problems);
	if (ctl_rows_end(&v.rows) != EX_OK && e == ERR_OK)
		e = ERR_IO;
	drop_owners(&v.owners);
	if (e != ERR_OK)
		return ctl_fail_err(e, "verify", SLICE_NONE);
	if (problems > 0)
		return ctl_fail(1,
		    "%llu %s (\"restante help verify\" says what to do)",
		    CTL_N(problems, "problem"));
	ctl_note(c, "everything is as it should be");
	return EX_OK;
}
