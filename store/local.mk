noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/store $(XXHASH_CFLAGS)
libstore_a_SOURCES = \
	store/store.h \
	store/store_call.c store/store_call.h \
	store/store_proc.c store/store_proc.h \
	store/store_rcpt.c store/store_rcpt.h \
	store/store_record.c store/store_record.h \
	store/store_route.c store/store_route.h \
	store/store_row.c store/store_row.h

# Berkeley DB has its home in store/bdb.
include store/bdb/local.mk
include store/mem/local.mk
