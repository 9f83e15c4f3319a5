/* Every parameter once, and where its value is kept. */
#include "conf/conf_table.h"

#include <string.h>

#define HERE(s, member) offsetof(s, member), sizeof(((s *)0)->member)
#define TOP(member) HERE(struct conf, member)
#define LISTENER(member) HERE(struct conf_listener, member)
#define SNI(member) HERE(struct conf_sni, member)
#define ROUTE(member) HERE(struct conf_route, member)
#define NITEMS(a) (sizeof(a) / sizeof *(a))

_Static_assert(offsetof(struct conf_listener, name) == 0 &&
		   offsetof(struct conf_sni, name) == 0 &&
		   offsetof(struct conf_route, name) == 0,
    "an instance begins with its title");

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
#define DAY (24 * (uint64_t)HOUR)
#define KB ((uint64_t)1 << 10)
#define MB ((uint64_t)1 << 20)
#define GB ((uint64_t)1 << 30)

static const struct conf_choice services[] = {
    {"smtp",       CONF_SMTP      },
    {"submission", CONF_SUBMISSION},
    {"pop3",       CONF_POP3      },
    {NULL,         0	      },
};
static const struct conf_choice tls_modes[] = {
    {"off",      CONF_TLS_OFF     },
    {"starttls", CONF_TLS_STARTTLS},
    {"require",  CONF_TLS_REQUIRE },
    {"implicit", CONF_TLS_IMPLICIT},
    {NULL,       0		},
};
static const struct conf_choice auth_modes[] = {
    {"off",      CONF_AUTH_OFF     },
    {"optional", CONF_AUTH_OPTIONAL},
    {"required", CONF_AUTH_REQUIRED},
    {NULL,       0		 },
};
/* the first word for each value is the one that is printed */
static const struct conf_choice booleans[] = {
    {"on",    1},
    {"off",   0},
    {"yes",   1},
    {"no",    0},
    {"true",  1},
    {"false", 0},
    {NULL,    0},
};
static const struct conf_choice versions[] = {
    {"1.2", 0},
    {"1.3", 1},
    {NULL,  0},
};
static const struct conf_choice bare_newlines[] = {
    {"refuse", 0},
    {"repair", 1},
    {NULL,     0},
};
static const struct conf_choice out_tls_modes[] = {
    {"may",     CONF_OUT_MAY    },
    {"require", CONF_OUT_REQUIRE},
    {"verify",  CONF_OUT_VERIFY },
    {"never",   CONF_OUT_NEVER  },
    {NULL,      0	       },
};
static const struct conf_choice route_tls_modes[] = {
    {"inherit", CONF_OUT_INHERIT},
    {"may",     CONF_OUT_MAY    },
    {"require", CONF_OUT_REQUIRE},
    {"verify",  CONF_OUT_VERIFY },
    {"never",   CONF_OUT_NEVER  },
    {NULL,      0	       },
};
static const struct conf_choice doubts[] = {
    {"retry", 0},
    {"hold",  1},
    {NULL,    0},
};
static const struct conf_choice double_bounces[] = {
    {"postmaster", 0},
    {"drop",       1},
    {NULL,	 0},
};
static const struct conf_choice mechanisms[] = {
    {"PLAIN",         CONF_MECH_PLAIN        },
    {"LOGIN",         CONF_MECH_LOGIN        },
    {"SCRAM-SHA-256", CONF_MECH_SCRAM_SHA_256},
    {NULL,	    0		      },
};
static const struct conf_choice schemes[] = {
    {"yescrypt",      0},
    {"gost-yescrypt", 0},
    {"scrypt",        0},
    {"bcrypt",        0},
    {"sha512",        0},
    {"sha256",        0},
    {NULL,	    0},
};
static const struct conf_choice levels[] = {
    {"error", CONF_LOG_ERROR},
    {"warn",  CONF_LOG_WARN },
    {"info",  CONF_LOG_INFO },
    {"debug", CONF_LOG_DEBUG},
    {NULL,    0	     },
};

