noinst_LIBRARIES += libmime.a
libmime_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/mime $(IDN2_CFLAGS) $(GMIME_CFLAGS)
libmime_a_SOURCES = \
	mime/mime_addr.c mime/mime_addr.h \
	mime/mime_code.c mime/mime_code.h \
	mime/mime_date.c mime/mime_date.h \
	mime/mime_domain.c mime/mime_domain.h \
	mime/mime_dsn.c mime/mime_dsn.h \
	mime/mime_encode.c mime/mime_encode.h \
	mime/mime_header.c mime/mime_header.h \
	mime/mime_nfc.c mime/mime_nfc.h \
	mime/mime_part.c mime/mime_part.h \
	mime/mime_recode.c mime/mime_recode.h \
	mime/mime_stuff.c mime/mime_stuff.h \
	mime/mime_list.c mime/mime_list.h \
	mime/mime_srs.c mime/mime_srs.h \
	mime/mime_trace.c mime/mime_trace.h \
	mime/mime_text.c mime/mime_text.h \
	mime/mime_type.c mime/mime_type.h

if CUNIT
check_PROGRAMS += test_mime
test_mime_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS) $(GMIME_CFLAGS)
test_mime_LDADD = libmime.a libbase.a $(IDN2_LIBS) $(OPENSSL_LIBS) $(GMIME_LIBS) \
	$(CUNIT_LIBS)
test_mime_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/mime/gmime_view.c tests/unit/mime/gmime_view.h \
	tests/unit/mime/test_mime_addr.c \
	tests/unit/mime/test_mime_code.c \
	tests/unit/mime/test_mime_date.c \
	tests/unit/mime/test_mime_domain.c \
	tests/unit/mime/test_mime_dsn.c \
	tests/unit/mime/test_mime_encode.c \
	tests/unit/mime/test_mime_header.c \
	tests/unit/mime/test_mime_nfc.c \
	tests/unit/mime/test_mime_part.c \
	tests/unit/mime/test_mime_recode.c \
	tests/unit/mime/test_mime_stuff.c \
	tests/unit/mime/test_mime_list.c \
	tests/unit/mime/test_mime_srs.c \
	tests/unit/mime/test_mime_trace.c \
	tests/unit/mime/test_mime_text.c \
	tests/unit/mime/test_mime_type.c
endif
