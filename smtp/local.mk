noinst_LIBRARIES += libsmtp.a
libsmtp_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/smtp
libsmtp_a_SOURCES = smtp/smtp_proc.h
