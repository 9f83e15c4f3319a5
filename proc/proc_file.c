/* Files of a process that cannot open any, kept in memory. */
#include "proc/proc_file.h"

#include "base/secret.h"

#include <errno.h>
#include <unistd.h>

enum {
	STEP = 16 * 1024,
	PASSWORD_FILE_MAX = 8 * 1024 /* its first line is of interest */
};

/* Until the end, or one octet more than max: that is too much. */
static enum err
read_all(int fd, struct buf *out, size_t max)
{
	ssize_t n;

	buf_init(out, max + 1);
	do {
		size_t room = max + 1 - out->len;
		enum err e;

		if (room > STEP)
			room = STEP;
		if ((e = buf_reserve(out, room)) != ERR_OK)
			return e;
		n = pread(fd, out->p + out->len, room, (off_t)out->len);
		if (n > 0)
			out->len += (size_t)n;
	} while (out->len <= max && (n > 0 || (n < 0 && errno == EINTR)));
	if (n < 0)
		return err_from_errno(errno);
	return out->len > max ? ERR_TOOBIG : ERR_OK;
}

/* The password is the first line of its file. */
static enum err
cut_password(struct buf *b)
{
	struct slice line, rest = buf_slice(b);

	(void)slice_cut(&rest, '\n', &line);
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	buf_cut(b, line.len);
	if (line.len > PROC_PASSWORD_MAX)
		return ERR_TOOBIG;
	return line.len == 0 || slice_find(line, '\0') < line.len ? ERR_SYNTAX
								  : ERR_OK;
}

enum err
proc_files_add(struct proc_files *f, const struct msg_file *m, int fd)
{
	bool secret = m->kind == MSG_FILE_PASSWORD;
	struct buf *b = secret ? &f->password[m->index] : &f->file[m->kind];
	enum err e;

	buf_wipe(b);
	e = read_all(fd, b, secret ? PASSWORD_FILE_MAX : PROC_FILE_MAX);
	if (e == ERR_OK && secret)
		e = cut_password(b);
	if (e != ERR_OK)
		buf_wipe(b);
	return e;
}

struct slice
proc_files_get(const struct proc_files *f, enum msg_file_kind kind)
{
	return buf_slice(&f->file[kind]);
}

struct slice
proc_files_password(const struct proc_files *f, unsigned index)
{
	return index < CONF_PASSWORDS ? buf_slice(&f->password[index])
				      : SLICE_NONE;
}

void
proc_files_move(struct proc_files *to, struct proc_files *from)
{
	proc_files_wipe(to);
	*to = *from;
	secret_wipe(from, sizeof *from); /* the buffers have moved */
}

void
proc_files_wipe(struct proc_files *f)
{
	for (unsigned i = 0; i < MSG_FILE_KINDS; i++)
		buf_wipe(&f->file[i]);
	for (unsigned i = 0; i < CONF_PASSWORDS; i++)
		buf_wipe(&f->password[i]);
	secret_wipe(f, sizeof *f);
}
