#ifndef SMTP_SMTP_REPLY_H
#define SMTP_SMTP_REPLY_H
/*
 * Everything the server says, once: code, enhanced code (RFC 3463), text; and
 * which of it an enum err of another process leads to. Answers to DATA, EHLO
 * and HELO have no enhanced code (RFC 2034 section 4). Pure.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* clang-format off */
#define SMTP_REPLIES(X) \
	X(OK, 250, "2.0.0", "Ok") \
	X(HELP, 214, "2.0.0", "Commands:") \
	X(TLS_READY, 220, "2.0.0", "Ready to start TLS") \
	X(BYE, 221, "2.0.0", "Bye") \
	X(LOGIN_OK, 235, "2.7.0", "Authentication successful") \
	X(SENDER_OK, 250, "2.1.0", "Sender ok") \
	X(RCPT_OK, 250, "2.1.5", "Recipient ok") \
	X(VRFY, 252, "2.5.0", "Cannot verify; send some mail and see") \
	X(SEND_DATA, 354, "", "End data with <CR><LF>.<CR><LF>") \
	X(TOO_MANY_ERRORS, 421, "4.7.0", "Too many errors, closing") \
	X(TOO_MANY_LOGINS, 421, "4.7.0", "Too many failed logins, closing") \
	X(TOO_MANY_RCPT_TRIES, 421, "4.7.0", "Far too many recipients, closing") \
	X(LOGIN_EXPIRED, 421, "4.7.0", "Login has expired, connect again") \
	X(TIMEOUT, 421, "4.4.2", "Timed out, closing") \
	X(SHUTDOWN, 421, "4.3.2", "Server is stopping, try again") \
	X(BUSY, 421, "4.3.2", "Too many connections, try again later") \
	X(BUSY_ADDR, 421, "4.7.0", "Too many connections from your network") \
	X(RETRY, 451, "4.3.0", "Temporary failure, try again later") \
	X(FULL, 452, "4.3.1", "No space left here, try again later") \
	X(QUOTA, 452, "4.2.2", "Mailbox is full") \
	X(MANY_RCPTS, 452, "4.5.3", "Too many recipients, send to the rest later") \
	X(LOGIN_RETRY, 454, "4.7.0", "Temporary authentication failure") \
	X(UNKNOWN_COMMAND, 500, "5.5.1", "Unknown command") \
	X(LONG_LINE, 500, "5.5.2", "Line too long") \
	X(LONG_LOGIN, 500, "5.5.6", "Authentication line too long") \
	X(BARE_NEWLINE, 500, "5.5.2", "Lines end with <CR><LF>") \
	X(BAD_OCTETS, 500, "5.5.2", "Control or bad character in command") \
	X(CANCELLED, 501, "5.7.0", "Authentication cancelled") \
	X(BAD_BASE64, 501, "5.5.2", "Not base64") \
	X(LOGIN_SYNTAX, 501, "5.5.2", "Malformed authentication message") \
	X(BAD_HELLO, 501, "", "Say who you are: EHLO name") \
	X(BAD_ARGS, 501, "5.5.4", "Bad arguments") \
	X(BAD_PARAM, 501, "5.5.4", "Bad or repeated parameter") \
	X(BAD_SENDER, 501, "5.1.7", "Bad sender address syntax") \
	X(BAD_RCPT, 501, "5.1.3", "Bad recipient address syntax") \
	X(NO_ARGS, 501, "5.5.4", "Takes no arguments") \
	X(INJECTED, 501, "5.5.2", "Nothing may follow STARTTLS, closing") \
	X(NOT_HERE, 502, "5.5.1", "Command not available") \
	X(SEQUENCE, 503, "5.5.1", "Bad sequence of commands") \
	X(HELO_FIRST, 503, "5.5.1", "Send EHLO first") \
	X(MAIL_FIRST, 503, "5.5.1", "Send MAIL first") \
	X(IN_TLS, 503, "5.5.1", "TLS is active already") \
	X(LOGGED_IN, 503, "5.5.1", "Authenticated already") \
	X(NO_MECHANISM, 504, "5.5.4", "Unknown authentication mechanism") \
	X(TLS_FIRST, 530, "5.7.0", "Send STARTTLS first") \
	X(LOGIN_FIRST, 530, "5.7.0", "Authentication required") \
	X(LOGIN_WRONG, 535, "5.7.8", "Wrong user name or password") \
	X(LOGIN_TLS, 538, "5.7.11", "Encryption required, send STARTTLS first") \
	X(NO_USER, 550, "5.1.1", "No such user here") \
	X(WIDE_LIST, 550, "5.2.4", "Address leads to too many others") \
	X(DISABLED, 550, "5.2.1", "Mailbox is disabled") \
	X(RELAY, 550, "5.7.1", "Relaying denied") \
	X(NOT_YOURS, 553, "5.7.1", "Sender address is not yours") \
	X(NEED_UTF8, 553, "5.6.7", "Non-ASCII address needs SMTPUTF8") \
	X(TOO_BIG, 552, "5.3.4", "Message is larger than SIZE allows") \
	X(BIG_HEADER, 552, "5.3.4", "Message header is too large") \
	X(LONG_TEXT, 552, "5.6.0", "Message has a line of more than 65536 octets") \
	X(LOOP, 554, "5.4.6", "Too many hops, mail loop?") \
	X(NO_RCPTS, 554, "5.5.1", "No valid recipients") \
	X(BARE_DATA, 554, "5.6.11", "Message has a bare <CR> or <LF>") \
	X(NUL_DATA, 554, "5.6.0", "Message has a NUL octet") \
	X(UNKNOWN_PARAM, 555, "5.5.4", "Unknown parameter")
/* clang-format on */

#define X(name, code, enhanced, text) SMTP_SAY_##name,
enum smtp_say { SMTP_REPLIES(X) SMTP_SAY_COUNT };
#undef X

/* What was asked of another process when an enum err came back. */
enum smtp_stage {
	SMTP_AT_MAIL,
	SMTP_AT_RCPT,
	SMTP_AT_DATA,
	SMTP_AT_AUTH,
	SMTP_STAGES
};

unsigned smtp_say_code(enum smtp_say r);
const char *smtp_say_enhanced(enum smtp_say r); /* "": none */
const char *smtp_say_text(enum smtp_say r);
/* Append the whole line, CRLF included. */
void smtp_say_add(struct buf *out, enum smtp_say r);
/* The same with a space and more text behind; more has no controls. */
void smtp_say_add_more(struct buf *out, enum smtp_say r, struct slice more);
/* One line of a multi-line reply without enhanced code (greeting, EHLO). */
void smtp_say_line(
    struct buf *out, unsigned code, bool last, struct slice text);
/* The reply to e at this stage; ERR_OK has one too. */
enum smtp_say smtp_say_of(enum smtp_stage stage, enum err e);

#endif