/* clang-format off */
const struct conf_section conf_sections[CONF_SECTIONS] = {
    [CONF_S_TOP] = {.name = "", .help = "Keys outside of any section."},
    [CONF_S_LISTEN] = {.name = "listen", .title = "NAME",
	.base = offsetof(struct conf, listener),
	.stride = sizeof(struct conf_listener),
	.count = offsetof(struct conf, nlisteners), .max = CONF_LISTENERS,
	.help = "Where the server listens, one section for each service; at "
	    "most 16. As soon as a file has one, only those that are written "
	    "down exist. Without any there are five: smtp, submission, "
	    "submissions, pop3 and pop3s. A section of one of these names "
	    "begins with that listener's defaults. A reload opens and closes "
	    "addresses; connections that are there go on. Only a service that "
	    "no section had at the start needs a restart."},
    [CONF_S_TLS] = {.name = "tls",
	.help = "Certificate and key. Read by the parent process, so they "
	    "may belong to root with mode 0600."},
    [CONF_S_SNI] = {.name = "tls.sni", .title = "HOSTNAME",
	.base = offsetof(struct conf, tls.sni),
	.stride = sizeof(struct conf_sni),
	.count = offsetof(struct conf, tls.nsni), .max = CONF_SNI,
	.parent = CONF_S_TLS,
	.help = "Inside of tls: another certificate for clients that ask "
	    "for HOSTNAME; at most 64."},
    [CONF_S_SMTP] = {.name = "smtp", .help = "How mail is received."},
    [CONF_S_POP3] = {.name = "pop3", .help = "How mail is fetched."},
    [CONF_S_LIMITS] = {.name = "limits",
	.help = "What one message or one client may ask for."},
    [CONF_S_OUTBOUND] = {.name = "outbound",
	.help = "How mail leaves for other servers. When and for how long it "
	    "is tried stands in queue."},
    [CONF_S_ROUTE] = {.name = "outbound.route", .title = "DOMAIN",
	.base = offsetof(struct conf, outbound.route),
	.stride = sizeof(struct conf_route),
	.count = offsetof(struct conf, outbound.nroutes), .max = CONF_ROUTES,
	.parent = CONF_S_OUTBOUND,
	.help = "Inside of outbound: mail for DOMAIN leaves in another way; at "
	    "most 64. \".example.org\" stands for all domains below "
	    "example.org; the longest that fits counts. What a route does not "
	    "say is as in outbound and queue; inherit says so in words. A "
	    "changed route holds for mail that is waiting, too."},
    [CONF_S_QUEUE] = {.name = "queue",
	.help = "When mail that could not be delivered is tried again, and what "
	    "its sender hears."},
    [CONF_S_SRS] = {.name = "srs",
	.help = "Sender rewriting: mail that is forwarded leaves with a return "
	    "path of ours, so that others do not take it for forged, and "
	    "reports come back through us."},
    [CONF_S_SUBMIT] = {.name = "submit",
	.help = "Mail of programs on this machine (\"restante sendmail\")."},
    [CONF_S_AUTH] = {.name = "auth", .help = "Passwords and logins."},
    [CONF_S_STORE] = {.name = "store",
	.help = "The database that holds mail and accounts."},
    [CONF_S_LOG] = {.name = "log",
	.help = "One line on standard error for each finished thing."},
    [CONF_S_ADMIN] = {.name = "admin",
	.help = "The socket that the command line talks to."},
};

