noinst_LIBRARIES += libbase.a
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/base $(OPENSSL_CFLAGS)
libbase_a_SOURCES = \
	base/buf.c base/buf.h \
	base/clock.c base/clock.h \
	base/err.c base/err.h \
	base/list.h \
	base/log.c base/log.h \
	base/mac.c base/mac.h \
	base/map.c base/map.h \
	base/num.c base/num.h \
	base/secret.c base/secret.h \
	base/slice.c base/slice.h

if CUNIT
check_PROGRAMS += test_base
test_base_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_base_LDADD = libbase.a $(OPENSSL_LIBS) $(CUNIT_LIBS)
test_base_SOURCES = tests/unit/unit.c tests/unit/unit.h tests/unit/unit_pair.h \
	tests/unit/base/test_buf.c \
	tests/unit/base/test_clock.c \
	tests/unit/base/test_err.c \
	tests/unit/base/test_list.c \
	tests/unit/base/test_log.c \
	tests/unit/base/test_mac.c \
	tests/unit/base/test_map.c \
	tests/unit/base/test_num.c \
	tests/unit/base/test_secret.c \
	tests/unit/base/test_slice.c
endif
