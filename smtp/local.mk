noinst_LIBRARIES += libsmtp.a
libsmtp_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/smtp
libsmtp_a_SOURCES = \
	smtp/smtp_body.c smtp/smtp_body.h \
	smtp/smtp_data.c smtp/smtp_data.h \
	smtp/smtp_ext.c smtp/smtp_ext.h \
	smtp/smtp_param.c smtp/smtp_param.h \
	smtp/smtp_parse.c smtp/smtp_parse.h \
	smtp/smtp_policy.c smtp/smtp_policy.h \
	smtp/smtp_proc.h \
	smtp/smtp_reply.c smtp/smtp_reply.h

if CUNIT
# store_call and auth_call are fakes here: fake.c
check_PROGRAMS += test_smtp
test_smtp_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_smtp_LDADD = libsmtp.a libstore.a $(PROC_LDADD) $(CUNIT_LIBS)
test_smtp_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/smtp/fake.c tests/unit/smtp/fake.h \
	tests/unit/smtp/test_smtp_body.c \
	tests/unit/smtp/test_smtp_data.c \
	tests/unit/smtp/test_smtp_ext.c \
	tests/unit/smtp/test_smtp_param.c \
	tests/unit/smtp/test_smtp_parse.c \
	tests/unit/smtp/test_smtp_policy.c \
	tests/unit/smtp/test_smtp_reply.c
endif