const struct conf_param conf_params[] = {
    {CONF_S_TOP, "version", CONF_T_COUNT, TOP(version), "1", 1, 1, NULL, NULL,
	"Grammar of this file. Only 1 exists."},
    {CONF_S_TOP, "hostname", CONF_T_HOST, TOP(hostname), NULL, 0, 0, NULL, NULL,
	"Name of this machine, in greetings, Received fields and message "
	"identifiers. Should be what the MX record names. The default is the "
	"machine's full name, as \"hostname --fqdn\" says it."},
    {CONF_S_TOP, "postmaster", CONF_T_TEXT, TOP(postmaster), "postmaster",
	0, 0, NULL, NULL,
	"Where mail to <postmaster> without domain goes (RFC 5321, section "
	"4.5.1): an address, or the local part of one in the first local "
	"domain."},
    {CONF_S_TOP, "data_dir", CONF_T_PATH, TOP(data_dir), "/var/lib/restante",
	0, 0, NULL, NULL,
	"Folder of the database. Belongs to user with mode 0700; should be on "
	"a local file system with blocks of 4 KiB or more."},
    {CONF_S_TOP, "run_dir", CONF_T_PATH, TOP(run_dir), "/run/restante",
	0, 0, NULL, NULL,
	"Folder of the admin socket."},
    {CONF_S_TOP, "user", CONF_T_NAME, TOP(user), "restante", 0, 0, NULL, NULL,
	"When started as root: the account that owns the data and runs the "
	"processes that read it."},
    {CONF_S_TOP, "front_user", CONF_T_NAME, TOP(front_user), "restante-net",
	0, 0, NULL, NULL,
	"When started as root: the account that runs the processes which talk "
	"to clients. Must not own any file."},
    {CONF_S_TOP, "front_workers", CONF_T_COUNT, TOP(front_workers), "0", 0, 64,
	NULL, NULL,
	"Processes for SMTP and as many for POP3. 0: one for each core."},
    {CONF_S_TOP, "include", CONF_T_INCLUDE, 0, 0, "", 0, 0, NULL, NULL,
	"Pattern of more files to read after this one, in the order of their "
	"names, for instance \"conf.d/*.conf\". A key in a later file wins."},

    {CONF_S_LISTEN, "address", CONF_T_ADDRESSES, LISTENER(addr), NULL,
	0, 0, NULL, NULL,
	"Addresses with port, at most 8: \"192.0.2.1:25\", \"[2001:db8::1]:25\", "
	"\"0.0.0.0:25\" for all of IPv4, \"[::]:25\" for all of IPv6."},
    {CONF_S_LISTEN, "service", CONF_T_CHOICE, LISTENER(service), NULL, 0, 0,
	NULL, services,
	"What is spoken here. smtp receives mail for local domains from "
	"everybody; submission takes mail from users who log in."},
    {CONF_S_LISTEN, "tls", CONF_T_CHOICE, LISTENER(tls), NULL, 0, 0, NULL,
	tls_modes,
	"off: none; starttls: offered (STARTTLS, STLS); require: offered, and "
	"nothing else goes before; implicit: from the first octet."},
    {CONF_S_LISTEN, "auth", CONF_T_CHOICE, LISTENER(auth), NULL, 0, 0, NULL,
	auth_modes,
	"Logins over SMTP: not offered, offered, or demanded before MAIL. "
	"POP3 always demands one."},
    {CONF_S_LISTEN, "plaintext_auth", CONF_T_CHOICE, LISTENER(plaintext_auth),
	"off", 0, 0, NULL, booleans,
	"Accept passwords on a connection without TLS. For listeners on "
	"loopback addresses and for tests."},
    {CONF_S_LISTEN, "max_clients", CONF_T_COUNT, LISTENER(max_clients),
	"10000", 1, 1000000, NULL, NULL,
	"Connections at a time. Should stay below the system's limit of open "
	"files."},
    {CONF_S_LISTEN, "max_clients_per_ip", CONF_T_COUNT,
	LISTENER(max_clients_per_ip), "50", 1, 1000000, NULL, NULL,
	"Connections at a time from one IPv4 address or one IPv6 /64."},
    {CONF_S_LISTEN, "max_new_per_minute", CONF_T_COUNT,
	LISTENER(max_new_per_minute), "300", 0, 1000000, NULL, NULL,
	"New connections a minute from one IPv4 address or one IPv6 /64. 0: no "
	"limit."},
    {CONF_S_LISTEN, "idle_timeout", CONF_T_TIME, LISTENER(idle_timeout_ms),
	NULL, SECOND, DAY, NULL, NULL,
	"Close a connection after this time without a command. RFC 5321 wants "
	"5m for SMTP, RFC 1939 10m for POP3, and these are the defaults."},
    {CONF_S_LISTEN, "banner", CONF_T_TEXT, LISTENER(banner), NULL, 0, 0,
	NULL, NULL,
	"Text behind the host name in the greeting."},

    {CONF_S_TLS, "certificate", CONF_T_PATH, TOP(tls.certificate),
	"/etc/restante/tls/fullchain.pem", 0, 0, NULL, NULL,
	"PEM file: the server's certificate, then those it was signed with. "
	"Empty: no TLS."},
    {CONF_S_TLS, "key", CONF_T_PATH, TOP(tls.key),
	"/etc/restante/tls/privkey.pem", 0, 0, NULL, NULL,
	"PEM file: its private key."},
    {CONF_S_TLS, "min_version", CONF_T_CHOICE, TOP(tls.min_13), "1.2", 0, 0,
	NULL, versions,
	"Oldest version of TLS that is spoken. There is none below 1.2."},
    {CONF_S_TLS, "watch", CONF_T_CHOICE, TOP(tls.watch), "on", 0, 0, NULL,
	booleans,
	"Reload certificates when their files change."},

    {CONF_S_SNI, "certificate", CONF_T_PATH, SNI(certificate), "", 0, 0,
	NULL, NULL, "PEM file, as above."},
    {CONF_S_SNI, "key", CONF_T_PATH, SNI(key), "", 0, 0,
	NULL, NULL, "PEM file, as above."},

    {CONF_S_SMTP, "bare_newline", CONF_T_CHOICE, TOP(bare_newline_repair),
	"refuse", 0, 0, NULL, bare_newlines,
	"A message with a CR or LF that is no line end is refused, or the "
	"octet is made a line end. Neither can end the message early."},
    {CONF_S_SMTP, "subaddress", CONF_T_TEXT, TOP(subaddress), "+", 0, 0, NULL,
	NULL,
	"Separator of subaddresses (RFC 5233): with + mail to alice+shop goes "
	"to alice. One of + - = _, or empty: off."},

    {CONF_S_POP3, "delete", CONF_T_CHOICE, TOP(pop3.delete), "on", 0, 0, NULL,
	booleans, "DELE is allowed."},
    {CONF_S_POP3, "expire", CONF_T_TIME, TOP(pop3.expire_ms), "never", 0,
	3650 * DAY, "never", NULL,
	"Announced to clients (CAPA EXPIRE, RFC 2449) in whole days: how long "
	"mail is kept."},
    {CONF_S_POP3, "login_delay", CONF_T_TIME, TOP(pop3.login_delay_ms), "0s",
	0, DAY, NULL, NULL,
	"Least time between two logins of one account (CAPA LOGIN-DELAY). 0s: "
	"none."},

    {CONF_S_LIMITS, "message_size", CONF_T_SIZE, TOP(limits.message_size),
	"50M", 64 * KB, 2 * GB, NULL, NULL,
	"Largest message, in octets; announced by SIZE (RFC 1870)."},
    {CONF_S_LIMITS, "recipients", CONF_T_COUNT, TOP(limits.recipients),
	"1000", 100, 8000, NULL, NULL,
	"Recipients of one message. RFC 5321 wants at least 100."},
    {CONF_S_LIMITS, "command_errors", CONF_T_COUNT, TOP(limits.command_errors),
	"20", 1, 1000, NULL, NULL,
	"Errors in one connection before it is closed."},
    {CONF_S_LIMITS, "hops", CONF_T_COUNT, TOP(limits.hops), "100", 30, 1000,
	NULL, NULL,
	"Received fields in a message before it counts as a loop (RFC 5321, "
	"section 6.3)."},
    {CONF_S_LIMITS, "login_failures", CONF_T_COUNT, TOP(limits.login_failures),
	"10", 1, 10000, NULL, NULL,
	"Wrong passwords from one address, or for one account, within "
	"login_window, before answers are delayed. Nobody is locked out."},
    {CONF_S_LIMITS, "login_window", CONF_T_TIME, TOP(limits.login_window_ms),
	"10m", SECOND, DAY, NULL, NULL,
	"Time in which login_failures are counted."},
    {CONF_S_LIMITS, "login_ban", CONF_T_TIME, TOP(limits.login_ban_ms), "15m",
	SECOND, 7 * DAY, NULL, NULL,
	"How long answers are then delayed. See also \"restante ban\"."},
    {CONF_S_LIMITS, "user_messages_per_hour", CONF_T_COUNT,
	TOP(limits.user_messages_per_hour), "200", 0, 1000000, NULL, NULL,
	"Messages that one account may submit in an hour. What is beyond is "
	"held for the operator, see \"restante queue\". 0: no limit."},
    {CONF_S_LIMITS, "user_recipients_per_hour", CONF_T_COUNT,
	TOP(limits.user_recipients_per_hour), "1000", 0, 10000000, NULL, NULL,
	"Recipients of the messages that one account submits in an hour, "
	"likewise. 0: no limit."},

    {CONF_S_OUTBOUND, "relay", CONF_T_RELAY, TOP(outbound.all.relay), "",
	0, 0, NULL, NULL,
	"A server that takes all mail: \"smtp://HOST\" (port 25), "
	"\"submission://USER@HOST\" (port 587) or \"smtps://USER@HOST\" (port "
	"465, TLS from the first octet); each may end with :PORT. HOST is a "
	"name, whose addresses are used and never its MX, an IPv4 address, or "
	"an IPv6 address in brackets. Empty: what the MX records of a domain "
	"name."},
    {CONF_S_OUTBOUND, "relay_password_file", CONF_T_PATH,
	TOP(outbound.all.password_file), "", 0, 0, NULL, NULL,
	"File whose first line is the password of USER in relay. Read by the "
	"parent process at each start and reload, so it may belong to root "
	"with mode 0600."},
    {CONF_S_OUTBOUND, "fallback", CONF_T_RELAY, TOP(outbound.all.fallback), "",
	0, 0, NULL, NULL,
	"A server, written as in relay, that is tried when all others cannot "
	"be reached. Empty: none."},
    {CONF_S_OUTBOUND, "fallback_password_file", CONF_T_PATH,
	TOP(outbound.all.fallback_password_file), "", 0, 0, NULL, NULL,
	"File whose first line is the password of USER in fallback."},
    {CONF_S_OUTBOUND, "tls", CONF_T_CHOICE, TOP(outbound.all.tls), "may",
	0, 0, NULL, out_tls_modes,
	"may: TLS when the other server offers it, with whatever certificate; "
	"require: no mail without TLS; verify: nor without a certificate for "
	"the server's name from an authority the machine trusts; never: no "
	"TLS."},
    {CONF_S_OUTBOUND, "connections_per_host", CONF_T_COUNT,
	TOP(outbound.all.connections), "10", 1, 1000, NULL, NULL,
	"Connections to one server at a time. Fewer are used while it answers "
	"slowly or with errors."},
    {CONF_S_OUTBOUND, "messages_per_connection", CONF_T_COUNT,
	TOP(outbound.all.messages), "100", 1, 1000000, NULL, NULL,
	"Messages on one connection, one after the other."},
    {CONF_S_OUTBOUND, "recipients_per_message", CONF_T_COUNT,
	TOP(outbound.all.recipients), "100", 1, 8000, NULL, NULL,
	"Recipients of one message that are sent together. Every server takes "
	"at least 100 (RFC 5321)."},
    {CONF_S_OUTBOUND, "connections", CONF_T_COUNT, TOP(outbound.connections),
	"200", 1, 10000, NULL, NULL,
	"Connections at a time to all servers together."},
    {CONF_S_OUTBOUND, "port", CONF_T_COUNT, TOP(outbound.port), "25", 1, 65535,
	NULL, NULL,
	"Port of the servers that MX records name. Another than 25 is for "
	"tests."},
    {CONF_S_OUTBOUND, "ipv6", CONF_T_CHOICE, TOP(outbound.ipv6), "on", 0, 0,
	NULL, booleans,
	"Use the IPv6 addresses of other servers."},
    {CONF_S_OUTBOUND, "connect_timeout", CONF_T_TIME, TOP(outbound.connect_ms),
	"30s", SECOND, HOUR, NULL, NULL,
	"How long to wait for a connection to one address."},
    {CONF_S_OUTBOUND, "command_timeout", CONF_T_TIME, TOP(outbound.command_ms),
	"5m", SECOND, DAY, NULL, NULL,
	"How long to wait for the reply to a command; twice as long behind the "
	"end of a message (RFC 5321, section 4.5.3.2)."},
    {CONF_S_OUTBOUND, "idle", CONF_T_TIME, TOP(outbound.idle_ms), "5s", 0,
	HOUR, NULL, NULL,
	"How long a connection that is not used stays open for more mail. 0s: "
	"not at all."},
    {CONF_S_OUTBOUND, "dns", CONF_T_SERVER, TOP(outbound.dns), "", 0, 0, NULL,
	NULL,
	"The one name server to ask, an address with port. Empty: those of "
	"/etc/resolv.conf, and the root servers when there is none."},

    {CONF_S_ROUTE, "relay", CONF_T_RELAY, ROUTE(relay), "", 0, 0, "direct",
	NULL,
	"The server that takes this mail. direct: what the MX records name, "
	"although outbound has a relay."},
    {CONF_S_ROUTE, "relay_password_file", CONF_T_PATH, ROUTE(password_file),
	"", 0, 0, NULL, NULL,
	"File whose first line is the password of USER in this relay. That of "
	"outbound is for its own relay only."},
    {CONF_S_ROUTE, "fallback", CONF_T_RELAY, ROUTE(fallback), "", 0, 0,
	"direct", NULL,
	"The server that is tried when all others cannot be reached. direct: "
	"none, although outbound has one."},
    {CONF_S_ROUTE, "fallback_password_file", CONF_T_PATH,
	ROUTE(fallback_password_file), "", 0, 0, NULL, NULL,
	"File whose first line is the password of USER in this fallback."},
    {CONF_S_ROUTE, "tls", CONF_T_CHOICE, ROUTE(tls), "inherit", 0, 0, NULL,
	route_tls_modes, "As in outbound."},
    {CONF_S_ROUTE, "connections_per_host", CONF_T_COUNT, ROUTE(connections),
	"inherit", 1, 1000, "inherit", NULL, "As in outbound."},
    {CONF_S_ROUTE, "messages_per_connection", CONF_T_COUNT, ROUTE(messages),
	"inherit", 1, 1000000, "inherit", NULL, "As in outbound."},
    {CONF_S_ROUTE, "recipients_per_message", CONF_T_COUNT, ROUTE(recipients),
	"inherit", 1, 8000, "inherit", NULL, "As in outbound."},
    {CONF_S_ROUTE, "retry", CONF_T_TIMES, ROUTE(retry), "inherit", SECOND,
	7 * DAY, "inherit", NULL, "As in queue."},
    {CONF_S_ROUTE, "lifetime", CONF_T_TIME, ROUTE(lifetime_ms), "inherit",
	SECOND, 365 * DAY, "inherit", NULL, "As in queue."},
    {CONF_S_ROUTE, "delay_warning", CONF_T_TIME, ROUTE(delay_warning_ms),
	"inherit", SECOND, 365 * DAY, "inherit", NULL,
	"As in queue. None is sent when it is longer than lifetime."},

    {CONF_S_QUEUE, "retry", CONF_T_TIMES, TOP(outbound.all.retry),
	"1m 5m 15m 30m", SECOND, 7 * DAY, NULL, NULL,
	"How long to wait after the first failure, the second, and so on, at "
	"most 16; the last one repeats. Each wait is spread a little, so that "
	"mail does not come in waves."},
    {CONF_S_QUEUE, "lifetime", CONF_T_TIME, TOP(outbound.all.lifetime_ms),
	"5d", SECOND, 365 * DAY, NULL, NULL,
	"How long mail is tried before it goes back to its sender."},
    {CONF_S_QUEUE, "delay_warning", CONF_T_TIME,
	TOP(outbound.all.delay_warning_ms), "4h", 0, 365 * DAY, NULL, NULL,
	"When a sender is told, once, that mail is still waiting. 0s: never."},
    {CONF_S_QUEUE, "in_doubt", CONF_T_CHOICE, TOP(queue.hold_doubt), "retry",
	0, 0, NULL, doubts,
	"What happens with mail that another server may or may not have taken, "
	"because its last reply was lost: retry sends it once more, so that it "
	"may arrive twice; hold waits for the operator."},
    {CONF_S_QUEUE, "double_bounce", CONF_T_CHOICE, TOP(queue.drop_double),
	"postmaster", 0, 0, NULL, double_bounces,
	"What happens with a report that cannot be delivered itself: the "
	"postmaster gets it, or it is dropped."},
    {CONF_S_QUEUE, "bounce_size", CONF_T_SIZE, TOP(queue.bounce_size), "50k",
	0, 2 * GB, NULL, NULL,
	"A report quotes a message up to this size whole when its sender asked "
	"for it (RET, RFC 3461), else its header."},
    {CONF_S_QUEUE, "bounces_per_hour", CONF_T_COUNT,
	TOP(queue.bounces_per_hour), "100", 0, 1000000, NULL, NULL,
	"Reports to one address in an hour; more are dropped, with a line in "
	"the log. 0: no limit."},
    {CONF_S_QUEUE, "trail", CONF_T_TIME, TOP(queue.trail_ms), "30d", 0,
	3650 * DAY, NULL, NULL,
	"How long \"restante trace\" can tell what became of a message."},

    {CONF_S_SRS, "enabled", CONF_T_CHOICE, TOP(srs.on), "on", 0, 0, NULL,
	booleans, "Rewrite the sender of mail that is forwarded."},
    {CONF_S_SRS, "domain", CONF_T_HOST, TOP(srs.domain), "", 0, 0, NULL, NULL,
	"Local domain of the rewritten addresses. Empty: that of the address "
	"which forwards."},

    {CONF_S_SUBMIT, "socket", CONF_T_PATH, TOP(submit.socket), "", 0, 0, "off",
	NULL,
	"Socket that takes mail from every user of this machine. Empty: the "
	"file submit in run_dir; off: none."},

    {CONF_S_AUTH, "mechanisms", CONF_T_SET, TOP(auth.mechanisms),
	"PLAIN LOGIN SCRAM-SHA-256", 0, 0, NULL, mechanisms,
	"SASL mechanisms that are offered, by SMTP and POP3 alike."},
    {CONF_S_AUTH, "hash", CONF_T_NAME, TOP(auth.hash), "yescrypt", 0, 0, NULL,
	schemes,
	"How new passwords are kept. Whatever crypt(5) knows is accepted from "
	"accounts that were imported."},
    {CONF_S_AUTH, "hash_cost", CONF_T_COUNT, TOP(auth.hash_cost), "0", 0,
	9999999, NULL, NULL,
	"Cost of a new password in the terms of its scheme, see crypt(5). 0: "
	"the scheme's default."},
    {CONF_S_AUTH, "workers", CONF_T_COUNT, TOP(auth.workers), "0", 0, 64, NULL,
	NULL,
	"Passwords that are verified at a time; each takes about 16 MiB with "
	"yescrypt. 0: as many as there are cores."},
    {CONF_S_AUTH, "cache", CONF_T_TIME, TOP(auth.cache_ms), "60s", 0,
	DAY, NULL, NULL,
	"How long a verified password is remembered in memory, so that "
	"clients which log in all the time cost little. 0s: not at all."},
    {CONF_S_AUTH, "upgrade", CONF_T_CHOICE, TOP(auth.upgrade), "on", 0, 0, NULL,
	booleans,
	"Keep a password anew with hash and hash_cost at the next login when "
	"it was kept in a weaker way."},
    {CONF_S_AUTH, "scram_iterations", CONF_T_COUNT, TOP(auth.scram_iterations),
	"10000", 0, 1000000, NULL, NULL,
	"Cost of the verifier that SCRAM needs beside the hash; made whenever "
	"a password is set. 0: none is made, and SCRAM works for nobody new."},

    {CONF_S_STORE, "cache", CONF_T_SIZE, TOP(store.cache), "0", 0,
	1024 * GB, NULL, NULL,
	"Memory for database pages. 0: a quarter of the machine's, at most "
	"4G."},
    {CONF_S_STORE, "checkpoint", CONF_T_TIME, TOP(store.checkpoint_ms), "1m",
	SECOND, HOUR, NULL, NULL,
	"Longest time between two checkpoints; recovery after a crash has to "
	"repeat what came after the last one."},
    {CONF_S_STORE, "checkpoint_bytes", CONF_T_SIZE,
	TOP(store.checkpoint_bytes), "128M", MB, 64 * GB, NULL, NULL,
	"Log that is written between two checkpoints at most."},
    {CONF_S_STORE, "undelete", CONF_T_TIME, TOP(store.undelete_ms), "1w", 0,
	3650 * DAY, NULL, NULL,
	"How long removed mail can be brought back with \"restante mailbox "
	"undelete\". 0s: not at all."},
    {CONF_S_STORE, "min_free", CONF_T_SIZE, TOP(store.min_free), "0", 0,
	1024 * GB, NULL, NULL,
	"With less free space than this no mail is accepted (452 4.3.1); "
	"fetching and deleting go on. 0: four times limits.message_size, at "
	"least 128M."},
    {CONF_S_STORE, "ballast", CONF_T_SIZE, TOP(store.ballast), "64M", 0,
	64 * GB, NULL, NULL,
	"Size of a file that is given up when the disk is full all the same, so "
	"that recovery has room."},
    {CONF_S_STORE, "readers", CONF_T_COUNT, TOP(store.readers), "0", 0, 64,
	NULL, NULL,
	"Threads that read mail. 0: two."},
    {CONF_S_STORE, "default_quota", CONF_T_SIZE, TOP(store.default_quota),
	"0", 0, 1024 * GB, NULL, NULL,
	"Quota of new accounts. 0: none."},

    {CONF_S_LOG, "level", CONF_T_CHOICE, TOP(log.level), "info", 0, 0, NULL,
	levels,
	"error: the operator has to act now; warn: soon; info: one line for "
	"each message and session; debug: for developers."},

    {CONF_S_ADMIN, "socket", CONF_T_PATH, TOP(admin.socket), "", 0, 0, NULL,
	NULL,
	"Where the command line finds the server. Empty: the file control in "
	"run_dir."},
    {CONF_S_ADMIN, "group", CONF_T_NAME, TOP(admin.group), "", 0, 0, NULL,
	NULL,
	"Members of this group may use the socket, besides root and the owner "
	"of the data. Empty: nobody else."},
    {CONF_S_TOP, NULL, CONF_T_TEXT, 0, 0, NULL, 0, 0, NULL, NULL, NULL},
};
/* clang-format on */

