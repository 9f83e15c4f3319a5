noinst_LIBRARIES += libstoremem.a
libstoremem_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/store
libstoremem_a_SOURCES =
