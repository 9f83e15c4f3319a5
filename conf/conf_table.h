#ifndef CONF_CONF_TABLE_H
#define CONF_CONF_TABLE_H
/*
 * Every parameter once: where it stands in the file, what it may be, where it
 * goes in struct conf, and what the manual says about it. Loading, printing,
 * validation, `config explain` and restante.conf(5) all walk this table.
 */
#include "base/slice.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_type {
	CONF_T_TEXT, /* char[], any printable text */
	CONF_T_NAME, /* char[], an account or group: letters, digits, -_. */
	CONF_T_HOST, /* char[], a domain name, made canonical; empty only if
			that is the default */
	CONF_T_PATH, /* char[], relative ones start at the file's folder; the
			zero_word stands for itself */
	/* unsigned integers (and bool) of any size */
	CONF_T_COUNT,
	CONF_T_SIZE,
	CONF_T_TIME,
	CONF_T_CHOICE, /* one word of a few */
	CONF_T_SET,    /* a list of words, each one bit */
	CONF_T_TIMES,  /* struct conf_times; empty only with a zero_word */
	CONF_T_RELAY,  /* char[], conf_relay_parse; or empty; or zero_word */
	CONF_T_SERVER, /* char[], an address with port, or empty */
	/* the list of addresses of a listener */
	CONF_T_ADDRESSES,
	/* not kept: the names of more files to read */
	CONF_T_INCLUDE
};

/* Its values stand in braces. */
bool conf_type_is_list(enum conf_type t);
/* TIME, or a list of them */
bool conf_type_is_time(enum conf_type t);
/* Kept as one unsigned integer. */
bool conf_type_is_uint(enum conf_type t);

enum conf_section_id {
	CONF_S_TOP,
	CONF_S_LISTEN,
	CONF_S_TLS,
	CONF_S_SNI,
	CONF_S_SMTP,
	CONF_S_POP3,
	CONF_S_LIMITS,
	CONF_S_OUTBOUND,
	CONF_S_ROUTE,
	CONF_S_QUEUE,
	CONF_S_SRS,
	CONF_S_SUBMIT,
	CONF_S_AUTH,
	CONF_S_STORE,
	CONF_S_LOG,
	CONF_S_ADMIN,
	CONF_SECTIONS
};

/* A section may be there once, or once for each title: then count is the place
 * of the number of instances, base, stride and max say where they are, and an
 * instance begins with its title. */
struct conf_section {
	const char *name;  /* as in keys: "limits", "tls.sni"; "" for the top */
	const char *title; /* what the title is, for people; NULL: none */
	size_t base, stride, count, max;
	enum conf_section_id parent;
	const char *help;
};
extern const struct conf_section conf_sections[CONF_SECTIONS];

struct conf_choice {
	const char *word;
	uint64_t value;
};

struct conf_param {
	enum conf_section_id section;
	const char *name;
	enum conf_type type;
	size_t offset, size; /* in struct conf, or in one instance */
	const char
	    *def; /* words of a list parted by spaces; NULL: it depends */
	uint64_t min, max; /* COUNT, SIZE, TIME(S); at least min, or zero_word */
	const char *zero_word;             /* a word for 0 ("never"), or NULL */
	const struct conf_choice *choices; /* ends with a NULL word */
	const char *help;
};
extern const struct conf_param conf_params[]; /* ends with a NULL name */

/* Its name within the section it stands in: "sni" of tls.sni. */
const char *conf_section_word(enum conf_section_id s);
/* How many instances of a section c has; 1 for sections without title. */
uint32_t conf_count(const struct conf *c, enum conf_section_id s);
/* The title of instance i; "" for sections without title. */
const char *conf_title(
    const struct conf *c, enum conf_section_id s, uint32_t i);
/* Where the value of p in instance i is kept; not for CONF_T_INCLUDE. */
void *conf_place(struct conf *c, const struct conf_param *p, uint32_t i);
const void *conf_place_of(
    const struct conf *c, const struct conf_param *p, uint32_t i);
/* The parameter name in section s; NULL: none. */
const struct conf_param *conf_param(enum conf_section_id s, struct slice name);

/*
 * A listener of this name with the defaults of its service. service is
 * SLICE_NONE for "as the name says"; ERR_SYNTAX: neither says what it is.
 */
enum err conf_listener_init(
    struct conf_listener *l, struct slice name, struct slice service);
/* The name of the i-th listener that is there when a file has none; NULL: end.
 */
const char *conf_listener_preset(unsigned i);

#endif
