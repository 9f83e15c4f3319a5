noinst_LIBRARIES += libstorebdb.a
libstorebdb_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/store $(XXHASH_CFLAGS)
libstorebdb_a_SOURCES = \
	store/bdb/bdb.c \
	store/bdb/bdb_age.c \
	store/bdb/bdb_backup.c \
	store/bdb/bdb_body.c \
	store/bdb/bdb_box.c \
	store/bdb/bdb_cursor.c \
	store/bdb/bdb_deliver.c store/bdb/bdb_deliver.h \
	store/bdb/bdb_deliver_out.c \
	store/bdb/bdb_dir.c \
	store/bdb/bdb_doubt.c \
	store/bdb/bdb_drop.c \
	store/bdb/bdb_dues.c \
	store/bdb/bdb_edit.c \
	store/bdb/bdb_env.c \
	store/bdb/bdb_err.c \
	store/bdb/bdb_expunge.c \
	store/bdb/bdb_forget.c \
	store/bdb/bdb_flush.c \
	store/bdb/bdb_gone.c \
	store/bdb/bdb_io.c store/bdb/bdb_io.h \
	store/bdb/bdb_keeper.c \
	store/bdb/bdb_left.c store/bdb/bdb_left.h \
	store/bdb/bdb_libsum.c \
	store/bdb/bdb_lock.c \
	store/bdb/bdb_meta.c \
	store/bdb/bdb_op.c \
	store/bdb/bdb_out.c store/bdb/bdb_out.h \
	store/bdb/bdb_priv.h \
	store/bdb/bdb_purge.c \
	store/bdb/bdb_queue.c \
	store/bdb/bdb_queue_read.c \
	store/bdb/bdb_rec.c \
	store/bdb/bdb_removal.c \
	store/bdb/bdb_report.c \
	store/bdb/bdb_resolve.c \
	store/bdb/bdb_routes.c \
	store/bdb/bdb_schema.c store/bdb/bdb_schema.h \
	store/bdb/bdb_schema_out.c \
	store/bdb/bdb_sent.c \
	store/bdb/bdb_settle.c \
	store/bdb/bdb_space.c \
	store/bdb/bdb_spare.c \
	store/bdb/bdb_sweep.c \
	store/bdb/bdb_take.c \
	store/bdb/bdb_total.c \
	store/bdb/bdb_trail.c \
	store/bdb/bdb_trail_list.c \
	store/bdb/bdb_undelete.c \
	store/bdb/bdb_verify.c store/bdb/bdb_verify.h \
	store/bdb/bdb_verify_body.c \
	store/bdb/bdb_verify_box.c \
	store/bdb/bdb_verify_dir.c \
	store/bdb/bdb_verify_page.c \
	store/bdb/bdb_verify_queue.c \
	store/bdb/bdb_walk.c \
	store/bdb/bdb_watch.c \
	store/bdb/bdb_work.c \
	store/bdb/bdb_writer.c

STORE_BDB_LDADD = libstorebdb.a $(STORE_LDADD) $(DB_LIBS) $(XXHASH_LIBS) \
	-lpthread
if CUNIT
check_PROGRAMS += test_store_bdb
test_store_bdb_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_store_bdb_LDADD = libstore.a $(STORE_BDB_LDADD) $(CUNIT_LIBS)
test_store_bdb_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/store/bdb_fixture.c tests/unit/store/bdb_fixture.h \
	tests/unit/store/bdb_out_fixture.c tests/unit/store/bdb_out_fixture.h \
	tests/unit/store/bdb_badread.c tests/unit/store/bdb_badread.h \
	tests/unit/store/rig.c tests/unit/store/rig.h \
	tests/unit/store/test_store_role.c \
	tests/unit/store/test_bdb.c \
	tests/unit/store/test_bdb_age.c \
	tests/unit/store/test_bdb_backup.c \
	tests/unit/store/test_bdb_box.c \
	tests/unit/store/test_bdb_crash.c \
	tests/unit/store/test_bdb_crash_out.c \
	tests/unit/store/test_bdb_deliver.c \
	tests/unit/store/test_bdb_deliver_out.c \
	tests/unit/store/test_bdb_dir.c \
	tests/unit/store/test_bdb_doubt.c \
	tests/unit/store/test_bdb_edit.c \
	tests/unit/store/test_bdb_env.c \
	tests/unit/store/test_bdb_err.c \
	tests/unit/store/test_bdb_expunge.c \
	tests/unit/store/test_bdb_flush.c \
	tests/unit/store/test_bdb_gone.c \
	tests/unit/store/test_bdb_io.c \
	tests/unit/store/test_bdb_keeper.c \
	tests/unit/store/test_bdb_left.c \
	tests/unit/store/test_bdb_libsum.c \
	tests/unit/store/test_bdb_lock.c \
	tests/unit/store/test_bdb_meta.c \
	tests/unit/store/test_bdb_queue.c \
	tests/unit/store/test_bdb_queue_read.c \
	tests/unit/store/test_bdb_rec.c \
	tests/unit/store/test_bdb_removal.c \
	tests/unit/store/test_bdb_resolve.c \
	tests/unit/store/test_bdb_routes.c \
	tests/unit/store/test_bdb_schema.c \
	tests/unit/store/test_bdb_schema_out.c \
	tests/unit/store/test_bdb_settle.c \
	tests/unit/store/test_bdb_space.c \
	tests/unit/store/test_bdb_spare.c \
	tests/unit/store/test_bdb_take.c \
	tests/unit/store/test_bdb_total.c \
	tests/unit/store/test_bdb_trail.c \
	tests/unit/store/test_bdb_verify.c \
	tests/unit/store/test_bdb_verify_queue.c \
	tests/unit/store/test_bdb_watch.c \
	tests/unit/store/test_bdb_writer.c
endif

# Not a check: figures, not truths.
EXTRA_PROGRAMS += bench_store
bench_store_CPPFLAGS = $(TEST_CPPFLAGS)
bench_store_LDADD = $(STORE_BDB_LDADD)
bench_store_SOURCES = tests/bench/bench_store.c \
	tests/unit/store/bdb_fixture.c tests/unit/store/bdb_fixture.h
EXTRA_DIST += tests/tsan.supp
