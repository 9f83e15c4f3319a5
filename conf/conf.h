#ifndef CONF_CONF_H
#define CONF_CONF_H
/*
 * Every parameter, checked and in one flat struct without pointers, so that
 * the parent can hand it to the other processes as it is. conf_table.h has
 * name, type, unit, default and text of each; conf_load fills it.
 *
 * Times are milliseconds, sizes octets.
 */
#include "base/slice.h"
#include "net/net_addr.h"

#include <stdbool.h>
#include <stdint.h>

/* the file that is read when none is named */
#define CONF_PATH "/etc/restante/restante.conf"

enum {
	CONF_LISTENERS = 16,
	CONF_ADDRESSES = 8, /* of one listener */
	CONF_SNI = 64,
	CONF_ROUTES = 64,
	CONF_RETRIES = 16, /* steps of a retry plan */
	CONF_NAME = 64,
	CONF_TEXT = 256
};

enum conf_service { CONF_SMTP, CONF_SUBMISSION, CONF_POP3 };
/* TLS on a listener: none; offered; before any login or mail; from the start */
enum conf_tls { CONF_TLS_OFF, CONF_TLS_STARTTLS, CONF_TLS_REQUIRE,
	CONF_TLS_IMPLICIT };
enum conf_auth { CONF_AUTH_OFF, CONF_AUTH_OPTIONAL, CONF_AUTH_REQUIRED };
enum conf_level { CONF_LOG_ERROR, CONF_LOG_WARN, CONF_LOG_INFO,
	CONF_LOG_DEBUG };
/* SASL mechanisms, a set */
enum { CONF_MECH_PLAIN = 1, CONF_MECH_LOGIN = 2, CONF_MECH_SCRAM_SHA_256 = 4 };

/* listen NAME { ... }. In a running server one that a reload has removed keeps
 * its place, with no address, for the sessions it still has. */
struct conf_listener {
	char name[CONF_NAME];
	uint32_t service; /* enum conf_service */
	uint32_t tls;     /* enum conf_tls */
	uint32_t auth;    /* enum conf_auth; pop3: CONF_AUTH_REQUIRED */
	bool plaintext_auth; /* passwords without TLS are accepted here */
	uint32_t naddr;
	struct net_addr addr[CONF_ADDRESSES];
	uint32_t max_clients, max_clients_per_ip, max_new_per_minute;
	uint64_t idle_timeout_ms;
	char banner[CONF_TEXT]; /* text behind the host name */
};

/* TLS towards a next hop: as the section above says; if offered; always; always
 * with a certificate that is verified; never */
enum conf_out_tls { CONF_OUT_INHERIT, CONF_OUT_MAY, CONF_OUT_REQUIRE,
	CONF_OUT_VERIFY, CONF_OUT_NEVER };
struct conf_times { /* the last value repeats; n 0: not set */
	uint32_t n, pad;
	uint64_t ms[CONF_RETRIES];
};
/*
 * How mail leaves: for all, and one for each route "NAME" of outbound. In a
 * route whatever is 0 or empty is as for all; a relay comes with its own
 * password or none, and "direct" stands for no relay although all has one.
 */
struct conf_route {
	char name[CONF_TEXT]; /* domain; ".example.org": those below; "": all */
	char relay[CONF_TEXT]; /* conf_relay_parse; all: empty: by MX */
	char password_file[CONF_TEXT]; /* for the user in relay */
	char fallback[CONF_TEXT]; /* relay after direct delivery has failed */
	char fallback_password_file[CONF_TEXT];
	uint32_t tls;                  /* enum conf_out_tls */
	uint32_t connections;          /* at a time to one server */
	uint32_t messages;             /* on one connection */
	uint32_t recipients;           /* in one transaction */
	uint64_t lifetime_ms;          /* then back to the sender */
	uint64_t delay_warning_ms;
	struct conf_times retry;
};

struct conf_sni {
	char name[CONF_TEXT], certificate[CONF_TEXT], key[CONF_TEXT];
};

struct conf {
	uint32_t version;
	char hostname[CONF_TEXT];
	char postmaster[CONF_TEXT]; /* local part or address */
	char data_dir[CONF_TEXT], run_dir[CONF_TEXT];
	/* accounts the processes run as when started as root: user owns the
	 * data (store, auth), front_user reads from strangers */
	char user[CONF_NAME], front_user[CONF_NAME];
	uint32_t front_workers; /* a front role; 0: number of cores */

	uint32_t nlisteners;
	struct conf_listener listener[CONF_LISTENERS];

	struct {
		char certificate[CONF_TEXT], key[CONF_TEXT]; /* empty: no TLS */
		bool min_13, watch;
		uint32_t nsni;
		struct conf_sni sni[CONF_SNI];
	} tls;

	struct {
		uint64_t message_size;       /* SIZE, RFC 1870 */
		uint32_t recipients;         /* per message */
		uint32_t command_errors;     /* then 421 */
		uint32_t hops;               /* Received fields */
		uint32_t login_failures;     /* in login_window, then delays */
		uint64_t login_window_ms, login_ban_ms;
		/* what one account may submit in an hour; 0: no limit */
		uint32_t user_messages_per_hour, user_recipients_per_hour;
	} limits;

	struct {
		uint32_t mechanisms; /* CONF_MECH_ set */
		char hash[CONF_NAME]; /* scheme of new passwords: "yescrypt"... */
		uint32_t hash_cost;   /* libxcrypt's count for it; 0: its default */
		uint32_t workers;     /* verification threads; 0: cores */
		uint64_t cache_ms;    /* verified passwords; 0: off */
		bool upgrade;         /* rehash weaker schemes at login */
		uint32_t scram_iterations; /* 0: no SCRAM verifiers are made */
	} auth;

