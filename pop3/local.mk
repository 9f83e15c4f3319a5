noinst_LIBRARIES += libpop3.a
libpop3_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/pop3
libpop3_a_SOURCES = pop3/pop3_proc.h
