#ifndef CTL_CTL_CMD_H
#define CTL_CTL_CMD_H
/*
 * The table of commands: what exists, what it takes, what it says about itself.
 * Help, restante(8) and the completion for shells are made from it.
 */
#include "base/slice.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sysexits.h>

struct ctl_rpc;
struct ctl_cmd;

/* X(NAME, "--name", what it takes or NULL, text) */
#define CTL_OPTIONS(X)                                                         \
	X(CONF, "c", "FILE", "read FILE instead of " CONF_PATH)                \
	X(JSON, "json", NULL, "print one JSON object a line")                  \
	X(QUIET, "q", NULL, "say nothing but errors and what was asked for")   \
	X(VERBOSE, "v", NULL, "say more")                                      \
	X(YES, "yes", NULL, "do not ask before destroying something")          \
	X(HELP, "help", NULL, "show what this command does and takes")         \
	X(VERSION, "version", NULL, "print the version")                       \
	X(PASSWORD_STDIN, "password-stdin", NULL,                              \
	    "read the password from the first line of standard input")         \
	X(HASH, "hash", "HASH",                                                \
	    "a hash as in crypt(5), with or without {SCHEME}, instead of a "   \
	    "password")                                                        \
	X(QUOTA, "quota", "SIZE", "for example 2G; 0: none")                   \
	X(IF_MISSING, "if-missing", NULL, "do nothing if it exists already")   \
	X(IF_EXISTS, "if-exists", NULL, "do nothing if it does not exist")     \
	X(WITH_USERS, "with-users", NULL,                                      \
	    "remove its accounts, mail and aliases too")                       \
	X(FORMAT, "format", "FORMAT", "how the file is written")               \
	X(SINCE, "since", "TIME",                                              \
	    "what happened at TIME or later: 2h, 3d, "                         \
	    "2026-11-23, 2026-11-23T14:21:00Z")                                \
	X(SESSION, "session", "ID",                                            \
	    "removed in one POP3 session; \"mailbox "                          \
	    "show\" lists them")                                               \
	X(CHANGED, "changed", NULL, "only what differs from the defaults")     \
	X(DEFAULTS, "defaults", NULL, "what is in force without any file")     \
	X(HOSTNAME, "hostname", "NAME",                                        \
	    "name of this machine in the mail "                                \
	    "world; default: the system's")                                    \
	X(DIR, "dir", "DIR", "keep everything below DIR")                      \
	X(LOOPBACK, "loopback", NULL,                                          \
	    "listen on 127.0.0.1 only, on free unprivileged ports")            \
	X(CERTIFICATE, "certificate", "FILE",                                  \
	    "use this certificate chain (PEM) instead of a self-signed one")   \
	X(KEY, "key", "FILE", "the certificate's key (PEM)")                   \
	X(NO_MAIL, "no-mail", NULL, "without messages")                        \
	X(FROM, "from", "PATTERN",                                             \
	    "mail of this sender: an address, @domain, <>, or with * and ?")   \
	X(TO, "to", "PATTERN", "recipients like this")                         \
	X(DOMAIN, "domain", "NAME", "recipients of this domain")               \
	X(OLDER, "older", "AGE", "what waits for so long, or longer: 30m, 2h") \
	X(STATUS, "status", "STATE",                                           \
	    "due, deferred, sending, in-doubt, held or report")                \
	X(REASON, "reason", "TEXT", "what waits for a reason with TEXT in it") \
	X(ID, "id", "ID", "this message; several: ID,ID")                      \
	X(ALL, "all", NULL, "everything that waits")                           \
	X(BECAUSE, "because", "TEXT", "what the senders are told")

#define X(name, text, value, help) CTL_##name,
enum ctl_option { CTL_OPTIONS(X) CTL_OPTION_COUNT };
#undef X
#define CTL_O(name) (UINT64_C(1) << CTL_##name)

/* One run of the program. */
struct ctl {
	struct conf conf;
	const char *conf_path;
	const struct ctl_cmd *cmd;
	/* value of each option that was given, "" when it takes none; NULL */
	const char *opt[CTL_OPTION_COUNT];
	char **arg; /* what the command takes, ends with NULL */
	int nargs;
	bool json, quiet, verbose;
	struct ctl_rpc *rpc; /* NULL: the command needs no store */
};

