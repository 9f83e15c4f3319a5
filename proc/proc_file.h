#ifndef PROC_PROC_FILE_H
#define PROC_PROC_FILE_H
/* What was in the files that a parent opened for a process without any. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "proc/msg.h"

enum { PROC_FILE_MAX = 1024 * 1024, PROC_PASSWORD_MAX = 1000 };

struct proc_files { /* all zero: none */
	struct buf file[MSG_FILE_KINDS];
	struct buf password[CONF_PASSWORDS];
};

/*
 * Read what fd leads to, which stays open, and keep it in place of what was
 * there. TOOBIG, IO, NOMEM, and SYNTAX for a password that is empty: then
 * nothing is there.
 */
enum err proc_files_add(struct proc_files *f, const struct msg_file *m, int fd);
/* The contents; empty when there is no such file. */
struct slice proc_files_get(
    const struct proc_files *f, enum msg_file_kind kind);
/* The first line of a password's file (conf_password), or empty. */
struct slice proc_files_password(const struct proc_files *f, unsigned index);
/* to gets what from has, and from nothing. */
void proc_files_move(struct proc_files *to, struct proc_files *from);
/* Forget them all, and wipe the memory. */
void proc_files_wipe(struct proc_files *f);

#endif
