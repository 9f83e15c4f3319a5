noinst_LIBRARIES += libauth.a
libauth_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/auth $(CRYPT_CFLAGS) \
	$(GSASL_CFLAGS) $(OPENSSL_CFLAGS)
libauth_a_SOURCES = \
	auth/auth_call.h \
	auth/auth_crypt.c auth/auth_crypt.h \
	auth/auth_digest.c auth/auth_digest.h \
	auth/auth_proc.h \
	auth/auth_scram.c auth/auth_scram.h

AUTH_LDADD = libauth.a libbase.a $(CRYPT_LIBS) $(GSASL_LIBS) \
	$(OPENSSL_LIBS)
if CUNIT
check_PROGRAMS += test_auth
test_auth_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS) $(GSASL_CFLAGS)
test_auth_LDADD = $(AUTH_LDADD) $(CUNIT_LIBS)
test_auth_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/auth/test_auth_crypt.c \
	tests/unit/auth/test_auth_digest.c \
	tests/unit/auth/test_auth_scram.c
endif