enum ctl_need {
	CTL_NEEDS_NOTHING, /* works without a configuration */
	CTL_NEEDS_CONF,    /* the configuration is loaded */
	CTL_NEEDS_STORE, /* and a store answers: the server's, or one of our own
			  */
	CTL_NEEDS_SERVER /* and the server runs */
};

struct ctl_cmd {
	const char *noun, *verb; /* verb: NULL when there is none */
	const char *args;        /* for people: "ADDRESS [KEY=VALUE...]" */
	int min, max;            /* number of arguments; max -1: any */
	uint64_t options;        /* besides those that every command has */
	enum ctl_need need;
	int (*run)(struct ctl *);
	const char *summary; /* one line, lower case */
	const char *help;    /* more, for --help and the manual; or NULL */
};
extern const struct ctl_cmd ctl_cmds[]; /* ends with a NULL noun */

struct ctl_option_text {
	const char *name, *value, *help;
};
extern const struct ctl_option_text ctl_options[CTL_OPTION_COUNT];
/* options that every command takes */
extern const uint64_t ctl_options_common;
/* other names for commands: "adduser" */
struct ctl_alias {
	const char *word, *noun, *verb;
};
extern const struct ctl_alias ctl_aliases[]; /* ends with a NULL word */

/*
 * Read the command line into c: options, command, arguments. EX_OK; EX_USAGE
 * with a message; -1: help or version was asked for and has been printed.
 */
int ctl_cmd_parse(struct ctl *c, int argc, char **argv);

/* Help on standard output: of one command, of a noun, of everything. */
void ctl_help_cmd(const struct ctl_cmd *cmd);
void ctl_help_noun(const char *noun);
void ctl_help_all(void);

/* The commands, each in the file of its noun. Return an exit status. */
int ctl_alias_add(struct ctl *);
int ctl_alias_del(struct ctl *);
int ctl_alias_list(struct ctl *);
int ctl_backup_create(struct ctl *);
int ctl_ban_lift(struct ctl *);
int ctl_ban_list(struct ctl *);
int ctl_check(struct ctl *);
int ctl_completion(struct ctl *);
int ctl_config_explain(struct ctl *);
int ctl_config_show(struct ctl *);
int ctl_domain_add(struct ctl *);
int ctl_domain_del(struct ctl *);
int ctl_domain_list(struct ctl *);
int ctl_domain_show(struct ctl *);
int ctl_export(struct ctl *);
int ctl_help(struct ctl *);
int ctl_import(struct ctl *);
int ctl_mailbox_export(struct ctl *);
int ctl_mailbox_import(struct ctl *);
int ctl_mailbox_list(struct ctl *);
int ctl_mailbox_purge(struct ctl *);
int ctl_mailbox_show(struct ctl *);
int ctl_mailbox_undelete(struct ctl *);
int ctl_queue_bounce(struct ctl *);
int ctl_queue_delete(struct ctl *);
int ctl_queue_flush(struct ctl *);
int ctl_queue_hold(struct ctl *);
int ctl_queue_list(struct ctl *);
int ctl_queue_redirect(struct ctl *);
int ctl_queue_release(struct ctl *);
int ctl_queue_show(struct ctl *);
int ctl_queue_summary(struct ctl *);
int ctl_quickstart(struct ctl *);
int ctl_reload(struct ctl *);
int ctl_route_test(struct ctl *);
int ctl_sendmail(struct ctl *);
int ctl_serve(struct ctl *);
int ctl_status(struct ctl *);
int ctl_stop(struct ctl *);
int ctl_trace(struct ctl *);
int ctl_user_add(struct ctl *);
int ctl_user_del(struct ctl *);
int ctl_user_export(struct ctl *);
int ctl_user_import(struct ctl *);
int ctl_user_list(struct ctl *);
int ctl_user_lock(struct ctl *);
int ctl_user_passwd(struct ctl *);
int ctl_user_set(struct ctl *);
int ctl_user_show(struct ctl *);
int ctl_user_unlock(struct ctl *);
int ctl_verify(struct ctl *);
int ctl_version(struct ctl *);

#endif
