#ifndef QUEUE_BOUNCE_PRIV_H
#define QUEUE_BOUNCE_PRIV_H
/* What the files of queue_bounce share. */
#include "mime/mime_dsn.h"
#include "queue/queue_bounce.h"

/* The fields of a message of ours, all but those about its content. */
struct queue_bounce_head {
	const struct mail_id *id;
	struct slice to, hostname, subject;
	uint64_t now_us;
	bool utf8;
};
void queue_bounce_header(const struct queue_bounce_head *h, struct buf *out);
/* text (UTF-8, CRLF lines) as a part or body: its fields, the empty line, it */
void queue_bounce_add_text(struct slice text, struct buf *out);

/* The status of a recipient, one that goes with its action. */
void queue_bounce_status(
    const struct queue_bounce_rcpt *r, char out[MIME_DSN_STATUS]);
/* The part that people read: UTF-8, CRLF lines. */
void queue_bounce_text(const struct queue_bounce *b, struct buf *out);
/* "This is the mail system at host ...", and an empty line */
void queue_bounce_greet(struct slice hostname, struct buf *out);
/* "Reference for your postmaster: ..." */
void queue_bounce_refer(const struct mail_id *about, struct buf *out);
/* A paragraph of ours, and an empty line */
void queue_bounce_say(struct buf *out, const char *text);

#endif
