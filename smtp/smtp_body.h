#ifndef SMTP_SMTP_BODY_H
#define SMTP_SMTP_BODY_H
/*
 * The text of one message while it comes: checked, counted, kept. Small ones
 * stay in memory; beyond that the octets go to a file that the store has
 * opened, so that a session's memory does not grow with its message. What is
 * going to be refused is read on and not kept.
 */
#include "base/buf.h"
#include "base/err.h"
#include "mime/mime_header.h"
#include "smtp/smtp_data.h"
#include "smtp/smtp_ext.h"
#include "smtp/smtp_reply.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SMTP_BODY_MEMORY = 128 * 1024,    /* of one message in memory */
	SMTP_BODY_CROWDED = 16 * 1024,    /* the same while `held` is over */
	SMTP_BODY_HELD = 32 * 1024 * 1024 /* what all sessions may hold */
};

struct smtp_body {
	struct smtp_data data;
	struct mime_scan scan;
	struct buf mem;    /* all of it, or what has not been written yet */
	int fd;            /* -1: in memory */
	uint64_t written;  /* octets in fd */
	uint64_t total;    /* octets of text */
	bool refused;      /* nothing is kept any more */
	enum smtp_say say; /* why it could not be kept, or SMTP_SAY_OK */
	size_t *held;      /* octets in memory of all sessions */
	size_t counted;    /* our part of it */
};

/* dots: DATA, else BDAT. held: kept; counts what all bodies hold. */
void smtp_body_init(
    struct smtp_body *b, const struct smtp_facts *f, bool dots, size_t *held);
void smtp_body_fini(struct smtp_body *b);
/* Take text off *in until it is used up or b->data.ended. */
void smtp_body_take(
    struct smtp_body *b, const struct smtp_facts *f, struct slice *in);
/* BDAT LAST has come: end the last line. */
void smtp_body_close(struct smtp_body *b);
/* It has outgrown memory: time for a file. */
bool smtp_body_wants_file(const struct smtp_body *b);
/* Here it is, or e is why there is none. fd is given. */
void smtp_body_file(struct smtp_body *b, int fd, enum err e);
/* It is all there: write what is still to be written, and judge it.
 * SMTP_SAY_OK, or the reply to refuse it with; the same however the octets
 * were cut into pieces. */
enum smtp_say smtp_body_finish(struct smtp_body *b, const struct smtp_facts *f);

#endif
