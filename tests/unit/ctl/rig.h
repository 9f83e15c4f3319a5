#ifndef TESTS_UNIT_CTL_RIG_H
#define TESTS_UNIT_CTL_RIG_H
/*
 * Commands run against a store process on a memory backend, in a thread of its
 * own behind a socket pair; what they print is kept.
 */
#include "base/buf.h"
#include "conf/conf.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_rpc.h"
#include "store/mem/store_mem.h"
#include "tests/unit/unit.h"

#include <stdio.h>

struct ctl_rig;
/* new; with the domain example.test and nothing else */
struct ctl_rig *rig_new(void);
void rig_free(struct ctl_rig **r);
struct ctl_rpc *rig_rpc(struct ctl_rig *r);
struct conf *rig_conf(struct ctl_rig *r);
/* The backend; touch it between commands only. */
struct store *rig_store(struct ctl_rig *r);

/* Another process of this role at the store: the descriptor of its channel. */
int rig_join(struct ctl_rig *r, enum role role);

/* Remove the first n messages of a mailbox, as one POP3 session would. */
enum err rig_expunge(struct ctl_rig *r, uint64_t mailbox, unsigned n);

/* Run `restante LINE`: words parted by one blank. Returns its exit status; out
 * and err are what it printed, valid until the next run. in: standard input. */
int rig_run(struct ctl_rig *r, const char *line);
int rig_run_with(struct ctl_rig *r, const char *line, const char *in);
extern const char *rig_out, *rig_err;

/* Call run with nothing but output kept, as with --json or without. */
int rig_call(int (*run)(struct ctl *), bool json);
/* ctl_main as it is, without a store. */
int rig_main(const char *line);
int rig_main_with(const char *line, const char *in);

/* A folder for this test program, made on first use; removed at its end. */
const char *rig_dir(void);
/* DIR/NAME; one of a few static strings */
const char *rig_path(const char *name);
void rig_file(const char *name, const char *text);
/* The contents of a file, new. */
char *rig_read(const char *name);

/* Run, and check status and the whole of both outputs. */
#define RUN(r, line, status, out, err)                                         \
	do {                                                                   \
		unit_case(line);                                               \
		EQ_INT(rig_run(r, line), status);                              \
		EQ_STR(rig_out, out);                                          \
		EQ_STR(rig_err, err);                                          \
	} while (0)

#endif
