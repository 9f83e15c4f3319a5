#ifndef CTL_CTL_MAILDIR_H
#define CTL_CTL_MAILDIR_H
/* Maildir folders: the messages in cur and new, and what Dovecot notes about
 * their UIDLs. */
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

bool ctl_maildir_is(const char *path);
/* A message: the file, open, which each takes; its path, for messages; when it
 * came, from the file's name; what Dovecot showed to POP3 clients, or empty. */
struct ctl_maildir_file {
	int fd;
	const char *path;
	uint64_t us;
	struct slice uidl;
};
typedef enum err ctl_maildir_fn(void *ctx, const struct ctl_maildir_file *f);
/*
 * Call each for every message, by arrival. Whose mail it is can write there,
 * and root may be who imports it: symbolic links are not followed, into cur
 * and new neither; what is no file is left out, and counted in *skipped_out.
 * Not OK from each ends it. ERR_IO: errno says why.
 */
enum err ctl_maildir_each(
    const char *path, ctl_maildir_fn *each, void *ctx, uint64_t *skipped_out);
/* Folders beside the inbox (Maildir++: ".Sent"): how many path has. */
unsigned ctl_maildir_folders(const char *path);

/* One line of dovecot-uidlist (version 3): the file's base name and its UIDL.
 * validity is that of its first line. false: none of it. Pure. */
bool ctl_uidlist_line(struct slice line, uint32_t validity,
    struct slice *base_out, char uidl_out[72]);
/* "3 V1700000000 N20 ...": the number behind V; false: another version */
bool ctl_uidlist_head(struct slice line, uint32_t *validity_out);

#endif
