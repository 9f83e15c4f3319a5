noinst_LIBRARIES += libpop3.a
libpop3_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/pop3
libpop3_a_SOURCES = \
	pop3/pop3_cmd.c \
	pop3/pop3_cmd_auth.c \
	pop3/pop3_cmd_fetch.c \
	pop3/pop3_drop.c pop3/pop3_drop.h \
	pop3/pop3_end.c \
	pop3/pop3_fetch.c \
	pop3/pop3_parse.c pop3/pop3_parse.h \
	pop3/pop3_priv.h \
	pop3/pop3_proc.c pop3/pop3_proc.h \
	pop3/pop3_session.c \
	pop3/pop3_stuff.c pop3/pop3_stuff.h

if CUNIT
check_PROGRAMS += test_pop3
test_pop3_CPPFLAGS = $(TEST_CPPFLAGS) -I$(srcdir)/tests/unit $(CUNIT_CFLAGS)
test_pop3_LDADD = libpop3.a libstore.a $(PROC_LDADD) $(CUNIT_LIBS)
test_pop3_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/pop3/fake.c tests/unit/pop3/fake.h \
	tests/unit/pop3/test_pop3_drop.c \
	tests/unit/pop3/test_pop3_parse.c \
	tests/unit/pop3/test_pop3_proc.c \
	tests/unit/pop3/test_pop3_session.c \
	tests/unit/pop3/test_pop3_stuff.c
endif