bool
conf_type_is_list(enum conf_type t)
{
	return t == CONF_T_SET || t == CONF_T_ADDRESSES || t == CONF_T_TIMES;
}

bool
conf_type_is_time(enum conf_type t)
{
	return t == CONF_T_TIME || t == CONF_T_TIMES;
}

bool
conf_type_is_uint(enum conf_type t)
{
	return t == CONF_T_COUNT || t == CONF_T_SIZE || t == CONF_T_TIME ||
	       t == CONF_T_CHOICE || t == CONF_T_SET;
}

const char *
conf_section_word(enum conf_section_id s)
{
	const char *dot = strrchr(conf_sections[s].name, '.');

	return dot != NULL ? dot + 1 : conf_sections[s].name;
}

uint32_t
conf_count(const struct conf *c, enum conf_section_id s)
{
	uint32_t n;

	if (conf_sections[s].title == NULL)
		return 1;
	memcpy(&n, (const char *)c + conf_sections[s].count, sizeof n);
	return n;
}

const char *
conf_title(const struct conf *c, enum conf_section_id s, uint32_t i)
{
	const struct conf_section *sec = &conf_sections[s];

	if (sec->title == NULL)
		return "";
	return (const char *)c + sec->base + i * sec->stride;
}

const void *
conf_place_of(const struct conf *c, const struct conf_param *p, uint32_t i)
{
	const struct conf_section *s = &conf_sections[p->section];

	return (const char *)c + s->base + i * s->stride + p->offset;
}

void *
conf_place(struct conf *c, const struct conf_param *p, uint32_t i)
{
	const struct conf_section *s = &conf_sections[p->section];

	return (char *)c + s->base + i * s->stride + p->offset;
}

const struct conf_param *
conf_param(enum conf_section_id s, struct slice name)
{
	for (const struct conf_param *p = conf_params; p->name != NULL; p++)
		if (p->section == s && slice_eq(name, slice_str(p->name)))
			return p;
	return NULL;
}
