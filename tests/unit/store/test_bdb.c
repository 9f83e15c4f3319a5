/*
 * The backend as a whole: opens, keeps, gives back; starts again.
 * Covers: store/bdb/bdb_keeper.c store/bdb/bdb_op.c store/bdb/bdb_rec.c
 * Covers: store/bdb/bdb_work.c
 */
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

TEST(bdb_deliver_list_read)
{
	struct buf rows = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	struct mail_id id;
	struct slice rest;
	struct store_row row;
	uint64_t total;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	fix_domain(&f, "example.test");
	fix_user(&f, 7, "ann@example.test", 0);
	EQ_INT(fix_deliver(&f, "ann@example.test",
		   SLICE("Subject: x\r\n\r\nhello\r\n"), &id),
	    ERR_OK);
	EQ_INT(fix_list(&f, 7, &rows), 1);
	rest = buf_slice(&rows);
	EQ_INT(store_row_next(&rest, &row), ERR_OK);
	OK(mail_id_cmp(&row.id, &id) == 0);
	EQ_INT(fix_read(&f, 7, &id, 0, 1 << 20, &out, &total), ERR_OK);
	EQ_SLICE(buf_slice(&out), "Return-Path: <sender@remote.test>\r\n"
				  "Delivered-To: ann@example.test\r\n"
				  "Subject: x\r\n\r\nhello\r\n");
	EQ_INT(total, out.len);
	EQ_INT(row.octets, total);
	EQ_INT(fix_verify(&f, &rows), 0);
	buf_fini(&rows);
	buf_fini(&out);
	fix_fini(&f);
}
