noinst_LIBRARIES += libqueue.a
libqueue_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/queue
libqueue_a_SOURCES = \
	queue/queue_bounce.c queue/queue_bounce.h \
	queue/queue_bounce_priv.h \
	queue/queue_bounce_text.c \
	queue/queue_dest.c queue/queue_dest.h \
	queue/queue_held.c \
	queue/queue_hint.c queue/queue_hint.h \
	queue/queue_plan.c queue/queue_plan.h \
	queue/queue_rate.c queue/queue_rate.h \
	queue/queue_settle.c queue/queue_settle.h

QUEUE_LDADD = libqueue.a libstore.a $(PROC_LDADD) $(GMIME_LIBS)
if CUNIT
# store_call is a fake here: test_queue_settle.c
check_PROGRAMS += test_queue
test_queue_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_queue_LDADD = $(QUEUE_LDADD) $(CUNIT_LIBS)
# memory that a test lets run out: test_queue_settle.c
test_queue_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc -Wl,--wrap=malloc \
	-Wl,--wrap=realloc
test_queue_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/queue/test_queue_bounce.c \
	tests/unit/queue/test_queue_dest.c \
	tests/unit/queue/test_queue_held.c \
	tests/unit/queue/test_queue_hint.c \
	tests/unit/queue/test_queue_plan.c \
	tests/unit/queue/test_queue_rate.c \
	tests/unit/queue/test_queue_settle.c
endif
