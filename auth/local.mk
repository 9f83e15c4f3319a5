noinst_LIBRARIES += libauth.a
libauth_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/auth $(CRYPT_CFLAGS) \
	$(GSASL_CFLAGS) $(OPENSSL_CFLAGS)
libauth_a_SOURCES =