	struct {
		bool delete;             /* DELE is allowed */
		uint64_t expire_ms;      /* announced by EXPIRE; 0: NEVER */
		uint64_t login_delay_ms; /* LOGIN-DELAY; 0: none */
	} pop3;

	struct {
		uint64_t cache;         /* 0: a quarter of RAM, at most 4G */
		uint64_t checkpoint_ms;
		uint64_t checkpoint_bytes;
		uint64_t undelete_ms;   /* how long removed mail is kept */
		uint64_t min_free;      /* below: 452 4.3.1; 0: 4 x message_size,
		                           at least 128M */
		uint64_t ballast;       /* reserve file */
		uint32_t readers;       /* threads; 0: two */
		uint64_t default_quota; /* of new accounts; 0: none */
	} store;

	struct {
		uint32_t level; /* enum conf_level */
	} log;

	struct {
		char socket[CONF_TEXT]; /* empty: run_dir/control */
		char group[CONF_NAME];  /* may use it besides the owner; or "" */
	} admin;

	struct {
		struct conf_route all;
		uint32_t nroutes;
		struct conf_route route[CONF_ROUTES];
		uint32_t connections; /* in all, at a time */
		uint32_t port;        /* of MX hosts; 25 */
		bool ipv6;            /* addresses of IPv6 are tried */
		uint64_t connect_ms, command_ms; /* patience */
		uint64_t idle_ms; /* a connection is kept open for more mail */
		char dns[CONF_TEXT]; /* "192.0.2.53:53", or "" (resolv.conf) */
	} outbound;

	struct {
		bool hold_doubt;     /* in doubt: wait for an operator */
		bool drop_double;    /* bounce of a bounce: not to postmaster */
		uint64_t bounce_size; /* larger messages: only their header */
		uint32_t bounces_per_hour; /* to one sender; 0: no limit */
		uint64_t trail_ms;   /* how long what happened is kept */
	} queue;

	struct {
		bool on; /* rewrite the sender of what is forwarded */
		char domain[CONF_TEXT]; /* "": the forwarding address's own */
	} srs;

	struct {
		char socket[CONF_TEXT]; /* "": run_dir/submit; "off": none */
	} submit;

	bool bare_newline_repair; /* smtp: repair instead of 554 */
	char subaddress[2];       /* separator, or "" */
};

/*
 * Fill *out from the file at path (NULL: defaults only). Messages for people,
 * "FILE:LINE: key: what is wrong (what to try)", one a line, are appended to
 * errors; false when there were any. Relative paths in the file are taken from
 * the file's folder.
 */
struct buf;
bool conf_load(const char *path, struct conf *out, struct buf *errors);
/* The defaults alone. */
void conf_defaults(struct conf *out);
/*
 * Whole-file sanity beyond single values, and the files and accounts that are
 * named; messages as above, without line. Those that begin with "warning: " do
 * not make it false. Opens files; blocks.
 */
bool conf_check(const struct conf *c, struct buf *errors);
/* "smtp://[USER@]HOST[:PORT]" (default port 25), "submission://" (587),
 * "smtps://" (465, TLS at once); HOST: a name, an IPv4 address, or [IPv6]; a name
 * in brackets, "[mx.example.org]", too: names are never looked up as MX. */
struct conf_relay {
	char host[CONF_TEXT]; /* name or address, without brackets */
	char user[CONF_TEXT]; /* "": no login */
	uint16_t port;
	bool implicit_tls, submission;
};
bool conf_relay_parse(const char *text, struct conf_relay *out);
/* How mail for this domain (lower case, A-labels) leaves: the route with its
 * name, else the longest ".suffix" of it, else all; *out has nothing to inherit
 * any more. Returns the route's index, CONF_ROUTES for all. */
unsigned conf_route_for(
    const struct conf *c, struct slice domain, struct conf_route *out);
/*
 * Which password belongs to the relay (or fallback) that conf_route_for gave
 * with this route: a number below CONF_PASSWORDS. conf_password_path is the file
 * of a password, "" when there is none.
 */
enum { CONF_PASSWORDS = 2 * (CONF_ROUTES + 1) };
unsigned conf_password(const struct conf *c, unsigned route, bool fallback);
const char *conf_password_path(const struct conf *c, unsigned password);
/* The plan's delay after so many attempts (1: the first has just failed). */
uint64_t conf_times_at(const struct conf_times *t, uint32_t attempts);

/* Where the command line finds the server: admin.socket or its default. */
void conf_admin_socket(const struct conf *c, char out[CONF_TEXT + 16]);
/* Where programs on this machine hand in mail: submit.socket or its default;
 * "" when there is to be none. */
void conf_submit_socket(const struct conf *c, char out[CONF_TEXT + 16]);
/* A struct that came from another process: lengths, NULs, enum ranges. */
bool conf_valid(const struct conf *c);
/* Value of the key ("limits.message_size", "listen.smtp.tls") as the file
 * would have it; false: no such key. */
bool conf_get(const struct conf *c, const char *key, struct buf *out);
/* The file that gives c; only what differs from the defaults with changed. */
void conf_print(const struct conf *c, bool changed, struct buf *out);
/* The index.th key and its value and whether it is the default; false: end. */
bool conf_item(const struct conf *c, unsigned index, struct buf *key,
    struct buf *value, bool *is_default);
/* Text about a key for "config explain"; NULL: no such key. */
const char *conf_help(const char *key);

#endif
