noinst_LIBRARIES += libstoremem.a
libstoremem_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/store
libstoremem_a_SOURCES = \
	store/mem/mem_backup.c \
	store/mem/mem_box.c \
	store/mem/mem_core.c \
	store/mem/mem_deliver.c \
	store/mem/mem_dir.c \
	store/mem/mem_edit.c \
	store/mem/mem_priv.h \
	store/mem/mem_queue.c \
	store/mem/mem_receive.c \
	store/mem/mem_settle.c \
	store/mem/mem_take.c \
	store/mem/mem_trail.c \
	store/mem/store_mem.h
