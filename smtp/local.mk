noinst_LIBRARIES += libsmtp.a
libsmtp_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/smtp
libsmtp_a_SOURCES = \
	smtp/relay.c smtp/relay.h smtp/relay_priv.h \
	smtp/relay_body.c smtp/relay_body.h \
	smtp/relay_conn.c \
	smtp/relay_control.c \
	smtp/relay_dest.c \
	smtp/relay_end.c \
	smtp/relay_fate.c smtp/relay_fate.h \
	smtp/relay_job.c \
	smtp/relay_log.c \
	smtp/relay_pool.c \
	smtp/relay_proc.c smtp/relay_proc.h \
	smtp/relay_recode.c \
	smtp/relay_report.c \
	smtp/relay_rows.c \
	smtp/relay_take.c \
	smtp/smtp_answer.c smtp/smtp_answer.h \
	smtp/smtp_body.c smtp/smtp_body.h \
	smtp/smtp_client.c smtp/smtp_client.h \
	smtp/smtp_client_hello.c \
	smtp/smtp_client_line.c \
	smtp/smtp_client_priv.h \
	smtp/smtp_client_send.c \
	smtp/smtp_cmd.c \
	smtp/smtp_cmd_auth.c \
	smtp/smtp_cmd_data.c \
	smtp/smtp_cmd_hello.c \
	smtp/smtp_cmd_mail.c \
	smtp/smtp_cmd_misc.c \
	smtp/smtp_cmd_rcpt.c \
	smtp/smtp_cmd_tls.c \
	smtp/smtp_data.c smtp/smtp_data.h \
	smtp/smtp_ext.c smtp/smtp_ext.h \
	smtp/smtp_host.c \
	smtp/smtp_input.c \
	smtp/smtp_log.c \
	smtp/smtp_offer.c smtp/smtp_offer.h \
	smtp/smtp_param.c smtp/smtp_param.h \
	smtp/smtp_parse.c smtp/smtp_parse.h \
	smtp/smtp_policy.c smtp/smtp_policy.h \
	smtp/smtp_priv.h \
	smtp/smtp_proc.c smtp/smtp_proc.h \
	smtp/smtp_program.c \
	smtp/smtp_reply.c smtp/smtp_reply.h \
	smtp/smtp_route.c smtp/smtp_route.h smtp/smtp_route_priv.h \
	smtp/smtp_route_judge.c \
	smtp/smtp_route_row.c \
	smtp/smtp_session.c smtp/smtp_session.h \
	smtp/smtp_tx.c

if CUNIT
# store_call and auth_call are fakes here: fake.c
check_PROGRAMS += test_smtp
test_smtp_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS) \
	-DDIALOG_DIR='"$(abs_top_srcdir)/tests/dialog"'
test_smtp_LDADD = libsmtp.a libstore.a libdns.a $(PROC_LDADD) \
	$(UNBOUND_LIBS) $(CUNIT_LIBS)
test_smtp_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/smtp/fake.c tests/unit/smtp/fake.h \
	tests/unit/unit_tcp.c tests/unit/unit_tcp.h \
	tests/unit/smtp/sink.c tests/unit/smtp/sink.h \
	tests/unit/smtp/test_smtp_answer.c \
	tests/unit/smtp/test_smtp_body.c \
	tests/unit/smtp/test_smtp_client.c \
	tests/unit/smtp/test_smtp_client_peer.c \
	tests/unit/smtp/test_smtp_client_send.c \
	tests/unit/smtp/test_smtp_client_tls.c \
	tests/unit/smtp/test_smtp_data.c \
	tests/unit/smtp/test_smtp_dialog.c \
	tests/unit/smtp/test_smtp_ext.c \
	tests/unit/smtp/test_smtp_log.c \
	tests/unit/smtp/test_smtp_offer.c \
	tests/unit/smtp/test_smtp_param.c \
	tests/unit/smtp/test_smtp_parse.c \
	tests/unit/smtp/test_smtp_policy.c \
	tests/unit/smtp/test_smtp_proc.c \
	tests/unit/smtp/test_smtp_program.c \
	tests/unit/smtp/test_smtp_reply.c \
	tests/unit/smtp/test_smtp_route.c \
	tests/unit/smtp/test_smtp_session.c \
	tests/unit/smtp/test_smtp_tls.c

# everything around the relay is a fake here: relay_fake*.c
check_PROGRAMS += test_relay
test_relay_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_relay_LDADD = libsmtp.a $(QUEUE_LDADD) $(CUNIT_LIBS)
test_relay_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=queue_settle_add
test_relay_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/smtp/relay_fake.h \
	tests/unit/smtp/relay_fake_peer.c \
	tests/unit/smtp/relay_fake_store.c \
	tests/unit/smtp/relay_fake_text.c \
	tests/unit/smtp/test_relay.c \
	tests/unit/smtp/test_relay_body.c \
	tests/unit/smtp/test_relay_control.c \
	tests/unit/smtp/test_relay_fate.c \
	tests/unit/smtp/test_relay_log.c \
	tests/unit/smtp/test_relay_pool.c \
	tests/unit/smtp/test_relay_proc.c \
	tests/unit/smtp/test_relay_recode.c \
	tests/unit/smtp/test_relay_report.c \
	tests/unit/smtp/test_relay_take.c \
	tests/unit/smtp/test_relay_text.c
endif

EXTRA_DIST += tests/dialog doc/extensions.md
