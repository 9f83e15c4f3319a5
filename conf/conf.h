#ifndef CONF_CONF_H
#define CONF_CONF_H
/*
 * Every parameter, checked and in one flat struct without pointers, so that
 * the parent can hand it to the other processes as it is. conf_table.h has
 * name, type, unit, default and text of each; conf_load fills it.
 *
 * Times are milliseconds, sizes octets.
 */
#include "net/net_addr.h"

#include <stdbool.h>
#include <stdint.h>

/* the file that is read when none is named */
#define CONF_PATH "/etc/restante/restante.conf"

enum {
	CONF_LISTENERS = 16,
	CONF_ADDRESSES = 8, /* of one listener */
	CONF_SNI = 64,
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

/* listen NAME { ... } */
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
/* Where the command line finds the server: admin.socket or its default. */
void conf_admin_socket(const struct conf *c, char out[CONF_TEXT + 16]);
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
