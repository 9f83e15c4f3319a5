#ifndef SMTP_SMTP_ANSWER_H
#define SMTP_SMTP_ANSWER_H
/*
 * What a server says (RFC 5321 section 4.2): replies of any number of lines, of
 * any length, out of octets that may be anything, cut anywhere. Bounded: a line
 * is kept up to SMTP_ANSWER_LINE, all of a reply up to SMTP_CLIENT_REPLY, and a
 * server that never comes to an end breaks off at SMTP_ANSWER_OCTETS. Pure.
 */
#include "base/slice.h"
#include "smtp/smtp_client.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SMTP_ANSWER_LINE = 1000,          /* kept of a line behind its code */
	SMTP_ANSWER_OCTETS = 1024 * 1024, /* of one reply */
};

enum smtp_got {
	SMTP_GOT_NOTHING, /* all is used up, the reply goes on */
	SMTP_GOT_LINE,    /* a line that is not the last one */
	SMTP_GOT_REPLY,   /* the last line */
	SMTP_GOT_NONSENSE /* not a reply: nothing can be trusted any more */
};

struct smtp_answer {
	uint32_t octets;   /* of the reply so far */
	uint16_t code;     /* 0: none yet */
	bool ended;        /* the next octet begins a new reply */
	bool last;         /* the line that is coming is the last one */
	uint16_t at;       /* octets of code and separator so far */
	uint16_t line_len; /* of it, behind the code, kept */
	uint16_t len;      /* of text */
	char status[16];   /* enhanced code, or "" */
	char digits[3];
	char line[SMTP_ANSWER_LINE];  /* as it came */
	char text[SMTP_CLIENT_REPLY]; /* lines made printable, parted by LF */
};

/* Zero it before the first reply. Takes octets off *in. */
enum smtp_got smtp_answer_take(struct smtp_answer *a, struct slice *in);
/* After LINE and REPLY: what stands behind the code, as it came. */
struct slice smtp_answer_line(const struct smtp_answer *a);
/*
 * After REPLY. err by the code's class (3xx is OK); text in one line; status as
 * the server gave it, if it fits the code, or x.0.0.
 */
void smtp_answer_verdict(const struct smtp_answer *a, struct smtp_verdict *out);

/* A verdict without a reply: code 0. text is cut to fit and made printable. */
void smtp_verdict_set(
    struct smtp_verdict *v, enum err e, const char *status, struct slice text);

#endif
