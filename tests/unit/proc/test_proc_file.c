#include "proc/proc_file.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int
file(const void *p, size_t n)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	EQ_INT(write(fd, p, n), n);
	return fd;
}

static enum err
add(struct proc_files *f, uint32_t kind, uint32_t index, struct slice text)
{
	struct msg_file m = {kind, index};
	int fd = file(text.p, text.len);
	enum err e = proc_files_add(f, &m, fd);

	(void)close(fd);
	return e;
}

static const struct {
	const char *name;
	struct slice text;
	enum err err;
	const char *want;
} passwords[] = {
    {"plain",         {"secret\n", 7},       ERR_OK,     "secret"},
    {"no line end",   {"secret", 6},         ERR_OK,     "secret"},
    {"CRLF",          {"secret\r\n", 8},     ERR_OK,     "secret"},
    {"spaces count",  {" a b \n", 6},        ERR_OK,     " a b " },
    {"a second line", {"secret\nother", 12}, ERR_OK,     "secret"},
    {"empty",         {"", 0},               ERR_SYNTAX, ""      },
    {"empty line",    {"\nsecret\n", 8},     ERR_SYNTAX, ""      },
    {"NUL",           {"sec\0ret\n", 8},     ERR_SYNTAX, ""      },
};

TEST(proc_file_password_is_the_first_line)
{
	static struct proc_files f;

	for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++) {
		unit_case(passwords[i].name);
		EQ_INT(add(&f, MSG_FILE_PASSWORD, 7, passwords[i].text),
		    passwords[i].err);
		EQ_SLICE(proc_files_password(&f, 7), passwords[i].want);
	}
	EQ_INT(proc_files_password(&f, 6).len, 0);
	EQ_INT(proc_files_password(&f, CONF_PASSWORDS).len, 0);
	proc_files_wipe(&f);
}

TEST(proc_file_is_bounded)
{
	static struct proc_files f;
	size_t n = PROC_FILE_MAX + 1;
	char *text = malloc(n);

	memset(text, 'x', n);
	EQ_INT(add(&f, MSG_FILE_CA, 0, slice_of(text, n - 1)), ERR_OK);
	EQ_INT(proc_files_get(&f, MSG_FILE_CA).len, n - 1);
	EQ_INT(add(&f, MSG_FILE_CA, 0, slice_of(text, n)), ERR_TOOBIG);
	EQ_INT(proc_files_get(&f, MSG_FILE_CA).len, 0);
	EQ_INT(add(&f, MSG_FILE_PASSWORD, 0, slice_of(text, PROC_PASSWORD_MAX)),
	    ERR_OK);
	EQ_INT(add(&f, MSG_FILE_PASSWORD, 0,
		   slice_of(text, PROC_PASSWORD_MAX + 1)),
	    ERR_TOOBIG);
	EQ_INT(add(&f, MSG_FILE_PASSWORD, 0, slice_of(text, n)), ERR_TOOBIG);
	EQ_INT(proc_files_password(&f, 0).len, 0);
	free(text);
	proc_files_wipe(&f);
}

TEST(proc_file_errors_leave_nothing)
{
	static struct proc_files f;
	struct msg_file m = {MSG_FILE_HOSTS, 0};

	EQ_INT(add(&f, MSG_FILE_HOSTS, 0, SLICE("x")), ERR_OK);
	OK(proc_files_add(&f, &m, -1) != ERR_OK);
	EQ_INT(proc_files_get(&f, MSG_FILE_HOSTS).len, 0);
	EQ_INT(add(&f, MSG_FILE_HOSTS, 0, SLICE("")), ERR_OK);
	proc_files_wipe(&f);
}

TEST(proc_file_sets_move)
{
	static struct proc_files now, next;

	EQ_INT(add(&now, MSG_FILE_RESOLV, 0, SLICE("old")), ERR_OK);
	EQ_INT(add(&now, MSG_FILE_PASSWORD, 1, SLICE("old")), ERR_OK);
	EQ_INT(add(&next, MSG_FILE_RESOLV, 0, SLICE("new")), ERR_OK);
	proc_files_move(&now, &next);
	EQ_SLICE(proc_files_get(&now, MSG_FILE_RESOLV), "new");
	EQ_INT(proc_files_password(&now, 1).len, 0);
	EQ_INT(proc_files_get(&next, MSG_FILE_RESOLV).len, 0);
	proc_files_wipe(&now);
	proc_files_wipe(&now);
}
