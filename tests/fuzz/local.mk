# Fuzz targets, one a parser. To add NAME: a block of its own below, tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput()
# (fuzz.h), at least one file in corpus/NAME, and, if words help it, NAME.dict.
#
# An ordinary build links each with replay.c: "make check" runs its corpus and
# mutants of it. Configured with CC=clang --enable-fuzz, they are libFuzzer's:
# "make check-fuzz FUZZ_SECONDS=20" runs each for that time. An input that
# failed once becomes a file of the corpus, named after what was wrong.
FUZZERS =
FUZZ_DICTS =

FUZZERS += fuzz_addr
FUZZ_DICTS += tests/fuzz/addr.dict
fuzz_addr_SOURCES = tests/fuzz/fuzz_addr.c
fuzz_addr_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_addr_LDADD = $(FUZZ_ENGINE) libmime.a libbase.a $(IDN2_LIBS)

FUZZERS += fuzz_bounce
FUZZ_DICTS += tests/fuzz/bounce.dict
fuzz_bounce_SOURCES = tests/fuzz/fuzz_bounce.c \
	tests/unit/mime/gmime_view.c tests/unit/mime/gmime_view.h
fuzz_bounce_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(srcdir)/tests $(GMIME_CFLAGS)
fuzz_bounce_LDADD = $(FUZZ_ENGINE) $(QUEUE_LDADD)

FUZZERS += fuzz_code
fuzz_code_SOURCES = tests/fuzz/fuzz_code.c
fuzz_code_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_code_LDADD = $(FUZZ_ENGINE) libmime.a libbase.a

FUZZERS += fuzz_conf
FUZZ_DICTS += tests/fuzz/conf.dict
fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c
fuzz_conf_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_conf_LDADD = $(FUZZ_ENGINE) $(CONF_LDADD)

FUZZERS += fuzz_import
FUZZ_DICTS += tests/fuzz/import.dict
fuzz_import_SOURCES = tests/fuzz/fuzz_import.c
fuzz_import_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_import_LDADD = $(FUZZ_ENGINE) $(CTL_LDADD)

FUZZERS += fuzz_date
FUZZ_DICTS += tests/fuzz/date.dict
fuzz_date_SOURCES = tests/fuzz/fuzz_date.c
fuzz_date_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_date_LDADD = $(FUZZ_ENGINE) libmime.a libbase.a

FUZZERS += fuzz_dns
fuzz_dns_SOURCES = tests/fuzz/fuzz_dns.c
fuzz_dns_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_dns_LDADD = $(FUZZ_ENGINE) libdns.a $(NET_LDADD)

FUZZERS += fuzz_hdr
FUZZ_DICTS += tests/fuzz/hdr.dict
fuzz_hdr_SOURCES = tests/fuzz/fuzz_hdr.c
fuzz_hdr_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_hdr_LDADD = $(FUZZ_ENGINE) libmime.a libbase.a $(IDN2_LIBS)

FUZZERS += fuzz_ipc
fuzz_ipc_SOURCES = tests/fuzz/fuzz_ipc.c
fuzz_ipc_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_ipc_LDADD = $(FUZZ_ENGINE) libproc.a $(NET_LDADD)

FUZZERS += fuzz_list
fuzz_list_SOURCES = tests/fuzz/fuzz_list.c
fuzz_list_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_list_LDADD = $(FUZZ_ENGINE) libmime.a libbase.a $(IDN2_LIBS)

FUZZERS += fuzz_log
fuzz_log_SOURCES = tests/fuzz/fuzz_log.c
fuzz_log_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_log_LDADD = $(FUZZ_ENGINE) libbase.a

FUZZERS += fuzz_record
fuzz_record_SOURCES = tests/fuzz/fuzz_record.c
fuzz_record_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_record_LDADD = $(FUZZ_ENGINE) libstorebdb.a $(STORE_LDADD) $(XXHASH_LIBS)

FUZZERS += fuzz_recode
FUZZ_DICTS += tests/fuzz/recode.dict
fuzz_recode_SOURCES = tests/fuzz/fuzz_recode.c \
	tests/unit/mime/gmime_view.c tests/unit/mime/gmime_view.h
fuzz_recode_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(srcdir)/tests $(GMIME_CFLAGS)
fuzz_recode_LDADD = $(FUZZ_ENGINE) libmime.a libbase.a $(GMIME_LIBS) $(IDN2_LIBS)

FUZZERS += fuzz_sasl
FUZZ_DICTS += tests/fuzz/sasl.dict
fuzz_sasl_SOURCES = tests/fuzz/fuzz_sasl.c
fuzz_sasl_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_sasl_LDADD = $(FUZZ_ENGINE) libauth.a libmime.a libbase.a \
	$(OPENSSL_LIBS) $(IDN2_LIBS) $(CRYPT_LIBS) $(GSASL_LIBS)

