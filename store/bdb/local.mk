noinst_LIBRARIES += libstorebdb.a
libstorebdb_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/store $(XXHASH_CFLAGS)
libstorebdb_a_SOURCES =
