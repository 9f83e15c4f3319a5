/* The backup in memory: all records as one file, from a thread, as real ones
 * do it. */
#include "store/mem/mem_priv.h"

#include <stdlib.h>

enum { PIECE = 4096, ALL_MAX = 1 << 28 };

static void *
run(void *arg)
{
	struct mem_backup *b = arg;
	struct slice rest = buf_slice(&b->all), piece;
	uint64_t offset = 0;

	b->err = ERR_OK;
	do {
		piece = slice_first(rest, PIECE);
		rest = slice_skip(rest, piece.len);
		b->err = b->op->piece(
		    b->op->ctx, "records", offset, piece, rest.len == 0);
		offset += piece.len;
	} while (b->err == ERR_OK && rest.len > 0);
	net_wake_up(b->wake);
	return NULL;
}

static void
ended(void *ctx)
{
	struct store *s = ctx;
	struct store_backup *op = s->backup.op;

	(void)pthread_join(s->backup.thread, NULL);
	s->backup.op = NULL;
	buf_fini(&s->backup.all);
	op->op.done(&op->op, s->backup.err);
}

static void
copy_all(struct store *s)
{
	struct store_dir_row row;

	for (size_t i = 0; i < s->records; i++) {
		row = (struct store_dir_row){buf_slice(&s->record[i]->key),
		    buf_slice(&s->record[i]->value), s->record[i]->version};
		store_rows_add(&s->backup.all, &row);
	}
}

void
mem_backup_start(struct store *s, struct store_backup *op)
{
	if (s->backup.op != NULL) {
		op->op.done(&op->op, ERR_BUSY);
		return;
	}
	buf_init(&s->backup.all, ALL_MAX);
	copy_all(s);
	s->backup.op = op;
	if (pthread_create(&s->backup.thread, NULL, run, &s->backup) == 0)
		return;
	s->backup.op = NULL;
	op->op.done(&op->op, ERR_RETRY);
}

enum err
mem_backup_init(struct store *s)
{
	s->backup.wake = net_wake_new(s->loop, ended, s);
	return s->backup.wake == NULL ? ERR_NOMEM : ERR_OK;
}

void
mem_backup_fini(struct store *s)
{
	if (s->backup.op != NULL)
		ended(s);
	net_wake_free(&s->backup.wake);
}