FUZZERS += fuzz_trace
fuzz_trace_SOURCES = tests/fuzz/fuzz_trace.c
fuzz_trace_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_trace_LDADD = $(FUZZ_ENGINE) libmime.a libbase.a $(IDN2_LIBS)

FUZZERS += fuzz_pop3
FUZZ_DICTS += tests/fuzz/pop3.dict
fuzz_pop3_SOURCES = tests/fuzz/fuzz_pop3.c \
	tests/unit/pop3/fake.c tests/unit/pop3/fake.h
fuzz_pop3_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(srcdir)/tests/unit $(CUNIT_CFLAGS)
fuzz_pop3_LDADD = $(FUZZ_ENGINE) libpop3.a libstore.a $(PROC_LDADD)

# SMTP sessions run against the fakes of their unit tests.
FUZZ_SMTP_LDADD = $(FUZZ_ENGINE) libsmtp.a libstore.a $(PROC_LDADD)
FUZZERS += fuzz_smtp_answer
FUZZ_DICTS += tests/fuzz/smtp_answer.dict
fuzz_smtp_answer_SOURCES = tests/fuzz/fuzz_smtp_answer.c
fuzz_smtp_answer_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_smtp_answer_LDADD = $(FUZZ_SMTP_LDADD)

FUZZERS += fuzz_smtp_bdat
fuzz_smtp_bdat_SOURCES = tests/fuzz/fuzz_smtp_bdat.c tests/unit/smtp/fake.c
fuzz_smtp_bdat_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(srcdir)/tests
fuzz_smtp_bdat_LDADD = $(FUZZ_SMTP_LDADD)

FUZZERS += fuzz_smtp_client
FUZZ_DICTS += tests/fuzz/smtp_client.dict
fuzz_smtp_client_SOURCES = tests/fuzz/fuzz_smtp_client.c \
	tests/unit/smtp/fake.c
fuzz_smtp_client_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_smtp_client_LDADD = $(FUZZ_SMTP_LDADD)

FUZZERS += fuzz_smtp_cmd
FUZZ_DICTS += tests/fuzz/smtp_cmd.dict
fuzz_smtp_cmd_SOURCES = tests/fuzz/fuzz_smtp_cmd.c tests/unit/smtp/fake.c
fuzz_smtp_cmd_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_smtp_cmd_LDADD = $(FUZZ_SMTP_LDADD)

FUZZERS += fuzz_smtp_data
FUZZ_DICTS += tests/fuzz/smtp_data.dict
fuzz_smtp_data_SOURCES = tests/fuzz/fuzz_smtp_data.c
fuzz_smtp_data_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_smtp_data_LDADD = $(FUZZ_ENGINE) libsmtp.a libbase.a

FUZZERS += fuzz_smtp_session
FUZZ_DICTS += tests/fuzz/smtp_session.dict
fuzz_smtp_session_SOURCES = tests/fuzz/fuzz_smtp_session.c \
	tests/unit/smtp/fake.c
fuzz_smtp_session_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(srcdir)/tests
fuzz_smtp_session_LDADD = $(FUZZ_SMTP_LDADD)

FUZZERS += fuzz_store_proc
fuzz_store_proc_SOURCES = tests/fuzz/fuzz_store_proc.c
fuzz_store_proc_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_store_proc_LDADD = $(FUZZ_ENGINE) $(STORE_LDADD)

FUZZERS += fuzz_store_wire
fuzz_store_wire_SOURCES = tests/fuzz/fuzz_store_wire.c
fuzz_store_wire_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_store_wire_LDADD = $(FUZZ_ENGINE) libstore.a libmime.a libbase.a \
	$(IDN2_LIBS)

# The rest serves all of them. FUZZ_ENGINE has the main(): libreplay.a, or what
# makes clang link libFuzzer.
FUZZ_CPPFLAGS = $(TEST_CPPFLAGS) -I$(srcdir)/tests/fuzz
FUZZ_SECONDS = 20
if FUZZ
noinst_PROGRAMS += $(FUZZERS)
else
check_PROGRAMS += $(FUZZERS)
check_LIBRARIES += libreplay.a
$(FUZZERS): libreplay.a
endif
libreplay_a_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz.h
libreplay_a_CPPFLAGS = $(FUZZ_CPPFLAGS)

check-fuzz: $(FUZZERS)
if FUZZ
	$(srcdir)/tests/fuzz/run $(srcdir) $(FUZZ_SECONDS) $(FUZZERS)
else
	@echo 'check-fuzz: needs configure CC=clang --enable-fuzz' >&2; exit 1
endif
.PHONY: check-fuzz

CLEANFILES += fuzz_*.crash
EXTRA_DIST += tests/fuzz/run tests/fuzz/corpus $(FUZZ_DICTS)
