# What others' mail readers make of our mail.
check_PROGRAMS += mail_samples
mail_samples_CPPFLAGS = $(TEST_CPPFLAGS)
mail_samples_SOURCES = tests/oracle/mail_samples.c
mail_samples_LDADD = $(QUEUE_LDADD)
dist_check_SCRIPTS += tests/oracle/mail
