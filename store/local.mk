noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/store $(XXHASH_CFLAGS)
libstore_a_SOURCES = \
	store/store.h \
	store/store_admin.c store/store_admin.h \
	store/store_call.c store/store_call.h store/store_call_priv.h \
	store/store_call_box.c \
	store/store_call_mail.c \
	store/store_call_queue.c store/store_call_queue.h \
	store/store_field.c store/store_field.h \
	store/store_lease.c store/store_lease.h \
	store/store_plan.c store/store_plan.h \
	store/store_proc.c store/store_proc.h \
	store/store_proc_ask.c \
	store/store_proc_auth.c \
	store/store_proc_backup.c \
	store/store_proc_box.c \
	store/store_proc_ctl.c \
	store/store_proc_deliver.c \
	store/store_proc_dir.c \
	store/store_proc_expunge.c \
	store/store_proc_front.c \
	store/store_proc_gone.c \
	store/store_proc_node.c \
	store/store_proc_priv.h \
	store/store_proc_queue.c \
	store/store_proc_read.c \
	store/store_proc_relay.c \
	store/store_proc_req.c \
	store/store_queue.c store/store_queue.h \
	store/store_queue_trail.c \
	store/store_rcpt.c store/store_rcpt.h \
	store/store_record.c store/store_record.h \
	store/store_record_wire.c \
	store/store_reserve.c store/store_reserve.h \
	store/store_role.c \
	store/store_route.c store/store_route.h store/store_route_priv.h \
	store/store_route_out.c store/store_route_sender.c \
	store/store_row.c store/store_row.h \
	store/store_ticket.c store/store_ticket.h

STORE_LDADD = libstoremem.a libstore.a $(PROC_LDADD) -lpthread
if CUNIT
check_PROGRAMS += test_store
test_store_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_store_LDADD = $(STORE_LDADD) $(CUNIT_LIBS)
test_store_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/store/directory.c tests/unit/store/directory.h \
	tests/unit/store/rig.c tests/unit/store/rig.h \
	tests/unit/store/rig_queue.c \
	tests/unit/store/test_store_admin.c \
	tests/unit/store/calls.c tests/unit/store/calls.h \
	tests/unit/store/test_store_call.c \
	tests/unit/store/test_store_call_box.c \
	tests/unit/store/test_store_call_mail.c \
	tests/unit/store/test_store_call_queue.c \
	tests/unit/store/test_store_field.c \
	tests/unit/store/test_store_lease.c \
	tests/unit/store/test_store_mem.c \
	tests/unit/store/test_store_mem_queue.c \
	tests/unit/store/test_store_plan.c \
	tests/unit/store/test_store_proc.c \
	tests/unit/store/test_store_proc_auth.c \
	tests/unit/store/test_store_proc_box.c \
	tests/unit/store/test_store_proc_ctl.c \
	tests/unit/store/test_store_proc_deliver.c \
	tests/unit/store/test_store_proc_front.c \
	tests/unit/store/test_store_proc_queue.c \
	tests/unit/store/test_store_proc_read.c \
	tests/unit/store/test_store_proc_relay.c \
	tests/unit/store/test_store_proc_right.c \
	tests/unit/store/test_store_queue.c \
	tests/unit/store/test_store_queue_trail.c \
	tests/unit/store/test_store_rcpt.c \
	tests/unit/store/test_store_record.c \
	tests/unit/store/test_store_record_wire.c \
	tests/unit/store/test_store_reserve.c \
	tests/unit/store/test_store_route.c \
	tests/unit/store/test_store_route_out.c \
	tests/unit/store/test_store_route_sender.c \
	tests/unit/store/test_store_row.c \
	tests/unit/store/test_store_ticket.c
endif

# Berkeley DB has its home in store/bdb.
include store/bdb/local.mk
include store/mem/local.mk
