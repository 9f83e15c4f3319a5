#ifndef SMTP_SMTP_POLICY_H
#define SMTP_SMTP_POLICY_H
/* What a session may do, as functions of facts. Pure. */
#include "mime/mime_header.h"
#include "smtp/smtp_data.h"
#include "smtp/smtp_ext.h"
#include "smtp/smtp_reply.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	/* header of a message, octets and lines: bounds what is scanned */
	SMTP_HEADER_MAX = 256 * 1024,
	SMTP_HEADER_LINES = 10000,
	/* a block of message text may take this long, and all of it this long
	 * (RFC 5321 section 4.5.3.2.5 asks for 3 minutes and names no whole) */
	SMTP_BLOCK_MS = 3 * 60 * 1000,
	SMTP_WHOLE_MS = 60 * 60 * 1000,
	/* when slots are scarce: wait this long for a command, and want
	 * RATE_MIN octets a second once RATE_AFTER has passed */
	SMTP_CROWDED_PERCENT = 80, /* of max_clients */
	SMTP_CROWDED_IDLE_MS = 10 * 1000,
	SMTP_RATE_AFTER_MS = 30 * 1000,
	SMTP_RATE_MIN = 100,
	SMTP_SLOW_MS =
	    1000, /* pause behind each error beyond half the budget */
	SMTP_LOGIN_TRIES = 3 /* failed ones on a connection */
};

/* May a mail transaction begin, with this declared size (0: none)? */
enum smtp_say smtp_policy_mail(const struct smtp_facts *f, uint64_t size);
/* A command that needs TLS where the listener requires it. */
enum smtp_say smtp_policy_channel(const struct smtp_facts *f);

/* May one more recipient be tried? taken: accepted so far; over: refused for
 * this reason so far. */
enum smtp_say smtp_policy_rcpt(
    const struct smtp_facts *f, unsigned taken, unsigned over);

enum smtp_patience { SMTP_GO_ON, SMTP_SLOW, SMTP_ENOUGH };
/* After so many errors since the last message was taken. */
enum smtp_patience smtp_policy_errors(
    const struct smtp_facts *f, unsigned errors);

/* Are slots scarce, with so many of max connections? */
bool smtp_policy_crowded(unsigned connections, unsigned max);
/* Milliseconds to wait for the next command. */
uint64_t smtp_policy_idle_ms(const struct smtp_facts *f, bool crowded);
/* Too slow: octets of text in ms so far. */
bool smtp_policy_drips(bool crowded, uint64_t octets, uint64_t ms);

/* Is this text fit to be stored? size: octets so far or in all. SMTP_SAY_OK,
 * and what is wrong otherwise; never again OK once it was not. */
enum smtp_say smtp_policy_text(const struct smtp_facts *f, uint64_t size,
    const struct smtp_data *d, const struct mime_scan *scan);
/* So far beyond SIZE that reading on until its end serves nobody. */
bool smtp_policy_absurd(const struct smtp_facts *f, uint64_t size);

#endif
