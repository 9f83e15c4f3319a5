/* The table of commands. */
#include "ctl/ctl_cmd.h"

#include <stddef.h>

const uint64_t ctl_options_common = CTL_O(CONF) | CTL_O(JSON) | CTL_O(QUIET) |
				    CTL_O(VERBOSE) | CTL_O(YES) | CTL_O(HELP) |
				    CTL_O(VERSION);

#define X(name, text, value, help) [CTL_##name] = {text, value, help},
const struct ctl_option_text ctl_options[CTL_OPTION_COUNT] = {CTL_OPTIONS(X)};
#undef X

const struct ctl_alias ctl_aliases[] = {
    {"adduser", "user",  "add"   },
    {"deluser", "user",  "del"   },
    {"passwd",  "user",  "passwd"},
    {"mailq",   "queue", "list"  },
    {NULL,      NULL,    NULL    },
};

#define SECRET (CTL_O(PASSWORD_STDIN) | CTL_O(HASH))
#define FILTER                                                                 \
	(CTL_O(FROM) | CTL_O(TO) | CTL_O(DOMAIN) | CTL_O(OLDER) |              \
	    CTL_O(STATUS) | CTL_O(REASON) | CTL_O(ID))

/* clang-format off */
const struct ctl_cmd ctl_cmds[] = {
    {"quickstart", NULL, "ADDRESS", 1, 1,
	CTL_O(HOSTNAME) | CTL_O(DIR) | CTL_O(LOOPBACK) | CTL_O(CERTIFICATE) |
	CTL_O(KEY) | SECRET, CTL_NEEDS_NOTHING, ctl_quickstart,
	"make a working server with a first account",
	"Writes the configuration, the data folder and, if none is given, a "
	"self-signed certificate; makes the domain, the account, and "
	"postmaster@ and abuse@ that lead to it; then says what is still to "
	"be done: DNS records, a certificate, how to start. Changes nothing "
	"that is there."},
    {"serve", NULL, "", 0, 0, 0, CTL_NEEDS_NOTHING, ctl_serve,
	"run the server in the foreground",
	"Logs on standard error, one line for each finished thing. SIGTERM: "
	"finish what is being stored, tell clients, stop. SIGHUP: read "
	"configuration and certificates again; no connection is dropped."},
    {"check", NULL, "[FILE]", 0, 1, 0, CTL_NEEDS_NOTHING, ctl_check,
	"look for mistakes in the configuration",
	"Names file, line and key of each. Exit status 78 when there is one."},
    {"status", NULL, "", 0, 0, 0, CTL_NEEDS_SERVER, ctl_status,
	"show what the running server does",
	"Its processes, and how much waits to go out. Of a queue of more than "
	"10000 recipients those that came first are counted: at least so many "
	"wait. --json: the last object has the numbers of the queue."},
    {"reload", NULL, "", 0, 0, 0, CTL_NEEDS_SERVER, ctl_reload,
	"make the server read its configuration again",
	"And its certificates. Addresses that were added are opened, others "
	"are closed. A configuration with mistakes changes nothing, nor does "
	"an address that cannot be had. Connections go on."},
    {"stop", NULL, "", 0, 0, 0, CTL_NEEDS_SERVER, ctl_stop,
	"stop the server after what it is doing", NULL},

    {"config", "show", "[KEY]", 0, 1, CTL_O(CHANGED) | CTL_O(DEFAULTS),
	CTL_NEEDS_NOTHING, ctl_config_show, "print the configuration in force",
	"With KEY (\"limits.message_size\", \"listen.smtp.tls\"): its value "
	"alone."},
    {"config", "explain", "KEY", 1, 1, 0, CTL_NEEDS_NOTHING,
	ctl_config_explain,
	"say what a key of the configuration means", NULL},

    {"domain", "add", "NAME...", 1, -1, CTL_O(IF_MISSING) | CTL_O(QUOTA),
	CTL_NEEDS_STORE, ctl_domain_add, "accept mail for a domain",
	"--quota is what new accounts of the domain get."},
    {"domain", "del", "NAME...", 1, -1, CTL_O(IF_EXISTS) | CTL_O(WITH_USERS),
	CTL_NEEDS_STORE, ctl_domain_del, "accept no more mail for a domain",
	"Refused while it has accounts or aliases, unless --with-users."},
    {"domain", "list", "", 0, 0, 0, CTL_NEEDS_STORE,
	ctl_domain_list,
	"list the local domains", NULL},
    {"domain", "show", "NAME", 1, 1, 0, CTL_NEEDS_STORE,
	ctl_domain_show,
	"show one domain", NULL},

    {"user", "add", "ADDRESS", 1, 1, SECRET | CTL_O(QUOTA) |
	CTL_O(IF_MISSING), CTL_NEEDS_STORE,
	ctl_user_add,
	"make an account with a mailbox",
	"Asks for the password twice, without echo. The domain must be local "
	"(\"domain add\")."},
    {"user", "del", "ADDRESS...", 1, -1, CTL_O(IF_EXISTS), CTL_NEEDS_STORE,
	ctl_user_del, "remove an account and all its mail",
	"Asks first; the mail cannot be brought back. Aliases keep the "
	"address as a target and skip it."},
    {"user", "list", "[DOMAIN]", 0, 1, 0, CTL_NEEDS_STORE,
	ctl_user_list,
	"list accounts with what they use", NULL},
    {"user", "show", "ADDRESS", 1, 1, 0, CTL_NEEDS_STORE,
	ctl_user_show,
	"show one account", NULL},
    {"user", "passwd", "ADDRESS", 1, 1, SECRET, CTL_NEEDS_STORE,
	ctl_user_passwd,
	"set a password",
	"Asks for it twice, without echo. Works at once; sessions that are "
	"logged in go on."},
    {"user", "lock", "ADDRESS...", 1, -1, 0, CTL_NEEDS_STORE,
	ctl_user_lock,
	"refuse logins; mail still comes in",
	"Sessions that are logged in send nothing any more, nothing is "
	"forwarded, and mail of the account that waits to go out is held when "
	"its turn comes."},
    {"user", "unlock", "ADDRESS...", 1, -1, 0, CTL_NEEDS_STORE,
	ctl_user_unlock,
	"allow logins again",
	"Mail that was held meanwhile is let go by \"queue release --from "
	"ADDRESS\"."},
    {"user", "set", "ADDRESS KEY=VALUE...", 2, -1, 0, CTL_NEEDS_STORE,
	ctl_user_set,
	"change an account",
	"quota=SIZE, for example quota=2G; quota=0 for none. "
	"forward=ADDRESS,ADDRESS: where its mail is sent on to, here or "
	"elsewhere, instead of into its mailbox; keep=on: and a copy into its "
	"mailbox; forward= ends it. delegates=ADDRESS,@DOMAIN: whose logins "
	"may send as this account, besides its own; @DOMAIN: all of a domain; "
	"delegates= ends it."},
    {"user", "import", "FILE", 1, 1, CTL_O(FORMAT) | CTL_O(IF_MISSING),
	CTL_NEEDS_STORE, ctl_user_import, "make accounts from a file",
	"FILE - is standard input. Formats: passwd (ADDRESS:HASH, more "
	"fields are ignored; also dovecot's, with {SCHEME}), shadow "
	"(NAME:HASH:..., --format shadow:DOMAIN), csv "
	"(address,password_or_hash,quota,state,forward,delegates; the last two "
	"as in \"user set\", the account's own address for a copy). Without --format the name "
	"decides, then passwd. Hashes stay as they are. All lines are "
	"checked before the first account is made."},
    {"user", "export", "[DOMAIN]", 0, 1, CTL_O(FORMAT), CTL_NEEDS_STORE,
	ctl_user_export, "print accounts with their hashes",
	"Formats: csv, which \"user import\" reads, and json."},

    {"alias", "add", "ADDRESS TARGET...", 2, -1, CTL_O(IF_MISSING),
	CTL_NEEDS_STORE,
	ctl_alias_add, "lead an address to others",
	"Targets are local mailboxes, aliases, or addresses elsewhere, to "
	"which the mail is sent on. @example.org is the catch-all of a "
	"domain: where mail for unknown users goes. Targets are added when "
	"the alias exists."},
    {"alias", "del", "ADDRESS [TARGET...]", 1, -1, CTL_O(IF_EXISTS),
	CTL_NEEDS_STORE,
	ctl_alias_del, "remove an alias, or some of its targets", NULL},
    {"alias", "list", "[DOMAIN|ADDRESS]", 0, 1, 0, CTL_NEEDS_STORE,
	ctl_alias_list,
	"list aliases", NULL},

    {"mailbox", "list", "ADDRESS", 1, 1, 0, CTL_NEEDS_STORE,
	ctl_mailbox_list,
	"list the messages of a mailbox", NULL},
    {"mailbox", "show", "ADDRESS", 1, 1, 0, CTL_NEEDS_STORE,
	ctl_mailbox_show,
	"show what it holds, and what was removed", NULL},
    {"mailbox", "undelete", "ADDRESS", 1, 1, CTL_O(SINCE) | CTL_O(SESSION),
	CTL_NEEDS_STORE, ctl_mailbox_undelete, "bring removed messages back",
	"Those that --since or --session name, else all that are kept "
	"(store.undelete). They keep their UIDLs."},
    {"mailbox", "purge", "ADDRESS", 1, 1, 0, CTL_NEEDS_STORE,
	ctl_mailbox_purge,
	"drop for good what was removed", NULL},
    {"mailbox", "import", "ADDRESS FILE|DIR", 2, 2, 0, CTL_NEEDS_STORE,
	ctl_mailbox_import, "put messages into a mailbox",
	"Reads mbox files (mboxrd), Maildir folders, and single messages. "
	"Keeps X-UIDL and Dovecot's UIDLs (dovecot-uidlist), so that clients "
	"do not fetch everything again. Repeating it adds nothing twice. Of a "
	"Maildir the inbox is read: another folder (.Sent) is named by itself. "
	"Symbolic links in it are not followed."},
    {"mailbox", "export", "ADDRESS [FILE|-]", 1, 2, 0, CTL_NEEDS_STORE,
	ctl_mailbox_export, "write a mailbox as mbox (mboxrd)", NULL},

    {"queue", "list", "[ID...]", 0, -1, FILTER, CTL_NEEDS_STORE,
	ctl_queue_list, "list what waits to go out, and why",
	"AGE is how long it waits, TRY how often it was tried, NEXT when it "
	"is tried again. --json has an object for each recipient."},
    {"queue", "show", "ID", 1, 1, 0, CTL_NEEDS_STORE, ctl_queue_show,
	"show one message that waits",
	"Envelope, recipients, header, and what has happened so far."},
    {"queue", "summary", "", 0, 0, FILTER, CTL_NEEDS_STORE,
	ctl_queue_summary, "count what waits by domain and age",
	"The columns are how long it waits: 5m: less than five minutes, 20m: "
	"five to twenty minutes, and so on. -v: also the servers that the "
	"running server is connected to, or leaves in peace for a while."},
    {"queue", "flush", "[ID...]", 0, -1, FILTER | CTL_O(ALL),
	CTL_NEEDS_STORE, ctl_queue_flush, "try what waits at once",
	"All of it, unless ids or a filter say which. What is held stays."},
    {"queue", "hold", "[ID...]", 0, -1, FILTER | CTL_O(ALL),
	CTL_NEEDS_STORE, ctl_queue_hold, "keep mail until it is released",
	"All that waits, unless ids or a filter say which."},
    {"queue", "release", "[ID...]", 0, -1, FILTER | CTL_O(ALL),
	CTL_NEEDS_STORE, ctl_queue_release, "let go what was held",
	"All of it, unless ids or a filter say which: \"--from ADDRESS\" "
	"after the hourly limit has held somebody's mail."},
    {"queue", "delete", "[ID...]", 0, -1, FILTER | CTL_O(ALL),
	CTL_NEEDS_STORE, ctl_queue_delete,
	"drop mail, without telling anybody",
	"Asks first. Needs ids, a filter or --all."},
    {"queue", "bounce", "[ID...]", 0, -1,
	FILTER | CTL_O(ALL) | CTL_O(BECAUSE), CTL_NEEDS_STORE,
	ctl_queue_bounce, "return mail to its senders",
	"With a report that says that it could not be delivered, and why "
	"(--because). Asks first. Needs ids, a filter or --all."},
    {"queue", "redirect", "ADDRESS [ID...]", 1, -1, FILTER | CTL_O(ALL),
	CTL_NEEDS_STORE, ctl_queue_redirect,
	"send mail to another address instead",
	"An address elsewhere: mail that waits goes out by SMTP. Asks first. "
	"Needs ids, a filter or --all."},
    {"route", "test", "ADDRESS", 1, 1, 0, CTL_NEEDS_SERVER, ctl_route_test,
	"say what would happen now to mail for an address",
	"Whether it is here, an alias, or forwarded; and of what is elsewhere, "
	"where the server would send it, how, and why: MX hosts, addresses, "
	"TLS, smart host. Nothing is sent."},
    {"trace", NULL, "ID|ADDRESS|MESSAGE-ID", 1, 1, CTL_O(SINCE),
	CTL_NEEDS_STORE, ctl_trace, "tell what became of a message",
	"From its arrival to the last attempt, or of all messages of an "
	"address, sender or recipient. Kept for queue.trail, finished ones, "
	"too."},

    {"sendmail", NULL, "[OPTION...] [ADDRESS...]", 0, -1, 0,
	CTL_NEEDS_NOTHING, ctl_sendmail,
	"hand in a message, as local programs do",
	"Also by the name sendmail (a symbolic link), for cron, mutt, git "
	"send-email, PHP and others. Reads the message from standard input up "
	"to its end or, without -i (-oi), a line with a single dot. Needs the "
	"running server (submit.socket) and no rights. -t: recipients are those "
	"of To, Cc and Bcc; -f ADDRESS: sender; -F NAME: full name; -N never or "
	"success,failure,delay, -R full or hdrs, -V ENVID: reports (RFC 3461); "
	"-v: print the server's answer; -bs: SMTP on standard input and output; "
	"-bp: queue list; -q: queue flush; -bi: nothing. Others (-om, -oem, -B, "
	"-G, -U, ...) change nothing. A name without domain is a user of "
	"this machine, or else the postmaster. Exit status 75: try again later; 67: no such user, others "
	"got it."},
    {"ban", "list", "", 0, 0, 0, CTL_NEEDS_SERVER, ctl_ban_list,
	"list whose logins are slowed down", NULL},
    {"ban", "lift", "IP|ADDRESS...", 1, -1, 0, CTL_NEEDS_SERVER, ctl_ban_lift,
	"forget somebody's failed logins", NULL},

    {"verify", NULL, "", 0, 0, 0, CTL_NEEDS_STORE,
	ctl_verify,
	"read all that is stored, name what is wrong",
	"Exit status 1 when there is something. What it names cannot be read, "
	"all else can. A folder of \"backup create\" has it as it was, if it is "
	"older than the damage; \"export\" and \"mailbox export\" save the rest."},
    {"export", NULL, "FILE|-", 1, 1, CTL_O(NO_MAIL), CTL_NEEDS_STORE,
	ctl_export,
	"write everything to one file",
	"Domains, accounts, aliases and mail, in a form of its own that no "
	"database needs: see doc/export-format.md. For moves, upgrades and "
	"archives; while the server runs, each mailbox is as it is when its "
	"turn comes."},
    {"import", NULL, "FILE|-", 1, 1, CTL_O(NO_MAIL), CTL_NEEDS_STORE,
	ctl_import,
	"read what export has written",
	"What is there already stays; repeating it adds nothing twice."},
    {"backup", "create", "DIR", 1, 1, 0, CTL_NEEDS_STORE,
	ctl_backup_create,
	"copy the database while the server runs",
	"DIR must not exist. To restore: stop the server, move what is in db of "
	"the data folder (data_dir) away, copy the files of DIR/db there, and "
	"start the server. The folder db must be of mode 0700, and it and its "
	"files must belong to the user the server runs as."},

    {"completion", NULL, "bash", 1, 1, 0, CTL_NEEDS_NOTHING, ctl_completion,
	"print the completion for a shell",
	"For example: restante completion bash "
	">/etc/bash_completion.d/restante"},
    {"help", NULL, "[COMMAND]", 0, 2, 0, CTL_NEEDS_NOTHING, ctl_help,
	"show what a command does and takes", NULL},
    {"version", NULL, "", 0, 0, 0, CTL_NEEDS_NOTHING, ctl_version,
	"print the version", NULL},
    {NULL, NULL, NULL, 0, 0, 0, CTL_NEEDS_NOTHING, NULL, NULL, NULL},
};
/* clang-format on */
