#ifndef CTL_CTL_USERFILE_H
#define CTL_CTL_USERFILE_H
/* Files of accounts from other systems, line by line. Pure. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum ctl_userfile_format {
	CTL_PASSWD, /* NAME:HASH[:...], also dovecot's passwd-file */
	CTL_SHADOW, /* NAME:HASH:..., accounts without password left out */
	CTL_CSV     /* address,password_or_hash[,quota[,state[,forward[,
		       delegates]]]] */
};

struct ctl_userfile {
	enum ctl_userfile_format format;
	struct slice domain; /* of names without one; may be empty */
	unsigned line;       /* number of the last line */
	/* columns of the CSV by its head line */
	unsigned column[6];
};

struct ctl_userline {
	struct slice name;   /* an address, or a name to be put in a domain */
	struct slice secret; /* hash, {SCHEME}hash, or password (CSV) */
	uint64_t quota;
	struct slice forward;   /* as ctl_forward_read takes it, or empty */
	struct slice delegates; /* as ctl_delegates_read does */
	bool has_quota, locked;
	struct buf text; /* where unquoted CSV fields lie */
};

/* "passwd", "dovecot", "shadow:example.org", "csv"; ERR_SYNTAX */
enum err ctl_userfile_init(struct ctl_userfile *f, struct slice format);
/* What the name of a file says: csv or passwd. */
struct slice ctl_userfile_guess(struct slice file);
/*
 * The next account of *rest; line->text must be a buf, and is reset.
 * ERR_NOENT: the end. ERR_SYNTAX: f->line is wrong, why says how; go on with
 * the next call.
 */
enum err ctl_userfile_next(struct ctl_userfile *f, struct slice *rest,
    struct ctl_userline *line, const char **why);
/* Append s as a CSV field. */
void ctl_csv_add(struct buf *b, struct slice s);

#endif
